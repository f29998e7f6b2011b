//! Files that were written once and must be readable, and written the same, for as long as the
//! format has this version. `PYC_RS_BLESS=1` writes them anew, which is right only together
//! with a new `FORMAT_VERSION` (of bundles: `VERSION`) or, for the archive, the compressed entry
//! of the bundle and the entries of a remote, a new zstd.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use pyc_rs_cache::archive::Reader;
use pyc_rs_cache::artifact::{encode, parse};
use pyc_rs_cache::{
    ArtifactMeta, Bundle, BundleError, BundleWriter, EntryKind, FileStamp, ImportOptions, IndexEntry, IndexId,
    IndexLookup, KeyInputs, MetaWarning, Pack, Selection, StatIndex, pack,
};

use crate::support::{TestStore, key};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// The bytes of the golden file, after a check that the writer still writes them.
pub(crate) fn reproduced(name: &str, written: &[u8]) -> Vec<u8> {
    let path = golden(name);
    if env::var_os("PYC_RS_BLESS").is_some_and(|value| value == "1") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, written).unwrap();
    }
    let golden = fs::read(&path).unwrap();
    assert!(golden == written, "{name} is written in another way than before");
    golden
}

fn artifact_meta() -> ArtifactMeta {
    ArtifactMeta {
        source_len: 0x0102_0304_0506_0708,
        first_path: "/src/ä.py".to_owned(),
        engine: "engine 1".to_owned(),
        has_docstring: true,
        code_objects: 0x1112_1314,
        mode: 1,
        optimize: 2,
        warnings: vec![
            MetaWarning { line: 3, message: "first".to_owned() },
            MetaWarning { line: u32::MAX, message: String::new() },
        ],
    }
}

#[test]
fn the_artifact_is_as_it_was() {
    let inputs = KeyInputs { source: b"x = 1\n", mode: 1, optimize: 2, flags: 3, engine: "engine 1" };
    let key = inputs.key();
    let written = encode(&key, &artifact_meta(), b"the payload").unwrap();
    let bytes = reproduced("artifact-v1.bin", &written);
    let view = parse(&bytes, Some(&key)).unwrap();
    assert_eq!(view.meta(), Ok(artifact_meta()));
    assert_eq!(view.payload, b"the payload");
}

#[test]
fn the_bundle_is_as_it_was() {
    let mut writer = BundleWriter::new("engine 1");
    writer.add_code("pkg", true, key(1), b"code of pkg".to_vec(), false);
    writer.add_source("pkg", true, b"pass\n".repeat(100), true);
    writer.add_code("pkg.mod", false, key(2), Vec::new(), false);
    writer.add_data("pkg/data.bin", vec![0xff; 65], false);
    writer.set_entry_point("pkg.mod");
    writer.set_comment("golden");
    writer.set_options(2, 1);
    writer.set_command("/usr/bin/env pyc-rs");
    let bytes = reproduced("bundle-v2.bin", &writer.finish().unwrap());
    let bundle = Bundle::open(bytes).unwrap();
    let content = |name, kind| bundle.find(name, kind).unwrap().bytes().unwrap().into_owned();
    assert_eq!(content("pkg", EntryKind::Code), b"code of pkg");
    assert_eq!(content("pkg", EntryKind::Source), b"pass\n".repeat(100));
    assert_eq!(content("pkg.mod", EntryKind::Code), b"");
    assert_eq!(content("pkg/data.bin", EntryKind::Data), [0xff; 65]);
    let manifest = bundle.manifest().unwrap();
    assert_eq!((manifest.modules, manifest.entry_point.as_deref()), (2, Some("pkg.mod")));
    assert_eq!((manifest.optimize, manifest.flags, bundle.command()), (2, 1, Some("/usr/bin/env pyc-rs")));
}

#[test]
fn a_bundle_of_the_first_version_is_told_apart() {
    let bytes = fs::read(golden("bundle-v1.bin")).unwrap();
    assert_eq!(Bundle::open(bytes).unwrap_err(), BundleError::UnsupportedVersion { found: 1 });
}

#[test]
fn the_pack_is_as_it_was() {
    let artifact = |n: u8| (key(n), encode(&key(n), &artifact_meta(), &vec![n; usize::from(n)]).unwrap());
    let artifacts: Vec<_> = (0..70).rev().map(artifact).collect();
    let bytes = reproduced("pack-v1.bin", &pack::encode(artifacts.clone()).unwrap());
    let pack = Pack::open(bytes).unwrap();
    pack.check().unwrap();
    assert_eq!(pack.len(), 70);
    for (key, bytes) in artifacts {
        let index = pack.find(&key).unwrap().unwrap();
        pack.verify(index).unwrap();
        assert_eq!(pack.bytes_of(index), bytes);
    }
}

#[test]
fn the_stat_index_is_as_it_was() {
    let started_ns = 1_800_000_000_123_456_789;
    let entry = |n: u8, mtime_ns| {
        let stamp = FileStamp { size: u64::from(n), mtime_ns, ctime_ns: mtime_ns, inode: 77 };
        IndexEntry { stamp, key: key(n) }
    };
    let (fresh, racy) = (entry(1, started_ns - 1_000_000_000), entry(2, started_ns));
    let test = TestStore::new();
    let id = IndexId::new(b"/src", "optimize=0");
    let entries = vec![(b"pkg/b.py".to_vec(), racy), (b"a.py".to_vec(), fresh)];
    StatIndex::save(&test, &id, started_ns, entries).unwrap();
    let path = test.path("index").join(id.to_string());
    let bytes = reproduced("index-v1.bin", &fs::read(&path).unwrap());

    fs::remove_file(&path).unwrap();
    fs::write(&path, bytes).unwrap();
    let index = StatIndex::load(&test, &id);
    assert_eq!(index.lookup(b"a.py", &fresh.stamp), IndexLookup::Fresh(key(1)));
    assert_eq!(index.lookup(b"pkg/b.py", &racy.stamp), IndexLookup::Racy(key(2)));
}

#[test]
fn the_archive_is_as_it_was() {
    let test = TestStore::new();
    for n in 1..=3 {
        test.put(&key(n), &artifact_meta(), &[n; 40]).unwrap();
    }
    let mut written = Vec::new();
    let selection = Selection { keys: test.keys().unwrap(), ..Selection::default() };
    test.export(&selection, &mut written).unwrap();
    let bytes = reproduced("archive-v1.bin", &written);
    let other = TestStore::new();
    let options = ImportOptions { engine: Some("engine 1"), ..ImportOptions::default() };
    let report = other.import(Reader::new(bytes.as_slice()), options, &mut |_, _| ()).unwrap();
    assert!(report.stored == 3 && report.damage.is_none());
    for n in 1..=3 {
        assert_eq!(other.get(&key(n)).hit().unwrap().payload(), [n; 40]);
    }
}
