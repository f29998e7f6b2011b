//! Instructions that each stage executes, counted by callgrind and compared with the
//! figures in `benches/counts.json`.
//!
//! ```console
//! $ cargo run --locked --ignore-rust-version -p pyc-rs-benches --bin counts -- check
//! $ cargo run --locked --ignore-rust-version -p pyc-rs-benches --bin counts -- update
//! ```
//!
//! The dev profile is counted, whose dependencies are optimised: a release build would
//! cost CI more than it tells.

mod callgrind;
mod figures;
mod stages;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::{callgrind::count, figures::Figures, stages::STAGES};

// As the `pyc-rs` binary has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Counts instructions, and compares them with the committed figures.
#[derive(Parser)]
struct Args {
    /// The committed figures.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/counts.json"))]
    figures: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Count, and fail when something became more than 3% dearer.
    Check,
    /// Count, and commit to the result.
    Update,
    /// Run one stage; this is what callgrind watches.
    Run {
        /// The stage.
        stage: String,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    match args.command {
        Command::Run { stage } => stages::run(&stage)?,
        Command::Update => {
            let text = serde_json::to_string_pretty(&counted()?)? + "\n";
            std::fs::write(&args.figures, text).with_context(|| format!("cannot write {}", args.figures.display()))?;
        }
        Command::Check => {
            let text = std::fs::read_to_string(&args.figures)
                .with_context(|| format!("cannot read {}", args.figures.display()))?;
            let committed: Figures = serde_json::from_str(&text)?;
            let surroundings = callgrind::surroundings()?;
            if committed.surroundings != surroundings {
                println!(
                    "counts: not compared: the figures are of {:?}, and this is {surroundings:?}",
                    committed.surroundings
                );
                return Ok(ExitCode::SUCCESS);
            }
            let comparison = figures::compare(&committed.counts, &counted()?.counts);
            print!("{comparison}");
            if !comparison.holds() {
                eprintln!("hint: if that is intended, run `counts update` and commit benches/counts.json");
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn counted() -> anyhow::Result<Figures> {
    let counts = STAGES.iter().map(|stage| Ok((stage.name.to_owned(), count(stage.name)?)));
    Ok(Figures { surroundings: callgrind::surroundings()?, counts: counts.collect::<anyhow::Result<_>>()? })
}
