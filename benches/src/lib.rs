//! What the benchmarks of this package work on.

#![warn(missing_docs)]

use std::{
    fmt::Write as _,
    io,
    path::{Path, PathBuf},
};

use pyc_rs_cache::{ArtifactMeta, Key, KeyInputs};

/// The compiler that made-up artifacts name.
pub const ENGINE: &str = "bench";

/// A folder or file of the corpus.
#[must_use]
pub fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name)
}

/// The five snippets of the first published comparison of this kind, with their names.
///
/// # Errors
///
/// When one cannot be read; the error names it.
pub fn headline_snippets() -> io::Result<Vec<(String, String)>> {
    let read = |number: u32| {
        let name = format!("headline_{number}.py");
        let path = corpus("headline").join(&name);
        let text = std::fs::read_to_string(&path);
        Ok((name, text.map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?))
    };
    (1..=5).map(read).collect()
}

/// Ordinary code of about this many bytes: classes, methods, comprehensions, strings.
#[must_use]
pub fn ordinary_source(bytes: usize) -> String {
    /// A scope with many more makes the compiler slow, as no ordinary code does.
    const METHODS: usize = 20;
    let mut source = "import json\nimport re\n".to_owned();
    let mut number = 0;
    while source.len() < bytes {
        // Writing to a String cannot fail.
        if number % METHODS == 0 {
            let _ = write!(
                source,
                "\n\nclass Counter{number}:\n    def __init__(self, name):\n        self.name = name\n        self.total = 0\n"
            );
        }
        number += 1;
        let _ = write!(
            source,
            "\n    def step_{number}(self, values, limit={number}):\n        found = [value for value in values if value > limit]\n        self.total += len(found)\n        return {{'name': 'step {number}', 'found': self.total}}\n"
        );
    }
    source
}

/// The key of made-up artifact number `number`.
#[must_use]
pub fn numbered_key(number: u32) -> Key {
    KeyInputs { source: &number.to_le_bytes(), mode: 0, optimize: 0, flags: 0, engine: ENGINE }.key()
}

/// What a made-up artifact says about itself.
#[must_use]
pub fn made_up_meta() -> ArtifactMeta {
    ArtifactMeta {
        source_len: 1000,
        first_path: String::new(),
        engine: ENGINE.to_owned(),
        has_docstring: false,
        code_objects: 1,
        mode: 0,
        optimize: 0,
        warnings: Vec::new(),
    }
}

/// A made-up payload of this many bytes.
#[must_use]
pub fn made_up_payload(bytes: usize) -> Vec<u8> {
    (0_u8..251).cycle().take(bytes).collect()
}
