//! What was to be reached, and whether it was.

use std::fmt;

use serde::Serialize;

use super::{Report, grid::Grid, units::ratio};
use crate::{measure::geometric_mean, peers::REFERENCE};

const WARM: &str = "pyc-rs";
const IMAGE: &str = "pyc-rs, from an image";
const TOOL: &str = "argparse + json + re tool";
const SERVICES: &str = "asyncio + logging + subprocess + decimal";
const MIB: f64 = 1024.0 * 1024.0;

/// One target.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Target {
    what: String,
    wanted: Bound,
    /// What was measured, if it was.
    value: Option<f64>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    pub(super) fn reached(&self) -> Option<bool> {
        let value = self.value?;
        Some(match self.wanted {
            Bound::AtMost(limit) => value <= limit,
            Bound::AtLeast(limit) => value >= limit,
        })
    }
}

fn at_most(limit: f64, what: impl Into<String>, value: Option<f64>) -> Target {
    Target { what: what.into(), wanted: Bound::AtMost(limit), value }
}

fn at_least(limit: f64, what: impl Into<String>, value: Option<f64>) -> Target {
    Target { what: what.into(), wanted: Bound::AtLeast(limit), value }
}

/// Compares what was measured with the targets.
pub(super) fn evaluate(report: &Report) -> Vec<Target> {
    let mut targets = starts(report);
    targets.extend(in_process(report));
    targets.extend(compiling(report));
    targets.extend(hits(report));
    targets.extend(isolated(report));
    targets.extend(caches(report));
    targets
}

/// Shared and large caches.
fn caches(report: &Report) -> Vec<Target> {
    let checkout = |remote: &str| over(report.grid("remote"), "compile", remote, "disk");
    let largest = report.grid("store_time").and_then(|grid| {
        let seconds = |size: &String| grid.median("`cache info`, in packs", size);
        grid.sides.last().filter(|size| size.as_str() == "1000000 objects").and_then(seconds)
    });
    vec![
        at_most(
            2.0,
            "compiling a cold checkout: from a warm redis server / from a warm cache on disk",
            checkout("redis"),
        ),
        at_most(
            2.0,
            "compiling a cold checkout: from a warm shared folder / from a warm cache on disk",
            checkout("folder"),
        ),
        at_most(0.2, "`cache info` of a million objects in packs, seconds", largest),
    ]
}

fn starts(report: &Report) -> Vec<Target> {
    let wall = report.grid("start_wall");
    let bare = over(report.grid("restored_start"), "empty", IMAGE, "pyc-rs --version");
    let over = |case: &str, side: &str, other: &str| over(wall, case, side, other);
    let plain = WARM;
    let isolated = "python3.13 -I -S";
    let memory = report.grid("start_memory").and_then(|grid| grid.median("hello", plain));
    let mut targets = vec![
        at_most(0.5, "plain start: hello / `python3.13`", over("hello", plain, REFERENCE)),
        at_most(0.7, "plain start: hello / `python3.13 -I -S`", over("hello", plain, isolated)),
        at_most(1.0, "plain start: argparse + json + re tool / `python3.13`", over(TOOL, plain, REFERENCE)),
        at_most(20.0, "plain start: peak memory of hello, MiB", memory.map(|bytes| bytes / MIB)),
        at_most(
            40.0,
            "binary with the whole standard library, MiB",
            report.binary_bytes.map(|bytes| bytes as f64 / MIB),
        ),
    ];
    if report.images {
        targets.extend([
            at_most(0.15, "from an image: hello / `python3.13`", over("hello", IMAGE, REFERENCE)),
            at_most(0.15, "from an image: argparse + json + re tool / `python3.13`", over(TOOL, IMAGE, REFERENCE)),
            at_most(
                0.1,
                "from an image: asyncio + logging + subprocess + decimal / `python3.13`",
                over(SERVICES, IMAGE, REFERENCE),
            ),
            at_most(
                0.02,
                "from its own image: a program that imports sympy / `python3.13`",
                report.grid("application").and_then(|grid| {
                    let median = |side: &str| grid.median("import sympy", side);
                    Some(median("pyc-rs, its own image")? / median(REFERENCE)?)
                }),
            ),
            at_most(2.0, "from an image: an empty program / a process of the same binary that does nothing", bare),
            at_most(
                4.0,
                "from an image: private memory of hello, MiB",
                report.grid("restored_memory").and_then(|grid| Some(grid.median("hello", IMAGE)? / MIB)),
            ),
            at_least(
                0.98,
                "speed after a start from an image / after a plain one, geometric mean",
                report.grid("restored_speed").and_then(|grid| grid.mean_ratio(WARM, IMAGE)),
            ),
        ]);
    }
    targets
}

fn in_process(report: &Report) -> Vec<Target> {
    let snippets = report.grid("snippets").and_then(|grid| grid.mean_ratio("python3.13 exec", WARM));
    let headline = report.grid("headline").and_then(|grid| grid.mean_ratio("python3.13 process", "pyc-rs in process"));
    let cold =
        report.grid("headline").and_then(|grid| grid.mean_ratio("python3.13 process", "pyc-rs process, no cache"));
    let peak = report.grid("peak").and_then(|grid| {
        let snippets = grid.cases.iter().filter(|(case, _)| case.starts_with("headline"));
        snippets.filter_map(|(case, _)| grid.median(case, WARM)).max_by(f64::total_cmp)
    });
    let interp = report.grid("interp").and_then(|grid| grid.mean_ratio(REFERENCE, WARM));
    vec![
        at_least(0.75, "five snippets in process, warm: `python3.13` / ours, geometric mean", snippets),
        at_least(800.0, "the headline form: `python3.13` process / ours in process, geometric mean", headline),
        at_least(253.8, "the same against the figure first published", headline),
        at_least(2.27, "the published cold ratio: `python3.13` process / our process without a cache", cold),
        at_least(150_000.0, "the fastest of the five snippets, runs a second on one core", peak),
        at_least(0.7, "interpreter programs: `python3.13` / ours, geometric mean", interp),
    ]
}

fn compiling(report: &Report) -> Vec<Target> {
    let faster = |case: &str| over(report.grid("tree"), case, "compileall", WARM);
    vec![
        at_least(1.5, "cold compile of `Lib`, two jobs: compileall / ours", faster("cold")),
        at_least(10.0, "nothing to compile in `Lib`: compileall / ours", faster("nothing to do")),
    ]
}

fn isolated(report: &Report) -> Vec<Target> {
    const WAITING: &str = "pyc-rs, a worker waits";
    let grid = report.grid("isolated");
    let over_monty = |ours: &str, monty: &str| grid.and_then(|grid| grid.mean_ratio(ours, monty));
    let slowest = grid.and_then(|grid| {
        let medians = grid.cases.iter().filter_map(|(case, _)| grid.median(case, WAITING));
        medians.max_by(f64::total_cmp)
    });
    let rate = report.grid("isolated_rate").and_then(|grid| grid.median("five snippets, mixed", WARM));
    let late = report.grid("isolated_late").and_then(|grid| grid.samples("limit of 100 ms", WARM));
    let command = |case: &str| over(report.grid("sandbox_command"), case, "run --sandbox", "run");
    vec![
        at_most(
            0.6,
            "isolated run of the five snippets, a worker waits: ours / Monty, geometric mean",
            over_monty(WAITING, "monty, with a pause"),
        ),
        at_most(0.6, "the same, one run after another: ours / Monty, geometric mean", over_monty(WARM, "monty")),
        at_most(350.0, "the slowest of them, a worker waits, µs", slowest.map(|seconds| seconds * 1e6)),
        at_least(3000.0, "isolated runs a second, two threads", rate),
        at_most(20.0, "overshoot of a 100 ms timeout, the worst, ms", late.map(|late| late.slowest() * 1e3)),
        at_most(1.3, "`run --sandbox -c 1+1` / `run -c 1+1`, plain", command("plain")),
        at_most(1.3, "`run --sandbox -c 1+1` / `run -c 1+1`, from an image", command("from an image")),
    ]
}

/// From the lists of hits and look-ups. Several kinds of store stand in one list, told
/// apart by the end of a row's name.
fn hits(report: &Report) -> Vec<Target> {
    let mut targets = Vec::new();
    let rows = || report.lists().flat_map(|list| &list.rows);
    for kind in kinds(rows().map(|row| row.name.as_str()), "first hit") {
        let end = format!("first hit{kind}");
        let ratios = |of: &str| -> Vec<f64> {
            let fit = rows().filter(|row| row.name.ends_with(&end) && row.name.starts_with(of));
            fit.filter_map(|row| row.ratio).collect()
        };
        let one = geometric_mean(&ratios("a 1 KB"));
        let five = ratios("headline").into_iter().min_by(f64::total_cmp);
        targets.push(at_least(10.0, format!("1 KB snippet: compiling / first hit{kind}"), one));
        targets.push(at_least(5.0, format!("the slowest of the five snippets: compiling / first hit{kind}"), five));
    }
    for kind in kinds(rows().map(|row| row.name.as_str()), " objects") {
        let end = format!(" objects{kind}");
        let medians: Vec<f64> = rows().filter(|row| row.name.ends_with(&end)).map(|row| row.timings.median()).collect();
        let worst = medians.iter().copied().max_by(f64::total_cmp).zip(medians.first());
        let value = worst.map(|(worst, first)| worst / first);
        targets.push(at_most(1.2, format!("one object of the largest store / of 100{kind}"), value));
    }
    targets
}

/// What follows `mark` in these names, each once.
fn kinds<'a>(names: impl Iterator<Item = &'a str>, mark: &str) -> Vec<&'a str> {
    let mut kinds: Vec<&str> = names.filter_map(|name| Some(name.split_once(mark)?.1)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn over(grid: Option<&Grid>, case: &str, side: &str, other: &str) -> Option<f64> {
    let grid = grid?;
    Some(grid.median(case, side)? / grid.median(case, other)?)
}

/// The table of the targets.
pub(super) fn write(f: &mut fmt::Formatter<'_>, targets: &[Target]) -> fmt::Result {
    if targets.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n### Against the targets\n\n| | wanted | measured | |\n|---|---|---|---|")?;
    for target in targets {
        let wanted = match target.wanted {
            Bound::AtMost(limit) => format!("at most {limit}"),
            Bound::AtLeast(limit) => format!("at least {limit}"),
        };
        let value = target.value.map_or_else(|| "–".to_owned(), shown);
        let word = match target.reached() {
            Some(true) => "reached",
            Some(false) => "**not reached**",
            None => "not measured",
        };
        writeln!(f, "| {} | {wanted} | {value} | {word} |", target.what)?;
    }
    Ok(())
}

fn shown(value: f64) -> String {
    if value >= 1000.0 { format!("{value:.0}") } else { ratio(value) }
}
