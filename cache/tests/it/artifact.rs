use proptest::prelude::*;
use pyc_rs_cache::artifact::{encode, parse};
use pyc_rs_cache::{ArtifactError, ArtifactMeta, EncodeError, Key, MetaWarning, WireError};

use crate::support::{flip, key, meta};

const HEADER_LEN: usize = 128;

fn small() -> Vec<u8> {
    encode(&key(7), &meta(), b"payload").unwrap()
}

/// Makes the hash right again, by the description in docs/format.md.
fn reseal(bytes: &mut [u8]) {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&bytes[..64]).update(&bytes[128..]);
    bytes[64..96].copy_from_slice(hasher.finalize().as_bytes());
}

/// An artifact with these bytes for metadata, valid in every other way.
fn with_metadata(metadata: &[u8]) -> Vec<u8> {
    let mut bytes = small()[..HEADER_LEN].to_vec();
    bytes.extend_from_slice(metadata);
    bytes.resize(bytes.len().next_multiple_of(64), 0);
    bytes[48..56].copy_from_slice(&0u64.to_le_bytes());
    bytes[56..60].copy_from_slice(&u32::try_from(metadata.len()).unwrap().to_le_bytes());
    reseal(&mut bytes);
    bytes
}

fn any_meta() -> impl Strategy<Value = ArtifactMeta> {
    let warning = (any::<u32>(), ".{0,40}").prop_map(|(line, message)| MetaWarning { line, message });
    let numbers = (any::<u64>(), any::<bool>(), any::<u32>(), any::<u8>(), any::<u8>());
    let warnings = prop::collection::vec(warning, 0..5);
    (numbers, ".{0,80}", ".{0,80}", warnings).prop_map(
        |((source_len, has_docstring, code_objects, mode, optimize), first_path, engine, warnings)| ArtifactMeta {
            source_len,
            first_path,
            engine,
            has_docstring,
            code_objects,
            mode,
            optimize,
            warnings,
        },
    )
}

proptest! {
    #[test]
    fn parsing_gives_back_what_was_encoded(
        key: [u8; 32],
        meta in any_meta(),
        payload in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let key = Key::from_bytes(key);
        let bytes = encode(&key, &meta, &payload).unwrap();
        let view = parse(&bytes, Some(&key)).unwrap();
        prop_assert_eq!(view.key, key);
        prop_assert_eq!(view.payload, payload);
        prop_assert_eq!(view.warnings(), Ok(meta.warnings.clone()));
        prop_assert_eq!(view.meta(), Ok(meta));
    }

    #[test]
    fn arbitrary_bytes_are_never_an_artifact(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(parse(&bytes, None).is_err());
    }

    #[test]
    fn arbitrary_metadata_decodes_or_is_an_error(
        metadata in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let bytes = with_metadata(&metadata);
        let view = parse(&bytes, None).unwrap();
        prop_assert_eq!(view.warnings(), view.meta().map(|meta| meta.warnings));
        if let Ok(meta) = view.meta() {
            prop_assert_eq!(encode(&key(7), &meta, b"").unwrap(), bytes);
        }
    }

    #[test]
    fn two_changed_bytes_are_an_error(at: [u16; 2], to: [u8; 2]) {
        let good = small();
        let mut bad = good.clone();
        for (at, to) in at.into_iter().zip(to) {
            bad[usize::from(at) % good.len()] = to;
        }
        prop_assert!(bad == good || parse(&bad, None).is_err());
    }
}

#[test]
fn equal_arguments_give_equal_bytes() {
    assert_eq!(small(), small());
}

#[test]
fn the_payload_is_aligned_and_ends_the_file() {
    for engine_len in 0..130 {
        let meta = ArtifactMeta { engine: "e".repeat(engine_len), ..meta() };
        let bytes = encode(&key(7), &meta, b"payload").unwrap();
        let payload = parse(&bytes, None).unwrap().payload;
        assert_eq!((payload.as_ptr() as usize - bytes.as_ptr() as usize) % 64, 0);
        assert!(bytes.ends_with(payload));
    }
}

#[test]
fn an_empty_payload_is_allowed() {
    let bytes = encode(&key(7), &meta(), b"").unwrap();
    assert_eq!(parse(&bytes, None).unwrap().payload, b"");
}

#[test]
fn every_flipped_bit_is_an_error_even_if_no_key_is_expected() {
    let good = small();
    for bit in 0..good.len() * 8 {
        assert!(parse(&flip(&good, bit), None).is_err(), "bit {bit}");
    }
}

#[test]
fn every_truncation_is_an_error() {
    let good = small();
    for len in 0..good.len() {
        assert!(parse(&good[..len], None).is_err(), "length {len}");
    }
}

#[test]
fn trailing_bytes_are_an_error() {
    let good = small();
    for extra in [1, 63, 64, 4096] {
        let mut bad = good.clone();
        bad.resize(good.len() + extra, 0);
        let (expected, found) = (good.len() as u64, bad.len() as u64);
        assert_eq!(parse(&bad, None), Err(ArtifactError::LengthMismatch { expected, found }));
    }
}

#[test]
fn empty_and_foreign_files_are_errors() {
    assert_eq!(parse(b"", None), Err(ArtifactError::TooShort { len: 0 }));
    assert_eq!(parse(&[0; 127], None), Err(ArtifactError::TooShort { len: 127 }));
    assert_eq!(parse(&[0; 4096], None), Err(ArtifactError::BadMagic));
    let script = b"#!/usr/bin/env python3\n".repeat(20);
    assert_eq!(parse(&script, None), Err(ArtifactError::BadMagic));
}

#[test]
fn a_future_version_is_named_whatever_follows_it() {
    let mut bytes = small();
    bytes[8..12].copy_from_slice(&2u32.to_le_bytes());
    bytes[12..128].fill(0xff);
    assert_eq!(parse(&bytes, None), Err(ArtifactError::UnsupportedVersion { found: 2 }));
}

#[test]
fn another_key_is_reported_before_the_hash_is_checked() {
    let bytes = small();
    let mismatch = ArtifactError::KeyMismatch { expected: key(8), found: key(7) };
    assert_eq!(parse(&bytes, Some(&key(8))), Err(mismatch.clone()));
    let damaged = flip(&bytes, (bytes.len() - 1) * 8);
    assert_eq!(parse(&damaged, Some(&key(8))), Err(mismatch));
    assert_eq!(parse(&damaged, Some(&key(7))), Err(ArtifactError::HashMismatch));
}

#[test]
fn header_fields_at_their_extremes_are_errors() {
    let good = small();
    // Offset and size of every integer of the header.
    for (at, size) in [(8, 4), (12, 4), (48, 8), (56, 4), (60, 4)] {
        for value in [0, 1, 127, u64::MAX, u64::MAX - 127, 1 << 31, 1 << 63, i64::MAX as u64] {
            let mut bad = good.clone();
            bad[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
            reseal(&mut bad);
            // Metadata of another length within the same padding is found by decoding it.
            let result = parse(&bad, None).and_then(|view| view.meta());
            assert!(bad == good || result.is_err(), "{value:#x} at {at}");
        }
    }
}

#[test]
fn unknown_flags_and_reserved_bytes_are_errors_even_if_the_hash_is_right() {
    for at in (60..64).chain(96..128) {
        let mut bad = small();
        bad[at] = 1;
        reseal(&mut bad);
        assert!(matches!(parse(&bad, None), Err(ArtifactError::BadHeader { .. })), "byte {at}");
    }
}

#[test]
fn padding_that_is_not_zero_is_an_error_even_if_the_hash_is_right() {
    let mut bad = with_metadata(b"not a multiple of 64");
    *bad.last_mut().unwrap() = 1;
    reseal(&mut bad);
    assert_eq!(parse(&bad, None), Err(ArtifactError::BadHeader { what: "padding is not zero" }));
}

#[test]
fn metadata_that_does_not_decode_is_found_when_it_is_asked_for() {
    let lie = [&[0; 8][..], &u64::MAX.to_le_bytes()].concat();
    for metadata in [&b""[..], b"\xff", &[0xff; 300], &lie] {
        let bytes = with_metadata(metadata);
        let view = parse(&bytes, None).unwrap();
        assert!(matches!(view.meta(), Err(ArtifactError::BadMetadata(_))), "{metadata:?}");
    }
}

#[test]
fn metadata_over_the_limit_is_refused() {
    let meta = ArtifactMeta { engine: "e".repeat(16 << 20), ..meta() };
    let error = encode(&key(7), &meta, b"").unwrap_err();
    assert!(matches!(error, EncodeError::Metadata(WireError::TooLarge { .. })), "{error}");
}

#[test]
fn errors_say_what_is_wrong() {
    let error = parse(b"short", None).unwrap_err();
    assert_eq!(error.to_string(), "5 bytes are too short for an artifact");
}
