//! Bundles that somebody damaged or made up.

use proptest::prelude::*;
use pyc_rs_cache::{Bundle, BundleError, BundleWriter, EntryKind};

use crate::bundle::{app, executable_app};
use crate::support::flip;

const HEADER_LEN: usize = 192;
const ENTRY_LEN: usize = 112;

fn u64_at(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())).unwrap()
}

/// Makes the index hash right again, by the description in docs/format.md.
fn reseal(bytes: &mut [u8]) {
    let table_off = u64_at(bytes, 24);
    let names_off = u64_at(bytes, 32);
    let manifest_off = u64_at(bytes, 48);
    let manifest_end = manifest_off + u64_at(bytes, 56);
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(&bytes[..112])
        .update(&bytes[manifest_off..manifest_end])
        .update(&bytes[table_off..names_off])
        .update(&bytes[names_off..manifest_off]);
    bytes[112..144].copy_from_slice(hasher.finalize().as_bytes());
}

/// Opens a bundle and reads all of it.
fn read_all(bytes: &[u8]) -> Result<(), BundleError> {
    use_all(&Bundle::open(bytes)?)
}

/// Uses every function of a bundle. Must not panic, whatever the bundle.
fn use_all(bundle: &Bundle<&[u8]>) -> Result<(), BundleError> {
    let _ = (bundle.len(), bundle.is_empty(), bundle.is_from_engine("engine 1"));
    for name in ["", "main", "pkg", "pkg.sub", "zzz"] {
        let _ = bundle.find(name, EntryKind::Code);
        let _ = bundle.children(name).count();
    }
    bundle.manifest()?;
    bundle.entries().try_for_each(|entry| entry.bytes().map(drop))
}

/// One bundle whose only entry is compressed.
fn compressed() -> Vec<u8> {
    let mut writer = BundleWriter::new("engine 1");
    writer.add_data("zeros", vec![0; 5000], true);
    writer.finish().unwrap()
}

#[test]
fn every_flipped_bit_is_found_when_the_bundle_is_read() {
    for good in [app(), executable_app()] {
        read_all(&good).unwrap();
        for bit in 0..good.len() * 8 {
            assert!(read_all(&flip(&good, bit)).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn every_truncation_is_found_when_the_bundle_is_opened() {
    for good in [app(), executable_app()] {
        for len in 0..good.len() {
            assert!(Bundle::open(&good[..len]).is_err(), "length {len}");
            assert!(Bundle::open_trusted(&good[..len]).is_err(), "length {len}");
        }
    }
}

#[test]
fn trailing_bytes_are_found_when_the_bundle_is_opened() {
    let bytes = [app().as_slice(), b"\0"].concat();
    assert!(matches!(Bundle::open(&bytes), Err(BundleError::LengthMismatch { .. })));
}

#[test]
fn foreign_files_and_future_versions_are_named() {
    assert_eq!(Bundle::open(b"").unwrap_err(), BundleError::TooShort { len: 0 });
    assert_eq!(Bundle::open([0; 500]).unwrap_err(), BundleError::BadMagic);
    let mut future = app();
    future[8] = 3;
    future[12..].fill(0xff);
    assert_eq!(Bundle::open(future).unwrap_err(), BundleError::UnsupportedVersion { found: 3 });
}

#[test]
fn a_damaged_entry_spoils_itself_alone() {
    let mut bytes = app();
    let at = bytes.windows(13).position(|window| window == b"code of pkg.a").unwrap();
    bytes[at] ^= 1;
    let bundle = Bundle::open(&bytes).unwrap();
    let damaged = bundle.find("pkg.a", EntryKind::Code).unwrap();
    let expected = BundleError::EntryHashMismatch { name: "pkg.a".to_owned(), kind: EntryKind::Code };
    assert_eq!(damaged.bytes(), Err(expected.clone()));
    assert_eq!(damaged.bytes(), Err(expected), "asking again does not help");
    assert!(bundle.find("main", EntryKind::Code).unwrap().bytes().is_ok());
}

#[test]
fn a_trusted_bundle_is_not_hashed() {
    let mut bytes = app();
    let at = bytes.windows(13).position(|window| window == b"code of pkg.a").unwrap();
    bytes[at..at + 4].copy_from_slice(b"CODE");
    bytes[112] ^= 1;
    let bundle = Bundle::open_trusted(&bytes).unwrap();
    let entry = bundle.find("pkg.a", EntryKind::Code).unwrap();
    assert_eq!(*entry.bytes().unwrap(), *b"CODE of pkg.a");
}

#[test]
fn a_first_line_that_is_not_the_bundles_own_is_an_error() {
    let longer = [&[b'#'; 64][..], &app()].concat();
    assert_eq!(Bundle::open(&longer).unwrap_err(), BundleError::BadMagic);
    let mut line = b"#!/bin/sh\n".to_vec();
    line.resize(64, 0);
    let bad = [line.as_slice(), &app()].concat();
    assert!(matches!(Bundle::open(&bad), Err(BundleError::BadPrefix { .. })));
    let other = [line.as_slice(), &executable_app()[64..]].concat();
    assert!(matches!(Bundle::open(&other), Err(BundleError::BadPrefix { .. })));
    assert!(matches!(Bundle::open(&executable_app()[64..]), Err(BundleError::BadPrefix { .. })));
}

#[test]
fn header_fields_at_their_extremes_are_errors() {
    let good = app();
    // Offset and size of every integer of the header.
    let fields = [(8, 4), (12, 4), (16, 4), (20, 4)];
    let fields = fields.into_iter().chain((24..80).step_by(8).map(|at| (at, 8)));
    for (at, size) in fields {
        for value in [0, 1, 191, u64::MAX, u64::MAX - 63, 1 << 31, 1 << 63, i64::MAX as u64] {
            let mut bad = good.clone();
            bad[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
            if bad != good {
                assert!(Bundle::open(&bad).is_err(), "{value:#x} at {at}");
                assert!(Bundle::open_trusted(&bad).is_err(), "{value:#x} at {at}");
            }
        }
    }
}

#[test]
fn rows_with_other_values_are_errors_even_if_the_hash_is_right() {
    let good = app();
    let rows = good[20];
    for row in 0..usize::from(rows) {
        // All of a row but the key and the hash of its bytes.
        for byte in (0..40).chain(104..ENTRY_LEN) {
            for value in [0x00, 0x01, 0x7f, 0x80, 0xff] {
                let mut bad = good.clone();
                let at = HEADER_LEN + row * ENTRY_LEN + byte;
                // Data relabelled as a source, or a module as a package, is another valid bundle.
                let is_another_bundle = matches!((byte, bad[at], value), (8, 2, 1) | (9, 0..=1, 0..=1));
                if bad[at] == value || is_another_bundle {
                    continue;
                }
                bad[at] = value;
                reseal(&mut bad);
                assert!(read_all(&bad).is_err(), "{value:#x} at byte {byte} of row {row}");
            }
        }
    }
}

#[test]
fn a_row_that_lies_about_the_raw_length_is_an_error() {
    let good = compressed();
    let raw_len = HEADER_LEN + 16;
    for lie in [4999, 5001, 1 << 30] {
        let mut bad = good.clone();
        bad[raw_len..raw_len + 8].copy_from_slice(&u64::to_le_bytes(lie));
        reseal(&mut bad);
        assert!(matches!(read_all(&bad), Err(BundleError::BadCompression { .. })), "{lie}");
    }
    let mut bad = good;
    bad[raw_len..raw_len + 8].copy_from_slice(&((1u64 << 30) + 1).to_le_bytes());
    reseal(&mut bad);
    assert!(matches!(read_all(&bad), Err(BundleError::BadEntry { .. })));
}

#[test]
fn a_manifest_that_contradicts_the_bundle_is_an_error() {
    let good = app();
    let manifest_off = u64_at(&good, 48);
    // The manifest starts with the length and the text of the engine, then the modules.
    for (at, what) in [(manifest_off + 8, "header"), (manifest_off + 16, "table")] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        reseal(&mut bad);
        assert_eq!(Bundle::open(bad).unwrap_err(), BundleError::ManifestMismatch { what });
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(
        line in prop::option::of("#![ -~]{0,80}\n\0{0,64}"),
        bytes in prop::collection::vec(any::<u8>(), 0..1000),
    ) {
        let bytes = [line.unwrap_or_default().as_bytes(), &bytes].concat();
        prop_assert!(Bundle::open(bytes.as_slice()).is_err());
        prop_assert!(Bundle::open_trusted(bytes.as_slice()).is_err());
    }

    #[test]
    fn a_trusted_bundle_of_nonsense_never_panics(
        changes in prop::collection::vec((any::<u16>(), any::<u8>()), 1..40),
    ) {
        let mut bytes = app();
        for (at, value) in changes {
            let len = bytes.len() - HEADER_LEN;
            bytes[HEADER_LEN + usize::from(at) % len] = value;
        }
        let _ = use_all(&Bundle::open_trusted(bytes.as_slice()).unwrap());
        reseal(&mut bytes);
        let _ = read_all(&bytes);
    }
}
