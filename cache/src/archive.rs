//! Objects of a store in one compressed stream, to be kept by somebody else: a CI system's own
//! cache, a release page, a pipe to another machine.
//!
//! The same objects give the same bytes. An import takes nothing on trust: each object passes
//! the checks that it would have to pass in the store, and those that do not are refused one by
//! one. What a key was made from cannot be checked, however: whoever can write an archive that
//! is imported can decide what runs, as whoever can write to the store can.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use crate::archive_format::{RAW_LIMIT, Writer};
use crate::artifact::{self, ArtifactError};
use crate::error::{IoContext, StoreError};
use crate::key::Key;
use crate::platform;
use crate::store::{NewObject, Store};

pub use crate::archive_format::{ArchiveError, Block, MAGIC, Reader};

/// Objects that are imported are stored together, so many bytes of them at a time.
const BATCH_LEN: u64 = 16 << 20;

/// How much of mapped packs an export keeps in memory, in bytes, and about as much again: objects
/// share their pages with others.
const EXPORT_MEMORY: u64 = 16 << 20;

/// How much room is made at once for what is imported, in bytes, and at most a sixteenth of the store.
const EVICT_AHEAD: u64 = 64 << 20;

/// What an object takes in a pack besides its bytes, at most.
const PACKED_LEN: u64 = 128;

/// Which objects to export.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Their keys, in any order.
    pub keys: Vec<Key>,
    /// Leave out objects of other compilers than the one with this fingerprint.
    pub engine: Option<String>,
    /// Leave these out.
    pub except: HashSet<Key>,
}

/// What [`Store::export`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// Number of objects written.
    pub objects: u64,
    /// Their size in the store, in bytes.
    pub bytes: u64,
    /// Size of the archive, in bytes.
    pub archive_bytes: u64,
    /// Number of objects left out that were to be.
    pub excepted: u64,
    /// Number of objects left out because they are of another compiler.
    pub foreign: u64,
    /// Number of objects that are not in the store, or are damaged or too large (256 MiB).
    pub missing: u64,
}

/// What to import of an archive.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions<'a> {
    /// Refuse objects of other compilers than the one with this fingerprint: they would never be
    /// found.
    pub engine: Option<&'a str>,
    /// The size limit of the store, in bytes. What is imported makes room for itself, as gc does;
    /// what would not fit even in an empty store is left out.
    pub limit_bytes: Option<u64>,
}

/// What [`Store::import`] did.
#[derive(Debug, Default)]
pub struct ImportReport {
    /// Number of objects in the archive, as far as it was read.
    pub objects: u64,
    /// Number of objects stored.
    pub stored: u64,
    /// Their size in bytes.
    pub stored_bytes: u64,
    /// Number of objects that were in the store already, undamaged.
    pub present: u64,
    /// Number of objects refused because they are of another compiler or format version.
    pub foreign: u64,
    /// Number of objects refused because they are damaged.
    pub corrupt: u64,
    /// Number of objects left out because the archive is larger than the store may be.
    pub over_limit: u64,
    /// Number of objects that were removed from the store to make room.
    pub evicted: u64,
    /// Why the archive could not be read to its end. What came before was imported.
    pub damage: Option<ArchiveError>,
}

/// Is told of each damaged object, and what is wrong with it.
pub type OnRefused<'a> = &'a mut dyn FnMut(&Key, &str);

impl Store {
    /// Writes an archive of these objects. The same objects give the same bytes, whatever their
    /// order and wherever they are in the store.
    ///
    /// # Errors
    ///
    /// Those of writing.
    pub fn export(&self, selection: &Selection, out: &mut dyn Write) -> io::Result<ExportReport> {
        // Keys of a store are in order already, and there may be a million of them.
        let mut keys = Cow::from(&selection.keys);
        if !keys.is_sorted_by(|a, b| a < b) {
            keys.to_mut().sort_unstable();
            keys.to_mut().dedup();
        }
        let mut report = ExportReport::default();
        let mut writer = Writer::new(out)?;
        let mut looked_at = 0;
        for key in keys.iter() {
            if looked_at > EXPORT_MEMORY {
                looked_at = 0;
                self.packs.give_back();
                if let Some(base) = self.base() {
                    base.packs.give_back();
                }
            }
            if selection.except.contains(key) {
                report.excepted += 1;
                continue;
            }
            let Ok(artifact) = self.look_up(key) else {
                report.missing += 1;
                continue;
            };
            let bytes = artifact.file_bytes();
            looked_at += bytes.len() as u64;
            match artifact.meta() {
                Ok(meta) if selection.engine.as_ref().is_some_and(|engine| *engine != meta.engine) => {
                    report.foreign += 1;
                }
                Ok(_) if bytes.len() as u64 <= RAW_LIMIT => {
                    writer.add(key, bytes)?;
                    report.objects += 1;
                    report.bytes += bytes.len() as u64;
                }
                Ok(_) | Err(_) => report.missing += 1,
            }
        }
        report.archive_bytes = writer.finish()?;
        Ok(report)
    }

    /// Stores the objects of an archive that are not in the store yet. They appear by the
    /// same atomic steps as any other; a process that is killed leaves some of them, whole.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is not writable, or an object could not be written.
    pub fn import<R: Read>(
        &self,
        archive: Result<Reader<R>, ArchiveError>,
        options: ImportOptions<'_>,
        on_refused: OnRefused<'_>,
    ) -> Result<ImportReport, StoreError> {
        if self.writable().is_none() {
            let path = self.root().map(Path::to_owned).unwrap_or_default();
            return Err(StoreError::ReadOnly { action: "import into", path });
        }
        let mut import = Import {
            store: self,
            options,
            room: None,
            on_refused,
            batch: Vec::new(),
            batch_len: 0,
            kept_bytes: 0,
            report: ImportReport::default(),
        };
        let mut reader = match archive {
            Ok(reader) => reader,
            Err(damage) => return Ok(ImportReport { damage: Some(damage), ..ImportReport::default() }),
        };
        loop {
            match reader.next_block() {
                Ok(Some(block)) => import.block(&block)?,
                Ok(None) => break,
                Err(damage) => {
                    import.report.damage = Some(damage);
                    break;
                }
            }
        }
        import.flush()?;
        Ok(import.report)
    }
}

struct Import<'a, 'f> {
    store: &'a Store,
    options: ImportOptions<'a>,
    /// What fits into the store below its limit, in bytes, when that has been looked at.
    room: Option<u64>,
    on_refused: OnRefused<'f>,
    batch: Vec<NewObject>,
    batch_len: u64,
    /// Size of what is in the archive and in the store, in bytes: nothing of it makes room.
    kept_bytes: u64,
    report: ImportReport,
}

impl Import<'_, '_> {
    fn block(&mut self, block: &Block) -> Result<(), StoreError> {
        self.report.objects += block.keys().len() as u64;
        // What is there is verified: an object that went bad is what an import can mend.
        let mut wanted = HashSet::new();
        for key in block.keys() {
            match self.store.look_up(&key) {
                Ok(artifact) => self.kept_bytes += artifact.file_len() + PACKED_LEN,
                Err(_) => {
                    wanted.insert(key);
                }
            }
        }
        self.report.present += (block.keys().len() - wanted.len()) as u64;
        if wanted.is_empty() {
            return Ok(());
        }
        match block.decompress() {
            Ok(raw) => {
                for (key, bytes) in block.objects(&raw).filter(|(key, _)| wanted.contains(key)) {
                    self.object(key, bytes)?;
                }
            }
            Err(error) => {
                for key in block.keys().filter(|key| wanted.contains(key)) {
                    self.refuse(&key, &format!("does not decompress: {error}"));
                }
            }
        }
        Ok(())
    }

    fn object(&mut self, key: Key, bytes: &[u8]) -> Result<(), StoreError> {
        match artifact::parse(bytes, Some(&key)).and_then(|view| view.meta()) {
            Err(ArtifactError::UnsupportedVersion { .. }) => self.report.foreign += 1,
            Err(error) => self.refuse(&key, &error.to_string()),
            Ok(meta) if self.options.engine.is_some_and(|engine| engine != meta.engine) => self.report.foreign += 1,
            Ok(_) if self.is_over_limit(bytes.len() as u64) => self.report.over_limit += 1,
            Ok(_) => {
                self.batch.push(NewObject::of_verified(key, bytes.to_vec()));
                self.batch_len += bytes.len() as u64 + PACKED_LEN;
                if self.batch_len >= BATCH_LEN {
                    self.flush()?;
                }
            }
        }
        Ok(())
    }

    /// Whether the store cannot hold this too, however much of what it held before is removed.
    fn is_over_limit(&self, len: u64) -> bool {
        let kept = self.kept_bytes + self.batch_len;
        self.options.limit_bytes.is_some_and(|limit| kept.saturating_add(len + PACKED_LEN) > limit)
    }

    /// Removes what was not used for longest, so that so many bytes fit below the limit.
    fn make_room(&mut self, len: u64) -> Result<(), StoreError> {
        let Some(limit) = self.options.limit_bytes else { return Ok(()) };
        let room = match self.room {
            Some(room) => room,
            None => limit.saturating_sub(self.store.info()?.bytes),
        };
        if room >= len {
            self.room = Some(room - len);
            return Ok(());
        }
        // Some more than is needed now, or each batch would look through the whole store.
        let wanted = len.max(EVICT_AHEAD.min(limit / 16)).min(limit.saturating_sub(self.kept_bytes));
        let swept = self.store.gc(limit.saturating_sub(wanted))?;
        self.report.evicted += swept.removed;
        // Where another gc is at work, that one makes the room.
        self.room =
            Some(if swept.ran { limit.saturating_sub(swept.kept_bytes + len) } else { wanted - len.min(wanted) });
        Ok(())
    }

    fn refuse(&mut self, key: &Key, reason: &str) {
        self.report.corrupt += 1;
        (self.on_refused)(key, reason);
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let objects = std::mem::take(&mut self.batch);
        let (number, len) = (objects.len() as u64, std::mem::take(&mut self.batch_len));
        if number > 0 {
            self.make_room(len)?;
            self.store.put_all(objects)?;
            self.report.stored += number;
            self.report.stored_bytes += len - number * PACKED_LEN;
            self.kept_bytes += len;
        }
        Ok(())
    }
}

/// The keys of the objects in an archive, none of which is verified.
///
/// # Errors
///
/// [`ArchiveError`] if it is none, or is damaged.
pub fn keys_in(archive: impl Read) -> Result<HashSet<Key>, ArchiveError> {
    let mut reader = Reader::new(archive)?;
    let mut keys = HashSet::new();
    while let Some(block) = reader.next_block()? {
        keys.extend(block.keys());
    }
    Ok(keys)
}

/// Writes a file by way of a temporary beside it, so that there never is a half of it under its
/// name. Its permissions are those that any new file of this user gets.
///
/// # Errors
///
/// [`StoreError`] with the path; what `content` answers is among its causes.
pub fn write_file<T>(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> Result<T, StoreError> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    let permissions = platform::new_file_permissions(false);
    if let Some(permissions) = permissions {
        builder.permissions(permissions);
    }
    let temporary = builder.prefix(".pyc-rs-").tempfile_in(dir).context("write", path)?;
    let mut out = BufWriter::new(temporary.as_file());
    let value = content(&mut out).and_then(|value| out.flush().map(|()| value)).context("write", path)?;
    drop(out);
    temporary.persist(path).map_err(|failed| failed.error).context("write", path)?;
    Ok(value)
}
