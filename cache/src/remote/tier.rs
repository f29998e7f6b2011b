//! A remote: asked for what is missing, told what is new, and left alone when it is unwell.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fmt, process};

use tokio::sync::Semaphore;

use super::address::Address;
use super::client::Client;
use super::entry::{self, MAX_CONTENT, Refusal};
use super::fault::Fault;
use super::line::Line;
use super::meter::{Circuit, Meter, Permission};
use super::options::{RemoteError, RemoteMode, RemoteOptions};
use super::outbox::Outbox;
use super::service;
use crate::key::Key;
use crate::remote_stats::RemoteCounters;

/// What an answer pays for when one artifact after the other is asked for: about what it takes
/// to compile a file of a few hundred lines.
const ALLOWANCE: Duration = Duration::from_millis(50);

/// The same when many are asked for, or sent, at once.
pub(super) const BATCH_ALLOWANCE: Duration = Duration::from_millis(5);

/// Artifacts that are sent at the same time.
const CONCURRENT_PUTS: usize = 16;

/// What one artifact may take to be sent, in the background.
const SEND_LIMIT: Duration = Duration::from_secs(20);

/// A remote tier.
pub struct Remote {
    pub(super) shared: Arc<Shared>,
    /// Started by the first question. `None` if that failed.
    line: OnceLock<Option<Line>>,
    /// Questions that are being asked.
    flights: Mutex<HashMap<Key, Flight>>,
    /// The threads of this process speak to the remote; those of a forked one are not there.
    owner: u32,
}

/// Where all who ask for the same key get the one answer.
type Flight = Arc<OnceLock<Option<Arc<Vec<u8>>>>>;

/// What the tasks in the background see.
pub(super) struct Shared {
    address: Address,
    pub(super) options: RemoteOptions,
    circuit: Circuit,
    meter: Mutex<Meter>,
    counters: RemoteCounters,
    outbox: Outbox,
    sending: Semaphore,
    /// Writing was refused; reading may go on.
    may_write: AtomicBool,
    /// What was offered before this number last changed is not sent any more.
    generation: AtomicU32,
    warned: AtomicBool,
    /// Artifacts that were asked for or sent, for tests and for people who wonder.
    pub(super) requests: AtomicU64,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").field("address", &self.shown()).finish_non_exhaustive()
    }
}

impl Remote {
    /// The remote that a URL names (`docs/remote.md`). Nothing is connected.
    ///
    /// # Errors
    ///
    /// When the URL does not name one, or one that is not safe to use without a secret.
    pub fn open(url: &str, options: RemoteOptions) -> Result<Self, RemoteError> {
        let address = Address::parse(url, &|name| env::var(name).ok().filter(|value| !value.is_empty()))?;
        if address.is_plain && options.secret.is_none() {
            return Err(RemoteError::NeedsSecret { shown: address.shown });
        }
        let may_write = options.mode == RemoteMode::ReadWrite && address.is_writable();
        let shared = Shared {
            circuit: Circuit::default(),
            meter: Mutex::new(Meter::new(options.patience, ALLOWANCE)),
            counters: RemoteCounters::default(),
            outbox: Outbox::default(),
            sending: Semaphore::const_new(CONCURRENT_PUTS),
            may_write: AtomicBool::new(may_write),
            generation: AtomicU32::new(0),
            warned: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            address,
            options,
        };
        Ok(Self { shared: Arc::new(shared), line: OnceLock::new(), flights: Mutex::default(), owner: process::id() })
    }

    /// The address for people, without anything that may be secret.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shared.address.shown
    }

    /// Whether new artifacts are sent to it.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        self.shared.may_write.load(Ordering::Relaxed)
    }

    /// What was done with it and is not in the log of the store yet.
    #[must_use]
    pub fn counters(&self) -> &RemoteCounters {
        &self.shared.counters
    }

    /// How many artifacts were asked for or sent, each with all attempts.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }

    /// The verified artifact of a key. Threads that ask for the same one ask once.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Arc<Vec<u8>>> {
        let line = self.ready()?;
        let flight = Arc::clone(self.flights().entry(*key).or_default());
        let answer = flight.get_or_init(|| self.ask(line, *key).map(Arc::new)).clone();
        self.flights().remove(key);
        answer
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Key, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, line: &Line, key: Key) -> Option<Vec<u8>> {
        let limit = self.shared.meter().left();
        if limit.is_zero() {
            self.shared.failed(&Fault::new("it is too slow"));
            return None;
        }
        let (client, started) = (line.client.clone(), Instant::now());
        self.shared.requests.fetch_add(1, Ordering::Relaxed);
        let answer = line.wait_for(limit, async move { client.get(&key).await });
        self.shared.meter().add(started.elapsed(), usize::from(answer.is_ok()));
        match answer {
            Ok(Some(entry)) => {
                let opened = entry::open(&key, &entry, self.shared.options.secret.as_ref());
                self.shared.counted(opened, entry.len())
            }
            Ok(None) => {
                self.shared.missed();
                None
            }
            Err(fault) => {
                self.shared.failed(&fault);
                None
            }
        }
    }

    /// Sends an artifact in the background. One that there is no room for is dropped, unless
    /// `waits`: then room is waited for, as long as others leave quickly enough.
    pub fn offer(&self, key: &Key, artifact: Vec<u8>, waits: bool) {
        if !self.is_writable() || artifact.len() > MAX_CONTENT {
            return;
        }
        let Some(line) = self.ready() else {
            self.shared.counters.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        };
        if !self.take_place(artifact.len(), waits) {
            self.shared.counters.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let place = Place { shared: Arc::clone(&self.shared), bytes: artifact.len() };
        let generation = self.shared.generation.load(Ordering::Relaxed);
        let (client, key) = (line.client.clone(), *key);
        self.shared.requests.fetch_add(1, Ordering::Relaxed);
        line.spawn(async move {
            let shared = &place.shared;
            let _turn = shared.sending.acquire().await;
            if shared.generation.load(Ordering::Relaxed) != generation {
                return;
            }
            if !shared.circuit.is_closed() {
                shared.counters.dropped.fetch_add(1, Ordering::Relaxed);
                return;
            }
            let sent = tokio::time::timeout(SEND_LIMIT, client.put(&key, &artifact)).await;
            shared.count_sent(sent.unwrap_or_else(|_| Err(Fault::timeout())));
        });
    }

    fn take_place(&self, bytes: usize, waits: bool) -> bool {
        let outbox = &self.shared.outbox;
        if outbox.try_enter(bytes) {
            return true;
        }
        if !waits {
            return false;
        }
        let mut meter = Meter::new(self.shared.options.patience, BATCH_ALLOWANCE);
        let entered = outbox.enter(bytes, &mut meter);
        if !entered && meter.left().is_zero() {
            self.shared.failed(&Fault::timeout());
        }
        entered
    }

    /// Waits until everything that was offered is sent: at most [`RemoteOptions::patience`], or
    /// if it `waits`, as long as it goes on quickly enough. What is left then is not sent.
    pub fn flush(&self, waits: bool) {
        let shared = &self.shared;
        if process::id() != self.owner || shared.outbox.waiting() == 0 {
            return;
        }
        let patience = shared.options.patience;
        let is_empty = if waits {
            shared.outbox.empty(&mut Meter::new(patience, BATCH_ALLOWANCE))
        } else {
            shared.outbox.empty_within(patience)
        };
        if !is_empty {
            shared.generation.fetch_add(1, Ordering::Relaxed);
            shared.counters.dropped.fetch_add(shared.outbox.waiting() as u64, Ordering::Relaxed);
            if waits {
                shared.failed(&Fault::timeout());
            }
        }
    }

    /// The line, if the remote may be asked now.
    pub(super) fn ready(&self) -> Option<&Line> {
        // First of all: in a forked process any lock below may be held for ever.
        if process::id() != self.owner {
            return None;
        }
        let permission = self.shared.circuit.permission(Instant::now());
        if permission == Permission::Denied {
            return None;
        }
        let line = self.line.get_or_init(|| self.connect()).as_ref()?;
        match permission {
            Permission::Granted => Some(line),
            Permission::Denied | Permission::Probe => {
                self.probe(line);
                None
            }
        }
    }

    fn connect(&self) -> Option<Line> {
        let Shared { address, options, .. } = &*self.shared;
        let backend = service::backend(address);
        let line = backend.and_then(|backend| Line::start(Client::new(backend, options.secret.clone())));
        line.inspect_err(|fault| self.shared.failed(&Fault { is_final: true, ..fault.clone() })).ok()
    }

    /// Finds out in the background whether it answers again.
    fn probe(&self, line: &Line) {
        let (shared, client) = (Arc::clone(&self.shared), line.client.clone());
        line.spawn(async move {
            let some_key = [Key::from_bytes([0; 32])];
            let question = client.contains_many(&some_key);
            if let Ok(Ok(_)) = tokio::time::timeout(shared.options.patience, question).await {
                *shared.meter() = Meter::new(shared.options.patience, ALLOWANCE);
                shared.circuit.close();
            }
        });
    }
}

impl Shared {
    fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an entry that came, and what became of it.
    pub(super) fn counted<T>(&self, opened: Result<T, Refusal>, received: usize) -> Option<T> {
        self.counters.received_bytes.fetch_add(received as u64, Ordering::Relaxed);
        match opened {
            Ok(content) => {
                self.counters.hits.fetch_add(1, Ordering::Relaxed);
                Some(content)
            }
            Err(reason) => {
                self.warn_once(&format!(
                    "the remote cache {} holds something that is refused: {reason}; it is compiled here instead",
                    self.address.shown
                ));
                self.counters.refused.fetch_add(1, Ordering::Relaxed);
                None
            }
        }
    }

    /// Counts a key that there is nothing under.
    pub(super) fn missed(&self) {
        self.counters.misses.fetch_add(1, Ordering::Relaxed);
    }

    fn count_sent(&self, sent: Result<Option<usize>, Fault>) {
        match sent {
            Ok(Some(bytes)) => {
                self.counters.sent.fetch_add(1, Ordering::Relaxed);
                self.counters.sent_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
            }
            Ok(None) => {}
            Err(fault) if fault.is_final => {
                self.counters.errors.fetch_add(1, Ordering::Relaxed);
                self.may_write.store(false, Ordering::Relaxed);
                let shown = &self.address.shown;
                self.warn_once(&format!("the remote cache {shown} cannot be written to: {}", fault.reason));
            }
            Err(fault) => self.failed(&fault),
        }
    }

    /// It is given up, for a while or for good.
    pub(super) fn failed(&self, fault: &Fault) {
        self.counters.errors.fetch_add(1, Ordering::Relaxed);
        self.circuit.open(Instant::now(), fault.is_final);
        let shown = &self.address.shown;
        self.warn_once(&format!("the remote cache {shown} is not used: {}", fault.reason));
    }

    fn warn_once(&self, message: &str) {
        if let Some(warn) = &self.options.warn
            && !self.warned.swap(true, Ordering::Relaxed)
        {
            warn(message);
        }
    }
}

/// A place in the outbox, given back however the sending ends.
struct Place {
    shared: Arc<Shared>,
    bytes: usize,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.outbox.leave(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn threads_that_ask_for_the_same_key_ask_once() {
        const THREADS: usize = 8;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let options = RemoteOptions { patience: Duration::from_secs(600), ..RemoteOptions::default() };
        let (remote, key) = (Remote::open(&url, options).unwrap(), Key::from_bytes([7; 32]));
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| assert_eq!(remote.get(&key), None));
            }
            let (mut stream, _) = listener.accept().unwrap();
            assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
            // All of them hold the one flight before it lands.
            while remote.flights().get(&key).map_or(0, Arc::strong_count) <= THREADS {
                thread::yield_now();
            }
            stream.write_all(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n").unwrap();
        });
        assert_eq!(remote.requests(), 1);
        assert!(remote.flights().is_empty());
    }
}
