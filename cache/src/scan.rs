//! Listing and removing the files of a store, while other processes do the same.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::{IoContext, StoreError};
use crate::key::Key;
use crate::layout::Layout;
use crate::pack_format;
use crate::parallel;
use crate::platform;

/// A published object, as the listing of the store shows it.
pub(crate) struct Object {
    pub(crate) key: Key,
    pub(crate) len: u64,
    pub(crate) modified: SystemTime,
}

/// An entry of a folder.
pub(crate) struct DirItem {
    pub(crate) name: OsString,
    pub(crate) path: PathBuf,
    /// Of the entry itself, not of what a link points to.
    pub(crate) meta: Metadata,
}

/// All objects, in no order. Files whose names are not keys are left alone.
pub(crate) fn objects(layout: &Layout) -> Result<Vec<Object>, StoreError> {
    let shards = shards(layout)?;
    let lists = parallel::map_files(&shards, |shard| {
        let object = |file: DirItem| {
            let modified = file.meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            Some(Object { key: key_of(&shard.name, &file.name)?, len: file.meta.len(), modified })
        };
        files(&shard.path).map(|files| files.into_iter().filter_map(object).collect::<Vec<_>>())
    });
    let number = lists.iter().map(|list| list.as_ref().map_or(0, Vec::len)).sum();
    lists.into_iter().try_fold(Vec::with_capacity(number), |mut objects, list| {
        objects.extend(list?);
        Ok(objects)
    })
}

/// The number of all objects, and their size in bytes.
pub(crate) fn sums(layout: &Layout) -> Result<(u64, u64), StoreError> {
    let of_shard = |shard: &DirItem| {
        let objects = files(&shard.path)?.into_iter().filter(|file| key_of(&shard.name, &file.name).is_some());
        Ok(objects.fold((0, 0), |(number, bytes), file| (number + 1, bytes + file.meta.len())))
    };
    let sums: Result<Vec<(u64, u64)>, StoreError> =
        parallel::map_files(&shards(layout)?, of_shard).into_iter().collect();
    Ok(sums?.into_iter().fold((0, 0), |(number, bytes), (n, b)| (number + n, bytes + b)))
}

/// The folders that objects are in.
fn shards(layout: &Layout) -> Result<Vec<DirItem>, StoreError> {
    let mut shards = list(&layout.objects())?;
    shards.retain(|shard| shard.meta.is_dir());
    Ok(shards)
}

/// The keys of all objects, in no order: by their names alone, which is cheaper than
/// [`objects`] where there are a million of them.
pub(crate) fn keys(layout: &Layout) -> Result<Vec<Key>, StoreError> {
    let mut keys = Vec::new();
    for shard in shards(layout)? {
        for entry in entries(&shard.path)?.into_iter().flatten() {
            let entry = entry.context("read", &shard.path)?;
            if entry.file_type().is_ok_and(|kind| kind.is_file()) {
                keys.extend(key_of(&shard.name, &entry.file_name()));
            }
        }
    }
    Ok(keys)
}

/// A missing folder has no entries.
fn entries(dir: &Path) -> Result<Option<fs::ReadDir>, StoreError> {
    match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        other => other.map(Some).context("read", dir),
    }
}

fn key_of(shard: &OsStr, name: &OsStr) -> Option<Key> {
    let (shard, name) = (shard.to_str()?, name.to_str()?);
    if shard.len() != 2 {
        return None;
    }
    [shard, name].concat().parse().ok()
}

/// A published pack, as the listing of the store and its own header show it.
pub(crate) struct PackFile {
    pub(crate) path: PathBuf,
    pub(crate) len: u64,
    pub(crate) modified: SystemTime,
    /// Number of objects in it; none if its header is no pack's.
    pub(crate) objects: u64,
}

/// All packs, in the order of their names.
pub(crate) fn packs(layout: &Layout) -> Result<Vec<PackFile>, StoreError> {
    let mut files = files(&layout.packs())?;
    files.retain(|file| is_pack_name(&file.name));
    files.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let pack = |file: DirItem| PackFile {
        objects: objects_in(&file.path, file.meta.len()),
        path: file.path,
        len: file.meta.len(),
        modified: file.meta.modified().unwrap_or(SystemTime::UNIX_EPOCH),
    };
    Ok(files.into_iter().map(pack).collect())
}

fn objects_in(path: &Path, len: u64) -> u64 {
    let mut header = [0; pack_format::HEADER_LEN as usize];
    let read = platform::open_for_read(path).and_then(|mut file| file.read_exact(&mut header));
    read.ok().and_then(|()| pack_format::entries_in(&header, len)).unwrap_or(0)
}

/// The paths of whatever has the name of a pack, in order. Other names are left alone.
pub(crate) fn pack_paths(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut paths = Vec::new();
    for entry in entries(dir)?.into_iter().flatten() {
        let entry = entry.context("read", dir)?;
        if is_pack_name(&entry.file_name()) {
            paths.push(entry.path());
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

/// The names of packs are spelt as keys are.
pub(crate) fn is_pack_name(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.parse::<Key>().is_ok())
}

/// The plain files of a folder.
pub(crate) fn files(dir: &Path) -> Result<Vec<DirItem>, StoreError> {
    let mut items = list(dir)?;
    items.retain(|item| item.meta.is_file());
    Ok(items)
}

/// The entries of a folder. A missing folder has none; what vanishes while listing is left
/// out.
pub(crate) fn list(dir: &Path) -> Result<Vec<DirItem>, StoreError> {
    let mut items = Vec::new();
    for entry in entries(dir)?.into_iter().flatten() {
        let entry = entry.context("read", dir)?;
        let path = entry.path();
        match entry.metadata() {
            Ok(meta) => items.push(DirItem { name: entry.file_name(), path, meta }),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).context("read", &path),
        }
    }
    Ok(items)
}

/// Removes a file. `false` if somebody else was faster.
pub(crate) fn remove(path: &Path) -> Result<bool, StoreError> {
    removed(fs::remove_file(path), path)
}

/// Removes the files of objects that are listed folder by folder: the kernel lets one thread at a time
/// into a folder. What came of it is in their order.
pub(crate) fn remove_all<T: Sync>(
    layout: &Layout,
    objects: &[T],
    key: impl Fn(&T) -> &Key + Sync,
) -> impl Iterator<Item = Result<bool, StoreError>> {
    let shard = |object: &T| key(object).as_bytes().first().copied();
    let shards: Vec<&[T]> = objects.chunk_by(|a, b| shard(a) == shard(b)).collect();
    let removed = parallel::map_files(&shards, |shard| {
        shard.iter().map(|object| remove(&layout.object(key(object)))).collect::<Vec<_>>()
    });
    removed.into_iter().flatten()
}

/// Removes an entry of a folder, whatever it is. `false` if somebody else was faster.
pub(crate) fn discard(item: &DirItem) -> Result<bool, StoreError> {
    if item.meta.is_dir() { removed(fs::remove_dir_all(&item.path), &item.path) } else { remove(&item.path) }
}

fn removed(result: io::Result<()>, path: &Path) -> Result<bool, StoreError> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).context("remove", path),
    }
}

/// Time since `modified`; zero if that lies in the future.
pub(crate) fn age(modified: SystemTime) -> Duration {
    SystemTime::now().duration_since(modified).unwrap_or_default()
}

/// Time since the file was modified; zero if unknown.
pub(crate) fn age_of(meta: &Metadata) -> Duration {
    meta.modified().map(age).unwrap_or_default()
}
