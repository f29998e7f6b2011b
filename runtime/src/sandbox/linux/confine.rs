//! What a worker gives up before it looks at a snippet.
//!
//! Everything that can be made ready is made once, in the zygote ([`Confiner::new`]);
//! a worker only puts it in force ([`Confiner::confine`]).

use std::{io, path::Path};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, LandlockStatus, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreated, RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use rustix::{
    process::{Resource, Rlimit, Signal},
    thread::{CapabilitySet, CapabilitySets},
};

use super::{Confinement, filter::Filter, protocol::Setup, sys};

/// The rules that are asked for. A kernel that knows fewer enforces fewer.
const RULES: ABI = ABI::V6;

/// The oldest rules that keep files safe: before them, truncation was free.
const LEAST_RULES: u32 = 3;

/// Why a worker is not confined as it must be.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConfineError {
    #[error("the kernel does not enforce landlock rules of version {LEAST_RULES} (it has {0})")]
    Landlock(u32),
    #[error("landlock: {0}")]
    Ruleset(#[from] landlock::RulesetError),
    #[error("cannot open {path}: {source}")]
    Path { path: String, source: landlock::PathFdError },
    #[error("the allocator of this program holds {0} bytes writable in reserve, which no limit of memory would count")]
    Reserve(u64),
    #[error("seccomp: {0}")]
    Filter(#[from] seccompiler::Error),
    #[error("seccomp: {0}")]
    Backend(#[from] seccompiler::BackendError),
    #[error("{what}: {source}")]
    Call { what: &'static str, source: io::Error },
}

fn call(what: &'static str) -> impl Fn(io::Error) -> ConfineError {
    move |source| ConfineError::Call { what, source }
}

fn errno(what: &'static str) -> impl Fn(rustix::io::Errno) -> ConfineError {
    move |error| ConfineError::Call { what, source: error.into() }
}

/// What workers are confined with, ready to be put in force.
pub(super) struct Confiner {
    rules: Option<RulesetCreated>,
    filter: Filter,
    strict: bool,
    limits: Vec<(Resource, u64)>,
    cpu_limit: u64,
}

impl Confiner {
    /// Makes everything ready. `base` is what this process takes of memory before
    /// any snippet runs.
    pub(super) fn new(setup: &Setup, base: Memory) -> Result<Self, ConfineError> {
        // A folder of its own differs from worker to worker, so do the rules then.
        let rules = if setup.scratch { None } else { Some(rules(setup, None)?) };
        Ok(Self {
            rules,
            filter: Filter::new(setup)?,
            strict: setup.strict,
            limits: resource_limits(setup, base),
            cpu_limit: setup.cpu_ns.div_ceil(1_000_000_000) + 1,
        })
    }

    /// Confines this process for good. The descriptors 0 to 3 stay open.
    pub(super) fn confine(&self, setup: &Setup, folder: &Path, session: bool) -> Result<Confinement, ConfineError> {
        let rules = match &self.rules {
            Some(rules) => rules.try_clone().map_err(call("landlock"))?,
            None => rules_with_folder(setup, folder)?,
        };
        let status = rules.restrict_self()?;
        let landlock = match (status.ruleset, status.landlock) {
            (RulesetStatus::NotEnforced, _) => 0,
            (_, LandlockStatus::Available { effective_abi, .. }) => u32::try_from(effective_abi as i32).unwrap_or(0),
            _ => 0,
        };
        if self.strict && landlock < LEAST_RULES {
            return Err(ConfineError::Landlock(landlock));
        }
        sys::close_from(4).map_err(call("close_range"))?;
        let none = CapabilitySet::empty();
        let none = CapabilitySets { effective: none, permitted: none, inheritable: none };
        rustix::thread::set_capabilities(None, none).map_err(errno("capset"))?;
        for &(resource, limit) in &self.limits {
            set_limit(resource, limit)?;
        }
        if !session {
            set_limit(Resource::Cpu, self.cpu_limit)?;
        }
        sys::forbid_tracing();
        let seccomp = match self.filter.install() {
            Ok(()) => true,
            Err(error) if self.strict => return Err(error.into()),
            Err(_) => false,
        };
        Ok(Confinement { landlock, seccomp })
    }
}

/// Ties this process to its zygote: it is killed with it, and alone in a session
/// without a terminal.
pub(super) fn detach(zygote: i32) -> Result<(), ConfineError> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(errno("prctl"))?;
    if rustix::process::getppid().is_none_or(|parent| parent.as_raw_nonzero().get() != zygote) {
        return Err(call("the zygote is gone")(io::Error::from(io::ErrorKind::NotFound)));
    }
    rustix::process::setsid().map_err(errno("setsid"))?;
    Ok(())
}

fn set_limit(resource: Resource, limit: u64) -> Result<(), ConfineError> {
    let limit = Rlimit { current: Some(limit), maximum: Some(limit) };
    rustix::process::setrlimit(resource, limit).map_err(errno("setrlimit"))
}

fn rules_with_folder(setup: &Setup, folder: &Path) -> Result<RulesetCreated, ConfineError> {
    rules(setup, Some(folder))
}

fn rules(setup: &Setup, scratch: Option<&Path>) -> Result<RulesetCreated, ConfineError> {
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(RULES))?
        .handle_access(AccessNet::from_all(RULES))?
        .scope(Scope::from_all(RULES))?
        .create()?;
    let reading = AccessFs::ReadFile | AccessFs::ReadDir;
    let writing = (AccessFs::from_all(RULES) & !(AccessFs::Execute | AccessFs::IoctlDev))
        & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeSock | AccessFs::MakeFifo);
    for path in &setup.read {
        rules = rules.add_rule(PathBeneath::new(open(path)?, allowed_on(path, reading)))?;
    }
    for path in setup.write.iter().map(AsRef::as_ref).chain(scratch) {
        rules = rules.add_rule(PathBeneath::new(open(path)?, allowed_on(path, writing)))?;
    }
    Ok(rules)
}

/// Rights that only folders have are left out for a file.
fn allowed_on(path: &Path, access: landlock::BitFlags<AccessFs>) -> landlock::BitFlags<AccessFs> {
    if path.is_dir() { access } else { access & AccessFs::from_file(RULES) }
}

fn open(path: &Path) -> Result<PathFd, ConfineError> {
    PathFd::new(path).map_err(|source| ConfineError::Path { path: path.display().to_string(), source })
}

/// Memory of a process, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Memory {
    /// Private and writable, used or not.
    data: u64,
    /// Of that, what is in use.
    used: u64,
}

/// Writable memory that a process may hold without using it.
const MOST_RESERVE: u64 = 64 << 20;

impl Memory {
    /// What this process has now.
    ///
    /// Memory that an allocator holds writable in reserve would be used without the
    /// kernel being asked, and so without a limit.
    pub(super) fn of_this_process() -> Result<Self, ConfineError> {
        let text = std::fs::read_to_string("/proc/self/status").map_err(call("/proc/self/status"))?;
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
        };
        let (Some(data), Some(used)) = (field("VmData:"), field("RssAnon:")) else {
            return Err(call("/proc/self/status")(io::Error::from(io::ErrorKind::InvalidData)));
        };
        let reserve = data.saturating_sub(used);
        if reserve > MOST_RESERVE { Err(ConfineError::Reserve(reserve)) } else { Ok(Self { data, used }) }
    }
}

fn resource_limits(setup: &Setup, base: Memory) -> Vec<(Resource, u64)> {
    // One byte more than allowed tells too much output from just enough.
    let output = setup.output + 1;
    let writes = setup.scratch || !setup.write.is_empty();
    let mut limits = vec![
        (Resource::Core, 0),
        // Not the address space beside it: near the limit of that, the kernel lets
        // `mprotect` go beyond the limit of this.
        (Resource::Data, base.data.max(base.used) + setup.memory),
        (Resource::Fsize, if writes { output.max(setup.file_size) } else { output }),
        (Resource::Nofile, 5 + setup.files),
        (Resource::Memlock, 0),
        (Resource::Msgqueue, 0),
        (Resource::Sigpending, 64),
    ];
    if !setup.threads {
        limits.push((Resource::Nproc, 0));
    }
    limits
}
