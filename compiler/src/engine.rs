//! Which engine this build compiles for.

/// Names every part of the engine that decides what a code object looks like,
/// with its version as built, and the version of our own encoding of it.
///
/// It is part of each cache key, so a code object made by one engine is never
/// offered to another. Neither CPython's magic number nor its `cache_tag` would
/// do: the engine uses CPython's own values for both.
pub const FINGERPRINT: &str = concat!("pyc-rs-code ", "1", ", ", env!("PYC_RS_ENGINE_PARTS"),);
