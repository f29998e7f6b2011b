//! `pyc-rs compile --watch`.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use pyc_rs_runtime::{
    CodeCache,
    batch::{self, BatchError, Report, Request, Shown, Status, WatchEvent, WatchOptions},
};

use super::{Args, Format, USAGE, json, text};
use crate::globals::{self, Globals, counted};

/// Names of compiled files that fit one line.
const MOST_NAMES: usize = 3;

/// Compiles again and again, until a signal or a closed pipe ends it.
pub(super) fn run(args: &Args, globals: &Globals, request: &Request, cache: &CodeCache) -> anyhow::Result<ExitCode> {
    let mut last = None;
    let mut tell = |event: WatchEvent<'_>| match event {
        WatchEvent::Polling { reason } => {
            globals::warning(&format!("cannot watch for changes: {reason}; looking once a second instead"));
            #[cfg(target_os = "linux")]
            globals::hint("sysctl fs.inotify.max_user_watches and max_user_instances raise the limits");
            true
        }
        WatchEvent::Waiting { folders } => {
            if !args.quiet {
                globals::note(&format!("watching {}; Ctrl-C ends", counted(folders as u64, "folder")));
            }
            true
        }
        WatchEvent::Round(round) => {
            let state = State::of(round);
            let is_news = last.as_ref().is_none_or(|last| state.is_news_after(last));
            let is_first = last.is_none();
            last = Some(state);
            let printed = if is_news { print(args, request, cache, round, is_first) } else { Ok(()) };
            globals.tidy_later(cache);
            // A closed pipe is nobody to go on for.
            printed.is_ok()
        }
    };
    match batch::watch(request, cache, WatchOptions { poll: args.poll }, &mut tell) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        // The first round has reported it.
        Err(error) if error.is_usage() => Ok(ExitCode::from(USAGE)),
        Err(error) => Err(error.into()),
    }
}

/// What tells one round from another.
#[derive(PartialEq, Eq)]
struct State {
    compiled: u64,
    files: u64,
    failures: Vec<String>,
}

impl State {
    fn of(round: Result<&Report, &BatchError>) -> Self {
        match round {
            Ok(report) => {
                let totals = report.totals();
                let failure = |file: &batch::FileReport| match &file.status {
                    Status::Failed(failure) => Some(format!("{} {:?} {failure}", Shown(&file.path), file.key)),
                    _ => None,
                };
                let failures = report.files.iter().filter_map(failure).collect();
                Self { compiled: totals.compiled, files: totals.files, failures }
            }
            Err(error) => Self { compiled: 0, files: 0, failures: vec![error.to_string()] },
        }
    }

    fn is_news_after(&self, last: &Self) -> bool {
        self.compiled > 0 || self.files != last.files || self.failures != last.failures
    }
}

fn print(
    args: &Args,
    request: &Request,
    cache: &CodeCache,
    round: Result<&Report, &BatchError>,
    is_first: bool,
) -> io::Result<()> {
    let report = match round {
        Ok(report) => report,
        Err(error) => {
            let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
            globals::error(&anyhow::anyhow!("{error}{cause}"));
            return Ok(());
        }
    };
    if args.format == Format::Json {
        return json::print(request, cache.store(), report, None);
    }
    if is_first {
        return text::print(args, report);
    }
    text::list(args, report, &mut io::BufWriter::new(anstream::stdout().lock()))?;
    text::diagnose(args, report, &mut io::BufWriter::new(anstream::stderr().lock()))?;
    if args.quiet {
        return Ok(());
    }
    writeln!(anstream::stderr(), "{}{}", names(report), text::summary(args, report))
}

/// The files that were compiled.
fn names(report: &Report) -> String {
    let compiled = report.files.iter().filter(|file| matches!(file.status, Status::Compiled { .. }));
    let names: Vec<String> = compiled.map(|file| Shown(&file.path).to_string()).collect();
    match names.len() {
        0 => String::new(),
        1..=MOST_NAMES => format!("{}: ", names.join(", ")),
        many => format!("{} and {} more: ", names[..MOST_NAMES].join(", "), many - MOST_NAMES),
    }
}
