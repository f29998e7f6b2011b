//! Objects of a store in one compressed stream, to be kept by somebody else: a CI system's own
//! cache, a release page, a pipe to another machine.
//!
//! The same objects give the same bytes. An import takes nothing on trust: each object passes
//! the checks that it would have to pass in the store, and those that do not are refused one by
//! one. What a key was made from cannot be checked, however: whoever can write an archive that
//! is imported can decide what runs, as whoever can write to the store can.

use std::collections::HashSet;
use std::fs::Permissions;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use crate::archive_format::{RAW_LIMIT, Writer};
use crate::artifact::{self, ArtifactError};
use crate::error::{IoContext, StoreError};
use crate::key::Key;
use crate::store::{NewObject, Store};

pub use crate::archive_format::{ArchiveError, Block, MAGIC, Reader};

/// Objects that are imported are stored together, so many bytes of them at a time.
const BATCH_LEN: u64 = 16 << 20;

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
        let mut keys = selection.keys.clone();
        keys.sort_unstable();
        keys.dedup();
        let mut report = ExportReport::default();
        let mut writer = Writer::new(out)?;
        for key in &keys {
            if selection.except.contains(key) {
                report.excepted += 1;
                continue;
            }
            let Ok(artifact) = self.look_up(key) else {
                report.missing += 1;
                continue;
            };
            let bytes = artifact.file_bytes();
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
    /// With `engine`, objects of compilers with other fingerprints are refused: they would
    /// never be found.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store is not writable, or an object could not be written.
    pub fn import<R: Read>(
        &self,
        archive: Result<Reader<R>, ArchiveError>,
        engine: Option<&str>,
        on_refused: OnRefused<'_>,
    ) -> Result<ImportReport, StoreError> {
        if self.writable().is_none() {
            let path = self.root().map(Path::to_owned).unwrap_or_default();
            return Err(StoreError::ReadOnly { action: "import into", path });
        }
        let mut import = Import {
            store: self,
            engine,
            on_refused,
            batch: Vec::new(),
            batch_len: 0,
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
    engine: Option<&'a str>,
    on_refused: OnRefused<'f>,
    batch: Vec<NewObject>,
    batch_len: u64,
    report: ImportReport,
}

impl Import<'_, '_> {
    fn block(&mut self, block: &Block) -> Result<(), StoreError> {
        self.report.objects += block.keys().len() as u64;
        // What is there is verified: an object that went bad is what an import can mend.
        let wanted: HashSet<Key> = block.keys().filter(|key| self.store.look_up(key).is_err()).collect();
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
            Ok(meta) if self.engine.is_some_and(|engine| engine != meta.engine) => self.report.foreign += 1,
            Ok(_) => {
                self.batch.push(NewObject::of_verified(key, bytes.to_vec()));
                self.batch_len += bytes.len() as u64;
                if self.batch_len >= BATCH_LEN {
                    self.flush()?;
                }
            }
        }
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
            self.store.put_all(objects)?;
            self.report.stored += number;
            self.report.stored_bytes += len;
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
    let permissions = new_file_permissions();
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

/// The umask takes away from these what the user does not want.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)]
fn new_file_permissions() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn new_file_permissions() -> Option<Permissions> {
    None
}
