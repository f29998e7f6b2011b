//! The interned strings of one payload.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use rustpython_compiler_core::bytecode::ConstantBag;
use rustpython_vm::builtins::PyStrInterned;

use super::PathBag;

/// Most names occur again and again in a module, and finding one among all of the engine's takes a
/// lock and a keyed hash.
pub(super) struct Names<'a, 'vm> {
    bag: PathBag<'vm>,
    known: HashMap<&'a str, &'static PyStrInterned, BuildHasherDefault<Quick>>,
}

impl<'a, 'vm> Names<'a, 'vm> {
    /// For a payload of so many bytes.
    pub(super) fn new(bag: PathBag<'vm>, payload: usize) -> Self {
        // An estimate: a table that is too large costs less than one that grows.
        Self { bag, known: HashMap::with_capacity_and_hasher(payload / 64, BuildHasherDefault::default()) }
    }

    pub(super) fn interned(&mut self, name: &'a str) -> &'static PyStrInterned {
        self.known.entry(name).or_insert_with(|| self.bag.make_name(name))
    }
}

/// A hash for names that nobody can choose against us: at worst a payload is slow for who made it.
///
/// Multiplication with 2^64 over the golden ratio (Knuth, The Art of Computer Programming, 6.4).
#[derive(Default)]
struct Quick(u64);

impl Quick {
    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        // The upper bits are the well mixed ones, and the table looks at the lowest as well.
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.mix(u64::from_le_bytes(last) ^ (bytes.len() as u64) << 56);
    }

    fn write_u8(&mut self, _: u8) {
        // The end of a string; its length is in.
    }
}
