//! Images: a started interpreter in a file, mapped instead of started.
//!
//! The program has its code and variables at the same addresses in every process
//! (`cli/build.rs`). While an image is recorded, a process starts an interpreter and imports
//! modules with everything it allocates in an arena at a fixed address (`arena`, `malloc`);
//! the arena and the interpreter's variables (`policy`, `symbols`) go to a file (`format`).
//! What programs write to lies together in there: a first recording is rehearsed to find out
//! (`rehearsal`, `watch`, `layout`, `script`), and what the engine finds out of every program is known
//! already (`warm`). A later process maps the arena to its place, writes the variables back (`restore`, `code`), and
//! brings up to date what its own start decides (`refresh`). Whatever does not fit is a
//! [`Refusal`], and the start is a plain one.
//!
//! Recording and restoring need a binary whose global allocator is a [`Recorder`].

mod appear;
mod arena;
mod checks;
mod code;
mod format;
mod lasting;
mod layout;
mod malloc;
pub(crate) mod pocket;
mod policy;
mod preload;
mod process;
mod processor;
mod record;
mod refresh;
mod rehearsal;
mod restore;
mod script;
mod stack;
mod start;
mod symbols;
mod warm;
mod watch;

pub use arena::Recorder;
pub use format::FormatError;
pub use policy::{Class, classify, defining_crate};
pub use preload::DEFAULT_MODULES;
pub use record::{RecordError, Recorded, Recording, record};
pub(crate) use start::IsolatedStart;
pub use start::{Choice, Info, SourceFile, check, conditions, identity, info, is_intact};
pub use symbols::{SymbolError, Variable, variables};

use crate::engine::Engine;

/// What an image is the image of.
struct Root {
    engine: Engine,
    kept: refresh::Kept,
}

/// What an image differs in that another build has made.
const ANOTHER_BUILD: &str = "build of pyc-rs";

/// Why a start is a plain one.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The start is one that images are not made for.
    #[error("{0}")]
    Start(String),
    /// The program is stripped, position-independent or has no build id.
    #[error("the program is not linked for images")]
    Program,
    /// There is no image, or it cannot be read.
    #[error("cannot read the image: {0}")]
    Read(std::io::Error),
    /// Somebody else could have written it.
    #[error("the image is not this user's alone: {0}")]
    Untrusted(&'static str),
    /// The file is no image of this version.
    #[error(transparent)]
    Format(FormatError),
    /// The image was made by another program or for another start.
    #[error("the image is of another {0}")]
    Mismatch(&'static str),
    /// A source that is in the image has changed.
    #[error("the image is stale: {0} has changed or is gone")]
    Stale(String),
    /// The place of the arena is taken, or there is no memory.
    #[error("cannot map the image: {0}")]
    Memory(std::io::Error),
    /// The stack cannot be measured.
    #[error("the stack cannot be measured")]
    Stack,
}

/// Whether an image is being made of this process.
pub(crate) fn is_recording() -> bool {
    arena::is_recording()
}

/// How many bytes of an image this process has mapped.
pub(crate) fn mapped() -> u64 {
    restore::mapped()
}

/// Whether memory at these addresses is that of an image.
pub(crate) fn holds(range: &std::ops::Range<usize>) -> bool {
    range.start >= arena::BASE && range.end <= arena::BASE + arena::CAPACITY
}

impl Refusal {
    fn damaged() -> Self {
        Self::Format(FormatError::Damaged)
    }

    /// Whether the image is simply not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Read(error) if error.kind() == std::io::ErrorKind::NotFound)
    }

    /// Whether the file is of no use to anybody, so that another one can take its place.
    #[must_use]
    pub fn is_useless(&self) -> bool {
        matches!(self, Self::Format(_) | Self::Untrusted(_))
    }

    /// Whether the image is one of another build of pyc-rs.
    #[must_use]
    pub fn is_of_another_build(&self) -> bool {
        matches!(self, Self::Mismatch(what) if *what == ANOTHER_BUILD)
    }

    /// Whether the image has to be made anew because a source in it has changed.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Stale(_))
    }
}
