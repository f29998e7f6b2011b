//! A cold checkout with a warm remote, against the same with a warm cache on disk.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};

use super::tree::copy_sources;
use crate::{
    measure::{Side, in_turns, process},
    peers::{Peers, REFERENCE, output},
    report::{Cell, Grid, Report, Unit},
};

/// Some files of `Lib` are invalid on purpose.
const STATUSES: [i32; 2] = [0, 1];

/// What the run imports, from the copy of `Lib`.
const IMPORTS: &str = "import argparse, asyncio, dataclasses, decimal, email.message, http.client, json, logging.config, unittest, xml.dom.minidom\n";

pub(crate) fn run(peers: &Peers, runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let Some(python) = peers.get(REFERENCE) else {
        report.skip("remote caches", "there is no python3.13");
        return Ok(());
    };
    if !Command::new(&peers.ours)
        .args(["cache", "push", "--help"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?
        .success()
    {
        report.skip("remote caches", "this pyc-rs was built without `--features remote`");
        return Ok(());
    }
    let room = tempfile::tempdir()?;
    let lib = output(Command::new(&python.program).args(["-c", "import os; print(os.path.dirname(os.__file__))"]));
    let tree = room.path().join("Lib");
    let files = copy_sources(Path::new(&lib), &tree)?;
    fs::write(tree.join("program.py"), IMPORTS)?;
    let mut started = |name: &str, server: anyhow::Result<Server>| {
        server.inspect_err(|error| report.skip(format!("{name} as a remote cache"), format!("{error:#}"))).ok()
    };
    let redis = started("a redis server", Server::redis(room.path()));
    let s3 = started("an S3 server", Server::s3(peers));
    let folder = format!("file://{}", room.path().join("shared").display());
    let mut remotes = vec![("folder", folder)];
    remotes.extend(redis.as_ref().map(|redis| ("redis", format!("redis://127.0.0.1:{}", redis.port))));
    remotes.extend(
        s3.as_ref().map(|s3| ("S3 (moto)", format!("s3://bucket/cache?endpoint=http://127.0.0.1:{}", s3.port))),
    );

    let ours = |cache: &Path, url: &str, arguments: &[&str]| {
        let mut command = Command::new(&peers.ours);
        command.args(arguments).env("PYC_RS_CONFIG", "off").env("PYC_RS_CACHE_DIR", cache).env("PYC_RS_REMOTE", url);
        command.env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "secret");
        command.env("PYC_RS_REMOTE_TIMEOUT", "60s").current_dir(&tree);
        process(&mut command, &STATUSES)
    };
    let compile = ["compile", "-q", "-j2", "--on-error=warn", "."];
    let start = ["run", "program.py"];
    let warm = room.path().join("warm");
    ours(&warm, "off", &compile)?;
    ours(&warm, "off", &start)?;
    for (_, url) in &remotes {
        ours(&warm, url, &["cache", "push"])?;
    }

    let columns = ["disk"].into_iter().chain(remotes.iter().map(|(name, _)| *name)).map(str::to_owned).collect();
    let text = format!(
        "A checkout that was never compiled here: {files} files of CPython's `Lib` (`pyc-rs compile -j2`), and a program that imports ten packages of them (`pyc-rs run`). `disk`: what it needs is in the cache of this machine, from another checkout; nothing is known of these files, which are read and hashed. The others: the cache of this machine is empty, what it needs is on a remote on this machine, and is kept on disk on the way. The S3 server is written in Python: most of its time is its own."
    );
    let mut grid = Grid::new("remote", "A cold checkout with a warm remote", &text, Unit::Seconds, columns);
    for (case, arguments, runs) in [("compile", &compile[..], if runs > 3 { 3 } else { 1 }), ("run", &start, runs)] {
        let from_disk = || {
            // A checkout that is new to the cache is in none of its indexes.
            let _ = fs::remove_dir_all(warm.join("v1/index"));
            ours(&warm, "off", arguments)
        };
        let cold = room.path().join("cold");
        let mut sides: Vec<Side<'_>> = vec![Box::new(from_disk)];
        for (_, url) in &remotes {
            sides.push(Box::new(|| {
                let _ = fs::remove_dir_all(&cold);
                ours(&cold, url, arguments)
            }));
        }
        grid.case(case, in_turns(runs, &mut sides)?.into_iter().map(Cell::Measured).collect());
    }
    report.add(grid);
    Ok(())
}

/// A server on this machine, which ends with its owner.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn redis(folder: &Path) -> anyhow::Result<Self> {
        let arguments = |port: &str| ["--port", port, "--bind", "127.0.0.1", "--save", ""].map(str::to_owned).to_vec();
        Self::start(Command::new("redis-server").current_dir(folder), arguments).context("redis-server")
    }

    /// The S3 server that the tests talk to, with a bucket named `bucket`.
    fn s3(peers: &Peers) -> anyhow::Result<Self> {
        let program = peers.servers().join("bin/moto_server");
        let arguments = |port: &str| ["-H", "127.0.0.1", "-p", port].map(str::to_owned).to_vec();
        let server =
            Self::start(&mut Command::new(program), arguments).context("moto_server in target/remote-servers")?;
        let mut stream = TcpStream::connect(("127.0.0.1", server.port))?;
        let who = "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request";
        write!(
            stream,
            "PUT /bucket HTTP/1.1\r\nHost: localhost\r\nAuthorization: {who}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "moto_server makes no bucket");
        Ok(server)
    }

    fn start(command: &mut Command, arguments: impl Fn(&str) -> Vec<String>) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = command.args(arguments(&port.to_string())).stdin(Stdio::null()).stdout(Stdio::null());
        let server = Self { child: child.stderr(Stdio::null()).spawn()?, port };
        for _ in 0..3000 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(server);
            }
            thread::sleep(Duration::from_millis(10));
        }
        bail!("it does not listen")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
