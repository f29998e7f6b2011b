//! `pyc-rs compile -o`: a bundle of what was compiled.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use pyc_rs_runtime::{
    CodeCache,
    batch::{self, Shown},
    bundle::{self, Build, Built, Dependencies, Entry, Environment, Skipped},
    cache::Patience,
};
use serde_json::{Value, json};

use super::{Args, OnError, USAGE, progress::Progress};
use crate::globals::{self, Globals, counted, human_bytes};

/// The command of `--executable` without a value.
const COMMAND: &str = "/usr/bin/env pyc-rs";

#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Bundles")]
pub(crate) struct BundleArgs {
    /// Make one file of everything, for `pyc-rs run FILE`; nothing is written if a file fails.
    #[arg(short = 'o', long = "output", value_name = "FILE", conflicts_with_all = ["check", "dry_run", "explain", "watch", "shard"])]
    pub(super) output: Option<PathBuf>,
    /// Keep the sources in it, for tracebacks, inspect, and other versions of the engine.
    #[arg(long, requires = "output")]
    with_source: bool,
    /// Keep the other files of the folders in it, for importlib.resources and pkgutil.
    #[arg(long, requires = "output")]
    with_data: bool,
    /// What it runs: a module, or a function whose result is the exit status.
    #[arg(long, value_name = "MODULE[:FUNCTION]", requires = "output", conflicts_with = "main")]
    entry: Option<String>,
    /// The script that it runs.
    #[arg(long, value_name = "FILE", requires = "output")]
    main: Option<PathBuf>,
    /// Leave out the columns that tracebacks underline.
    #[arg(long, requires = "output")]
    pub(super) strip_debug: bool,
    /// The folder that module names start at [default: each PATH, or where its package is].
    #[arg(long, value_name = "DIR", requires = "output")]
    root: Option<PathBuf>,
    /// Take in what the program imports from the active environment, or all that is in it.
    #[arg(long, value_name = "WHAT", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "imported", requires = "output")]
    include_deps: Option<IncludeDeps>,
    /// Make it a file that the system runs with this command.
    #[arg(long, value_name = "COMMAND", num_args = 0..=1, require_equals = true, default_missing_value = COMMAND, requires = "output")]
    executable: Option<String>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum IncludeDeps {
    /// The distributions that are imported, and those that they require.
    Imported,
    /// Every distribution.
    All,
}

impl BundleArgs {
    fn request(&self, args: &Args, sources: batch::Request) -> bundle::Request {
        let entry = match (&self.entry, &self.main) {
            (Some(entry), _) => Entry::Named(entry.clone()),
            (None, Some(main)) => Entry::File(main.clone()),
            (None, None) => Entry::Automatic,
        };
        bundle::Request {
            root: self.root.clone(),
            entry,
            with_source: self.with_source,
            with_data: self.with_data,
            lenient: args.on_error == Some(OnError::Warn),
            dependencies: match self.include_deps {
                None => Dependencies::None,
                Some(IncludeDeps::Imported) => Dependencies::Imported(Environment::active()),
                Some(IncludeDeps::All) => Dependencies::All(Environment::active()),
            },
            command: self.executable.clone(),
            output: self.output.clone(),
            ..bundle::Request::new(sources)
        }
    }
}

/// Builds and writes the bundle `output`, and reports.
pub(super) fn run(
    args: &Args,
    sources: batch::Request,
    output: &Path,
    cache: &CodeCache,
    globals: &Globals,
) -> anyhow::Result<ExitCode> {
    let request = args.bundle.request(args, sources);
    let progress = Progress::new(args.quiet);
    let result = bundle::build(&request, cache, &progress);
    progress.clear();
    cache.store().finish(Patience::Long);
    globals.tidy_later(cache);
    let Build { report, built } = match result {
        Ok(build) => build,
        Err(error) if error.is_usage() => {
            let hint = error.hint();
            globals::error(&error.into());
            if let Some(hint) = hint {
                globals::hint(hint);
            }
            return Ok(ExitCode::from(USAGE));
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(built) = &built {
        built.write(output, request.command.is_some()).context("the bundle is not written")?;
        report_left_out(args, built);
    }
    let facts = built.as_ref().map(|built| as_json(output, built));
    let status = super::report(args, &request.sources, cache, &report, facts)?;
    match &built {
        Some(built) if !args.quiet => summary(output, built),
        Some(_) => {}
        None => {
            if !args.quiet {
                globals::note(&format!("{} is not written", Shown(output)));
            }
        }
    }
    Ok(status)
}

/// What the bundle lacks, on standard error.
fn report_left_out(args: &Args, built: &Built) {
    for (path, skipped) in &built.skipped {
        let path = Shown(path);
        globals::warning(&match skipped {
            Skipped::Native => format!("{path} is left out: it is machine code, which the engine cannot load"),
            Skipped::NotCompiled(problem) => format!("{path} is left out: {problem}"),
            Skipped::Editable => {
                format!("{path} is installed in editable mode: name the folder of its sources as a PATH")
            }
            other => format!("{path} is left out: {other:?}"),
        });
    }
    if args.verbose {
        for (name, importer) in &built.missing {
            globals::note(&format!("{name}, which {importer} imports, is nowhere to be found"));
        }
    }
    if built.data_left_out > 0 && !args.quiet {
        let files = counted(built.data_left_out as u64, "other file");
        globals::hint(&format!("{files} left out: --with-data keeps them"));
    }
}

fn summary(output: &Path, built: &Built) {
    let mut parts = vec![counted(built.modules as u64, "module")];
    if built.data > 0 {
        parts.push(counted(built.data as u64, "data file"));
    }
    if !built.distributions.is_empty() {
        parts.push(counted(built.distributions.len() as u64, "distribution"));
    }
    let size = human_bytes(built.bytes.len() as u64);
    let entry = built.entry_point.as_ref().map(|entry| format!(", runs {entry}")).unwrap_or_default();
    // Whoever closed standard error does not want to know.
    let _ = writeln!(anstream::stderr(), "{}: {} ({size}){entry}", Shown(output), parts.join(", "));
}

fn as_json(output: &Path, built: &Built) -> Value {
    let distribution = |(name, version): &(String, String)| json!({"name": name, "version": version});
    let left_out = |(path, skipped): &(PathBuf, Skipped)| {
        let (reason, message) = match skipped {
            Skipped::Native => ("native", None),
            Skipped::NotCompiled(problem) => ("not_compiled", Some(problem)),
            Skipped::Editable => ("editable", None),
            _ => ("other", None),
        };
        json!({"path": path.to_string_lossy(), "reason": reason, "message": message})
    };
    json!({
        "path": output.to_string_lossy(),
        "bytes": built.bytes.len(),
        "modules": built.modules,
        "data": built.data,
        "entry_point": built.entry_point,
        "distributions": built.distributions.iter().map(distribution).collect::<Vec<_>>(),
        "left_out": built.skipped.iter().map(left_out).collect::<Vec<_>>(),
        "data_left_out": built.data_left_out,
        "missing": built.missing.iter().map(|(name, by)| json!({"name": name, "imported_by": by})).collect::<Vec<_>>(),
    })
}
