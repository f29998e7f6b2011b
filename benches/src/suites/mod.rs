//! What is measured.

pub(crate) mod hit;
pub(crate) mod lookup;
pub(crate) mod sandbox;
pub(crate) mod tree;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};

/// The programs that take part.
pub(crate) struct Peers {
    pub(crate) ours: PathBuf,
    pub(crate) python: PathBuf,
}

impl Peers {
    pub(crate) fn find(ours: Option<PathBuf>, python: Option<PathBuf>) -> anyhow::Result<Self> {
        let beside = || Ok::<_, std::io::Error>(std::env::current_exe()?.with_file_name("pyc-rs"));
        let ours = ours.map_or_else(beside, Ok)?;
        ensure!(ours.is_file(), "{} is missing: build it first, or name it with --binary", ours.display());
        let python = real_python(&python.unwrap_or_else(|| "python3.13".into()))?;
        Ok(Self { ours, python })
    }

    pub(crate) fn conditions(&self) -> String {
        let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = processor
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or("unknown processor", |(_, name)| name);
        let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        format!(
            "{} against {}; {processor}, {cores} cores; {}. Medians of runs that took turns; the sides of a table were measured in one run.",
            output(Command::new(&self.ours).arg("--version")),
            output(Command::new(&self.python).arg("--version")),
            output(Command::new("date").arg("+%F")),
        )
    }
}

/// The interpreter itself: a version manager's shim would be timed with it.
fn real_python(name: &Path) -> anyhow::Result<PathBuf> {
    let output = Command::new(name)
        .args(["-c", "import sys; print(sys.executable)"])
        .env("PYENV_VERSION", "3.13.0")
        .output()
        .with_context(|| format!("cannot start {}; name a CPython with --python", name.display()))?;
    ensure!(output.status.success(), "{} does not run", name.display());
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn output(command: &mut Command) -> String {
    command.output().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

/// The five snippets of the first published comparison of this kind.
pub(crate) fn headline_snippets() -> anyhow::Result<Vec<(String, String)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus");
    (1..=5)
        .map(|number| {
            let name = format!("headline_{number}.py");
            let text = std::fs::read_to_string(folder.join(&name)).with_context(|| format!("cannot read {name}"))?;
            Ok((name, text))
        })
        .collect()
}
