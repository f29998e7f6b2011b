//! The host's side: a zygote, workers that it forked ahead, and what became of those
//! that have ended.

use std::{
    collections::{HashMap, VecDeque},
    io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use pyc_rs_cache::wire;
use pyc_rs_compiler::engine;
use rustix::net::{AddressFamily, SocketFlags, SocketType};

use super::{
    SandboxError, packet,
    protocol::{Notice, Order, Setup},
    zygote::{MARKER, PROTOCOL},
};

/// How long a zygote may take to boot, or to fork.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a zygote that died is started again without a worker to show for it.
const MOST_RESTARTS: u32 = 3;

/// A forked process that waits for its snippet.
pub(super) struct Worker {
    pub(super) id: u64,
    pub(super) pid: i32,
    pub(super) stream: UnixStream,
    pub(super) process: OwnedFd,
    pub(super) output: OwnedFd,
    pub(super) errors: OwnedFd,
    session: bool,
}

/// How a worker ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    /// As `wait` gives it.
    pub(super) status: i32,
    pub(super) cpu_ns: u64,
    pub(super) peak_memory: u64,
}

/// A zygote and its workers. Dropping it ends them all.
pub(super) struct Pool {
    shared: Arc<Shared>,
    keeper: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    command: Mutex<Command>,
    setup: Setup,
    spare: usize,
}

#[derive(Default)]
struct State {
    control: Option<Arc<OwnedFd>>,
    child: Option<Child>,
    ready: VecDeque<Worker>,
    ready_sessions: VecDeque<Worker>,
    /// Workers that were taken, and how they ended if they have.
    taken: HashMap<u64, Option<End>>,
    restarts: u32,
    closing: bool,
    broken: Option<String>,
}

impl Pool {
    /// Starts a zygote and waits until it is up.
    pub(super) fn start(mut command: Command, setup: Setup, spare: usize) -> Result<Self, SandboxError> {
        command.env_remove(MARKER).env(MARKER, PROTOCOL).stdout(Stdio::null()).stderr(Stdio::null());
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            command: Mutex::new(command),
            setup,
            spare: spare.max(1),
        });
        let control = shared.start_zygote()?;
        let keeper = {
            let shared = Arc::clone(&shared);
            let work = move || shared.keep(control);
            std::thread::Builder::new().name("pyc-rs-sandbox".to_owned()).spawn(work).map_err(SandboxError::Start)?
        };
        Ok(Self { shared, keeper: Some(keeper) })
    }

    /// A worker that is not used for anything else. Waits for one if need be.
    pub(super) fn take(&self, session: bool) -> Result<Worker, SandboxError> {
        if session {
            self.shared.order(Order::Session);
        }
        let until = Instant::now() + PATIENCE;
        let mut state = self.shared.lock();
        loop {
            let queue = if session { &mut state.ready_sessions } else { &mut state.ready };
            if let Some(worker) = queue.pop_front() {
                state.taken.insert(worker.id, None);
                return Ok(worker);
            }
            if let Some(reason) = &state.broken {
                return Err(SandboxError::Broken(reason.clone()));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(SandboxError::Broken("no worker came up in time".to_owned()));
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Kills a worker and lets another take its place.
    pub(super) fn dispose(&self, worker: Worker) {
        kill(&worker);
        let session = worker.session;
        self.shared.lock().taken.remove(&worker.id);
        drop(worker);
        if !session {
            self.shared.order(Order::Worker);
        }
    }

    /// Kills a worker, if it has not ended yet, and waits for its end.
    pub(super) fn end(&self, worker: &Worker) -> Result<End, SandboxError> {
        kill(worker);
        let until = Instant::now() + PATIENCE;
        let mut state = self.shared.lock();
        loop {
            if let Some(Some(end)) = state.taken.get(&worker.id) {
                return Ok(*end);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || state.broken.is_some() {
                return Err(SandboxError::Broken("a worker's end was not reported".to_owned()));
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let child = {
            let mut state = self.shared.lock();
            state.closing = true;
            state.ready.clear();
            state.ready_sessions.clear();
            if let Some(control) = state.control.take() {
                // The end of the stream is what ends the zygote.
                let _ = rustix::net::shutdown(&*control, rustix::net::Shutdown::Both);
            }
            state.child.take()
        };
        if let Some(keeper) = self.keeper.take() {
            // It has no way to panic that would be worth passing on.
            let _ = keeper.join();
        }
        if let Some(mut child) = child {
            let _ = child.wait();
        }
    }
}

fn kill(worker: &Worker) {
    // One that has ended already cannot be killed, which is as good.
    let _ = rustix::process::pidfd_send_signal(&worker.process, rustix::process::Signal::KILL);
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order(&self, order: Order) {
        let control = self.lock().control.clone();
        if let Some(control) = control {
            // If the zygote is gone, its keeper starts another, with all the workers it should have.
            let _ = packet::send(&*control, &order, &[]);
        }
    }

    /// Starts a zygote, waits until it has booted, and orders the workers to spare.
    fn start_zygote(&self) -> Result<Arc<OwnedFd>, SandboxError> {
        let flags = SocketFlags::CLOEXEC;
        let (ours, theirs) = rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)
            .map_err(|error| SandboxError::Start(error.into()))?;
        let mut command = self.command.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.stdin(Stdio::from(theirs)).spawn().map_err(SandboxError::Start)?;
        // The command keeps the descriptor, which would keep the stream from ending.
        command.stdin(Stdio::null());
        drop(command);
        let mut guard = KillOnDrop(Some(child));
        self.greet(&ours)?;
        let control = Arc::new(ours);
        for _ in 0..self.spare {
            packet::send(&*control, &Order::Worker, &[]).map_err(SandboxError::Start)?;
        }
        let mut state = self.lock();
        state.child = guard.0.take();
        state.control = Some(Arc::clone(&control));
        Ok(control)
    }

    fn greet(&self, control: &OwnedFd) -> Result<(), SandboxError> {
        let entry = "does the program call `sandbox::worker_entry()` first thing in `main`?";
        if packet::send_setup(control, &self.setup).is_err() {
            return Err(SandboxError::Broken(format!("it ended before it was up; {entry}")));
        }
        let mut ready = [rustix::event::PollFd::new(control, rustix::event::PollFlags::IN)];
        let patience = rustix::event::Timespec { tv_sec: PATIENCE.as_secs().cast_signed(), tv_nsec: 0 };
        rustix::event::poll(&mut ready, Some(&patience)).map_err(|error| SandboxError::Start(error.into()))?;
        if ready[0].revents().is_empty() {
            return Err(SandboxError::Broken(format!("it did not come up in time; {entry}")));
        }
        // An error here is a process that went away without having read all.
        let (bytes, _) = packet::receive(control).unwrap_or_default();
        if bytes.is_empty() {
            return Err(SandboxError::Broken(format!("it ended before it was up; {entry}")));
        }
        match wire::from_bytes(&bytes) {
            Ok(Notice::Started { engine }) if engine == engine::FINGERPRINT => Ok(()),
            Ok(Notice::Started { engine }) => Err(SandboxError::Broken(format!("it is another build: {engine}"))),
            Ok(Notice::Failed { reason }) => Err(SandboxError::Broken(reason.to_owned())),
            _ => Err(SandboxError::Broken("it does not speak our language".to_owned())),
        }
    }

    /// Takes in what the zygote reports, until the pool is dropped.
    fn keep(&self, mut control: Arc<OwnedFd>) {
        loop {
            let problem = self.listen(&control);
            let restart = {
                let mut state = self.lock();
                if state.closing {
                    return;
                }
                state.ready.clear();
                state.ready_sessions.clear();
                // Workers die with their zygote.
                for end in state.taken.values_mut().filter(|end| end.is_none()) {
                    *end = Some(End { status: libc::SIGKILL, cpu_ns: 0, peak_memory: 0 });
                }
                if let Some(mut child) = state.child.take() {
                    let _ = child.kill();
                    let _ = child.wait();
                }
                state.restarts += 1;
                state.restarts <= MOST_RESTARTS
            };
            self.changed.notify_all();
            let restarted = if restart { self.start_zygote() } else { Err(SandboxError::Broken(problem.to_string())) };
            match restarted {
                Ok(new) => control = new,
                Err(error) => {
                    self.lock().broken = Some(error.to_string());
                    self.changed.notify_all();
                    return;
                }
            }
        }
    }

    /// Returns why there is nothing more to hear.
    fn listen(&self, control: &OwnedFd) -> io::Error {
        loop {
            let (bytes, descriptors) = match packet::receive(control) {
                Ok((bytes, _)) if bytes.is_empty() => return io::Error::from(io::ErrorKind::UnexpectedEof),
                Ok(received) => received,
                Err(error) => return error,
            };
            match wire::from_bytes(&bytes) {
                Ok(Notice::Forked { id, pid, session }) => {
                    let Ok([stream, process, output, errors]) = <[OwnedFd; 4]>::try_from(descriptors) else {
                        return io::Error::other("a worker came without its descriptors");
                    };
                    let worker = Worker { id, pid, stream: stream.into(), process, output, errors, session };
                    let mut state = self.lock();
                    state.restarts = 0;
                    if session { state.ready_sessions.push_back(worker) } else { state.ready.push_back(worker) }
                }
                Ok(Notice::Ended { id, status, cpu_ns, peak_memory }) => {
                    let mut state = self.lock();
                    if let Some(end) = state.taken.get_mut(&id) {
                        *end = Some(End { status, cpu_ns, peak_memory });
                    }
                    // One that died before it was used is found out when it is taken.
                }
                Ok(Notice::Started { .. }) => {}
                Ok(Notice::Failed { reason }) => return io::Error::other(reason.to_owned()),
                Err(error) => return io::Error::other(error),
            }
            self.changed.notify_all();
        }
    }
}

struct KillOnDrop(Option<Child>);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
