//! Keys: the names of cached results.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use thiserror::Error;

/// Version of every file format of this crate. Part of each key and of each file header.
pub const FORMAT_VERSION: u32 = 1;

/// Separates these hashes from every other use of blake3, including our own.
const KEY_CONTEXT: &str = "pyc-rs 2026-11 code object key v1";

/// The 256-bit name of a cached result. Shown and stored as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u8; 32]);

impl Key {
    /// The key with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes of the key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// Bytes shown as lower-case hex digits.
pub(crate) struct Hex<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The text is not a key: not exactly 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a key is 64 lower-case hex digits")]
pub struct KeyParseError;

impl FromStr for Key {
    type Err = KeyParseError;

    /// Upper-case digits are refused, so that a key has exactly one spelling.
    fn from_str(text: &str) -> Result<Self, KeyParseError> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut key = [0; 32];
        if pairs.len() != key.len() || !rest.is_empty() {
            return Err(KeyParseError);
        }
        for (byte, [high, low]) in key.iter_mut().zip(pairs) {
            *byte = hex_digit(*high)? << 4 | hex_digit(*low)?;
        }
        Ok(Self(key))
    }
}

fn hex_digit(digit: u8) -> Result<u8, KeyParseError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(KeyParseError),
    }
}

/// Everything that can change a compiled result. The name of the source file is not among it:
/// one source at two paths is one result.
#[derive(Clone, Copy, Debug)]
pub struct KeyInputs<'a> {
    /// The raw bytes of the source, before decoding.
    pub source: &'a [u8],
    /// What is parsed: a module, an expression, a single statement. Numbered by the caller.
    pub mode: u8,
    /// The optimisation level.
    pub optimize: u8,
    /// Compiler flags.
    pub flags: u32,
    /// Fingerprint of the compiler: its versions and whatever else sets it apart.
    pub engine: &'a str,
}

impl KeyInputs<'_> {
    /// The key of these inputs and of [`FORMAT_VERSION`].
    #[must_use]
    pub fn key(&self) -> Key {
        // No `..` here: a new field does not compile until it is hashed.
        let Self { source, mode, optimize, flags, engine } = *self;
        // What is the same for every source of a process is hashed once: for a short source
        // that is most of the work.
        static COMMON: OnceLock<(Box<str>, FieldHasher)> = OnceLock::new();
        let (common_engine, common) = COMMON.get_or_init(|| (engine.into(), common_fields(engine)));
        let mut hasher = if **common_engine == *engine { common.clone() } else { common_fields(engine) };
        hasher.field(&[mode]).field(&[optimize]).field(&flags.to_le_bytes()).field(source);
        Key(hasher.finish())
    }
}

fn common_fields(engine: &str) -> FieldHasher {
    let mut hasher = FieldHasher::new(KEY_CONTEXT);
    hasher.field(&FORMAT_VERSION.to_le_bytes()).field(engine.as_bytes());
    hasher
}

/// Hashes a list of fields, each after its length, so that no two lists look the same.
#[derive(Clone)]
pub(crate) struct FieldHasher(blake3::Hasher);

impl FieldHasher {
    pub(crate) fn new(context: &str) -> Self {
        Self(blake3::Hasher::new_derive_key(context))
    }

    pub(crate) fn field(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    pub(crate) fn finish(&self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: KeyInputs<'_> = KeyInputs { source: b"x = 1\n", mode: 0, optimize: 0, flags: 0, engine: "engine 1" };

    #[test]
    fn every_input_changes_the_key() {
        let variants = [
            BASE,
            KeyInputs { source: b"x = 2\n", ..BASE },
            KeyInputs { mode: 1, ..BASE },
            KeyInputs { optimize: 1, ..BASE },
            KeyInputs { flags: 1, ..BASE },
            KeyInputs { engine: "engine 2", ..BASE },
        ];
        let keys: std::collections::HashSet<Key> = variants.iter().map(KeyInputs::key).collect();
        assert_eq!(keys.len(), variants.len());
    }

    #[test]
    fn moving_a_byte_between_fields_changes_the_key() {
        let one = KeyInputs { source: b"bc", engine: "a", ..BASE };
        let two = KeyInputs { source: b"c", engine: "ab", ..BASE };
        assert_ne!(one.key(), two.key());
    }

    #[test]
    fn the_key_of_known_inputs_never_changes() {
        assert_eq!(BASE.key().to_string(), "a3259036bd7e0a36e534042b6590574b1876d3700954ba6a35cecedaaeefa5c9");
    }

    #[test]
    fn the_key_is_made_as_docs_format_md_says() {
        let mut input = Vec::new();
        for field in [&[1, 0, 0, 0], &b"engine 1"[..], &[0], &[0], &[0, 0, 0, 0], b"x = 1\n"] {
            input.extend((field.len() as u64).to_le_bytes());
            input.extend(field);
        }
        assert_eq!(BASE.key().as_bytes(), &blake3::derive_key(KEY_CONTEXT, &input));
    }

    #[test]
    fn display_and_parse_are_inverse() {
        let key = BASE.key();
        assert_eq!(key.to_string().parse(), Ok(key));
    }

    #[test]
    fn text_that_is_not_64_lower_hex_digits_is_refused() {
        let upper = "AB".repeat(32);
        let long = "ab".repeat(33);
        let odd = "a".repeat(63);
        let foreign = "gg".repeat(32);
        for text in ["", "ab", &upper, &long, &odd, &foreign] {
            assert_eq!(text.parse::<Key>(), Err(KeyParseError), "{text}");
        }
    }
}
