//! `pyc-rs cache export` and `pyc-rs cache import`.

use std::{
    collections::HashSet,
    fmt::Write as _,
    fs::File,
    io::{self, BufReader, IsTerminal as _, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use pyc_rs_runtime::{
    StoreMode,
    batch::{self, Action, Request, Status, WalkOptions},
    cache::{
        ExportReport, ImportOptions, ImportReport, Key, Selection, Store,
        archive::{self, Reader},
    },
    compiler::{Optimize, Options, engine},
    open_store,
};
use serde_json::{Value, json};

use super::{Reporting, SCHEMA};
use crate::globals::{self, Format, Globals, UsageError, counted, human_bytes};

#[derive(clap::Args, Debug)]
pub(super) struct ExportArgs {
    /// The archive to write; - is standard output.
    #[arg(value_name = "FILE")]
    archive: PathBuf,
    /// Export only what these files and folders need; - reads a list of them from standard input.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Leave out what is in this archive already.
    #[arg(long, value_name = "OLD")]
    since: Option<PathBuf>,
    /// What was compiled without assert statements; -OO: without docstrings too.
    #[arg(short = 'O', action = clap::ArgAction::Count)]
    optimize: u8,
    /// Leave out files that match, in the syntax of .gitignore, relative to each folder.
    #[arg(long, value_name = "GLOB", requires = "paths")]
    exclude: Vec<String>,
    /// Pay no attention to .gitignore and .ignore files.
    #[arg(long, requires = "paths")]
    no_ignore: bool,
    #[command(flatten)]
    reporting: Reporting,
}

#[derive(clap::Args, Debug)]
pub(super) struct ImportArgs {
    /// The archives to read; - is standard input.
    #[arg(value_name = "FILE", required = true)]
    archives: Vec<PathBuf>,
    /// Do nothing about a FILE that does not exist.
    #[arg(long)]
    if_present: bool,
    #[command(flatten)]
    reporting: Reporting,
}

pub(super) fn export(args: &ExportArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let to_stdout = args.archive == Path::new("-");
    if to_stdout && io::stdout().is_terminal() {
        return Err(UsageError("an archive is nothing to show in a terminal: give a FILE, or a pipe".to_owned()).into());
    }
    // Read-only: an export of everything is no use of everything.
    let store = open_store(globals.cache_dir.clone(), StoreMode::ReadOnly);
    let (keys, uncached) = if args.paths.is_empty() { (store.keys()?, 0) } else { keys_of(args, globals)? };
    let selection = Selection { keys, engine: Some(engine::FINGERPRINT.to_owned()), except: except(args)? };
    let report = if to_stdout {
        store.export(&selection, &mut io::BufWriter::new(io::stdout().lock()))?
    } else {
        archive::write_file(&args.archive, |mut out| store.export(&selection, &mut out))?
    };
    if uncached > 0 {
        globals::warning(&format!("{} not in the cache, and not in the archive", files_are(uncached)));
        globals::hint("compile them first, with the same options");
    }
    // Standard output may be the archive.
    let mut out: Box<dyn Write> = if to_stdout { Box::new(anstream::stderr()) } else { Box::new(anstream::stdout()) };
    match args.reporting.format {
        Format::Json => writeln!(out, "{}", described(&report, uncached))?,
        Format::Text => writeln!(out, "{}", summary(&report))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn files_are(number: u64) -> String {
    if number == 1 { "1 file is".to_owned() } else { format!("{number} files are") }
}

/// The keys that the paths need, and how many of their files have none in the cache.
fn keys_of(args: &ExportArgs, globals: &Globals) -> anyhow::Result<(Vec<Key>, u64)> {
    let cache = globals.cache(StoreMode::ReadOnly, false)?;
    let mut paths = Vec::new();
    for path in &args.paths {
        if path == Path::new("-") { paths.extend(listed()?) } else { paths.push(path.clone()) }
    }
    let request = Request {
        walk: WalkOptions { no_ignore: args.no_ignore, exclude: args.exclude.clone() },
        options: Options { optimize: Optimize::from_level(args.optimize), ..Options::default() },
        // Opens no object: the export does that.
        action: Action::DryRun,
        ..Request::new(paths)
    };
    let report = batch::compile_tree(&request, &cache, &()).map_err(|error| {
        let is_usage = error.is_usage();
        let error = anyhow::Error::from(error);
        if is_usage { UsageError(format!("{error:#}")).into() } else { error }
    })?;
    let fresh = report.files.iter().filter(|file| matches!(file.status, Status::Fresh));
    let keys: Vec<Key> = fresh.filter_map(|file| file.key).collect();
    let totals = report.totals();
    Ok((keys, totals.stale + totals.failed))
}

/// The paths on standard input, one a line, or with a zero byte behind each (`find -print0`).
fn listed() -> anyhow::Result<Vec<PathBuf>> {
    let mut text = Vec::new();
    io::stdin().lock().read_to_end(&mut text).context("cannot read the list of paths from standard input")?;
    let end = if text.contains(&0) { 0 } else { b'\n' };
    text.split(|&byte| byte == end).filter(|path| !path.is_empty()).map(path_of).collect()
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)]
fn path_of(bytes: &[u8]) -> anyhow::Result<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    Ok(std::ffi::OsStr::from_bytes(bytes).into())
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> anyhow::Result<PathBuf> {
    Ok(std::str::from_utf8(bytes).context("the list of paths on standard input is not UTF-8")?.trim_end().into())
}

fn except(args: &ExportArgs) -> anyhow::Result<HashSet<Key>> {
    let Some(old) = &args.since else { return Ok(HashSet::new()) };
    let named = || format!("--since {}", old.display());
    // What was left out would be missing where there is no such archive.
    let file = File::open(old).with_context(named)?;
    archive::keys_in(BufReader::new(file)).with_context(named)
}

fn described(report: &ExportReport, uncached: u64) -> Value {
    json!({
        "schema": SCHEMA,
        "objects": report.objects,
        "bytes": report.bytes,
        "archive_bytes": report.archive_bytes,
        "in_old": report.excepted,
        "foreign": report.foreign,
        "missing": report.missing,
        "uncached_files": uncached,
    })
}

fn summary(report: &ExportReport) -> String {
    let mut text = format!(
        "exported {} ({}) in {}",
        counted(report.objects, "object"),
        human_bytes(report.bytes),
        human_bytes(report.archive_bytes)
    );
    for (number, what) in [
        (report.excepted, "in the old archive"),
        (report.foreign, "of other versions left out"),
        (report.missing, "missing or damaged"),
    ] {
        if number > 0 {
            // Writing to a string does not fail.
            let _ = write!(text, ", {number} {what}");
        }
    }
    text
}

pub(super) fn import(args: &ImportArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let store = open_store(globals.cache_dir.clone(), StoreMode::ReadWrite);
    if store.root().is_none() {
        anyhow::bail!("there is no cache to import into: neither PYC_RS_CACHE_DIR nor a home folder is set");
    }
    let limit = globals.size_limit()?;
    let mut sums = Sums::default();
    for path in &args.archives {
        match open(path) {
            Ok(stream) => sums.import(&store, path, stream, limit)?,
            Err(error) if args.if_present && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                // The cause in words, without its number.
                let text = error.to_string();
                let cause = text.split(" (os error ").next().unwrap_or_default();
                sums.damaged(path, &format!("cannot open the archive: {cause}"));
            }
        }
    }
    store.flush_stats();
    if sums.report.over_limit > 0 {
        globals::warning(&format!(
            "{} left out: the cache holds at most {}",
            counted(sums.report.over_limit, "object"),
            human_bytes(limit)
        ));
        globals::hint("set PYC_RS_CACHE_SIZE");
    }
    let mut out = anstream::stdout().lock();
    match args.reporting.format {
        Format::Json => writeln!(out, "{}", sums.described())?,
        Format::Text => writeln!(out, "{}", sums.summary())?,
    }
    Ok(if sums.refused.is_empty() && sums.damaged.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    if path == Path::new("-") { Ok(Box::new(io::stdin().lock())) } else { Ok(Box::new(File::open(path)?)) }
}

/// What came of all archives.
#[derive(Default)]
struct Sums {
    report: ImportReport,
    refused: Vec<Value>,
    damaged: Vec<Value>,
}

impl Sums {
    fn import(&mut self, store: &Store, path: &Path, stream: impl Read, limit: u64) -> anyhow::Result<()> {
        let reader = Reader::new(BufReader::new(stream));
        let refused = &mut self.refused;
        // What came from the archives before this one is not to make room for it.
        let limit_bytes = Some(limit.saturating_sub(self.report.stored_bytes));
        let options = ImportOptions { engine: Some(engine::FINGERPRINT), limit_bytes };
        let report = store.import(reader, options, &mut |key, reason| {
            globals::warning(&format!("{}: refused {key}: {reason}", path.display()));
            refused.push(json!({"archive": path.display().to_string(), "key": key.to_string(), "reason": reason}));
        })?;
        let sums = &mut self.report;
        sums.objects += report.objects;
        sums.stored += report.stored;
        sums.stored_bytes += report.stored_bytes;
        sums.present += report.present;
        sums.foreign += report.foreign;
        sums.corrupt += report.corrupt;
        sums.over_limit += report.over_limit;
        sums.evicted += report.evicted;
        if let Some(damage) = report.damage {
            self.damaged(path, &format!("{:#}", anyhow::Error::from(damage)));
        }
        Ok(())
    }

    fn damaged(&mut self, path: &Path, reason: &str) {
        globals::warning(&format!("{}: {reason}", path.display()));
        self.damaged.push(json!({"archive": path.display().to_string(), "reason": reason}));
    }

    fn described(&self) -> Value {
        json!({
            "schema": SCHEMA,
            "objects": self.report.objects,
            "stored": self.report.stored,
            "stored_bytes": self.report.stored_bytes,
            "present": self.report.present,
            "foreign": self.report.foreign,
            "over_limit": self.report.over_limit,
            "evicted": self.report.evicted,
            "refused": self.refused,
            "damaged": self.damaged,
        })
    }

    fn summary(&self) -> String {
        format!(
            "imported {} ({}), {} present, {} of other versions, {} refused",
            counted(self.report.stored, "object"),
            human_bytes(self.report.stored_bytes),
            self.report.present,
            self.report.foreign,
            self.report.corrupt
        )
    }
}
