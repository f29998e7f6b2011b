//! Looking up one object in stores of different sizes.

use std::hint::black_box;

use anyhow::ensure;
use pyc_rs_cache::{ArtifactMeta, Key, KeyInputs, Mode, Store};

use crate::{
    measure::{Side, in_turns, per_call},
    report::{Report, Section},
};

/// With a million last, which takes minutes to fill.
const SIZES: [u32; 4] = [100, 10_000, 100_000, 1_000_000];

pub(crate) fn run(runs: usize, large: bool, report: &mut Report) -> anyhow::Result<()> {
    let sizes = if large { &SIZES[..] } else { &SIZES[..3] };
    let rooms: Vec<_> = sizes.iter().map(|_| tempfile::tempdir()).collect();
    let mut stores = Vec::new();
    for (room, &size) in rooms.iter().zip(sizes) {
        let room = room.as_ref().map_err(|error| anyhow::anyhow!("no scratch folder: {error}"))?;
        stores.push(filled_store(room.path(), size)?);
    }
    measure(runs, &stores, report, "Looking up one object", "in a file of its own")?;
    for (store, _) in &mut stores {
        store.gc(u64::MAX)?;
        ensure!(store.info()?.packs > 0, "nothing was packed");
    }
    measure(runs, &stores, report, "Looking up one object in packs", "in a pack of up to 64 MiB")
}

fn measure(
    runs: usize,
    stores: &[(Store, Vec<Key>)],
    report: &mut Report,
    title: &str,
    place: &str,
) -> anyhow::Result<()> {
    let mut section = Section::new(
        title,
        &format!(
            "One `Store::get` of a 2 KB object {place}, in process, the objects taken in turn from 64 of the store. The ratio is the smallest store's time over this one's."
        ),
    );
    let mut sides: Vec<Side<'_>> = stores
        .iter()
        .map(|(store, keys)| {
            let mut next = keys.iter().cycle();
            Box::new(move || {
                Ok(per_call(|| {
                    if let Some(key) = next.next() {
                        drop(black_box(store.get(black_box(key))));
                    }
                }))
            }) as Side<'_>
        })
        .collect();
    let timings = in_turns(runs, &mut sides)?;
    for (size, timing) in SIZES.iter().zip(&timings) {
        section.row(&format!("{size} objects"), timing, Some(timing.speedup_over(&timings[0])));
    }
    report.add(section);
    Ok(())
}

fn filled_store(root: &std::path::Path, size: u32) -> anyhow::Result<(Store, Vec<Key>)> {
    let store = Store::open(root, Mode::ReadWrite);
    let payload = vec![7; 2048];
    let meta = ArtifactMeta {
        source_len: 1000,
        first_path: String::new(),
        engine: "bench".to_owned(),
        has_docstring: false,
        code_objects: 1,
        mode: 0,
        optimize: 0,
        warnings: Vec::new(),
    };
    let mut kept = Vec::new();
    for number in 0..size {
        let key = KeyInputs { source: &number.to_le_bytes(), mode: 0, optimize: 0, flags: 0, engine: "bench" }.key();
        store.put(&key, &meta, &payload)?;
        if number % (size / 64).max(1) == 0 && kept.len() < 64 {
            kept.push(key);
        }
    }
    Ok((store, kept))
}
