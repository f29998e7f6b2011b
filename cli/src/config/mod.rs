//! Settings: from flags, the environment, the project's file, the user's file, in this order.
//!
//! `run` reads the user's file alone: one attempt to open one file. Only `compile` and
//! `config` look for the file of a project, whose settings concern nothing else.

mod file;
mod keys;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use file::{ConfigError, Owner};
use file::{Entry, Value};
use keys::{KEYS, Kind};

/// Names the user's file, or turns all files off.
const VARIABLE: &str = "PYC_RS_CONFIG";

/// Name of a file of settings.
const NAME: &str = "pyc-rs.toml";

/// What the files say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    files: Vec<SettingsFile>,
    /// What flags say: the first part is the name of the setting, the second one of the flag.
    flags: Vec<(&'static str, &'static str, String)>,
}

#[derive(Clone, Debug)]
struct SettingsFile {
    path: PathBuf,
    owner: Owner,
    entries: Vec<Entry>,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Flag(&'static str),
    Environment(&'static str),
    File { path: PathBuf, line: usize },
    Default,
}

/// A setting, as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InForce {
    pub(crate) key: &'static str,
    pub(crate) value: Option<Vec<String>>,
    pub(crate) is_list: bool,
    pub(crate) source: Source,
}

impl Settings {
    /// Reads the user's file, if there is one.
    pub(crate) fn of_user() -> Result<Self, ConfigError> {
        let mut settings = Self::default();
        if let Some(path) = user_file() {
            settings.add(&path, Owner::User)?;
        }
        Ok(settings)
    }

    /// Reads the file of the project that the working folder is in, too.
    pub(crate) fn add_project(&mut self) -> Result<(), ConfigError> {
        if env::var_os(VARIABLE).is_some_and(|value| value == "off") {
            return Ok(());
        }
        let Ok(here) = env::current_dir() else { return Ok(()) };
        let home = env::home_dir();
        for folder in here.ancestors() {
            // Above a repository, and from the home folder on, is somebody else's.
            if home.as_deref() == Some(folder)
                || self.add(&folder.join(NAME), Owner::Project)?
                || self.add(&folder.join("pyproject.toml"), Owner::Project)?
                || folder.join(".git").exists()
            {
                break;
            }
        }
        Ok(())
    }

    /// Whether there is such a file, with settings in it.
    fn add(&mut self, path: &Path, owner: Owner) -> Result<bool, ConfigError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if is_absent(&error) || is_out_of_reach(path, &error) => return Ok(false),
            Err(error) => return Err(ConfigError::unreadable(path, &error)),
        };
        let Some(entries) = file::read(path, &text, owner)? else { return Ok(false) };
        self.files.push(SettingsFile { path: path.to_owned(), owner, entries });
        Ok(true)
    }

    /// Notes what a flag says.
    pub(crate) fn set_flag(&mut self, key: &'static str, flag: &'static str, value: Option<String>) {
        self.flags.extend(value.map(|value| (key, flag, value)));
    }

    /// A setting that is no list.
    ///
    /// Values of the environment are checked here, so that one that means nothing disturbs only
    /// those who ask for it.
    pub(crate) fn get(&self, key: &'static str) -> Result<Option<String>, String> {
        let found = self.in_force(key);
        let value = found.value.and_then(|values| values.into_iter().next());
        if let (Source::Environment(variable), Some(text)) = (&found.source, &value) {
            let checked = keys::find(key).map_or(Ok(()), |key| key.check(text));
            checked.map_err(|problem| format!("{variable}: {problem}"))?;
        }
        Ok(value)
    }

    /// A setting that is a list.
    pub(crate) fn list(&self, key: &'static str) -> Vec<String> {
        self.in_force(key).value.unwrap_or_default()
    }

    /// Where the value of a setting comes from.
    pub(crate) fn source(&self, key: &'static str) -> Source {
        self.in_force(key).source
    }

    fn in_force(&self, name: &'static str) -> InForce {
        let key = keys::find(name);
        let is_list = key.is_some_and(|key| key.kind == Kind::List);
        let found = |value, source| InForce { key: name, value, is_list, source };
        if let Some((_, flag, value)) = self.flags.iter().find(|(key, ..)| *key == name) {
            return found(Some(vec![value.clone()]), Source::Flag(flag));
        }
        if let Some(variable) = key.and_then(|key| key.variable)
            && let Some(value) = env::var_os(variable).filter(|value| !value.is_empty())
        {
            return found(Some(vec![value.to_string_lossy().into_owned()]), Source::Environment(variable));
        }
        // The project's before the user's.
        for owner in [Owner::Project, Owner::User] {
            for file in self.files.iter().filter(|file| file.owner == owner) {
                if let Some(entry) = file.entries.iter().find(|entry| entry.key == name) {
                    let value = match &entry.value {
                        Value::Text(text) => vec![text.clone()],
                        Value::List(items) => items.clone(),
                    };
                    return found(Some(value), Source::File { path: file.path.clone(), line: entry.line });
                }
            }
        }
        found(key.and_then(|key| key.default).map(|text| vec![text.to_owned()]), Source::Default)
    }

    /// All settings, in the order of their names.
    pub(crate) fn all(&self) -> impl Iterator<Item = InForce> {
        KEYS.iter().map(|key| self.in_force(key.name))
    }

    /// The files that were read.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&Path, Owner)> {
        self.files.iter().map(|file| (file.path.as_path(), file.owner))
    }
}

fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | IsADirectory)
}

/// Whether not even its folder may be looked into: that of another user, whose `HOME` this
/// process has.
fn is_out_of_reach(path: &Path, error: &io::Error) -> bool {
    let denied = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    denied(error) && fs::metadata(path).is_err_and(|error| denied(&error))
}

/// The place of the user's file, whether it is there or not.
pub(crate) fn user_file() -> Option<PathBuf> {
    match env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        Some(value) if value == "off" => None,
        Some(path) => Some(path.into()),
        None => config_folder(env::var_os("XDG_CONFIG_HOME")).map(|folder| folder.join("pyc-rs").join(NAME)),
    }
}

fn config_folder(xdg: Option<OsString>) -> Option<PathBuf> {
    let named = xdg.map(PathBuf::from).filter(|folder| folder.is_absolute());
    named.or_else(|| env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".config")))
}

/// `5s`, `100ms`, `2m`; a number alone is seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "ms" => 1e-3,
        "s" | "" => 1.0,
        "m" => 60.0,
        _ => return Err(format!("unknown unit {unit:?}; use ms, s or m")),
    };
    let number: f64 = number.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(number * unit).map_err(|error| error.to_string())
}
