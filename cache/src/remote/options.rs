//! How a remote is used.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::address::AddressError;
use super::entry::Secret;

/// What a remote is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RemoteMode {
    /// To read from and to write to.
    #[default]
    ReadWrite,
    /// To read from.
    ReadOnly,
}

/// Is told, once, what is wrong with a remote. Called on any thread.
pub type Warn = dyn Fn(&str) + Send + Sync;

/// How a remote is used.
#[derive(Clone)]
pub struct RemoteOptions {
    /// What it is used for. Some kinds of servers can only be read from.
    pub mode: RemoteMode,
    /// Shared with all others who use it: what was not written with it is refused.
    pub secret: Option<Secret>,
    /// How long a remote that does not answer may hold a process up, in all.
    pub patience: Duration,
    /// Is told when the remote is given up.
    pub warn: Option<Arc<Warn>>,
}

impl Default for RemoteOptions {
    fn default() -> Self {
        Self { mode: RemoteMode::default(), secret: None, patience: Duration::from_secs(1), warn: None }
    }
}

impl fmt::Debug for RemoteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mode, secret, patience, warn: _ } = self;
        f.debug_struct("RemoteOptions")
            .field("mode", mode)
            .field("secret", secret)
            .field("patience", patience)
            .finish_non_exhaustive()
    }
}

/// A remote cannot be used as it was described. The message holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// The URL does not name a remote.
    #[error("the remote cache: {0}")]
    Address(#[from] AddressError),
    /// What is on the way could be changed by anybody there.
    #[error(
        "the remote cache {shown} is reached without encryption, so that anybody on the way could change the code in it"
    )]
    NeedsSecret {
        /// The address.
        shown: String,
    },
}

impl RemoteError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Address(_) => None,
            Self::NeedsSecret { .. } => Some("share a secret (--remote-secret-file), or use an encrypted address"),
        }
    }
}
