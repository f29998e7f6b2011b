//! The process that workers are forked from.
//!
//! It is this program started again: it boots one interpreter, imports ahead what
//! snippets will want, and from then on only forks. It has one thread, an empty
//! environment but for what is granted, and nothing of the host's memory.

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
    event::{PollFd, PollFlags, poll},
    fs::MemfdFlags,
    net::{AddressFamily, RecvFlags, SocketFlags, SocketType},
};

use super::{
    confine::{self, Confiner, Memory},
    filter::SOCKET,
    packet,
    protocol::{self, Notice, Order, Reply, Setup},
    sys::{self, Side},
    worker::Inside,
};

/// The variable that makes this program a zygote, with the version of its protocol.
pub(super) const MARKER: &str = "PYC_RS_SANDBOX_ZYGOTE";

/// The value of [`MARKER`].
pub(super) const PROTOCOL: &str = "1";

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
    let inside = match boot(&setup) {
        Ok(inside) => inside,
        Err(reason) => return packet::send(&control, &Notice::Failed { reason: &reason }, &[]),
    };
    let confiner = match Memory::of_this_process().and_then(|memory| Confiner::new(&setup, memory)) {
        Ok(confiner) => confiner,
        Err(error) => return packet::send(&control, &Notice::Failed { reason: &error.to_string() }, &[]),
    };
    packet::send(&control, &Notice::Started { engine: engine::FINGERPRINT }, &[])?;
    let signals = sys::child_signals()?;
    let own = rustix::process::getpid().as_raw_nonzero().get();
    let mut zygote = Zygote { control, signals, own, setup, inside, confiner, workers: HashMap::new(), last_id: 0 };
    zygote.run()
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
    id: u64,
    scratch: Option<PathBuf>,
}

struct Zygote {
    control: OwnedFd,
    signals: OwnedFd,
    own: i32,
    setup: Setup,
    inside: Inside,
    confiner: Confiner,
    workers: HashMap<i32, Worker>,
    last_id: u64,
}

impl Zygote {
    /// Forks on request until the host goes away.
    fn run(&mut self) -> io::Result<()> {
        loop {
            let mut ready = [PollFd::new(&self.control, PollFlags::IN), PollFd::new(&self.signals, PollFlags::IN)];
            match poll(&mut ready, None) {
                Err(rustix::io::Errno::INTR) => continue,
                other => other?,
            };
            let [control, signals] = ready.map(|fd| !fd.revents().is_empty());
            if signals {
                self.reap()?;
            }
            if control && !self.obey()? {
                break;
            }
        }
        self.end();
        Ok(())
    }

    /// Does what the host asks. False when there is no host any more.
    fn obey(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 64];
        let (bytes, _) = rustix::net::recv(&self.control, &mut buffer, RecvFlags::DONTWAIT)?;
        if bytes == 0 {
            return Ok(false);
        }
        let message = buffer.get(..bytes).unwrap_or_default();
        let order: Order = wire::from_bytes(message).map_err(io::Error::other)?;
        self.fork(order == Order::Session)?;
        Ok(true)
    }

    fn fork(&mut self, session: bool) -> io::Result<()> {
        let (ours, theirs) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        let output = capture("stdout")?;
        let errors = capture("stderr")?;
        self.last_id += 1;
        let id = self.last_id;
        let scratch = if self.setup.scratch { Some(self.make_scratch(id)?) } else { None };
        match sys::fork()? {
            Side::Child => {
                let folder = scratch.as_deref().unwrap_or(&self.setup.folder);
                let confined = self.enter(folder, &theirs, &output, &errors, session);
                let mut socket = UnixStream::from(sys::take(SOCKET));
                match confined {
                    Ok(confinement) => self.inside.serve(&self.setup, socket, confinement, session),
                    Err(error) => {
                        let _ = protocol::send(&mut socket, &Reply::Broken { reason: &error.to_string() });
                        crate::platform::exit_now(1)
                    }
                }
            }
            Side::Parent(pid) => {
                drop(theirs);
                self.workers.insert(pid, Worker { id, scratch });
                let process = sys::pidfd(pid)?;
                let notice = Notice::Forked { id, pid, session };
                packet::send(&self.control, &notice, &[ours.as_fd(), process.as_fd(), output.as_fd(), errors.as_fd()])
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
        sys::duplicate_onto(socket.as_fd(), SOCKET).map_err(call("dup2"))?;
        sys::duplicate_onto(output.as_fd(), 1).map_err(call("dup2"))?;
        sys::duplicate_onto(errors.as_fd(), 2).map_err(call("dup2"))?;
        confine::detach(self.own)?;
        sys::default_signals();
        std::env::set_current_dir(folder).map_err(call("chdir"))?;
        self.confiner.confine(&self.setup, folder, session)
    }

    fn make_scratch(&self, id: u64) -> io::Result<PathBuf> {
        let folder = self.setup.folder.join(format!("{id}"));
        std::fs::create_dir(&folder)?;
        Ok(folder)
    }

    /// Reports the workers that have ended.
    fn reap(&mut self) -> io::Result<()> {
        let mut buffer = [0; 256];
        // Several signals may have become one; all children are asked after anyway.
        let _ = rustix::io::read(&self.signals, &mut buffer);
        while let Some(ended) = sys::reap() {
            let Some(worker) = self.workers.remove(&ended.pid) else { continue };
            if let Some(folder) = worker.scratch {
                // What cannot be removed goes with the runner's whole folder.
                let _ = std::fs::remove_dir_all(folder);
            }
            let cpu_ns = u64::try_from(ended.cpu.as_nanos()).unwrap_or(u64::MAX);
            let notice = Notice::Ended { id: worker.id, status: ended.status, cpu_ns, peak_memory: ended.peak_memory };
            packet::send(&self.control, &notice, &[])?;
        }
        Ok(())
    }

    /// Kills and buries every worker that is left.
    fn end(&mut self) {
        for &pid in self.workers.keys() {
            if let Some(pid) = rustix::process::Pid::from_raw(pid) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
        while !self.workers.is_empty() {
            while let Some(ended) = sys::reap() {
                if let Some(folder) = self.workers.remove(&ended.pid).and_then(|worker| worker.scratch) {
                    let _ = std::fs::remove_dir_all(folder);
                }
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// A file in memory that takes what a snippet prints: writing to it never waits for
/// anybody, and it is as large as the limit for files at the most.
fn capture(name: &str) -> io::Result<OwnedFd> {
    let file = rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC)?;
    rustix::fs::fcntl_setfl(&file, rustix::fs::OFlags::APPEND)?;
    Ok(file)
}
