//! Real servers on this machine, and a proxy that spoils what they say.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// A port that is free now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A test that cannot have its server fails in CI and is skipped elsewhere.
pub(crate) fn unavailable<T>(why: &str) -> Option<T> {
    assert!(std::env::var_os("CI").is_none(), "{why}; .ci/run installs it");
    eprintln!("skipped: {why}");
    None
}

/// A server that `.ci/run` installs.
fn installed(name: &str) -> Option<PathBuf> {
    let target = PathBuf::from(env!("CARGO_BIN_EXE_pyc-rs")).ancestors().nth(2).unwrap().to_owned();
    let program = target.join("remote-servers/bin").join(name);
    if program.exists() { Some(program) } else { unavailable(&format!("there is no {name} in target/remote-servers")) }
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
        let port = free_port();
        Self::redis_at(port, &[&["--port", &port.to_string()], arguments].concat())
    }

    /// A redis server that takes nothing but TLS.
    pub(crate) fn redis_with_tls(certificate: &str, key: &str) -> Option<Self> {
        let port = free_port();
        let (tls, files) = (port.to_string(), ["--tls-cert-file", certificate, "--tls-key-file", key]);
        Self::redis_at(port, &[&["--port", "0", "--tls-port", &tls, "--tls-auth-clients", "no"], &files[..]].concat())
    }

    fn redis_at(port: u16, arguments: &[&str]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            return unavailable("there is no redis-server");
        }
        let mut command = Command::new("redis-server");
        Some(Self::start(port, command.args(["--bind", "127.0.0.1", "--save", ""]).args(arguments)))
    }

    /// An S3 server, with a bucket named `bucket`.
    pub(crate) fn s3() -> Option<Self> {
        let server = Self::moto(&[])?;
        let answer = server.http("PUT /bucket", b"");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        Some(server)
    }

    /// An S3 server without a bucket.
    pub(crate) fn moto(arguments: &[&str]) -> Option<Self> {
        let port = free_port();
        let mut command = Command::new(installed("moto_server")?);
        Some(Self::start(port, command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).args(arguments)))
    }

    /// A WebDAV server with a folder to itself.
    pub(crate) fn webdav() -> Option<Self> {
        let port = free_port();
        let mut command = Command::new(installed("wsgidav")?);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string(), "--root", ".", "--auth", "anonymous"]);
        Some(Self::start(port, &mut command))
    }

    /// Sends a request over HTTP, and returns what it says.
    pub(crate) fn http(&self, what: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(&request(what, body)).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
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

/// A request over HTTP, by somebody whom moto takes for the owner of the bucket.
pub(crate) fn request(what: &str, body: &[u8]) -> Vec<u8> {
    let who = "Authorization: AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request";
    let len = body.len();
    let head =
        format!("{what} HTTP/1.1\r\nHost: 127.0.0.1\r\n{who}\r\nContent-Length: {len}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a proxy does with what clients and a server say to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Passes it on.
    Well,
    /// From now on, nothing arrives any more.
    Still,
    /// Answers come late, and in small parts.
    Slow,
    /// Answers are not what the server said.
    Garbage,
    /// Whoever writes over HTTP is told that there is no room.
    Full,
}

/// Stands between clients and a server.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    mood: Arc<Mutex<Mood>>,
}

impl Proxy {
    /// In front of this port.
    pub(crate) fn before(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mood = Arc::new(Mutex::new(Mood::Well));
        let moods = Arc::clone(&mood);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                let (back, forth) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (here, there) = (Arc::clone(&moods), Arc::clone(&moods));
                std::thread::spawn(move || pass_questions(client, server, &here));
                std::thread::spawn(move || pass_answers(forth, back, &there));
            }
        });
        Self { port, mood }
    }

    pub(crate) fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }
}

fn pass_questions(mut client: TcpStream, mut server: TcpStream, mood: &Mutex<Mood>) {
    let mut buffer = [0; 4096];
    while let Ok(len) = client.read(&mut buffer) {
        let now = *mood.lock().unwrap();
        if now == Mood::Still {
            stay();
        }
        if now == Mood::Full && buffer[..len].starts_with(b"PUT ") {
            let _ = client
                .write_all(b"HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            // Takes what comes, or the answer would be lost with it.
            let _ = client.shutdown(Shutdown::Write);
            while client.read(&mut buffer).is_ok_and(|len| len > 0) {}
            break;
        }
        if len == 0 || server.write_all(&buffer[..len]).is_err() {
            break;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}

fn pass_answers(mut server: TcpStream, mut client: TcpStream, mood: &Mutex<Mood>) {
    let mut buffer = [0; 4096];
    while let Ok(len) = server.read(&mut buffer) {
        let (now, answer) = (*mood.lock().unwrap(), &mut buffer[..len]);
        let part = match now {
            Mood::Well | Mood::Full => 4096,
            Mood::Slow => 100,
            Mood::Still => stay(),
            Mood::Garbage => {
                answer.fill(b'\x5a');
                4096
            }
        };
        let sent = answer.chunks(part).try_for_each(|part| {
            if now == Mood::Slow {
                std::thread::sleep(Duration::from_millis(2));
            }
            client.write_all(part)
        });
        if len == 0 || sent.is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

/// Neither passed on nor closed.
fn stay() -> ! {
    loop {
        std::thread::park();
    }
}
