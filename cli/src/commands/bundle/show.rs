//! The commands that look at bundles.

use std::{fmt::Write as _, io::Write as _, path::Path, process::ExitCode};

use pyc_rs_runtime::{
    batch::Shown,
    bundle::{self, BundleFile, Change, ChangeKind, SignatureError, TrustedKey, signature_path},
    cache::{BundleError, EntryKind, bundle::VERSION},
    compiler::engine,
};
use serde_json::{Value, json};

use super::{Reporting, open};
use crate::globals::{self, Format, counted, human_bytes};

/// Version of every JSON object that these commands print (docs/bundles.md).
const SCHEMA: u32 = 1;

fn emit(reporting: Reporting, value: &Value, text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    match reporting.format {
        Format::Json => writeln!(out, "{value}")?,
        Format::Text => write!(out, "{text}")?,
    }
    Ok(())
}

/// A name on one line.
fn plain(name: &str) -> String {
    Shown(Path::new(name)).to_string()
}

pub(super) fn list(path: &Path, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let file = open(path)?;
    let mut text = String::new();
    let mut entries = Vec::new();
    for entry in file.bundle().entries() {
        let kind = entry.kind.to_string();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{kind:<6} {:>9}  {}", entry.raw_len, plain(entry.name));
        entries.push(json!({
            "name": entry.name,
            "kind": kind,
            "package": entry.is_package,
            "bytes": entry.raw_len,
            "stored_bytes": entry.stored_len(),
            "compressed": entry.is_compressed(),
            "key": (entry.kind == EntryKind::Code).then(|| entry.key.to_string()),
            "hash": hex(entry.hash),
        }));
    }
    emit(reporting, &json!({"schema": SCHEMA, "path": path.to_string_lossy(), "entries": entries}), &text)?;
    Ok(ExitCode::SUCCESS)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn count(file: &BundleFile, kind: EntryKind) -> u64 {
    file.bundle().entries().filter(|entry| entry.kind == kind).count() as u64
}

pub(super) fn info(path: &Path, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let file = open(path)?;
    let manifest = file.manifest();
    let bytes = file.bundle().whole().len() as u64;
    let [modules, sources, data] = [EntryKind::Code, EntryKind::Source, EntryKind::Data].map(|kind| count(&file, kind));
    let is_signed = signature_path(path).is_file();
    let value = json!({
        "schema": SCHEMA,
        "path": path.to_string_lossy(),
        "bytes": bytes,
        "format_version": VERSION,
        "engine": manifest.engine,
        "this_engine": file.is_native(),
        "runnable": file.check_engine().is_ok(),
        "entry_point": manifest.entry_point,
        "optimize": manifest.optimize,
        "debug_columns": !file.options().no_debug_ranges,
        "command": file.bundle().command(),
        "comment": manifest.comment,
        "modules": modules,
        "sources": sources,
        "data": data,
        "signed": is_signed,
    });
    let engine = match (file.is_native(), file.check_engine()) {
        (true, _) => String::new(),
        (false, Ok(())) => format!(" (not this one, {}; runs from its sources)", engine::FINGERPRINT),
        (false, Err(_)) => format!(" (not this one, {}; does not run)", engine::FINGERPRINT),
    };
    let columns = if file.options().no_debug_ranges { ", without columns" } else { "" };
    let text = format!(
        "file     {}\nsize     {}\nformat   {VERSION}\nengine   {}{engine}\nruns     {}\nstarts   {}\noptions  optimize {}{columns}\nmodules  {modules} ({sources} with source)\ndata     {}\nsigned   {}\ncomment  {}\n",
        Shown(path),
        human_bytes(bytes),
        plain(&manifest.engine),
        manifest.entry_point.as_deref().map_or_else(|| "nothing by itself".to_owned(), plain),
        file.bundle()
            .command()
            .map_or_else(|| "with pyc-rs run".to_owned(), |command| format!("as a command, with {}", plain(command))),
        manifest.optimize,
        counted(data, "file"),
        if is_signed { "there is a signature, not checked here" } else { "no" },
        plain(&manifest.comment),
    );
    emit(reporting, &value, &text)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn verify(path: &Path, key: Option<&str>, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let key = key.map(TrustedKey::read).transpose()?;
    let file = open(path)?;
    let faults = bundle::faults(&file);
    let signature = key.map(|key| key.check(path, file.bundle().whole()));
    let refused = signature.as_ref().and_then(|checked| checked.as_ref().err());
    for fault in &faults {
        globals::warning(&format!("{}: {fault}", Shown(path)));
    }
    if let Some(refused) = refused {
        globals::warning(&refused.to_string());
    }
    let checked = file.bundle().len();
    let value = json!({
        "schema": SCHEMA,
        "path": path.to_string_lossy(),
        "checked": checked,
        "bad": faults.iter().map(bad).collect::<Vec<_>>(),
        "signature": match &signature {
            None => "not checked",
            Some(Ok(())) => "good",
            Some(Err(SignatureError::Unsigned { .. })) => "missing",
            Some(Err(_)) => "bad",
        },
    });
    let signed = if matches!(signature, Some(Ok(()))) { ", signature good" } else { "" };
    let number = if checked == 1 { "1 entry".to_owned() } else { format!("{checked} entries") };
    emit(reporting, &value, &format!("checked {number}: {} bad{signed}\n", faults.len()))?;
    Ok(if faults.is_empty() && refused.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn bad(fault: &BundleError) -> Value {
    let (name, kind) = match fault {
        BundleError::EntryHashMismatch { name, kind } | BundleError::BadCompression { name, kind, .. } => {
            (Some(name), Some(kind.to_string()))
        }
        _ => (None, None),
    };
    json!({"name": name, "kind": kind, "error": fault.to_string()})
}

pub(super) fn diff(old: &Path, new: &Path, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let (old, new) = (open(old)?, open(new)?);
    let changes = bundle::differences(&old, &new)?;
    let manifest = about_the_whole(&old, &new);
    let mut text = String::new();
    for (name, [before, after]) in &manifest {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "! {name}: {} -> {}", plain(before), plain(after));
    }
    for Change { name, kind, change } in &changes {
        let sign = match change {
            ChangeKind::Added => '+',
            ChangeKind::Removed => '-',
            ChangeKind::Changed => '~',
        };
        let _ = writeln!(text, "{sign} {kind} {}", plain(name));
    }
    let value = json!({
        "schema": SCHEMA,
        "manifest": manifest.iter().map(|(name, [before, after])| json!({"field": name, "old": before, "new": after})).collect::<Vec<_>>(),
        "changes": changes.iter().map(|change| json!({
            "name": change.name,
            "kind": change.kind.to_string(),
            "change": change.change,
        })).collect::<Vec<_>>(),
    });
    emit(reporting, &value, &text)?;
    Ok(if changes.is_empty() && manifest.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is different beside the entries.
fn about_the_whole(old: &BundleFile, new: &BundleFile) -> Vec<(&'static str, [String; 2])> {
    let none = || "none".to_owned();
    let fields = |file: &BundleFile| {
        let manifest = file.manifest();
        [
            ("engine", manifest.engine.clone()),
            ("entry point", manifest.entry_point.clone().unwrap_or_else(none)),
            ("optimize", manifest.optimize.to_string()),
            ("flags", manifest.flags.to_string()),
            ("command", file.bundle().command().map_or_else(none, str::to_owned)),
            ("comment", manifest.comment.clone()),
        ]
    };
    let pairs = fields(old).into_iter().zip(fields(new));
    pairs.filter(|((_, a), (_, b))| a != b).map(|((name, a), (_, b))| (name, [a, b])).collect()
}

pub(super) fn extract(path: &Path, to: &Path, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let file = open(path)?;
    let extracted = bundle::extract(&file, to)?;
    let value = json!({
        "schema": SCHEMA,
        "to": to.to_string_lossy(),
        "sources": extracted.sources,
        "data": extracted.data,
        "without_source": extracted.without_source,
    });
    let (sources, data) = (counted(extracted.sources as u64, "source"), counted(extracted.data as u64, "data file"));
    emit(reporting, &value, &format!("{sources} and {data} written to {}\n", Shown(to)))?;
    if extracted.without_source > 0 {
        globals::warning(&format!("{} without source", counted(extracted.without_source as u64, "module")));
        globals::hint("sources are in a bundle that was built with --with-source");
    }
    Ok(ExitCode::SUCCESS)
}
