//! What every command takes, and how every command speaks.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::atomic::Ordering,
    time::Duration,
};

use anstream::eprintln;
use pyc_rs_runtime::{CodeCache, LoadEvent, Observe, StoreMode, cache::parse_size, open_store};

/// The version of the command, and of the engine in it.
pub(crate) const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (Python 3.14, RustPython 0.6.0)");

/// Variables that change what the command does; the help of each option names its own.
pub(crate) mod variables {
    /// Largest size of the cache.
    pub(crate) const CACHE_SIZE: &str = "PYC_RS_CACHE_SIZE";
}

#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Globals {
    /// The folder of the cache.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help = "Keep the cache in this folder [env: PYC_RS_CACHE_DIR] [default: the user's cache folder]"
    )]
    pub(crate) cache_dir: Option<PathBuf>,
}

/// How a command reports.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

impl Globals {
    /// The cache of this invocation; trouble with it is reported once, on stderr.
    pub(crate) fn cache(&self, mode: StoreMode, observe_loads: bool) -> CodeCache {
        self.observed_cache(mode, observe_loads.then(|| Box::new(report_load) as Box<Observe>))
    }

    /// The same, with whoever is told of each load.
    pub(crate) fn observed_cache(&self, mode: StoreMode, observe: Option<Box<Observe>>) -> CodeCache {
        let store = open_store(self.cache_dir.clone(), mode);
        CodeCache::with_reports(store, Some(Box::new(|message: &str| warning(message))), observe)
    }
}

/// How long a cache is left alone before it is tidied without being asked.
const GC_INTERVAL: Duration = Duration::from_hours(24);

impl Globals {
    /// Once a day, a command that wrote to the cache leaves a process behind that
    /// brings the cache below its limit, so that nobody waits for it.
    pub(crate) fn tidy_later(&self, cache: &CodeCache) {
        let store = cache.store();
        if store.counters().stored.load(Ordering::Relaxed) == 0 || !store.gc_due(GC_INTERVAL) {
            return;
        }
        let Ok(program) = std::env::current_exe() else { return };
        let mut command = Command::new(program);
        if let Some(folder) = &self.cache_dir {
            command.arg("--cache-dir").arg(folder);
        }
        // If it cannot be started, the next command tries again.
        let _ = command.args(["cache", "gc"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    }
}

/// Says where code came from, and how long that took.
pub(crate) fn report_load(event: &LoadEvent<'_>) {
    let millis = event.elapsed.as_secs_f64() * 1e3;
    eprintln!("pyc-rs: {:<6} {:>9.3} ms  {}", event.origin.as_str(), millis, event.name);
}

/// Says something to whoever asked for details.
pub(crate) fn note(message: &str) {
    eprintln!("pyc-rs: {message}");
}

/// What the user asked for means nothing.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// The size limit of the cache, in bytes.
pub(crate) fn size_limit() -> anyhow::Result<u64> {
    match std::env::var(variables::CACHE_SIZE) {
        Ok(text) if !text.is_empty() => {
            parse_size(&text).map_err(|error| UsageError(format!("{}: {error}", variables::CACHE_SIZE)).into())
        }
        _ => Ok(pyc_rs_runtime::cache::DEFAULT_SIZE_LIMIT),
    }
}

const ERROR: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
const WARNING: anstyle::Style = anstyle::AnsiColor::Yellow.on_default().bold();
const HINT: anstyle::Style = anstyle::AnsiColor::Cyan.on_default().bold();

/// Reports a failure of a command, with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("{ERROR}error{ERROR:#}: {error:#}");
}

/// Reports something that nothing fails for.
pub(crate) fn warning(message: &str) {
    eprintln!("{WARNING}warning{WARNING:#}: {message}");
}

/// Says what to do about what was just reported.
pub(crate) fn hint(message: &str) {
    eprintln!("{HINT}hint{HINT:#}: {message}");
}

/// A number of bytes, for people.
pub(crate) fn human_bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{size:.1} {}", UNITS[unit]) }
}

/// A number of things, for people.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
