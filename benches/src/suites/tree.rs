//! Compiling CPython's own `Lib`, against `compileall` and uv.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, ensure};

use super::cell;
use crate::{
    measure::{Side, in_turns, process},
    peers::{Peers, REFERENCE, output},
    report::{Cell, Grid, Report, Unit},
};

/// Some files of `Lib` are invalid on purpose, so both sides may say so.
const STATUSES: [i32; 2] = [0, 1];

const SIDES: [&str; 3] = ["pyc-rs", "compileall", "uv"];

pub(crate) fn run(peers: &Peers, runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let Some(python) = peers.get(REFERENCE) else {
        report.skip("compiling CPython's Lib", "there is no python3.13");
        return Ok(());
    };
    let room = tempfile::tempdir()?;
    let lib = output(Command::new(&python.program).args(["-c", "import os; print(os.path.dirname(os.__file__))"]));
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
        let mut command = Command::new(&python.program);
        command.args(["-m", "compileall", "-q", "-j2"]).arg(&tree);
        process(&mut command, &STATUSES)
    };

    let mut grid = Grid::new(
        "tree",
        "Compiling CPython's `Lib`",
        &format!(
            "{files} files, two jobs, whole processes: `pyc-rs compile -j2` against `python3.13 -m compileall -q -j2`, and against what `uv pip install --compile-bytecode` with two workers says it took for the same files as a wheel."
        ),
        Unit::Seconds,
        SIDES.map(str::to_owned).to_vec(),
    );
    let forget = || {
        let _ = fs::remove_dir_all(&cache);
        remove_pycache(&tree)
    };
    let pair = |runs: usize, before: &dyn Fn() -> anyhow::Result<()>| {
        let mut sides: [Side<'_>; 2] =
            [Box::new(|| before().and_then(|()| ours())), Box::new(|| before().and_then(|()| theirs()))];
        Ok::<_, anyhow::Error>(in_turns(runs, &mut sides)?.into_iter().map(Cell::Measured).collect::<Vec<_>>())
    };
    let cold_runs = if runs > 3 { 3 } else { 1 };
    let mut cells = pair(cold_runs, &forget)?;
    forget()?;
    cells.push(match uv(peers, &python.program, room.path(), &tree, cold_runs) {
        Ok(times) => cell(times, None),
        Err(error) => {
            report.skip("uv in compiling CPython's Lib", &error);
            cell(Vec::new(), Some(&error.to_string()))
        }
    });
    grid.case("cold", cells);
    let unsuited = || cell(Vec::new(), Some("uv compiles what it installs, and nothing else"));
    ours()?;
    theirs()?;
    for (case, before) in [("nothing to do", &(|| Ok(())) as &dyn Fn() -> _), ("one file changed", &|| touch(&changed))]
    {
        let mut cells = pair(runs, before)?;
        cells.push(unsuited());
        grid.case(case, cells);
    }
    report.add(grid);
    Ok(())
}

/// Installs the tree as a wheel, and takes uv's own word for the time of compiling.
fn uv(peers: &Peers, python: &Path, room: &Path, tree: &Path, runs: usize) -> anyhow::Result<Vec<f64>> {
    let uv = peers.get("uv").context("not installed; benches/peers does it")?;
    let quietly = |command: &mut Command| process(command, &[0]);
    let environment = room.join("environment");
    quietly(Command::new(python).args(["-m", "venv", "--without-pip"]).arg(&environment))?;
    let wheel = room.join("lib_as_wheel-1.0-py3-none-any.whl");
    quietly(Command::new(python).arg(pyc_rs_benches::corpus("wheel.py")).arg(tree).arg(&wheel))?;
    let mut times = Vec::new();
    for _ in 0..runs {
        let mut command = Command::new(&uv.program);
        command.args(["pip", "install", "--offline", "--no-config", "--reinstall", "--compile-bytecode", "--python"]);
        command.arg(environment.join("bin/python")).arg(&wheel);
        command.env("UV_CACHE_DIR", room.join("uv-cache")).env("UV_CONCURRENT_INSTALLS", "2").stdin(Stdio::null());
        let output = command.output()?;
        let text = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}", text.lines().last().unwrap_or_default());
        let said =
            text.lines().find(|line| line.starts_with("Bytecode compiled")).and_then(|line| line.split_once(" in "));
        times.push(said.and_then(|(_, time)| seconds(time)).context("uv does not say how long it compiled")?);
    }
    Ok(times)
}

/// A time as uv writes it: `1.23s`, `1m 02s`, `46ms`.
fn seconds(text: &str) -> Option<f64> {
    text.split_whitespace()
        .map(|part| {
            let unit = part.find(|c: char| c.is_ascii_alphabetic())?;
            let scale = match &part[unit..] {
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                _ => return None,
            };
            Some(part[..unit].parse::<f64>().ok()? * scale)
        })
        .sum()
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

pub(super) fn copy_sources(from: &Path, to: &Path) -> anyhow::Result<usize> {
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

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_as_uv_writes_them() {
        assert_eq!(seconds("46ms"), Some(0.046));
        assert_eq!(seconds("11.5s"), Some(11.5));
        assert_eq!(seconds("1m 02s"), Some(62.0));
        assert_eq!(seconds("soon"), None);
    }
}
