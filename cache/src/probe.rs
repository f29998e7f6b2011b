//! Finding out what the disk allows, without writing.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::error::reason;
use crate::layout::Layout;
use crate::platform;
use crate::store::{EffectiveMode, Mode};

pub(crate) fn effective_mode(layout: &Layout, configured: Mode) -> EffectiveMode {
    let (mode, reason) = match probe(layout, configured) {
        Ok(()) => (configured, None),
        Err((mode, reason)) => (mode, Some(reason)),
    };
    EffectiveMode { mode, reason }
}

/// `Err` holds the mode that is left and why.
fn probe(layout: &Layout, configured: Mode) -> Result<(), (Mode, String)> {
    let mut readable = false;
    for dir in [layout.root(), layout.version(), &layout.objects()] {
        readable = is_folder(dir).map_err(|reason| (Mode::Off, reason))?;
    }
    if configured != Mode::ReadWrite {
        return Ok(());
    }
    let fallback = if readable { Mode::ReadOnly } else { Mode::Off };
    for dir in [layout.objects(), layout.temporaries()] {
        can_write(&dir).map_err(|reason| (fallback, reason))?;
    }
    Ok(())
}

/// Whether `path` is a folder (`true`) or missing (`false`); anything else is in the way.
fn is_folder(path: &Path) -> Result<bool, String> {
    match fs::metadata(path) {
        Ok(meta) if meta.is_dir() => Ok(true),
        Ok(_) => Err(format!("{} is not a folder", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(describe("read", path, &error)),
    }
}

/// Whether files can be created in `path`, or the folder itself if it is missing.
fn can_write(path: &Path) -> Result<(), String> {
    let existing = nearest_existing(path);
    if !is_folder(&existing)? {
        return Err(format!("{} does not exist", existing.display()));
    }
    platform::check_writable(&existing).map_err(|error| describe("write", &existing, &error))
}

fn nearest_existing(path: &Path) -> PathBuf {
    path.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok()).unwrap_or(path).to_owned()
}

fn describe(action: &str, path: &Path, error: &io::Error) -> String {
    format!("cannot {action} {}: {}", path.display(), reason(error))
}
