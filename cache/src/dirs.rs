//! Where the store lies unless the caller says otherwise.

use std::env;
use std::ffi::OsString;
use std::path::{self, PathBuf};

use etcetera::BaseStrategy;

/// Environment variable that names the folder of the store.
pub const CACHE_DIR_VAR: &str = "PYC_RS_CACHE_DIR";

/// Environment variable that names the folder of a read-only store to look into first.
pub const BASE_CACHE_DIR_VAR: &str = "PYC_RS_BASE_CACHE_DIR";

/// The folder of the read-only store below the user's: `PYC_RS_BASE_CACHE_DIR`, if it is set and
/// not empty. Always absolute.
#[must_use]
pub fn base_cache_dir() -> Option<PathBuf> {
    choose(env::var_os(BASE_CACHE_DIR_VAR), None)
}

/// The folder of the user's store: `PYC_RS_CACHE_DIR` if it is set and not empty, otherwise
/// `pyc-rs` in the cache folder of the platform (`$XDG_CACHE_HOME` or `~/.cache` on Linux).
/// `None` if there is no home folder. Always absolute, so that it survives a change of the
/// working folder.
#[must_use]
pub fn default_cache_dir() -> Option<PathBuf> {
    let native = etcetera::base_strategy::choose_native_strategy().ok().map(|strategy| strategy.cache_dir());
    choose(env::var_os(CACHE_DIR_VAR), native)
}

fn choose(override_dir: Option<OsString>, native: Option<PathBuf>) -> Option<PathBuf> {
    match override_dir.filter(|dir| !dir.is_empty()) {
        Some(dir) => path::absolute(dir).ok(),
        // A relative one means an empty or odd HOME: nothing to put files under.
        None => native.filter(|dir| dir.is_absolute()).map(|dir| dir.join("pyc-rs")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_wins_over_the_platform() {
        let dir = env::temp_dir().join("elsewhere");
        assert_eq!(choose(Some(dir.clone().into()), Some(env::temp_dir())), Some(dir));
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let native = Some(env::temp_dir());
        let expected = Some(env::temp_dir().join("pyc-rs"));
        assert_eq!(choose(Some(OsString::new()), native.clone()), expected);
        assert_eq!(choose(None, native), expected);
    }

    #[test]
    fn a_relative_variable_is_made_absolute() {
        let dir = choose(Some("here".into()), None);
        assert_eq!(dir, Some(env::current_dir().unwrap().join("here")));
    }

    #[test]
    fn no_home_means_no_folder() {
        assert_eq!(choose(None, None), None);
        assert_eq!(choose(None, Some(PathBuf::from(".cache"))), None);
    }
}
