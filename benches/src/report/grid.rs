//! A table of cases by sides.

use std::fmt;

use serde::Serialize;

use super::units::{Unit, ratio};
use crate::measure::{Samples, geometric_mean};

/// What one side did with one case.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cell {
    Measured(Samples),
    /// Why not.
    Skipped(String),
}

/// Cases by sides. The first side is ours, which ratios are against.
#[derive(Serialize)]
pub(crate) struct Grid {
    /// A name for programs.
    pub(crate) id: String,
    title: String,
    note: String,
    pub(crate) unit: Unit,
    pub(crate) sides: Vec<String>,
    pub(crate) cases: Vec<(String, Vec<Cell>)>,
    /// Whether the extremes are shown, too.
    #[serde(skip)]
    extremes: bool,
}

impl Grid {
    pub(crate) fn new(id: &str, title: &str, note: &str, unit: Unit, sides: Vec<String>) -> Self {
        let [id, title, note] = [id, title, note].map(str::to_owned);
        Self { id, title, note, unit, sides, cases: Vec::new(), extremes: true }
    }

    /// Leaves the extremes to the JSON.
    #[must_use]
    pub(crate) fn briefly(mut self) -> Self {
        self.extremes = false;
        self
    }

    pub(crate) fn case(&mut self, name: impl Into<String>, cells: Vec<Cell>) {
        self.cases.push((name.into(), cells));
    }

    pub(crate) fn samples(&self, case: &str, side: &str) -> Option<&Samples> {
        let column = self.sides.iter().position(|name| name == side)?;
        let (_, cells) = self.cases.iter().find(|(name, _)| name == case)?;
        measured(cells.get(column)?)
    }

    pub(crate) fn median(&self, case: &str, side: &str) -> Option<f64> {
        self.samples(case, side).map(Samples::median)
    }

    /// Of each case that both sides did, `other`'s median over `side`'s; their geometric mean.
    pub(crate) fn mean_ratio(&self, other: &str, side: &str) -> Option<f64> {
        let ratios: Vec<f64> = self
            .cases
            .iter()
            .filter_map(|(case, _)| Some(self.median(case, other)? / self.median(case, side)?))
            .collect();
        geometric_mean(&ratios)
    }

    fn write_means(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ours = &self.sides[0];
        write!(f, "| *geometric mean of the ratios* | ")?;
        for side in &self.sides[1..] {
            let mean = self.mean_ratio(side, ours);
            write!(f, "| {} ", mean.map_or_else(String::new, |mean| format!("**{}**", ratio(mean))))?;
        }
        writeln!(f, "|")
    }

    fn write_details(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n<details><summary>fastest and slowest</summary>\n\n| | | fastest | median | slowest | runs |\n|---|---|---|---|---|---|"
        )?;
        for (case, cells) in &self.cases {
            for (side, samples) in self.sides.iter().zip(cells).filter_map(|(side, cell)| Some((side, measured(cell)?)))
            {
                let [fastest, median, slowest] =
                    [samples.fastest(), samples.median(), samples.slowest()].map(|value| self.unit.show(value));
                writeln!(f, "| {case} | {side} | {fastest} | {median} | {slowest} | {} |", samples.len())?;
            }
        }
        writeln!(f, "\n</details>")
    }
}

fn measured(cell: &Cell) -> Option<&Samples> {
    match cell {
        Cell::Measured(samples) => Some(samples),
        Cell::Skipped(_) => None,
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}\n\n{}\n", self.title, self.note)?;
        writeln!(f, "| | {} |\n|---|{}", self.sides.join(" | "), "---|".repeat(self.sides.len()))?;
        for (case, cells) in &self.cases {
            write!(f, "| {case} ")?;
            let ours = cells.first().and_then(measured).map(Samples::median);
            for (column, cell) in cells.iter().enumerate() {
                let Some(samples) = measured(cell) else {
                    write!(f, "| – ")?;
                    continue;
                };
                write!(f, "| {} ±{:.0}%", self.unit.show(samples.median()), samples.spread() * 100.0)?;
                if let Some(ours) = ours.filter(|ours| column > 0 && *ours > 0.0) {
                    write!(f, " **{}**", ratio(samples.median() / ours))?;
                }
                write!(f, " ")?;
            }
            writeln!(f, "|")?;
        }
        if self.cases.len() > 1 && self.sides.len() > 1 {
            self.write_means(f)?;
        }
        if self.extremes { self.write_details(f) } else { Ok(()) }
    }
}
