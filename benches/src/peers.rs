//! The programs that take part.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

/// The version that the targets are against.
pub(crate) const REFERENCE: &str = "python3.13";

/// One program to compare with.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    version: String,
}

/// The programs that take part, and the names of those that do not.
pub(crate) struct Peers {
    pub(crate) ours: PathBuf,
    /// Whether `run` can start from an image.
    pub(crate) images: bool,
    /// A folder with what `benches/peers` installs.
    folder: PathBuf,
    found: Vec<Peer>,
    pub(crate) missing: Vec<(String, String)>,
    /// Where `ours` lies.
    _installed: TempDir,
}

/// Copies a program into a folder, as an installation does. The linker writes its file here and there
/// instead of from beginning to end: in memory its pages lie by themselves, and each fault of a start
/// brings fewer of them.
pub(crate) fn install(program: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let name = program.file_name().with_context(|| format!("{} is no program", program.display()))?;
    let copy = folder.join(name);
    fs::create_dir_all(folder)?;
    fs::copy(program, &copy).with_context(|| format!("cannot copy {}", program.display()))?;
    Ok(copy)
}

impl Peers {
    pub(crate) fn find(ours: Option<PathBuf>, python: Option<&Path>, folder: PathBuf) -> anyhow::Result<Self> {
        let ours = ours.map_or_else(|| beside("pyc-rs"), Ok)?;
        ensure!(ours.is_file(), "{} is missing: build it first, or name it with --binary", ours.display());
        let installed = TempDir::new()?;
        let ours = install(&ours, &installed.path().canonicalize()?)?;
        let images = output(Command::new(&ours).args(["run", "--help"])).contains("--no-image");
        let mut peers = Self { ours, images, folder, found: Vec::new(), missing: Vec::new(), _installed: installed };
        for name in [REFERENCE, "python3.11"] {
            let given = python.filter(|_| name == REFERENCE).map(Path::to_owned);
            peers.add(name, given.or_else(|| real_python(name)), "no such command");
        }
        peers.add("pypy3", on_path("pypy3"), "not installed; benches/peers does it");
        for (name, file) in [("rustpython", "bin/rustpython"), ("monty", "venv/bin/monty"), ("uv", "venv/bin/uv")] {
            let path = Some(peers.folder.join(file)).filter(|path| path.is_file()).or_else(|| on_path(name));
            peers.add(name, path, "not installed; benches/peers does it");
        }
        Ok(peers)
    }

    fn add(&mut self, name: &str, program: Option<PathBuf>, otherwise: &str) {
        let version = program.as_deref().map(|program| output(Command::new(program).arg("--version")));
        match (program, version) {
            (Some(program), Some(version)) if !version.is_empty() => {
                let version = version.lines().collect::<Vec<_>>().join(" ");
                self.found.push(Peer { name: name.to_owned(), program, version });
            }
            (Some(_), _) => self.missing.push((name.to_owned(), "does not run".to_owned())),
            (None, _) => self.missing.push((name.to_owned(), otherwise.to_owned())),
        }
    }

    /// Where the servers of remote caches are.
    pub(crate) fn servers(&self) -> PathBuf {
        self.folder.with_file_name("remote-servers")
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Peer> {
        self.found.iter().find(|peer| peer.name == name)
    }

    /// The Python that Monty's library is installed for.
    pub(crate) fn monty_python(&self) -> Option<PathBuf> {
        self.get("monty")?;
        Some(self.folder.join("venv/bin/python")).filter(|path| path.is_file())
    }

    pub(crate) fn conditions(&self) -> Vec<(String, String)> {
        let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = processor
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or("unknown processor", |(_, name)| name);
        let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        let kernel = output(Command::new("uname").arg("-sr"));
        let ours = output(Command::new(&self.ours).arg("--version"));
        let mut rows = vec![
            ("Machine".to_owned(), format!("{processor}, {cores} cores, {kernel}")),
            ("Date".to_owned(), output(Command::new("date").arg("+%F"))),
            ("pyc-rs".to_owned(), ours.lines().next().unwrap_or_default().to_owned()),
        ];
        rows.extend(self.found.iter().map(|peer| (peer.name.clone(), peer.version.clone())));
        rows
    }
}

/// A program that was built together with this one.
pub(crate) fn beside(name: &str) -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

/// The interpreter itself: a version manager's shim would be timed with it.
fn real_python(name: &str) -> Option<PathBuf> {
    let version = name.strip_prefix("python")?;
    let managed = fs::read_dir(output(Command::new("pyenv").arg("root")) + "/versions").ok().and_then(|versions| {
        let starts = format!("{version}.");
        let fits = |path: &PathBuf| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&starts));
        versions.flatten().map(|entry| entry.path()).filter(fits).max()
    });
    let program = managed.map(|folder| folder.join("bin").join(name)).filter(|path| path.is_file());
    let program = program.or_else(|| on_path(name))?;
    let itself = output(Command::new(program).args(["-c", "import sys; print(sys.executable)"]));
    (!itself.is_empty()).then(|| itself.into())
}

pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// What a command prints, or nothing.
pub(crate) fn output(command: &mut Command) -> String {
    let output = command.output().ok().filter(|output| output.status.success());
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
