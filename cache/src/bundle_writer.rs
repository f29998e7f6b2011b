//! Writing bundles.

use zerocopy::IntoBytes;
use zerocopy::little_endian::{U32, U64};

use crate::bundle_format::{
    BundleError, BundleManifest, COMPRESSION_NONE, COMPRESSION_ZSTD, DATA_ALIGN, EntryKind, FLAG_PACKAGE, RAW_LIMIT,
    RawEntry, RawHeader, Sections,
};
use crate::bundle_prefix;
use crate::key::Key;
use crate::wire;

/// A bundle is written once and read often.
const ZSTD_LEVEL: i32 = 12;

/// Collects entries and makes a bundle of them. The same entries give the same bytes, in
/// whatever order they are added.
#[derive(Debug)]
pub struct BundleWriter {
    engine: String,
    entry_point: Option<String>,
    comment: String,
    optimize: u8,
    flags: u32,
    command: Option<String>,
    entries: Vec<NewEntry>,
}

#[derive(Debug)]
struct NewEntry {
    name: String,
    kind: EntryKind,
    is_package: bool,
    key: Key,
    raw: Vec<u8>,
    compress: bool,
}

impl BundleWriter {
    /// A writer without entries, for code of the compiler with this fingerprint.
    #[must_use]
    pub fn new(engine: &str) -> Self {
        Self {
            engine: engine.to_owned(),
            entry_point: None,
            comment: String::new(),
            optimize: 0,
            flags: 0,
            command: None,
            entries: Vec::new(),
        }
    }

    /// Adds the code of the module `name` (dotted). With `compress`, it is compressed if that
    /// makes it smaller.
    pub fn add_code(&mut self, name: &str, is_package: bool, key: Key, payload: Vec<u8>, compress: bool) {
        self.entries.push(NewEntry {
            name: name.to_owned(),
            kind: EntryKind::Code,
            is_package,
            key,
            raw: payload,
            compress,
        });
    }

    /// Adds the source of the module `name` (dotted).
    pub fn add_source(&mut self, name: &str, is_package: bool, bytes: Vec<u8>, compress: bool) {
        self.entries.push(NewEntry {
            name: name.to_owned(),
            kind: EntryKind::Source,
            is_package,
            key: NO_KEY,
            raw: bytes,
            compress,
        });
    }

    /// Adds a data file under its path (with slashes).
    pub fn add_data(&mut self, path: &str, bytes: Vec<u8>, compress: bool) {
        self.entries.push(NewEntry {
            name: path.to_owned(),
            kind: EntryKind::Data,
            is_package: false,
            key: NO_KEY,
            raw: bytes,
            compress,
        });
    }

    /// Names the module to run, or the function in one (`module:function`).
    pub fn set_entry_point(&mut self, entry_point: &str) {
        self.entry_point = Some(entry_point.to_owned());
    }

    /// Says how the code was compiled: with the optimisation level and the compiler flags that
    /// are in its keys.
    pub fn set_options(&mut self, optimize: u8, flags: u32) {
        self.optimize = optimize;
        self.flags = flags;
    }

    /// Begins the bundle with a line that lets the operating system run it with this command,
    /// such as `/usr/bin/env pyc-rs`.
    pub fn set_command(&mut self, command: &str) {
        self.command = Some(command.to_owned());
    }

    /// Sets the comment of the manifest.
    pub fn set_comment(&mut self, comment: &str) {
        comment.clone_into(&mut self.comment);
    }

    /// The bytes of the bundle.
    ///
    /// # Errors
    ///
    /// [`BundleError::Duplicate`] if a name was added twice in one kind,
    /// [`BundleError::EmptyName`], [`BundleError::BadPrefix`] if the command is none, and
    /// [`BundleError::TooLarge`] for what the format cannot hold.
    pub fn finish(mut self) -> Result<Vec<u8>, BundleError> {
        self.entries.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        self.check_names()?;
        let prefix = self.command.as_deref().map(bundle_prefix::of_command).transpose()?.unwrap_or_default();
        let manifest = wire::to_bytes(&self.manifest()?).map_err(BundleError::BadManifest)?;
        let names_len = self.names_len();
        let sections =
            Sections::new(self.entries.len(), names_len, manifest.len()).ok_or_else(|| too_large("the index"))?;

        let mut body = Body::new(sections.data_off);
        for entry in self.entries {
            body.push(entry)?;
        }
        let Body { rows, names, data, .. } = body;
        let entry_count = u32::try_from(rows.len()).map_err(|_| too_large("the index"))?;
        let file_len = sections.data_off + data.len();
        let mut header = RawHeader::new(entry_count, &sections, file_len, &self.engine, &prefix);
        header.set_index_hash(&manifest, rows.as_bytes(), &names);

        let mut file = Vec::with_capacity(prefix.len() + file_len);
        for part in [&prefix, header.as_bytes(), rows.as_bytes(), &names, &manifest] {
            file.extend_from_slice(part);
        }
        file.resize(prefix.len() + sections.data_off, 0);
        file.extend_from_slice(&data);
        Ok(file)
    }

    fn manifest(&self) -> Result<BundleManifest, BundleError> {
        let modules = self.entries.iter().filter(|entry| entry.kind == EntryKind::Code);
        Ok(BundleManifest {
            engine: self.engine.clone(),
            modules: u32::try_from(modules.count()).map_err(|_| too_large("the index"))?,
            entry_point: self.entry_point.clone(),
            comment: self.comment.clone(),
            optimize: self.optimize,
            flags: self.flags,
        })
    }

    /// The entries are sorted.
    fn check_names(&self) -> Result<(), BundleError> {
        if self.entries.iter().any(|entry| entry.name.is_empty()) {
            return Err(BundleError::EmptyName);
        }
        let mut pairs = self.entries.iter().zip(self.entries.iter().skip(1));
        match pairs.find(|(a, b)| a.sort_key() == b.sort_key()) {
            Some((entry, _)) => Err(BundleError::Duplicate { name: entry.name.clone(), kind: entry.kind }),
            None => Ok(()),
        }
    }

    /// Size of the distinct names, in bytes. The entries are sorted.
    fn names_len(&self) -> usize {
        let mut names: Vec<&str> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
        names.dedup();
        names.into_iter().map(str::len).sum()
    }
}

const NO_KEY: Key = Key::from_bytes([0; 32]);

impl NewEntry {
    fn sort_key(&self) -> (&[u8], EntryKind) {
        (self.name.as_bytes(), self.kind)
    }
}

/// The sections that grow with each entry.
struct Body {
    rows: Vec<RawEntry>,
    names: Vec<u8>,
    data: Vec<u8>,
    /// Where the data starts in the file: a multiple of the alignment.
    data_off: usize,
    last_name: String,
    last_name_off: u32,
}

impl Body {
    fn new(data_off: usize) -> Self {
        Self {
            rows: Vec::new(),
            names: Vec::new(),
            data: Vec::new(),
            data_off,
            last_name: String::new(),
            last_name_off: 0,
        }
    }

    fn push(&mut self, entry: NewEntry) -> Result<(), BundleError> {
        let NewEntry { name, kind, is_package, key, raw, compress } = entry;
        let raw_len = raw.len() as u64;
        if raw_len > RAW_LIMIT {
            return Err(too_large(&format!("the {kind} of `{name}`")));
        }
        let (compression, stored) = store(raw, compress);
        self.data.resize(self.data.len().next_multiple_of(DATA_ALIGN), 0);
        let stored_off = self.data_off + self.data.len();
        self.data.extend_from_slice(&stored);
        let (name_off, name_len) = self.add_name(name)?;
        self.rows.push(RawEntry {
            name_off: U32::new(name_off),
            name_len: U32::new(name_len),
            kind: kind as u8,
            flags: if is_package { FLAG_PACKAGE } else { 0 },
            compression,
            pad: [0; 5],
            raw_len: U64::new(raw_len),
            stored_off: U64::new(stored_off as u64),
            stored_len: U64::new(stored.len() as u64),
            key: *key.as_bytes(),
            hash: *blake3::hash(&stored).as_bytes(),
            reserved: [0; 8],
        });
        Ok(())
    }

    /// Entries of one name share its bytes.
    fn add_name(&mut self, name: String) -> Result<(u32, u32), BundleError> {
        let narrow = |len| u32::try_from(len).map_err(|_| too_large("the names"));
        let name_len = narrow(name.len())?;
        if name != self.last_name {
            self.last_name_off = narrow(self.names.len())?;
            self.names.extend_from_slice(name.as_bytes());
            self.last_name = name;
        }
        Ok((self.last_name_off, name_len))
    }
}

/// The compression and the bytes to store.
fn store(raw: Vec<u8>, compress: bool) -> (u8, Vec<u8>) {
    if compress {
        // Compression cannot fail but for lack of memory; then the raw bytes are as good.
        match zstd::bulk::compress(&raw, ZSTD_LEVEL) {
            Ok(packed) if packed.len() < raw.len() => return (COMPRESSION_ZSTD, packed),
            _ => {}
        }
    }
    (COMPRESSION_NONE, raw)
}

fn too_large(what: &str) -> BundleError {
    BundleError::TooLarge { what: what.to_owned() }
}
