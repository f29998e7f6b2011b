//! Whole processes, and what they use.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use tempfile::TempDir;

use crate::peers::{Peer, Peers, beside, on_path};

/// A program with its first arguments and its part of the environment.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    file: PathBuf,
    args: Vec<OsString>,
    variables: Vec<(&'static str, OsString)>,
}

impl Program {
    pub(crate) fn new(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), args: Vec::new(), variables: Vec::new() }
    }

    pub(crate) fn of(peer: &Peer) -> Self {
        Self::new(&peer.program)
    }

    /// `pyc-rs run`, with this folder for its cache.
    pub(crate) fn ours(peers: &Peers, cache: &Path) -> Self {
        Self::ours_as(&peers.ours, cache)
    }

    /// The same with another build.
    pub(crate) fn ours_as(binary: &Path, cache: &Path) -> Self {
        Self::new(binary).arg("run").variable("PYC_RS_CACHE_DIR", cache).variable("PYC_RS_IMAGE", "off")
    }

    /// The same, started from the default image.
    #[must_use]
    pub(crate) fn restored(&self) -> Self {
        self.clone().variable("PYC_RS_IMAGE", "on")
    }

    /// What makes that image.
    #[must_use]
    pub(crate) fn making(&self) -> Self {
        Self { args: ["image", "build"].map(OsString::from).to_vec(), ..self.clone() }
    }

    #[must_use]
    pub(crate) fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    #[must_use]
    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.variables.push((name, value.into()));
        self
    }
}

/// What one process used.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Usage {
    status: i32,
    pub(crate) wall_s: f64,
    pub(crate) cpu_s: f64,
    pub(crate) peak_bytes: f64,
    pub(crate) minor_faults: f64,
    pub(crate) major_faults: f64,
}

/// What one process used and printed.
pub(crate) struct Finished {
    pub(crate) usage: Usage,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Starts processes in an environment that is the same everywhere.
pub(crate) struct Launcher {
    launch: PathBuf,
    room: TempDir,
}

impl Launcher {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let launch = beside("launch")?;
        ensure!(launch.is_file(), "{} is missing: build all of pyc-rs-benches", launch.display());
        Ok(Self { launch, room: tempfile::tempdir()? })
    }

    /// A folder for whatever the processes need.
    pub(crate) fn room(&self) -> &Path {
        self.room.path()
    }

    /// Makes the image that `pyc-rs run` starts from with this cache, where there are images:
    /// the first run would make it beside what is measured.
    pub(crate) fn build_image(&self, peers: &Peers, cache: &Path) -> anyhow::Result<()> {
        if peers.images {
            self.run(&Program::new(&peers.ours).arg("image").arg("build").variable("PYC_RS_CACHE_DIR", cache))?;
        }
        Ok(())
    }

    /// Runs a program, which must succeed.
    pub(crate) fn run(&self, program: &Program) -> anyhow::Result<Finished> {
        let report = self.room().join("usage.json");
        let mut command = Command::new(&self.launch);
        command.arg(&report).arg(&program.file);
        let output = self.surround(&mut command, program).output()?;
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        ensure!(output.status.success(), "{} did not start: {stderr}", program.file.display());
        let usage: Usage = serde_json::from_str(&std::fs::read_to_string(&report)?)?;
        ensure!(usage.status == 0, "{}", last_line(&stderr).unwrap_or("failed without a word"));
        Ok(Finished { usage, stdout, stderr })
    }

    /// The instructions that a program executes, counted by callgrind.
    pub(crate) fn instructions(&self, program: &Program) -> anyhow::Result<f64> {
        let valgrind = on_path("valgrind").context("valgrind is not installed")?;
        let mut command = Command::new(valgrind);
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(&program.file);
        let output = self.surround(&mut command, program).output()?;
        let text = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}", last_line(&text).unwrap_or("failed without a word"));
        let count = text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
        count.context("callgrind told no count")
    }

    fn surround<'a>(&self, command: &'a mut Command, program: &Program) -> &'a mut Command {
        command.args(&program.args).stdin(std::process::Stdio::null()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("LANG", "C.UTF-8");
        command.env("HOME", self.room()).current_dir(self.room());
        command.envs(program.variables.iter().map(|(name, value)| (name, value)))
    }
}

fn last_line(text: &str) -> Option<&str> {
    text.lines().rfind(|line| !line.trim().is_empty())
}
