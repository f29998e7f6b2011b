//! Being there while a snippet runs: its calls are answered, its time is watched.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use pyc_rs_cache::wire;
use pyc_rs_compiler::Compiled;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    Confinement, HostCall, HostError, HostFunctions, Limits,
    pool::Worker,
    protocol::{self, Answer, Inbox, Reply, Request},
    sys,
};

/// Why the host has stopped attending.
#[derive(Debug)]
pub(super) enum Stop {
    /// The worker says that the run is over.
    Done(Told),
    /// The wall time is up.
    Wall,
    /// The processor time is up.
    Cpu,
    /// The worker has closed its socket, which is to say that it has ended.
    Closed,
    /// The worker could not do its work. Nothing was run.
    Broken(String),
    /// It says what no worker says.
    Babble,
}

/// A report, as it was told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) return_value: Option<String>,
    pub(super) value: Option<String>,
    pub(super) error: Option<String>,
    pub(super) cpu_ns: u64,
    pub(super) peak_memory: u64,
}

/// The host's end of a worker.
pub(super) struct Line {
    pub(super) worker: Worker,
    pub(super) confinement: Option<Confinement>,
    /// What the worker has compiled, before it ran any of it.
    pub(super) compiled: Option<Compiled>,
    inbox: Inbox,
    over: bool,
}

impl Line {
    pub(super) const fn new(worker: Worker) -> Self {
        Self { worker, confinement: None, compiled: None, inbox: Inbox::EMPTY, over: false }
    }

    /// Waits until the worker is confined.
    pub(super) fn wait_until_ready(&mut self) -> Result<Confinement, Stop> {
        if let Some(confinement) = self.confinement {
            return Ok(confinement);
        }
        let body = self.inbox.wait(&mut &self.worker.stream).map_err(|_| Stop::Babble)?;
        match body.map(wire::from_bytes) {
            None => Err(Stop::Closed),
            Some(Ok(Reply::Ready { landlock, seccomp })) => {
                let confinement = Confinement { landlock, seccomp };
                self.confinement = Some(confinement);
                Ok(confinement)
            }
            Some(Ok(Reply::Broken { reason })) => Err(Stop::Broken(reason.to_owned())),
            Some(_) => Err(Stop::Babble),
        }
    }

    /// Whether the worker can take another request.
    pub(super) const fn is_alive(&self) -> bool {
        !self.over
    }

    /// Sends a request and attends to it until it is over in one way or another.
    pub(super) fn attend(&mut self, request: &Request<'_>, limits: &Limits, functions: &HostFunctions) -> Stop {
        let stop = self.attend_until(request, limits, functions);
        self.over = !matches!(stop, Stop::Done(_));
        stop
    }

    fn attend_until(&mut self, request: &Request<'_>, limits: &Limits, functions: &HostFunctions) -> Stop {
        if let Err(stop) = self.wait_until_ready() {
            return stop;
        }
        let mut watch = Watch::start(self.worker.pid, limits);
        if protocol::send(&mut &self.worker.stream, request).is_err() {
            return Stop::Closed;
        }
        let mut calls = 0;
        self.compiled = None;
        let mut may_compile = request.payload.is_empty();
        loop {
            let message = match self.inbox.next() {
                Ok(Some(body)) => wire::from_bytes::<Reply<'_>>(body).ok(),
                Ok(None) => {
                    if let Err(stop) = self.fill(&mut watch) {
                        return stop;
                    }
                    continue;
                }
                Err(_) => None,
            };
            let is_first = std::mem::take(&mut may_compile);
            let (name, arguments) = match message {
                Some(Reply::Done(report)) => return Stop::Done(Told::from(&report)),
                Some(Reply::Compiled(fresh)) if is_first => {
                    self.compiled = Some(fresh.into_compiled());
                    continue;
                }
                Some(Reply::Call { name, arguments }) => (name, arguments),
                _ => return Stop::Babble,
            };
            calls += 1;
            let result = if calls > limits.host_calls {
                Err(HostError::new(format!("more than {} calls of host functions", limits.host_calls)))
            } else if let Some(call) = HostCall::from_value(arguments) {
                functions.call(name, call)
            } else {
                return Stop::Babble;
            };
            if self.answer(result).is_err() {
                return Stop::Closed;
            }
        }
    }

    fn answer(&self, result: Result<super::Value, HostError>) -> Result<(), protocol::ProtocolError> {
        let stream = &mut &self.worker.stream;
        match result {
            Ok(value) => match protocol::send(stream, &Answer::Value(value)) {
                Err(protocol::ProtocolError::Wire(error)) => {
                    let message = format!("the host's answer does not cross: {error}");
                    protocol::send(stream, &Answer::Exception { kind: "ValueError", message: &message })
                }
                other => other,
            },
            Err(HostError { exception, message }) => {
                protocol::send(stream, &Answer::Exception { kind: &exception, message: &message })
            }
        }
    }

    /// Waits for bytes, no longer than the snippet may take.
    fn fill(&mut self, watch: &mut Watch) -> Result<(), Stop> {
        loop {
            let wait = watch.left()?;
            let mut ready = [PollFd::new(&self.worker.stream, PollFlags::IN)];
            let wait = Timespec { tv_sec: wait.as_secs().cast_signed(), tv_nsec: wait.subsec_nanos().into() };
            match poll(&mut ready, Some(&wait)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => {
                    return match self.inbox.fill(&mut &self.worker.stream) {
                        Ok(0) | Err(_) => Err(Stop::Closed),
                        Ok(_) => Ok(()),
                    };
                }
                Err(_) => return Err(Stop::Closed),
            }
        }
    }
}

/// The clocks of one run.
struct Watch {
    pid: i32,
    until: Instant,
    cpu_until: Duration,
    at_once: u32,
    /// How long the first wait may be, for which no clock has to be asked.
    first: Option<Duration>,
}

impl Watch {
    fn start(pid: i32, limits: &Limits) -> Self {
        let used = sys::cpu_time(pid).unwrap_or_default();
        let (until, at_once) = (Instant::now() + limits.wall, processors());
        Self { pid, until, cpu_until: used + limits.cpu, at_once, first: Some(limits.wall.min(limits.cpu / at_once)) }
    }

    /// How long to wait before looking again. Processor time cannot run faster than
    /// the clock on all processors, so nobody has to look often.
    fn left(&mut self) -> Result<Duration, Stop> {
        const LEAST: Duration = Duration::from_millis(1);
        if let Some(first) = self.first.take() {
            return Ok(first.max(LEAST));
        }
        let wall = self.until.saturating_duration_since(Instant::now());
        if wall.is_zero() {
            return Err(Stop::Wall);
        }
        let Some(used) = sys::cpu_time(self.pid) else { return Ok(wall) };
        let cpu = self.cpu_until.saturating_sub(used);
        if cpu.is_zero() {
            return Err(Stop::Cpu);
        }
        Ok(wall.min((cpu / self.at_once).max(LEAST)))
    }
}

/// How many processors a run could use at a time.
fn processors() -> u32 {
    static COUNT: OnceLock<u32> = OnceLock::new();
    *COUNT.get_or_init(|| rustix::thread::sched_getaffinity(None).map_or(1, |set| set.count().max(1)))
}

impl From<&protocol::Report<'_>> for Told {
    fn from(report: &protocol::Report<'_>) -> Self {
        Self {
            return_value: report.return_value.map(str::to_owned),
            value: report.value.map(str::to_owned),
            error: report.error.map(str::to_owned),
            cpu_ns: report.cpu_ns,
            peak_memory: report.peak_memory,
        }
    }
}
