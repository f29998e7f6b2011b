//! Measures pyc-rs side by side with what it would be used instead of, and with
//! itself: interleaved, in one run, as ratios of medians.
//!
//! ```console
//! $ benches/peers
//! $ cargo build --release --locked --ignore-rust-version -p pyc-rs -p pyc-rs-benches
//! $ target/release/compare --write docs/performance.md --charts docs/charts
//! ```

mod measure;
mod peers;
mod program;
mod report;
mod suites;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Parser;

use crate::{peers::Peers, report::Report};

// As the `pyc-rs` binary has it: what runs in this process is measured as it runs there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures pyc-rs side by side with its alternatives.
#[derive(Parser)]
struct Args {
    /// The suites to run; all by default.
    #[arg(value_enum)]
    suites: Vec<Suite>,
    /// Counted runs of each command; long ones take fewer.
    #[arg(long, default_value_t = 11)]
    runs: usize,
    /// Few runs: about two minutes, for a first look.
    #[arg(long)]
    quick: bool,
    /// Count the instructions of process starts, with valgrind.
    #[arg(long)]
    instructions: bool,
    /// Also a store of a million objects.
    #[arg(long)]
    large: bool,
    /// The pyc-rs binary; by default the one beside this program.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Another build of pyc-rs, for the suite `builds`; may be given more than once.
    #[arg(long = "build", value_name = "NAME=FILE")]
    builds: Vec<suites::builds::Build>,
    /// The CPython to compare with; by default python3.13, as found.
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,
    /// The folder that benches/peers installed into.
    #[arg(long, value_name = "DIR", default_value = "target/peers")]
    peers: PathBuf,
    /// Write the tables into this file, between its markers.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Draw charts into this folder.
    #[arg(long, value_name = "DIR")]
    charts: Option<PathBuf>,
    /// Write everything as JSON into this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq)]
enum Suite {
    /// Process start: small programs, cold, warm and without a cache.
    Start,
    /// What a start from an image costs beside the process itself, and what it leaves behind.
    Restored,
    /// The five headline snippets, in process and as processes.
    Snippets,
    /// Speed of the interpreter.
    Interp,
    /// Compiling CPython's Lib: cold, with nothing to do, with one file changed.
    Tree,
    /// A cache hit against compiling.
    Hit,
    /// A hit by size, and a bundle against loose objects.
    Cache,
    /// Looking up one object in small and large stores.
    Lookup,
    /// A cold checkout with a warm remote cache on this machine.
    Remote,
    /// Isolated runs from a warm pool.
    Sandbox,
    /// Generated trees of 5,000 and 50,000 modules.
    Scale,
    /// The commands of the cache on small and large stores.
    Store,
    /// Other builds of pyc-rs, named by `--build`; only when asked for.
    Builds,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let wanted = |suite| args.suites.is_empty() || args.suites.contains(&suite);
    let runs = if args.quick { args.runs.min(3) } else { args.runs };
    let peers = Peers::find(args.binary.clone(), args.python.as_deref(), std::path::absolute(&args.peers)?)?;
    let mut report = Report::new(&peers, &command());
    if wanted(Suite::Start) {
        suites::start::run(&peers, runs, args.instructions, &mut report)?;
        suites::application::run(&peers, runs.min(5), &mut report)?;
    }
    if wanted(Suite::Restored) {
        suites::restored::run(&peers, runs.min(5), &mut report)?;
    }
    if wanted(Suite::Snippets) {
        suites::snippets::run(&peers, runs, &mut report)?;
    }
    if wanted(Suite::Interp) {
        suites::interp::run(&peers, if args.quick { 1 } else { runs.min(5) }, &mut report)?;
    }
    if wanted(Suite::Tree) {
        suites::tree::run(&peers, runs, &mut report)?;
    }
    if wanted(Suite::Hit) {
        suites::hit::run(runs, &mut report)?;
    }
    if wanted(Suite::Cache) {
        suites::sizes::run(runs, &mut report)?;
        suites::bundle::run(runs, &mut report)?;
    }
    if wanted(Suite::Lookup) {
        suites::lookup::run(runs, args.large, &mut report)?;
    }
    if wanted(Suite::Remote) {
        suites::remote::run(&peers, runs, &mut report)?;
    }
    if wanted(Suite::Sandbox) {
        suites::sandbox::run(&peers, runs, &mut report)?;
    }
    if wanted(Suite::Scale) && !args.quick {
        suites::scale::run(&peers, runs.min(5), &mut report)?;
    }
    if wanted(Suite::Store) && !args.quick {
        suites::store::run(&peers, args.large, &mut report)?;
    }
    if args.suites.contains(&Suite::Builds) {
        suites::builds::run(&peers, &args.builds, runs, &mut report)?;
    } else {
        report.conclude();
    }
    println!("{report}");
    if let Some(path) = &args.write {
        report.write_into(path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if let Some(folder) = &args.charts {
        report::draw(&report, folder).with_context(|| format!("cannot draw into {}", folder.display()))?;
    }
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&report)?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// This very invocation, as a person would repeat it.
fn command() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    format!("target/release/compare {}", arguments.join(" ")).trim_end().to_owned()
}
