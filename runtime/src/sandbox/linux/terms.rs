//! What all runs of a runner have in common, and what becomes of a run.

use std::{sync::Arc, time::Instant};

use pyc_rs_cache::EntryKind;
use pyc_rs_compiler::{CompileError, FaultKind, Mode, Options, Stack};

use super::{
    Confinement, HostFunctions, Inputs, Limits, SandboxError,
    attend::{Line, Stop},
    pool::{End, Worker},
    protocol::{List, MOST_MESSAGE, Request},
    verdict::{Printed, Verdict},
};
use crate::{
    bundle::BundleFile,
    code_cache::{Code, CodeCache, Origin},
    outcome::{Failure, Outcome, Usage},
    snippet::Snippet,
};

/// What the thread that compiles is counted on to have left. A source that needs
/// more is compiled on a thread of its own.
pub(super) const STACK: Stack = Stack::of(1 << 20);

/// What a worker can be sent beside inputs, in bytes.
const MOST_SOURCE: usize = MOST_MESSAGE / 2;

/// What snippets are compiled with.
pub(super) fn options() -> Options {
    Options { mode: Mode::Block, ..Options::default() }
}

/// What all runs have in common.
pub(super) struct Terms {
    pub(super) cache: CodeCache,
    pub(super) options: Options,
    pub(super) limits: Limits,
    pub(super) functions: HostFunctions,
}

/// One run.
pub(super) struct Run<'a> {
    pub(super) snippet: &'a Snippet,
    pub(super) inputs: &'a Inputs,
    /// `None` where the worker is to compile it.
    pub(super) code: Option<&'a Code>,
    pub(super) since: Instant,
}

impl Terms {
    /// Compiles a snippet, or finds it compiled. One that may take long to compile, or much memory,
    /// is left to the worker, which has limits for both: then there is no code yet.
    pub(super) fn load(&self, snippet: &Snippet) -> Result<Option<Arc<Code>>, Box<Failure>> {
        if let Some(file) = &snippet.bundle {
            return self.load_bundled(file, &snippet.name).map(Some);
        }
        let source = &snippet.source;
        if source.len() > MOST_SOURCE {
            let problem = format!("a source may have {MOST_SOURCE} bytes here, and this one has {}", source.len());
            return Err(Box::new(plain_failure("OverflowError", problem)));
        }
        let code = self.cache.load_if_light(source, self.options, STACK);
        code.map_err(|error| Box::new(failure(source, error)))
    }

    /// The code of one module of a bundle. The worker gets nothing else of it.
    fn load_bundled(&self, file: &BundleFile, name: &str) -> Result<Arc<Code>, Box<Failure>> {
        let failed = |problem: String| Box::new(plain_failure("ImportError", problem));
        let entry = |kind| file.bundle().find(name, kind);
        let missing = || failed(format!("{}: there is no module {name} to run", file.path().display()));
        if file.is_native() {
            let entry = entry(EntryKind::Code).ok_or_else(missing)?;
            let code = entry.bytes();
            return code
                .map(|code| Arc::new(Code::bundled(entry.key, &code)))
                .map_err(|error| failed(error.to_string()));
        }
        file.check_engine().map_err(|error| failed(error.to_string()))?;
        let source =
            entry(EntryKind::Source).ok_or_else(missing)?.bytes().map_err(|error| failed(error.to_string()))?;
        let snippet = Snippet::new(name, source);
        self.cache
            .load(&snippet.source, file.options(), STACK)
            .map_err(|error| Box::new(failure(&snippet.source, error)))
    }

    fn origin_of_miss(&self) -> Origin {
        if self.cache.store().root().is_some() { Origin::Miss } else { Origin::Off }
    }

    /// The outcome of a snippet that is not run at all.
    pub(super) fn not_compiled(&self, failure: Failure, since: Instant) -> Outcome {
        let cache = self.origin_of_miss();
        Outcome {
            stdout: String::new(),
            stderr: String::new(),
            return_value: None,
            value: None,
            error: Some(failure),
            duration_ns: elapsed(since),
            cache,
            usage: Usage::default(),
            sandbox: None,
        }
    }

    /// Runs a snippet on a worker, which is to be used again or not; `end` kills it and waits
    /// for its end.
    pub(super) fn run_on(
        &self,
        line: &mut Line,
        run: &Run<'_>,
        again: bool,
        end: impl FnOnce(&Worker) -> Result<End, SandboxError>,
    ) -> Ran {
        let &Run { snippet, inputs, code, since } = run;
        let request = Request {
            name: &snippet.name,
            source: &snippet.source,
            payload: code.map(Code::payload).unwrap_or_default(),
            inputs: List(inputs.variables().to_vec()),
        };
        let stop = line.attend(&request, &self.limits, &self.functions);
        let Some(confinement) = line.confinement else {
            return Ran::NotAtAll(match stop {
                Stop::Broken(reason) => reason,
                _ => "its workers die before they are used".to_owned(),
            });
        };
        match self.judge(line, stop, again, end) {
            Ok((verdict, mut printed)) => {
                let compiled = line.compiled.take();
                let warnings = compiled.as_ref().map(|compiled| &compiled.warnings);
                for warning in warnings.or_else(|| code.map(|code| &code.warnings)).into_iter().flatten() {
                    let line = format!("{}:{}: SyntaxWarning: {}\n", snippet.name, warning.line, warning.message);
                    printed.stderr.insert_str(0, &line);
                }
                // A worker that has run something before is not believed.
                if let Some(compiled) = compiled.filter(|_| !again) {
                    let key = CodeCache::key(&snippet.source, self.options);
                    self.cache.keep(&key, snippet.source.len(), self.options, &compiled);
                }
                let origin = code.map_or_else(|| self.origin_of_miss(), |code| code.origin);
                Ran::Outcome(Box::new(outcome(verdict, printed, origin, confinement, since)))
            }
            Err(error) => Ran::Failed(error),
        }
    }

    fn judge(
        &self,
        line: &Line,
        stop: Stop,
        again: bool,
        end: impl FnOnce(&Worker) -> Result<End, SandboxError>,
    ) -> Result<(Verdict, Printed), SandboxError> {
        let printed = || Printed::by(&line.worker, self.limits.output, again).map_err(SandboxError::Start);
        if let Stop::Done(told) = stop {
            let printed = printed()?;
            return Ok((Verdict::of_report(told, &printed, &self.limits), printed));
        }
        // What it prints until it is dead counts.
        let end = end(&line.worker)?;
        let mut printed = printed()?;
        Ok((Verdict::of_end(&stop, end, &mut printed, &self.limits), printed))
    }
}

/// What came of an attempt.
pub(super) enum Ran {
    Outcome(Box<Outcome>),
    /// Not a byte of the snippet was looked at.
    NotAtAll(String),
    Failed(SandboxError),
}

fn outcome(verdict: Verdict, printed: Printed, cache: Origin, confinement: Confinement, since: Instant) -> Outcome {
    Outcome {
        stdout: printed.stdout,
        stderr: printed.stderr,
        return_value: verdict.return_value,
        value: verdict.value,
        error: verdict.error,
        duration_ns: elapsed(since),
        cache,
        usage: verdict.usage,
        sandbox: Some(confinement),
    }
}

fn elapsed(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// An exception that was raised before there was any frame.
fn plain_failure(exception: &str, message: String) -> Failure {
    Failure::RuntimeError {
        traceback: format!("{exception}: {message}\n"),
        exception: exception.to_owned(),
        message,
        frames: Vec::new(),
    }
}

/// The failure that a source which does not compile is.
pub(super) fn failure(source: &[u8], error: CompileError) -> Failure {
    let plain = plain_failure;
    let message = error.to_string();
    match error {
        CompileError::Source(faults) => match faults.diagnostics().first() {
            Some(fault) if fault.kind == FaultKind::Recursion => plain("RecursionError", fault.message.clone()),
            Some(fault) => Failure::SyntaxError {
                message: fault.message.clone(),
                line: fault.span.line,
                col: fault.span.column,
                end_line: fault.span.end_line,
                end_col: fault.span.end_column,
                text: fault.text.clone(),
            },
            None => plain("SyntaxError", message),
        },
        CompileError::Decode(error) => {
            let line = error.line().max(1);
            let text = source.split(|&byte| byte == b'\n').nth(line - 1).unwrap_or_default();
            let text = String::from_utf8_lossy(text).into_owned();
            Failure::SyntaxError { message, line, col: 1, end_line: line, end_col: 1, text }
        }
        CompileError::TooDeep { .. } => plain("RecursionError", message),
        CompileError::TooLarge { .. } => plain("OverflowError", message),
        CompileError::Internal { .. } => plain("SystemError", message),
    }
}
