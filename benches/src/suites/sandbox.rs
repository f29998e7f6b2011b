//! Isolated runs: how long one takes, and how many there are in a second.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use pyc_rs_cache::Mode;
use pyc_rs_runtime::{CodeCache, Snippet, cache::Store, sandbox::Runner};

use super::headline_snippets;
use crate::{
    measure::{Side, in_turns},
    peers::Peers,
    report::{Report, Section},
};

/// Runs of one snippet that one timing is the mean of.
const RUNS: u32 = 200;

pub(crate) fn run(peers: &Peers, runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let room = tempfile::tempdir()?;
    let cache = CodeCache::new(Store::open(room.path(), Mode::ReadWrite));
    let runner = Runner::builder().cache(cache).worker(Command::new(&peers.ours)).workers(8).build()?;
    let snippets = headline_snippets()?;
    let mut section = Section::new(
        "Isolated runs",
        "A warm pool, the library's `Runner::run`, each run in a fresh confined process, one after another on one thread; the mean of 200. The last row is the time for each run when two threads run all five in turn.",
    );
    for (name, source) in &snippets {
        let snippet = Snippet::new(name.as_str(), source.as_str());
        let mut sides: [Side<'_>; 1] = [Box::new(|| {
            let mut total = Duration::ZERO;
            for _ in 0..RUNS {
                let since = Instant::now();
                anyhow::ensure!(runner.run(&snippet)?.error.is_none(), "{name} failed");
                total += since.elapsed();
            }
            Ok(total / RUNS)
        })];
        section.row(name, &in_turns(runs, &mut sides)?[0], None);
    }
    let all: Vec<_> = snippets.iter().map(|(name, source)| Snippet::new(name.as_str(), source.as_str())).collect();
    let mut sides: [Side<'_>; 1] = [Box::new(|| {
        let since = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for number in 0..RUNS {
                        // A failed run is noticed above.
                        let _ = runner.run(&all[number as usize % all.len()]);
                    }
                });
            }
        });
        Ok(since.elapsed() / (2 * RUNS))
    })];
    section.row("two threads, all five in turn", &in_turns(runs, &mut sides)?[0], None);
    report.add(section);
    Ok(())
}
