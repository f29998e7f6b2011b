//! The host's side: a zygote, workers that it forked ahead, and what became of those
//! that have ended.
//!
//! There is no thread for it. Who needs a worker, or its end, hears what the zygote has to
//! say; if several do, one listens for all.

use std::{
    collections::{HashMap, VecDeque},
    io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use pyc_rs_cache::wire;
use pyc_rs_compiler::engine;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    net::{AddressFamily, RecvFlags, SocketFlags, SocketType},
};

use super::{
    SandboxError, folder, packet,
    protocol::{Notice, Order, Setup},
};

/// How long a zygote may take to boot, or to fork.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a zygote that died is started again without a worker to show for it.
const MOST_RESTARTS: u32 = 3;

/// A forked process that waits for its snippet.
pub(super) struct Worker {
    /// Which of the pool's zygotes forked it.
    generation: u32,
    pub(super) pid: i32,
    /// Whether its end was told, and with that its number is free.
    told: AtomicBool,
    pub(super) stream: UnixStream,
    pub(super) process: OwnedFd,
    pub(super) output: OwnedFd,
    pub(super) errors: OwnedFd,
    session: bool,
}

impl Worker {
    /// The one that a notice told of.
    pub(super) fn of(generation: u32, pid: i32, session: bool, descriptors: Vec<OwnedFd>) -> io::Result<Self> {
        let Ok([stream, process, output, errors]) = <[OwnedFd; 4]>::try_from(descriptors) else {
            return Err(io::Error::other("a worker came without its descriptors"));
        };
        let (told, stream) = (AtomicBool::new(false), stream.into());
        Ok(Self { generation, pid, told, stream, process, output, errors, session })
    }
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
    state: Mutex<State>,
    changed: Condvar,
    command: Mutex<Command>,
    setup: Setup,
    /// How many workers wait ahead, in a runner that forks ahead.
    spare: usize,
    /// How many are waited for, in one that does not.
    wanted: AtomicUsize,
}

#[derive(Default)]
struct State {
    /// How many zygotes there were before this one.
    generation: u32,
    control: Option<Arc<OwnedFd>>,
    child: Option<Child>,
    ready: VecDeque<Worker>,
    ready_sessions: VecDeque<Worker>,
    /// Ends that were asked for and told.
    ends: HashMap<i32, End>,
    /// Whether a thread listens to the zygote.
    heard: bool,
    restarts: u32,
    broken: Option<String>,
}

impl Pool {
    /// Starts a zygote and waits until it is up.
    pub(super) fn start(command: Command, setup: Setup, spare: usize) -> Result<Self, SandboxError> {
        let pool = Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            command: Mutex::new(command),
            setup,
            spare: spare.max(1),
            wanted: AtomicUsize::new(0),
        };
        pool.start_zygote()?;
        Ok(pool)
    }

    /// A worker that is not used for anything else. Waits for one if need be.
    pub(super) fn take(&self, session: bool) -> Result<Worker, SandboxError> {
        // Where there is time to start, there is time to fork when a worker is wanted.
        let ordered = session || !self.setup.warm;
        if ordered && !session {
            self.wanted.fetch_add(1, Ordering::SeqCst);
        }
        if ordered {
            self.order(if session { Order::Session } else { Order::Worker });
        }
        // What the zygote has said is heard first: if it is dead, so are the workers.
        drop(self.listen(self.lock(), None));
        let worker = self.wait_for("no worker came up in time", |state| {
            let queue = if session { &mut state.ready_sessions } else { &mut state.ready };
            pop_newest_ready(queue)
        });
        if ordered && !session {
            self.wanted.fetch_sub(1, Ordering::SeqCst);
        }
        worker
    }

    /// Has a worker killed, and lets another take its place.
    pub(super) fn dispose(&self, worker: &Worker) {
        if worker.generation != self.lock().generation {
            return;
        }
        let pid = worker.pid;
        let ahead = self.setup.warm && !worker.session;
        match (worker.told.load(Ordering::Relaxed), ahead) {
            (false, true) => self.order(Order::Replace { pid }),
            (false, false) => self.order(Order::Dispose { pid }),
            (true, true) => self.order(Order::Worker),
            (true, false) => {}
        }
    }

    /// Kills a worker, if it has not ended yet, and waits for its end.
    pub(super) fn end(&self, worker: &Worker) -> Result<End, SandboxError> {
        kill(worker);
        self.order(Order::End { pid: worker.pid });
        let end = self.wait_for("a worker's end was not reported", |state| {
            if state.generation == worker.generation {
                return state.ends.remove(&worker.pid);
            }
            // With its zygote.
            Some(End { status: libc::SIGKILL, cpu_ns: 0, peak_memory: 0 })
        });
        worker.told.store(true, Ordering::Relaxed);
        end
    }

    /// Listens, or has another thread listen, until there is what is looked for.
    fn wait_for<T>(&self, in_vain: &str, look: impl Fn(&mut State) -> Option<T>) -> Result<T, SandboxError> {
        let until = Instant::now() + PATIENCE;
        let mut state = self.lock();
        loop {
            if let Some(found) = look(&mut state) {
                return Ok(found);
            }
            if let Some(reason) = &state.broken {
                return Err(SandboxError::Broken(reason.clone()));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(SandboxError::Broken(in_vain.to_owned()));
            }
            state = if state.heard {
                self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
            } else {
                self.listen(state, Some(left))
            };
        }
    }

    /// Takes in what the zygote reports, unless another thread does; waits that long for it
    /// if there is nothing yet.
    fn listen<'a>(&'a self, mut state: MutexGuard<'a, State>, wait: Option<Duration>) -> MutexGuard<'a, State> {
        let Some(control) = state.control.clone().filter(|_| !state.heard) else { return state };
        if wait.is_some() {
            state.heard = true;
            drop(state);
            let ready = wait_until_readable(&control, wait.unwrap_or_default());
            state = self.lock();
            state.heard = false;
            // Another may have waited only for this thread to be done.
            self.changed.notify_all();
            if !ready {
                return state;
            }
        }
        match state.take_in(&control) {
            Ok(()) => state,
            Err(problem) => self.restart(state, &problem),
        }
    }

    /// Starts another zygote in the place of one that is gone.
    fn restart<'a>(&'a self, mut state: MutexGuard<'a, State>, problem: &io::Error) -> MutexGuard<'a, State> {
        state.control = None;
        state.generation += 1;
        // Workers die with their zygote.
        state.ready.clear();
        state.ready_sessions.clear();
        state.ends.clear();
        state.restarts += 1;
        let again = state.restarts <= MOST_RESTARTS;
        state.heard = true;
        drop(KillOnDrop(state.child.take()));
        drop(state);
        let restarted = if again { self.start_zygote() } else { Err(SandboxError::Broken(problem.to_string())) };
        let mut state = self.lock();
        state.heard = false;
        state.broken = restarted.err().map(|error| error.to_string());
        self.changed.notify_all();
        state
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn order(&self, order: Order) {
        let control = self.lock().control.clone();
        if let Some(control) = control {
            // If the zygote is gone, another is started, with all the workers it should have.
            let _ = packet::send(&*control, &order, &[]);
        }
    }

    /// Starts a zygote, waits until it has booted, and orders the workers to spare.
    fn start_zygote(&self) -> Result<(), SandboxError> {
        let (ours, theirs) = control_sockets().map_err(SandboxError::Start)?;
        let mut command = self.command.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.stdin(Stdio::from(theirs)).spawn().map_err(SandboxError::Start)?;
        // The command keeps the descriptor, which would keep the stream from ending.
        command.stdin(Stdio::null());
        drop(command);
        let mut guard = KillOnDrop(Some(child));
        // While it boots.
        folder::remove_left(&self.setup.folder);
        introduce(&ours, &self.setup)?;
        wait_until_started(&ours)?;
        let count = if self.setup.warm { self.spare } else { self.wanted.load(Ordering::SeqCst) };
        for _ in 0..count {
            packet::send(&ours, &Order::Worker, &[]).map_err(SandboxError::Start)?;
        }
        let mut state = self.lock();
        state.child = guard.0.take();
        state.control = Some(Arc::new(ours));
        Ok(())
    }
}

/// The host's end and a zygote's end of what they talk over.
pub(super) fn control_sockets() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?)
}

/// What is most likely wrong with a program that does not become a zygote.
const ENTRY: &str = "does the program call `sandbox::worker_entry()` first thing in `main`?";

fn never_up() -> SandboxError {
    SandboxError::Broken(format!("it ended before it was up; {ENTRY}"))
}

/// Tells a zygote how to set itself up.
pub(super) fn introduce(control: &OwnedFd, setup: &Setup) -> Result<(), SandboxError> {
    packet::send_setup(control, setup).map_err(|_| never_up())
}

/// Waits until a zygote is up, or has said why it cannot be.
pub(super) fn wait_until_started(control: &OwnedFd) -> Result<(), SandboxError> {
    if !wait_until_readable(control, PATIENCE) {
        return Err(SandboxError::Broken(format!("it did not come up in time; {ENTRY}")));
    }
    // An error here is a process that went away without having read all.
    let (bytes, _) = packet::receive(control, RecvFlags::empty()).unwrap_or_default();
    if bytes.is_empty() {
        return Err(never_up());
    }
    match wire::from_bytes(&bytes) {
        Ok(Notice::Started { engine }) if engine == engine::FINGERPRINT => Ok(()),
        Ok(Notice::Started { engine }) => Err(SandboxError::Broken(format!("it is another build: {engine}"))),
        Ok(Notice::Failed { reason }) => Err(SandboxError::Broken(reason.to_owned())),
        _ => Err(SandboxError::Broken("it does not speak our language".to_owned())),
    }
}

/// Waits for the worker that a zygote becomes.
pub(super) fn wait_for_worker(control: &OwnedFd) -> Result<Worker, SandboxError> {
    let never = || SandboxError::Broken("no worker came up".to_owned());
    if !wait_until_readable(control, PATIENCE) {
        return Err(never());
    }
    let (bytes, descriptors) = packet::receive(control, RecvFlags::empty()).map_err(SandboxError::Start)?;
    match wire::from_bytes(&bytes) {
        Ok(Notice::Forked { pid, session }) => Worker::of(0, pid, session, descriptors).map_err(SandboxError::Start),
        _ => Err(never()),
    }
}

impl State {
    /// Takes in all that the zygote has said. An error is the end of it.
    fn take_in(&mut self, control: &OwnedFd) -> io::Result<()> {
        loop {
            let (bytes, descriptors) = match packet::receive(control, RecvFlags::DONTWAIT) {
                Ok((bytes, _)) if bytes.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                received => received?,
            };
            match wire::from_bytes(&bytes).map_err(io::Error::other)? {
                Notice::Forked { pid, session } => {
                    let worker = Worker::of(self.generation, pid, session, descriptors)?;
                    self.restarts = 0;
                    if session { self.ready_sessions.push_back(worker) } else { self.ready.push_back(worker) }
                }
                Notice::Ended { pid, status, cpu_ns, peak_memory } => {
                    self.ends.insert(pid, End { status, cpu_ns, peak_memory });
                }
                Notice::Started { .. } => {}
                Notice::Failed { reason } => return Err(io::Error::other(reason.to_owned())),
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.ready.clear();
        state.ready_sessions.clear();
        if let Some(control) = state.control.take() {
            // The end of the stream is what ends the zygote.
            let _ = rustix::net::shutdown(&*control, rustix::net::Shutdown::Both);
        }
        if let Some(mut child) = state.child.take() {
            let _ = child.wait();
        }
    }
}

/// The worker that was the last to get ready: most of what it needs is still in the processors'
/// caches. The first that was forked if none is.
fn pop_newest_ready(queue: &mut VecDeque<Worker>) -> Option<Worker> {
    const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
    if queue.len() < 2 {
        return queue.pop_front();
    }
    let mut streams: Vec<_> = queue.iter().map(|worker| PollFd::new(&worker.stream, PollFlags::IN)).collect();
    let newest = match poll(&mut streams, Some(&NOW)) {
        Ok(1..) => streams.iter().rposition(|stream| stream.revents().contains(PollFlags::IN)),
        _ => None,
    };
    drop(streams);
    queue.remove(newest.unwrap_or(0))
}

fn kill(worker: &Worker) {
    // One that has ended already cannot be killed, which is as good.
    let _ = rustix::process::pidfd_send_signal(&worker.process, rustix::process::Signal::KILL);
}

fn wait_until_readable(control: &OwnedFd, wait: Duration) -> bool {
    let mut ready = [PollFd::new(control, PollFlags::IN)];
    let wait = Timespec { tv_sec: wait.as_secs().cast_signed(), tv_nsec: wait.subsec_nanos().into() };
    matches!(poll(&mut ready, Some(&wait)), Ok(1..))
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
