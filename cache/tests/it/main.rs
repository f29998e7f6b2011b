//! Tests of the public API, in one binary so that they link once.

mod archive;
mod artifact;
mod base;
mod bundle;
mod bundle_corruption;
mod effective_mode;
mod gc;
mod golden;
mod index;
mod maintain;
mod pack;
mod pack_store;
#[cfg(feature = "remote")]
mod remote;
mod sessions;
mod stats;
mod store;
mod store_races;
mod support;
