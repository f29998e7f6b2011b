//! Why a remote did not do what it was asked for, in words that hold no secret.
//!
//! The messages of the libraries below name addresses with whatever is in them, tokens
//! included. Therefore a reason is put together here, from kinds of errors alone.

use std::error::Error as _;
use std::io;

use opendal::ErrorKind;

/// Why an operation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// In words.
    pub(super) reason: String,
    /// Whether the same may work a moment later.
    pub(super) is_temporary: bool,
    /// Whether it will not work before somebody changes the settings.
    pub(super) is_final: bool,
}

impl Fault {
    pub(super) fn new(reason: &str) -> Self {
        Self { reason: reason.to_owned(), is_temporary: false, is_final: false }
    }

    pub(super) fn is_final(reason: &str) -> Self {
        Self { is_final: true, ..Self::new(reason) }
    }

    pub(super) fn timeout() -> Self {
        Self::new("no answer in time")
    }
}

impl From<&opendal::Error> for Fault {
    fn from(error: &opendal::Error) -> Self {
        let (reason, is_final) = match error.kind() {
            ErrorKind::PermissionDenied => ("permission denied", true),
            ErrorKind::ConfigInvalid => ("its settings are refused", true),
            ErrorKind::Unsupported => ("it does not support what is asked of it", true),
            ErrorKind::RateLimited => ("too many requests", false),
            ErrorKind::NotFound => ("not found", false),
            _ if error.is_temporary() => ("it cannot be reached", false),
            _ => ("it fails", false),
        };
        let reason = io_cause(error).unwrap_or_else(|| reason.to_owned());
        Self { reason, is_temporary: error.is_temporary() && !is_final, is_final }
    }
}

impl From<&redis::RedisError> for Fault {
    fn from(error: &redis::RedisError) -> Self {
        match error.code() {
            Some("NOAUTH" | "WRONGPASS" | "NOPERM" | "READONLY") => return Self::is_final("permission denied"),
            Some("OOM") => return Self::is_final("it is full"),
            _ => {}
        }
        if error.kind() == redis::ErrorKind::AuthenticationFailed {
            return Self::is_final("permission denied");
        }
        let reason = if error.is_connection_refusal() {
            "connection refused"
        } else if error.is_timeout() {
            "no answer in time"
        } else if error.is_io_error() {
            "it cannot be reached"
        } else {
            "it fails"
        };
        Self { is_temporary: true, ..Self::new(reason) }
    }
}

/// Of a folder.
impl From<&io::Error> for Fault {
    fn from(error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        let kind = error.kind();
        let is_final =
            matches!(kind, Kind::PermissionDenied | Kind::ReadOnlyFilesystem | Kind::StorageFull | Kind::QuotaExceeded);
        Self { is_final, is_temporary: kind == Kind::Interrupted, ..Self::new(&kind.to_string()) }
    }
}

/// What the operating system said, if it was asked.
fn io_cause(error: &opendal::Error) -> Option<String> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            // The kind alone: a message may be anybody's.
            return (io.kind() != io::ErrorKind::Other).then(|| io.kind().to_string());
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_repeats_nothing_of_what_a_library_says() {
        let io = io::Error::new(io::ErrorKind::ConnectionRefused, "https://me:hunter2@host?sig=hunter2");
        let error = opendal::Error::new(ErrorKind::Unexpected, "send to hunter2")
            .with_context("url", "https://host?sig=hunter2")
            .set_source(io)
            .set_temporary();
        let fault = Fault::from(&error);
        assert_eq!(fault, Fault { is_temporary: true, ..Fault::new("connection refused") });
        let error = opendal::Error::new(ErrorKind::PermissionDenied, "hunter2").set_temporary();
        assert_eq!(Fault::from(&error), Fault::is_final("permission denied"));
    }
}
