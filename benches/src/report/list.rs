//! A table with one row for each thing that was timed.

use std::fmt;

use serde::Serialize;

use super::units::{Unit, ratio};
use crate::measure::Samples;

/// One table.
#[derive(Serialize)]
pub(crate) struct Section {
    pub(crate) title: String,
    note: String,
    pub(crate) rows: Vec<Row>,
}

#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) timings: Samples,
    pub(crate) ratio: Option<f64>,
}

impl Section {
    pub(crate) fn new(title: &str, note: &str) -> Self {
        Self { title: title.to_owned(), note: note.to_owned(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, name: &str, timings: &Samples, ratio: Option<f64>) {
        self.rows.push(Row { name: name.to_owned(), timings: timings.clone(), ratio });
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}\n\n{}\n", self.title, self.note)?;
        writeln!(f, "| | median | fastest | slowest | ± | ratio |\n|---|---|---|---|---|---|")?;
        for Row { name, timings, ratio: times } in &self.rows {
            let times = times.map_or_else(String::new, |times| format!("**{}**", ratio(times)));
            let [median, fastest, slowest] =
                [timings.median(), timings.fastest(), timings.slowest()].map(|value| Unit::Seconds.show(value));
            writeln!(f, "| {name} | {median} | {fastest} | {slowest} | {:.0}% | {times} |", timings.spread() * 100.0)?;
        }
        Ok(())
    }
}
