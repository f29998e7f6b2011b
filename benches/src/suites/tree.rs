//! Compiling CPython's own `Lib`, against `compileall`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context as _;

use super::{Peers, output};
use crate::{
    measure::{Side, in_turns, process},
    report::{Report, Section},
};

/// Some files of `Lib` are invalid on purpose, so both sides may say so.
const STATUSES: [i32; 2] = [0, 1];

pub(crate) fn run(peers: &Peers, runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let room = tempfile::tempdir()?;
    let lib = output(Command::new(&peers.python).args(["-c", "import os; print(os.path.dirname(os.__file__))"]));
    let tree = room.path().join("Lib");
    let files = copy_sources(Path::new(&lib), &tree)?;
    let cache = room.path().join("cache");
    let changed = tree.join("abc.py");

    let ours = || {
        let mut command = Command::new(&peers.ours);
        command.args(["compile", "-q", "-j2", "--on-error=warn", "--cache-dir"]).arg(&cache).arg(&tree);
        process(&mut command, &STATUSES)
    };
    let theirs = || {
        let mut command = Command::new(&peers.python);
        command.args(["-m", "compileall", "-q", "-j2"]).arg(&tree);
        process(&mut command, &STATUSES)
    };

    let mut section = Section::new(
        "Compiling CPython's `Lib`",
        &format!(
            "{files} files, two jobs, whole processes: `pyc-rs compile -j2` against `python3.13 -m compileall -q -j2`. The ratio is theirs over ours."
        ),
    );
    let mut pair = |name: &str, runs: usize, before: &dyn Fn() -> anyhow::Result<()>| -> anyhow::Result<()> {
        let mut sides: [Side<'_>; 2] =
            [Box::new(|| before().and_then(|()| ours())), Box::new(|| before().and_then(|()| theirs()))];
        let timings = in_turns(runs, &mut sides)?;
        section.row(&format!("{name}, pyc-rs"), &timings[0], Some(timings[0].speedup_over(&timings[1])));
        section.row(&format!("{name}, compileall"), &timings[1], None);
        Ok(())
    };
    pair("cold", runs.min(3), &|| {
        let _ = fs::remove_dir_all(&cache);
        remove_pycache(&tree)
    })?;
    pair("nothing to do", runs, &|| Ok(()))?;
    pair("one file changed", runs, &|| touch(&changed))?;
    report.add(section);
    Ok(())
}

fn touch(path: &Path) -> anyhow::Result<()> {
    let mut text = fs::read_to_string(path)?;
    text.push_str("\n# changed\n");
    fs::write(path, text)?;
    // Old enough that neither side has to distrust the time stamp.
    let file = fs::File::options().write(true).open(path)?;
    let old = std::time::SystemTime::now() - Duration::from_secs(60 + u64::from(std::process::id() % 7));
    file.set_modified(old).with_context(|| format!("cannot set the time of {}", path.display()))
}

fn copy_sources(from: &Path, to: &Path) -> anyhow::Result<usize> {
    fs::create_dir_all(to)?;
    let mut copied = 0;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let (path, target): (PathBuf, PathBuf) = (entry.path(), to.join(entry.file_name()));
        let name = entry.file_name();
        if name == "__pycache__" || name == "site-packages" {
            continue;
        }
        if path.is_dir() {
            copied += copy_sources(&path, &target)?;
        } else if path.extension().is_some_and(|extension| extension == "py") {
            fs::copy(&path, &target)?;
            copied += 1;
        }
    }
    Ok(copied)
}

fn remove_pycache(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name == "__pycache__") {
            fs::remove_dir_all(&path)?;
        } else if path.is_dir() {
            remove_pycache(&path)?;
        }
    }
    Ok(())
}
