//! Many artifacts at once: several questions at the same time, each for a few keys.
//!
//! The keys may come one by one, from somebody who is still reading the sources that they are
//! made of. What he takes is not what the remote takes.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::client::Client;
use super::entry;
use super::fault::Fault;
use super::keep::Received;
use super::line::Line;
use super::meter::Meter;
use super::tier::{BATCH_ALLOWANCE, Remote};
use crate::key::Key;

/// What comes of a question.
type Outcome<T> = Result<Vec<(Key, T)>, Fault>;

impl Remote {
    /// The entries of many keys, in any order, not opened.
    pub(super) fn get_all(&self, keys: impl Iterator<Item = Key> + Send, each: &mut dyn FnMut(Received)) {
        let ask = |client: Client, keys: Vec<Key>| async move { client.get_many(&keys).await };
        self.ask_all(keys, ask, &mut |key, answer| {
            let Some(entry) = answer else { return self.shared.missed() };
            match entry::len_of_content(&entry) {
                Ok(len) => each(Received { key, entry, len }),
                Err(reason) => drop(self.shared.counted::<()>(Err(reason), entry.len())),
            }
        });
    }

    /// Which of many keys there is something under. Where there is no answer, nothing is assumed
    /// to be.
    #[must_use]
    pub fn contains_all(&self, keys: impl Iterator<Item = Key> + Send) -> Vec<Key> {
        let mut present = Vec::new();
        let ask = |client: Client, keys: Vec<Key>| async move { client.contains_many(&keys).await };
        self.ask_all(keys, ask, &mut |key, is_there| {
            if is_there {
                present.push(key);
            }
        });
        present
    }

    fn ask_all<T, F>(
        &self,
        keys: impl Iterator<Item = Key> + Send,
        ask: impl Fn(Client, Vec<Key>) -> F + Send,
        each: &mut dyn FnMut(Key, T),
    ) where
        T: Send + 'static,
        F: Future<Output = Outcome<T>> + Send + 'static,
    {
        let mut keys = keys.peekable();
        // Who has nothing to ask needs no line.
        if keys.peek().is_none() {
            return;
        }
        let Some(line) = self.ready() else { return };
        let round = Arc::new(Round::new(line.client.backend().questions_at_once()));
        let (sender, answers) = mpsc::channel();
        thread::scope(|scope| {
            let round_of_asker = Arc::clone(&round);
            let asker = move || self.ask_in_turn(line, keys, &ask, &round_of_asker, &sender);
            if thread::Builder::new().spawn_scoped(scope, asker).is_err() {
                self.shared.failed(&Fault::new("there are no threads to speak to it"));
            } else if let Err(fault) = self.collect(&answers, &round, each) {
                round.stop();
                self.shared.failed(&fault);
            }
        });
    }

    /// Asks for one key after the other, until there are no more of them.
    fn ask_in_turn<T, F>(
        &self,
        line: &Line,
        mut keys: impl Iterator<Item = Key>,
        ask: &impl Fn(Client, Vec<Key>) -> F,
        round: &Arc<Round>,
        sender: &mpsc::Sender<Outcome<T>>,
    ) where
        T: Send + 'static,
        F: Future<Output = Outcome<T>> + Send + 'static,
    {
        let (limit, at_once) = (self.shared.options.patience, line.client.backend().keys_at_once());
        loop {
            let some: Vec<Key> = keys.by_ref().take(at_once).collect();
            if some.is_empty() || !round.enter() {
                return;
            }
            self.shared.requests.fetch_add(some.len() as u64, Ordering::Relaxed);
            let (question, sender) = (ask(line.client.clone(), some), sender.clone());
            line.spawn(async move {
                let answer = tokio::time::timeout(limit, question).await;
                // Nobody listens any more when the round was stopped.
                let _ = sender.send(answer.unwrap_or_else(|_| Err(Fault::timeout())));
            });
        }
    }

    /// Takes answers as they come, as long as they come quickly enough.
    fn collect<T>(
        &self,
        answers: &mpsc::Receiver<Outcome<T>>,
        round: &Round,
        each: &mut dyn FnMut(Key, T),
    ) -> Result<(), Fault> {
        let mut meter = Meter::new(self.shared.options.patience, BATCH_ALLOWANCE);
        loop {
            let (limit, started) = (meter.left(), Instant::now());
            if limit.is_zero() {
                return Err(Fault::new("it is too slow"));
            }
            match answers.recv_timeout(limit) {
                Ok(answer) => {
                    let waited = round.leave().min(started.elapsed());
                    let answers = answer?;
                    meter.add(waited, answers.len());
                    for (key, answer) in answers {
                        each(key, answer);
                    }
                }
                Err(mpsc::RecvTimeoutError::Timeout) => meter.add(round.waited().min(started.elapsed()), 0),
                Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }
}

/// Questions that are not answered yet: counted, limited, and timed.
struct Round {
    places: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    open: usize,
    /// Since when there is a question and no answer.
    since: Option<Instant>,
    is_stopped: bool,
}

impl Round {
    fn new(places: usize) -> Self {
        Self { places, state: Mutex::default(), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the place of a question. `false` if nobody is to ask any more.
    fn enter(&self) -> bool {
        let is_full = |state: &mut State| state.open >= self.places && !state.is_stopped;
        let mut state = self.changed.wait_while(self.state(), is_full).unwrap_or_else(PoisonError::into_inner);
        state.open += 1;
        state.since.get_or_insert_with(Instant::now);
        !state.is_stopped
    }

    /// An answer has come. Returns how long none had.
    fn leave(&self) -> Duration {
        let mut state = self.state();
        state.open = state.open.saturating_sub(1);
        let waited = state.since.map(|since| since.elapsed()).unwrap_or_default();
        state.since = (state.open > 0).then(Instant::now);
        drop(state);
        self.changed.notify_all();
        waited
    }

    /// How long no answer has come to any question.
    fn waited(&self) -> Duration {
        self.state().since.map(|since| since.elapsed()).unwrap_or_default()
    }

    fn stop(&self) {
        self.state().is_stopped = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_until_the_round_is_stopped() {
        let round = Round::new(2);
        assert_eq!(round.waited(), Duration::ZERO);
        assert!(round.enter() && round.enter());
        thread::scope(|scope| {
            let third = scope.spawn(|| round.enter());
            round.leave();
            assert!(third.join().unwrap());
            let fourth = scope.spawn(|| round.enter());
            round.stop();
            assert!(!fourth.join().unwrap());
        });
    }

    #[test]
    fn who_is_asked_nothing_takes_no_time() {
        let round = Round::new(2);
        assert!(round.enter());
        thread::sleep(Duration::from_millis(2));
        assert!(round.waited() >= Duration::from_millis(2));
        assert!(round.leave() >= Duration::from_millis(2));
        assert_eq!((round.waited(), round.leave()), (Duration::ZERO, Duration::ZERO));
    }
}
