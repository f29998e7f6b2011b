//! What a start from an image costs beside the process itself, and what it leaves behind.

use anyhow::Context as _;

use pyc_rs_benches::corpus;

use super::{cell, interp};
use crate::{
    peers::{Peers, REFERENCE},
    program::{Launcher, Program},
    report::{Grid, Report, Unit},
};

const PLAIN: &str = "pyc-rs";
const IMAGE: &str = "pyc-rs, from an image";

const START: &str = "Whole processes, from the call that starts them to their end: an empty program from the default image, and the same binary doing nothing (`pyc-rs --version`).";

const MEMORY: &str = "What the process has of its own: memory, and copies of pages that it has written to, as the kernel tells at the end of the program (`benches/corpus/private_memory.py`).";

const SPEED: &str = "Programs of *Interpreter speed*, timed from their first instruction to their last, after a start from the default image and after a plain one.";

/// Short starts are run more often than what else is measured.
const LEAST_STARTS: usize = 21;

pub(crate) fn run(peers: &Peers, runs: usize, report: &mut Report) -> anyhow::Result<()> {
    if !peers.images {
        report.skip("what a start from an image costs", "this pyc-rs has no images");
        return Ok(());
    }
    let launcher = Launcher::new()?;
    let cache = launcher.room().join("cache");
    launcher.build_image(peers, &cache)?;
    let plain = Program::ours(peers, &cache);
    start(&launcher, peers, &plain.restored(), runs.max(LEAST_STARTS), report)?;
    memory(&launcher, peers, &plain, runs, report)?;
    speed(&launcher, &plain, runs, report)
}

fn start(
    launcher: &Launcher,
    peers: &Peers,
    restored: &Program,
    runs: usize,
    report: &mut Report,
) -> anyhow::Result<()> {
    let empty = restored.clone().arg(corpus("start/empty.py"));
    let sides = [("pyc-rs --version", Program::new(&peers.ours).arg("--version")), (IMAGE, empty)];
    let mut grid = Grid::new("restored_start", "An image's part in a start", START, Unit::Seconds, names(&sides));
    let mut times = vec![Vec::new(); sides.len()];
    for turn in 0..=runs {
        for ((_, program), times) in sides.iter().zip(&mut times) {
            let wall = launcher.run(program)?.usage.wall_s;
            // The first fills caches.
            if turn > 0 {
                times.push(wall);
            }
        }
    }
    grid.case("empty", times.into_iter().map(|times| cell(times, None)).collect());
    report.add(grid);
    Ok(())
}

fn memory(launcher: &Launcher, peers: &Peers, plain: &Program, runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let mut sides = vec![(PLAIN, plain.clone()), (IMAGE, plain.restored())];
    sides.extend(peers.get(REFERENCE).map(|python| (REFERENCE, Program::of(python))));
    let mut grid = Grid::new("restored_memory", "Memory of its own", MEMORY, Unit::Bytes, names(&sides));
    let mut sizes = vec![Vec::new(); sides.len()];
    for turn in 0..=runs {
        for ((_, program), sizes) in sides.iter().zip(&mut sizes) {
            let said = launcher.run(&program.clone().arg(corpus("private_memory.py")))?.stdout;
            let bytes = said.lines().last().and_then(|line| line.parse().ok()).context("it tells no size")?;
            if turn > 0 {
                sizes.push(bytes);
            }
        }
    }
    grid.case("hello", sizes.into_iter().map(|sizes| cell(sizes, None)).collect());
    report.add(grid);
    Ok(())
}

fn speed(launcher: &Launcher, plain: &Program, runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let sides =
        [(PLAIN, plain.clone()), (IMAGE, plain.restored())].map(|(name, side)| (name, side.arg(corpus("timed.py"))));
    let mut grid =
        Grid::new("restored_speed", "Speed after a start from an image", SPEED, Unit::Seconds, names(&sides));
    for path in interp::programs()? {
        let case = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        eprintln!("restored: {case}");
        let mut times = vec![Vec::new(); sides.len()];
        for turn in 0..=runs {
            for ((name, program), times) in sides.iter().zip(&mut times) {
                let (time, _) =
                    interp::once(launcher, program, &path).with_context(|| format!("{name} fails with {case}"))?;
                if turn > 0 {
                    times.push(time);
                }
            }
        }
        grid.case(case, times.into_iter().map(|times| cell(times, None)).collect());
    }
    report.add(grid);
    Ok(())
}

fn names(sides: &[(&str, Program)]) -> Vec<String> {
    sides.iter().map(|(name, _)| (*name).to_owned()).collect()
}
