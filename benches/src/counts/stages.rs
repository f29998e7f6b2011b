//! The work that is counted.

use std::{hint::black_box, path::Path};

use anyhow::{Context as _, ensure};
use pyc_rs_benches::{headline_snippets, made_up_meta, made_up_payload, numbered_key, ordinary_source};
use pyc_rs_cache::{Mode, Store, artifact};
use pyc_rs_compiler::{Options, Stack, compile};
use pyc_rs_runtime::{CodeCache, Engine, Snippet};

use crate::callgrind::counted_work;

/// One stage of a program's way through pyc-rs.
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    run: fn(&Room) -> anyhow::Result<()>,
}

pub(crate) const STAGES: [Stage; 14] = [
    Stage { name: "key", run: key },
    Stage { name: "compile", run: compile_ordinary },
    Stage { name: "encode", run: encode },
    Stage { name: "put", run: put },
    Stage { name: "get", run: get },
    Stage { name: "verify", run: verify },
    Stage { name: "first-hit", run: first_hit },
    Stage { name: "later-hit", run: later_hit },
    Stage { name: "boot", run: boot },
    Stage { name: "run-sum", run: |room| run_headline(room, 1) },
    Stage { name: "run-words", run: |room| run_headline(room, 2) },
    Stage { name: "run-matrix", run: |room| run_headline(room, 3) },
    Stage { name: "run-letters", run: |room| run_headline(room, 4) },
    Stage { name: "run-json", run: |room| run_headline(room, 5) },
];

/// Runs the stage of this name.
pub(crate) fn run(name: &str) -> anyhow::Result<()> {
    let stage = STAGES.iter().find(|stage| stage.name == name).with_context(|| format!("no stage is called {name}"))?;
    let folder = tempfile::tempdir()?;
    (stage.run)(&Room { store: Store::open(folder.path(), Mode::ReadWrite), source: ordinary_source(2000) })
}

/// What the stages work with.
struct Room {
    store: Store,
    source: String,
}

/// Counts the second and later of some calls: the first fills caches.
fn counted(calls: usize, mut work: impl FnMut()) {
    work();
    counted_work(&mut || (0..calls).for_each(|_| work()));
}

fn key(room: &Room) -> anyhow::Result<()> {
    let again = CodeCache::key(room.source.as_bytes(), Options::default());
    ensure!(again == CodeCache::key(room.source.as_bytes(), Options::default()), "a key is no key");
    counted(100, || {
        black_box(CodeCache::key(black_box(room.source.as_bytes()), Options::default()));
    });
    Ok(())
}

fn compile_ordinary(room: &Room) -> anyhow::Result<()> {
    compile(room.source.as_bytes(), Options::default(), Stack::MAIN_THREAD)?;
    counted(5, || drop(black_box(compile(room.source.as_bytes(), Options::default(), Stack::MAIN_THREAD))));
    Ok(())
}

fn encode(_: &Room) -> anyhow::Result<()> {
    let (key, meta, payload) = (numbered_key(0), made_up_meta(), made_up_payload(4096));
    artifact::encode(&key, &meta, &payload)?;
    counted(100, || drop(black_box(artifact::encode(&key, &meta, black_box(&payload)))));
    Ok(())
}

fn put(room: &Room) -> anyhow::Result<()> {
    let (meta, payload) = (made_up_meta(), made_up_payload(4096));
    let mut number = 0;
    let mut failed = None;
    counted(100, || {
        number += 1;
        failed = room.store.put(&numbered_key(number), &meta, &payload).err().or(failed.take());
    });
    failed.map_or(Ok(()), |error| Err(error.into()))
}

fn get(room: &Room) -> anyhow::Result<()> {
    let key = numbered_key(0);
    room.store.put(&key, &made_up_meta(), &made_up_payload(4096))?;
    ensure!(room.store.get(&key).hit().is_some(), "what was put is not there");
    counted(100, || drop(black_box(room.store.get(black_box(&key)))));
    Ok(())
}

fn verify(_: &Room) -> anyhow::Result<()> {
    let key = numbered_key(0);
    let bytes = artifact::encode(&key, &made_up_meta(), &made_up_payload(4096))?;
    artifact::parse(&bytes, Some(&key))?;
    counted(100, || drop(black_box(artifact::parse(black_box(&bytes), Some(&key)))));
    Ok(())
}

fn engine(room: &Room) -> anyhow::Result<(CodeCache, Engine)> {
    let root = room.store.root().map(Path::to_owned).context("the store is off")?;
    let cache = CodeCache::new(Store::open(root, Mode::ReadWrite));
    let engine = Engine::builder().cache(cache.clone()).boot()?;
    Ok((cache, engine))
}

fn first_hit(room: &Room) -> anyhow::Result<()> {
    let (cache, engine) = engine(room)?;
    counted(20, || {
        cache.forget();
        drop(black_box(engine.load_code(room.source.as_bytes(), "counted.py")));
    });
    Ok(())
}

fn later_hit(room: &Room) -> anyhow::Result<()> {
    let (_, engine) = engine(room)?;
    counted(20, || drop(black_box(engine.load_code(room.source.as_bytes(), "counted.py"))));
    Ok(())
}

fn boot(_: &Room) -> anyhow::Result<()> {
    let mut booted = None;
    // The first start of a process is the one that people wait for.
    counted_work(&mut || booted = Some(Engine::builder().boot()));
    booted.context("nothing ran")??;
    Ok(())
}

fn run_headline(room: &Room, number: usize) -> anyhow::Result<()> {
    let (name, source) = headline_snippets()?.swap_remove(number - 1);
    let snippet = Snippet::new(name, source);
    let (_, engine) = engine(room)?;
    let outcome = engine.run(&snippet);
    ensure!(outcome.error.is_none(), "{:?}", outcome.error);
    counted(20, || drop(black_box(engine.run(&snippet))));
    Ok(())
}
