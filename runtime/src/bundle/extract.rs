//! Unpacking a bundle into a folder.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use pyc_rs_cache::{BundleError, Entry, EntryKind};

use super::BundleFile;

/// Why a bundle was not, or not completely, unpacked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// The folder to unpack into holds something.
    #[error("{} is not an empty folder", .0.display())]
    NotEmpty(PathBuf),
    /// An entry has a name that is not the path of a file below a folder.
    #[error("the {kind} {name:?} has no place in a folder")]
    Name {
        /// Its name.
        name: String,
        /// Its kind.
        kind: EntryKind,
    },
    /// An entry is damaged.
    #[error(transparent)]
    Entry(#[from] BundleError),
    /// A file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// What was unpacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Extracted {
    /// Source files.
    pub sources: usize,
    /// Data files.
    pub data: usize,
    /// Modules that have no source in the bundle.
    pub without_source: usize,
}

/// Writes the sources and the data of a bundle below `target`, which must be empty or not there.
///
/// All names are looked at before anything is written, and no file is written twice. As the
/// folder is empty, nothing in it can lead out of it.
///
/// # Errors
///
/// When the folder is not empty, a name leads out of it, an entry is damaged or a file cannot be
/// written.
pub fn extract(file: &BundleFile, target: &Path) -> Result<Extracted, ExtractError> {
    let bundle = file.bundle();
    let mut extracted = Extracted::default();
    let mut files = Vec::new();
    for entry in bundle.entries() {
        match entry.kind {
            EntryKind::Code => {
                extracted.without_source += usize::from(bundle.find(entry.name, EntryKind::Source).is_none());
                continue;
            }
            EntryKind::Source => extracted.sources += 1,
            EntryKind::Data => extracted.data += 1,
        }
        let path =
            path_of(&entry).ok_or_else(|| ExtractError::Name { name: entry.name.to_owned(), kind: entry.kind })?;
        files.push((path, entry));
    }
    prepare(target)?;
    for (path, entry) in files {
        let path = target.join(path);
        let content = entry.bytes()?;
        write(&path, &content).map_err(|source| ExtractError::Write { path, source })?;
    }
    Ok(extracted)
}

fn prepare(target: &Path) -> Result<(), ExtractError> {
    let failed = |source| ExtractError::Write { path: target.to_owned(), source };
    fs::create_dir_all(target).map_err(failed)?;
    match fs::read_dir(target).map_err(failed)?.next() {
        None => Ok(()),
        Some(_) => Err(ExtractError::NotEmpty(target.to_owned())),
    }
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(content)
}

/// The place of an entry below the folder; `None` if its name is not that of a file below one.
fn path_of(entry: &Entry<'_>) -> Option<PathBuf> {
    let (parts, file): (Vec<&str>, Option<&str>) = match entry.kind {
        EntryKind::Data => (entry.name.split('/').collect(), None),
        _ if entry.is_package => (entry.name.split('.').collect(), Some("__init__.py")),
        _ => (entry.name.split('.').collect(), None),
    };
    if !parts.iter().all(|part| is_plain(part)) {
        return None;
    }
    let mut path: PathBuf = parts.iter().chain(&file).collect();
    if entry.kind != EntryKind::Data && !entry.is_package {
        path.add_extension("py");
    }
    Some(path)
}

/// Whether a part of a path is the name of a file on any system, and leads nowhere else.
fn is_plain(part: &str) -> bool {
    !matches!(part, "" | "." | "..") && !part.contains(['/', '\\', ':']) && !part.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use pyc_rs_cache::{BundleWriter, Key};

    use super::*;

    fn with(add: impl FnOnce(&mut BundleWriter)) -> std::sync::Arc<BundleFile> {
        let mut writer = BundleWriter::new("any");
        add(&mut writer);
        BundleFile::from_bytes("x.pycb", writer.finish().unwrap()).unwrap()
    }

    #[test]
    fn sources_and_data_become_files() {
        let file = with(|writer| {
            writer.add_code("p", true, Key::from_bytes([1; 32]), vec![1], false);
            writer.add_source("p", true, b"package".to_vec(), false);
            writer.add_source("p.m", false, b"module".to_vec(), false);
            writer.add_code("p.q", false, Key::from_bytes([1; 32]), vec![1], false);
            writer.add_data("p/d/data.txt", b"data".to_vec(), false);
        });
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new/folder");
        assert_eq!(extract(&file, &target).unwrap(), Extracted { sources: 2, data: 1, without_source: 1 });
        let read = |name: &str| fs::read_to_string(target.join(name)).unwrap();
        assert_eq!(
            (read("p/__init__.py"), read("p/m.py"), read("p/d/data.txt")),
            ("package".to_owned(), "module".to_owned(), "data".to_owned())
        );
        assert!(matches!(extract(&file, &target), Err(ExtractError::NotEmpty(_))));
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused_before_anything_is_written() {
        for name in ["../x", "/etc/x", "a/../../x", "a//x", "./x", "a/", "a\\..\\x", "C:x", "a\0b", "..", "a\nb"] {
            let file = with(|writer| {
                writer.add_data("good", vec![1], false);
                writer.add_data(name, vec![1], false);
            });
            let folder = tempfile::tempdir().unwrap();
            let target = folder.path().join("target");
            let error = extract(&file, &target).unwrap_err();
            assert!(matches!(&error, ExtractError::Name { name: named, .. } if named == name), "{error}");
            assert!(!target.exists());
        }
        for name in ["/etc/x", "a/b", "..", ".a", "a..b"] {
            let file = with(|writer| writer.add_source(name, false, vec![1], false));
            assert!(extract(&file, &tempfile::tempdir().unwrap().path().join("t")).is_err(), "{name}");
        }
    }

    #[test]
    fn two_entries_in_one_place_are_an_error() {
        let file = with(|writer| {
            writer.add_source("a", false, vec![1], false);
            writer.add_data("a.py", vec![1], false);
        });
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(extract(&file, folder.path()), Err(ExtractError::Write { .. })));
    }
}
