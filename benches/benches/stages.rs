//! Each stage on the way from a file to its result, alone.
//!
//! ```console
//! $ cargo bench --locked --ignore-rust-version -p pyc-rs-benches --bench stages
//! ```

#![expect(missing_docs, reason = "the functions that criterion's macros make have none")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use pyc_rs_benches::{corpus, headline_snippets, made_up_meta, made_up_payload, numbered_key, ordinary_source};
use pyc_rs_cache::{Mode, Store, artifact};
use pyc_rs_compiler::{Options, Stack, compile};
use pyc_rs_runtime::{CodeCache, Engine, Snippet};
use ruff_source_file::SourceFileBuilder;
use rustpython_compiler::{CompileOpts, codegen::compile::compile_top, parser};
use rustpython_compiler_core::{Mode as EngineMode, bytecode::BasicBag, marshal};

// As the `pyc-rs` binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SOURCE_BYTES: usize = 4096;

fn source_to_payload(criterion: &mut Criterion) {
    let source = ordinary_source(SOURCE_BYTES);
    let path = corpus("start/tool.py");
    criterion.bench_function("read", |bencher| bencher.iter(|| std::fs::read(black_box(&path))));
    criterion.bench_function("key", |bencher| {
        bencher.iter(|| CodeCache::key(black_box(source.as_bytes()), Options::default()));
    });
    let parse = |text: &str| parser::parse(text, parser::ParseOptions::from(parser::Mode::Module)).unwrap();
    criterion.bench_function("parse", |bencher| bencher.iter(|| parse(black_box(&source))));
    let tree = parse(&source).into_syntax();
    let file = SourceFileBuilder::new("stage.py", source.as_str()).finish();
    let generate =
        |tree| compile_top(tree, file.clone(), EngineMode::Exec, CompileOpts::default()).map_err(drop).unwrap();
    criterion.bench_function("codegen", |bencher| {
        bencher.iter_batched(|| tree.clone(), generate, BatchSize::SmallInput);
    });
    let code = generate(tree.clone());
    criterion.bench_function("encode", |bencher| {
        bencher.iter(|| {
            let mut payload = Vec::new();
            marshal::serialize_code(&mut payload, black_box(&code));
            payload
        });
    });
    criterion.bench_function("compile (parse, codegen, encode)", |bencher| {
        bencher.iter(|| compile(black_box(source.as_bytes()), Options::default(), Stack::MAIN_THREAD));
    });
}

fn store(criterion: &mut Criterion) {
    let room = tempfile::tempdir().unwrap();
    let store = Store::open(room.path(), Mode::ReadWrite);
    let (meta, payload) = (made_up_meta(), made_up_payload(SOURCE_BYTES));
    let mut number = 1;
    criterion.bench_function("put", |bencher| {
        bencher.iter(|| {
            number += 1;
            store.put(&numbered_key(number), &meta, &payload)
        });
    });
    let key = numbered_key(0);
    store.put(&key, &meta, &payload).unwrap();
    criterion.bench_function("get (open, map, verify)", |bencher| bencher.iter(|| store.get(black_box(&key))));
    let bytes = artifact::encode(&key, &meta, &payload).unwrap();
    criterion.bench_function("verify", |bencher| {
        bencher.iter(|| artifact::parse(black_box(&bytes), Some(&key)).map(|view| view.payload.len()));
    });
}

fn payload_to_result(criterion: &mut Criterion) {
    let room = tempfile::tempdir().unwrap();
    let cache = CodeCache::new(Store::open(room.path(), Mode::ReadWrite));
    let engine = Engine::builder().cache(cache.clone()).boot().unwrap();
    let source = ordinary_source(SOURCE_BYTES);
    let compiled = compile(source.as_bytes(), Options::default(), Stack::MAIN_THREAD).unwrap();
    criterion.bench_function("decode, by the engine alone", |bencher| {
        bencher.iter(|| marshal::deserialize_code(&mut black_box(compiled.payload.as_slice()), BasicBag).map_err(drop));
    });
    criterion.bench_function("decode and re-home (a later hit)", |bencher| {
        bencher.iter(|| engine.load_code(black_box(source.as_bytes()), "stage.py"));
    });
    criterion.bench_function("get, decode and re-home (a first hit)", |bencher| {
        bencher.iter(|| {
            cache.forget();
            engine.load_code(black_box(source.as_bytes()), "stage.py")
        });
    });
    let code = engine.load_code(source.as_bytes(), "stage.py").map_err(drop).unwrap();
    let path = engine.enter(|vm| vm.ctx.intern_str("elsewhere.py"));
    criterion.bench_function("re-home, one code object", |bencher| {
        bencher.iter(|| black_box(&code).set_source_path(black_box(path)));
    });
    for (name, text) in headline_snippets().unwrap() {
        let snippet = Snippet::new(name.clone(), text);
        criterion.bench_function(&format!("execute {name}"), |bencher| bencher.iter(|| engine.run(&snippet)));
    }
}

criterion_group!(stages, source_to_payload, store, payload_to_result);
criterion_main!(stages);
