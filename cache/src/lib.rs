//! The cache of pyc-rs: keys, artifact files, the store on disk, bundles.
//!
//! This crate knows bytes and files. It knows nothing of Python: what a payload means is the
//! business of its callers. The formats are specified byte by byte in `docs/format.md`.
//!
//! The path of a compiled file through this crate:
//!
//! 1. [`KeyInputs::key`] names the result by everything that can change it.
//! 2. [`Store::get`] opens, maps and verifies the object of that name, or says why it cannot.
//! 3. [`Store::put`] publishes a new object with one atomic rename, [`Store::put_all`] many in
//!    one pack.
//! 4. [`Store::export`] and [`Store::import`] carry objects to another machine.
//! 5. [`Store::gc`] keeps the store below its size limit, least recently used first.
//!
//! A fault of the disk is never a fault of the program: reading answers with a [`MissReason`],
//! writing with a [`StoreError`] that the caller can report once and forget.

#![deny(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod archive;
pub mod artifact;
pub mod bundle;
pub mod bundle_file;
pub mod bundle_writer;
pub mod dirs;
pub mod gc;
pub mod images;
pub mod index;
pub mod key;
pub mod maintain;
pub mod map;
pub mod pack;
#[cfg(feature = "remote")]
pub mod remote;
pub mod sessions;
pub mod stats;
pub mod store;
pub mod verify;
pub mod wire;

mod archive_format;
mod bundle_check;
mod bundle_format;
mod bundle_prefix;
mod error;
mod index_file;
mod layout;
mod mend;
mod object;
mod pack_format;
mod packs;
mod parallel;
mod platform;
mod probe;
mod publish;
mod remote_stats;
mod scan;
mod size;
mod tidy;

pub use archive::{ArchiveError, ExportReport, ImportOptions, ImportReport, Selection};
pub use artifact::{ArtifactError, ArtifactMeta, ArtifactView, EncodeError, MetaWarning};
pub use bundle::{Bundle, BundleError, BundleManifest, Entry, EntryKind};
pub use bundle_writer::BundleWriter;
pub use dirs::{base_cache_dir, default_cache_dir};
pub use error::StoreError;
pub use gc::GcReport;
pub use images::{ImageFile, ImageLock, publish_private};
pub use index::{FileStamp, IndexEntry, IndexId, IndexLookup, StatIndex, now_ns};
pub use key::{FORMAT_VERSION, Key, KeyInputs, KeyParseError};
pub use maintain::{ClearReport, DEFAULT_SIZE_LIMIT, SizeParseError, StoreInfo, parse_size};
pub use map::Mapping;
pub use mend::Quarantined;
pub use pack::{Pack, PackError};
pub use remote_stats::{RemoteCounters, RemoteCounts};
pub use sessions::{Session, SessionKind, Tally};
pub use stats::{Counters, Counts, Patience, RecentStats};
pub use store::{Artifact, EffectiveMode, Lookup, MissReason, Mode, NewObject, PutOutcome, Store};
pub use verify::{BadObject, ObjectError, VerifyReport};
pub use wire::WireError;
