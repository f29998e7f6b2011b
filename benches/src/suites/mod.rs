//! What is measured.

pub(crate) mod application;
pub(crate) mod builds;
pub(crate) mod bundle;
pub(crate) mod hit;
pub(crate) mod interp;
pub(crate) mod lookup;
pub(crate) mod remote;
pub(crate) mod restored;
pub(crate) mod sandbox;
pub(crate) mod scale;
pub(crate) mod sizes;
pub(crate) mod snippets;
pub(crate) mod start;
pub(crate) mod store;
pub(crate) mod tree;

pub(crate) use pyc_rs_benches::headline_snippets;

use crate::{measure::Samples, report::Cell};

/// A cell of what was measured, if anything was.
fn cell(samples: Vec<f64>, why_not: Option<&str>) -> Cell {
    match why_not {
        Some(reason) => Cell::Skipped(reason.to_owned()),
        None => Cell::Measured(Samples::new(samples)),
    }
}
