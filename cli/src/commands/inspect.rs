//! `pyc-rs inspect`.

use std::{
    ffi::OsString,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use pyc_rs_runtime::{
    CodeCache, Engine, StoreMode,
    cache::{ArtifactMeta, Key, Lookup, MissReason, artifact},
    compiler::{Optimize, Options},
    open_store,
};
use serde_json::json;

use crate::globals::{self, Format, Globals, human_bytes};

#[derive(clap::Args, Debug)]
#[command(
    long_about = "Show what a file was compiled to: the header and metadata of its object in the cache, and its instructions. The file is a Python source, or an object file itself; a key of 64 hexadecimal digits is looked up.",
    after_help = "Examples:\n  pyc-rs inspect tool.py\n  pyc-rs inspect --format json --no-code tool.py\n  pyc-rs inspect 5f3c...e1"
)]
pub(crate) struct Args {
    /// A Python source, an object file, or a key.
    #[arg(value_name = "FILE|KEY")]
    target: OsString,
    /// The object that was compiled with -O, or with -OO.
    #[arg(short = 'O', action = clap::ArgAction::Count)]
    optimize: u8,
    /// Leave out the instructions.
    #[arg(long)]
    no_code: bool,
    /// How to report.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

/// An object that was found and verified.
struct Found {
    key: Key,
    file: PathBuf,
    file_len: u64,
    meta: ArtifactMeta,
    payload: Vec<u8>,
    /// Shown as the file name in the listing.
    name: String,
}

pub(crate) fn run(args: &Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let found = match find(args, globals) {
        Ok(Some(found)) => found,
        Ok(None) => {
            globals::error(&anyhow::anyhow!("{} is not in the cache", args.target.display()));
            if Path::new(&args.target).exists() {
                globals::hint(&format!("pyc-rs compile {}{}", optimize_flag(args), args.target.display()));
            }
            return Ok(ExitCode::FAILURE);
        }
        Err(error) => {
            globals::error(&error);
            return Ok(ExitCode::FAILURE);
        }
    };
    let listing =
        if args.no_code { None } else { Some(Engine::builder().boot()?.disassemble(&found.payload, &found.name)?) };
    let mut out = anstream::stdout().lock();
    match args.format {
        Format::Json => writeln!(out, "{}", as_json(&found, listing.as_deref()))?,
        Format::Text => write!(out, "{}", as_text(&found, listing.as_deref()))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The option to compile with what is inspected, with the space after it.
fn optimize_flag(args: &Args) -> &'static str {
    match args.optimize {
        0 => "",
        1 => "-O ",
        _ => "-OO ",
    }
}

fn find(args: &Args, globals: &Globals) -> anyhow::Result<Option<Found>> {
    let store = open_store(globals.cache_dir.clone(), StoreMode::ReadOnly);
    let path = Path::new(&args.target);
    if !path.exists()
        && let Some(key) = args.target.to_str().and_then(|text| text.parse::<Key>().ok())
    {
        return from_store(&store, key, format!("<{key}>"));
    }
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.starts_with(&artifact::MAGIC) {
        let view = artifact::parse(&bytes, None).with_context(|| format!("{} is damaged", path.display()))?;
        return Ok(Some(Found {
            key: view.key,
            file: path.to_owned(),
            file_len: bytes.len() as u64,
            meta: view.meta()?,
            payload: view.payload.to_vec(),
            name: path.display().to_string(),
        }));
    }
    let options = Options { optimize: Optimize::from_level(args.optimize), ..Options::default() };
    from_store(&store, CodeCache::key(&bytes, options), path.display().to_string())
}

fn from_store(store: &pyc_rs_runtime::cache::Store, key: Key, name: String) -> anyhow::Result<Option<Found>> {
    let artifact = match store.get(&key) {
        Lookup::Hit(artifact) => artifact,
        Lookup::Miss(MissReason::Absent | MissReason::Off) => return Ok(None),
        Lookup::Miss(MissReason::Corrupt(why) | MissReason::Unreadable(why)) => anyhow::bail!("object {key}: {why}"),
    };
    Ok(Some(Found {
        key,
        file: store.file_of(&key).unwrap_or_default(),
        file_len: artifact.file_len(),
        meta: artifact.meta()?,
        payload: artifact.payload().to_vec(),
        name,
    }))
}

fn mode_name(mode: u8) -> &'static str {
    match pyc_rs_runtime::compiler::Mode::from_code(mode) {
        Some(pyc_rs_runtime::compiler::Mode::Exec) => "module",
        Some(pyc_rs_runtime::compiler::Mode::Eval) => "expression",
        Some(pyc_rs_runtime::compiler::Mode::Block) => "block",
        None => "unknown",
    }
}

fn as_json(found: &Found, listing: Option<&str>) -> serde_json::Value {
    let meta = &found.meta;
    json!({
        "schema": 1,
        "key": found.key.to_string(),
        "file": found.file.display().to_string(),
        "file_bytes": found.file_len,
        "format_version": pyc_rs_runtime::cache::FORMAT_VERSION,
        "payload_bytes": found.payload.len(),
        "source_bytes": meta.source_len,
        "engine": meta.engine,
        "mode": mode_name(meta.mode),
        "optimize": meta.optimize,
        "docstring": meta.has_docstring,
        "code_objects": meta.code_objects,
        "warnings": meta.warnings.iter().map(|w| json!({"line": w.line, "message": w.message})).collect::<Vec<_>>(),
        "disassembly": listing,
    })
}

fn as_text(found: &Found, listing: Option<&str>) -> String {
    use std::fmt::Write as _;
    let meta = &found.meta;
    let mut text = format!(
        "key           {}\nfile          {}\nfile size     {}\nformat        {}\npayload       {}\nsource        {}\nengine        {}\nmode          {}, optimize {}\ndocstring     {}\ncode objects  {}\n",
        found.key,
        found.file.display(),
        human_bytes(found.file_len),
        pyc_rs_runtime::cache::FORMAT_VERSION,
        human_bytes(found.payload.len() as u64),
        human_bytes(meta.source_len),
        meta.engine,
        mode_name(meta.mode),
        meta.optimize,
        if meta.has_docstring { "yes" } else { "no" },
        meta.code_objects,
    );
    for warning in &meta.warnings {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "warning       line {}: {}", warning.line, warning.message);
    }
    if let Some(listing) = listing {
        text.push('\n');
        text.push_str(listing);
    }
    text
}
