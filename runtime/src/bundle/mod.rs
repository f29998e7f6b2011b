//! Bundles of programs: one file that holds their code and, if wanted, their sources and data.
//!
//! ```no_run
//! use pyc_rs_runtime::{CodeCache, Engine, Snippet, batch, bundle};
//!
//! let cache = CodeCache::off();
//! let request = bundle::Request::new(batch::Request::new(vec!["src".into()]));
//! let build = bundle::build(&request, &cache, &())?;
//! if let Some(built) = build.built {
//!     built.write("app.pycb".as_ref(), false)?;
//! }
//! let file = bundle::BundleFile::open("app.pycb")?;
//! let outcome = Engine::builder().boot()?.run(&Snippet::from_bundle(&file, "app.cli:main"));
//! println!("{}", outcome.stdout);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The way of a build: the files are found and compiled as ever (`batch`), get the names that an
//! import would use (`naming`, `plan`), what they import is looked for in the environment
//! (`dependencies`, `distribution`), and everything goes into the writer (`build`). An existing
//! file is opened (`open`), looked at (`contents`) and unpacked (`extract`).

mod build;
mod contents;
mod dependencies;
mod distribution;
mod extract;
mod naming;
mod open;
mod plan;
mod signature;

pub use build::{Build, BuildError, Built, Dependencies, Entry, Request, Skipped, build};
pub use contents::{Change, ChangeKind, differences, faults};
pub use dependencies::Environment;
pub use extract::{ExtractError, Extracted, extract};
pub use open::{BundleBytes, BundleFile, OpenError};
pub use signature::{SignatureError, TrustedKey, generate_keys, sign, signature_path};
