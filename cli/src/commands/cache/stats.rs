//! `pyc-rs cache stats`.

use std::{fmt::Write as _, process::ExitCode, time::Duration};

use pyc_rs_runtime::cache::{
    Session, Store, Tally,
    sessions::{by_day, by_root, date, total},
};
use serde_json::{Value, json};

use super::{Reporting, SCHEMA, emit};
use crate::globals::human_bytes;

pub(super) fn run(store: &Store, reporting: Reporting) -> anyhow::Result<ExitCode> {
    let sessions = store.sessions();
    emit(reporting, &described(&sessions), || text(&sessions))?;
    Ok(ExitCode::SUCCESS)
}

fn described(sessions: &[Session]) -> Value {
    let all = total(sessions);
    let named = |(name, value): (&str, Value), tally: &Tally| {
        let mut described = tally_json(tally, &all);
        described[name] = value;
        described
    };
    json!({
        "schema": SCHEMA,
        "total": tally_json(&all, &all),
        "days": by_day(sessions).iter().map(|(day, tally)| named(("day", date(*day).into()), tally)).collect::<Vec<_>>(),
        "roots": by_root(sessions)
            .iter()
            .map(|(root, tally)| named(("root", root.as_str().into()), tally))
            .collect::<Vec<_>>(),
    })
}

fn tally_json(tally: &Tally, all: &Tally) -> Value {
    let counts = &tally.counts;
    json!({
        "runs": tally.runs,
        "compilations": tally.compilations,
        "last_unix_secs": tally.last_unix_secs,
        "hits": counts.hits,
        "misses": counts.misses,
        "hit_rate": tally.hit_rate(),
        "stored": counts.stored,
        "stored_bytes": counts.stored_bytes,
        "put_failures": counts.put_failures,
        "quarantined": counts.quarantined,
        "compiled": counts.made,
        "compile_ns": counts.made_ns,
        "saved_ns": tally.saved_ns(all),
    })
}

fn text(sessions: &[Session]) -> String {
    if sessions.is_empty() {
        return "nothing recorded yet\n".to_owned();
    }
    let sum = total(sessions);
    let days: Vec<(String, Tally)> = by_day(sessions).into_iter().map(|(day, tally)| (date(day), tally)).collect();
    let roots: Vec<(String, Tally)> = by_root(sessions).into_iter().collect();
    let names = days.iter().chain(&roots).map(|(name, _)| name.chars().count());
    let width = names.max().unwrap_or_default();
    let tables = [
        table("day (UTC)", width, &days, &sum),
        table("folder", width, &roots, &sum),
        table("", width, &[("all".to_owned(), sum)], &sum),
    ];
    format!("{}\nsaved: an estimate, from what compiling took on average\n", tables.join("\n"))
}

fn table(title: &str, width: usize, rows: &[(String, Tally)], all: &Tally) -> String {
    let mut text = format!(
        "{title:width$}  {:>6} {:>8} {:>9} {:>9} {:>7} {:>10} {:>9} {:>9}\n",
        "runs", "compiles", "hits", "misses", "hit %", "stored", "compiling", "saved"
    );
    for (name, tally) in rows {
        let counts = &tally.counts;
        let rate = tally.hit_rate().map_or_else(|| "-".to_owned(), |rate| format!("{:.1}", 100.0 * rate));
        let saved = tally.saved_ns(all).map_or_else(|| "-".to_owned(), seconds);
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{name:width$}  {:>6} {:>8} {:>9} {:>9} {rate:>7} {:>10} {:>9} {saved:>9}",
            tally.runs,
            tally.compilations,
            counts.hits,
            counts.misses,
            human_bytes(counts.stored_bytes),
            seconds(counts.made_ns),
        );
    }
    text
}

/// A duration, for people.
fn seconds(ns: u64) -> String {
    let seconds = Duration::from_nanos(ns).as_secs_f64();
    if seconds < 1.0 { format!("{:.1} ms", 1e3 * seconds) } else { format!("{seconds:.1} s") }
}
