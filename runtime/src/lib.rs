//! Runs Python from a cache of compiled code objects.
//!
//! ```no_run
//! use pyc_rs_runtime::{CodeCache, Engine, Snippet, StoreMode, open_store};
//!
//! let cache = CodeCache::new(open_store(None, StoreMode::ReadWrite));
//! let engine = Engine::builder().cache(cache).boot()?;
//! let outcome = engine.run(&Snippet::new("sum.py", "print('adding')\n1 + 1"));
//! assert_eq!(outcome.stdout, "adding\n");
//! assert_eq!(outcome.return_value.as_deref(), Some("2"));
//! # Ok::<(), pyc_rs_runtime::BootError>(())
//! ```

#![warn(clippy::unwrap_used, clippy::expect_used)]

pub mod batch;
pub mod bundle;
mod capture;
mod captured;
mod code_cache;
mod decode;
mod deferred;
mod engine;
pub mod environment;
pub mod explain;
mod failure;
mod fresh_main;
mod frozen;
#[cfg_attr(not(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu")), path = "image/elsewhere.rs")]
pub mod image;
mod importer;
mod inspect;
mod mount;
mod outcome;
mod platform;
mod prepared;
mod program;
mod raise;
mod resident;
pub mod sandbox;
mod shutdown;
mod snippet;
pub mod stdlib;
mod stream_codec;

pub use code_cache::{Code, CodeCache, LoadEvent, LoadedSource, Observe, Origin, Warn, open_store};
pub use engine::{BootError, Engine, EngineBuilder};
pub use environment::PythonFlags;
pub use inspect::DisassemblyError;
pub use mount::MountError;
pub use outcome::{Failure, Frame, Outcome, Usage};
pub use platform::{before_any_allocation, begin_with_small_pages, detach_in_background, survive_file_size_limit};
pub use program::{Ending, Program};
pub use pyc_rs_cache as cache;
pub use pyc_rs_cache::Mode as StoreMode;
pub use pyc_rs_compiler as compiler;
pub use rustpython_vm as vm;
pub use snippet::Snippet;
