//! Tables for people, on the terminal and in the documentation.

use std::{fmt, path::Path, time::Duration};

use crate::{measure::Timings, suites::Peers};

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// What one invocation measured.
pub(crate) struct Report {
    conditions: String,
    sections: Vec<Section>,
}

/// One table.
pub(crate) struct Section {
    title: String,
    note: String,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    timings: Timings,
    ratio: Option<f64>,
}

impl Report {
    pub(crate) fn new(peers: &Peers) -> Self {
        Self { conditions: peers.conditions(), sections: Vec::new() }
    }

    pub(crate) fn add(&mut self, section: Section) {
        eprintln!("{section}");
        self.sections.push(section);
    }

    /// Replaces what stands between the markers of a document.
    pub(crate) fn write_into(&self, path: &Path) -> std::io::Result<()> {
        let document = std::fs::read_to_string(path)?;
        let missing = || std::io::Error::other(format!("no {BEGIN} … {END} in it"));
        let (before, rest) = document.split_once(BEGIN).ok_or_else(missing)?;
        let (_, after) = rest.split_once(END).ok_or_else(missing)?;
        std::fs::write(path, format!("{before}{BEGIN}\n\n{self}\n{END}{after}"))
    }
}

impl Section {
    pub(crate) fn new(title: &str, note: &str) -> Self {
        Self { title: title.to_owned(), note: note.to_owned(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, name: &str, timings: &Timings, ratio: Option<f64>) {
        self.rows.push(Row { name: name.to_owned(), timings: timings.clone(), ratio });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.conditions)?;
        self.sections.iter().try_for_each(|section| writeln!(f, "\n{section}"))
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}\n\n{}\n", self.title, self.note)?;
        writeln!(f, "| | median | fastest | slowest | ratio |\n|---|---|---|---|---|")?;
        for row in &self.rows {
            let ratio = row.ratio.map_or_else(String::new, |ratio| format!("**{ratio:.2}**"));
            writeln!(
                f,
                "| {} | {} | {} | {} | {ratio} |",
                row.name,
                Human(row.timings.median()),
                Human(row.timings.fastest()),
                Human(row.timings.slowest())
            )?;
        }
        Ok(())
    }
}

/// A duration in the unit that suits it.
struct Human(Duration);

impl fmt::Display for Human {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        if seconds >= 1.0 {
            write!(f, "{seconds:.2} s")
        } else if seconds >= 1e-3 {
            write!(f, "{:.2} ms", seconds * 1e3)
        } else {
            write!(f, "{:.2} µs", seconds * 1e6)
        }
    }
}
