//! Timing that survives a machine whose speed drifts: the sides take turns, and
//! what counts is the ratio of their medians.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use serde::{Serialize, Serializer, ser::SerializeStruct as _};

/// What one side measured, sorted: seconds, bytes or counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    pub(crate) fn fastest(&self) -> f64 {
        self.quantile(0.0)
    }

    pub(crate) fn slowest(&self) -> f64 {
        self.quantile(1.0)
    }

    /// The interquartile range, as a share of the median.
    pub(crate) fn spread(&self) -> f64 {
        let median = self.median();
        if median == 0.0 { 0.0 } else { (self.quantile(0.75) - self.quantile(0.25)) / median }
    }

    /// The value below which a share of the samples lies, between neighbours in proportion.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position in a short list")]
    fn quantile(&self, share: f64) -> f64 {
        let Some(last) = self.0.len().checked_sub(1) else { return 0.0 };
        let position = share * last as f64;
        let (below, above) = (position.floor() as usize, position.ceil() as usize);
        self.0[below] + (self.0[above] - self.0[below]) * position.fract()
    }

    /// How many times longer `other` takes.
    pub(crate) fn speedup_over(&self, other: &Self) -> f64 {
        other.median() / self.median()
    }
}

impl Serialize for Samples {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Samples", 5)?;
        fields.serialize_field("median", &self.median())?;
        fields.serialize_field("fastest", &self.fastest())?;
        fields.serialize_field("slowest", &self.slowest())?;
        fields.serialize_field("spread", &self.spread())?;
        fields.serialize_field("runs", &self.len())?;
        fields.end()
    }
}

/// The geometric mean, of at least one ratio.
pub(crate) fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    let sum: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (!ratios.is_empty()).then(|| (sum / ratios.len() as f64).exp())
}

/// One side of a comparison: prepares, which is not timed, and then runs.
pub(crate) type Side<'a> = Box<dyn FnMut() -> anyhow::Result<Duration> + 'a>;

/// Lets the sides take turns, one warm-up round first.
pub(crate) fn in_turns(runs: usize, sides: &mut [Side<'_>]) -> anyhow::Result<Vec<Samples>> {
    let mut timings = vec![Vec::with_capacity(runs); sides.len()];
    for round in 0..=runs {
        for (side, timings) in sides.iter_mut().zip(&mut timings) {
            let elapsed = side()?;
            if round > 0 {
                timings.push(elapsed.as_secs_f64());
            }
        }
    }
    Ok(timings.into_iter().map(Samples::new).collect())
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

/// The median time of `calls` calls, each timed alone.
pub(crate) fn median_call(calls: usize, mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..calls)
        .map(|_| {
            let since = Instant::now();
            work();
            since.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(calls / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(got: f64, wanted: f64) {
        assert!((got - wanted).abs() < 1e-9, "{got} is not {wanted}");
    }

    #[test]
    fn quantiles_of_known_samples() {
        let samples = Samples::new(vec![4.0, 1.0, 3.0, 2.0, 10.0]);
        close(samples.median(), 3.0);
        close(samples.fastest(), 1.0);
        close(samples.slowest(), 10.0);
        close(samples.spread(), (4.0 - 2.0) / 3.0);
        close(Samples::new(vec![1.0, 2.0]).median(), 1.5);
    }

    #[test]
    fn nothing_measured_is_no_fault() {
        close(Samples::default().median(), 0.0);
        close(Samples::default().spread(), 0.0);
    }

    #[test]
    fn the_mean_of_ratios_is_geometric() {
        close(geometric_mean(&[0.5, 2.0]).unwrap(), 1.0);
        close(geometric_mean(&[4.0, 1.0]).unwrap(), 2.0);
        assert_eq!(geometric_mean(&[]), None);
    }

    #[test]
    fn sides_take_turns_after_a_warm_up() {
        let order = std::cell::RefCell::new(String::new());
        let mut round = 0;
        let mut sides: [Side<'_>; 2] = [
            Box::new(|| {
                order.borrow_mut().push('a');
                round += 1;
                Ok(Duration::from_secs(round))
            }),
            Box::new(|| {
                order.borrow_mut().push('b');
                Ok(Duration::from_secs(7))
            }),
        ];
        let samples = in_turns(2, &mut sides).unwrap();
        drop(sides);
        assert_eq!(*order.borrow(), "ababab");
        close(samples[0].fastest(), 2.0);
        close(samples[0].slowest(), 3.0);
        close(samples[0].speedup_over(&samples[1]), 7.0 / 2.5);
    }

    #[test]
    fn a_failing_side_ends_the_measurement() {
        let mut sides: [Side<'_>; 1] = [Box::new(|| anyhow::bail!("broken"))];
        assert!(in_turns(1, &mut sides).is_err());
    }
}
