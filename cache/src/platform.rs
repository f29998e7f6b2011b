//! Everything that differs between operating systems: permissions, opening without blocking,
//! the fields of a file's status. Other systems than Unix get a fallback that works.

pub(crate) use imp::{
    check_writable, create_private_dirs, new_file_permissions, open_for_read, private_file, seal, seal_private, stamp,
};

#[cfg(feature = "remote")]
pub(crate) use imp::write_all_at;

#[cfg(unix)]
mod imp {
    use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    use rustix::fs::{Access, OFlags};

    use crate::index::FileStamp;

    /// Opens a file for reading and never waits: not for the writer of a FIFO either.
    pub(crate) fn open_for_read(path: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)
    }

    /// Creates `path` and its missing parents for this user alone. Existing ones stay as they
    /// are.
    pub(crate) fn create_private_dirs(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    /// Options that create a file for this user alone, and never wait for the reader of a FIFO.
    pub(crate) fn private_file() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.mode(0o600).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
        options
    }

    /// Makes a file read-only for everybody. Folders decide who may see it.
    pub(crate) fn seal(file: &File) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(0o444))
    }

    /// Makes a file readable for its owner, and nobody else.
    pub(crate) fn seal_private(file: &File) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(0o400))
    }

    /// What a new file may be used for, before the user's mask is applied.
    #[allow(clippy::unnecessary_wraps)]
    pub(crate) fn new_file_permissions(executable: bool) -> Option<Permissions> {
        Some(Permissions::from_mode(if executable { 0o777 } else { 0o666 }))
    }

    /// Whether files can be created in `dir`, without creating one.
    pub(crate) fn check_writable(dir: &Path) -> io::Result<()> {
        rustix::fs::access(dir, Access::WRITE_OK | Access::EXEC_OK)?;
        if is_kernels_own(dir) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Ok(())
    }

    /// Whether `dir` shows the state of the kernel. The superuser may write there, as far as
    /// permissions go, and yet create nothing.
    #[cfg(target_os = "linux")]
    fn is_kernels_own(dir: &Path) -> bool {
        // The others are `SYSFS_MAGIC` and `CGROUP2_SUPER_MAGIC` of `linux/magic.h`.
        let kernels = [rustix::fs::PROC_SUPER_MAGIC, 0x6265_6572, 0x6367_7270];
        rustix::fs::statfs(dir).is_ok_and(|found| kernels.contains(&found.f_type))
    }

    #[cfg(not(target_os = "linux"))]
    fn is_kernels_own(_dir: &Path) -> bool {
        false
    }

    /// Writes at a place of a file. What was not written before it reads as zeros.
    #[cfg(feature = "remote")]
    pub(crate) fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
    }

    pub(crate) fn stamp(meta: &Metadata) -> FileStamp {
        FileStamp {
            size: meta.len(),
            mtime_ns: nanoseconds(meta.mtime(), meta.mtime_nsec()),
            ctime_ns: nanoseconds(meta.ctime(), meta.ctime_nsec()),
            inode: meta.ino(),
        }
    }

    fn nanoseconds(seconds: i64, nanoseconds: i64) -> i64 {
        seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
    }
}

#[cfg(not(unix))]
mod imp {
    use std::fs::{self, File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    use crate::index::{FileStamp, ns_since_epoch};

    pub(crate) fn open_for_read(path: &Path) -> io::Result<File> {
        File::open(path)
    }

    pub(crate) fn create_private_dirs(path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    pub(crate) fn private_file() -> OpenOptions {
        OpenOptions::new()
    }

    pub(crate) fn new_file_permissions(_executable: bool) -> Option<fs::Permissions> {
        None
    }

    /// Nothing to do: a read-only file could neither be replaced nor removed on Windows.
    #[allow(clippy::unnecessary_wraps)]
    pub(crate) fn seal(_file: &File) -> io::Result<()> {
        Ok(())
    }

    #[allow(clippy::unnecessary_wraps)]
    pub(crate) fn seal_private(_file: &File) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn check_writable(dir: &Path) -> io::Result<()> {
        if fs::metadata(dir)?.permissions().readonly() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        Ok(())
    }

    #[cfg(feature = "remote")]
    pub(crate) fn write_all_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
            bytes = bytes.get(written..).filter(|_| written > 0).ok_or(io::ErrorKind::WriteZero)?;
            at += written as u64;
        }
        Ok(())
    }

    pub(crate) fn stamp(meta: &Metadata) -> FileStamp {
        FileStamp { size: meta.len(), mtime_ns: meta.modified().map_or(0, ns_since_epoch), ctime_ns: 0, inode: 0 }
    }
}
