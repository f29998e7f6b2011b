//! The standard library, compiled and embedded at build time.

use std::sync::OnceLock;

use pyc_rs_cache::Bundle;

static BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/stdlib.pycb"));

/// The licence of the embedded standard library, the PSF licence.
pub const LICENSE: &str = include_str!(concat!(env!("OUT_DIR"), "/PSF-LICENSE"));

/// The embedded bundle. It is part of the program, so its hashes are not
/// checked again at run time.
#[must_use]
pub fn bundle() -> Option<&'static Bundle<&'static [u8]>> {
    static BUNDLE: OnceLock<Option<Bundle<&'static [u8]>>> = OnceLock::new();
    BUNDLE.get_or_init(|| Bundle::open_trusted(BYTES).ok()).as_ref()
}
