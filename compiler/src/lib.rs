//! Python source text to RustPython code objects.
//!
//! This crate knows Python and knows no disk: bytes of source go in, bytes of a
//! code object come out, or a description of what is wrong with the source.

#![warn(clippy::unwrap_used, clippy::expect_used)]

mod compile;
mod diagnostic;
mod driver;
mod effort;
pub mod engine;
mod imports;
mod nesting;
mod options;
pub mod source;
mod stack;
mod warnings;

pub use compile::{Compiled, MAX_SOURCE_LEN, NO_FILE_NAME, SyntaxWarning, compile};
pub use diagnostic::{CompileError, Diagnostic, FaultKind, SourceFaults, Span};
pub use effort::is_light;
pub use imports::{Import, imports};
pub use options::{Mode, Optimize, Options};
pub use stack::{Stack, THREAD_NAME};
