//! The process that workers are forked from.
//!
//! It is this program started again: it boots one interpreter, imports ahead what
//! snippets will want, confines itself, and from then on only forks. It has one thread, an
//! empty environment but for what is granted, and nothing of the host's memory. Where there
//! will be one run only, it becomes the worker of that run itself.
//!
//! Once it forks it allocates nothing: what it wrote to would be copied, in small pages, and
//! every fork be dearer from then on (`settle.rs`).

use std::{
    io,
    os::{
        fd::{AsFd as _, BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::PathBuf,
    time::Duration,
};

use pyc_rs_cache::wire;
use pyc_rs_compiler::engine;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    net::{AddressFamily, RecvFlags, SocketFlags, SocketType},
};

use super::{
    confine::{self, Confiner, Memory},
    filter::SOCKET,
    gate::{Ended, Side},
    hot::Hot,
    packet,
    protocol::{self, Notice, Order, Reply, Setup},
    settle, sys,
    worker::Inside,
};
use crate::image::{IsolatedStart, pocket};
use rustpython_vm::VirtualMachine;

/// The variable that makes this program a zygote, with the version of its protocol.
pub(super) const MARKER: &str = "PYC_RS_SANDBOX_ZYGOTE";

/// The value of [`MARKER`].
pub(super) const PROTOCOL: &str = "4";

/// A setting of the allocator of the `pyc-rs` command, which reserves a gigabyte at a
/// time: what is only reserved must not count as used, or it could be used for nothing.
pub(super) const EAGER_COMMIT: &str = "MIMALLOC_ARENA_EAGER_COMMIT";

/// Becomes a zygote if this process was started as one, and returns otherwise.
///
/// A program that builds a `Runner` calls this first thing in `main`, before it
/// starts threads or reads its arguments: sandboxes are this same program, started
/// again.
pub fn worker_entry() {
    if std::env::var_os(MARKER).is_none_or(|value| value != PROTOCOL) {
        return;
    }
    sys::remove_variable(MARKER);
    // The allocator has read it by now.
    sys::remove_variable(EAGER_COMMIT);
    serve_and_exit(rustix::stdio::stdin())
}

/// Is a zygote until the host that is at the other end of this socket goes away.
pub(super) fn serve_and_exit(control: BorrowedFd<'_>) -> ! {
    // After an error the host is gone most likely, and with it whoever would want to know.
    let served = adopt(control).and_then(serve);
    crate::platform::exit_now(i32::from(served.is_err()))
}

fn serve(control: OwnedFd) -> io::Result<()> {
    // Meanwhile the host makes up its mind.
    let start = Inside::start();
    let setup = packet::receive_setup(&control)?;
    let (inside, confiner, forking) = match prepare(start, &setup) {
        Ok(prepared) => prepared,
        Err(reason) => return packet::send(&control, &Notice::Failed { reason: &reason }, &[]),
    };
    let room = if setup.only_for.is_some() { 0 } else { MOST_WORKERS };
    let own = rustix::process::getpid().as_raw_nonzero().get();
    let mut zygote = Zygote {
        control,
        own,
        setup,
        inside: &inside,
        confiner,
        forking,
        live: Children::with_room(room),
        asked: Children::with_room(room),
        dying: Children::with_room(room),
        last_id: 0,
    };
    zygote.notify(&Notice::Started { engine: engine::FINGERPRINT }, &[])?;
    inside.enter(|vm| match zygote.setup.only_for {
        Some(host) => zygote.become_worker(vm, host),
        None => zygote.run(vm),
    })
}

/// Boots, and gives up everything but forking. The last step cannot fail, or nothing could be
/// told any more.
fn prepare(start: IsolatedStart, setup: &Setup) -> Result<(Inside, Confiner, Forking), String> {
    let inside = boot(start, setup)?;
    // Where it has no room, workers allocate as everybody does.
    let pocket = setup.warm && pocket::reserve().is_ok();
    let memory = Memory::of_this_process().map_err(|error| error.to_string())?;
    let mut hot = Hot::default();
    if setup.warm {
        settle::settle().map_err(|error| format!("its memory cannot be moved: {error}"))?;
        hot = Hot::of_trial(|| {
            if pocket {
                pocket::open();
            }
            inside.use_new_names();
            let _ = inside.try_out(setup);
        })
        .unwrap_or_default();
    }
    let confiner = Confiner::new(setup, memory).map_err(|error| error.to_string())?;
    Ok((inside, confiner, Forking { pocket, hot }))
}

/// What makes the runs of forked processes cheaper.
struct Forking {
    /// Whether there is a pocket for each to allocate from.
    pocket: bool,
    hot: Hot,
}

/// The socket out of the way of the numbers that workers use, and nothing left of what was
/// inherited, also of the socket.
fn adopt(control: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let control = rustix::io::fcntl_dupfd_cloexec(control, 16)?;
    sys::close_from_to(3, 15)?;
    let null = std::fs::File::options().read(true).write(true).open("/dev/null")?;
    for target in [0, 1, 2, SOCKET] {
        sys::duplicate_onto(null.as_fd(), target)?;
    }
    // It may have one of these numbers, which must stay taken.
    std::mem::forget(null);
    Ok(control)
}

fn boot(start: IsolatedStart, setup: &Setup) -> Result<Inside, String> {
    for (name, value) in &setup.variables {
        sys::set_variable(name, value);
    }
    // Found out from files once, and then known: there will be no files.
    let _ = rustix::param::page_size();
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    Inside::boot(start, setup)
}

/// Longest notice; the name of the engine is in one.
const MOST_NOTICE: usize = 1024;

/// A forked worker.
#[derive(Clone, Copy)]
struct Worker {
    pid: i32,
    /// Names its folder.
    id: u64,
}

/// Most workers at a time.
const MOST_WORKERS: usize = 1024;

/// Some workers, in memory that is taken ahead.
struct Children {
    all: Vec<Worker>,
}

impl Children {
    fn with_room(count: usize) -> Self {
        Self { all: Vec::with_capacity(count) }
    }

    fn add(&mut self, worker: Worker) -> io::Result<()> {
        if self.all.len() == self.all.capacity() {
            return Err(io::Error::other("too many workers"));
        }
        self.all.push(worker);
        Ok(())
    }

    fn remove(&mut self, pid: i32) -> Option<Worker> {
        let place = self.all.iter().position(|worker| worker.pid == pid)?;
        Some(self.all.swap_remove(place))
    }

    fn all(&self) -> &[Worker] {
        &self.all
    }

    fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

struct Zygote<'a> {
    control: OwnedFd,
    own: i32,
    setup: Setup,
    inside: &'a Inside,
    confiner: Confiner,
    forking: Forking,
    /// Workers that the host has, or is going to have.
    live: Children,
    /// Workers whose end the host waits for.
    asked: Children,
    /// Workers that the host has killed and is done with.
    dying: Children,
    last_id: u64,
}

/// What a worker and the host have in common, and both their ends of it.
struct Streams {
    /// Names the worker's folder.
    id: u64,
    ours: OwnedFd,
    theirs: OwnedFd,
    output: OwnedFd,
    errors: OwnedFd,
}

impl Zygote<'_> {
    /// Forks on request until the host goes away.
    fn run(&mut self, vm: &VirtualMachine) -> io::Result<()> {
        while self.obey(vm)? {
            self.tell_ends()?;
            self.bury();
        }
        self.end();
        Ok(())
    }

    /// Does what the host asks, if it asks for anything; waits for something to do
    /// otherwise. False when there is no host any more.
    fn obey(&mut self, vm: &VirtualMachine) -> io::Result<bool> {
        let mut buffer = [0; 64];
        let bytes = match rustix::net::recv(&self.control, &mut buffer, RecvFlags::DONTWAIT) {
            Ok((bytes, _)) => bytes,
            Err(rustix::io::Errno::AGAIN) => return self.wait().map(|()| true),
            Err(rustix::io::Errno::INTR) => return Ok(true),
            Err(error) => return Err(error.into()),
        };
        if bytes == 0 {
            return Ok(false);
        }
        let message = buffer.get(..bytes).unwrap_or_default();
        match wire::from_bytes(message).map_err(io::Error::other)? {
            Order::Worker => self.fork(vm, false)?,
            Order::Session => self.fork(vm, true)?,
            Order::Replace { pid } => {
                self.dispose(pid)?;
                self.fork(vm, false)?;
            }
            Order::Dispose { pid } => self.dispose(pid)?,
            Order::End { pid } => self.live.remove(pid).map_or(Ok(()), |worker| self.asked.add(worker))?,
        }
        Ok(true)
    }

    /// Kills a worker that the host is done with. It is not waited for here.
    fn dispose(&mut self, pid: i32) -> io::Result<()> {
        let Some(worker) = self.live.remove(pid) else { return Ok(()) };
        let _ = self.confiner.gate().kill(pid);
        self.dying.add(worker)
    }

    /// Waits for an order; for a moment only if there is a worker to tell of or to bury.
    fn wait(&self) -> io::Result<()> {
        const SOON: Timespec = Timespec { tv_sec: 0, tv_nsec: 300_000 };
        const LATER: Timespec = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };
        let wait = match (self.asked.is_empty(), self.dying.is_empty()) {
            (false, _) => Some(&SOON),
            (true, false) => Some(&LATER),
            (true, true) => None,
        };
        match poll(&mut [PollFd::new(&self.control, PollFlags::IN)], wait) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn notify(&self, notice: &Notice<'_>, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let mut buffer = [0; MOST_NOTICE];
        let len = wire::to_slice(notice, &mut buffer).map_err(io::Error::other)?;
        self.confiner.gate().send(self.control.as_fd(), buffer.get(..len).unwrap_or_default(), descriptors)
    }

    fn fork(&mut self, vm: &VirtualMachine, session: bool) -> io::Result<()> {
        let streams = self.next_streams()?;
        match self.confiner.gate().fork()? {
            Side::Child => self.work(vm, self.own, &streams, session),
            Side::Parent(pid) => {
                self.live.add(Worker { pid, id: streams.id })?;
                self.hand_over(pid, &streams, session)
            }
        }
    }

    /// Is the worker of the only run there will be, for this host.
    fn become_worker(&mut self, vm: &VirtualMachine, host: i32) -> ! {
        let handed = self.next_streams().and_then(|streams| {
            self.hand_over(self.own, &streams, false)?;
            Ok(streams)
        });
        match handed {
            Ok(streams) => self.work(vm, host, &streams, false),
            Err(_) => crate::platform::exit_now(1),
        }
    }

    /// What the next worker and the host have in common.
    fn next_streams(&mut self) -> io::Result<Streams> {
        let gate = self.confiner.gate();
        let (ours, theirs) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        let (output, errors) = (gate.capture(c"stdout")?, gate.capture(c"stderr")?);
        self.last_id += 1;
        let id = self.last_id;
        if self.setup.scratch {
            std::fs::create_dir(self.scratch(id))?;
        }
        Ok(Streams { id, ours, theirs, output, errors })
    }

    /// Gives the host its ends of a worker.
    fn hand_over(&self, pid: i32, streams: &Streams, session: bool) -> io::Result<()> {
        let process = self.confiner.gate().pidfd(pid)?;
        let descriptors = [&streams.ours, &process, &streams.output, &streams.errors].map(OwnedFd::as_fd);
        self.notify(&Notice::Forked { pid, session }, &descriptors)
    }

    /// In the process that is the worker: shuts itself in, and serves the host.
    fn work(&self, vm: &VirtualMachine, parent: i32, streams: &Streams, session: bool) -> ! {
        let confined = self.enter(parent, streams, session);
        let mut socket = UnixStream::from(sys::take(SOCKET));
        match confined {
            Ok(confinement) => self.inside.serve(vm, &self.setup, socket, confinement, session, &self.forking.hot),
            Err(error) => {
                let _ = protocol::send(&mut socket, &Reply::Broken { reason: &error.to_string() });
                crate::platform::exit_now(1)
            }
        }
    }

    /// Gives up everything but three streams and a socket. `parent` is the process without
    /// which this one has no use.
    fn enter(
        &self,
        parent: i32,
        streams: &Streams,
        session: bool,
    ) -> Result<super::Confinement, confine::ConfineError> {
        let Streams { id, theirs: socket, output, errors, .. } = streams;
        let call = |what| move |source| confine::ConfineError::Call { what, source };
        let gate = self.confiner.gate();
        confine::detach(gate, parent)?;
        if self.forking.pocket {
            pocket::open();
        }
        gate.duplicate_onto(socket.as_fd(), SOCKET).map_err(call("dup2"))?;
        gate.nothing().and_then(|nothing| gate.duplicate_onto(nothing.as_fd(), 0)).map_err(call("/dev/null"))?;
        self.inside.attach(gate, output.as_fd(), errors.as_fd(), self.setup.output).map_err(call("mmap"))?;
        gate.duplicate_onto(output.as_fd(), 1).map_err(call("dup2"))?;
        gate.duplicate_onto(errors.as_fd(), 2).map_err(call("dup2"))?;
        let scratch = self.setup.scratch.then(|| self.scratch(*id));
        self.confiner.confine(&self.setup, scratch.as_deref(), session)
    }

    fn scratch(&self, id: u64) -> PathBuf {
        self.setup.folder.join(format!("{id}"))
    }

    /// Reports the ends that were asked for.
    fn tell_ends(&mut self) -> io::Result<()> {
        let mut at = 0;
        while let Some(&worker) = self.asked.all().get(at) {
            let Some(Ended { status, cpu, peak_memory }) = self.reap(worker) else {
                at += 1;
                continue;
            };
            let cpu_ns = u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX);
            self.notify(&Notice::Ended { pid: worker.pid, status, cpu_ns, peak_memory }, &[])?;
            self.asked.remove(worker.pid);
        }
        Ok(())
    }

    /// What is left of a worker, if it has ended.
    fn reap(&self, worker: Worker) -> Option<Ended> {
        // One that cannot be waited for has been before, and would be for ever.
        let gone = Ended { status: libc::SIGKILL, cpu: Duration::ZERO, peak_memory: 0 };
        let ended = self.confiner.gate().reap(worker.pid).unwrap_or(Some(gone))?;
        if self.setup.scratch {
            // What cannot be removed goes with the runner's whole folder.
            let _ = std::fs::remove_dir_all(self.scratch(worker.id));
        }
        Some(ended)
    }

    fn bury(&mut self) {
        let mut at = 0;
        while let Some(&worker) = self.dying.all().get(at) {
            match self.reap(worker) {
                Some(_) => {
                    self.dying.remove(worker.pid);
                }
                None => at += 1,
            }
        }
    }

    /// Kills and buries every worker that is left.
    fn end(&mut self) {
        for worker in self.live.all().iter().chain(self.asked.all()) {
            let _ = self.confiner.gate().kill(worker.pid);
        }
        for worker in self.live.all().iter().chain(self.asked.all()).chain(self.dying.all()) {
            while self.reap(*worker).is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}
