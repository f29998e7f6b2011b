//! Starting from an image, where one fits.

use std::{
    collections::hash_map::DefaultHasher,
    ffi::OsStr,
    fs::{File, Metadata, OpenOptions},
    hash::{Hash as _, Hasher as _},
    io::ErrorKind,
    os::unix::{
        ffi::OsStrExt as _,
        fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _},
    },
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use rustpython_vm::{Settings, getpath, vm::Paths};

use super::{
    Refusal, arena,
    format::{self, FormatError, HEADER_LEN, Header},
    process::{self, Program},
    processor,
    record::RecordError,
    refresh::{self, Now},
    restore,
};
use crate::{
    code_cache::CodeCache,
    engine::{BootError, Engine, EngineBuilder},
    environment::{self, PythonFlags},
};

/// Which image to start from.
#[derive(Clone, Debug)]
pub enum Choice {
    /// The default image of this program, in the cache.
    Default,
    /// This one.
    File(PathBuf),
}

/// Variables that decide what an image has decided already.
const DECIDING_VARIABLES: [&str; 14] = [
    "PYTHONDEVMODE",
    "PYTHONDOCS",
    "PYTHONEXECUTABLE",
    "PYTHONHASHSEED",
    "PYTHONINTMAXSTRDIGITS",
    "PYTHONIOENCODING",
    "PYTHONNODEBUGRANGES",
    "PYTHONNOUSERSITE",
    "PYTHONOPTIMIZE",
    "PYTHONSAFEPATH",
    "PYTHONUTF8",
    "PYTHONWARNINGS",
    "_PYTHON_SUBPROCESS_USE_POSIX_SPAWN",
    "_PYTHON_SUBPROCESS_USE_VFORK",
];

/// What a start from an image has to know of its process.
struct Ground {
    program: Program,
    paths: Paths,
    conditions: [u8; 32],
    cpu_features: u32,
}

impl Ground {
    fn of(settings: &Settings) -> Result<Self, Refusal> {
        let program = Program::current().ok_or(Refusal::Program)?;
        let paths = getpath::init_path_config(settings);
        let conditions = conditions_of(settings, &paths);
        Ok(Self { program, paths, conditions, cpu_features: processor::features() })
    }
}

/// A start in isolated surroundings, although the image does not know: in a process that has no
/// environment, is going to lose its files, and has its output collected. It has found out what it can before it is
/// told of an image.
pub(crate) struct IsolatedStart {
    builder: EngineBuilder,
    ready: Result<(Settings, Ground), Refusal>,
}

impl IsolatedStart {
    pub(crate) fn new(builder: EngineBuilder) -> Self {
        let settings = environment::settings(builder.python_flags(), builder.arguments());
        let settings = settings.map_err(|error| refused_setting(&error));
        let ready = settings.and_then(|settings| Ground::of(&settings).map(|ground| (settings, ground)));
        Self { builder, ready }
    }

    /// As `boot_from` if there is an image.
    pub(crate) fn boot(self, image: Option<&Path>) -> Result<Engine, BootError> {
        let Self { builder, ready } = self;
        let Some(image) = image else { return builder.boot() };
        let choice = Choice::File(image.to_owned());
        let restored = EngineBuilder::undecided().and(ready);
        match restored.and_then(|(settings, ground)| builder.restore(&choice, &settings, ground, true)) {
            Ok(engine) => engine,
            Err(_) => builder.boot(),
        }
    }
}

impl EngineBuilder {
    /// Boots from an image, or plainly where none fits: then `refused` is told why.
    ///
    /// # Errors
    ///
    /// As for [`EngineBuilder::boot`].
    pub fn boot_from(self, choice: &Choice, refused: &mut dyn FnMut(&Refusal)) -> Result<Engine, BootError> {
        let restored = self.fitting_settings().and_then(|settings| {
            let ground = Ground::of(&settings)?;
            self.restore(choice, &settings, ground, false)
        });
        match restored {
            Ok(engine) => engine,
            Err(refusal) => {
                refused(&refusal);
                self.boot()
            }
        }
    }

    /// The inner result is that of a start that cannot be undone any more.
    fn restore(
        &self,
        choice: &Choice,
        settings: &Settings,
        ground: Ground,
        is_isolated: bool,
    ) -> Result<Result<Engine, BootError>, Refusal> {
        let Ground { program, paths, conditions, cpu_features } = ground;
        let cache = self.code_cache();
        let path = match choice {
            Choice::File(path) => path.clone(),
            Choice::Default => cache
                .store()
                .image_path(&identity_of(&program, conditions))
                .ok_or_else(|| Refusal::Start("there is no cache to keep images in".to_owned()))?,
        };
        let (file, header) = open(&path, matches!(choice, Choice::Default))?;
        fits(&header, &program, conditions, cpu_features)?;
        check_stamps(&file, &header)?;
        // SAFETY: the header names this program's build, the file is this user's own, and the
        // engine is the first of this process.
        #[allow(unsafe_code, reason = "see restore")]
        let mut root = unsafe { restore::restore(&file, &header, &program, is_isolated)? };
        let now = Now { settings, paths: &paths, cache: cache.clone(), is_captured: is_isolated };
        let refreshed = refresh::after_restore(&mut root, &now);
        let root = *root;
        if let Err(error) = refreshed {
            return Ok(Err(BootError::Start(root.engine.enter(|vm| crate::engine::describe(vm, &error)))));
        }
        std::mem::forget(root.kept);
        Ok(Ok(root.engine))
    }

    /// The settings of this start, if it is one that images are made for.
    fn fitting_settings(&self) -> Result<Settings, Refusal> {
        let not = |reason: String| Err(Refusal::Start(reason));
        let flags = PythonFlags { unbuffered: false, ..self.python_flags().clone() };
        if flags != PythonFlags::default() || !self.handles_signals() {
            return not("a switch changes the start".to_owned());
        }
        Self::undecided()?;
        environment::settings(self.python_flags(), self.arguments()).map_err(|error| refused_setting(&error))
    }

    /// Whether nothing around this process decides what an image has decided already.
    fn undecided() -> Result<(), Refusal> {
        let not = |reason: String| Err(Refusal::Start(reason));
        if let Some(name) =
            DECIDING_VARIABLES.iter().find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
        {
            return not(format!("{name} changes the start"));
        }
        if std::env::args_os().any(|argument| argument.to_str().is_none()) {
            return not("an argument is not UTF-8".to_owned());
        }
        if crate::engine::has_started() {
            return not("an interpreter has been started already".to_owned());
        }
        if !process::is_main_thread() {
            return not("this is not the main thread".to_owned());
        }
        if process::is_privileged() {
            return not("the process has rights that its user has not".to_owned());
        }
        Ok(())
    }
}

fn refused_setting(error: &environment::SettingError) -> Refusal {
    Refusal::Start(error.to_string())
}

/// Hash of what the start of an image and the start from it must have in common.
fn conditions_of(settings: &Settings, paths: &Paths) -> [u8; 32] {
    let program = std::env::current_exe().unwrap_or_default();
    let environment = environment::active_virtual_environment(settings).unwrap_or_default();
    let prefixes = [&paths.prefix, &paths.base_prefix, &paths.exec_prefix, &paths.base_exec_prefix];
    let [program, environment] = [program.as_os_str(), environment.as_os_str()].map(std::ffi::OsStr::as_encoded_bytes);
    let [prefix, base, exec, base_exec] = prefixes.map(String::as_bytes);
    digest(&[b"conditions", program, environment, prefix, base, exec, base_exec])
}

/// A hash that is the same in all processes of this program. Nobody gains anything from two that are
/// equal: it tells starts of one user apart. The cryptographic hash of this project asks the
/// processor first what it can do, which takes longer than all of this.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = [0; 32];
    for (number, word) in (0_u64..).zip(digest.as_chunks_mut::<8>().0) {
        let mut hasher = DefaultHasher::new();
        (number, parts).hash(&mut hasher);
        *word = hasher.finish().to_le_bytes();
    }
    digest
}

/// As `conditions_of`, for a start from here.
#[must_use]
pub fn conditions() -> Option<[u8; 32]> {
    let settings = environment::settings(&PythonFlags::default(), Vec::new()).ok()?;
    Some(conditions_of(&settings, &getpath::init_path_config(&settings)))
}

/// Names the default image of this program under these conditions; `None` if the program
/// is not linked for images.
#[must_use]
pub fn identity(conditions: [u8; 32]) -> Option<[u8; 32]> {
    Some(identity_of(&Program::current()?, conditions))
}

fn identity_of(program: &Program, conditions: [u8; 32]) -> [u8; 32] {
    digest(&[b"identity", &format::VERSION.to_le_bytes(), &format::padded(&program.build_id), &conditions])
}

/// Opens an image that nobody but this user can have written.
fn open(path: &Path, check_folder: bool) -> Result<(File, Header), Refusal> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(Refusal::Read)?;
    let meta = file.metadata().map_err(Refusal::Read)?;
    let untrusted = |why| Err(Refusal::Untrusted(why));
    if !meta.is_file() {
        return untrusted("it is no file");
    }
    let mut head = [0; HEADER_LEN];
    let header = match file.read_exact_at(&mut head, 0) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(FormatError::Damaged),
        Err(error) => return Err(Refusal::Read(error)),
        Ok(()) => Header::read(&head, meta.len()),
    };
    let header = header.map_err(Refusal::Format)?;
    if meta.uid() != process::user() {
        return untrusted("it belongs to another user");
    }
    if meta.mode() & 0o7777 != 0o400 {
        return untrusted("its mode is not 0400");
    }
    if check_folder {
        let folder = path.parent().unwrap_or(Path::new("/")).metadata().map_err(Refusal::Read)?;
        if folder.uid() != process::user() || folder.mode() & 0o077 != 0 {
            return Err(Refusal::Start(
                "the folder of images is not this user's alone: its mode is not 0700".to_owned(),
            ));
        }
        mark_as_used(&file, &meta);
    }
    Ok((file, header))
}

/// At most once an hour, for the cache's gc.
fn mark_as_used(file: &File, meta: &Metadata) {
    const INTERVAL: Duration = Duration::from_hours(1);
    let now = SystemTime::now();
    if meta.modified().is_ok_and(|used| now.duration_since(used).unwrap_or_default() > INTERVAL) {
        // The mark is a convenience.
        let _ = file.set_modified(now);
    }
}

fn fits(header: &Header, program: &Program, conditions: [u8; 32], cpu_features: u32) -> Result<(), Refusal> {
    let mismatch = |what| Err(Refusal::Mismatch(what));
    if header.build_id != format::padded(&program.build_id) {
        return mismatch(super::ANOTHER_BUILD);
    }
    if header.cpu_features.get() != cpu_features {
        return mismatch("processor");
    }
    if header.conditions != conditions {
        return mismatch("installation or virtual environment");
    }
    if !(arena::BASE as u64..(arena::BASE + arena::CAPACITY) as u64).contains(&header.arena_base.get()) {
        return mismatch("address");
    }
    Ok(())
}

/// What an image says of itself.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Info {
    /// The version of pyc-rs that made it.
    pub version: String,
    /// The program that made it.
    pub program: PathBuf,
    /// Whether it is a default image.
    pub default: bool,
    /// Modules that are imported ahead.
    pub modules: Vec<String>,
    /// Source files of those that are not part of pyc-rs.
    pub sources: Vec<SourceFile>,
}

/// A source that is in an image.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SourceFile {
    /// Its module.
    pub module: String,
    /// Its path.
    pub path: PathBuf,
    /// Key of its code, in hexadecimal.
    pub key: String,
    /// Size, times of modification and of change in nanoseconds, inode.
    pub stamp: Stamp,
}

/// What changes of a file if its content does.
pub(super) type Stamp = (u64, i64, i64, u64);

impl SourceFile {
    /// The file as it is now.
    pub(super) fn of(module: String, path: PathBuf) -> std::io::Result<Self> {
        let stamp = stamp(&path)?;
        let key = CodeCache::key(&std::fs::read(&path)?, pyc_rs_compiler::Options::default()).to_string();
        Ok(Self { module, path, key, stamp })
    }

    fn has_changed(&self) -> bool {
        if stamp(&self.path).is_ok_and(|stamp| stamp == self.stamp) {
            return false;
        }
        !Self::of(self.module.clone(), self.path.clone()).is_ok_and(|now| now.key == self.key)
    }
}

fn stamp(path: &Path) -> std::io::Result<Stamp> {
    let meta = path.metadata()?;
    let ns = |seconds: i64, ns: i64| seconds.saturating_mul(1_000_000_000).saturating_add(ns);
    Ok((meta.len(), ns(meta.mtime(), meta.mtime_nsec()), ns(meta.ctime(), meta.ctime_nsec()), meta.ino()))
}

/// Nothing larger is read.
const fn stamps_format() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<{ 64 << 20 }>()
}

/// The files that an image depends on, for a start to look at.
pub(super) fn stamps_of(info: &Info) -> Result<Vec<u8>, RecordError> {
    let stamps: Vec<(Stamp, &[u8])> =
        info.sources.iter().map(|source| (source.stamp, source.path.as_os_str().as_bytes())).collect();
    bincode::encode_to_vec(stamps, stamps_format())
        .map_err(|error| RecordError::Holds(format!("paths that cannot be written: {error}")))
}

/// Whether the files are what they were, as far as their stamps tell. If they do not, the files are read.
fn check_stamps(file: &File, header: &Header) -> Result<(), Refusal> {
    let bytes = read_part(file, header.stamps_at.get(), header.stamps_len.get())?;
    let stamps = bincode::borrow_decode_from_slice(&bytes, stamps_format());
    let (stamps, _): (Vec<(Stamp, &[u8])>, usize) = stamps.map_err(|_| Refusal::damaged())?;
    let is_same =
        |(then, path): &(Stamp, &[u8])| stamp(Path::new(OsStr::from_bytes(path))).is_ok_and(|now| now == *then);
    if stamps.iter().all(is_same) { Ok(()) } else { check_sources(&read_info(file, header)?) }
}

fn check_sources(info: &Info) -> Result<(), Refusal> {
    match info.sources.iter().find(|source| source.has_changed()) {
        Some(changed) => Err(Refusal::Stale(changed.path.display().to_string())),
        None => Ok(()),
    }
}

fn read_info(file: &File, header: &Header) -> Result<Info, Refusal> {
    let bytes = read_part(file, header.info_at.get(), header.info_len.get())?;
    serde_json::from_slice(&bytes).map_err(|_| Refusal::damaged())
}

fn read_part(file: &File, at: u64, len: u64) -> Result<Vec<u8>, Refusal> {
    let mut bytes = vec![0; usize::try_from(len).map_err(|_| Refusal::damaged())?];
    if !bytes.is_empty() {
        file.read_exact_at(&mut bytes, at).map_err(Refusal::Read)?;
    }
    Ok(bytes)
}

/// Reads what an image says of itself, and whether this program could use it from here.
///
/// # Errors
///
/// [`Refusal`] when the file is no image.
pub fn info(path: &Path) -> Result<(Info, Result<(), Refusal>), Refusal> {
    let (file, header) = open(path, false)?;
    let info = read_info(&file, &header)?;
    let usable = Program::current().zip(conditions()).ok_or(Refusal::Program).and_then(|(program, conditions)| {
        fits(&header, &program, conditions, processor::features())?;
        check_sources(&info)
    });
    Ok((info, usable))
}

/// Whether this program could use an image from here.
///
/// # Errors
///
/// [`Refusal`] when it could not.
pub fn check(path: &Path) -> Result<(), Refusal> {
    info(path).and_then(|(_, usable)| usable)
}

/// Whether every byte of an image is as it was written.
///
/// # Errors
///
/// When the file cannot be read.
pub fn is_intact(path: &Path) -> std::io::Result<bool> {
    if !path.metadata()?.is_file() {
        return Err(std::io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
    }
    Ok(format::is_intact(&pyc_rs_cache::Mapping::open(path)?))
}

#[cfg(test)]
mod tests {
    use super::DECIDING_VARIABLES;

    #[test]
    fn every_variable_that_the_environment_reads_is_either_deciding_or_read_anew() {
        const READ_ANEW: [&str; 3] = ["PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONUSERBASE"];
        let read = include_str!("../environment.rs");
        let names = read.split('"').filter(|text| text.len() > 6 && text.starts_with("PYTHON"));
        let unknown: Vec<&str> =
            names.filter(|name| !DECIDING_VARIABLES.contains(name) && !READ_ANEW.contains(name)).collect();
        assert_eq!(unknown, [""; 0]);
    }
}
