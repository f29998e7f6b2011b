//! The format of packs: what is written is read, and whatever was damaged is found.

use proptest::prelude::*;
use pyc_rs_cache::pack::{Pack, PackError, encode};
use pyc_rs_cache::{ArtifactError, Key, artifact};

use crate::support::{flip, key, meta};

const HEADER_LEN: usize = 64;
const FENCE_LEN: usize = 64;
const ROW_LEN: usize = 48;

/// Artifacts of these keys, as they would lie in files of their own.
pub fn artifacts(numbers: impl IntoIterator<Item = u8>) -> Vec<(Key, Vec<u8>)> {
    let artifact = |n: u8| {
        let payload = vec![n; usize::from(n) * 3];
        (key(n), artifact::encode(&key(n), &meta(), &payload).unwrap())
    };
    numbers.into_iter().map(artifact).collect()
}

pub fn small() -> Vec<u8> {
    encode(artifacts([2, 9])).unwrap()
}

/// Makes the hashes right again, by the description in docs/format.md. `None` if the sections
/// are not in the file.
fn resealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = bytes.to_vec();
    let entries = u32::from_le_bytes(bytes.get(20..24)?.try_into().ok()?) as usize;
    let blocks = entries.div_ceil(64);
    let rows = HEADER_LEN + blocks * FENCE_LEN;
    for block in 0..blocks {
        let end = entries.min((block + 1) * 64);
        let hash = blake3::hash(bytes.get(rows + block * 64 * ROW_LEN..rows + end * ROW_LEN)?);
        let fence = HEADER_LEN + block * FENCE_LEN;
        bytes.get_mut(fence + 32..fence + 64)?.copy_from_slice(hash.as_bytes());
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes[..32]).update(bytes.get(HEADER_LEN..rows)?);
    bytes[32..64].copy_from_slice(hasher.finalize().as_bytes());
    Some(bytes)
}

#[derive(Debug, PartialEq)]
enum Fault {
    Pack(PackError),
    Artifact(ArtifactError),
}

/// Opens a pack and reads all of it.
fn read_all(bytes: &[u8]) -> Result<(), Fault> {
    let pack = Pack::open(bytes).map_err(Fault::Pack)?;
    pack.check().map_err(Fault::Pack)?;
    (0..pack.len()).try_for_each(|index| pack.verify(index).map_err(Fault::Artifact))
}

/// Uses every function of a pack in whatever order. Must not panic, whatever the pack.
fn use_all(bytes: &[u8]) {
    let Ok(pack) = Pack::open(bytes) else { return };
    for key in [key(0), key(2), key(9), key(255)] {
        if let Ok(Some(index)) = pack.find(&key)
            && pack.verify(index).is_ok()
        {
            assert!(artifact::parse(pack.bytes_of(index), Some(&key)).is_ok());
        }
    }
    let _ = (pack.is_empty(), pack.keys().count(), pack.check(), pack.bytes_of(usize::MAX), pack.verify(usize::MAX));
}

proptest! {
    #[test]
    fn a_pack_holds_what_was_put_in_whatever_the_order(
        mut numbers in prop::collection::vec(any::<u8>(), 1..200),
        absent: u8,
    ) {
        let bytes = encode(artifacts(numbers.clone())).unwrap();
        let pack = Pack::open(&bytes[..]).unwrap();
        pack.check().unwrap();
        for n in &numbers {
            let index = pack.find(&key(*n)).unwrap().unwrap();
            pack.verify(index).unwrap();
            prop_assert_eq!(pack.bytes_of(index), &artifacts([*n])[0].1);
        }
        prop_assert_eq!(pack.find(&key(absent)).unwrap().is_some(), numbers.contains(&absent));
        numbers.sort_unstable();
        numbers.dedup();
        prop_assert_eq!(pack.keys().collect::<Vec<_>>(), numbers.iter().map(|n| key(*n)).collect::<Vec<_>>());
        numbers.reverse();
        prop_assert!(encode(artifacts(numbers)).unwrap() == bytes);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        use_all(&bytes);
    }

    #[test]
    fn changes_that_the_hashes_agree_with_do_not_make_the_reader_panic(
        changes in prop::collection::vec((0usize..400, any::<u8>()), 1..8),
    ) {
        let mut bytes = small();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        use_all(&bytes);
        if let Some(bytes) = resealed(&bytes) {
            use_all(&bytes);
            if read_all(&bytes).is_ok() {
                let pack = Pack::open(&bytes[..]).unwrap();
                let all = pack.keys().enumerate().map(|(index, key)| (key, pack.bytes_of(index).to_vec()));
                prop_assert!(encode(all.collect()).unwrap() == bytes, "a checked pack has one encoding");
            }
        }
    }
}

#[test]
fn every_flipped_bit_and_every_cut_is_found_when_the_pack_is_read() {
    let good = small();
    assert_eq!(read_all(&good), Ok(()));
    assert_eq!(resealed(&good).as_ref(), Some(&good));
    for bit in 0..good.len() * 8 {
        assert!(read_all(&flip(&good, bit)).is_err(), "bit {bit}");
    }
    for len in 0..good.len() {
        assert!(read_all(&good[..len]).is_err(), "cut to {len}");
    }
    for more in [1, 63, 64, 4096] {
        assert!(read_all(&[&good[..], &vec![0; more]].concat()).is_err(), "{more} more");
    }
}

#[test]
fn header_fields_that_no_writer_writes_are_refused() {
    for (at, field, expected) in [
        (0, &b"\x89PYCRS\r\n"[..], "not a pack"),
        (8, &2u32.to_le_bytes(), "format version 2 is not supported"),
        (12, &u32::MAX.to_le_bytes(), "bad header: unknown header length"),
        (16, &1u32.to_le_bytes(), "bad header: unknown flags"),
        (20, &0u32.to_le_bytes(), "bad header: no entries"),
        (20, &u32::MAX.to_le_bytes(), "bad header: more entries than the file can hold"),
        (24, &u64::MAX.to_le_bytes(), "18446744073709551615"),
    ] {
        let mut bytes = small();
        bytes[at..at + field.len()].copy_from_slice(field);
        let error = Pack::open(&bytes[..]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(Pack::open(&[0; 63][..]).unwrap_err(), PackError::TooShort { len: 63 });
    assert_eq!(encode(Vec::new()), None);
}

#[test]
fn rows_that_contradict_one_another_are_refused_though_their_hash_is_right() {
    let first_row = HEADER_LEN + FENCE_LEN;
    let second_row = first_row + ROW_LEN;
    for (at, field) in [
        (first_row, &[3; 32][..]),
        (second_row, &[1; 32]),
        (first_row + 32, &u64::MAX.to_le_bytes()),
        (first_row + 32, &0u64.to_le_bytes()),
        (first_row + 40, &u64::MAX.to_le_bytes()),
        (second_row + 32, &(small().len() as u64).next_multiple_of(64).to_le_bytes()),
        (second_row + 40, &1u64.to_le_bytes()),
    ] {
        let mut bytes = small();
        bytes[at..at + field.len()].copy_from_slice(field);
        let bytes = resealed(&bytes).unwrap();
        assert!(matches!(read_all(&bytes), Err(Fault::Pack(_))), "{at}");
        use_all(&bytes);
    }
}

#[test]
fn an_artifact_of_another_key_is_bad() {
    let [(one, _), (_, other)] = artifacts([1, 2]).try_into().unwrap();
    let bytes = encode(vec![(one, other)]).unwrap();
    assert!(matches!(read_all(&bytes), Err(Fault::Artifact(ArtifactError::KeyMismatch { .. }))));
}
