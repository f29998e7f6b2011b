//! One operation on a remote at a time: its name there, its retries, its answer.

use std::time::Duration;

use futures_util::TryStreamExt;
use opendal::{ErrorKind, Operator};

use super::entry::{self, MAX_ENTRY, Refusal, Secret};
use super::fault::Fault;
use crate::key::{Hex, Key};

/// How often an operation is tried.
const ATTEMPTS: u32 = 3;

/// What comes before the second attempt; four times as long before the next.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// What a remote has under a key.
#[derive(Debug)]
pub(super) enum Answer {
    /// The bytes of a verified artifact, and the size of its entry.
    Artifact {
        bytes: Vec<u8>,
        received: usize,
    },
    Nothing,
    /// Something that is not to be used.
    Refused {
        reason: Refusal,
        received: usize,
    },
}

/// Cheap to clone.
#[derive(Clone)]
pub(super) struct Client {
    operator: Operator,
    secret: Option<Secret>,
}

/// The name of the entry of a key.
fn name(key: &Key) -> String {
    let [shard, rest @ ..] = key.as_bytes();
    format!("v1/{shard:02x}/{}", Hex(rest))
}

impl Client {
    pub(super) fn new(operator: Operator, secret: Option<Secret>) -> Self {
        Self { operator, secret }
    }

    pub(super) async fn get(&self, key: &Key) -> Result<Answer, Fault> {
        let Some(entry) = persistently(|| self.read(key)).await? else { return Ok(Answer::Nothing) };
        let received = entry.len();
        Ok(match entry::open(key, &entry, self.secret.as_ref()) {
            Ok(bytes) => Answer::Artifact { bytes, received },
            Err(reason) => Answer::Refused { reason, received },
        })
    }

    /// Reads an entry. What is longer than any entry is cut off where it is too long, whatever
    /// length the server claims.
    async fn read(&self, key: &Key) -> Result<Option<Vec<u8>>, opendal::Error> {
        let mut parts = match self.operator.reader(&name(key)).await {
            Ok(reader) => match reader.into_stream(..).await {
                Ok(parts) => parts,
                Err(error) => return absent(error),
            },
            Err(error) => return absent(error),
        };
        let mut entry = Vec::new();
        while let Some(part) = match parts.try_next().await {
            Ok(part) => part,
            Err(error) => return absent(error),
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

    /// Whether there is something under a key. It may still turn out not to be usable.
    pub(super) async fn contains(&self, key: &Key) -> Result<bool, Fault> {
        let name = name(key);
        persistently(|| self.operator.exists(&name)).await
    }

    /// Sends an artifact; the size of its entry. `None` if it is too large for one.
    pub(super) async fn put(&self, key: &Key, artifact: &[u8]) -> Result<Option<usize>, Fault> {
        let Some(entry) = entry::seal(key, artifact, self.secret.as_ref()) else { return Ok(None) };
        let (name, len, entry) = (name(key), entry.len(), opendal::Buffer::from(entry));
        persistently(|| self.operator.write(&name, entry.clone())).await?;
        Ok(Some(len))
    }
}

fn absent<T>(error: opendal::Error) -> Result<Option<T>, opendal::Error> {
    if error.kind() == ErrorKind::NotFound { Ok(None) } else { Err(error) }
}

/// Tries again what may work a moment later.
async fn persistently<T, F>(mut operation: impl FnMut() -> F) -> Result<T, Fault>
where
    F: Future<Output = Result<T, opendal::Error>>,
{
    let mut pause = FIRST_PAUSE;
    for attempt in 1.. {
        match operation().await {
            Ok(answer) => return Ok(answer),
            Err(error) => {
                let fault = Fault::from(&error);
                if attempt == ATTEMPTS || !fault.is_temporary {
                    return Err(fault);
                }
            }
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
