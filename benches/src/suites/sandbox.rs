//! Isolated runs: how long one takes, how many there are in a second, how soon one that
//! must end has ended, and what the command takes.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::ensure;
use pyc_rs_cache::Mode;
use pyc_rs_runtime::{
    CodeCache, Failure, Snippet,
    cache::Store,
    sandbox::{Limits, Runner},
};

use super::{cell, headline_snippets, snippets::Server};
use crate::{
    measure::median_call,
    peers::Peers,
    program::{Launcher, Program},
    report::{Grid, Report, Unit},
};

/// Runs in a turn, of which the median counts.
const CALLS: usize = 201;

/// Between runs that find a worker waiting: long enough for another to come up.
const PAUSE: Duration = Duration::from_millis(3);

/// Runs of each of two threads.
const TOGETHER: usize = 1000;

const NOTE: &str = "A warm pool that has started from an image, the library's `Runner::run`, each run in a fresh confined process, one after another on one thread; Monty takes a fresh session of its pool of processes for each. With a pause, a worker waits for the snippet, as in a service that is not at its limit; without one, runs wait for forks. A turn's figure is the median of 201 runs.";
const RATE_NOTE: &str = "Two threads run the five snippets in turn, each in a process of its own.";
const LATE_NOTE: &str =
    "`while True: pass` with 100 ms of wall time: how much later `run` returns, with the process dead.";
const COMMAND_NOTE: &str = "Whole processes: `pyc-rs run -c 1+1` and `pyc-rs run --sandbox -c 1+1`.";

pub(crate) fn run(peers: &Peers, runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let room = tempfile::tempdir()?;
    let cache = CodeCache::new(Store::open(room.path(), Mode::ReadWrite));
    let mut builder = Runner::builder().cache(cache).worker(Command::new(&peers.ours)).workers(8);
    if peers.images {
        builder = builder.image(image(peers, room.path())?);
    }
    let runner = builder.build()?;
    let snippets: Vec<(String, Snippet)> =
        headline_snippets()?.into_iter().map(|(name, source)| (name.clone(), Snippet::new(name, source))).collect();
    report.add(beside_monty(peers, runs, &runner, &snippets)?);
    report.add(rate(runs, &runner, &snippets));
    drop(runner);
    report.add(lateness(peers, runs)?);
    report.add(command(peers, runs)?);
    Ok(())
}

/// An image of our program, as a service would make it once.
fn image(peers: &Peers, room: &Path) -> anyhow::Result<PathBuf> {
    let image = room.join("sandbox.pyci");
    let made = Command::new(&peers.ours).args(["image", "build", "-o"]).arg(&image).output()?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Ok(image)
}

fn beside_monty(peers: &Peers, runs: usize, runner: &Runner, snippets: &[(String, Snippet)]) -> anyhow::Result<Grid> {
    let mut monty = peers.monty_python().map(|python| Server::start(&python, "in_process_monty.py")).transpose()?;
    let sides = ["pyc-rs, a worker waits", "monty, with a pause", "pyc-rs", "monty"].map(str::to_owned).to_vec();
    let mut grid = Grid::new("isolated", "Isolated runs", NOTE, Unit::Seconds, sides);
    for (name, snippet) in snippets {
        let outcome = runner.run(snippet)?;
        ensure!(outcome.error.is_none(), "{name} fails: {:?}", outcome.error);
        if let Some(monty) = &mut monty {
            monty.load(name, &outcome.stdout)?;
        }
        let mut times = [const { Vec::new() }; 4];
        for round in 0..=runs {
            let paced = median_of(|| {
                std::thread::sleep(PAUSE);
                timed(|| drop(std::hint::black_box(runner.run(snippet))))
            });
            let looped = median_call(CALLS, || drop(std::hint::black_box(runner.run(snippet)))).as_secs_f64();
            let theirs = |mode: &str, monty: &mut Option<Server>| match monty {
                Some(monty) => monty.measure(name, mode).map(Some),
                None => Ok(None),
            };
            let turn = [Some(paced), theirs("paced", &mut monty)?, Some(looped), theirs("exec", &mut monty)?];
            if round > 0 {
                times.iter_mut().zip(turn).for_each(|(times, time)| times.extend(time));
            }
        }
        let cells = times.into_iter().map(|times| {
            let missing = times.is_empty().then_some("Monty is not installed");
            cell(times, missing)
        });
        grid.case(name, cells.collect());
    }
    Ok(grid)
}

fn timed(work: impl FnOnce()) -> f64 {
    let since = Instant::now();
    work();
    since.elapsed().as_secs_f64()
}

fn median_of(mut measure: impl FnMut() -> f64) -> f64 {
    let mut times: Vec<f64> = (0..CALLS).map(|_| measure()).collect();
    times.sort_by(f64::total_cmp);
    times[CALLS / 2]
}

fn rate(runs: usize, runner: &Runner, snippets: &[(String, Snippet)]) -> Grid {
    let mut grid =
        Grid::new("isolated_rate", "Isolated runs in a second", RATE_NOTE, Unit::PerSecond, vec!["pyc-rs".to_owned()]);
    let window = || {
        let elapsed = timed(|| {
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        // A failed run is noticed elsewhere.
                        snippets.iter().cycle().take(TOGETHER).for_each(|(_, snippet)| drop(runner.run(snippet)));
                    });
                }
            });
        });
        2.0 * TOGETHER as f64 / elapsed
    };
    grid.case("five snippets, mixed", vec![cell((0..runs.min(5)).map(|_| window()).collect(), None)]);
    grid
}

fn lateness(peers: &Peers, runs: usize) -> anyhow::Result<Grid> {
    const WALL: Duration = Duration::from_millis(100);
    let limits = Limits { wall: WALL, ..Limits::default() };
    let runner = Runner::builder().limits(limits).worker(Command::new(&peers.ours)).workers(1).build()?;
    let endless = Snippet::new("endless.py", "while True:\n    pass");
    let mut late = Vec::new();
    for _ in 0..runs {
        std::thread::sleep(PAUSE);
        let since = Instant::now();
        let outcome = runner.run(&endless)?;
        late.push(since.elapsed().saturating_sub(WALL).as_secs_f64());
        ensure!(matches!(outcome.error, Some(Failure::Timeout { .. })), "{:?}", outcome.error);
    }
    let mut grid =
        Grid::new("isolated_late", "After the time limit", LATE_NOTE, Unit::Seconds, vec!["pyc-rs".to_owned()]);
    grid.case("limit of 100 ms", vec![cell(late, None)]);
    Ok(grid)
}

fn command(peers: &Peers, runs: usize) -> anyhow::Result<Grid> {
    let launcher = Launcher::new()?;
    let cache = launcher.room().join("cache");
    let images =
        if launcher.build_image(peers, &cache).is_ok() && peers.images { &["off", "on"][..] } else { &["off"][..] };
    let sides = ["run --sandbox", "run"].map(str::to_owned).to_vec();
    let mut grid = Grid::new("sandbox_command", "The command in a sandbox", COMMAND_NOTE, Unit::Seconds, sides);
    for &image in images {
        let ours = Program::ours(peers, &cache).variable("PYC_RS_IMAGE", image);
        let sides = [ours.clone().arg("--sandbox"), ours].map(|program| program.arg("-c").arg("1+1"));
        let mut times = [const { Vec::new() }; 2];
        for round in 0..=runs {
            for (program, times) in sides.iter().zip(&mut times) {
                let finished = launcher.run(program)?;
                if round > 0 {
                    times.push(finished.usage.wall_s);
                }
            }
        }
        let name = if image == "on" { "from an image" } else { "plain" };
        grid.case(name, times.into_iter().map(|times| cell(times, None)).collect());
    }
    Ok(grid)
}
