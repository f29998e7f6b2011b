//! What is on its way to the remote: bounded, counted, waited for.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::meter::Meter;

/// Artifacts that may wait at the same time, and their size in bytes.
const MAX_WAITING: usize = 1024;
const MAX_WAITING_BYTES: usize = 64 << 20;

#[derive(Debug, Default)]
pub(super) struct Outbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    waiting_bytes: usize,
    /// How many have left since the start, sent or not.
    left: usize,
}

impl State {
    fn has_room(&self, bytes: usize) -> bool {
        // A large one is taken when it is alone.
        self.waiting == 0 || (self.waiting < MAX_WAITING && self.waiting_bytes + bytes <= MAX_WAITING_BYTES)
    }
}

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for an artifact of this size, if there is one.
    pub(super) fn try_enter(&self, bytes: usize) -> bool {
        let mut state = self.lock();
        let has_room = state.has_room(bytes);
        if has_room {
            state.waiting += 1;
            state.waiting_bytes += bytes;
        }
        has_room
    }

    /// Gives a place back.
    pub(super) fn leave(&self, bytes: usize) {
        let mut state = self.lock();
        state.waiting = state.waiting.saturating_sub(1);
        state.waiting_bytes = state.waiting_bytes.saturating_sub(bytes);
        state.left += 1;
        drop(state);
        self.changed.notify_all();
    }

    /// How many are waiting.
    pub(super) fn waiting(&self) -> usize {
        self.lock().waiting
    }

    /// Waits for a place, as long as places become free quickly enough.
    pub(super) fn enter(&self, bytes: usize, meter: &mut Meter) -> bool {
        self.wait(meter, |state| state.has_room(bytes)) && self.try_enter(bytes)
    }

    /// Waits until nothing is waiting, as long as it goes on quickly enough.
    pub(super) fn empty(&self, meter: &mut Meter) -> bool {
        self.wait(meter, |state| state.waiting == 0)
    }

    /// Waits until nothing is waiting, at most so long.
    pub(super) fn empty_within(&self, limit: Duration) -> bool {
        let state = self.lock();
        let waited = self.changed.wait_timeout_while(state, limit, |state| state.waiting > 0);
        waited.unwrap_or_else(PoisonError::into_inner).0.waiting == 0
    }

    fn wait(&self, meter: &mut Meter, is_done: impl Fn(&State) -> bool) -> bool {
        let mut state = self.lock();
        while !is_done(&state) {
            let (limit, before, started) = (meter.left(), state.left, Instant::now());
            if limit.is_zero() {
                return false;
            }
            state = self.changed.wait_timeout(state, limit).unwrap_or_else(PoisonError::into_inner).0;
            meter.add(started.elapsed(), state.left - before);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    #[test]
    fn places_are_limited_by_number_and_by_size() {
        let outbox = Outbox::default();
        assert!(outbox.try_enter(MAX_WAITING_BYTES * 2));
        assert!(!outbox.try_enter(1));
        outbox.leave(MAX_WAITING_BYTES * 2);
        assert!((0..MAX_WAITING).all(|_| outbox.try_enter(1)));
        assert!(!outbox.try_enter(1));
        assert_eq!(outbox.waiting(), MAX_WAITING);
    }

    #[test]
    fn nobody_waits_for_what_does_not_move() {
        let outbox = Outbox::default();
        assert!(outbox.try_enter(1));
        let mut meter = Meter::new(SHORT, SHORT);
        assert!(!outbox.empty(&mut meter) && meter.left().is_zero());
        assert!(!outbox.empty_within(SHORT));
        outbox.leave(1);
        assert!(outbox.empty(&mut meter) && outbox.empty_within(SHORT));
    }

    #[test]
    fn who_waits_for_a_place_gets_the_next_one() {
        let outbox = Outbox::default();
        assert!(outbox.try_enter(MAX_WAITING_BYTES));
        std::thread::scope(|scope| {
            scope.spawn(|| outbox.leave(MAX_WAITING_BYTES));
            assert!(outbox.enter(1, &mut Meter::new(Duration::from_secs(60), SHORT)));
        });
        assert_eq!(outbox.waiting(), 1);
    }
}
