//! What was measured, for people and for programs.

pub(crate) mod chart;
mod charts;
mod curves;
mod grid;
mod list;
mod targets;
mod units;

use std::{fmt, fs, path::Path};

use anyhow::Context as _;
use serde::Serialize;

pub(crate) use self::{
    charts::draw,
    grid::{Cell, Grid},
    list::Section,
    targets::Target,
    units::Unit,
};
use crate::peers::Peers;

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// What one invocation measured.
#[derive(Serialize)]
pub(crate) struct Report {
    /// Machine, versions, date, command.
    pub(crate) conditions: Vec<(String, String)>,
    /// Who or what could not take part, and why.
    pub(crate) skipped: Vec<(String, String)>,
    pub(crate) parts: Vec<Part>,
    pub(crate) targets: Vec<Target>,
    /// Size of the pyc-rs binary, in bytes.
    pub(crate) binary_bytes: Option<u64>,
    /// Whether the binary can start from an image.
    pub(crate) images: bool,
}

/// One table.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Part {
    Grid(Grid),
    List(Section),
}

impl From<Grid> for Part {
    fn from(grid: Grid) -> Self {
        Self::Grid(grid)
    }
}

impl From<Section> for Part {
    fn from(section: Section) -> Self {
        Self::List(section)
    }
}

impl Report {
    pub(crate) fn new(peers: &Peers, command: &str) -> Self {
        let mut conditions = peers.conditions();
        conditions.push(("Command".to_owned(), format!("`{command}`")));
        Self {
            conditions,
            skipped: peers.missing.clone(),
            parts: Vec::new(),
            targets: Vec::new(),
            binary_bytes: fs::metadata(&peers.ours).ok().map(|meta| meta.len()),
            images: peers.images,
        }
    }

    pub(crate) fn add(&mut self, part: impl Into<Part>) {
        let part = part.into();
        eprintln!("{part}");
        self.parts.push(part);
    }

    /// Notes that something did not take part.
    pub(crate) fn skip(&mut self, what: impl Into<String>, why: impl fmt::Display) {
        let skipped = (what.into(), why.to_string().lines().next().unwrap_or_default().to_owned());
        if !self.skipped.contains(&skipped) {
            eprintln!("skipped: {}: {}", skipped.0, skipped.1);
            self.skipped.push(skipped);
        }
    }

    /// Compares with the targets, when everything is measured.
    pub(crate) fn conclude(&mut self) {
        self.targets = targets::evaluate(self);
    }

    pub(crate) fn grid(&self, id: &str) -> Option<&Grid> {
        self.parts.iter().find_map(|part| match part {
            Part::Grid(grid) if grid.id == id => Some(grid),
            _ => None,
        })
    }

    fn lists(&self) -> impl Iterator<Item = &Section> {
        self.parts.iter().filter_map(|part| match part {
            Part::List(section) => Some(section),
            Part::Grid(_) => None,
        })
    }

    /// Replaces what stands between the markers of a document.
    pub(crate) fn write_into(&self, path: &Path) -> anyhow::Result<()> {
        let document = fs::read_to_string(path)?;
        let (before, rest) = document.split_once(BEGIN).with_context(|| format!("no {BEGIN} in it"))?;
        let (_, after) = rest.split_once(END).with_context(|| format!("no {END} in it"))?;
        Ok(fs::write(path, format!("{before}{BEGIN}\n\n{self}\n{END}{after}"))?)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| | |\n|---|---|")?;
        for (name, value) in &self.conditions {
            writeln!(f, "| {name} | {value} |")?;
        }
        writeln!(
            f,
            "\nMedians of runs that took turns; `±` is the interquartile range as a share of the median; a ratio in bold is the side's median over that of the first column or row."
        )?;
        if !self.skipped.is_empty() {
            writeln!(f, "\nDid not take part:\n")?;
            for (what, why) in &self.skipped {
                writeln!(f, "- {what}: {why}")?;
            }
        }
        targets::write(f, &self.targets)?;
        self.parts.iter().try_for_each(|part| write!(f, "\n{part}"))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grid(grid) => grid.fmt(f),
            Self::List(section) => section.fmt(f),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
