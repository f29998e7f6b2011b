//! Measures pyc-rs side by side with what it would be used instead of, and with
//! itself: interleaved, in one run, as ratios of medians.
//!
//! ```console
//! $ cargo build --release --locked --ignore-rust-version -p pyc-rs -p pyc-rs-benches
//! $ target/release/compare --write docs/performance.md
//! ```

mod measure;
mod report;
mod suites;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;

use crate::{report::Report, suites::Peers};

/// Measures pyc-rs side by side with its alternatives.
#[derive(Parser)]
struct Args {
    /// The suites to run; all by default.
    #[arg(value_enum)]
    suites: Vec<Suite>,
    /// Counted runs of each command.
    #[arg(long, default_value_t = 9)]
    runs: usize,
    /// The pyc-rs binary; by default the one beside this program.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// A CPython to compare with; by default python3.13 on the path.
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,
    /// Write the tables into this file, between its markers.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq)]
enum Suite {
    /// Compiling CPython's Lib: cold, with nothing to do, with one file changed.
    Tree,
    /// A cache hit against compiling.
    Hit,
    /// Looking up one object in small and large stores.
    Lookup,
    /// Isolated runs from a warm pool.
    Sandbox,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let wanted = |suite| args.suites.is_empty() || args.suites.contains(&suite);
    let peers = Peers::find(args.binary.clone(), args.python.clone())?;
    let mut report = Report::new(&peers);
    if wanted(Suite::Tree) {
        suites::tree::run(&peers, args.runs, &mut report)?;
    }
    if wanted(Suite::Hit) {
        suites::hit::run(args.runs, &mut report)?;
    }
    if wanted(Suite::Lookup) {
        suites::lookup::run(args.runs, &mut report)?;
    }
    if wanted(Suite::Sandbox) {
        suites::sandbox::run(&peers, args.runs, &mut report)?;
    }
    println!("{report}");
    if let Some(path) = &args.write {
        report.write_into(path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
