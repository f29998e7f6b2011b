//! Remote tiers: an object store that many machines share, behind the store on disk.
//!
//! ```no_run
//! use pyc_rs_cache::remote::{Remote, RemoteOptions};
//! use pyc_rs_cache::{Mode, Store};
//!
//! let remote = Remote::open("s3://bucket/pyc-rs?region=eu-west-1", RemoteOptions::default())?;
//! let store = Store::open("/var/cache/app", Mode::ReadWrite).with_remote(remote);
//! # Ok::<(), pyc_rs_cache::remote::RemoteError>(())
//! ```
//!
//! A get that misses on disk asks the remote, and keeps what it finds; what is put on disk is
//! sent to the remote in the background. [`Store::finish`](crate::Store::finish) waits, for a
//! bounded time, for what is still on its way.
//!
//! Nothing is connected, and no thread started, before the first miss. A remote that does not
//! answer costs [`RemoteOptions::patience`] once; from then on it is left alone, and looked
//! after in the background. Nothing that goes wrong with it is an error of the store.
//!
//! Whoever can write to a remote can run code on every machine that reads from it, unless
//! they share a [`Secret`] that he does not know: see `docs/security.md`.

mod address;
mod attach;
mod buffers;
mod client;
mod entry;
mod fault;
mod folder;
mod keep;
mod line;
mod many;
mod meter;
mod options;
mod outbox;
mod redis;
mod service;
mod tier;

pub use address::{AddressError, variables};
pub use attach::PushReport;
pub use entry::{MAGIC, MAX_CONTENT, MAX_ENTRY, MIN_SECRET, Refusal, Secret, ShortSecret, VERSION, open, seal};
pub use options::{RemoteError, RemoteMode, RemoteOptions, Warn};
pub use tier::Remote;
