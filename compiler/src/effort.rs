//! Whether a source is one that a service can compile by the way.
//!
//! Some small sources take long to compile: the body of a `finally` is compiled twice for each that
//! it is in, and names in nested functions are looked for on all levels. A source that is too
//! large or too deep for this may be fine all the same; it should be compiled where time and memory
//! are limited.

use crate::{nesting, source};

/// Larger sources can hold enough of what takes longer than in proportion, in bytes.
const MOST_BYTES: usize = 32 << 10;

/// Nobody nests as deep.
const MOST_LEVELS: usize = 200;

/// Each can double the work.
const MOST_FINALLY: usize = 8;

/// Whether compiling this source is sure to take no more than some tens of milliseconds and
/// megabytes.
#[must_use]
pub fn is_light(source: &[u8]) -> bool {
    const FINALLY: &[u8] = b"finally";
    if source.len() > MOST_BYTES || source.windows(FINALLY.len()).filter(|word| *word == FINALLY).count() > MOST_FINALLY
    {
        return false;
    }
    // What is no text is refused at once.
    source::decode(source).map_or(true, |source| nesting::depth_bound(&source.text) <= MOST_LEVELS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_light() {
        let program =
            "import json\n\ndef f(x):\n    try:\n        return json.loads(x)\n    finally:\n        print(x)\n";
        assert!(is_light(program.repeat(8).as_bytes()));
        assert!(is_light(b""));
    }

    #[test]
    fn what_takes_long_is_not() {
        assert!(!is_light("x = 1\n".repeat(6_000).as_bytes()));
        assert!(!is_light("try: pass\nfinally: pass\n".repeat(9).as_bytes()));
        assert!(!is_light(format!("f = {}0", "lambda: ".repeat(300)).as_bytes()));
        assert!(!is_light(format!("if 0: pass\n{}", "elif 0: pass\n".repeat(300)).as_bytes()));
    }
}
