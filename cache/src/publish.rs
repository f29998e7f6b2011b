//! Writing files so that readers see all of a file or none of it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::SystemTime;

use tempfile::Builder;

use crate::error::{IoContext, StoreError};
use crate::layout::Layout;
use crate::platform;

/// Folders can be removed underneath a writer, a temporary by a concurrent gc or clear if its
/// lock was late. Each time everything is made anew, but not forever.
const ATTEMPTS: usize = 5;

/// What a file is to hold. Called once for each attempt.
pub(crate) type Content<'a> = &'a dyn Fn(&mut dyn Write) -> io::Result<()>;

/// Fills a file, in any order. Called once for each attempt.
pub(crate) type Filling<'a> = &'a dyn Fn(&File) -> io::Result<()>;

/// Large files are written in parts of this size.
const BUFFER_LEN: usize = 256 << 10;

/// Publishes `bytes` as the file `target`, in place of whatever file is there. Creates the
/// store if it is missing.
pub(crate) fn publish(layout: &Layout, target: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    persistently(layout, target, &|| write_and_rename(layout, target, bytes))
}

/// [`publish`] for a file that is put together while it is written. It gets the time `modified`
/// if one is given.
pub(crate) fn publish_large(
    layout: &Layout,
    target: &Path,
    modified: Option<SystemTime>,
    content: Content<'_>,
) -> Result<(), StoreError> {
    publish_file(layout, target, modified, &|file| {
        let mut out = BufWriter::with_capacity(BUFFER_LEN, file);
        content(&mut out)?;
        out.flush()
    })
}

/// [`publish_large`] for a file that is not written from its start to its end.
pub(crate) fn publish_file(
    layout: &Layout,
    target: &Path,
    modified: Option<SystemTime>,
    fill: Filling<'_>,
) -> Result<(), StoreError> {
    persistently(layout, target, &|| attempt(layout, target, modified, fill))
}

fn persistently(
    layout: &Layout,
    target: &Path,
    attempt: &dyn Fn() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut result = attempt();
    for _ in 1..ATTEMPTS {
        if !result.as_ref().is_err_and(StoreError::is_not_found) {
            break;
        }
        create_folders(layout, target)?;
        result = attempt();
    }
    result
}

fn create_folders(layout: &Layout, target: &Path) -> Result<(), StoreError> {
    layout.create()?;
    match target.parent() {
        Some(dir) => platform::create_private_dirs(dir).context("create", dir),
        None => Ok(()),
    }
}

/// One attempt, in folders that exist. A failure leaves nothing behind.
pub(crate) fn write_and_rename(layout: &Layout, target: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    attempt(layout, target, None, &|mut file| file.write_all(bytes))
}

fn attempt(layout: &Layout, target: &Path, modified: Option<SystemTime>, fill: Filling<'_>) -> Result<(), StoreError> {
    let dir = layout.temporaries();
    let temporary = Builder::new().prefix("put-").rand_bytes(12).tempfile_in(&dir).context("write", &dir)?;
    let file = temporary.as_file();
    // The lock tells a concurrent gc that this file has a living writer. Where locks are not
    // supported, gc goes by the age of the file.
    let _ = file.try_lock();
    fill(file).context("write", &dir)?;
    if let Some(modified) = modified {
        let _ = file.set_modified(modified);
    }
    platform::seal(file).context("write", &dir)?;
    temporary.persist(target).map_err(|failed| failed.error).context("write", target)?;
    Ok(())
}
