//! What a hit costs, from a small artifact to a large one.

use std::hint::black_box;

use pyc_rs_benches::ordinary_source;
use pyc_rs_cache::{Lookup, Mode, Store};
use pyc_rs_compiler::{Options, Stack};
use pyc_rs_runtime::{CodeCache, Engine};

use crate::{
    measure::{Side, in_turns, per_call},
    report::{Cell, Grid, Report, Unit},
};

const SIZES: [(&str, usize); 5] =
    [("1 KB", 1_000), ("10 KB", 10_000), ("100 KB", 100_000), ("1 MB", 1_000_000), ("5 MB", 5_000_000)];

const NOTE: &str = "In process, by size of the source. A later hit is the key and decoding; a first hit opens, maps and verifies before; `get` is `Store::get` alone: open, map, verify.";

pub(crate) fn run(runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let room = tempfile::tempdir()?;
    let cache = CodeCache::new(Store::open(room.path(), Mode::ReadWrite));
    let engine = Engine::builder().cache(cache.clone()).boot()?;
    let names = ["later hit", "first hit", "get", "compiling"].map(str::to_owned).to_vec();
    let mut grid = Grid::new("sizes", "A hit by size", NOTE, Unit::Seconds, names);
    for (case, bytes) in SIZES {
        let source = ordinary_source(bytes);
        cache.load(source.as_bytes(), Options::default(), Stack::MAIN_THREAD)?;
        let key = CodeCache::key(source.as_bytes(), Options::default());
        let load = || drop(black_box(engine.load_code(black_box(source.as_bytes()), "snippet.py")));
        let mut sides: [Side<'_>; 4] = [
            Box::new(|| Ok(per_call(load))),
            Box::new(|| {
                Ok(per_call(|| {
                    cache.forget();
                    load();
                }))
            }),
            Box::new(|| {
                anyhow::ensure!(
                    matches!(cache.store().get(&key), Lookup::Hit(_)),
                    "the {case} source is not in the store"
                );
                Ok(per_call(|| drop(black_box(cache.store().get(black_box(&key))))))
            }),
            Box::new(|| {
                Ok(per_call(|| {
                    drop(black_box(pyc_rs_compiler::compile(
                        source.as_bytes(),
                        Options::default(),
                        Stack::MAIN_THREAD,
                    )));
                }))
            }),
        ];
        // The largest takes a second to compile.
        let runs = if bytes > 500_000 { runs.min(2) } else { runs };
        grid.case(case, in_turns(runs, &mut sides)?.into_iter().map(Cell::Measured).collect());
    }
    report.add(grid);
    Ok(())
}
