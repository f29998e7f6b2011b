//! Opens a cache, compiles a snippet, runs it and reads the outcome; then runs
//! it again, and this time nothing is compiled.
//!
//! `cargo run --locked --ignore-rust-version -p pyc-rs-runtime --example outcome`

use std::error::Error;

use pyc_rs_runtime::{CodeCache, Engine, Failure, Origin, Snippet, StoreMode, cache::Store};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let cache = CodeCache::new(Store::open(folder.path(), StoreMode::ReadWrite));
    let engine = Engine::builder().cache(cache).boot()?;

    let snippet = Snippet::new("order.py", "import json\nprint('adding up')\njson.loads('[1, 2, 3]') + [4]");
    let first = engine.run(&snippet);
    assert_eq!(first.stdout, "adding up\n");
    assert_eq!(first.return_value.as_deref(), Some("[1, 2, 3, 4]"));
    assert_eq!(first.value, Some(serde_json::json!([1, 2, 3, 4])));
    assert_eq!(first.cache, Origin::Miss);

    let again = engine.run(&snippet);
    assert_eq!(again.stdout, first.stdout);
    assert_eq!(again.cache, Origin::Hit);

    let failed = engine.run(&Snippet::new("fail.py", "def half(x):\n    return x / 0\nhalf(1)"));
    let Some(Failure::RuntimeError { exception, frames, .. }) = failed.error else {
        return Err("the division went well".into());
    };
    assert_eq!(exception, "ZeroDivisionError");
    assert_eq!(frames.last().map(|frame| frame.line), Some(2));

    let typo = engine.run(&Snippet::new("typo.py", "x = (1 +"));
    assert!(matches!(typo.error, Some(Failure::SyntaxError { line: 1, .. })));

    println!("{}", serde_json::to_string_pretty(&first)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_example_works() {
        super::main().unwrap();
    }
}
