//! What a worker gives up before it looks at a snippet.
//!
//! Most of it its zygote has given up before ([`Confiner::new`]), and a forked process has
//! no more rights than the one it was forked from. The rest, what differs from worker to
//! worker and what the zygote still needs, goes with [`Confiner::confine`].

use std::{
    ffi::OsStr,
    io,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::ffi::OsStrExt as _,
    },
    path::Path,
};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, LandlockStatus, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreated, RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use rustix::{
    process::{Resource, Rlimit},
    thread::{CapabilitySet, CapabilitySets},
};

use super::{
    Confinement,
    filter::{self, Filter},
    gate::{Gate, NOTHING},
    output::HEAD,
    protocol::Setup,
    sys,
};
use crate::image;

/// The rules that are asked for. A kernel that knows fewer enforces fewer.
const RULES: ABI = ABI::V6;

/// The oldest rules that keep files safe: before them, truncation was free.
const LEAST_RULES: u32 = 3;

/// The oldest rules that know of signals.
const LEAST_SCOPES: u32 = 6;

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

/// What workers are confined with, beside what they have from their zygote.
pub(super) struct Confiner {
    gate: Gate,
    /// Keeps a worker's signals to itself.
    scope: Option<OwnedFd>,
    /// Whether such rules can be had.
    scopes: bool,
    limits: Vec<(Resource, u64)>,
    cpu_limit: u64,
    confinement: Confinement,
}

impl Confiner {
    /// Confines this process, the zygote, for good, and makes the rest ready. `base` is what
    /// it takes of memory before any snippet runs.
    pub(super) fn new(setup: &Setup, base: Memory) -> Result<Self, ConfineError> {
        let gate = Gate::new().map_err(call("mmap"))?;
        // Before anything is given up, so that whatever fails can be told.
        let filter = Filter::new(setup, gate.address())?;
        rustix::process::setsid().map_err(errno("setsid"))?;
        std::env::set_current_dir(&setup.folder).map_err(call("chdir"))?;
        sys::default_signals();
        sys::forbid_tracing();
        let nothing = Path::new(OsStr::from_bytes(NOTHING.to_bytes()));
        let rules = rules(setup, setup.scratch.then_some(setup.folder.as_path()))?;
        let landlock = enforced(rules.add_rule(PathBeneath::new(open(nothing)?, AccessFs::ReadFile))?)?;
        if setup.strict && landlock < LEAST_RULES {
            return Err(ConfineError::Landlock(landlock));
        }
        let scopes = landlock >= LEAST_SCOPES;
        // A folder of its own differs from worker to worker, so do the rules then.
        let scope = if scopes && !setup.scratch { Option::<OwnedFd>::from(scope_rules()?.create()?) } else { None };
        let none = CapabilitySet::empty();
        let none = CapabilitySets { effective: none, permitted: none, inheritable: none };
        rustix::thread::set_capabilities(None, none).map_err(errno("capset"))?;
        for (resource, limit) in common_limits(setup, base) {
            let limit = Rlimit { current: Some(limit), maximum: Some(limit) };
            rustix::process::setrlimit(resource, limit).map_err(errno("setrlimit"))?;
        }
        let seccomp = match filter.install() {
            Ok(()) => true,
            Err(error) if setup.strict => return Err(error.into()),
            Err(_) => false,
        };
        Ok(Self {
            gate,
            scope,
            scopes,
            limits: own_limits(setup),
            cpu_limit: setup.cpu_ns.div_ceil(1_000_000_000) + 1,
            confinement: Confinement { landlock, seccomp },
        })
    }

    /// The way to make calls that the filter does not let through otherwise.
    pub(super) const fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Confines this process, a worker, for good. The descriptors 0 to 3 stay open.
    pub(super) fn confine(
        &self,
        setup: &Setup,
        scratch: Option<&Path>,
        session: bool,
    ) -> Result<Confinement, ConfineError> {
        let gate = &self.gate;
        if !session {
            gate.limit(Resource::Cpu, self.cpu_limit).map_err(call("setrlimit"))?;
        }
        if let Some(folder) = scratch {
            gate.enter_folder(folder).map_err(call("chdir"))?;
            let rules: Option<OwnedFd> = rules(setup, Some(folder))?.into();
            if let Some(rules) = rules {
                gate.restrict(rules.as_fd()).map_err(call("landlock"))?;
            }
        } else if let Some(scope) = &self.scope {
            gate.restrict(scope.as_fd()).map_err(call("landlock"))?;
        }
        // The rules above are files, too.
        for &(resource, limit) in &self.limits {
            gate.limit(resource, limit).map_err(call("setrlimit"))?;
        }
        if !self.scopes && self.confinement.seccomp {
            let own = rustix::process::getpid().as_raw_nonzero().get().unsigned_abs();
            gate.filter(&filter::own_signals_only(own)).map_err(call("seccomp"))?;
        }
        gate.close_from(4).map_err(call("close_range"))?;
        gate.close().map_err(call("munmap"))?;
        Ok(self.confinement)
    }
}

/// Puts rules in force for this process, and tells their version; 0 for none.
fn enforced(rules: RulesetCreated) -> Result<u32, ConfineError> {
    let status = rules.restrict_self()?;
    Ok(match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => 0,
        (_, LandlockStatus::Available { effective_abi, .. }) => u32::try_from(effective_abi as i32).unwrap_or(0),
        _ => 0,
    })
}

/// Ties this process to its parent: it is killed with it.
pub(super) fn detach(gate: &Gate, parent: i32) -> Result<(), ConfineError> {
    gate.end_with_parent().map_err(call("prctl"))?;
    if rustix::process::getppid().is_none_or(|now| now.as_raw_nonzero().get() != parent) {
        return Err(call("the parent is gone")(io::Error::from(io::ErrorKind::NotFound)));
    }
    Ok(())
}

fn scope_rules() -> Result<Ruleset, ConfineError> {
    Ok(Ruleset::default().scope(Scope::from_all(RULES))?)
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
        // Mostly this tells it, and a list of all mappings need not be made.
        let at_most = data.saturating_sub(used).saturating_sub(image::mapped());
        if at_most > MOST_RESERVE {
            let maps = std::fs::read_to_string("/proc/self/maps").map_err(call("/proc/self/maps"))?;
            let reserve = data.saturating_sub(used).saturating_sub(maps.lines().filter_map(of_a_file).sum());
            if reserve > MOST_RESERVE {
                return Err(ConfineError::Reserve(reserve));
            }
        }
        Ok(Self { data, used })
    }
}

/// Size of a private, writable mapping of a file, from its line in `maps`: what is in it came
/// from there, and no allocator hands it out.
fn of_a_file(line: &str) -> Option<u64> {
    let mut fields = line.split_ascii_whitespace();
    let (addresses, access, inode) = (fields.next()?, fields.next()?, fields.nth(2)?);
    let (start, end) = addresses.split_once('-').filter(|_| access == "rw-p" && inode != "0")?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    number(end)?.checked_sub(number(start)?)
}

/// Limits that the zygote can live with.
fn common_limits(setup: &Setup, base: Memory) -> [(Resource, u64); 6] {
    // One byte more than allowed tells too much output from just enough.
    let output = HEAD as u64 + setup.output + 1;
    let writes = setup.scratch || !setup.write.is_empty();
    [
        (Resource::Core, 0),
        // Not the address space beside it: near the limit of that, the kernel lets
        // `mprotect` go beyond the limit of this.
        (Resource::Data, base.data.max(base.used) + setup.memory),
        (Resource::Fsize, if writes { output.max(setup.file_size) } else { output }),
        (Resource::Memlock, 0),
        (Resource::Msgqueue, 0),
        (Resource::Sigpending, 64),
    ]
}

/// Descriptors of a worker that are not the snippet's.
pub(super) const OWN_FILES: u64 = 5;

/// Limits that only workers have.
fn own_limits(setup: &Setup) -> Vec<(Resource, u64)> {
    let mut limits = vec![(Resource::Nofile, OWN_FILES + setup.files)];
    if !setup.threads {
        limits.push((Resource::Nproc, 0));
    }
    limits
}
