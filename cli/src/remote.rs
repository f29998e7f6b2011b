//! The remote cache: how it is asked for, and what is told of it.

use std::path::PathBuf;

use pyc_rs_runtime::cache::RemoteCounts;
#[cfg(not(feature = "remote"))]
use pyc_rs_runtime::cache::Store;
use serde_json::{Value, json};

use crate::config::Settings;
use crate::globals::human_bytes;

/// What every command takes, though only those that read or write code use it.
#[derive(clap::Args, Clone, Debug, Default)]
#[cfg_attr(not(feature = "remote"), group(skip))]
pub(crate) struct RemoteArgs {
    /// A cache that many machines share.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        hide = cfg!(not(feature = "remote")),
        help = "Share a cache with other machines: s3://, gcs://, azblob://, redis(s)://, webdav(s)://, http(s)://, file:// or off [env: PYC_RS_REMOTE]"
    )]
    remote: Option<String>,
    /// A file with the secret that those who share the remote cache know.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        hide = cfg!(not(feature = "remote")),
        help = "Take nothing from the remote cache that was written without the secret in this file [env: PYC_RS_REMOTE_SECRET_FILE]"
    )]
    remote_secret_file: Option<PathBuf>,
}

impl RemoteArgs {
    /// Tells the settings what the flags say.
    pub(crate) fn note(&self, settings: &mut Settings) {
        settings.set_flag("remote.url", "--remote", self.remote.clone());
        let file = self.remote_secret_file.as_ref().map(|file| file.display().to_string());
        settings.set_flag("remote.secret-file", "--remote-secret-file", file);
    }
}

/// Puts the remote cache behind a store, if there is to be one.
#[cfg(not(feature = "remote"))]
pub(crate) fn attach(store: Store, settings: &Settings) -> anyhow::Result<Store> {
    use crate::globals::UsageError;
    match settings.get("remote.url").map_err(UsageError)?.as_deref() {
        None | Some("off") => Ok(store),
        Some(_) => Err(UsageError(
            "this build of pyc-rs has no support for remote caches: build it with `--features remote`".to_owned(),
        )
        .into()),
    }
}

#[cfg(feature = "remote")]
pub(crate) use attached::attach;

#[cfg(feature = "remote")]
mod attached {
    use std::sync::Arc;
    use std::{env, fs};

    use anyhow::Context as _;
    use pyc_rs_runtime::cache::{
        Mode, Store,
        remote::{Remote, RemoteMode, RemoteOptions, Secret},
    };

    use crate::config::{Settings, Source, duration};
    use crate::globals::{Refused, UsageError, warning};

    /// Holds the secret itself.
    const SECRET: &str = "PYC_RS_REMOTE_SECRET";

    /// Puts the remote cache behind a store, if there is to be one.
    pub(crate) fn attach(store: Store, settings: &Settings) -> anyhow::Result<Store> {
        if store.mode() == Mode::Off {
            return Ok(store);
        }
        let get = |key| settings.get(key).map_err(UsageError);
        let Some(url) = get("remote.url")?.filter(|url| url != "off") else { return Ok(store) };
        let timeout = get("remote.timeout")?.unwrap_or_default();
        let options = RemoteOptions {
            mode: match get("remote.mode")?.as_deref() {
                Some("read-only") => RemoteMode::ReadOnly,
                _ => RemoteMode::ReadWrite,
            },
            secret: secret(settings)?,
            patience: duration(&timeout).map_err(UsageError)?,
            warn: Some(Arc::new(|message: &str| warning(message))),
        };
        let remote = Remote::open(&url, options)
            .map_err(|error| Refused { hint: error.hint().map(str::to_owned), problem: error.to_string() })?;
        Ok(store.with_remote(remote))
    }

    /// The secret: of the file that a flag or a variable names, of the environment, of the file
    /// that the settings name.
    fn secret(settings: &Settings) -> anyhow::Result<Option<Secret>> {
        let is_named_in_file = matches!(settings.source("remote.secret-file"), Source::File { .. } | Source::Default);
        if is_named_in_file && let Some(text) = env::var_os(SECRET).filter(|text| !text.is_empty()) {
            let secret = Secret::new(text.as_encoded_bytes());
            return Ok(Some(secret.map_err(|error| UsageError(format!("{SECRET}: {error}")))?));
        }
        let Some(path) = settings.get("remote.secret-file").map_err(UsageError)? else { return Ok(None) };
        let text = fs::read(&path)
            .with_context(|| format!("cannot read the secret in {path}"))
            .map_err(|error| UsageError(format!("{error:#}")))?;
        let secret = Secret::new(&text);
        Ok(Some(secret.map_err(|error| UsageError(format!("{path}: {error}")))?))
    }
}

/// The counts for programs.
pub(crate) fn described(counts: &RemoteCounts) -> Value {
    json!({
        "hits": counts.hits,
        "misses": counts.misses,
        "refused": counts.refused,
        "errors": counts.errors,
        "sent": counts.sent,
        "dropped": counts.dropped,
        "received_bytes": counts.received_bytes,
        "sent_bytes": counts.sent_bytes,
    })
}

/// The counts for people; nothing if there are none.
pub(crate) fn line(counts: &RemoteCounts) -> String {
    if *counts == RemoteCounts::default() {
        return String::new();
    }
    format!(
        "remote      hits {}, misses {}, refused {}, errors {}, sent {}, not sent {}; {} received, {} sent\n",
        counts.hits,
        counts.misses,
        counts.refused,
        counts.errors,
        counts.sent,
        counts.dropped,
        human_bytes(counts.received_bytes),
        human_bytes(counts.sent_bytes)
    )
}
