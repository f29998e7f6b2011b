//! `pyc-rs config`.

use std::{fmt::Write as _, io::Write as _, process::ExitCode};

use serde_json::{Value, json};

use crate::config::{self, InForce, Owner, Settings, Source};
use crate::globals::{Format, Globals};

/// Version of the JSON object.
const SCHEMA: u32 = 1;

#[derive(clap::Args, Debug)]
#[command(
    long_about = "Show every setting, its value, and where that comes from.\n\nFlags win over the environment, that over the file of the project, that over the user's own file. The file of a project is pyc-rs.toml, or [tool.pyc-rs] in pyproject.toml, in the working folder or the nearest one above it, up to the root of the repository; it may only say how files are compiled (docs/configuration.md).",
    after_help = "Examples:\n  pyc-rs config\n  pyc-rs config --format json\n  PYC_RS_CONFIG=off pyc-rs config   without any file"
)]
pub(crate) struct Args {
    /// How to report.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

pub(crate) fn run(args: &Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let mut settings = globals.settings.clone();
    settings.add_project().map_err(crate::globals::Refused::from)?;
    let mut out = anstream::stdout().lock();
    match args.format {
        Format::Json => writeln!(out, "{}", described(&settings))?,
        Format::Text => write!(out, "{}", listed(&settings))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn described(settings: &Settings) -> Value {
    let setting = |setting: InForce| {
        let value = match (setting.is_list, shown(&setting)) {
            (true, values) => json!(values.unwrap_or_default()),
            (false, values) => json!(values.map(|values| values.concat())),
        };
        let source = match &setting.source {
            Source::Flag(name) => json!({"kind": "flag", "name": name}),
            Source::Environment(name) => json!({"kind": "environment", "name": name}),
            Source::File { path, line } => json!({"kind": "file", "path": path.display().to_string(), "line": line}),
            Source::Default => json!({"kind": "default"}),
        };
        json!({"key": setting.key, "value": value, "source": source})
    };
    let file = |(path, owner): (&std::path::Path, Owner)| {
        let owner = if owner == Owner::User { "user" } else { "project" };
        json!({"path": path.display().to_string(), "owner": owner})
    };
    json!({
        "schema": SCHEMA,
        "user_file": config::user_file().map(|path| path.display().to_string()),
        "files": settings.files().map(file).collect::<Vec<_>>(),
        "settings": settings.all().map(setting).collect::<Vec<_>>(),
    })
}

fn listed(settings: &Settings) -> String {
    let mut text = String::new();
    let place = config::user_file().map_or_else(|| "none".to_owned(), |path| path.display().to_string());
    let is_there = settings.files().any(|(_, owner)| owner == Owner::User);
    // Writing to a text does not fail.
    let _ = writeln!(text, "your file: {place}{}", if is_there { "" } else { " (not there)" });
    for (path, _) in settings.files().filter(|(_, owner)| *owner == Owner::Project) {
        let _ = writeln!(text, "project's file: {}", path.display());
    }
    text.push('\n');
    for setting in settings.all() {
        let value = shown(&setting)
            .filter(|values| !values.is_empty())
            .map_or_else(|| "-".to_owned(), |values| values.join(", "));
        let source = match &setting.source {
            Source::Flag(name) | Source::Environment(name) => (*name).to_owned(),
            Source::File { path, line } => format!("{}:{line}", path.display()),
            Source::Default => "default".to_owned(),
        };
        let _ = writeln!(text, "{:<18} {value:<24} {source}", setting.key);
    }
    text
}

/// The value for people: a URL without its password and its parameters, which may be secret.
fn shown(setting: &InForce) -> Option<Vec<String>> {
    let values = setting.value.clone()?;
    if setting.key != "remote.url" {
        return Some(values);
    }
    Some(values.iter().map(|url| crate::globals::without_secrets(url)).collect())
}
