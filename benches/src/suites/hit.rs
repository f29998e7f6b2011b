//! A cache hit (key, look-up, mapping, verification) against compiling, and what
//! decoding adds to either.

use std::{hint::black_box, path::Path, time::Instant};

use anyhow::ensure;
use pyc_rs_cache::Mode;
use pyc_rs_compiler::{Options, Stack};
use pyc_rs_runtime::{
    CodeCache, Engine,
    cache::Store,
    vm::{VirtualMachine, compiler::Mode as EngineMode},
};

use super::headline_snippets;
use crate::{
    measure::{Side, in_turns, per_call},
    report::{Report, Section},
};

pub(crate) fn run(runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let room = tempfile::tempdir()?;
    let cache = CodeCache::new(Store::open(room.path(), Mode::ReadWrite));
    let engine = Engine::builder().cache(cache.clone()).boot()?;
    let mut sources = headline_snippets()?;
    sources.push(("a 1 KB snippet".to_owned(), one_kilobyte()));

    let mut section = Section::new(
        "A cache hit against compiling",
        "In process, up to a code object that can run. A first hit is key, opening, mapping, verification and decoding; a later hit in the same process finds the mapping verified. A first hit in a pack that is open needs no opening and no mapping; every one of these is of an artifact that the process has not touched before (the snippet with a comment of its own behind it), verification included. Compiling is the engine's own way from source to code object. The ratio is compiling over hit.",
    );
    let packed_room = tempfile::tempdir()?;
    let first_hits = (runs + 1) * FIRST_HITS;
    let packed = CodeCache::new(packed_store(packed_room.path(), &sources, first_hits)?);
    let packed_engine = Engine::builder().cache(packed).boot()?;
    for (name, source) in &sources {
        cache.load(source.as_bytes(), Options::default(), Stack::MAIN_THREAD)?;
        let load = || drop(black_box(engine.load_code(black_box(source.as_bytes()), "snippet.py")));
        let variants: Vec<String> = (0..first_hits).map(|number| variant(source, number)).collect();
        let mut untouched = variants.chunks(FIRST_HITS);
        let mut sides: [Side<'_>; 4] = [
            Box::new(|| Ok(per_call(load))),
            Box::new(|| {
                Ok(per_call(|| {
                    cache.forget();
                    load();
                }))
            }),
            Box::new(|| {
                let batch = untouched.next().unwrap_or_default();
                let since = Instant::now();
                for source in batch {
                    drop(black_box(packed_engine.load_code(black_box(source.as_bytes()), "snippet.py")));
                }
                Ok(since.elapsed() / u32::try_from(batch.len().max(1))?)
            }),
            Box::new(|| Ok(engine.enter(|vm| per_call(|| compile_by_the_engine(vm, black_box(source)))))),
        ];
        let timings = in_turns(runs, &mut sides)?;
        let name = format!("{name} ({} bytes)", source.len());
        section.row(&format!("{name}, later hit"), &timings[0], Some(timings[0].speedup_over(&timings[3])));
        section.row(&format!("{name}, first hit"), &timings[1], Some(timings[1].speedup_over(&timings[3])));
        let faster = timings[2].speedup_over(&timings[3]);
        section.row(&format!("{name}, first hit in a pack"), &timings[2], Some(faster));
        section.row(&format!("{name}, compiling"), &timings[3], None);
    }
    report.add(section);
    Ok(())
}

/// How many first hits are timed together.
const FIRST_HITS: usize = 200;

/// The same program under another key.
fn variant(source: &str, number: usize) -> String {
    format!("{source}\n# {number}\n")
}

/// A store that holds the first variants of these sources in packs.
fn packed_store(root: &Path, sources: &[(String, String)], variants: usize) -> anyhow::Result<Store> {
    let cache = CodeCache::new(Store::open(root, Mode::ReadWrite));
    for (_, source) in sources {
        for number in 0..variants {
            cache.load(variant(source, number).as_bytes(), Options::default(), Stack::MAIN_THREAD)?;
        }
    }
    let report = cache.store().gc(u64::MAX)?;
    let wanted = sources.len() * variants;
    ensure!(report.packed >= wanted as u64, "only {} of {wanted} objects were packed", report.packed);
    Ok(Store::open(root, Mode::ReadWrite))
}

fn compile_by_the_engine(vm: &VirtualMachine, source: &str) {
    drop(black_box(vm.compile(source, EngineMode::Exec, "snippet.py")));
}

/// Ordinary code: functions, a class, a loop, strings.
fn one_kilobyte() -> String {
    const START: &str = "import json\nimport re\n\n\nclass Counter:\n    def __init__(self, name):\n        self.name = name\n        self.total = 0\n\n    def add(self, amount=1):\n        self.total += amount\n        return self.total\n\n";
    let steps = (1..=5).map(|number| {
        format!("\ndef step_{number}(values, limit={number}):\n    found = [value for value in values if value > limit]\n    return {{'name': 'step {number}', 'found': len(found)}}\n")
    });
    std::iter::once(START.to_owned()).chain(steps).collect()
}
