//! One file of settings.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, Key, Kind};

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    User,
    Project,
}

/// What a file says about one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: &'static str,
    pub(super) value: Value,
    /// From 1.
    pub(super) line: usize,
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    List(Vec<String>),
}

/// A file of settings cannot be used. The message names the file and the line.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {problem}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
pub(crate) struct ConfigError {
    path: PathBuf,
    line: Option<usize>,
    problem: String,
    /// What to do about it.
    pub(crate) hint: Option<String>,
}

impl ConfigError {
    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self { path: path.to_owned(), line: None, problem: format!("cannot be read: {error}"), hint: None }
    }
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    owner: Owner,
    entries: Vec<Entry>,
}

/// Reads the settings in a file. In a `pyproject.toml` they are those of `[tool.pyc-rs]`; `None`
/// if it has no such table.
pub(super) fn read(path: &Path, text: &str, owner: Owner) -> Result<Option<Vec<Entry>>, ConfigError> {
    let mut reader = Reader { path, text, owner, entries: Vec::new() };
    let table = DeTable::parse(text).map_err(|error| reader.error(error.span(), error.message().to_owned()))?;
    let mut table = table.get_ref();
    if path.file_name().is_some_and(|name| name == "pyproject.toml") {
        let inner =
            |table: &'_ DeTable<'_>, name: &str| table.get(name).is_some_and(|value| value.get_ref().is_table());
        for name in ["tool", "pyc-rs"] {
            if !inner(table, name) {
                return Ok(None);
            }
            let Some(next) = table.get(name).and_then(|value| value.get_ref().as_table()) else { return Ok(None) };
            table = next;
        }
    }
    reader.table("", table)?;
    Ok(Some(reader.entries))
}

impl Reader<'_> {
    fn error(&self, span: Option<Range<usize>>, problem: String) -> ConfigError {
        let line = span.map(|span| self.line(span.start));
        ConfigError { path: self.path.to_owned(), line, problem, hint: None }
    }

    fn line(&self, offset: usize) -> usize {
        1 + self.text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count()
    }

    fn table(&mut self, prefix: &str, table: &DeTable<'_>) -> Result<(), ConfigError> {
        for (name, value) in table {
            let full = format!("{prefix}{}", name.get_ref());
            match keys::find(&full) {
                Some(key) => self.setting(key, name.span(), value)?,
                None if keys::KEYS.iter().any(|key| key.name.starts_with(&format!("{full}."))) => {
                    let Some(inner) = value.get_ref().as_table() else {
                        return Err(self.error(Some(name.span()), format!("{full} is a table")));
                    };
                    self.table(&format!("{full}."), inner)?;
                }
                None => {
                    let hint = keys::nearest(&full).map(|meant| format!("did you mean {meant}?"));
                    return Err(ConfigError {
                        hint: Some(hint.unwrap_or_else(|| "`pyc-rs config` lists all settings".to_owned())),
                        ..self.error(Some(name.span()), format!("unknown setting {full}"))
                    });
                }
            }
        }
        Ok(())
    }

    fn setting(
        &mut self,
        key: &'static Key,
        at: Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), ConfigError> {
        if self.owner == Owner::Project && !key.in_project {
            let variable = key.variable.map(|name| format!(", or set {name}")).unwrap_or_default();
            return Err(ConfigError {
                hint: Some(format!("put it into your own file (`pyc-rs config` tells its place){variable}")),
                ..self.error(Some(at), format!("{} is not taken from a project's file", key.name))
            });
        }
        let wrong = |found: &str| {
            self.error(Some(value.span()), format!("{}: expected {}, not {found}", key.name, expected(key.kind)))
        };
        let value = match (value.get_ref(), key.kind) {
            (DeValue::Array(items), Kind::List) => {
                let text = |item: &Spanned<DeValue<'_>>| item.get_ref().as_str().map(str::to_owned);
                let items: Option<Vec<String>> = items.iter().map(text).collect();
                Value::List(items.ok_or_else(|| wrong("a list of other things"))?)
            }
            (DeValue::Integer(number), Kind::Number(..)) if number.radix() == 10 => {
                Value::Text(number.as_str().replace('_', ""))
            }
            (DeValue::String(text), Kind::Path) => Value::Text(self.absolute(text)),
            (DeValue::String(text), Kind::Text | Kind::Size | Kind::Time | Kind::OneOf(_)) => {
                Value::Text(text.to_string())
            }
            (other, _) => return Err(wrong(&format!("a value of type {}", other.type_str()))),
        };
        if let Value::Text(text) = &value {
            key.check(text).map_err(|problem| self.error(Some(at.clone()), format!("{}: {problem}", key.name)))?;
        }
        self.entries.push(Entry { key: key.name, value, line: self.line(at.start) });
        Ok(())
    }

    fn absolute(&self, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        let path = match (text.strip_prefix("~/"), std::env::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.path.parent().unwrap_or(Path::new("")).join(text),
        };
        path.to_string_lossy().into_owned()
    }
}

const fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::List => "a list of texts",
        Kind::Number(..) => "a whole number",
        Kind::Text | Kind::Path | Kind::Size | Kind::Time | Kind::OneOf(_) => "a text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_user(text: &str) -> Result<Option<Vec<Entry>>, ConfigError> {
        read(Path::new("/home/me/pyc-rs.toml"), text, Owner::User)
    }

    fn problem(text: &str) -> (String, Option<String>) {
        let error = read_user(text).unwrap_err();
        (error.to_string(), error.hint)
    }

    #[test]
    fn settings_are_found_with_their_lines_and_paths_made_absolute() {
        let text = "cache-dir = 'cache'\n\n[compile]\njobs = 1_0\nexclude = ['a', 'b']\n[remote]\ntimeout = '2s'\n";
        let entries = read_user(text).unwrap().unwrap();
        let found = |key: &str| entries.iter().find(|entry| entry.key == key).unwrap();
        assert_eq!(found("cache-dir").value, Value::Text("/home/me/cache".into()));
        assert_eq!((found("compile.jobs").line, &found("compile.jobs").value), (4, &Value::Text("10".into())));
        assert_eq!(found("compile.exclude").value, Value::List(vec!["a".into(), "b".into()]));
        assert_eq!(found("remote.timeout").line, 7);
    }

    #[test]
    fn errors_name_file_line_and_what_was_meant() {
        let (message, hint) = problem("\n[remote]\nur = 's3://b'\n");
        assert_eq!(message, "/home/me/pyc-rs.toml:3: unknown setting remote.ur");
        assert_eq!(hint.as_deref(), Some("did you mean remote.url?"));
        assert_eq!(problem("jobs = 1").1.as_deref(), Some("did you mean compile.jobs?"));
        assert_eq!(problem("colour = 1").1.as_deref(), Some("`pyc-rs config` lists all settings"));
        assert!(problem("compile = 1").0.ends_with(":1: compile is a table"));
        assert!(problem("[compile]\njobs = 'many'").0.ends_with("expected a whole number, not a value of type string"));
        assert!(problem("[compile]\njobs = 0").0.ends_with("\"0\" is not a whole number from 1 to 1024"));
        assert!(
            problem("[compile]\nexclude = [1]").0.ends_with("expected a list of texts, not a list of other things")
        );
        assert!(problem("[compile]\non-error = 'ignore'").0.ends_with("\"ignore\" is not fail or warn"));
        assert!(problem("cache-size = 'big'").0.starts_with("/home/me/pyc-rs.toml:1: cache-size: "));
        assert!(problem("a = [\n").0.starts_with("/home/me/pyc-rs.toml:"));
    }

    #[test]
    fn a_project_decides_how_its_files_are_compiled_and_nothing_else() {
        let path = Path::new("/src/pyc-rs.toml");
        assert!(read(path, "[compile]\noptimize = 2", Owner::Project).is_ok());
        for text in [
            "cache-dir = 'x'",
            "cache-size = '1B'",
            "image = 'x'",
            "[remote]\nurl = 's3://b'",
            "remote.secret-file = 'x'",
        ] {
            let error = read(path, text, Owner::Project).unwrap_err();
            assert!(
                error.to_string().contains("is not taken from a project's file") && error.hint.is_some(),
                "{error}"
            );
        }
    }

    #[test]
    fn a_pyproject_without_the_table_says_nothing() {
        let read = |text: &str| read(Path::new("/src/pyproject.toml"), text, Owner::Project);
        assert_eq!(read("[project]\nname = 'x'\n[tool.other]\na = 1").unwrap(), None);
        assert_eq!(read("[tool.pyc-rs]\n").unwrap(), Some(Vec::new()));
        assert_eq!(read("[tool.pyc-rs.compile]\njobs = 2").unwrap().unwrap()[0].line, 2);
        assert!(read("[tool.pyc-rs]\nfoo = 1").unwrap_err().to_string().ends_with(":2: unknown setting foo"));
    }
}
