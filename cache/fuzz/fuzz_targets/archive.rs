//! Archives from arbitrary bytes. The golden file is a good seed:
//! `cargo fuzz run archive fuzz/corpus/archive tests/golden`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pyc_rs_cache::archive::Reader;
use pyc_rs_cache::artifact;

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    // No mutation finds a hash. With the right ones, the bytes behind them matter.
    check(&sealed(bytes));
});

fn check(bytes: &[u8]) {
    let Ok(mut reader) = Reader::new(bytes) else { return };
    let mut last = None;
    let mut rest = bytes.len();
    while let Ok(Some(block)) = reader.next_block() {
        for key in block.keys() {
            assert!(last.is_none_or(|last| last < key), "keys ascend");
            last = Some(key);
        }
        rest = rest.checked_sub(48 + 40 * block.keys().len()).expect("tables are made of bytes that are there");
        let Ok(raw) = block.decompress() else { continue };
        let mut len = 0;
        for (key, bytes) in block.objects(&raw) {
            len += bytes.len();
            if let Ok(view) = artifact::parse(bytes, Some(&key)) {
                let _ = view.meta();
            }
        }
        assert_eq!(len, raw.len(), "the objects are all of it");
    }
    assert!(matches!(reader.next_block(), Ok(None)), "there is no second try");
}

/// The same blocks with hashes that are right, as far as the lengths make sense.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut sealed = bytes.to_vec();
    let mut chain = blake3::Hasher::new();
    chain.update(bytes.get(..32).unwrap_or_default());
    let mut at = 32;
    while let Some(head) = bytes.get(at..at + 48) {
        let number = |range: std::ops::Range<usize>| {
            head[range].iter().rev().fold(0usize, |number, &byte| number << 8 | usize::from(byte))
        };
        let (objects, stored) = (number(0..4), number(4..8));
        let table = at + 48..(at + 48).saturating_add(40usize.saturating_mul(objects));
        let hash = if objects == 0 {
            *chain.update(&head[..16]).finalize().as_bytes()
        } else {
            let Some(rows) = bytes.get(table.clone()) else { break };
            *blake3::Hasher::new().update(&head[..16]).update(rows).finalize().as_bytes()
        };
        sealed[at + 16..at + 48].copy_from_slice(&hash);
        chain.update(&sealed[at..at + 48]);
        if objects == 0 {
            break;
        }
        at = table.end.saturating_add(stored);
    }
    sealed
}
