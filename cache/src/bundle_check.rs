//! The full check of a bundle when it is opened.
//!
//! It accepts exactly what the writer writes. Only the bytes of the entries and the padding
//! between them are left for later, so that opening a large bundle reads none of its data.

use zerocopy::FromBytes;

use crate::bundle_format::{
    BundleError, BundleManifest, COMPRESSION_NONE, COMPRESSION_ZSTD, DATA_ALIGN, EntryKind, FLAG_PACKAGE, RAW_LIMIT,
    RawEntry, RawHeader, Sections,
};
use crate::wire;

/// Checks the header alone, of a bundle without its prefix.
pub(crate) fn header(bytes: &[u8]) -> Result<(&RawHeader, Sections), BundleError> {
    let (header, _) = RawHeader::ref_from_prefix(bytes).map_err(|_| BundleError::TooShort { len: bytes.len() })?;
    let sections = header.check(bytes.len())?;
    Ok((header, sections))
}

/// Checks everything but the data, in this order: header, prefix, hash, padding, manifest,
/// table. The prefix is what stands in front of `bytes`.
pub(crate) fn check(prefix: &[u8], bytes: &[u8]) -> Result<Sections, BundleError> {
    let (header, sections) = header(bytes)?;
    header.check_prefix(prefix)?;
    let table = bytes.get(sections.table.clone()).unwrap_or_default();
    let names = bytes.get(sections.names.clone()).unwrap_or_default();
    let manifest = bytes.get(sections.manifest.clone()).unwrap_or_default();
    if !header.index_hash_matches(manifest, table, names) {
        return Err(BundleError::IndexHashMismatch);
    }
    let padding = bytes.get(sections.manifest.end..sections.data_off);
    if padding.is_none_or(|padding| padding.iter().any(|&byte| byte != 0)) {
        return Err(BundleError::BadHeader { what: "padding is not zero" });
    }
    let rows =
        <[RawEntry]>::ref_from_bytes(table).map_err(|_| BundleError::BadHeader { what: "table of a wrong size" })?;
    check_manifest(manifest, header, rows)?;
    check_table(rows, names, &sections, bytes.len())?;
    Ok(sections)
}

fn check_manifest(bytes: &[u8], header: &RawHeader, rows: &[RawEntry]) -> Result<(), BundleError> {
    let manifest: BundleManifest = wire::from_bytes(bytes).map_err(BundleError::BadManifest)?;
    if !header.is_from_engine(&manifest.engine) {
        return Err(BundleError::ManifestMismatch { what: "header" });
    }
    let modules = rows.iter().filter(|row| row.kind == EntryKind::Code as u8);
    if modules.count() != manifest.modules as usize {
        return Err(BundleError::ManifestMismatch { what: "table" });
    }
    Ok(())
}

fn check_table(rows: &[RawEntry], names: &[u8], sections: &Sections, file_len: usize) -> Result<(), BundleError> {
    let mut end = Progress { name_start: 0, names_end: 0, data_end: sections.data_off };
    let mut previous: Option<(&[u8], u8)> = None;
    for (index, row) in rows.iter().enumerate() {
        let at = |what| BundleError::BadEntry { index, what };
        check_fields(row).map_err(at)?;
        let name = check_name(row, names).map_err(at)?;
        let this = (name, row.kind);
        if previous.is_some_and(|previous| previous >= this) {
            return Err(at("out of order"));
        }
        let shares_name = previous.is_some_and(|(previous, _)| previous == name);
        end.advance(row, shares_name).map_err(at)?;
        previous = Some(this);
    }
    if end.names_end != names.len() {
        return Err(BundleError::BadHeader { what: "names that nothing refers to" });
    }
    if end.data_end != file_len {
        return Err(BundleError::BadHeader { what: "data that nothing refers to" });
    }
    Ok(())
}

/// Checks the fields of a row that stand alone.
fn check_fields(row: &RawEntry) -> Result<(), &'static str> {
    let Some(kind) = EntryKind::from_byte(row.kind) else {
        return Err("unknown kind");
    };
    if row.pad != [0; 5] || row.reserved != [0; 8] {
        return Err("reserved bytes are not zero");
    }
    if row.flags & !FLAG_PACKAGE != 0 || (kind == EntryKind::Data && row.flags != 0) {
        return Err("unknown flags");
    }
    if kind != EntryKind::Code && row.key != [0; 32] {
        return Err("a key where there is no code");
    }
    if row.raw_len.get() > RAW_LIMIT {
        return Err("larger than 1 GiB");
    }
    match row.compression {
        COMPRESSION_NONE if row.raw_len == row.stored_len => Ok(()),
        COMPRESSION_ZSTD if row.stored_len < row.raw_len => Ok(()),
        COMPRESSION_NONE | COMPRESSION_ZSTD => Err("lengths that contradict the compression"),
        _ => Err("unknown compression"),
    }
}

fn check_name<'a>(row: &RawEntry, names: &'a [u8]) -> Result<&'a [u8], &'static str> {
    let name = row.name_in(names).ok_or("name outside the names")?;
    if name.is_empty() {
        return Err("empty name");
    }
    match str::from_utf8(name) {
        Ok(_) => Ok(name),
        Err(_) => Err("name is not UTF-8"),
    }
}

/// How far the rows so far fill the names and the data. Each row starts where the one before
/// ends: no gaps, no overlaps.
struct Progress {
    name_start: usize,
    names_end: usize,
    data_end: usize,
}

impl Progress {
    /// A row of the same name as the one before shares its bytes.
    fn advance(&mut self, row: &RawEntry, shares_name: bool) -> Result<(), &'static str> {
        let name_off = row.name_off.get() as usize;
        if !shares_name {
            self.name_start = self.names_end;
            self.names_end += row.name_len.get() as usize;
        }
        if name_off != self.name_start {
            return Err("name is not where it belongs");
        }
        let stored = row.stored().ok_or("data outside the file")?;
        if Some(stored.start) != self.data_end.checked_next_multiple_of(DATA_ALIGN) {
            return Err("data is not where it belongs");
        }
        self.data_end = stored.end;
        Ok(())
    }
}
