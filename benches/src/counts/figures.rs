//! Counts against the committed ones.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// How much dearer something may become unnoticed, in percent.
const TOLERANCE: u128 = 3;

/// What stands in `benches/counts.json`.
#[derive(Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) surroundings: Vec<String>,
    pub(crate) counts: BTreeMap<String, u64>,
}

/// One line for each stage.
pub(crate) struct Comparison(Vec<Line>);

struct Line {
    name: String,
    before: Option<u64>,
    now: Option<u64>,
}

pub(crate) fn compare(before: &BTreeMap<String, u64>, now: &BTreeMap<String, u64>) -> Comparison {
    let mut names: Vec<&String> = before.keys().chain(now.keys()).collect();
    names.sort();
    names.dedup();
    let line =
        |name: &String| Line { name: name.clone(), before: before.get(name).copied(), now: now.get(name).copied() };
    Comparison(names.into_iter().map(line).collect())
}

impl Line {
    fn change(&self) -> Option<f64> {
        Some(self.now? as f64 / self.before? as f64 - 1.0)
    }

    /// A stage without a figure, and a figure without its stage, fail too: both are
    /// changes that nobody committed to.
    fn holds(&self) -> bool {
        let (Some(before), Some(now)) = (self.before, self.now) else { return false };
        u128::from(now) * 100 <= u128::from(before) * (100 + TOLERANCE)
    }
}

impl Comparison {
    pub(crate) fn holds(&self) -> bool {
        self.0.iter().all(Line::holds)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
        for line in &self.0 {
            let word = match line.change() {
                None if line.before.is_none() => "FAILED: no figure is committed".to_owned(),
                None => "FAILED: there is no such stage any more".to_owned(),
                Some(change) if !line.holds() => format!("{:+.1}%  FAILED: more than 3% worse", change * 100.0),
                Some(change) => format!("{:+.1}%", change * 100.0),
            };
            writeln!(f, "{:14} {:>12} -> {:>12}  {word}", line.name, shown(line.before), shown(line.now))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
        pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn three_percent_is_tolerated_and_more_is_not() {
        let before = counts(&[("key", 1000), ("put", 1000)]);
        assert!(compare(&before, &counts(&[("key", 1030), ("put", 500)])).holds());
        let worse = compare(&before, &counts(&[("key", 1031), ("put", 1000)]));
        assert!(!worse.holds());
        let text = worse.to_string();
        let failed: Vec<_> = text.lines().filter(|line| line.contains("FAILED")).collect();
        assert_eq!(failed.len(), 1);
        assert!(failed[0].starts_with("key ") && failed[0].contains("+3.1%"), "{text}");
    }

    #[test]
    fn stages_and_figures_must_match() {
        assert!(!compare(&counts(&[("key", 1)]), &counts(&[])).holds());
        assert!(!compare(&counts(&[]), &counts(&[("key", 1)])).holds());
    }
}
