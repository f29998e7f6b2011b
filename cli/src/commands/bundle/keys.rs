//! The commands that make keys and signatures.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use pyc_rs_runtime::{
    batch::Shown,
    bundle::{self, signature_path},
    cache::bundle_file::publish_file,
};

use super::open;
use crate::globals;

#[derive(clap::Args, Debug)]
pub(super) struct SignArgs {
    /// The file of the secret key.
    #[arg(long, value_name = "FILE")]
    secret_key: PathBuf,
    /// The file whose first line is the password of the secret key.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// The bundle.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

#[derive(clap::Args, Debug)]
pub(super) struct KeygenArgs {
    /// Where to write the secret key.
    #[arg(long, value_name = "FILE", default_value = "pyc-rs.key")]
    secret_key: PathBuf,
    /// Where to write the public key.
    #[arg(long, value_name = "FILE", default_value = "pyc-rs.pub")]
    public_key: PathBuf,
    /// Encrypt the secret key with the password on the first line of this file.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", Shown(path)))
}

fn password(file: Option<&Path>) -> anyhow::Result<Option<String>> {
    let Some(file) = file else { return Ok(None) };
    Ok(Some(read(file)?.lines().next().unwrap_or_default().to_owned()))
}

pub(super) fn sign(args: &SignArgs) -> anyhow::Result<ExitCode> {
    let file = open(&args.file)?;
    if let Some(fault) = bundle::faults(&file).first() {
        anyhow::bail!("{} is damaged and is not signed: {fault}", Shown(&args.file));
    }
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let password = password(args.password_file.as_deref())?;
    let encrypted = password.is_none();
    let signed = bundle::sign(file.bundle().whole(), &name, &read(&args.secret_key)?, password);
    if signed.is_err() && encrypted {
        globals::hint("the password of an encrypted key is given by --password-file");
    }
    let target = signature_path(&args.file);
    publish_file(&target, signed?.as_bytes(), false)?;
    writeln!(io::stdout(), "{}", Shown(&target))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn keygen(args: &KeygenArgs) -> anyhow::Result<ExitCode> {
    let (public, secret) = bundle::generate_keys(password(args.password_file.as_deref())?)?;
    // A key that is lost cannot be made again, so none is written over.
    write_new(&args.secret_key, &secret, true)?;
    if let Err(error) = write_new(&args.public_key, &public, false) {
        // One half is of no use.
        let _ = std::fs::remove_file(&args.secret_key);
        return Err(error);
    }
    writeln!(io::stdout(), "{}\n{}", Shown(&args.secret_key), Shown(&args.public_key))?;
    if args.password_file.is_none() {
        globals::warning("the secret key is not encrypted: keep it where nobody else can read it");
    }
    Ok(ExitCode::SUCCESS)
}

fn write_new(path: &Path, text: &str, is_secret: bool) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(if is_secret { 0o600 } else { 0o644 });
    }
    #[cfg(not(unix))]
    let _ = is_secret;
    let write = || options.open(path)?.write_all(text.as_bytes());
    write().with_context(|| format!("cannot write {}", Shown(path)))
}
