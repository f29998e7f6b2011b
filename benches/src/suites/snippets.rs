//! The five snippets of the headline: in one process, warm, and as processes.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use pyc_rs_benches::corpus;
use pyc_rs_cache::{Mode, Store};
use pyc_rs_runtime::{CodeCache, Engine, Snippet};

use super::{cell, headline_snippets};
use crate::{
    measure::median_call,
    peers::{Peers, REFERENCE},
    program::{Launcher, Program},
    report::{Grid, Report, Unit},
};

/// Calls in a turn, of which the median counts.
const CALLS: usize = 201;

const NOTE: &str = "Calls in one process, warm, each with fresh globals and its output captured. Ours is the public `Engine::run(&Snippet)`, source to outcome, through the cache; `exec` is `exec(marshal.loads(..))` and `compile` is `exec(compile(..))` of the other side (`benches/corpus/in_process.py`); Monty takes a fresh session of its pool for each. A turn's figure is the median of 201 calls.";
const HEADLINE_NOTE: &str = "The form in which such figures were first published: whole processes over our median in process. The ratio is how many of our warm calls fit into one of those processes; `no cache` compiles.";
const THROUGHPUT_NOTE: &str = "Calls of `Engine::run` in a second, on one core, in windows of 0.2 s. The last row is a snippet that does nothing.";

pub(crate) fn run(peers: &Peers, runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let room = tempfile::tempdir()?;
    let cache = CodeCache::new(Store::open(room.path(), Mode::ReadWrite));
    let engine = Engine::builder().cache(cache).boot()?;
    let snippets: Vec<(String, Snippet)> =
        headline_snippets()?.into_iter().map(|(name, source)| (name.clone(), Snippet::new(name, source))).collect();
    let in_process = in_process(peers, runs, &engine, &snippets, report)?;
    let processes = processes(peers, runs, &in_process, &snippets, report)?;
    report.add(in_process);
    report.add(processes);
    report.add(throughput(runs, &engine, snippets));
    Ok(())
}

/// One side other than ours: a server, and the mode in which it is asked.
struct Rival {
    name: String,
    server: usize,
    mode: &'static str,
}

fn in_process(
    peers: &Peers,
    runs: usize,
    engine: &Engine,
    snippets: &[(String, Snippet)],
    report: &mut Report,
) -> anyhow::Result<Grid> {
    let (mut servers, rivals) = servers(peers)?;
    let names = std::iter::once("pyc-rs".to_owned()).chain(rivals.iter().map(|rival| rival.name.clone())).collect();
    let mut grid = Grid::new("snippets", "Five snippets in process, warm", NOTE, Unit::Seconds, names);
    for (name, snippet) in snippets {
        let outcome = engine.run(snippet);
        ensure!(outcome.error.is_none(), "{name} fails: {:?}", outcome.error);
        let answers: Vec<_> = servers.iter_mut().map(|server| server.load(name, &outcome.stdout)).collect();
        let mut times = vec![Vec::new(); rivals.len() + 1];
        for round in 0..=runs {
            let ours = median_call(CALLS, || drop(std::hint::black_box(engine.run(snippet))));
            let mut turn = vec![ours.as_secs_f64()];
            for rival in &rivals {
                let runs = answers[rival.server].is_ok();
                turn.push(if runs { servers[rival.server].measure(name, rival.mode)? } else { 0.0 });
            }
            if round > 0 {
                times.iter_mut().zip(turn).for_each(|(times, time)| times.push(time));
            }
        }
        let mut times = times.into_iter();
        let mut cells = vec![cell(times.next().unwrap_or_default(), None)];
        for (rival, times) in rivals.iter().zip(times) {
            let reason = answers[rival.server].as_ref().err().map(ToString::to_string);
            if let Some(reason) = &reason {
                ensure!(!rival.name.starts_with(REFERENCE), "{} does not run {name}: {reason}", rival.name);
                report.skip(format!("{} in {name}", rival.name), reason);
            }
            cells.push(cell(times, reason.as_deref()));
        }
        grid.case(name, cells);
    }
    Ok(grid)
}

fn servers(peers: &Peers) -> anyhow::Result<(Vec<Server>, Vec<Rival>)> {
    let (mut servers, mut rivals) = (Vec::new(), Vec::new());
    for name in [REFERENCE, "python3.11", "pypy3", "rustpython"] {
        let Some(peer) = peers.get(name) else { continue };
        rivals.push(Rival { name: format!("{name} exec"), server: servers.len(), mode: "exec" });
        if name == REFERENCE {
            rivals.push(Rival { name: format!("{name} compile"), server: servers.len(), mode: "compile" });
        }
        servers.push(Server::start(&peer.program, "in_process.py")?);
    }
    if let Some(python) = peers.monty_python() {
        rivals.push(Rival { name: "monty".to_owned(), server: servers.len(), mode: "exec" });
        servers.push(Server::start(&python, "in_process_monty.py")?);
    }
    Ok((servers, rivals))
}

/// An interpreter that runs snippets when it is told to.
pub(super) struct Server {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Server {
    pub(super) fn start(program: &Path, script: &str) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.arg(corpus(script)).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        let mut child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let requests = child.stdin.take().context("no pipe to it")?;
        let answers = BufReader::new(child.stdout.take().context("no pipe from it")?);
        Ok(Self { child, requests, answers })
    }

    fn ask(&mut self, request: &str) -> anyhow::Result<String> {
        writeln!(self.requests, "{request}")?;
        self.requests.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        match answer.trim_end().split_once(' ').unwrap_or((answer.trim_end(), "")) {
            ("error", message) => bail!("{message}"),
            ("", _) => bail!("it ended"),
            _ => Ok(answer.trim_end().to_owned()),
        }
    }

    /// Loads a snippet, which must print `wanted`.
    pub(super) fn load(&mut self, name: &str, wanted: &str) -> anyhow::Result<()> {
        let path = corpus("headline").join(name);
        let answer = self.ask(&format!("load {name} {}", path.display()))?;
        let printed: String = serde_json::from_str(answer.split_once(' ').map_or("", |(_, text)| text))?;
        ensure!(printed == wanted, "it prints {printed:?}");
        Ok(())
    }

    /// Seconds per call.
    pub(super) fn measure(&mut self, name: &str, mode: &str) -> anyhow::Result<f64> {
        let answer = self.ask(&format!("run {name} {mode} {CALLS}"))?;
        Ok(answer.parse::<f64>().with_context(|| format!("not a time: {answer}"))? / 1e9)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It ends by itself when its stdin does; this one does not wait for that.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The headline's form: whole processes over our warm median.
fn processes(
    peers: &Peers,
    runs: usize,
    in_process: &Grid,
    snippets: &[(String, Snippet)],
    report: &mut Report,
) -> anyhow::Result<Grid> {
    let launcher = Launcher::new()?;
    let cache = launcher.room().join("cache");
    if let Err(error) = launcher.build_image(peers, &cache) {
        report.skip("the default image", error);
    }
    let ours = Program::ours(peers, &cache);
    let mut sides = vec![
        ("pyc-rs process".to_owned(), ours.clone()),
        ("pyc-rs process, no cache".to_owned(), ours.arg("--no-cache")),
    ];
    match peers.get(REFERENCE) {
        Some(peer) => sides.insert(0, (format!("{REFERENCE} process"), Program::of(peer))),
        None => report.skip("the headline form", "there is no python3.13"),
    }
    let names = std::iter::once("pyc-rs in process".to_owned()).chain(sides.iter().map(|(name, _)| name.clone()));
    let mut grid = Grid::new("headline", "The headline form", HEADLINE_NOTE, Unit::Seconds, names.collect());
    for (name, _) in snippets {
        let script = corpus("headline").join(name);
        let mut times = vec![Vec::new(); sides.len()];
        for round in 0..=runs {
            for ((_, program), times) in sides.iter().zip(&mut times) {
                let finished = launcher.run(&program.clone().arg(&script))?;
                if round > 0 {
                    times.push(finished.usage.wall_s);
                }
            }
        }
        let warm = in_process.samples(name, "pyc-rs").cloned().unwrap_or_default();
        let cells = times.into_iter().map(|times| cell(times, None));
        grid.case(name, std::iter::once(crate::report::Cell::Measured(warm)).chain(cells).collect());
    }
    Ok(grid)
}

fn throughput(runs: usize, engine: &Engine, mut snippets: Vec<(String, Snippet)>) -> Grid {
    const WINDOW: Duration = Duration::from_millis(200);
    snippets.push(("nothing at all".to_owned(), Snippet::new("nothing.py", "pass\n")));
    let mut grid = Grid::new("peak", "Runs in a second", THROUGHPUT_NOTE, Unit::PerSecond, vec!["pyc-rs".to_owned()]);
    for (name, snippet) in &snippets {
        let window = || {
            let (since, mut calls) = (Instant::now(), 0_u32);
            while since.elapsed() < WINDOW {
                drop(std::hint::black_box(engine.run(snippet)));
                calls += 1;
            }
            f64::from(calls) / since.elapsed().as_secs_f64()
        };
        grid.case(name, vec![cell((0..runs.min(5)).map(|_| window()).collect(), None)]);
    }
    grid
}
