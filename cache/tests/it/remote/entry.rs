use proptest::prelude::*;
use pyc_rs_cache::Key;
use pyc_rs_cache::artifact::encode;
use pyc_rs_cache::remote::{Refusal, Secret, open, seal};

use super::secret;
use crate::golden::reproduced;
use crate::support::{flip, key, meta};

const HEADER_LEN: usize = 64;

fn artifact(key: &Key, payload: &[u8]) -> Vec<u8> {
    encode(key, &meta(), payload).unwrap()
}

#[test]
fn an_entry_is_laid_out_as_documented() {
    let bytes = artifact(&key(1), b"payload");
    let plain = seal(&key(1), &bytes, None).unwrap();
    assert_eq!(plain[..12], *b"\x89PYCRR\r\n\x01\0\0\0");
    assert_eq!(plain[12..16], [2, 0, 0, 0], "zstd, no tag");
    assert_eq!(plain[16..24], (bytes.len() as u64).to_le_bytes());
    assert_eq!(plain[24..64], [0; 40]);
    assert_eq!(zstd::bulk::decompress(&plain[64..], 1 << 20).unwrap(), bytes);
    let tagged = seal(&key(1), &bytes, secret("a").as_ref()).unwrap();
    let tag_key = blake3::derive_key("pyc-rs 2026-11-25 tag of a remote cache entry", "a".repeat(16).as_bytes());
    let mut hasher = blake3::Hasher::new_keyed(&tag_key);
    hasher.update(&tagged[..32]).update(key(1).as_bytes()).update(&tagged[64..]);
    assert_eq!(tagged[32..64], *hasher.finalize().as_bytes());
}

#[test]
fn the_entry_is_as_it_was() {
    let bytes = artifact(&key(1), &[7; 500]);
    for (name, secret) in [("remote-v1.bin", None), ("remote-tagged-v1.bin", secret("a"))] {
        let written = seal(&key(1), &bytes, secret.as_ref()).unwrap();
        assert_eq!(open(&key(1), &reproduced(name, &written), secret.as_ref()).as_ref(), Ok(&bytes));
    }
}

#[test]
fn who_knows_another_secret_or_none_is_refused() {
    let bytes = artifact(&key(1), b"payload");
    let (mine, other) = (secret("a"), secret("b"));
    let tagged = seal(&key(1), &bytes, mine.as_ref()).unwrap();
    let plain = seal(&key(1), &bytes, None).unwrap();
    assert_eq!(open(&key(1), &tagged, mine.as_ref()).as_ref(), Ok(&bytes));
    assert_eq!(open(&key(1), &tagged, other.as_ref()), Err(Refusal::WrongTag));
    assert_eq!(open(&key(1), &plain, mine.as_ref()), Err(Refusal::Untagged));
    // Who has no secret trusts the store anyway.
    assert_eq!(open(&key(1), &tagged, None).as_ref(), Ok(&bytes));
}

#[test]
fn an_entry_under_another_key_is_refused() {
    let bytes = artifact(&key(1), b"payload");
    let tagged = seal(&key(1), &bytes, secret("a").as_ref()).unwrap();
    assert_eq!(open(&key(2), &tagged, secret("a").as_ref()), Err(Refusal::WrongTag));
    let plain = seal(&key(1), &bytes, None).unwrap();
    assert!(matches!(open(&key(2), &plain, None), Err(Refusal::BadArtifact(_))));
    // Somebody who knows the secret and tags the wrong artifact is found out too.
    let wrong = seal(&key(2), &bytes, secret("a").as_ref()).unwrap();
    assert!(matches!(open(&key(2), &wrong, secret("a").as_ref()), Err(Refusal::BadArtifact(_))));
}

#[test]
fn every_flipped_bit_is_found_with_a_secret_and_without() {
    let bytes = artifact(&key(1), b"payload");
    for secret in [None, secret("a")] {
        let entry = seal(&key(1), &bytes, secret.as_ref()).unwrap();
        for bit in 0..entry.len() * 8 {
            let opened = open(&key(1), &flip(&entry, bit), secret.as_ref());
            // Of the frame around it a bit may be without meaning; the artifact is what it was.
            assert!(opened.is_err() || (secret.is_none() && opened == Ok(bytes.clone())), "bit {bit}");
        }
    }
}

#[test]
fn a_length_that_is_a_lie_allocates_nothing_of_it() {
    let bytes = artifact(&key(1), b"payload");
    let mut entry = seal(&key(1), &bytes, None).unwrap();
    for len in [u64::MAX, 1 << 60, (256 << 20) + 1, bytes.len() as u64 - 1, 0] {
        entry[16..24].copy_from_slice(&len.to_le_bytes());
        assert!(matches!(open(&key(1), &entry, None), Err(Refusal::Malformed(_))), "{len}");
    }
    // A bomb: much more than it says.
    let bomb = zstd::bulk::compress(&vec![0; 100 << 20], 1).unwrap();
    entry.truncate(HEADER_LEN);
    entry.extend_from_slice(&bomb);
    entry[16..24].copy_from_slice(&1000u64.to_le_bytes());
    assert_eq!(open(&key(1), &entry, None), Err(Refusal::Malformed("not a zstd frame")));
}

#[test]
fn secrets_are_long_and_white_space_around_them_does_not_count() {
    assert_eq!(Secret::new(b"  short \n").unwrap_err().len, 5);
    let bytes = artifact(&key(1), b"payload");
    let tagged = seal(&key(1), &bytes, Some(&Secret::new(b"0123456789abcdef").unwrap())).unwrap();
    let same = Secret::new(b"0123456789abcdef\n").unwrap();
    assert_eq!(open(&key(1), &tagged, Some(&same)), Ok(bytes));
    assert_eq!(format!("{same:?}"), "Secret");
}

proptest! {
    #[test]
    fn what_is_sealed_opens(payload in prop::collection::vec(any::<u8>(), 0..5000), tagged: bool) {
        let bytes = artifact(&key(3), &payload);
        let secret = if tagged { secret("s") } else { None };
        let entry = seal(&key(3), &bytes, secret.as_ref()).unwrap();
        prop_assert_eq!(open(&key(3), &entry, secret.as_ref()), Ok(bytes));
    }

    #[test]
    fn a_changed_entry_is_refused_or_means_the_same(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        behind_the_header: bool,
        noise in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        // Noise cannot be compressed, what it is followed by can.
        let bytes = artifact(&key(1), &[noise, vec![7; 300]].concat());
        let mut entry = seal(&key(1), &bytes, None).unwrap();
        let first = if behind_the_header { HEADER_LEN } else { 12 };
        for (place, byte) in changes {
            let at = first + place.index(entry.len() - first);
            entry[at] = byte;
        }
        if let Ok(opened) = open(&key(1), &entry, None) {
            prop_assert_eq!(opened, bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), tagged: bool) {
        let secret = if tagged { secret("s") } else { None };
        prop_assert!(open(&key(3), &bytes, secret.as_ref()).is_err());
        let headed = [b"\x89PYCRR\r\n\x01\0\0\0".as_slice(), &bytes].concat();
        prop_assert!(open(&key(3), &headed, secret.as_ref()).is_err());
    }

    #[test]
    fn a_part_of_an_entry_is_refused(cut in 0usize..1000) {
        let bytes = artifact(&key(3), &[7; 900]);
        let entry = seal(&key(3), &bytes, None).unwrap();
        let part = &entry[..cut % entry.len()];
        prop_assert!(open(&key(3), part, None).is_err());
    }
}
