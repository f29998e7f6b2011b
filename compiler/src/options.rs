//! What to compile a source as.

use rustpython_compiler::CompileOpts;
use rustpython_compiler_core::Mode as EngineMode;

/// What kind of program the source is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A module or a script: statements, no value.
    #[default]
    Exec,
    /// One expression, whose value is the result.
    Eval,
    /// Statements; when the last one is an expression, its value is the result.
    Block,
}

impl Mode {
    /// A number that stays the same for ever: it is part of cache keys.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Exec => 0,
            Self::Eval => 1,
            Self::Block => 2,
        }
    }

    /// The mode with this number, as stored in an artifact.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Exec),
            1 => Some(Self::Eval),
            2 => Some(Self::Block),
            _ => None,
        }
    }

    const fn engine(self) -> EngineMode {
        match self {
            Self::Exec => EngineMode::Exec,
            Self::Eval => EngineMode::Eval,
            Self::Block => EngineMode::BlockExpr,
        }
    }
}

/// How much the compiler may leave out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Optimize {
    /// Everything is kept.
    #[default]
    None,
    /// `-O`: `assert` statements are dropped and `__debug__` is false.
    Asserts,
    /// `-OO`: docstrings are dropped as well.
    Docstrings,
}

impl Optimize {
    /// The level that this many `-O` flags ask for.
    #[must_use]
    pub const fn from_level(level: u8) -> Self {
        match level {
            0 => Self::None,
            1 => Self::Asserts,
            _ => Self::Docstrings,
        }
    }

    /// The number of `-O` flags: 0, 1 or 2.
    #[must_use]
    pub const fn level(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Asserts => 1,
            Self::Docstrings => 2,
        }
    }
}

/// Everything besides the source that decides what the code object looks like.
///
/// The file name is left out on purpose: the same source at two paths is one
/// artifact, which is given its path when it is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// Script, expression or block.
    pub mode: Mode,
    /// What may be left out.
    pub optimize: Optimize,
    /// Leave out the column positions that tracebacks underline
    /// (`-X no_debug_ranges`).
    pub no_debug_ranges: bool,
}

impl Options {
    /// The remaining switches as bits, for the cache key.
    #[must_use]
    pub const fn flags(self) -> u32 {
        self.no_debug_ranges as u32
    }

    /// The options for modules of this optimisation level with these [`flags`](Self::flags).
    #[must_use]
    pub const fn from_parts(optimize: u8, flags: u32) -> Self {
        Self { mode: Mode::Exec, optimize: Optimize::from_level(optimize), no_debug_ranges: flags & 1 != 0 }
    }

    pub(crate) const fn engine_mode(self) -> EngineMode {
        self.mode.engine()
    }

    pub(crate) fn engine_options(self) -> CompileOpts {
        CompileOpts {
            optimize: self.optimize.level(),
            debug_ranges: !self.no_debug_ranges,
            recursion_limit: crate::stack::RECURSION_LIMIT,
            ..CompileOpts::default()
        }
    }
}
