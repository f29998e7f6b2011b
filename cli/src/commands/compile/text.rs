//! The report of `pyc-rs compile` for people: a list on standard output where one
//! was asked for, everything else on standard error.

use std::io::{self, Write};

use pyc_rs_runtime::batch::{FileReport, Report, Shown, Status};

use super::Args;
use crate::{
    diagnostics,
    globals::{self, human_bytes},
};

pub(super) fn print(args: &Args, report: &Report) -> io::Result<()> {
    list(args, report, &mut io::BufWriter::new(anstream::stdout().lock()))?;
    diagnose(args, report, &mut io::BufWriter::new(anstream::stderr().lock()))?;
    if args.quiet {
        return Ok(());
    }
    if report.files.is_empty() {
        nothing_found(args);
        return Ok(());
    }
    writeln!(anstream::stderr(), "{}", summary(args, report))
}

fn nothing_found(args: &Args) {
    // Small trees leave some parts empty.
    if args.shard.is_some() {
        return globals::hint("no Python files are in this part");
    }
    globals::warning("no Python files found");
    if !args.no_ignore {
        globals::hint("ignore files may leave them out: try --no-ignore");
    }
}

/// A line for each file that the arguments ask about.
pub(super) fn list(args: &Args, report: &Report, out: &mut impl Write) -> io::Result<()> {
    for file in report.files.iter().filter(|file| is_listed(args, file)) {
        write!(out, "{} {}", word(args, &file.status), Shown(&file.path))?;
        match file.reason.filter(|_| args.explain) {
            Some(reason) => writeln!(out, " ({})", reason.as_str())?,
            None => writeln!(out)?,
        }
    }
    out.flush()
}

fn is_listed(args: &Args, file: &FileReport) -> bool {
    match file.status {
        Status::Compiled { .. } => args.explain || args.verbose,
        Status::Stale => !args.quiet,
        Status::Fresh | Status::Failed(_) => args.explain,
    }
}

fn word(args: &Args, status: &Status) -> &'static str {
    match status {
        Status::Compiled { .. } => "compiled",
        Status::Fresh => "fresh",
        Status::Stale if args.dry_run => "would compile",
        Status::Stale => "stale",
        Status::Failed(_) => "failed",
    }
}

pub(super) fn diagnose(args: &Args, report: &Report, err: &mut impl Write) -> io::Result<()> {
    for file in &report.files {
        if args.verbose {
            for warning in &file.warnings {
                writeln!(err, "{}\n", diagnostics::warning(&file.path, warning))?;
            }
        }
        if let Status::Failed(failure) = &file.status {
            writeln!(err, "{}\n", diagnostics::failure(&file.path, failure))?;
        }
    }
    err.flush()
}

pub(super) fn summary(args: &Args, report: &Report) -> String {
    let totals = report.totals();
    let seconds = report.elapsed.as_secs_f64();
    let (fresh, failed) = (totals.fresh, totals.failed);
    if args.check || args.dry_run {
        let word = if args.check { "stale" } else { "to compile" };
        format!("{} {word}, {fresh} fresh, {failed} failed ({seconds:.2} s)", totals.stale)
    } else {
        let bytes = human_bytes(totals.bytes);
        format!("{} compiled, {fresh} fresh, {failed} failed ({bytes} in {seconds:.2} s)", totals.compiled)
    }
}
