//! One bundle against as many loose objects.

use std::hint::black_box;

use pyc_rs_benches::{ENGINE, made_up_meta, made_up_payload, numbered_key};
use pyc_rs_cache::{Bundle, BundleWriter, EntryKind, Mapping, Mode, Store};

use crate::{
    measure::{Side, in_turns, per_call},
    report::{Cell, Grid, Report, Unit},
};

const MODULES: u32 = 1000;
const PAYLOAD: usize = 8192;

pub(crate) fn run(runs: usize, report: &mut Report) -> anyhow::Result<()> {
    let room = tempfile::tempdir()?;
    let store = Store::open(room.path().join("store"), Mode::ReadWrite);
    let payload = made_up_payload(PAYLOAD);
    let mut writer = BundleWriter::new(ENGINE);
    let mut modules = Vec::new();
    for number in 0..MODULES {
        let key = numbered_key(number);
        store.put(&key, &made_up_meta(), &payload)?;
        let name = format!("package.module_{number}");
        writer.add_code(&name, false, key, payload.clone(), false);
        modules.push((name, key));
    }
    let file = room.path().join("modules.pycb");
    std::fs::write(&file, writer.finish()?)?;

    let all_of_the_bundle = || {
        let Ok(mapping) = Mapping::open(&file) else { return };
        let Ok(bundle) = Bundle::open(mapping) else { return };
        for (name, _) in &modules {
            drop(black_box(bundle.find(name, EntryKind::Code).map(|entry| entry.bytes())));
        }
    };
    let all_of_the_store = || modules.iter().for_each(|(_, key)| drop(black_box(store.get(key))));
    let mapping = Mapping::open(&file)?;
    let opened = Bundle::open(mapping)?;
    let (name, key) = &modules[modules.len() / 2];

    let mut grid = Grid::new(
        "bundle",
        "A bundle against loose objects",
        &format!(
            "{MODULES} modules of {PAYLOAD} bytes, each found and verified. All of them, opening the bundle included, as a large program does at its start; and one of them in a bundle that is open."
        ),
        Unit::Seconds,
        vec!["bundle".to_owned(), "loose".to_owned()],
    );
    let mut sides: [Side<'_>; 2] =
        [Box::new(|| Ok(per_call(all_of_the_bundle))), Box::new(|| Ok(per_call(all_of_the_store)))];
    grid.case("all modules", in_turns(runs, &mut sides)?.into_iter().map(Cell::Measured).collect());
    let mut sides: [Side<'_>; 2] = [
        Box::new(|| Ok(per_call(|| drop(black_box(opened.find(name, EntryKind::Code).map(|entry| entry.bytes())))))),
        Box::new(|| Ok(per_call(|| drop(black_box(store.get(key)))))),
    ];
    grid.case("one module", in_turns(runs, &mut sides)?.into_iter().map(Cell::Measured).collect());
    report.add(grid);
    Ok(())
}
