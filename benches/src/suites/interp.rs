//! Speed of the interpreter, without start and compilation.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use pyc_rs_benches::corpus;

use super::cell;
use crate::{
    peers::{Peers, REFERENCE},
    program::{Launcher, Program},
    report::{Grid, Report, Unit},
};

const NOTE: &str = "Each program is run in a process of its own and timed there, from its first instruction to its last (`benches/corpus/timed.py`). All sides print the same, or take no part. A ratio above 1 is a side that takes longer than pyc-rs.";

pub(crate) fn run(peers: &Peers, runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let launcher = Launcher::new()?;
    let timed = corpus("timed.py");
    let cache = launcher.room().join("cache");
    if let Err(error) = launcher.build_image(peers, &cache) {
        report.skip("the default image", error);
    }
    let ours = Program::ours(peers, &cache).arg(&timed);
    let mut sides = vec![("pyc-rs".to_owned(), ours)];
    for name in [REFERENCE, "python3.11", "pypy3", "rustpython"] {
        sides.extend(peers.get(name).map(|peer| (name.to_owned(), Program::of(peer).arg("-B").arg(&timed))));
    }
    sides.extend(
        peers
            .monty_python()
            .map(|python| ("monty".to_owned(), Program::new(python).arg("-B").arg(corpus("timed_monty.py")))),
    );
    let names = sides.iter().map(|(name, _)| name.clone()).collect();
    let mut grid = Grid::new("interp", "Interpreter speed", NOTE, Unit::Seconds, names);
    for path in programs()? {
        let case = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        eprintln!("interp: {case}");
        let mut times = vec![Vec::new(); sides.len()];
        let mut reasons: Vec<Option<String>> = vec![None; sides.len()];
        let mut wanted: Option<String> = None;
        for round in 0..=runs {
            for (column, (name, program)) in sides.iter().enumerate() {
                if reasons[column].is_some() {
                    continue;
                }
                match once(&launcher, program, &path) {
                    Ok((time, printed)) if *wanted.get_or_insert_with(|| printed.clone()) == printed => {
                        if round > 0 {
                            times[column].push(time);
                        }
                    }
                    Ok((_, printed)) => reasons[column] = Some(format!("it prints {:?}", printed.trim_end())),
                    Err(error) if column == 0 => bail!("{name} fails with {case}: {error}"),
                    Err(error) => reasons[column] = Some(error.to_string()),
                }
                if let (REFERENCE, Some(reason)) = (name.as_str(), &reasons[column]) {
                    bail!("pyc-rs and {name} disagree about {case}: {reason}");
                }
            }
        }
        for ((name, _), reason) in sides.iter().zip(&reasons) {
            if let Some(reason) = reason {
                report.skip(format!("{name} in {case}"), reason);
            }
        }
        grid.case(
            case,
            times.into_iter().zip(&reasons).map(|(times, reason)| cell(times, reason.as_deref())).collect(),
        );
    }
    report.add(grid);
    Ok(())
}

pub(super) fn programs() -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(corpus("interp"))?.collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "py"));
    files.sort();
    Ok(files)
}

/// Seconds, and what was printed.
pub(super) fn once(launcher: &Launcher, program: &Program, path: &Path) -> anyhow::Result<(f64, String)> {
    let finished = launcher.run(&program.clone().arg(path))?;
    let nanoseconds: f64 =
        finished.stderr.lines().last().and_then(|line| line.parse().ok()).context("it tells no time")?;
    Ok((nanoseconds / 1e9, finished.stdout))
}
