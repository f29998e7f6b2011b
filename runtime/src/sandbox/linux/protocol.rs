//! What the processes of a sandbox say to each other.
//!
//! A worker that runs a snippet is not trusted: what it sends is bounded, and
//! decoded without allocating by any length in it.

use std::{
    io::{self, Read, Write},
    path::PathBuf,
};

use pyc_rs_cache::wire::{self, BorrowDecode, BorrowDecoder, DecodeError, Encode, EncodeError, Encoder, WireError};

use pyc_rs_compiler::{Compiled, SyntaxWarning};

use super::{Enforcement, Limits, Policy, Value};

/// Largest message, in bytes.
pub(super) const MOST_MESSAGE: usize = wire::LIMIT;

/// A list that allocates as its items come.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T: Encode> Encode for List<T> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        (self.0.len() as u64).encode(encoder)?;
        self.0.iter().try_for_each(|item| item.encode(encoder))
    }
}

impl<'de, T: BorrowDecode<'de, ()>> BorrowDecode<'de, ()> for List<T> {
    fn borrow_decode<D: BorrowDecoder<'de, Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        wire::list(decoder).map(Self)
    }
}

/// How a zygote is to be set up. From the host, which is trusted.
#[derive(Debug, bincode::Encode, bincode::Decode)]
pub(super) struct Setup {
    pub(super) wall_ns: u64,
    pub(super) cpu_ns: u64,
    pub(super) memory: u64,
    pub(super) output: u64,
    pub(super) recursion: Option<u32>,
    pub(super) files: u64,
    pub(super) file_size: u64,
    pub(super) value: u64,
    pub(super) allowed: Option<Vec<String>>,
    pub(super) deny: Vec<String>,
    pub(super) read: Vec<PathBuf>,
    pub(super) write: Vec<PathBuf>,
    pub(super) scratch: bool,
    pub(super) threads: bool,
    pub(super) strict: bool,
    pub(super) folder: PathBuf,
    /// The whole environment, values as the system has them.
    pub(super) variables: Vec<(String, Vec<u8>)>,
    pub(super) host_functions: Vec<(String, bool)>,
    /// The image to start from, if it fits.
    pub(super) image: Option<PathBuf>,
    /// Whether to import and rehearse ahead, for a runner that runs many.
    pub(super) warm: bool,
    /// The process that waits for the one run there will be: then the zygote forks no worker,
    /// but becomes it.
    pub(super) only_for: Option<i32>,
    /// Code objects to rehearse with.
    pub(super) rehearsal: Vec<Vec<u8>>,
}

impl Setup {
    pub(super) fn new(limits: &Limits, policy: &Policy) -> Self {
        let nanos = |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Self {
            wall_ns: nanos(limits.wall),
            cpu_ns: nanos(limits.cpu),
            memory: limits.memory,
            output: limits.output,
            recursion: limits.recursion,
            files: limits.files,
            file_size: limits.file_size,
            value: limits.value,
            allowed: policy.allowed(),
            deny: policy.deny.clone(),
            read: policy.read.clone(),
            write: policy.write.clone(),
            scratch: policy.scratch,
            threads: policy.threads,
            strict: policy.enforcement == Enforcement::Strict,
            folder: PathBuf::new(),
            variables: policy.variables().collect(),
            host_functions: Vec::new(),
            image: None,
            warm: false,
            only_for: None,
            rehearsal: Vec::new(),
        }
    }
}

/// What the host asks of the zygote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, bincode::Encode, bincode::BorrowDecode)]
pub(super) enum Order {
    /// A worker for one run.
    Worker,
    /// A worker for a session.
    Session,
    /// This worker was killed and is done with; another one in its place.
    Replace { pid: i32 },
    /// This worker was killed and is done with.
    Dispose { pid: i32 },
    /// How has this worker ended? It was killed, and is done with once that was told.
    End { pid: i32 },
}

/// What the zygote tells the host.
#[derive(Debug, PartialEq, bincode::Encode, bincode::BorrowDecode)]
pub(super) enum Notice<'a> {
    /// It is up. `engine` names what its code objects must be compiled for.
    Started { engine: &'a str },
    /// It is not.
    Failed { reason: &'a str },
    /// A worker was forked. Its socket, process, output and error streams come along.
    Forked { pid: i32, session: bool },
    /// A worker has ended, with the status that `wait` gives.
    Ended { pid: i32, status: i32, cpu_ns: u64, peak_memory: u64 },
}

/// One run, for a worker.
#[derive(Debug, bincode::Encode, bincode::BorrowDecode)]
#[bincode(decode_context = "()")]
pub(super) struct Request<'a> {
    /// The name that tracebacks show.
    pub(super) name: &'a str,
    /// The source, for tracebacks.
    pub(super) source: &'a [u8],
    /// The code object, verified by the host. Nothing if the worker is to compile the source.
    pub(super) payload: &'a [u8],
    /// Variables that are bound before the run.
    pub(super) inputs: List<(String, Value)>,
}

/// What a worker tells the host. Not to be trusted once a snippet runs.
#[derive(Debug, bincode::Encode, bincode::BorrowDecode)]
#[bincode(decode_context = "()")]
pub(super) enum Reply<'a> {
    /// It is confined and waits for a request.
    Ready { landlock: u32, seccomp: bool },
    /// It could not be confined as it must be, or has a fault of its own.
    Broken { reason: &'a str },
    /// It has compiled the source, and begins to run it. Nothing is believed of this once a
    /// snippet runs.
    Compiled(Fresh<'a>),
    /// The snippet calls a function of the host with (args, kwargs).
    Call { name: &'a str, arguments: Value },
    /// The run came to its end.
    Done(Report<'a>),
}

/// What a worker has compiled.
#[derive(Debug, bincode::Encode, bincode::BorrowDecode)]
#[bincode(decode_context = "()")]
pub(super) struct Fresh<'a> {
    pub(super) payload: &'a [u8],
    pub(super) has_docstring: bool,
    pub(super) code_objects: u32,
    /// Lines, and what Python says of them.
    pub(super) warnings: List<(u32, String)>,
}

impl<'a> Fresh<'a> {
    pub(super) fn of(compiled: &'a Compiled) -> Self {
        let warnings = compiled.warnings.iter().map(|warning| (warning.line, warning.message.clone())).collect();
        Self {
            payload: &compiled.payload,
            has_docstring: compiled.has_docstring,
            code_objects: compiled.code_objects,
            warnings: List(warnings),
        }
    }

    pub(super) fn into_compiled(self) -> Compiled {
        let warnings = self.warnings.0.into_iter().map(|(line, message)| SyntaxWarning { line, message }).collect();
        Compiled {
            payload: self.payload.to_owned(),
            has_docstring: self.has_docstring,
            code_objects: self.code_objects,
            warnings,
        }
    }
}

/// What came of a run, as its worker sees it.
#[derive(Debug, Default, bincode::Encode, bincode::BorrowDecode)]
pub(super) struct Report<'a> {
    pub(super) return_value: Option<&'a str>,
    /// JSON.
    pub(super) value: Option<&'a str>,
    /// A failure as JSON.
    pub(super) error: Option<&'a str>,
    pub(super) cpu_ns: u64,
    pub(super) peak_memory: u64,
}

/// What a host function came to.
#[derive(Debug, bincode::Encode, bincode::BorrowDecode)]
#[bincode(decode_context = "()")]
pub(super) enum Answer<'a> {
    Value(Value),
    Exception { kind: &'a str, message: &'a str },
}

/// Why a message did not come through.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProtocolError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// Writes a message with its length before it.
pub(super) fn send<T: Encode>(stream: &mut impl Write, message: &T) -> Result<(), ProtocolError> {
    let body = wire::to_bytes(message)?;
    let mut frame = Vec::with_capacity(body.len() + 4);
    // Bounded by the encoder to far less than four gigabytes.
    frame.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    frame.extend_from_slice(&body);
    stream.write_all(&frame)?;
    Ok(())
}

/// Takes messages out of a stream of bytes that comes in pieces.
#[derive(Debug)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    used: usize,
}

impl Inbox {
    /// One without bytes.
    pub(super) const EMPTY: Self = Self { bytes: Vec::new(), used: 0 };

    /// Reads what there is, once. Zero is the end of the stream.
    pub(super) fn fill(&mut self, stream: &mut impl Read) -> io::Result<usize> {
        const PIECE: usize = 16 << 10;
        self.bytes.drain(..self.used);
        self.used = 0;
        let old = self.bytes.len();
        self.bytes.resize(old + PIECE, 0);
        let result = loop {
            match stream.read(self.bytes.get_mut(old..).unwrap_or_default()) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.bytes.truncate(old + result.as_ref().copied().unwrap_or(0));
        result
    }

    /// The bytes of the next message, if all of them are here.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, WireError> {
        let rest = self.bytes.get(self.used..).unwrap_or_default();
        let Some((head, body)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let len = u32::from_le_bytes(*head) as usize;
        if len > MOST_MESSAGE {
            return Err(WireError::TooLarge { len, limit: MOST_MESSAGE });
        }
        let Some(body) = body.get(..len) else { return Ok(None) };
        self.used += 4 + len;
        Ok(Some(body))
    }

    /// Waits for a whole message. `None` at the end of the stream.
    pub(super) fn wait(&mut self, stream: &mut impl Read) -> Result<Option<&[u8]>, ProtocolError> {
        loop {
            if self.has_message()? {
                return Ok(self.next()?);
            }
            if self.fill(stream)? == 0 {
                return Ok(None);
            }
        }
    }

    fn has_message(&mut self) -> Result<bool, WireError> {
        let before = self.used;
        let has = self.next()?.is_some();
        self.used = before;
        Ok(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_out_whole_whatever_pieces_they_come_in() {
        let mut bytes = Vec::new();
        for reason in ["one", "", "three"] {
            send(&mut bytes, &Reply::Broken { reason }).unwrap();
        }
        let mut inbox = Inbox::EMPTY;
        let mut seen = Vec::new();
        for byte in bytes {
            assert_eq!(inbox.fill(&mut [byte].as_slice()).unwrap(), 1);
            while let Some(body) = inbox.next().unwrap() {
                let Reply::Broken { reason } = wire::from_bytes(body).unwrap() else { panic!("another message") };
                seen.push(reason.to_owned());
            }
        }
        assert_eq!(seen, ["one", "", "three"]);
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_its_bytes_come() {
        let mut inbox = Inbox::EMPTY;
        inbox.fill(&mut u32::MAX.to_le_bytes().as_slice()).unwrap();
        assert!(inbox.next().is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_decode_or_are_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let _ = wire::from_bytes::<Reply<'_>>(&bytes);
            let _ = wire::from_bytes::<Request<'_>>(&bytes);
            let _ = wire::from_bytes::<Notice<'_>>(&bytes);
        }
    }
}
