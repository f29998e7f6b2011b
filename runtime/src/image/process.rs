//! What this process is made of: the program in memory, its writable variables,
//! its standard streams, signal dispositions.

#![allow(unsafe_code, reason = "looks at and writes the program's own memory")]

use std::{cell::Cell, ffi::c_int, ops::Range, ptr};

/// Address space that the program's own file takes, from its headers in memory.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) build_id: Vec<u8>,
    /// Segments that can be written.
    pub(super) writable: Vec<Range<usize>>,
    /// The segment that can be executed.
    pub(super) code: Range<usize>,
    /// The whole of it.
    pub(super) span: Range<usize>,
    /// Size of the thread-local block.
    pub(super) tls_len: usize,
}

impl Program {
    /// `None` if the program is not at the address it was linked for, or has no build id.
    pub(super) fn current() -> Option<Self> {
        // SAFETY: reading the auxiliary vector touches no memory of ours.
        let (headers, count) = unsafe { (libc::getauxval(libc::AT_PHDR), libc::getauxval(libc::AT_PHNUM)) };
        // SAFETY: the kernel says that the program's headers lie there, for as long as it runs.
        let headers = unsafe {
            std::slice::from_raw_parts(
                ptr::with_exposed_provenance::<libc::Elf64_Phdr>(usize::try_from(headers).ok()?),
                usize::try_from(count).ok()?,
            )
        };
        let own = headers.iter().find(|header| header.p_type == libc::PT_PHDR)?;
        if usize::try_from(own.p_vaddr).ok()? != headers.as_ptr().addr() {
            return None;
        }
        let mut program = Self { build_id: Vec::new(), writable: Vec::new(), code: 0..0, span: 0..0, tls_len: 0 };
        let mut first = usize::MAX;
        for header in headers {
            let start = usize::try_from(header.p_vaddr).ok()?;
            let range = start..start + usize::try_from(header.p_memsz).ok()?;
            match header.p_type {
                libc::PT_LOAD => {
                    first = first.min(range.start);
                    program.span = first..program.span.end.max(range.end);
                    if header.p_flags & libc::PF_W != 0 {
                        program.writable.push(range);
                    } else if header.p_flags & libc::PF_X != 0 {
                        program.code = range;
                    }
                }
                libc::PT_TLS => program.tls_len = range.len(),
                libc::PT_NOTE => {
                    // SAFETY: a note segment is loaded, read-only, for as long as the program runs.
                    let notes = unsafe { memory(range) };
                    program.build_id = build_id(notes).or(Some(program.build_id))?;
                }
                _ => {}
            }
        }
        (!program.build_id.is_empty()).then_some(program)
    }
}

/// The build id among the notes of a program.
fn build_id(mut notes: &[u8]) -> Option<Vec<u8>> {
    const GNU_BUILD_ID: u32 = 3;
    while let Some((head, rest)) = notes.split_first_chunk::<12>() {
        let word = |at: usize| head.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes);
        let (name_len, len, kind) = (word(0)? as usize, word(4)? as usize, word(8)?);
        let name = rest.get(..name_len)?;
        let rest = rest.get(name_len.next_multiple_of(4)..)?;
        let content = rest.get(..len)?;
        if kind == GNU_BUILD_ID && name == b"GNU\0" {
            return Some(content.to_owned());
        }
        notes = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
    }
    None
}

/// The bytes at these addresses.
///
/// # Safety
///
/// They must be mapped and readable, and nobody may write them while the slice is used.
pub(super) unsafe fn memory(range: Range<usize>) -> &'static [u8] {
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(ptr::with_exposed_provenance(range.start), range.len()) }
}

/// Writes bytes over a variable of the program.
///
/// # Safety
///
/// The place must be memory of variables that nobody holds a reference to, and the bytes
/// valid values of them.
pub(super) unsafe fn overwrite(address: usize, bytes: &[u8]) {
    // SAFETY: the caller's promise.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), ptr::with_exposed_provenance_mut(address), bytes.len()) }
}

thread_local! {
    /// Tells where this thread's variables are: the others lie at fixed distances from it.
    static LANDMARK: Cell<u64> = const { Cell::new(0) };
}

/// What the symbol of [`LANDMARK`] contains.
pub(super) const LANDMARK_SYMBOL: &str = "pyc_rs_runtime5image7process8LANDMARK";

/// The address of [`LANDMARK`] in this thread.
pub(super) fn landmark() -> usize {
    LANDMARK.with(|landmark| ptr::from_ref(landmark).expose_provenance())
}

/// Whether this is the thread that the process began with.
pub(super) fn is_main_thread() -> bool {
    // SAFETY: both calls only answer.
    unsafe { libc::gettid() == libc::getpid() }
}

/// Whether the process has rights that its user has not.
pub(super) fn is_privileged() -> bool {
    // SAFETY: the calls only answer.
    unsafe {
        libc::getauxval(libc::AT_SECURE) != 0 || libc::getuid() != libc::geteuid() || libc::getgid() != libc::getegid()
    }
}

/// The user that files are made for.
pub(super) fn user() -> u32 {
    // SAFETY: the call only answers.
    unsafe { libc::geteuid() }
}

/// What a signal does when it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disposition {
    Default,
    Ignored,
    Handled,
    /// There is no such signal, or it belongs to the C library.
    Unknown,
}

/// How a signal is handled.
pub(super) struct SignalAction(Option<libc::sigaction>);

impl SignalAction {
    /// As it is now.
    pub(super) fn of(signal: c_int) -> Self {
        let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: without a new action the call only fills in the present one, for which all zeros is
        // a valid one.
        unsafe { (libc::sigaction(signal, ptr::null(), action.as_mut_ptr()) == 0).then(|| action.assume_init()) }
            .map_or(Self(None), |action| Self(Some(action)))
    }

    /// Has a signal handled in this way.
    pub(super) fn set(&self, signal: c_int) {
        if let Some(action) = &self.0 {
            // SAFETY: its handler is a function of this program, which is where it was.
            unsafe { libc::sigaction(signal, action, ptr::null_mut()) };
        }
    }
}

/// Signal numbers, as Python counts them.
pub(super) const SIGNALS: Range<c_int> = 1..65;

/// The dispositions of all signals.
pub(super) fn dispositions() -> Vec<Disposition> {
    SIGNALS.map(disposition).collect()
}

fn disposition(signal: c_int) -> Disposition {
    match SignalAction::of(signal).0.map(|action| action.sa_sigaction) {
        None => Disposition::Unknown,
        Some(libc::SIG_DFL) => Disposition::Default,
        Some(libc::SIG_IGN) => Disposition::Ignored,
        Some(_) => Disposition::Handled,
    }
}

/// What is behind the standard streams, as `make_streams` in `python/_pyc_rs_image.py` tells it apart.
pub(super) fn stream_kinds() -> [&'static str; 3] {
    [0, 1, 2].map(|stream| {
        let mut meta = std::mem::MaybeUninit::<libc::stat>::zeroed();
        // SAFETY: the call fills in what it is given; all zeros is a valid one.
        let meta = unsafe {
            if libc::fstat(stream, meta.as_mut_ptr()) != 0 {
                return "";
            }
            meta.assume_init()
        };
        match meta.st_mode & libc::S_IFMT {
            libc::S_IFIFO => "pipe",
            libc::S_IFCHR if meta.st_rdev == libc::makedev(1, 3) => "null",
            _ => "",
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_build_id_is_found_among_notes() {
        let note = |name: &[u8], kind: u32, content: &[u8]| {
            let mut bytes = Vec::new();
            for number in [name.len(), content.len(), kind as usize] {
                bytes.extend(u32::try_from(number).unwrap().to_ne_bytes());
            }
            for part in [name, content] {
                bytes.extend(part);
                bytes.resize(bytes.len().next_multiple_of(4), 0);
            }
            bytes
        };
        let notes = [note(b"GNU\0", 1, &[1; 16]), note(b"Go\0", 3, &[2; 5]), note(b"GNU\0", 3, b"0123456")].concat();
        assert_eq!(build_id(&notes).as_deref(), Some(&b"0123456"[..]));
        for len in 0..notes.len() {
            // A torn note is no note.
            assert!(build_id(&notes[..len]).is_none_or(|id| id == b"0123456"));
        }
    }
}
