//! A cache hit (key, look-up, mapping, verification) against compiling, and what
//! decoding adds to either.

use std::hint::black_box;

use pyc_rs_cache::Mode;
use pyc_rs_compiler::{Options, Stack, compile};
use pyc_rs_runtime::{CodeCache, Engine, cache::Store};

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
        "In process. A hit is everything up to a code object that can run: key, look-up, mapping, verification, decoding with the file's name put in. Compiling is parsing and code generation up to the encoded code object, without decoding it. The ratio is compiling over hit.",
    );
    for (name, source) in &sources {
        let source = source.as_bytes();
        cache.load(source, Options::default(), Stack::MAIN_THREAD)?;
        let mut sides: [Side<'_>; 2] = [
            Box::new(|| Ok(per_call(|| drop(black_box(engine.load_code(black_box(source), "snippet.py")))))),
            Box::new(|| {
                Ok(per_call(|| drop(black_box(compile(black_box(source), Options::default(), Stack::MAIN_THREAD)))))
            }),
        ];
        let timings = in_turns(runs, &mut sides)?;
        section.row(&format!("{name} ({} bytes), hit", source.len()), &timings[0], Some(timings[0].speedup_over(&timings[1])));
        section.row(&format!("{name}, compile"), &timings[1], None);
    }
    report.add(section);
    Ok(())
}

/// Ordinary code: functions, a class, a loop, strings.
fn one_kilobyte() -> String {
    let mut text = String::from("import json\nimport re\n\n\nclass Counter:\n    def __init__(self, name):\n        self.name = name\n        self.total = 0\n\n    def add(self, amount=1):\n        self.total += amount\n        return self.total\n\n");
    let mut number = 0;
    while text.len() < 1000 {
        number += 1;
        text.push_str(&format!("\ndef step_{number}(values, limit={number}):\n    found = [value for value in values if value > limit]\n    return {{'name': 'step {number}', 'found': len(found)}}\n"));
    }
    text
}
