//! Code that this process has used: mapped and verified once, then at hand.
//!
//! A program that runs the same snippets again and again is spared opening,
//! mapping and verifying their objects each time, which on small ones costs more
//! than decoding them does. Code in packs is not kept here: a pack stays mapped, and
//! remembers what was verified.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasherDefault, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use pyc_rs_cache::Key;

use crate::code_cache::{Code, Origin};

/// Objects kept at hand, at the most. Each may be a mapping of its own, of which
/// an operating system allows a process some ten thousands.
const MOST_OBJECTS: usize = 2048;

/// Bytes of code kept at hand, at the most.
const MOST_BYTES: usize = 64 << 20;

/// The code used last, first in, first out.
#[derive(Default)]
pub(crate) struct Resident {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    codes: HashMap<Key, Arc<Code>, BuildHasherDefault<KeyHasher>>,
    order: VecDeque<Key>,
    bytes: usize,
}

/// A key is a hash already: its last bytes are as good as any hash of it.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last_chunk() {
            self.0 = u64::from_ne_bytes(*last);
        }
    }

    fn write_usize(&mut self, _length: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Resident {
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Code>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).codes.get(key).cloned()
    }

    pub(crate) fn clear(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    /// Keeps code, which from now on is a hit, and lets go of the oldest.
    pub(crate) fn keep(&self, key: Key, code: &Arc<Code>) {
        let size = code.payload().len();
        if size > MOST_BYTES / 8 {
            return;
        }
        let code = if code.origin == Origin::Hit { Arc::clone(code) } else { Arc::new(code.as_hit()) };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.codes.insert(key, code).is_none() {
            state.order.push_back(key);
            state.bytes += size;
        }
        while state.order.len() > MOST_OBJECTS || state.bytes > MOST_BYTES {
            let Some(oldest) = state.order.pop_front() else { break };
            if let Some(code) = state.codes.remove(&oldest) {
                state.bytes -= code.payload().len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pyc_rs_cache::{Mode, Store};
    use pyc_rs_compiler::{Options, Stack};

    use super::*;
    use crate::CodeCache;

    #[test]
    fn what_was_compiled_is_a_hit_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let cache = CodeCache::new(Store::open(folder.path(), Mode::ReadWrite));
        let load = || cache.load(b"x = 1", Options::default(), Stack::MAIN_THREAD).unwrap();
        let first = load();
        let second = load();
        assert_eq!((first.origin, second.origin), (Origin::Miss, Origin::Hit));
        assert_eq!(first.payload(), second.payload());
        // The object itself is not needed any more.
        std::fs::remove_dir_all(folder.path().join("v1/objects")).unwrap();
        assert_eq!(load().origin, Origin::Hit);
    }

    #[test]
    fn the_oldest_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = CodeCache::new(Store::open(folder.path(), Mode::ReadWrite));
        let resident = Resident::default();
        let code = cache.load(b"x = 1", Options::default(), Stack::MAIN_THREAD).unwrap();
        let key = |number: usize| CodeCache::key(&number.to_le_bytes(), Options::default());
        for number in 0..=MOST_OBJECTS {
            resident.keep(key(number), &code);
        }
        assert!(resident.get(&key(0)).is_none());
        assert!(resident.get(&key(1)).is_some() && resident.get(&key(MOST_OBJECTS)).is_some());
    }
}
