//! Runs snippets, each in a process of its own.

use std::{
    path::PathBuf,
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use pyc_rs_cache::EntryKind;
use pyc_rs_compiler::{CompileError, FaultKind, Mode, Options, Stack};

use super::{
    HostCall, HostError, HostFunctions, Inputs, Limits, Policy, SandboxError, Session, Stopper, Value,
    attend::{Line, Stop},
    folder::Folder,
    pool::Pool,
    protocol::{List, Request, Setup},
    verdict::{Printed, Verdict},
    zygote::{EAGER_COMMIT, MARKER},
};
use crate::{
    bundle::BundleFile,
    code_cache::{Code, CodeCache, Origin},
    outcome::{Failure, Outcome, Usage},
    sandbox::{Confinement, host::check_name},
    snippet::Snippet,
};

/// What the thread that compiles is counted on to have left. A source that needs
/// more is compiled on a thread of its own.
const STACK: Stack = Stack::of(1 << 20);

/// Snippets that every zygote and every worker runs first, so that the memory that
/// most runs write to is theirs by then.
const REHEARSAL: &[&str] = &[include_str!("rehearsal.py")];

/// How often a worker that was found dead is replaced before the run is given up.
const MOST_TRIES: usize = 3;

/// Runs snippets that nobody has read, each in a fresh, confined process. May be
/// used by any number of threads.
pub struct Runner {
    // Before the folder, which goes when the processes have.
    pool: Pool,
    /// The worker that showed that confinement works.
    first: Mutex<Option<Line>>,
    _folder: Folder,
    cache: CodeCache,
    options: Options,
    limits: Limits,
    functions: HostFunctions,
}

/// How to build a [`Runner`].
pub struct RunnerBuilder {
    cache: CodeCache,
    limits: Limits,
    policy: Policy,
    functions: HostFunctions,
    command: Option<Command>,
    image: Option<PathBuf>,
    workers: usize,
    warm: bool,
}

impl RunnerBuilder {
    /// Keeps compiled snippets in this cache. Without it, each is compiled every time.
    #[must_use]
    pub fn cache(mut self, cache: CodeCache) -> Self {
        self.cache = cache;
        self
    }

    /// What each run may use.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What snippets may reach.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Gives snippets a function. It is called on the thread that called `run`, and
    /// its time counts as wall time only.
    #[must_use]
    pub fn host_function<F>(mut self, name: impl Into<String>, function: F) -> Self
    where
        F: Fn(HostCall) -> Result<Value, HostError> + Send + Sync + 'static,
    {
        self.functions.add(name.into(), false, Arc::new(function));
        self
    }

    /// Gives snippets a function that they await.
    #[must_use]
    pub fn async_host_function<F>(mut self, name: impl Into<String>, function: F) -> Self
    where
        F: Fn(HostCall) -> Result<Value, HostError> + Send + Sync + 'static,
    {
        self.functions.add(name.into(), true, Arc::new(function));
        self
    }

    /// The program that becomes a sandbox: one that calls
    /// [`worker_entry`](super::worker_entry) first. This program, unless told otherwise.
    #[must_use]
    pub fn worker(mut self, command: Command) -> Self {
        self.command = Some(command);
        self
    }

    /// Starts sandboxes from this image of the program, if it fits; `image build` of the
    /// `pyc-rs` command makes one. What is imported ahead of the first run comes from it.
    #[must_use]
    pub fn image(mut self, image: impl Into<PathBuf>) -> Self {
        self.image = Some(image.into());
        self
    }

    /// How many processes wait for snippets. By default twice the processors.
    #[must_use]
    pub fn workers(mut self, count: usize) -> Self {
        self.workers = count;
        self
    }

    /// Whether to import and rehearse ahead, which makes the start slower and every
    /// run faster. On unless told otherwise.
    #[must_use]
    pub fn warm(mut self, warm: bool) -> Self {
        self.warm = warm;
        self
    }

    /// Starts the sandbox, and waits until a first worker is confined.
    ///
    /// # Errors
    ///
    /// When a limit or a confinement cannot be enforced, a granted path is not
    /// there, or the sandbox does not start.
    pub fn build(mut self) -> Result<Runner, SandboxError> {
        if std::env::var_os(MARKER).is_some() {
            // A sandbox that builds sandboxes would never end.
            let reason = "this process was started as one and has not called `sandbox::worker_entry()`";
            return Err(SandboxError::Broken(reason.to_owned()));
        }
        self.limits.check()?;
        self.policy.resolve()?;
        let names = self.functions.names();
        names.iter().try_for_each(|(name, _)| check_name(name))?;
        let folder = Folder::new().map_err(SandboxError::Start)?;
        let options = Options { mode: Mode::Block, ..Options::default() };
        let mut setup = Setup::new(&self.limits, &self.policy);
        folder.path().clone_into(&mut setup.folder);
        setup.host_functions = names;
        setup.warm = self.warm;
        setup.image = self.image.take();
        if self.warm {
            setup.rehearsal = REHEARSAL.iter().filter_map(|source| rehearsal(source, options)).collect();
        }
        let command = sandbox_command(self.command, &self.policy)?;
        let pool = Pool::start(command, setup, self.workers)?;
        let runner = Runner {
            pool,
            first: Mutex::default(),
            _folder: folder,
            cache: self.cache,
            options,
            limits: self.limits,
            functions: self.functions,
        };
        runner.check()?;
        Ok(runner)
    }
}

fn rehearsal(source: &str, options: Options) -> Option<Vec<u8>> {
    pyc_rs_compiler::compile(source.as_bytes(), options, STACK).ok().map(|compiled| compiled.payload)
}

/// This program again, with nothing in its environment but what is granted.
fn sandbox_command(command: Option<Command>, policy: &Policy) -> Result<Command, SandboxError> {
    let mut command = match command {
        Some(command) => command,
        None => Command::new(std::env::current_exe().map_err(SandboxError::Start)?),
    };
    command.env_clear();
    for name in &policy.env {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env(EAGER_COMMIT, "0");
    Ok(command)
}

impl Runner {
    /// Starts to describe a runner: with default limits, the default policy, and no
    /// cache.
    #[must_use]
    pub fn builder() -> RunnerBuilder {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        RunnerBuilder {
            cache: CodeCache::off(),
            limits: Limits::default(),
            policy: Policy::default(),
            functions: HostFunctions::default(),
            command: None,
            image: None,
            workers: processors * 2,
            warm: true,
        }
    }

    /// Runs a snippet in a process that has seen no other.
    ///
    /// # Errors
    ///
    /// When pyc-rs itself fails. Whatever the snippet does is an outcome.
    pub fn run(&self, snippet: &Snippet) -> Result<Outcome, SandboxError> {
        self.run_with(snippet, &Inputs::default())
    }

    /// Runs a snippet with some variables bound.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn run_with(&self, snippet: &Snippet, inputs: &Inputs) -> Result<Outcome, SandboxError> {
        self.run_on_any(snippet, inputs, None)
    }

    /// Runs a snippet with some variables bound, unless and until it is stopped.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Stopped`] if it is; others as for [`run`](Self::run).
    pub fn run_until(&self, snippet: &Snippet, inputs: &Inputs, stopper: &Stopper) -> Result<Outcome, SandboxError> {
        self.run_on_any(snippet, inputs, Some(stopper))
    }

    fn run_on_any(
        &self,
        snippet: &Snippet,
        inputs: &Inputs,
        stopper: Option<&Stopper>,
    ) -> Result<Outcome, SandboxError> {
        let since = Instant::now();
        let code = match self.load(snippet) {
            Ok(code) => code,
            Err(failure) => return Ok(self.not_compiled(*failure, since)),
        };
        let mut problem = String::new();
        for _ in 0..MOST_TRIES {
            let mut line = self.take()?;
            let ran = match stopper.map_or(Ok(()), |stopper| stopper.take(&line.worker)) {
                Ok(()) => self.run_on(&mut line, snippet, inputs, &code, since, false),
                Err(error) => Ran::Failed(error),
            };
            self.pool.dispose(&line.worker);
            stopper.map_or(Ok(()), Stopper::let_go)?;
            match ran {
                Ran::Outcome(outcome) => return Ok(*outcome),
                Ran::Failed(error) => return Err(error),
                Ran::NotAtAll(reason) => problem = reason,
            }
        }
        Err(SandboxError::Broken(problem))
    }

    /// Starts a session: snippets that share their globals, in one process.
    ///
    /// # Errors
    ///
    /// When pyc-rs itself fails.
    pub fn session(&self) -> Result<Session<'_>, SandboxError> {
        Ok(Session::new(self, Line::new(self.pool.take(true)?)))
    }

    fn take(&self) -> Result<Line, SandboxError> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        first.map_or_else(|| self.pool.take(false).map(Line::new), Ok)
    }

    /// Waits until a worker is confined, or says why it cannot be.
    fn check(&self) -> Result<(), SandboxError> {
        let mut line = Line::new(self.pool.take(false)?);
        match line.wait_until_ready() {
            Ok(_) => {
                *self.first.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
                Ok(())
            }
            Err(Stop::Broken(reason)) => Err(SandboxError::Broken(reason)),
            Err(_) => Err(SandboxError::Broken("the first worker died".to_owned())),
        }
    }

    pub(super) fn end_session(&self, line: &Line) {
        self.pool.dispose(&line.worker);
    }

    /// Compiles a snippet, or finds it compiled.
    pub(super) fn load(&self, snippet: &Snippet) -> Result<Arc<Code>, Box<Failure>> {
        match &snippet.bundle {
            Some(file) => self.load_bundled(file, &snippet.name),
            None => {
                self.cache.load(&snippet.source, self.options, STACK).map_err(|error| Box::new(failure(snippet, error)))
            }
        }
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
        self.cache.load(&snippet.source, file.options(), STACK).map_err(|error| Box::new(failure(&snippet, error)))
    }

    pub(super) fn not_compiled(&self, failure: Failure, since: Instant) -> Outcome {
        let cache = if self.cache.store().root().is_some() { Origin::Miss } else { Origin::Off };
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

    pub(super) fn run_on(
        &self,
        line: &mut Line,
        snippet: &Snippet,
        inputs: &Inputs,
        code: &Code,
        since: Instant,
        again: bool,
    ) -> Ran {
        let request = Request {
            name: &snippet.name,
            source: &snippet.source,
            payload: code.payload(),
            inputs: List(inputs.variables().to_vec()),
        };
        let stop = line.attend(&request, &self.limits, &self.functions);
        let Some(confinement) = line.confinement else {
            return Ran::NotAtAll(match stop {
                Stop::Broken(reason) => reason,
                _ => "its workers die before they are used".to_owned(),
            });
        };
        match self.judge(line, stop, again) {
            Ok((verdict, mut printed)) => {
                for warning in &code.warnings {
                    let line = format!("{}:{}: SyntaxWarning: {}\n", snippet.name, warning.line, warning.message);
                    printed.stderr.insert_str(0, &line);
                }
                Ran::Outcome(Box::new(outcome(verdict, printed, code.origin, confinement, since)))
            }
            Err(error) => Ran::Failed(error),
        }
    }

    fn judge(&self, line: &Line, stop: Stop, again: bool) -> Result<(Verdict, Printed), SandboxError> {
        let printed = || Printed::by(&line.worker, self.limits.output, again).map_err(SandboxError::Start);
        if let Stop::Done(told) = stop {
            let printed = printed()?;
            return Ok((Verdict::of_report(told, &printed, &self.limits), printed));
        }
        // What it prints until it is dead counts.
        let end = self.pool.end(&line.worker)?;
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
fn failure(snippet: &Snippet, error: CompileError) -> Failure {
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
            let text = snippet.source.split(|&byte| byte == b'\n').nth(line - 1).unwrap_or_default();
            let text = String::from_utf8_lossy(text).into_owned();
            Failure::SyntaxError { message, line, col: 1, end_line: line, end_col: 1, text }
        }
        CompileError::TooDeep { .. } => plain("RecursionError", message),
        CompileError::TooLarge { .. } => plain("OverflowError", message),
        CompileError::Internal { .. } => plain("SystemError", message),
    }
}
