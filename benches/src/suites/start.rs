//! Whole processes of small programs, where the start is what takes time.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};

use pyc_rs_benches::corpus;

use super::cell;
use crate::{
    peers::{Peers, REFERENCE},
    program::{Launcher, Program, Usage},
    report::{Grid, Report, Unit},
};

const CASES: [(&str, &str); 6] = [
    ("empty", "empty.py"),
    ("hello", "hello.py"),
    ("import json", "import_json.py"),
    ("argparse + json + re tool", "tool.py"),
    ("asyncio + logging + subprocess + decimal", "services.py"),
    ("package of 50 modules", "fifty/main.py"),
];

/// One way to run a program.
struct Side {
    name: String,
    program: Program,
    /// Removed before each run.
    cold: Option<PathBuf>,
    /// Prints nothing and is shown only as a floor.
    floor: bool,
    ours: bool,
    /// The only program that it makes sense for.
    only: Option<&'static str>,
}

pub(crate) fn run(peers: &Peers, runs: usize, instructions: bool, report: &mut Report) -> anyhow::Result<()> {
    let launcher = Launcher::new()?;
    let programs = launcher.room().join("start");
    copy_folder(&corpus("start"), &programs)?;
    let sides = sides(peers, &launcher, &programs, report);
    let names: Vec<String> = sides.iter().map(|side| side.name.clone()).collect();
    let grid = |id: &str, title: &str, note: &str, unit| Grid::new(id, title, note, unit, names.clone());
    let mut grids = [
        grid("start_wall", "Process start: wall time", NOTE, Unit::Seconds),
        grid("start_cpu", "Process start: processor time", "User and system time of the same runs.", Unit::Seconds)
            .briefly(),
        grid("start_memory", "Process start: peak memory", "Largest resident size of the same runs.", Unit::Bytes)
            .briefly(),
        grid("start_faults", "Process start: page faults", "Minor and major, of the same runs.", Unit::Count).briefly(),
    ];
    let pick: [fn(&Usage) -> f64; 4] = [
        |usage| usage.wall_s,
        |usage| usage.cpu_s,
        |usage| usage.peak_bytes,
        |usage| usage.minor_faults + usage.major_faults,
    ];
    let mut counts = grid(
        "start_instructions",
        "Process start: instructions",
        "User-space instructions of one run, counted by callgrind.",
        Unit::Count,
    )
    .briefly();
    for (case, file) in CASES {
        let script = programs.join(file);
        let (usages, reasons) = measure(&launcher, &sides, &script, runs)?;
        for (side, reason) in sides.iter().zip(&reasons) {
            if let Some(reason) = reason.as_deref().filter(|reason| *reason != UNSUITED) {
                report.skip(format!("{} in {case}", side.name), reason);
            }
        }
        for (grid, pick) in grids.iter_mut().zip(pick) {
            let cells = usages.iter().zip(&reasons);
            grid.case(
                case,
                cells.map(|(usages, reason)| cell(usages.iter().map(pick).collect(), reason.as_deref())).collect(),
            );
        }
        if instructions {
            let cells = sides.iter().zip(&reasons).map(|(side, reason)| {
                let count = reason.is_none().then(|| launcher.instructions(&with_script(side, &script)));
                match count {
                    Some(Ok(count)) => cell(vec![count], None),
                    Some(Err(error)) => {
                        report.skip(format!("{} under callgrind", side.name), &error);
                        cell(Vec::new(), Some(&error.to_string()))
                    }
                    None => cell(Vec::new(), reason.as_deref()),
                }
            });
            counts.case(case, cells.collect());
        }
    }
    for grid in grids {
        report.add(grid);
    }
    if instructions {
        report.add(counts);
    }
    Ok(())
}

/// Why a side has no figure where it would say nothing new.
const UNSUITED: &str = "the program imports no module of its own";

const NOTE: &str = "Whole processes, from the call that starts them to their end. pyc-rs is a copy of the built file, as an installation leaves it. `from an image` is `pyc-rs run FILE` as a user has it from the second run on, everything compiled before; `pyc-rs` is the same with `PYC_RS_IMAGE=off`, a plain start; with `cold cache` the cache folder is removed before each run (and no image is used); `/bin/true` is the floor of any process. CPython and PyPy find the byte code of what they import, except under `no byte code`, where that of the package is removed.";

fn sides(peers: &Peers, launcher: &Launcher, programs: &Path, report: &mut Report) -> Vec<Side> {
    let side = |name: &str, program| Side {
        name: name.to_owned(),
        program,
        cold: None,
        floor: false,
        ours: false,
        only: None,
    };
    let [warm, cold] = ["warm", "cold"].map(|name| launcher.room().join(name));
    let ours = Program::ours(peers, &warm);
    let mut sides = vec![Side { ours: true, ..side("pyc-rs", ours.clone()) }];
    match launcher.build_image(peers, &warm) {
        Ok(()) if peers.images => {
            let restored = ours.clone().variable("PYC_RS_IMAGE", "on");
            sides.push(Side { ours: true, ..side("pyc-rs, from an image", restored) });
        }
        Ok(()) => {}
        Err(error) => report.skip("the default image", error),
    }
    let fresh = Program::ours(peers, &cold);
    sides.push(Side { cold: Some(cold), ours: true, ..side("pyc-rs, cold cache", fresh) });
    sides.push(Side { ours: true, ..side("pyc-rs --no-cache", ours.arg("--no-cache")) });
    if let Some(python) = peers.get(REFERENCE) {
        let program = Program::of(python);
        sides.push(side(REFERENCE, program.clone()));
        sides.push(side("python3.13 -I -S", program.clone().arg("-I").arg("-S")));
        let bytecode = programs.join("fifty/parts/__pycache__");
        sides.push(Side {
            cold: Some(bytecode),
            only: Some("fifty/main.py"),
            ..side("python3.13, no byte code", program)
        });
    }
    for name in ["python3.11", "pypy3", "rustpython", "monty"] {
        sides.extend(peers.get(name).map(|peer| side(name, Program::of(peer))));
    }
    sides.push(Side { floor: true, ..side("/bin/true", Program::new("/bin/true")) });
    sides
}

fn with_script(side: &Side, script: &Path) -> Program {
    side.program.clone().arg(script)
}

type Measured = (Vec<Vec<Usage>>, Vec<Option<String>>);

/// Lets the sides take turns, and leaves out those that cannot run the program.
fn measure(launcher: &Launcher, sides: &[Side], script: &Path, runs: usize) -> anyhow::Result<Measured> {
    let once = |side: &Side| {
        if let Some(folder) = &side.cold {
            let _ = fs::remove_dir_all(folder);
        }
        launcher.run(&with_script(side, script))
    };
    let mut wanted: Option<String> = None;
    let mut reasons = Vec::new();
    for side in sides {
        reasons.push(match once(side) {
            _ if side.only.is_some_and(|only| !script.ends_with(only)) => Some(UNSUITED.to_owned()),
            Ok(_) if side.floor => None,
            Ok(finished) => {
                let wanted = wanted.get_or_insert_with(|| finished.stdout.clone());
                (*wanted != finished.stdout).then(|| format!("it prints {:?}", finished.stdout.trim_end()))
            }
            Err(error) => Some(error.to_string()),
        });
        if let Some(Some(reason)) = reasons.last().filter(|_| side.ours) {
            bail!("{} fails with {}: {reason}", side.name, script.display());
        }
    }
    let mut usages = vec![Vec::new(); sides.len()];
    for _ in 0..runs {
        for ((side, usages), _) in sides.iter().zip(&mut usages).zip(&reasons).filter(|(_, reason)| reason.is_none()) {
            usages.push(once(side)?.usage);
        }
    }
    Ok((usages, reasons))
}

pub(super) fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_name() == "__pycache__" {
            continue;
        }
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
