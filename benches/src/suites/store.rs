//! Stores of growing size, and what is done with them as a whole.

use std::{path::Path, time::Instant};

use anyhow::{Context as _, ensure};
use pyc_rs_cache::{ArtifactMeta, Key, KeyInputs, Mode, Store};

use crate::{
    measure::Samples,
    peers::Peers,
    program::{Launcher, Program, Usage},
    report::{Cell, Grid, Report, Unit},
};

/// With a million last: some minutes, and 10 GB of disk.
const SIZES: [u32; 3] = [10_000, 100_000, 1_000_000];

const PAYLOAD_LEN: usize = 2048;

/// In this order, each on what the one before left.
const COMMANDS: [(&str, &[&str]); 13] = [
    ("`cache info`, one file each", &["info"]),
    ("`cache verify --sample 1000`, one file each", &["verify", "--sample", "1000"]),
    ("`cache verify`, one file each", &["verify"]),
    ("`cache gc`, which packs them", &["gc"]),
    ("`cache info`, in packs", &["info"]),
    ("`cache verify --sample 1000`, in packs", &["verify", "--sample", "1000"]),
    ("`cache verify`, in packs", &["verify"]),
    ("`cache gc` with nothing to do", &["gc"]),
    ("`cache export`", &["export", "all.pycar"]),
    ("`cache import` of what is there", &["import", "all.pycar"]),
    ("`cache gc` of half of it", &["gc", "--max-size"]),
    ("`cache import` of half of it", &["import", "all.pycar"]),
    ("`cache clear`", &["clear"]),
];

pub(crate) fn run(peers: &Peers, large: bool, report: &mut Report) -> anyhow::Result<()> {
    let sizes = if large { &SIZES[..] } else { &SIZES[..2] };
    let columns: Vec<String> = sizes.iter().map(|size| format!("{size} objects")).collect();
    let note = "Objects of some 2 KB, whole processes, one run each on a warm disk; putting them is done in process, by one thread, each in a file of its own. The ratio is the time over that of the first column.";
    let mut times = Grid::new("store_time", "A large store", note, Unit::Seconds, columns.clone()).briefly();
    let note =
        "Largest resident size of the same processes. What they map of packs counts, although it is the page cache's.";
    let mut memory = Grid::new("store_memory", "A large store: peak memory", note, Unit::Bytes, columns).briefly();
    let measured: Vec<(f64, Vec<Usage>)> =
        sizes.iter().map(|size| of_size(peers, *size)).collect::<anyhow::Result<_>>()?;
    let cell = |value: f64| Cell::Measured(Samples::new(vec![value]));
    times.case("putting them", measured.iter().map(|(put, _)| cell(*put)).collect());
    for (number, (name, _)) in COMMANDS.iter().enumerate() {
        times.case(*name, measured.iter().map(|(_, usages)| cell(usages[number].wall_s)).collect());
        memory.case(*name, measured.iter().map(|(_, usages)| cell(usages[number].peak_bytes)).collect());
    }
    report.add(times);
    report.add(memory);
    Ok(())
}

/// How long it takes to fill a store, and what each command uses.
fn of_size(peers: &Peers, size: u32) -> anyhow::Result<(f64, Vec<Usage>)> {
    let launcher = Launcher::new()?;
    let cache = launcher.room().join("cache");
    let since = Instant::now();
    let store = fill(&cache, size)?;
    let put = since.elapsed().as_secs_f64();
    let mut usages = Vec::new();
    for (name, arguments) in COMMANDS {
        let mut program = Program::new(&peers.ours).arg("cache").variable("PYC_RS_CACHE_DIR", &cache);
        // Nothing is evicted but where that is what is measured.
        program = program.variable("PYC_RS_CONFIG", "off").variable("PYC_RS_CACHE_SIZE", "1TiB");
        for argument in arguments {
            program = program.arg(*argument);
        }
        if arguments.last() == Some(&"--max-size") {
            program = program.arg((store.info()?.bytes / 2).to_string());
        }
        let finished = launcher.run(&program).with_context(|| format!("{name}, {size} objects"))?;
        usages.push(finished.usage);
    }
    ensure!(store.info()?.objects == 0, "something is left of {size} objects");
    Ok((put, usages))
}

fn fill(root: &Path, size: u32) -> anyhow::Result<Store> {
    let engine = pyc_rs_compiler::engine::FINGERPRINT;
    let store = Store::open(root, Mode::ReadWrite);
    let meta = ArtifactMeta {
        source_len: 1000,
        first_path: String::new(),
        engine: engine.to_owned(),
        has_docstring: false,
        code_objects: 1,
        mode: 0,
        optimize: 0,
        warnings: Vec::new(),
    };
    // Half of it can be compressed, about as of code.
    let mut payload = vec![7; PAYLOAD_LEN];
    for number in 0..size {
        let key = KeyInputs { source: &number.to_le_bytes(), mode: 0, optimize: 0, flags: 0, engine }.key();
        scramble(&mut payload[..PAYLOAD_LEN / 2], &key);
        store.put(&key, &meta, &payload)?;
    }
    Ok(store)
}

/// Bytes that no other object has.
fn scramble(bytes: &mut [u8], key: &Key) {
    let seed: [u8; 8] = std::array::from_fn(|n| key.as_bytes()[n]);
    let mut state = u64::from_le_bytes(seed);
    for part in bytes.chunks_mut(8) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        part.copy_from_slice(&(mixed ^ (mixed >> 27)).to_le_bytes()[..part.len()]);
    }
}
