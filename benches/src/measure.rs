//! Timing that survives a machine whose speed drifts: the sides take turns, and
//! what counts is the ratio of their medians.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};

/// The timings of one side, sorted.
#[derive(Clone, Debug)]
pub(crate) struct Timings(Vec<Duration>);

impl Timings {
    fn new(mut runs: Vec<Duration>) -> Self {
        runs.sort_unstable();
        Self(runs)
    }

    pub(crate) fn median(&self) -> Duration {
        self.0.get(self.0.len() / 2).copied().unwrap_or_default()
    }

    pub(crate) fn fastest(&self) -> Duration {
        self.0.first().copied().unwrap_or_default()
    }

    pub(crate) fn slowest(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }

    /// How many times longer `other` takes.
    pub(crate) fn speedup_over(&self, other: &Self) -> f64 {
        other.median().as_secs_f64() / self.median().as_secs_f64()
    }
}

/// One side of a comparison: prepares, which is not timed, and then runs.
pub(crate) type Side<'a> = Box<dyn FnMut() -> anyhow::Result<Duration> + 'a>;

/// Lets the sides take turns, one warm-up round first.
pub(crate) fn in_turns(runs: usize, sides: &mut [Side<'_>]) -> anyhow::Result<Vec<Timings>> {
    let mut timings = vec![Vec::with_capacity(runs); sides.len()];
    for round in 0..=runs {
        for (side, timings) in sides.iter_mut().zip(&mut timings) {
            let elapsed = side()?;
            if round > 0 {
                timings.push(elapsed);
            }
        }
    }
    Ok(timings.into_iter().map(Timings::new).collect())
}

/// Wall time of a whole process, which must succeed with one of `statuses`.
pub(crate) fn process(command: &mut Command, statuses: &[i32]) -> anyhow::Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let since = Instant::now();
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    let elapsed = since.elapsed();
    ensure!(status.code().is_some_and(|code| statuses.contains(&code)), "{command:?} ended with {status}");
    Ok(elapsed)
}

/// Time of one call of `work`, from as many calls as fill some milliseconds.
pub(crate) fn per_call(mut work: impl FnMut()) -> Duration {
    const ENOUGH: Duration = Duration::from_millis(20);
    let mut calls: u32 = 1;
    loop {
        let since = Instant::now();
        for _ in 0..calls {
            work();
        }
        let elapsed = since.elapsed();
        if elapsed >= ENOUGH {
            return elapsed / calls;
        }
        calls = calls.saturating_mul(2);
    }
}
