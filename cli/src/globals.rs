//! What every command takes, and how every command speaks.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::atomic::Ordering,
    time::Duration,
};

use crate::config::{ConfigError, Settings, Source};
use anstream::eprintln;
use pyc_rs_runtime::{CodeCache, LoadEvent, Observe, StoreMode, cache::parse_size, open_store};

/// The version of the command, and of the engine in it.
pub(crate) const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (Python 3.14, RustPython 0.6.0)");

#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Globals {
    /// The folder of the cache.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help = "Keep the cache in this folder [env: PYC_RS_CACHE_DIR] [default: the user's cache folder]"
    )]
    pub(crate) cache_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) remote: crate::remote::RemoteArgs,
    /// What flags, environment and files say.
    #[arg(skip)]
    pub(crate) settings: Settings,
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
    pub(crate) fn cache(&self, mode: StoreMode, observe_loads: bool) -> anyhow::Result<CodeCache> {
        self.observed_cache(mode, observe_loads.then(|| Box::new(report_load) as Box<Observe>))
    }

    /// The same, with whoever is told of each load.
    pub(crate) fn observed_cache(&self, mode: StoreMode, observe: Option<Box<Observe>>) -> anyhow::Result<CodeCache> {
        let store = crate::remote::attach(open_store(self.cache_dir.clone(), mode), &self.settings)?;
        Ok(CodeCache::with_reports(store, Some(Box::new(|message: &str| warning(message))), observe))
    }

    /// Reads the user's settings, and takes from them what no flag and no variable says.
    pub(crate) fn configure(&mut self) -> anyhow::Result<()> {
        self.settings = Settings::of_user().map_err(Refused::from)?;
        let folder = self.cache_dir.as_ref().map(|folder| folder.display().to_string());
        self.settings.set_flag("cache-dir", "--cache-dir", folder);
        self.remote.note(&mut self.settings);
        if let Source::File { .. } = self.settings.source("cache-dir") {
            self.cache_dir = self.settings.get("cache-dir").map_err(UsageError)?.map(PathBuf::from);
        }
        Ok(())
    }

    /// The size limit of the cache, in bytes.
    pub(crate) fn size_limit(&self) -> anyhow::Result<u64> {
        let text = self.settings.get("cache-size").map_err(UsageError)?.unwrap_or_default();
        Ok(parse_size(&text).map_err(|error| UsageError(error.to_string()))?)
    }
}

/// What the user asked for cannot be done, and there is something to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub(crate) struct Refused {
    pub(crate) problem: String,
    pub(crate) hint: Option<String>,
}

impl From<ConfigError> for Refused {
    fn from(error: ConfigError) -> Self {
        Self { problem: error.to_string(), hint: error.hint }
    }
}

/// Whether an error is about what the user asked for, and not about the machine.
pub(crate) fn is_usage(error: &anyhow::Error) -> bool {
    error.is::<UsageError>() || error.is::<Refused>()
}

/// A URL without user, password and parameters, any of which may be secret.
pub(crate) fn without_secrets(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{}", path.map(|path| format!("/{path}")).unwrap_or_default())
        }
        None => "(not a URL)".to_owned(),
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

const ERROR: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
const WARNING: anstyle::Style = anstyle::AnsiColor::Yellow.on_default().bold();
const HINT: anstyle::Style = anstyle::AnsiColor::Cyan.on_default().bold();

/// Reports a failure of a command, with its causes.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("{ERROR}error{ERROR:#}: {error:#}");
    if let Some(text) = error.downcast_ref::<Refused>().and_then(|refused| refused.hint.as_deref()) {
        hint(text);
    }
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
