//! `pyc-rs bundle`, and what `pyc-rs run` needs to know of bundles.

mod keys;
mod show;

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use pyc_rs_runtime::{
    Program,
    bundle::{self, BundleFile, ExtractError, OpenError, SignatureError, TrustedKey},
};

use crate::globals::{self, Format};

#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  pyc-rs compile src/ -o app.pycb       make a bundle\n  pyc-rs bundle info app.pycb\n  pyc-rs bundle list --format json app.pycb\n  pyc-rs bundle diff old.pycb new.pycb\n  pyc-rs bundle verify --public-key pyc-rs.pub app.pycb"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// List what is in a bundle: kind, size and name of each entry.
    #[command(after_help = "Examples:\n  pyc-rs bundle list app.pycb\n  pyc-rs bundle list --format json app.pycb")]
    List(One),
    /// Show what a bundle says about itself.
    #[command(after_help = "Examples:\n  pyc-rs bundle info app.pycb\n  pyc-rs bundle info --format json app.pycb")]
    Info(One),
    /// Check every entry of a bundle against its hash, and its signature against a key.
    #[command(
        after_help = "Examples:\n  pyc-rs bundle verify app.pycb\n  pyc-rs bundle verify --public-key pyc-rs.pub app.pycb\n\nThe exit status is 1 if anything is wrong."
    )]
    Verify {
        /// Check the signature too: the file of a public key, or the key itself in base64.
        #[arg(long, value_name = "KEY")]
        public_key: Option<String>,
        #[command(flatten)]
        one: One,
    },
    /// List what is different from one bundle to another.
    #[command(
        after_help = "Example:\n  pyc-rs bundle diff old.pycb new.pycb\n\nThe exit status is 0 if both have the same content, and 1 if not."
    )]
    Diff {
        /// The first bundle.
        #[arg(value_name = "OLD")]
        old: PathBuf,
        /// The second bundle.
        #[arg(value_name = "NEW")]
        new: PathBuf,
        #[command(flatten)]
        reporting: Reporting,
    },
    /// Write the sources and the data of a bundle into an empty folder.
    #[command(after_help = "Example:\n  pyc-rs bundle extract --to app/ app.pycb")]
    Extract {
        /// The folder; it is made if it is not there.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        #[command(flatten)]
        one: One,
    },
    /// Sign a bundle: writes FILE.minisig beside it, as minisign does.
    #[command(
        after_help = "Examples:\n  pyc-rs bundle sign --secret-key pyc-rs.key app.pycb\n  pyc-rs bundle sign --secret-key pyc-rs.key --password-file pw app.pycb"
    )]
    Sign(keys::SignArgs),
    /// Make a pair of keys to sign bundles with.
    #[command(
        after_help = "Examples:\n  pyc-rs bundle keygen --secret-key pyc-rs.key --public-key pyc-rs.pub\n  pyc-rs bundle keygen --password-file pw\n\nKeys of minisign can be used as well."
    )]
    Keygen(keys::KeygenArgs),
}

#[derive(clap::Args, Debug)]
struct One {
    /// The bundle.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    reporting: Reporting,
}

#[derive(clap::Args, Clone, Copy, Debug)]
struct Reporting {
    /// How to report.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let done = match &args.command {
        Command::List(one) => show::list(&one.file, one.reporting),
        Command::Info(one) => show::info(&one.file, one.reporting),
        Command::Verify { public_key, one } => show::verify(&one.file, public_key.as_deref(), one.reporting),
        Command::Diff { old, new, reporting } => show::diff(old, new, *reporting),
        Command::Extract { to, one } => show::extract(&one.file, to, one.reporting),
        Command::Sign(args) => keys::sign(args),
        Command::Keygen(args) => keys::keygen(args),
    };
    // What is wrong with a bundle is what these commands are asked for.
    match done {
        Err(error) if is_about_the_bundle(&error) => {
            globals::error(&error);
            if let Some(hint) = hint(&error) {
                globals::hint(hint);
            }
            Ok(ExitCode::FAILURE)
        }
        done => done,
    }
}

fn is_about_the_bundle(error: &anyhow::Error) -> bool {
    error.is::<OpenError>() || error.is::<SignatureError>() || error.is::<ExtractError>()
}

/// What to do about an error of a bundle, where that is known.
pub(crate) fn hint(error: &anyhow::Error) -> Option<&'static str> {
    let of = |error: &(dyn std::error::Error + 'static)| -> Option<&'static str> {
        if let Some(error) = error.downcast_ref::<OpenError>() {
            return error.hint();
        }
        match error.downcast_ref::<SignatureError>() {
            Some(SignatureError::Open(error)) => error.hint(),
            Some(SignatureError::Unsigned { .. }) => Some("sign it by `pyc-rs bundle sign`"),
            _ => None,
        }
    };
    error.chain().find_map(|cause| {
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        of(cause).or_else(|| inner.and_then(|inner| of(inner)))
    })
}

/// The program to run and the bundles to mount, all of them checked against `key` if there is
/// one. Nothing of them has run by then.
pub(crate) fn for_run(
    program: Program,
    bundles: &[PathBuf],
    key: Option<&str>,
) -> anyhow::Result<(Program, Vec<Arc<BundleFile>>)> {
    let Some(key) = key else {
        let open = |path: &PathBuf| {
            let file = BundleFile::open(path)?;
            file.check_engine()?;
            Ok(file)
        };
        let bundles = bundles.iter().map(open).collect::<Result<Vec<_>, OpenError>>()?;
        return Ok((program, bundles));
    };
    let key = TrustedKey::read(key)?;
    let open = |path: &Path| {
        let file = key.open(path)?;
        file.check_engine()?;
        Ok::<_, SignatureError>(file)
    };
    let bundles = bundles.iter().map(|path| open(path)).collect::<Result<Vec<_>, _>>()?;
    let program = match program {
        Program::Bundle(file) => Program::Bundle(open(file.path())?),
        Program::Module(name) if bundles.iter().any(|file| has_module(file, &name)) => Program::Module(name),
        _ => anyhow::bail!("--require-signature runs bundles, and modules of bundles, alone"),
    };
    Ok((program, bundles))
}

fn has_module(file: &BundleFile, name: &str) -> bool {
    file.bundle().find(name, pyc_rs_runtime::cache::EntryKind::Code).is_some()
}

fn open(path: &Path) -> Result<Arc<BundleFile>, OpenError> {
    bundle::BundleFile::open(path)
}
