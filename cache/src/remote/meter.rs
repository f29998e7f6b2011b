//! How long a remote may be waited for, and when it is given up.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Counts time that was spent waiting. Each answer pays for a little of it; what is left over
/// must not exceed the budget.
#[derive(Debug)]
pub(super) struct Meter {
    budget: Duration,
    /// What an answer pays for.
    allowance: Duration,
    waited: Duration,
    paid: Duration,
}

impl Meter {
    pub(super) fn new(budget: Duration, allowance: Duration) -> Self {
        Self { budget, allowance, waited: Duration::ZERO, paid: Duration::ZERO }
    }

    /// How long the next answer may be waited for: never longer than the budget.
    pub(super) fn left(&self) -> Duration {
        (self.budget + self.paid).saturating_sub(self.waited).min(self.budget)
    }

    /// Time has passed, and so many answers came.
    pub(super) fn add(&mut self, waited: Duration, answers: usize) {
        let answers = u32::try_from(answers).unwrap_or(u32::MAX);
        self.waited = self.waited.saturating_add(waited);
        // What was saved in good times is not saved up for bad ones.
        self.paid = self.paid.saturating_add(self.allowance.saturating_mul(answers)).min(self.waited);
    }
}

/// How long a remote that failed is left alone at first; twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

/// Whether the remote is asked at all. It is closed, as an electric circuit, while all is well.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Closed,
    /// Not asked before `until`, then once, in the background.
    Open { until: Instant, pause: Duration },
    /// Not asked any more.
    Dead,
}

/// What [`Circuit::permission`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permission {
    /// Ask.
    Granted,
    /// Do not ask.
    Denied,
    /// Do not ask, but find out in the background whether it answers again. Told to one caller.
    Probe,
}

impl Circuit {
    pub(super) fn permission(&self, now: Instant) -> Permission {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *state {
            State::Closed => Permission::Granted,
            State::Open { until, pause } if now >= *until => {
                *pause = (*pause * 2).min(LONGEST_PAUSE);
                *until = now + *pause;
                Permission::Probe
            }
            State::Open { .. } | State::Dead => Permission::Denied,
        }
    }

    /// Opens it.
    pub(super) fn open(&self, now: Instant, for_good: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = match *state {
            _ if for_good => State::Dead,
            State::Closed => State::Open { until: now + FIRST_PAUSE, pause: FIRST_PAUSE },
            open => open,
        };
    }

    /// Closes it, unless it is open for good.
    pub(super) fn close(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*state, State::Dead) {
            *state = State::Closed;
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(*self.state.lock().unwrap_or_else(PoisonError::into_inner), State::Closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const TENTH: Duration = Duration::from_millis(100);

    #[test]
    fn a_silent_remote_costs_the_budget_and_a_slow_one_little_more() {
        let mut meter = Meter::new(SECOND, TENTH);
        assert_eq!(meter.left(), SECOND);
        meter.add(SECOND, 0);
        assert_eq!(meter.left(), Duration::ZERO);
        let mut meter = Meter::new(SECOND, TENTH);
        let mut total = Duration::ZERO;
        // Each answer takes three tenths, as long as that is waited for.
        while meter.left() >= 3 * TENTH {
            total += 3 * TENTH;
            meter.add(3 * TENTH, 1);
        }
        assert!(total + meter.left() <= 2 * SECOND, "{total:?}");
    }

    #[test]
    fn a_quick_remote_is_waited_for_as_often_as_it_answers_and_saves_up_nothing() {
        let mut meter = Meter::new(SECOND, TENTH);
        for _ in 0..1000 {
            meter.add(TENTH / 2, 1);
        }
        assert_eq!(meter.left(), SECOND);
        meter.add(SECOND, 0);
        assert_eq!(meter.left(), Duration::ZERO);
    }

    #[test]
    fn one_caller_is_told_to_probe_when_the_pause_is_over() {
        let (circuit, now) = (Circuit::default(), Instant::now());
        assert_eq!(circuit.permission(now), Permission::Granted);
        circuit.open(now, false);
        assert_eq!(circuit.permission(now), Permission::Denied);
        let later = now + FIRST_PAUSE;
        circuit.open(later, false);
        assert_eq!(circuit.permission(later), Permission::Probe);
        assert_eq!(circuit.permission(later + FIRST_PAUSE), Permission::Denied);
        assert_eq!(circuit.permission(later + 2 * FIRST_PAUSE), Permission::Probe);
        circuit.close();
        assert_eq!(circuit.permission(later), Permission::Granted);
    }

    #[test]
    fn a_circuit_that_is_open_for_good_stays_open() {
        let (circuit, now) = (Circuit::default(), Instant::now());
        circuit.open(now, true);
        circuit.open(now, false);
        circuit.close();
        assert!(!circuit.is_closed());
        assert_eq!(circuit.permission(now + 10 * LONGEST_PAUSE), Permission::Denied);
    }
}
