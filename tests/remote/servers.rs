//! Real servers on this machine, and a proxy that spoils what they say.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// A port that is free now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A test that cannot have its server fails in CI and is skipped elsewhere.
fn unavailable<T>(why: &str) -> Option<T> {
    assert!(std::env::var_os("CI").is_none(), "{why}; .ci/run installs it");
    eprintln!("skipped: {why}");
    None
}

/// A server process, which ends with its owner.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    _folder: tempfile::TempDir,
}

impl Server {
    fn start(port: u16, command: &mut Command) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let child = command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = Self { child: child.spawn().unwrap(), port, _folder: folder };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(server.child.try_wait().unwrap().is_none(), "the server ended at once");
            assert!(started.elapsed() < Duration::from_secs(120), "the server does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// A redis server.
    pub(crate) fn redis(arguments: &[&str]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            return unavailable("there is no redis-server");
        }
        let port = free_port();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]).args(arguments);
        Some(Self::start(port, &mut command))
    }

    /// An S3 server, with a bucket named `bucket`.
    pub(crate) fn s3() -> Option<Self> {
        let target = PathBuf::from(env!("CARGO_BIN_EXE_pyc-rs")).ancestors().nth(2).unwrap().to_owned();
        let program = target.join("remote-servers/bin/moto_server");
        if !program.exists() {
            return unavailable("there is no moto_server in target/remote-servers");
        }
        let port = free_port();
        let server = Self::start(port, Command::new(program).args(["-H", "127.0.0.1", "-p", &port.to_string()]));
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let request = "PUT /bucket HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        Some(server)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Sends redis a command, and returns what it says, as long as it says something.
    pub(crate) fn redis_command(&self, words: &[&[u8]]) -> Vec<u8> {
        let mut request = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            request.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
            request.extend_from_slice(word);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"*1\r\n$4\r\nQUIT\r\n");
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(&request).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Passes on what clients and a server say to each other, until it is told to sit still.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    still: Arc<AtomicBool>,
}

impl Proxy {
    /// In front of this port.
    pub(crate) fn before(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let still = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&still);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                let (back, forth) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (here, there) = (Arc::clone(&flag), Arc::clone(&flag));
                std::thread::spawn(move || pass_on(client, server, &here));
                std::thread::spawn(move || pass_on(forth, back, &there));
            }
        });
        Self { port, still }
    }

    /// From now on, nothing arrives any more.
    pub(crate) fn sit_still(&self) {
        self.still.store(true, Ordering::SeqCst);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, still: &AtomicBool) {
    let mut buffer = [0; 4096];
    while let Ok(len) = from.read(&mut buffer) {
        if still.load(Ordering::SeqCst) {
            // Neither passed on nor closed.
            std::thread::park();
        }
        if len == 0 || to.write_all(&buffer[..len]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
