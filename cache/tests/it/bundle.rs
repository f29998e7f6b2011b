use proptest::prelude::*;
use pyc_rs_cache::bundle::is_bundle;
use pyc_rs_cache::{Bundle, BundleError, BundleManifest, BundleWriter, EntryKind, Key};

use crate::support::key;

const SOURCE: &[u8] = b"def f():\n    return 1\n\n\ndef g():\n    return 1\n\n\ndef h():\n    return 1\n";

/// An application of a few modules, some with sources, some compressed.
pub fn app() -> Vec<u8> {
    app_writer().finish().unwrap()
}

/// The same, with a line in front of it that runs it.
pub fn executable_app() -> Vec<u8> {
    let mut writer = app_writer();
    writer.set_command("/usr/bin/env pyc-rs");
    writer.finish().unwrap()
}

fn app_writer() -> BundleWriter {
    let mut writer = BundleWriter::new("engine 1");
    writer.add_code("main", false, key(1), b"code of main".to_vec(), false);
    writer.add_code("pkg", true, key(2), SOURCE.repeat(9), true);
    writer.add_source("pkg", true, SOURCE.repeat(3), true);
    writer.add_code("pkg.a", false, key(3), b"code of pkg.a".to_vec(), false);
    writer.add_code("pkg.sub", true, key(4), Vec::new(), false);
    writer.add_code("pkg.sub.deep", false, key(5), vec![5; 64], false);
    writer.add_code("pkg2", false, key(6), vec![6; 65], false);
    writer.add_data("pkg/data.txt", b"some data".to_vec(), true);
    writer.set_entry_point("main");
    writer.set_comment("for tests");
    writer.set_options(1, 0x0102_0304);
    writer
}

fn open(bytes: &[u8]) -> Bundle<&[u8]> {
    Bundle::open(bytes).unwrap()
}

fn names<'a>(entries: impl Iterator<Item = pyc_rs_cache::Entry<'a>>) -> Vec<&'a str> {
    entries.map(|entry| entry.name).collect()
}

#[test]
fn entries_are_found_by_name_and_kind() {
    let bytes = app();
    let bundle = open(&bytes);
    let code = bundle.find("pkg", EntryKind::Code).unwrap();
    assert_eq!((code.key, code.is_package), (key(2), true));
    assert_eq!(code.raw_len, 9 * SOURCE.len() as u64);
    assert_eq!(*code.bytes().unwrap(), SOURCE.repeat(9));
    let source = bundle.find("pkg", EntryKind::Source).unwrap();
    assert_eq!((source.key, source.is_package), (key(0), true));
    assert_eq!(*source.bytes().unwrap(), SOURCE.repeat(3));
    let data = bundle.find("pkg/data.txt", EntryKind::Data).unwrap();
    assert_eq!(*data.bytes().unwrap(), *b"some data");
}

#[test]
fn what_was_not_added_is_not_found() {
    let bytes = app();
    let bundle = open(&bytes);
    for name in ["", "a", "mai", "main.", "main2", "pkg.", "zzz", "\u{10ffff}"] {
        assert!(bundle.find(name, EntryKind::Code).is_none(), "{name}");
    }
    assert!(bundle.find("main", EntryKind::Source).is_none());
    assert!(bundle.find("main", EntryKind::Data).is_none());
}

#[test]
fn entries_come_in_the_order_of_names_then_kinds() {
    let bytes = app();
    let bundle = open(&bytes);
    assert_eq!(bundle.len(), 8);
    assert!(!bundle.is_empty());
    let all = ["main", "pkg", "pkg", "pkg.a", "pkg.sub", "pkg.sub.deep", "pkg/data.txt", "pkg2"];
    assert_eq!(names(bundle.entries()), all);
    let kinds: Vec<_> = bundle.entries().map(|entry| entry.kind).collect();
    assert_eq!(kinds[1..3], [EntryKind::Code, EntryKind::Source]);
}

#[test]
fn children_are_the_modules_one_level_below() {
    let bytes = app();
    let bundle = open(&bytes);
    assert_eq!(names(bundle.children("")), ["main", "pkg", "pkg2"]);
    assert_eq!(names(bundle.children("pkg")), ["pkg.a", "pkg.sub"]);
    assert_eq!(names(bundle.children("pkg.sub")), ["pkg.sub.deep"]);
    for none in ["pk", "pkg.a", "main", "pkg.", "nowhere", "."] {
        assert_eq!(names(bundle.children(none)), [""; 0], "{none}");
    }
}

#[test]
fn the_manifest_is_what_was_set() {
    let bytes = app();
    let bundle = open(&bytes);
    let manifest = BundleManifest {
        engine: "engine 1".to_owned(),
        modules: 6,
        entry_point: Some("main".to_owned()),
        comment: "for tests".to_owned(),
        optimize: 1,
        flags: 0x0102_0304,
    };
    assert_eq!(bundle.manifest(), Ok(manifest));
    assert!(bundle.is_from_engine("engine 1"));
    assert!(!bundle.is_from_engine("engine 2"));
}

#[test]
fn folders_are_whatever_has_something_below_it() {
    let bytes = app();
    let bundle = open(&bytes);
    for folder in ["pkg", "pkg/sub"] {
        assert!(bundle.has_folder(folder), "{folder}");
    }
    for none in ["", "main", "pk", "pkg2", "pkg/a", "pkg/data.txt", "zzz", "/", "pkg/"] {
        assert!(!bundle.has_folder(none), "{none}");
    }
    let mut writer = BundleWriter::new("engine 1");
    writer.add_data("a/b/c.txt", Vec::new(), false);
    let bytes = writer.finish().unwrap();
    let bundle = open(&bytes);
    assert!(bundle.has_folder("a") && bundle.has_folder("a/b") && !bundle.has_folder("a/b/c.txt"));
}

#[test]
fn an_executable_bundle_is_the_same_behind_its_first_line() {
    let (plain, bytes) = (app(), executable_app());
    assert!(bytes.starts_with(b"#!/usr/bin/env pyc-rs\n\0"));
    assert!(is_bundle(&plain) && is_bundle(&bytes) && is_bundle(&bytes[..72]));
    assert!(!is_bundle(&bytes[1..]) && !is_bundle(b"#!/bin/sh\n") && !is_bundle(b""));
    let (plain, bundle) = (open(&plain), open(&bytes));
    assert_eq!((plain.command(), bundle.command()), (None, Some("/usr/bin/env pyc-rs")));
    assert_eq!(bundle.whole(), bytes);
    assert_eq!(names(bundle.entries()), names(plain.entries()));
    assert_eq!(bundle.manifest(), plain.manifest());
    for entry in bundle.entries() {
        let content = entry.bytes().unwrap();
        assert_eq!(content, plain.find(entry.name, entry.kind).unwrap().bytes().unwrap());
        if bytes.as_ptr_range().contains(&content.as_ptr()) {
            assert_eq!((content.as_ptr() as usize - bytes.as_ptr() as usize) % 64, 0);
        }
    }
    assert!(Bundle::open_trusted(&bytes).unwrap().find("main", EntryKind::Code).is_some());
}

#[test]
fn a_command_that_the_system_would_not_take_is_an_error() {
    let mut writer = BundleWriter::new("engine 1");
    writer.set_command(&"x".repeat(300));
    assert!(matches!(writer.finish(), Err(BundleError::BadPrefix { .. })));
}

#[test]
fn a_bundle_without_entries_is_valid() {
    let bytes = BundleWriter::new("engine 1").finish().unwrap();
    let bundle = open(&bytes);
    assert!(bundle.is_empty());
    assert_eq!(bundle.entries().count() + bundle.children("").count(), 0);
    assert!(bundle.find("main", EntryKind::Code).is_none());
    assert_eq!(bundle.manifest().unwrap().entry_point, None);
}

#[test]
fn entries_are_borrowed_in_place_and_aligned_unless_compressed() {
    let bytes = app();
    let range = bytes.as_ptr_range();
    let bundle = open(&bytes);
    for entry in bundle.entries() {
        let content = entry.bytes().unwrap();
        assert_eq!(content.len() as u64, entry.raw_len);
        let in_place = range.contains(&content.as_ptr()) || content.is_empty();
        assert_eq!(in_place, entry.stored_len() == entry.raw_len, "{}", entry.name);
        if in_place && !content.is_empty() {
            assert_eq!((content.as_ptr() as usize - range.start as usize) % 64, 0);
        }
    }
}

#[test]
fn compression_is_used_only_where_it_saves_space() {
    let mut writer = BundleWriter::new("engine 1");
    writer.add_data("long", b"ab".repeat(1000), true);
    writer.add_data("short", b"ab".to_vec(), true);
    let bytes = writer.finish().unwrap();
    let bundle = open(&bytes);
    assert!(bundle.find("long", EntryKind::Data).unwrap().stored_len() < 100);
    assert_eq!(bundle.find("short", EntryKind::Data).unwrap().stored_len(), 2);
}

#[test]
fn a_large_compressed_entry_comes_back_whole() {
    let large: Vec<u8> = (0..20_000_000u32).map(|n| (n / 1000).to_le_bytes()[0]).collect();
    let mut writer = BundleWriter::new("engine 1");
    writer.add_data("large", large.clone(), true);
    let bytes = writer.finish().unwrap();
    assert!(bytes.len() < large.len() / 10);
    let bundle = open(&bytes);
    let entry = bundle.find("large", EntryKind::Data).unwrap();
    assert!(*entry.bytes().unwrap() == large);
}

#[test]
fn bytes_need_no_alignment() {
    let bytes = app();
    for shift in 1..8 {
        let shifted = [&vec![0; shift], bytes.as_slice()].concat();
        let bundle = open(&shifted[shift..]);
        for entry in bundle.entries() {
            entry.bytes().unwrap();
        }
        assert!(bundle.find("pkg2", EntryKind::Code).is_some());
    }
}

#[test]
fn a_bundle_is_shared_between_threads() {
    let bundle = Bundle::open(app()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| bundle.entries().for_each(|entry| drop(entry.bytes().unwrap())));
        }
    });
}

#[test]
fn adding_a_name_twice_in_one_kind_is_an_error_that_names_it() {
    let mut writer = BundleWriter::new("engine 1");
    writer.add_code("a", false, key(1), b"1".to_vec(), false);
    writer.add_source("a", false, b"1".to_vec(), false);
    writer.add_code("b", false, key(1), b"1".to_vec(), false);
    writer.add_code("a", true, key(2), b"2".to_vec(), false);
    let error = writer.finish().unwrap_err();
    let duplicate = BundleError::Duplicate { name: "a".to_owned(), kind: EntryKind::Code };
    assert_eq!(error, duplicate);
    assert_eq!(error.to_string(), "the code of `a` was added twice");
}

#[test]
fn an_entry_without_a_name_is_an_error() {
    let mut writer = BundleWriter::new("engine 1");
    writer.add_data("", b"1".to_vec(), false);
    assert_eq!(writer.finish(), Err(BundleError::EmptyName));
}

type NewEntry = (String, u8, bool, [u8; 32], Vec<u8>, bool);

fn write(entries: &[NewEntry]) -> Result<Vec<u8>, BundleError> {
    let mut writer = BundleWriter::new("engine 1");
    for (name, kind, is_package, key, bytes, compress) in entries.iter().cloned() {
        match kind {
            0 => writer.add_code(&name, is_package, Key::from_bytes(key), bytes, compress),
            1 => writer.add_source(&name, is_package, bytes, compress),
            _ => writer.add_data(&name, bytes, compress),
        }
    }
    writer.finish()
}

fn any_entries() -> impl Strategy<Value = Vec<NewEntry>> {
    let bytes = prop::collection::vec(any::<u8>(), 0..200).prop_map(|bytes| bytes.repeat(2));
    let entry = ("[a-c.é]{1,4}", 0..3u8, any::<bool>(), any::<[u8; 32]>(), bytes, any::<bool>());
    prop::collection::vec(entry, 0..12).prop_map(|mut entries| {
        entries.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        entries.dedup_by(|a, b| (&a.0, a.1) == (&b.0, b.1));
        entries
    })
}

proptest! {
    #[test]
    fn every_entry_comes_back_as_it_was_added(entries in any_entries()) {
        let bytes = write(&entries).unwrap();
        let bundle = open(&bytes);
        prop_assert_eq!(bundle.len(), entries.len());
        for (name, kind, is_package, key, raw, _) in &entries {
            let kind = [EntryKind::Code, EntryKind::Source, EntryKind::Data][usize::from(*kind)];
            let entry = bundle.find(name, kind).unwrap();
            prop_assert_eq!(entry.is_package, *is_package && kind != EntryKind::Data);
            prop_assert!(kind != EntryKind::Code || entry.key.as_bytes() == key);
            prop_assert_eq!(&*entry.bytes().unwrap(), raw);
        }
    }

    #[test]
    fn the_order_of_adding_does_not_matter(
        (sorted, shuffled) in any_entries()
            .prop_flat_map(|entries| (Just(entries.clone()), Just(entries).prop_shuffle())),
    ) {
        prop_assert_eq!(write(&sorted).unwrap(), write(&shuffled).unwrap());
    }

    #[test]
    fn children_are_what_a_scan_of_all_entries_finds(entries in any_entries(), package in "[a-c]{0,2}") {
        let bytes = write(&entries).unwrap();
        let bundle = open(&bytes);
        let is_child = |name: &str| {
            let leaf = match package.as_str() {
                "" => Some(name),
                package => name.strip_prefix(package).and_then(|rest| rest.strip_prefix('.')),
            };
            leaf.is_some_and(|leaf| !leaf.is_empty() && !leaf.contains('.'))
        };
        let scanned: Vec<&str> = bundle
            .entries()
            .filter(|entry| entry.kind == EntryKind::Code && is_child(entry.name))
            .map(|entry| entry.name)
            .collect();
        prop_assert_eq!(names(bundle.children(&package)), scanned);
    }
}
