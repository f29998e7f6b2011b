//! Bundles from arbitrary bytes. The golden file is a good seed:
//! `cargo fuzz run bundle fuzz/corpus/bundle tests/golden`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pyc_rs_cache::{Bundle, BundleWriter, EntryKind};

fuzz_target!(|bytes: &[u8]| {
    check(bytes);
    // No mutation finds a hash. With the right one, the bytes behind it matter.
    if let Some(sealed) = sealed(bytes) {
        check(&sealed);
    }
    // The same behind a first line of some length.
    if let Some((&len, rest)) = bytes.split_first() {
        let line = (64 * (1 + usize::from(len) % 4)).min(rest.len());
        let (line, body) = rest.split_at(line);
        if let Some(sealed) = sealed(body).and_then(|body| with_line(line, &body)) {
            check(&sealed);
        }
    }
});

/// A sealed bundle that belongs to the line in front of it.
fn with_line(line: &[u8], body: &[u8]) -> Option<Vec<u8>> {
    let mut body = body.to_vec();
    body.get_mut(144..152)?.copy_from_slice(&(line.len() as u64).to_le_bytes());
    body.get_mut(152..184)?.copy_from_slice(blake3::hash(line).as_bytes());
    Some([line, &body].concat())
}

fn check(bytes: &[u8]) {
    if let Ok(bundle) = Bundle::open_trusted(bytes) {
        use_all(&bundle);
    }
    if let Ok(bundle) = Bundle::open(bytes) {
        use_all(&bundle);
        assert_eq!(bundle.entries().count(), bundle.len());
        for entry in bundle.entries() {
            let found = bundle.find(entry.name, entry.kind).expect("a checked bundle is sorted");
            assert_eq!(found.key, entry.key);
        }
        if let Some(rewritten) = rewritten(&bundle) {
            assert!(rewritten == bytes, "a checked bundle has one encoding");
        }
    }
}

fn use_all(bundle: &Bundle<&[u8]>) {
    let _ = (bundle.is_empty(), bundle.manifest(), bundle.is_from_engine("engine 1"));
    let _ = (bundle.command(), bundle.whole().len(), bundle.has_folder("pkg"), bundle.has_folder("a/b"));
    for entry in bundle.entries() {
        let _ = bundle.children(entry.name).count();
        // Decompression of a gigabyte that was asked for is slow, not wrong.
        if entry.raw_len < 1 << 20 {
            let _ = entry.bytes();
        }
    }
    for name in ["", "pkg", "pkg.mod", "zzz"] {
        let _ = bundle.find(name, EntryKind::Code);
        let _ = bundle.children(name).count();
    }
}

/// What the writer makes of the same entries; `None` if an entry is damaged, or compressed, for
/// which there is more than one encoding.
fn rewritten(bundle: &Bundle<&[u8]>) -> Option<Vec<u8>> {
    let manifest = bundle.manifest().expect("a checked bundle has a manifest");
    let mut writer = BundleWriter::new(&manifest.engine);
    for entry in bundle.entries() {
        if entry.stored_len() != entry.raw_len {
            return None;
        }
        let (name, is_package, bytes) = (entry.name, entry.is_package, entry.bytes().ok()?.into_owned());
        match entry.kind {
            EntryKind::Code => writer.add_code(name, is_package, entry.key, bytes, false),
            EntryKind::Source => writer.add_source(name, is_package, bytes, false),
            EntryKind::Data => writer.add_data(name, bytes, false),
        }
    }
    if let Some(module) = &manifest.entry_point {
        writer.set_entry_point(module);
    }
    writer.set_comment(&manifest.comment);
    writer.set_options(manifest.optimize, manifest.flags);
    if let Some(command) = bundle.command() {
        writer.set_command(command);
    }
    Some(writer.finish().expect("the entries fit"))
}

fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let offset = |at: usize| {
        let offset = u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?);
        usize::try_from(offset).ok()
    };
    let (table, names, manifest) = (offset(24)?, offset(32)?, offset(48)?);
    let manifest_end = manifest.checked_add(offset(56)?)?;
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(bytes.get(..112)?)
        .update(bytes.get(manifest..manifest_end)?)
        .update(bytes.get(table..names)?)
        .update(bytes.get(names..manifest)?);
    let mut sealed = bytes.to_vec();
    sealed.get_mut(112..144)?.copy_from_slice(hasher.finalize().as_bytes());
    Some(sealed)
}
