//! Builds of this program that differ in how they were built.

use std::path::PathBuf;

use anyhow::ensure;

use pyc_rs_benches::corpus;

use super::{cell, interp};
use crate::{
    peers::{Peers, REFERENCE, install},
    program::{Launcher, Program, Usage},
    report::{Grid, Report, Unit},
};

const STARTS: [(&str, &str); 3] = [
    ("hello", "start/hello.py"),
    ("argparse + json + re tool", "start/tool.py"),
    ("asyncio + logging + subprocess + decimal", "start/services.py"),
];

const NOTE: &str = "Whole processes and their plain starts as under *Process start*, programs as under *Interpreter speed*. The first column is the build that the others are compared with. A ratio below 1 is a build that takes less time.";

/// Another build, by the name that its column gets.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    name: String,
    binary: PathBuf,
}

impl std::str::FromStr for Build {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, binary) = text.split_once('=').ok_or("NAME=FILE is wanted")?;
        Ok(Self { name: name.to_owned(), binary: binary.into() })
    }
}

struct Side {
    name: String,
    binary: PathBuf,
    program: Program,
}

pub(crate) fn run(peers: &Peers, others: &[Build], runs: usize, report: &mut Report) -> anyhow::Result<()> {
    ensure!(!others.is_empty(), "name builds to compare with by --build NAME=FILE");
    let launcher = Launcher::new()?;
    let ours = Build { name: "pyc-rs".to_owned(), binary: peers.ours.clone() };
    let mut sides = Vec::new();
    for build in std::iter::once(&ours).chain(others) {
        let binary = install(&build.binary, &launcher.room().join(format!("bin-{}", build.name)))?;
        let program = Program::ours_as(&binary, &launcher.room().join(&build.name));
        sides.push(Side { name: build.name.clone(), binary, program });
    }
    let names: Vec<String> = sides.iter().map(|side| side.name.clone()).collect();
    let mut sizes = Grid::new("builds_size", "Builds: size of the file", "", Unit::Bytes, names.clone()).briefly();
    let size = |side: &Side| Ok(cell(vec![std::fs::metadata(&side.binary)?.len() as f64], None));
    sizes.case("pyc-rs", sides.iter().map(size).collect::<anyhow::Result<_>>()?);
    report.add(sizes);
    let mut plain: Vec<(String, Program)> =
        sides.iter().map(|side| (side.name.clone(), side.program.clone())).collect();
    let mut restored = Vec::new();
    for side in &sides {
        let image = side.program.restored();
        // What cannot make one starts plainly, and would be measured as what it is not.
        if peers.images && launcher.run(&image.making()).is_ok() {
            restored.push((side.name.clone(), image));
        }
    }
    if let Some(python) = peers.get(REFERENCE) {
        let python = (REFERENCE.to_owned(), Program::new(&python.program));
        plain.push(python.clone());
        restored.push(python);
    }
    starts(&launcher, &plain, "plain start", runs, report)?;
    starts(&launcher, &restored, "start from an image", runs, report)?;
    programs(&launcher, &sides, names, runs.min(5), report)
}

fn starts(
    launcher: &Launcher,
    sides: &[(String, Program)],
    how: &str,
    runs: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let names: Vec<String> = sides.iter().map(|(name, _)| name.clone()).collect();
    let grid = |what: &str, unit| {
        let id = format!("builds_{}_{}", how.replace(' ', "_"), what.replace(' ', "_"));
        Grid::new(&id, &format!("Builds: {how}, {what}"), NOTE, unit, names.clone()).briefly()
    };
    let mut grids =
        [grid("wall time", Unit::Seconds), grid("peak memory", Unit::Bytes), grid("page faults", Unit::Count)];
    let pick: [fn(&Usage) -> f64; 3] =
        [|usage| usage.wall_s, |usage| usage.peak_bytes, |usage| usage.minor_faults + usage.major_faults];
    for (case, file) in STARTS {
        let mut usages = vec![Vec::new(); sides.len()];
        for round in 0..=runs {
            for ((_, program), usages) in sides.iter().zip(&mut usages) {
                let finished = launcher.run(&program.clone().arg(corpus(file)))?;
                // The first fills caches.
                if round > 0 {
                    usages.push(finished.usage);
                }
            }
        }
        for (grid, pick) in grids.iter_mut().zip(pick) {
            grid.case(case, usages.iter().map(|usages| cell(usages.iter().map(pick).collect(), None)).collect());
        }
    }
    for grid in grids {
        report.add(grid);
    }
    Ok(())
}

fn programs(
    launcher: &Launcher,
    sides: &[Side],
    names: Vec<String>,
    runs: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut grid = Grid::new("builds_interp", "Builds: interpreter speed", NOTE, Unit::Seconds, names).briefly();
    for path in interp::programs()? {
        let case = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        eprintln!("builds: {case}");
        let mut times = vec![Vec::new(); sides.len()];
        for round in 0..=runs {
            for (side, times) in sides.iter().zip(&mut times) {
                let (time, _) = interp::once(launcher, &side.program.clone().arg(corpus("timed.py")), &path)?;
                if round > 0 {
                    times.push(time);
                }
            }
        }
        grid.case(case, times.into_iter().map(|times| cell(times, None)).collect());
    }
    report.add(grid);
    Ok(())
}
