//! Artifacts from arbitrary bytes. The golden file is a good seed:
//! `cargo fuzz run artifact fuzz/corpus/artifact tests/golden`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pyc_rs_cache::Key;
use pyc_rs_cache::artifact::{encode, parse};

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    // No mutation finds a hash. With the right one, the bytes behind it matter.
    if let Some(sealed) = sealed(bytes) {
        check(&sealed);
    }
});

fn check(bytes: &[u8]) {
    let other = Key::from_bytes([0x5a; 32]);
    let expected = parse(bytes, Some(&other));
    let Ok(view) = parse(bytes, None) else {
        assert!(expected.is_err());
        return;
    };
    assert_eq!(expected.is_ok(), view.key == other);
    assert_eq!(parse(bytes, Some(&view.key)), Ok(view));
    if let Ok(meta) = view.meta() {
        assert!(encode(&view.key, &meta, view.payload).as_deref() == Ok(bytes));
    }
}

fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(bytes.get(..64)?).update(bytes.get(128..)?);
    let mut sealed = bytes.to_vec();
    sealed[64..96].copy_from_slice(hasher.finalize().as_bytes());
    Some(sealed)
}
