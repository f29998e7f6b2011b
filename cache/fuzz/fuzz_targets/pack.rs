//! Packs from arbitrary bytes. The golden file is a good seed:
//! `cargo fuzz run pack fuzz/corpus/pack tests/golden`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pyc_rs_cache::pack::{Pack, encode};
use pyc_rs_cache::{Key, artifact};

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    // No mutation finds a hash. With the right ones, the bytes behind them matter.
    if let Some(sealed) = sealed(bytes) {
        check(&sealed);
    }
});

fn check(bytes: &[u8]) {
    let Ok(pack) = Pack::open(bytes) else { return };
    let _ = pack.find(&Key::from_bytes([0x5a; 32]));
    let is_whole = pack.check().is_ok();
    for (index, key) in pack.keys().enumerate() {
        let found = pack.find(&key);
        assert!(!is_whole || found == Ok(Some(index)), "a checked pack is sorted");
        if pack.verify(index).is_ok() {
            assert!(artifact::parse(pack.bytes_of(index), Some(&key)).is_ok());
        }
    }
    let is_good = is_whole && (0..pack.len()).all(|index| pack.verify(index).is_ok());
    if is_good {
        let all = pack.keys().enumerate().map(|(index, key)| (key, pack.bytes_of(index).to_vec())).collect();
        assert!(encode(all).as_deref() == Some(bytes), "a checked pack has one encoding");
    }
}

fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut sealed = bytes.to_vec();
    let entries = usize::try_from(u32::from_le_bytes(bytes.get(20..24)?.try_into().ok()?)).ok()?;
    let rows = 64 * entries.div_ceil(64) + 64;
    for block in 0..entries.div_ceil(64) {
        let end = entries.min(64 * (block + 1));
        let hash = blake3::hash(bytes.get(rows + 48 * 64 * block..rows + 48 * end)?);
        let fence = 64 + 64 * block;
        sealed.get_mut(fence + 32..fence + 64)?.copy_from_slice(hash.as_bytes());
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(bytes.get(..32)?).update(sealed.get(64..rows)?);
    let hash = hasher.finalize();
    sealed.get_mut(32..64)?.copy_from_slice(hash.as_bytes());
    Some(sealed)
}
