//! A program whose imports take long, started from an image of its own.

use std::path::PathBuf;

use anyhow::Context as _;

use super::cell;
use crate::{
    peers::{Peers, REFERENCE},
    program::{Launcher, Program},
    report::{Grid, Report, Unit},
};

/// What it imports.
const PACKAGE: &str = "sympy";

const NOTE: &str = "Whole processes of `import sympy` (`benches/corpus/application.py`), everything compiled before. The image is that of `pyc-rs image build --preload sympy`; sympy lies in `target/peers`.";

pub(crate) fn run(peers: &Peers, runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let Some(python) = peers.get(REFERENCE) else {
        report.skip("a program that imports sympy", "there is no CPython to compare with");
        return Ok(());
    };
    let Some(packages) = packages(peers) else {
        report.skip("a program that imports sympy", "sympy is not installed; benches/peers does it");
        return Ok(());
    };
    let launcher = Launcher::new()?;
    let (cache, image) = (launcher.room().join("cache"), launcher.room().join("app.pyci"));
    let script = pyc_rs_benches::corpus("application.py");
    let with_packages = |program: Program| program.variable("PYTHONPATH", &packages);
    let mut sides = vec![
        ("pyc-rs", with_packages(Program::ours(peers, &cache)).arg(&script)),
        (REFERENCE, with_packages(Program::of(python)).arg(&script)),
    ];
    if peers.images {
        let build =
            Program::new(&peers.ours).arg("image").arg("build").arg("--preload").arg(PACKAGE).arg("-o").arg(&image);
        launcher.run(&with_packages(build).variable("PYC_RS_CACHE_DIR", &cache))?;
        let restored = Program::ours(peers, &cache).variable("PYC_RS_IMAGE", "on").arg("--image").arg(&image);
        sides.insert(1, ("pyc-rs, its own image", with_packages(restored).arg(&script)));
    }
    let mut grid = Grid::new(
        "application",
        "An application's image",
        NOTE,
        Unit::Seconds,
        sides.iter().map(|(name, _)| (*name).to_owned()).collect(),
    );
    let mut times = vec![Vec::new(); sides.len()];
    for turn in 0..=runs {
        for ((name, program), times) in sides.iter().zip(&mut times) {
            let finished = launcher.run(program).with_context(|| format!("{name} fails with sympy"))?;
            // The first fills caches.
            if turn > 0 {
                times.push(finished.usage.wall_s);
            }
        }
    }
    grid.case(format!("import {PACKAGE}"), times.into_iter().map(|times| cell(times, None)).collect());
    report.add(grid);
    Ok(())
}

/// The folder that the package is installed in.
fn packages(peers: &Peers) -> Option<PathBuf> {
    let venv = peers.monty_python()?.parent()?.parent()?.join("lib");
    let folders = std::fs::read_dir(venv).ok()?.filter_map(Result::ok).map(|entry| entry.path().join("site-packages"));
    folders.into_iter().find(|folder| folder.join(PACKAGE).is_dir())
}
