//! The process that workers are forked from.
//!
//! It is this program started again: it boots one interpreter, imports ahead what
//! snippets will want, confines itself, and from then on only forks. It has one thread, an
//! empty environment but for what is granted, and nothing of the host's memory.

use std::{
    collections::HashMap,
    io,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::net::UnixStream,
    },
    path::{Path, PathBuf},
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
    packet,
    protocol::{self, Notice, Order, Reply, Setup},
    settle, sys,
    worker::Inside,
};
use rustpython_vm::VirtualMachine;

/// The variable that makes this program a zygote, with the version of its protocol.
pub(super) const MARKER: &str = "PYC_RS_SANDBOX_ZYGOTE";

/// The value of [`MARKER`].
pub(super) const PROTOCOL: &str = "2";

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
    let status = match serve() {
        Ok(()) => 0,
        Err(error) => {
            // Most likely the host is gone, and with it whoever would want to know.
            let _ = error;
            1
        }
    };
    crate::platform::exit_now(status)
}

fn serve() -> io::Result<()> {
    let control = adopt_control()?;
    let setup = packet::receive_setup(&control)?;
    let (inside, confiner) = match prepare(&setup) {
        Ok(prepared) => prepared,
        Err(reason) => return packet::send(&control, &Notice::Failed { reason: &reason }, &[]),
    };
    let own = rustix::process::getpid().as_raw_nonzero().get();
    let mut zygote = Zygote {
        control,
        own,
        setup,
        inside: &inside,
        confiner,
        workers: HashMap::new(),
        asked: Vec::new(),
        dying: Vec::new(),
        last_id: 0,
    };
    zygote.notify(&Notice::Started { engine: engine::FINGERPRINT }, &[])?;
    inside.enter(|vm| zygote.run(vm))
}

/// Boots, and gives up everything but forking. The last step cannot fail, or nothing could be
/// told any more.
fn prepare(setup: &Setup) -> Result<(Inside, Confiner), String> {
    let inside = boot(setup)?;
    let memory = Memory::of_this_process().map_err(|error| error.to_string())?;
    if setup.warm {
        settle::settle().map_err(|error| format!("its memory cannot be moved: {error}"))?;
    }
    let confiner = Confiner::new(setup, memory).map_err(|error| error.to_string())?;
    Ok((inside, confiner))
}

/// The socket that came as standard input, out of the way of the numbers that
/// workers use, and nothing left of the streams that were inherited.
fn adopt_control() -> io::Result<OwnedFd> {
    let control = rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 16)?;
    sys::close_from_to(3, 15)?;
    let null = std::fs::File::options().read(true).write(true).open("/dev/null")?;
    for target in [0, 1, 2, SOCKET] {
        sys::duplicate_onto(null.as_fd(), target)?;
    }
    // It may have one of these numbers, which must stay taken.
    std::mem::forget(null);
    Ok(control)
}

fn boot(setup: &Setup) -> Result<Inside, String> {
    sys::remove_variable(MARKER);
    // The allocator has read it by now.
    sys::remove_variable(EAGER_COMMIT);
    // Found out from files once, and then known: there will be no files.
    let _ = rustix::param::page_size();
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    Inside::boot(setup)
}

struct Worker {
    pid: i32,
    scratch: Option<PathBuf>,
}

struct Zygote<'a> {
    control: OwnedFd,
    own: i32,
    setup: Setup,
    inside: &'a Inside,
    confiner: Confiner,
    /// What was forked and not disposed of, by number.
    workers: HashMap<u64, Worker>,
    /// Workers whose end the host waits for, each with its process.
    asked: Vec<(u64, OwnedFd)>,
    /// Workers that the host has killed and is done with.
    dying: Vec<Worker>,
    last_id: u64,
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
            Order::Replace { id } => {
                self.fork(vm, false)?;
                self.dying.extend(self.workers.remove(&id));
            }
            Order::Dispose { id } => self.dying.extend(self.workers.remove(&id)),
            Order::End { id } => self.ask(id)?,
        }
        Ok(true)
    }

    /// Waits for an order, for the end of a worker that was asked for, or for a while if
    /// there are some to bury: nobody waits for those.
    fn wait(&self) -> io::Result<()> {
        const WHILE: Timespec = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };
        let mut ready = vec![PollFd::new(&self.control, PollFlags::IN)];
        ready.extend(self.asked.iter().map(|(_, process)| PollFd::new(process, PollFlags::IN)));
        match poll(&mut ready, if self.dying.is_empty() { None } else { Some(&WHILE) }) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn notify(&self, notice: &Notice<'_>, descriptors: &[std::os::fd::BorrowedFd<'_>]) -> io::Result<()> {
        let bytes = wire::to_bytes(notice).map_err(io::Error::other)?;
        self.confiner.gate().send(self.control.as_fd(), &bytes, descriptors)
    }

    fn fork(&mut self, vm: &VirtualMachine, session: bool) -> io::Result<()> {
        // Here and not in the new process, which would have to copy the memory for it.
        self.inside.reseed(vm);
        let gate = self.confiner.gate();
        let (ours, theirs) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        let output = gate.capture(c"stdout")?;
        let errors = gate.capture(c"stderr")?;
        self.last_id += 1;
        let id = self.last_id;
        let scratch = if self.setup.scratch { Some(self.make_scratch(id)?) } else { None };
        match gate.fork()? {
            Side::Child => {
                let folder = scratch.as_deref().unwrap_or(&self.setup.folder);
                let confined = self.enter(folder, &theirs, &output, &errors, session);
                let mut socket = UnixStream::from(sys::take(SOCKET));
                match confined {
                    Ok(confinement) => self.inside.serve(vm, &self.setup, socket, confinement, session),
                    Err(error) => {
                        let _ = protocol::send(&mut socket, &Reply::Broken { reason: &error.to_string() });
                        crate::platform::exit_now(1)
                    }
                }
            }
            Side::Parent(pid) => {
                drop(theirs);
                self.workers.insert(id, Worker { pid, scratch });
                let process = gate.pidfd(pid)?;
                let descriptors = [ours.as_fd(), process.as_fd(), output.as_fd(), errors.as_fd()];
                self.notify(&Notice::Forked { id, pid, session }, &descriptors)
            }
        }
    }

    /// In the new process: gives up everything but three streams and a socket.
    fn enter(
        &self,
        folder: &Path,
        socket: &OwnedFd,
        output: &OwnedFd,
        errors: &OwnedFd,
        session: bool,
    ) -> Result<super::Confinement, confine::ConfineError> {
        let call = |what| move |source| confine::ConfineError::Call { what, source };
        let gate = self.confiner.gate();
        confine::detach(gate, self.own)?;
        gate.duplicate_onto(socket.as_fd(), SOCKET).map_err(call("dup2"))?;
        gate.nothing().and_then(|nothing| gate.duplicate_onto(nothing.as_fd(), 0)).map_err(call("/dev/null"))?;
        gate.duplicate_onto(output.as_fd(), 1).map_err(call("dup2"))?;
        gate.duplicate_onto(errors.as_fd(), 2).map_err(call("dup2"))?;
        self.confiner.confine(&self.setup, folder, session)
    }

    fn make_scratch(&self, id: u64) -> io::Result<PathBuf> {
        let folder = self.setup.folder.join(format!("{id}"));
        std::fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// Takes note that the host wants to know how a worker has ended, which it has seen to.
    fn ask(&mut self, id: u64) -> io::Result<()> {
        if let Some(worker) = self.workers.get(&id) {
            self.asked.push((id, self.confiner.gate().pidfd(worker.pid)?));
        }
        Ok(())
    }

    /// Reports the ends that were asked for.
    fn tell_ends(&mut self) -> io::Result<()> {
        for (id, process) in std::mem::take(&mut self.asked) {
            match self.workers.get(&id).map(|worker| self.reap(worker)) {
                Some(None) => self.asked.push((id, process)),
                None => {}
                Some(Some(Ended { status, cpu, peak_memory })) => {
                    let cpu_ns = u64::try_from(cpu.as_nanos()).unwrap_or(u64::MAX);
                    self.notify(&Notice::Ended { id, status, cpu_ns, peak_memory }, &[])?;
                    self.workers.remove(&id);
                }
            }
        }
        Ok(())
    }

    /// What is left of a worker, if it has ended.
    fn reap(&self, worker: &Worker) -> Option<Ended> {
        // One that cannot be waited for has been before, and would be for ever.
        let gone = Ended { status: libc::SIGKILL, cpu: Duration::ZERO, peak_memory: 0 };
        let ended = self.confiner.gate().reap(worker.pid).unwrap_or(Some(gone))?;
        if let Some(folder) = &worker.scratch {
            // What cannot be removed goes with the runner's whole folder.
            let _ = std::fs::remove_dir_all(folder);
        }
        Some(ended)
    }

    fn bury(&mut self) {
        let mut dying = std::mem::take(&mut self.dying);
        dying.retain(|worker| self.reap(worker).is_none());
        self.dying = dying;
    }

    /// Kills and buries every worker that is left.
    fn end(&mut self) {
        self.dying.extend(self.workers.drain().map(|(_, worker)| worker));
        for worker in &self.dying {
            let _ = self.confiner.gate().kill(worker.pid);
        }
        while !self.dying.is_empty() {
            self.bury();
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
