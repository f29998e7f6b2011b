//! `pyc-rs compile`.

mod bundle;
mod findings;
mod github;
mod json;
mod miss_rate;
mod progress;
mod sarif;
mod text;
mod watch;

use std::{
    ffi::OsStr,
    io::{self, Read as _},
    num::NonZeroUsize,
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context as _;
use pyc_rs_runtime::{
    CodeCache, StoreMode,
    batch::{self, Action, Report, Request, Shard, WalkOptions},
    cache::Patience,
    compiler::{Optimize, Options},
};

use self::{miss_rate::Percent, progress::Progress};
use crate::globals::{self, Globals, UsageError};

#[derive(clap::Args, Clone, Debug)]
#[command(
    long_about = "Compile Python files and folders into the cache, so that `pyc-rs run` does not have to. What is in the cache already is left alone, and an unchanged tree costs no more than a look at its files.\n\nIn a folder, files that end in .py or .pyw are compiled, except hidden ones, those below __pycache__, and what .gitignore files exclude. Symbolic links to files are compiled, those to folders are not followed. A file that is named is compiled whatever its name, if its first line names python.\n\nWith -o, everything goes into one file as well, a bundle: modules under the names that an import would use with each PATH on sys.path. A PATH that is a package, or is in one, keeps the names of its packages (docs/bundles.md).\n\nThe exit status is 0 if everything is in the cache now, 1 if a file failed or --check found one that is not (more than --max-miss-rate allows, if that is given), 2 if a PATH does not exist, 125 when pyc-rs itself fails.",
    after_help = "Examples:\n  pyc-rs compile src/                            compile a tree\n  pyc-rs compile -OO --exclude tests src/        without asserts, docstrings and tests\n  pyc-rs compile --check .                       is everything in the cache?\n  pyc-rs compile --explain .                     why was what compiled?\n  git ls-files -z '*.py' | pyc-rs compile -      compile what is listed\n  pyc-rs compile --watch src/                    again whenever something changes\n  pyc-rs compile --shard 1/4 .                   the first of four parts, for four machines\n  pyc-rs compile --format json src/              for programs (docs/compile-json.md)\n  pyc-rs compile src/ -o app.pycb --entry app.cli:main --include-deps"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Args {
    /// Files and folders; - reads a list of them from standard input, one a line or NUL-separated.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Leave out assert statements; -OO leaves out docstrings too.
    #[arg(short = 'O', action = clap::ArgAction::Count)]
    optimize: u8,
    /// Work on N files at the same time [default: one for each core].
    #[arg(short = 'j', long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Compile nothing; list what is not in the cache, and fail if there is anything.
    #[arg(long, conflicts_with = "dry_run")]
    check: bool,
    /// Write nothing; list what would be compiled.
    #[arg(long)]
    dry_run: bool,
    /// Fail if more than this share of the files was not in the cache, in percent.
    #[arg(long, value_name = "PCT")]
    max_miss_rate: Option<Percent>,
    /// Take part I of N disjoint parts of the files, by their paths: the same on every machine.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Go on until interrupted, and compile again whenever something changes.
    #[arg(long, conflicts_with_all = ["check", "dry_run", "max_miss_rate"])]
    watch: bool,
    /// With --watch, look once a second instead of waiting for the system to tell of changes.
    #[arg(long, requires = "watch")]
    poll: bool,
    /// For every file, say why it was compiled or was not.
    #[arg(long, conflicts_with = "quiet")]
    explain: bool,
    /// Whether a file that cannot be compiled makes the command fail.
    #[arg(
        long,
        value_enum,
        value_name = "WHAT",
        help = "Whether a file that cannot be compiled makes the command fail [default: fail]"
    )]
    on_error: Option<OnError>,
    /// Leave out what matches, in the syntax of .gitignore, relative to each folder.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Pay no attention to .gitignore and .ignore files.
    #[arg(long)]
    no_ignore: bool,
    /// How to report.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Report errors only.
    #[arg(short = 'q', long, conflicts_with = "verbose")]
    quiet: bool,
    /// Name the files that were compiled, and show what Python warns about.
    #[arg(short = 'v', long)]
    verbose: bool,
    #[command(flatten)]
    bundle: bundle::BundleArgs,
}

/// What becomes of the exit status when a file cannot be compiled.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum OnError {
    /// The command fails.
    #[default]
    Fail,
    /// The file is reported, and the command succeeds.
    Warn,
}

/// How to report.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
    /// As annotations of a GitHub workflow.
    Github,
    /// As a SARIF 2.1.0 log, for code scanning.
    Sarif,
}

/// Exit status for a command line that makes no sense.
const USAGE: u8 = 2;

pub(crate) fn run(args: &Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let cache = globals.cache(StoreMode::ReadWrite, false)?;
    if cache.store().root().is_none() {
        globals::warning("nothing is kept: neither PYC_RS_CACHE_DIR nor a home folder is set");
    }
    let (args, request) = configured(args, globals)?;
    let args = &args;
    if args.watch {
        if matches!(args.format, Format::Github | Format::Sarif) {
            return Err(UsageError("--watch reports as text or json only".to_owned()).into());
        }
        return watch::run(args, globals, &request, &cache);
    }
    if let Some(output) = &args.bundle.output {
        return bundle::run(args, request, output, &cache, globals);
    }
    let progress = Progress::new(args.quiet);
    let result = batch::compile_tree(&request, &cache, &progress);
    progress.clear();
    let report = match result {
        Ok(report) => report,
        Err(error) if error.is_usage() => {
            globals::error(&error.into());
            return Ok(ExitCode::from(USAGE));
        }
        Err(error) => return Err(error.into()),
    };
    cache.store().finish(Patience::Long);
    globals.tidy_later(&cache);
    self::report(args, &request, &cache, &report, None)
}

/// Prints what came of the files, and of the `bundle` of them; the exit status.
fn report(
    args: &Args,
    request: &Request,
    cache: &CodeCache,
    report: &Report,
    bundle: Option<serde_json::Value>,
) -> anyhow::Result<ExitCode> {
    let complaint = args.max_miss_rate.and_then(|allowed| miss_rate::complaint(&report.totals(), allowed));
    let is_success = is_success(args, report, complaint.is_some());
    let printed = match args.format {
        Format::Text => text::print(args, report),
        Format::Json => json::print(request, cache.store(), report, bundle),
        Format::Github => github::print(args, report, complaint.as_deref()),
        Format::Sarif => sarif::print(report, is_success),
    };
    if let Some(complaint) = complaint.filter(|_| args.format != Format::Github) {
        globals::error(&anyhow::anyhow!(complaint));
        globals::hint("--explain says why each file was not in the cache");
    }
    match printed {
        // Whoever closed the pipe has read enough; the status stays what it is.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        printed => printed.context("cannot write the report")?,
    }
    Ok(if is_success { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The arguments, completed by the settings of the project and the user.
fn configured(args: &Args, globals: &Globals) -> anyhow::Result<(Args, Request)> {
    let mut settings = globals.settings.clone();
    settings.add_project().map_err(globals::Refused::from)?;
    let get = |key| settings.get(key).map_err(globals::UsageError);
    let mut args = args.clone();
    if args.optimize == 0 {
        args.optimize = get("compile.optimize")?.and_then(|level| level.parse().ok()).unwrap_or_default();
    }
    if args.exclude.is_empty() {
        args.exclude = settings.list("compile.exclude");
    }
    args.jobs = match args.jobs {
        Some(jobs) => Some(jobs),
        None => get("compile.jobs")?.and_then(|jobs| jobs.parse().ok()),
    };
    if args.on_error.is_none() && get("compile.on-error")?.as_deref() == Some("warn") {
        args.on_error = Some(OnError::Warn);
    }
    let request = request(&args)?;
    Ok((args, request))
}

fn request(args: &Args) -> anyhow::Result<Request> {
    let default = Request::new(roots(&args.paths)?);
    Ok(Request {
        walk: WalkOptions { no_ignore: args.no_ignore, exclude: args.exclude.clone() },
        jobs: args.jobs.unwrap_or(default.jobs),
        options: Options {
            optimize: Optimize::from_level(args.optimize),
            no_debug_ranges: args.bundle.strip_debug,
            ..Options::default()
        },
        action: args.action(),
        shard: args.shard,
        replay_warnings: args.verbose || args.format != Format::Text,
        ..default
    })
}

impl Args {
    fn action(&self) -> Action {
        match (self.check, self.dry_run) {
            (true, _) => Action::Check,
            (_, true) => Action::DryRun,
            _ => Action::Compile,
        }
    }
}

fn is_success(args: &Args, report: &Report, is_cold: bool) -> bool {
    let totals = report.totals();
    let failed = totals.failed > 0 && args.on_error != Some(OnError::Warn);
    let work_left = totals.stale > 0 && args.check && args.max_miss_rate.is_none();
    !failed && !work_left && !is_cold
}

/// The paths of the command line, with `-` replaced by those that it stands for.
fn roots(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut roots = Vec::with_capacity(paths.len());
    for path in paths {
        if path == OsStr::new("-") {
            let mut list = Vec::new();
            io::stdin().lock().read_to_end(&mut list).context("cannot read the list of paths from standard input")?;
            roots.extend(listed(&list));
        } else {
            roots.push(path.clone());
        }
    }
    Ok(roots)
}

/// The paths in a list: one a line, or separated by NUL if there is one.
fn listed(list: &[u8]) -> Vec<PathBuf> {
    let separator = if list.contains(&0) { 0 } else { b'\n' };
    list.split(|byte| *byte == separator).filter(|path| !path.is_empty()).map(path_of_bytes).collect()
}

#[cfg(unix)]
fn path_of_bytes(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(bytes).into()
}

#[cfg(not(unix))]
fn path_of_bytes(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes.strip_suffix(b"\r").unwrap_or(bytes)).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_of_lines_or_separated_by_nul() {
        assert_eq!(listed(b"a.py\n\nb c.py"), [PathBuf::from("a.py"), "b c.py".into()]);
        assert_eq!(listed(b"a\nb.py\0c.py\0"), [PathBuf::from("a\nb.py"), "c.py".into()]);
        assert!(listed(b"").is_empty());
    }
}
