//! Remote tiers: the entry, and a store with a folder or a misbehaving server behind it.

mod entry;
mod folder;
mod server;
mod unwell;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use pyc_rs_cache::remote::{Remote, RemoteOptions, Secret};

/// Longer than any test takes: what depends on it would hang.
const FOREVER: Duration = Duration::from_secs(600);

fn secret(text: &str) -> Option<Secret> {
    Some(Secret::new(text.repeat(16).as_bytes()).unwrap())
}

/// What a remote complained about.
#[derive(Clone, Default)]
struct Complaints(Arc<Mutex<Vec<String>>>);

impl Complaints {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn options(&self) -> RemoteOptions {
        let heard = Arc::clone(&self.0);
        let warn = move |message: &str| heard.lock().unwrap().push(message.to_owned());
        RemoteOptions { warn: Some(Arc::new(warn)), patience: FOREVER, ..RemoteOptions::default() }
    }
}

fn open(url: &str, options: RemoteOptions) -> Remote {
    Remote::open(url, options).unwrap()
}
