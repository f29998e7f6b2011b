use std::collections::{BTreeMap, HashSet};
use std::io::{self, Read};

use proptest::prelude::*;
use pyc_rs_cache::archive::{self, ArchiveError, Block, Reader};
use pyc_rs_cache::{ArtifactMeta, ImportOptions, Key, Mode, Selection, Store, StoreError};

use crate::support::{DAY, TestStore, backdate, flip, key, meta, names_in, overwrite, payload_of};

/// A store with these payloads, each under a key of its own.
fn store_of<'a>(payloads: impl IntoIterator<Item = (u8, &'a [u8])>) -> TestStore {
    let test = TestStore::new();
    for (n, payload) in payloads {
        test.add(key(n), payload);
    }
    test
}

fn three() -> TestStore {
    store_of([(3, b"third".as_slice()), (1, b"first"), (2, b"second")])
}

fn everything(store: &Store) -> Selection {
    Selection { keys: store.keys().unwrap(), ..Selection::default() }
}

fn exported(store: &Store) -> Vec<u8> {
    let mut bytes = Vec::new();
    store.export(&everything(store), &mut bytes).unwrap();
    bytes
}

fn import(store: &Store, bytes: &[u8]) -> pyc_rs_cache::ImportReport {
    store.import(Reader::new(bytes), ImportOptions::default(), &mut |_, _| {}).unwrap()
}

/// What a store holds, by key, whatever files it is in.
fn content(store: &Store) -> BTreeMap<String, Vec<u8>> {
    let of = |key: Key| (key.to_string(), store.get(&key).hit().unwrap().file_bytes().to_vec());
    store.keys().unwrap().into_iter().map(of).collect()
}

#[test]
fn what_was_exported_comes_back() {
    let (from, to) = (three(), TestStore::new());
    let mut bytes = Vec::new();
    let report = from.export(&everything(&from), &mut bytes).unwrap();
    assert_eq!((report.objects, report.missing, report.archive_bytes), (3, 0, bytes.len() as u64));
    let imported = import(&to, &bytes);
    assert_eq!((imported.objects, imported.stored, imported.present, imported.corrupt), (3, 3, 0, 0));
    assert!(imported.damage.is_none());
    assert_eq!(imported.stored_bytes, report.bytes);
    assert_eq!(content(&to), content(&from));
    let again = import(&to, &bytes);
    assert_eq!((again.objects, again.stored, again.present), (3, 0, 3));
    assert_eq!(exported(&to), bytes);
}

#[test]
fn the_same_objects_give_the_same_bytes_in_packs_or_in_files_of_their_own() {
    let payloads: Vec<Vec<u8>> = (0..40u8).map(|n| vec![n; usize::from(n) * 100]).collect();
    let all = || payloads.iter().enumerate().map(|(n, payload)| (u8::try_from(n).unwrap(), payload.as_slice()));
    let loose = store_of(all());
    let bytes = exported(&loose);
    let packed = TestStore::new();
    assert_eq!(import(&packed, &bytes).stored, 40);
    assert_eq!((names_in(&packed.path("packs")).len(), names_in(&packed.path("objects")).len()), (1, 0));
    let mut keys = packed.keys().unwrap();
    keys.reverse();
    keys.extend(packed.keys().unwrap());
    let mut again = Vec::new();
    packed.export(&Selection { keys, ..Selection::default() }, &mut again).unwrap();
    assert!(again == bytes);
}

#[test]
fn an_archive_of_nothing_is_an_archive() {
    let (from, to) = (TestStore::new(), TestStore::new());
    let bytes = exported(&from);
    assert_eq!(bytes.len(), 32 + 48);
    let report = import(&to, &bytes);
    assert!(report.objects == 0 && report.damage.is_none());
    assert!(archive::keys_in(bytes.as_slice()).unwrap().is_empty());
}

#[test]
fn a_selection_leaves_out_what_it_does_not_want() {
    let test = three();
    let other = ArtifactMeta { engine: "engine 2".to_owned(), ..meta() };
    test.put(&key(9), &other, b"foreign").unwrap();
    let selection = Selection {
        keys: vec![key(1), key(2), key(9), key(7)],
        engine: Some("engine 1".to_owned()),
        except: HashSet::from([key(2)]),
    };
    let mut bytes = Vec::new();
    let report = test.export(&selection, &mut bytes).unwrap();
    assert_eq!((report.objects, report.excepted, report.foreign, report.missing), (1, 1, 1, 1));
    assert_eq!(archive::keys_in(bytes.as_slice()).unwrap(), HashSet::from([key(1)]));
}

#[test]
fn objects_of_another_compiler_are_refused() {
    let test = three();
    test.put(&key(9), &ArtifactMeta { engine: "engine 2".to_owned(), ..meta() }, b"foreign").unwrap();
    let to = TestStore::new();
    let options = ImportOptions { engine: Some("engine 1"), ..ImportOptions::default() };
    let report = to.import(Reader::new(exported(&test).as_slice()), options, &mut |_, _| {}).unwrap();
    assert_eq!((report.stored, report.foreign, report.corrupt), (3, 1, 0));
    assert!(!to.contains(&key(9)));
}

#[test]
fn a_damaged_object_is_not_exported_and_an_import_mends_it() {
    let test = three();
    let bytes = exported(&test);
    overwrite(&test.object(key(1)), &[0; 200]);
    let mut without = Vec::new();
    let report = test.export(&everything(&test), &mut without).unwrap();
    assert_eq!((report.objects, report.missing), (2, 1));
    overwrite(&test.object(key(2)), &[0; 200]);
    let report = import(&test, &bytes);
    assert_eq!((report.stored, report.present), (2, 1));
    assert_eq!(payload_of(&test.get(&key(2))), Some(&b"second"[..]));
}

#[test]
fn a_store_that_cannot_be_written_is_an_error() {
    let test = three();
    let bytes = exported(&test);
    let read_only = test.reopen(Mode::ReadOnly);
    let error = read_only.import(Reader::new(bytes.as_slice()), ImportOptions::default(), &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    assert!(Store::off().import(Reader::new(bytes.as_slice()), ImportOptions::default(), &mut |_, _| {}).is_err());
}

/// Changes the bytes of the artifacts in an archive of one block, its own hashes made right.
fn rewritten(archive: &[u8], change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut reader = Reader::new(archive).unwrap();
    let block = reader.next_block().unwrap().unwrap();
    let mut raw = block.decompress().unwrap();
    let rows = 40 * block.keys().len();
    change(&mut raw);
    let stored = zstd::bulk::compress(&raw, 3).unwrap();
    let mut head = archive[32..48].to_vec();
    head[4..8].copy_from_slice(&u32::try_from(stored.len()).unwrap().to_le_bytes());
    let table = &archive[80..80 + rows];
    let hash = blake3::hash(&[&head, table].concat());
    let block = [&head, hash.as_bytes().as_slice()].concat();
    let end = &archive[archive.len() - 48..archive.len() - 32];
    let chain = blake3::hash(&[&archive[..32], &block, end].concat());
    [&archive[..32], &block, table, &stored, end, chain.as_bytes()].concat()
}

#[test]
fn damaged_objects_are_refused_one_by_one() {
    let bytes = exported(&three());
    let one_len = three().get(&key(1)).hit().unwrap().file_len();
    // The first byte of the payload of the second object.
    let at = usize::try_from(one_len).unwrap() + 192;
    let bad = rewritten(&bytes, |raw| raw[at] ^= 1);
    let to = TestStore::new();
    let mut refused = Vec::new();
    let report = to
        .import(Reader::new(bad.as_slice()), ImportOptions::default(), &mut |key, why| {
            refused.push((*key, why.to_owned()))
        })
        .unwrap();
    assert_eq!((report.stored, report.corrupt, report.foreign), (2, 1, 0));
    assert!(report.damage.is_none(), "{:?}", report.damage);
    assert_eq!(refused, [(key(2), "content does not match its hash".to_owned())]);
    assert_eq!(to.keys().unwrap(), [key(1), key(3)]);

    let another_version = rewritten(&bytes, |raw| raw[8] = 2);
    let report = import(&TestStore::new(), &another_version);
    assert_eq!((report.stored, report.corrupt, report.foreign), (2, 0, 1));

    // Keys and contents exchanged: each is a fine artifact, under the name of another.
    let len = usize::try_from(one_len).unwrap();
    let exchanged = rewritten(&bytes, |raw| raw.copy_within(0..len, len));
    assert!(import(&TestStore::new(), &exchanged).stored < 3);

    let bomb = rewritten(&bytes, |raw| raw.resize(64 << 20, 0));
    let report = import(&TestStore::new(), &bomb);
    assert_eq!((report.stored, report.corrupt), (0, 3));
}

#[test]
fn other_streams_are_not_archives() {
    let test = TestStore::new();
    for bytes in [&b""[..], b"x", b"\x89PYCPK\r\n", &[0; 4096]] {
        let report = import(&test, bytes);
        assert!(matches!(report.damage, Some(ArchiveError::BadMagic)), "{:?}", report.damage);
    }
    let mut newer = exported(&test);
    newer[8] = 2;
    let report = import(&test, &newer);
    assert!(matches!(report.damage, Some(ArchiveError::UnsupportedVersion { found: 2 })));
    assert!(!test.root().unwrap().exists(), "nothing was written");
}

#[test]
fn every_truncation_and_everything_behind_the_end_is_found() {
    let bytes = exported(&three());
    for len in 0..bytes.len() {
        assert!(import(&TestStore::new(), &bytes[..len]).damage.is_some(), "length {len}");
    }
    let longer = [bytes.as_slice(), b"\0"].concat();
    let report = import(&TestStore::new(), &longer);
    assert!(report.stored == 3 && matches!(report.damage, Some(ArchiveError::TrailingBytes)));
}

#[test]
fn no_flipped_bit_changes_what_is_stored() {
    let from = three();
    let (bytes, good) = (exported(&from), content(&from));
    for bit in 0..bytes.len() * 8 {
        let to = TestStore::new();
        let report = import(&to, &flip(&bytes, bit));
        for (key, bytes) in content(&to) {
            assert!(good[&key] == bytes, "bit {bit}");
        }
        // A flipped bit may make another version of it; one of the compressed form may mean nothing.
        let refused = report.corrupt + report.foreign;
        assert!(report.damage.is_some() || refused + report.stored == 3, "bit {bit}");
    }
}

/// A stream that says it is longer than any memory, and is a few bytes long.
#[test]
fn lengths_that_lie_cost_nothing() {
    let header = &exported(&three())[..32];
    for (objects, stored, raw) in
        [(u32::MAX, 0u32, 0u64), (1, u32::MAX, 40), (1, 4, u64::MAX), (1, 4, 256 << 20), (0, 1, 0), (0, 0, u64::MAX)]
    {
        let mut head = [objects.to_le_bytes(), stored.to_le_bytes()].concat();
        head.extend(raw.to_le_bytes());
        let rows = [[7; 32].as_slice(), &raw.to_le_bytes()].concat();
        head.extend(blake3::hash(&[head.as_slice(), &rows].concat()).as_bytes());
        let bytes = [header, &head, &rows].concat();
        assert!(import(&TestStore::new(), &bytes).damage.is_some(), "{objects} {stored} {raw}");
    }
}

#[test]
fn keys_that_are_not_in_order_are_found() {
    let bytes = exported(&three());
    let mut swapped = bytes.clone();
    let (first, second) = (80..120, 120..160);
    swapped.copy_within(second, first.start);
    swapped[120..160].copy_from_slice(&bytes[first]);
    let hash = blake3::hash(&[&swapped[32..48], &swapped[80..200]].concat());
    swapped[48..80].copy_from_slice(hash.as_bytes());
    let report = import(&TestStore::new(), &swapped);
    let text = report.damage.unwrap().to_string();
    assert_eq!(text, "the archive is damaged from block 0 on: its keys are not in order");
}

/// Gives a few bytes at a time and fails at the end.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Err(io::Error::other("the disk is gone"));
        }
        let len = self.0.len().min(buffer.len()).min(3);
        buffer[..len].copy_from_slice(&self.0[..len]);
        self.0 = &self.0[len..];
        Ok(len)
    }
}

#[test]
fn a_stream_that_fails_keeps_what_came_before() {
    let bytes = exported(&three());
    let to = TestStore::new();
    let report = to.import(Reader::new(Failing(&bytes)), ImportOptions::default(), &mut |_, _| {}).unwrap();
    assert!(report.stored == 3 && matches!(report.damage, Some(ArchiveError::Io(_))));
}

#[test]
fn a_large_export_is_many_blocks_that_hold_all_of_it() {
    let noise = |n: u8| -> Vec<u8> {
        let mut bytes = vec![0; 300 << 10];
        blake3::Hasher::new().update(&[n]).finalize_xof().fill(&mut bytes);
        bytes
    };
    let payloads: Vec<Vec<u8>> = (0..20).map(noise).collect();
    let from = store_of(payloads.iter().enumerate().map(|(n, bytes)| (u8::try_from(n).unwrap(), bytes.as_slice())));
    let bytes = exported(&from);
    let mut reader = Reader::new(bytes.as_slice()).unwrap();
    let mut blocks: Vec<Block> = Vec::new();
    while let Some(block) = reader.next_block().unwrap() {
        blocks.push(block);
    }
    assert!(blocks.len() > 3, "{}", blocks.len());
    let to = TestStore::new();
    assert_eq!(import(&to, &bytes).stored, 20);
    assert!(content(&to) == content(&from));
    // Without its second block.
    let second: usize = 80 + 40 * blocks[0].keys().len() + stored_len(&bytes, 32);
    let third = second + 48 + 40 * blocks[1].keys().len() + stored_len(&bytes, second);
    let shorter = [&bytes[..second], &bytes[third..]].concat();
    let damage = import(&TestStore::new(), &shorter).damage.unwrap().to_string();
    assert!(damage.ends_with("its end makes no sense"), "{damage}");
}

fn stored_len(bytes: &[u8], block: usize) -> usize {
    u32::from_le_bytes(bytes[block + 4..block + 8].try_into().unwrap()) as usize
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cache.pycar");
    archive::write_file(&path, |out| out.write_all(b"old")).unwrap();
    let error = archive::write_file(&path, |out| {
        out.write_all(b"new")?;
        Err::<(), _>(io::Error::other("no more"))
    });
    assert!(error.unwrap_err().to_string().ends_with("cache.pycar: no more"));
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(names_in(dir.path()), ["cache.pycar"]);
    let missing = archive::write_file(&dir.path().join("no/such/file"), |_| Ok(())).unwrap_err();
    assert!(missing.to_string().contains("no/such/file: No such file"), "{missing}");
}

#[test]
fn an_import_makes_room_for_itself_and_for_no_more() {
    let (old, from) = (TestStore::new(), TestStore::new());
    for n in 0..20 {
        let path = old.add(key(n), &[n; 1000]);
        backdate(&path, DAY);
        from.add(key(100 + n), &[n; 1000]);
    }
    let (bytes, each) = (exported(&from), from.info().unwrap().bytes / 20);
    let options = |objects: u64| ImportOptions { limit_bytes: Some(objects * each), ..ImportOptions::default() };
    let import = |objects| old.import(Reader::new(bytes.as_slice()), options(objects), &mut |_, _| {}).unwrap();
    let report = import(30);
    assert_eq!((report.stored, report.over_limit), (20, 0));
    assert!((10..15).contains(&report.evicted) && old.info().unwrap().bytes <= 30 * each, "{report:?}");
    assert!((100..120).all(|n| old.contains(&key(n))));
    let report = import(30);
    assert_eq!((report.present, report.evicted), (20, 0));
    // The archive alone is larger than the store may be.
    old.clear().unwrap();
    let first = import(12);
    assert!((9..=12).contains(&first.stored) && first.over_limit == 20 - first.stored, "{first:?}");
    assert!(old.info().unwrap().bytes <= 12 * each);
    let again = import(12);
    assert_eq!((again.present, again.over_limit, again.stored, again.evicted), (first.stored, first.over_limit, 0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_objects_come_back(payloads in prop::collection::btree_map(any::<u8>(), prop::collection::vec(any::<u8>(), 0..2000), 0..30)) {
        let from = store_of(payloads.iter().map(|(n, bytes)| (*n, bytes.as_slice())));
        let to = TestStore::new();
        let report = import(&to, &exported(&from));
        prop_assert!(report.damage.is_none());
        prop_assert_eq!(report.stored, payloads.len() as u64);
        prop_assert_eq!(content(&to), content(&from));
    }

    #[test]
    fn arbitrary_bytes_store_nothing(tail in prop::collection::vec(any::<u8>(), 0..400)) {
        let start = exported(&TestStore::new());
        let bytes = [&start[..32], &tail].concat();
        let to = TestStore::new();
        let report = import(&to, &bytes);
        prop_assert!(report.damage.is_some() && report.stored == 0);
    }
}
