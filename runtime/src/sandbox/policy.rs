//! What a snippet may reach.

use std::path::PathBuf;

use super::SandboxError;

/// The modules that a snippet may import unless told otherwise: they compute, and
/// reach nothing outside.
///
/// The list is a convenience, so that a mistake is told early and clearly. What
/// keeps a snippet in is the operating system.
pub const DEFAULT_MODULES: &[&str] = &[
    "__future__",
    "abc",
    "array",
    "asyncio",
    "base64",
    "binascii",
    "bisect",
    "calendar",
    "cmath",
    "collections",
    "colorsys",
    "contextlib",
    "copy",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "enum",
    "fractions",
    "functools",
    "graphlib",
    "hashlib",
    "heapq",
    "hmac",
    "html",
    "io",
    "itertools",
    "json",
    "keyword",
    "math",
    "numbers",
    "operator",
    "os.path",
    "pprint",
    "random",
    "re",
    "secrets",
    "statistics",
    "string",
    "struct",
    "sys",
    "textwrap",
    "time",
    "types",
    "typing",
    "unicodedata",
    "uuid",
    "zlib",
];

/// Which modules a snippet may import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Modules {
    /// [`DEFAULT_MODULES`].
    #[default]
    Default,
    /// These, and what is below them.
    Only(Vec<String>),
    /// The whole standard library, and whatever readable folders on `sys.path` hold.
    All,
}

/// What to do about a confinement that the kernel cannot enforce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Enforcement {
    /// It is an error.
    #[default]
    Strict,
    /// The run goes on; the outcome says what was in force.
    BestEffort,
}

/// What a snippet may reach. By default nothing but its own process: no file, no
/// network, no other program, no environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The modules that may be imported.
    pub modules: Modules,
    /// Modules that may not, even if the line above says so.
    pub deny: Vec<String>,
    /// Files and folders that may be read.
    pub read: Vec<PathBuf>,
    /// Files and folders that may be read and written.
    pub write: Vec<PathBuf>,
    /// Variables of the environment that the snippet sees: `NAME`, as this process has it, if it has, or
    /// `NAME=VALUE`.
    pub env: Vec<String>,
    /// Whether its folder is one of its own, that it may write to. It is removed
    /// after the run. Otherwise it is an empty one that nobody can write to.
    pub scratch: bool,
    /// Whether it may start threads.
    pub threads: bool,
    /// What to do about what the kernel cannot enforce.
    pub enforcement: Enforcement,
}

impl Policy {
    /// The modules that may be imported; `None` for all of them.
    pub(super) fn allowed(&self) -> Option<Vec<String>> {
        match &self.modules {
            Modules::Default => Some(DEFAULT_MODULES.iter().map(|&name| name.to_owned()).collect()),
            Modules::Only(names) => Some(names.clone()),
            Modules::All => None,
        }
    }

    /// The variables of the environment, with their values as the system has them.
    #[cfg(target_os = "linux")]
    pub(super) fn variables(&self) -> impl Iterator<Item = (String, Vec<u8>)> {
        use std::os::unix::ffi::OsStringExt as _;
        self.env.iter().filter_map(|variable| match variable.split_once('=') {
            Some((name, value)) => Some((name.to_owned(), value.as_bytes().to_owned())),
            None => Some((variable.clone(), std::env::var_os(variable)?.into_vec())),
        })
    }

    /// Makes the granted paths absolute and checks that they are there, and that variables have names.
    pub(super) fn resolve(&mut self) -> Result<(), SandboxError> {
        let is_none = |variable: &&String| variable.is_empty() || variable.starts_with('=') || variable.contains('\0');
        if let Some(variable) = self.env.iter().find(is_none) {
            return Err(SandboxError::Variable(variable.clone()));
        }
        for path in self.read.iter_mut().chain(&mut self.write) {
            match std::fs::canonicalize(&*path) {
                Ok(absolute) => *path = absolute,
                Err(source) => return Err(SandboxError::Grant { path: path.clone(), source }),
            }
        }
        Ok(())
    }
}

/// What confined a run, as its outcome reports it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Confinement {
    /// Version of landlock's rules that the kernel enforced for files; 0 for none.
    pub landlock: u32,
    /// Whether system calls were filtered.
    pub seccomp: bool,
}
