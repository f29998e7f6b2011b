//! `pyc-rs cache`.

mod archive;
mod stats;

use std::{collections::HashSet, io::Write as _, process::ExitCode};

use pyc_rs_runtime::{
    StoreMode, batch,
    cache::{BadObject, EffectiveMode, RecentStats, Store, StoreInfo},
    open_store,
};
use serde_json::{Value, json};

use crate::globals::{self, Format, Globals, counted, human_bytes};

/// Version of every JSON object that these commands print.
const SCHEMA: u32 = 1;

#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  pyc-rs cache info\n  pyc-rs cache info --format json\n  pyc-rs cache gc --max-size 500M\n  pyc-rs cache verify --repair\n\nThe cache is kept below PYC_RS_CACHE_SIZE (default 2GiB), least recently used first."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand, Debug)]
enum Command {
    /// Print the folder of the cache.
    #[command(after_help = "Example:\n  du -sh \"$(pyc-rs cache dir)\"")]
    Dir(Reporting),
    /// Show what the cache holds, how it does, and whether it can be written.
    #[command(after_help = "Examples:\n  pyc-rs cache info\n  pyc-rs cache info --format json")]
    Info(Reporting),
    /// Check every object against its hash; what is bad goes to quarantine.
    #[command(
        after_help = "Examples:\n  pyc-rs cache verify\n  pyc-rs cache verify --sample 1000\n  pyc-rs cache verify --repair\n\nThe exit status is 1 if something bad was found that was not repaired."
    )]
    Verify {
        /// Check so many objects, picked at random, instead of all.
        #[arg(long, value_name = "N")]
        sample: Option<u64>,
        /// Compile again what was bad, where its source is known.
        #[arg(long)]
        repair: bool,
        #[command(flatten)]
        reporting: Reporting,
    },
    /// Remove what was not used for longest, until the cache is below its limit.
    #[command(
        after_help = "Examples:\n  pyc-rs cache gc\n  pyc-rs cache gc --max-size 500M\n\nMany small files of what is left are gathered into packs."
    )]
    Gc {
        /// The limit.
        #[arg(long, value_name = "SIZE", help = "The limit [env: PYC_RS_CACHE_SIZE] [default: 2GiB]")]
        max_size: Option<String>,
        #[command(flatten)]
        reporting: Reporting,
    },
    /// Show how the cache did, by day and by folder.
    #[command(
        after_help = "Examples:\n  pyc-rs cache stats\n  pyc-rs cache stats --format json\n\nWhat the last one to three thousand commands counted (docs/ci.md)."
    )]
    Stats(Reporting),
    /// Write objects to a compressed archive, for another machine.
    #[command(
        after_help = "Examples:\n  pyc-rs cache export cache.pycar            everything\n  pyc-rs cache export cache.pycar src/       what src/ needs\n  git ls-files '*.py' | pyc-rs cache export cache.pycar -\n  pyc-rs cache export --since old.pycar new.pycar\n  pyc-rs cache export - | ssh host pyc-rs cache import -\n\nThe same objects give the same bytes. Whoever imports an archive trusts whoever wrote it (docs/ci.md)."
    )]
    Export(archive::ExportArgs),
    /// Take objects from archives, as far as they are not there.
    #[command(
        after_help = "Examples:\n  pyc-rs cache import cache.pycar\n  pyc-rs cache import --if-present cache.pycar\n\nEvery object is verified; damaged ones are refused. The exit status is 1 if one was, or if an archive could not be read to its end; what is good was imported."
    )]
    Import(archive::ImportArgs),
    /// Send the remote cache what it does not have of this one.
    #[cfg(feature = "remote")]
    #[command(after_help = "Example:\n  pyc-rs cache push --remote s3://bucket/pyc-rs")]
    Push(Reporting),
    /// Remove everything.
    #[command(after_help = "Example:\n  pyc-rs cache clear")]
    Clear(Reporting),
}

#[derive(clap::Args, Clone, Copy, Debug)]
struct Reporting {
    /// How to report.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(crate) fn run(args: &Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let store = open_store(globals.cache_dir.clone(), StoreMode::ReadWrite);
    match &args.command {
        Command::Dir(reporting) => dir(&store, *reporting),
        Command::Info(reporting) => info(&store, globals, *reporting),
        Command::Verify { sample, repair, reporting } => verify(&store, *sample, *repair, *reporting),
        Command::Gc { max_size, reporting } => gc(&store, globals, max_size.as_deref(), *reporting),
        Command::Stats(reporting) => stats::run(&store, *reporting),
        Command::Export(args) => archive::export(args, globals),
        Command::Import(args) => archive::import(args, globals),
        #[cfg(feature = "remote")]
        Command::Push(reporting) => push(store, globals, *reporting),
        Command::Clear(reporting) => clear(&store, *reporting),
    }
}

fn emit(reporting: Reporting, value: &Value, text: impl FnOnce() -> String) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    match reporting.format {
        Format::Json => writeln!(out, "{value}")?,
        Format::Text => write!(out, "{}", text())?,
    }
    Ok(())
}

fn root_text(store: &Store) -> String {
    store.root().map_or_else(|| "none".to_owned(), |root| root.display().to_string())
}

fn dir(store: &Store, reporting: Reporting) -> anyhow::Result<ExitCode> {
    if store.root().is_none() {
        globals::warning("there is no cache folder: neither PYC_RS_CACHE_DIR nor a home folder is set");
    }
    let root = root_text(store);
    emit(reporting, &json!({"schema": SCHEMA, "dir": store.root().map(|_| &root)}), || format!("{root}\n"))?;
    Ok(if store.root().is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(crate) fn mode_name(mode: &EffectiveMode) -> &'static str {
    match mode.mode {
        StoreMode::ReadWrite => "read-write",
        StoreMode::ReadOnly => "read-only",
        StoreMode::Off => "off",
    }
}

fn info(store: &Store, globals: &Globals, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let mode = store.effective_mode();
    // What stands in the way of the cache is no reason to say nothing about it.
    let info = if mode.mode == StoreMode::Off { StoreInfo::default() } else { store.info()? };
    let limit = globals.size_limit()?;
    let root = root_text(store);
    let recent = &info.recent;
    let base = store.base().map(|base| (root_text(base), base.info().unwrap_or_default()));
    let value = json!({
        "schema": SCHEMA,
        "dir": store.root().map(|_| &root),
        "mode": mode_name(&mode),
        "reason": mode.reason,
        "objects": info.objects,
        "packs": info.packs,
        "bytes": info.bytes,
        "limit_bytes": limit,
        "base": base.as_ref().map(|(dir, info)| json!({"dir": dir, "objects": info.objects, "bytes": info.bytes})),
        "quarantined": info.quarantined,
        "temporaries": info.temporaries,
        "recent": {
            "runs": recent.runs,
            "hits": recent.hits,
            "misses": recent.misses,
            "stored": recent.stored,
            "put_failures": recent.put_failures,
            "quarantined": recent.quarantined,
        },
        "remote": crate::remote::described(&info.remote),
    });
    emit(reporting, &value, || {
        let reason = mode.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let (size, limit) = (human_bytes(info.bytes), human_bytes(limit));
        let base =
            base.as_ref().map(|(dir, info)| format!("base        {dir} ({})\n", counted(info.objects, "object")));
        let base = base.unwrap_or_default();
        format!(
            "folder      {root}\n{base}mode        {}{reason}\nobjects     {}\npacks       {}\nsize        {size} of {limit}\nquarantine  {}\nlast 7 days {}\n{}",
            mode_name(&mode),
            info.objects,
            info.packs,
            info.quarantined,
            of_late(recent),
            crate::remote::line(&info.remote),
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

fn of_late(recent: &RecentStats) -> String {
    let looked_up = recent.hits + recent.misses;
    let rate = match looked_up {
        0 => String::new(),
        _ => format!(" ({:.1}% hits)", 100.0 * recent.hits as f64 / looked_up as f64),
    };
    format!(
        "{}: hits {}, misses {}{rate}, stored {}, failed writes {}, quarantined {}",
        counted(recent.runs, "run"),
        recent.hits,
        recent.misses,
        recent.stored,
        recent.put_failures,
        recent.quarantined
    )
}

fn verify(store: &Store, sample: Option<u64>, repair: bool, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let sources = if repair { batch::known_sources(store) } else { batch::KnownSources::default() };
    let mut bad = Vec::new();
    let mut on_bad = |object: &BadObject| bad.push(object.clone());
    let report = match sample {
        Some(objects) => store.verify_sample(objects, &mut on_bad)?,
        None => store.verify(&mut on_bad)?,
    };
    let repaired =
        if repair { sources.repair(store, bad.iter().filter_map(|object| object.key))? } else { HashSet::new() };
    let value = json!({
        "schema": SCHEMA,
        "checked": report.checked,
        "left_out": report.left_out,
        "bytes": report.bytes,
        "bad": bad.iter().map(described).collect::<Vec<_>>(),
        "unreadable": report.unreadable,
        "repaired": repaired.len(),
    });
    for BadObject { path, error, .. } in &bad {
        globals::warning(&format!("{}: {error}; moved to quarantine", path.display()));
    }
    // A pack that was bad as a whole does not tell what is missing.
    let is_mended = |object: &BadObject| match &object.key {
        Some(key) => repaired.contains(key),
        None => !repaired.is_empty(),
    };
    let missing = bad.iter().filter(|object| !is_mended(object)).count() as u64;
    if missing > 0 {
        globals::hint("what is missing is compiled again when it is next needed");
    }
    emit(reporting, &value, || {
        let of = match report.left_out {
            0 => String::new(),
            left_out => format!(" of {}", report.checked + left_out),
        };
        format!(
            "checked {}{of} ({}): {} bad, {} unreadable, {} repaired\n",
            counted(report.checked, "object"),
            human_bytes(report.bytes),
            report.bad,
            report.unreadable,
            repaired.len()
        )
    })?;
    Ok(if missing + report.unreadable == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn described(bad: &BadObject) -> Value {
    json!({
        "path": bad.path.display().to_string(),
        "key": bad.key.map(|key| key.to_string()),
        "error": bad.error.to_string(),
    })
}

fn gc(store: &Store, globals: &Globals, max_size: Option<&str>, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let limit = match max_size {
        Some(text) => match pyc_rs_runtime::cache::parse_size(text) {
            Ok(limit) => limit,
            Err(error) => {
                globals::error(&anyhow::anyhow!("--max-size: {error}"));
                return Ok(ExitCode::from(2));
            }
        },
        None => globals.size_limit()?,
    };
    let report = store.gc(limit)?;
    let value = json!({
        "schema": SCHEMA,
        "ran": report.ran,
        "removed": report.removed,
        "removed_bytes": report.removed_bytes,
        "kept": report.kept,
        "kept_bytes": report.kept_bytes,
        "packed": report.packed,
        "merged": report.merged,
        "temporaries_removed": report.temporaries_removed,
        "quarantine_removed": report.quarantine_removed,
    });
    emit(reporting, &value, || {
        if report.ran {
            format!(
                "removed {} ({}), kept {} ({}); {} removed\n",
                counted(report.removed, "object"),
                human_bytes(report.removed_bytes),
                report.kept,
                human_bytes(report.kept_bytes),
                counted(report.temporaries_removed + report.quarantine_removed, "leftover")
            )
        } else {
            "nothing done: another gc is at work, or the cache is not writable\n".to_owned()
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "remote")]
fn push(store: Store, globals: &Globals, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let store = crate::remote::attach(store, &globals.settings)?;
    let Some(remote) = store.remote().filter(|remote| remote.is_writable()) else {
        return Err(
            globals::UsageError("there is no remote cache that can be written to; see --remote".to_owned()).into()
        );
    };
    let shown = remote.shown().to_owned();
    let report = store.push()?;
    store.flush_stats();
    let missing = report.objects.saturating_sub(report.present + report.sent);
    let value = json!({
        "schema": SCHEMA,
        "remote": shown,
        "objects": report.objects,
        "present": report.present,
        "sent": report.sent,
        "missing": missing,
    });
    emit(reporting, &value, || {
        format!(
            "sent {} to {shown}; {} were there, {missing} are missing\n",
            counted(report.sent, "object"),
            report.present
        )
    })?;
    Ok(if missing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn clear(store: &Store, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let report = store.clear()?;
    let value = json!({"schema": SCHEMA, "removed": report.removed, "removed_bytes": report.removed_bytes});
    emit(reporting, &value, || {
        format!("removed {} ({})\n", counted(report.removed, "object"), human_bytes(report.removed_bytes))
    })?;
    Ok(ExitCode::SUCCESS)
}
