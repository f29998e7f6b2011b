//! One operation on a remote at a time: its name there, its retries, its answer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use opendal::{ErrorKind, Operator};

use super::buffers::EntryBytes;
use super::entry::{self, MAX_ENTRY, Secret};
use super::fault::Fault;
use super::folder::Folder;
use super::redis::Redis;
use crate::key::{Hex, Key};

/// How often an operation is tried.
const ATTEMPTS: u32 = 3;

/// What comes before the second attempt; four times as long before the next.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// Who is asked. Cheap to clone.
#[derive(Clone)]
pub(super) enum Backend {
    /// One of opendal's services.
    Operator(Operator),
    Redis(Arc<Redis>),
    Folder(Arc<Folder>),
}

impl Backend {
    /// How many keys are asked for with one question: as many as it answers with one trip, and
    /// few enough that an answer comes soon over a slow line.
    pub(super) fn keys_at_once(&self) -> usize {
        match self {
            Self::Operator(_) => 1,
            Self::Redis(_) | Self::Folder(_) => 16,
        }
    }

    /// How many questions are asked at the same time.
    pub(super) fn questions_at_once(&self) -> usize {
        match self {
            Self::Operator(_) => 64,
            Self::Redis(_) => 8,
            // A folder may be on another machine.
            Self::Folder(_) => 8,
        }
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Client {
    backend: Backend,
    secret: Option<Secret>,
}

/// The name of the entry of a key.
fn name(key: &Key) -> String {
    let [shard, rest @ ..] = key.as_bytes();
    format!("v1/{shard:02x}/{}", Hex(rest))
}

impl Client {
    pub(super) fn new(backend: Backend, secret: Option<Secret>) -> Self {
        Self { backend, secret }
    }

    pub(super) fn backend(&self) -> &Backend {
        &self.backend
    }

    /// The entry of a key, as it is there.
    pub(super) async fn get(&self, key: &Key) -> Result<Option<EntryBytes>, Fault> {
        let answers = self.get_many(&[*key]).await?;
        Ok(answers.into_iter().next().and_then(|(_, entry)| entry))
    }

    /// The entries of these keys, as they are there: whoever asks opens them, on a thread of his.
    pub(super) async fn get_many(&self, keys: &[Key]) -> Result<Vec<(Key, Option<EntryBytes>)>, Fault> {
        match &self.backend {
            Backend::Operator(operator) => {
                let mut answers = Vec::with_capacity(keys.len());
                for key in keys {
                    let name = name(key);
                    let entry = persistently(|| read(operator, &name)).await?;
                    answers.push((*key, entry.map(EntryBytes::from)));
                }
                Ok(answers)
            }
            Backend::Redis(redis) => {
                let names: Vec<String> = keys.iter().map(name).collect();
                let entries = persistently(|| redis.read(&names)).await?;
                Ok(keys.iter().copied().zip(entries.into_iter().map(|entry| entry.map(EntryBytes::from))).collect())
            }
            Backend::Folder(folder) => {
                let entries = in_folder(folder, keys, |folder, names| folder.read(names)).await?;
                Ok(keys.iter().copied().zip(entries).collect())
            }
        }
    }

    /// Whether there is something under these keys. It may still turn out not to be usable.
    pub(super) async fn contains_many(&self, keys: &[Key]) -> Result<Vec<(Key, bool)>, Fault> {
        match &self.backend {
            Backend::Operator(operator) => {
                let mut answers = Vec::with_capacity(keys.len());
                for key in keys {
                    let name = name(key);
                    answers.push((*key, persistently(|| exists(operator, &name)).await?));
                }
                Ok(answers)
            }
            Backend::Redis(redis) => {
                let names: Vec<String> = keys.iter().map(name).collect();
                let answers = persistently(|| redis.contains(&names)).await?;
                Ok(keys.iter().copied().zip(answers).collect())
            }
            Backend::Folder(folder) => {
                let answers =
                    in_folder(folder, keys, |folder, names| names.iter().map(|name| folder.contains(name)).collect());
                let answers = answers.await?;
                Ok(keys.iter().copied().zip(answers).collect())
            }
        }
    }

    /// Sends an artifact; the size of its entry. `None` if it is too large for one.
    pub(super) async fn put(&self, key: &Key, artifact: &[u8]) -> Result<Option<usize>, Fault> {
        let Some(entry) = entry::seal(key, artifact, self.secret.as_ref()) else { return Ok(None) };
        let (name, len) = (name(key), entry.len());
        match &self.backend {
            Backend::Operator(operator) => {
                let entry = opendal::Buffer::from(entry);
                persistently(|| write(operator, &name, &entry)).await?;
            }
            Backend::Redis(redis) => persistently(|| redis.write(&name, &entry)).await?,
            Backend::Folder(folder) => {
                let folder = Arc::clone(folder);
                off_the_line(move || folder.write(&name, &entry)).await?;
            }
        }
        Ok(Some(len))
    }
}

/// Does something with the entries of these keys on a thread that may be held up.
async fn in_folder<T: Send + 'static>(
    folder: &Arc<Folder>,
    keys: &[Key],
    work: fn(&Folder, &[String]) -> io::Result<Vec<T>>,
) -> Result<Vec<T>, Fault> {
    let (folder, names) = (Arc::clone(folder), keys.iter().map(name).collect::<Vec<String>>());
    off_the_line(move || work(&folder, &names)).await
}

async fn off_the_line<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Fault::new("it fails"))?;
    done.map_err(|error| Fault::from(&error))
}

async fn exists(operator: &Operator, name: &str) -> Result<bool, Fault> {
    operator.exists(name).await.map_err(|error| Fault::from(&error))
}

async fn write(operator: &Operator, name: &str, entry: &opendal::Buffer) -> Result<(), Fault> {
    operator.write(name, entry.clone()).await.map(drop).map_err(|error| Fault::from(&error))
}

/// Reads an entry. What is longer than any entry is cut off where it is too long, whatever length
/// the server claims.
async fn read(operator: &Operator, name: &str) -> Result<Option<Vec<u8>>, Fault> {
    let mut parts = match operator.reader(name).await {
        Ok(reader) => match reader.into_stream(..).await {
            Ok(parts) => parts,
            Err(error) => return absent(&error),
        },
        Err(error) => return absent(&error),
    };
    let mut entry = Vec::new();
    while let Some(part) = match parts.try_next().await {
        Ok(part) => part,
        Err(error) => return absent(&error),
    } {
        for bytes in part {
            entry.extend_from_slice(&bytes);
        }
        if entry.len() > MAX_ENTRY {
            break;
        }
    }
    Ok(Some(entry))
}

fn absent<T>(error: &opendal::Error) -> Result<Option<T>, Fault> {
    if error.kind() == ErrorKind::NotFound { Ok(None) } else { Err(Fault::from(error)) }
}

/// Tries again what may work a moment later.
async fn persistently<T, F>(mut operation: impl FnMut() -> F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, Fault>>,
{
    let mut pause = FIRST_PAUSE;
    for attempt in 1.. {
        match operation().await {
            Ok(answer) => return Ok(answer),
            Err(fault) if attempt == ATTEMPTS || !fault.is_temporary => return Err(fault),
            Err(_) => {}
        }
        tokio::time::sleep(pause + jitter(pause)).await;
        pause *= 4;
    }
    Err(Fault::new("it fails"))
}

/// Up to half of the pause, so that many clients do not come back at once.
fn jitter(pause: Duration) -> Duration {
    let seed = crate::index::now_ns().unsigned_abs() ^ (u64::from(std::process::id()) << 17);
    pause.mul_f64((seed % 1024) as f64 / 2048.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_folder_of_the_first_byte() {
        assert_eq!(name(&Key::from_bytes([0xab; 32])), format!("v1/ab/{}", "ab".repeat(31)));
    }
}
