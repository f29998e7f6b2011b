//! `pyc-rs image`, and how `run` uses images.

use std::path::PathBuf;

use pyc_rs_runtime::{Engine, EngineBuilder, image};

use crate::globals;

/// Turns images off, on, or names one.
const VARIABLE: &str = "PYC_RS_IMAGE";

/// What `run` takes.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct RunArgs {
    /// Start from this image.
    #[arg(
        long,
        value_name = "IMAGE",
        conflicts_with = "no_image",
        help = "Start from this image [env: PYC_RS_IMAGE=off|FILE]"
    )]
    image: Option<PathBuf>,
    /// Start without an image.
    #[arg(long)]
    no_image: bool,
}

impl RunArgs {
    fn choice(&self) -> Option<image::Choice> {
        if self.no_image {
            return None;
        }
        if let Some(path) = &self.image {
            return Some(image::Choice::File(path.clone()));
        }
        match std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
            Some(value) if value == "off" => None,
            Some(value) if value == "on" => Some(image::Choice::Default),
            Some(path) => Some(image::Choice::File(path.into())),
            None => Some(image::Choice::Default),
        }
    }

    /// Boots the engine, from an image if one fits.
    pub(crate) fn boot(&self, builder: EngineBuilder, verbose: bool) -> anyhow::Result<Engine> {
        let Some(choice) = self.choice() else { return Ok(builder.boot()?) };
        let mut refusal = None;
        let engine = builder.boot_from(&choice, &mut |refused| refusal = Some(refused.to_string()))?;
        if verbose {
            globals::note(&match refusal {
                Some(reason) => format!("no image: {reason}"),
                None => "started from an image".to_owned(),
            });
        }
        Ok(engine)
    }
}

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
pub(crate) use making::{Args, run};

#[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
mod making {
    use std::{path::PathBuf, process::ExitCode};

    use pyc_rs_runtime::{CodeCache, StoreMode, image, open_store};

    use crate::globals::Globals;

    #[derive(clap::Args, Debug)]
    pub(crate) struct Args {
        #[command(subcommand)]
        command: Command,
    }

    #[derive(clap::Subcommand, Debug)]
    enum Command {
        /// Record in this process.
        #[command(hide = true)]
        Record {
            #[arg(long)]
            default: bool,
            #[arg(long)]
            output: PathBuf,
            modules: Vec<String>,
        },
    }

    pub(crate) fn run(args: &Args, globals: &Globals) -> anyhow::Result<ExitCode> {
        let Command::Record { default, output, modules } = &args.command;
        let cache = CodeCache::new(open_store(globals.cache_dir.clone(), StoreMode::ReadWrite));
        let recording = image::Recording { modules: modules.clone(), default: *default, cache };
        let recorded = image::record(&recording, output)?;
        println!("{} bytes, {} modules", recorded.bytes, recorded.info.modules.len());
        Ok(ExitCode::SUCCESS)
    }
}
