//! How a sandbox is to be, before there is one.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::Arc,
};

use super::{
    HostCall, HostError, HostFunctions, Limits, Policy, Runner, SandboxError, Value,
    confine::OWN_FILES,
    early::EarlyFork,
    folder::Folder,
    pool::Pool,
    protocol::Setup,
    terms::{STACK, Terms, options},
    zygote::{EAGER_COMMIT, MARKER, PROTOCOL},
};
use crate::{code_cache::CodeCache, sandbox::host::check_name};

/// Snippets that every zygote and every worker runs first, so that the memory that
/// most runs write to is theirs by then.
const REHEARSAL: &[&str] = &[include_str!("rehearsal.py")];

/// How to build a [`Runner`].
pub struct RunnerBuilder {
    cache: CodeCache,
    limits: Limits,
    policy: Policy,
    functions: HostFunctions,
    command: Option<Command>,
    early: Option<EarlyFork>,
    image: Option<PathBuf>,
    workers: Option<usize>,
    warm: bool,
}

impl RunnerBuilder {
    /// Default limits, the default policy, no cache.
    pub(super) fn new() -> Self {
        Self {
            cache: CodeCache::off(),
            limits: Limits::default(),
            policy: Policy::default(),
            functions: HostFunctions::default(),
            command: None,
            early: None,
            image: None,
            workers: None,
            warm: true,
        }
    }

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

    /// The process that [`run_once`](Self::run_once) is to use, instead of one that it starts.
    #[must_use]
    pub fn early_fork(mut self, fork: EarlyFork) -> Self {
        self.early = Some(fork);
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
        self.workers = Some(count);
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
    pub fn build(self) -> Result<Runner, SandboxError> {
        let processors = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (warm, workers) = (self.warm, self.workers.unwrap_or_else(|| processors() * 2));
        let Prepared { terms, mut setup, command, folder, .. } = self.prepare()?;
        setup.warm = warm;
        if warm {
            setup.rehearsal = rehearsal();
        }
        Runner::start(Pool::start(sandbox_command(command)?, setup, workers)?, folder, terms)
    }

    /// No process can have more files open than this one may allow it.
    fn check_files(&self) -> Result<(), SandboxError> {
        let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum.unwrap_or(u64::MAX);
        let most = most.saturating_sub(OWN_FILES);
        if self.limits.files <= most {
            return Ok(());
        }
        Err(SandboxError::Limit { what: "open files", problem: format!("must be at most {most} here") })
    }

    /// Checks what was said, and puts it in order.
    pub(super) fn prepare(mut self) -> Result<Prepared, SandboxError> {
        if std::env::var_os(MARKER).is_some() {
            // A sandbox that builds sandboxes would never end.
            let reason = "this process was started as one and has not called `sandbox::worker_entry()`";
            return Err(SandboxError::Broken(reason.to_owned()));
        }
        self.limits.check()?;
        self.check_files()?;
        self.policy.resolve()?;
        let names = self.functions.names();
        names.iter().try_for_each(|(name, _)| check_name(name))?;
        let mut sorted: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
        sorted.sort_unstable();
        if let Some([twice, _]) = sorted.array_windows().find(|[one, other]| one == other) {
            return Err(SandboxError::Twice((*twice).to_owned()));
        }
        let folder = Folder::new().map_err(SandboxError::Start)?;
        let mut setup = Setup::new(&self.limits, &self.policy);
        folder.path().clone_into(&mut setup.folder);
        setup.host_functions = names;
        setup.image = self.image;
        let terms = Terms { cache: self.cache, options: options(), limits: self.limits, functions: self.functions };
        Ok(Prepared { terms, setup, command: self.command, early: self.early, folder })
    }
}

/// All that it takes to start a sandbox.
pub(super) struct Prepared {
    pub(super) terms: Terms,
    pub(super) setup: Setup,
    /// The program to start, if it is not this one.
    pub(super) command: Option<Command>,
    /// The process that is there already.
    pub(super) early: Option<EarlyFork>,
    pub(super) folder: Folder,
}

/// Code to rehearse with.
pub(super) fn rehearsal() -> Vec<Vec<u8>> {
    let compiled = |source: &&str| pyc_rs_compiler::compile(source.as_bytes(), options(), STACK).ok();
    REHEARSAL.iter().filter_map(compiled).map(|compiled| compiled.payload).collect()
}

/// This program again, with nothing in its environment.
pub(super) fn sandbox_command(command: Option<Command>) -> Result<Command, SandboxError> {
    let mut command = match command {
        Some(command) => command,
        None => Command::new(std::env::current_exe().map_err(SandboxError::Start)?),
    };
    command.env_clear().env(MARKER, PROTOCOL).env(EAGER_COMMIT, "0");
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command)
}
