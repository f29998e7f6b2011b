//! Every setting: its name, where it may be set, and what it may be.

use pyc_rs_runtime::cache::parse_size;

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A path; in a file, relative to its folder.
    Path,
    /// As `2GiB`.
    Size,
    /// As `500ms`.
    Time,
    /// A whole number, from the first to the second.
    Number(i64, i64),
    List,
    OneOf(&'static [&'static str]),
}

/// A setting.
#[derive(Debug)]
pub(super) struct Key {
    /// Its name, with the table it is in.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// The variable of the environment that sets it.
    pub(super) variable: Option<&'static str>,
    pub(super) default: Option<&'static str>,
    /// Whether the file of a project may set it. What decides where code comes from, which
    /// files of the user are written or removed, and who gets to know a secret, may not be
    /// decided by whoever wrote the checkout.
    pub(super) in_project: bool,
}

const fn key(name: &'static str, kind: Kind, variable: Option<&'static str>, default: Option<&'static str>) -> Key {
    Key { name, kind, variable, default, in_project: false }
}

const fn project_key(name: &'static str, kind: Kind, default: Option<&'static str>) -> Key {
    Key { name, kind, variable: None, default, in_project: true }
}

pub(super) const KEYS: [Key; 11] = [
    key("cache-dir", Kind::Path, Some("PYC_RS_CACHE_DIR"), None),
    key("cache-size", Kind::Size, Some("PYC_RS_CACHE_SIZE"), Some("2GiB")),
    // On, off, or the path of a file.
    key("image", Kind::Text, Some("PYC_RS_IMAGE"), Some("on")),
    project_key("compile.exclude", Kind::List, None),
    project_key("compile.jobs", Kind::Number(1, 1024), None),
    project_key("compile.on-error", Kind::OneOf(&["fail", "warn"]), Some("fail")),
    project_key("compile.optimize", Kind::Number(0, 2), Some("0")),
    key("remote.mode", Kind::OneOf(&["read-write", "read-only"]), Some("PYC_RS_REMOTE_MODE"), Some("read-write")),
    key("remote.secret-file", Kind::Path, Some("PYC_RS_REMOTE_SECRET_FILE"), None),
    key("remote.timeout", Kind::Time, Some("PYC_RS_REMOTE_TIMEOUT"), Some("1s")),
    key("remote.url", Kind::Text, Some("PYC_RS_REMOTE"), None),
];

/// The setting of this name.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The setting that was probably meant.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let distance = |key: &Key| {
        // The right name in the wrong table is near too.
        let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        strsim::damerau_levenshtein(key.name, name).min(strsim::damerau_levenshtein(&last(key.name), &last(name)))
    };
    let nearest = KEYS.iter().min_by_key(|key| distance(key))?;
    (distance(nearest) <= 2).then_some(nearest.name)
}

impl Key {
    /// Checks a value that was given as text. Says what it should have been.
    pub(super) fn check(&self, text: &str) -> Result<(), String> {
        match self.kind {
            Kind::Size => parse_size(text).map(drop).map_err(|error| error.to_string()),
            Kind::Time => super::duration(text).map(drop),
            Kind::Number(first, last) => match text.parse::<i64>() {
                Ok(number) if (first..=last).contains(&number) => Ok(()),
                _ => Err(format!("{text:?} is not a whole number from {first} to {last}")),
            },
            Kind::OneOf(words) if !words.contains(&text) => Err(format!("{text:?} is not {}", words.join(" or "))),
            Kind::Text | Kind::Path if text.is_empty() => Err("it is empty".to_owned()),
            Kind::Text | Kind::Path | Kind::List | Kind::OneOf(_) => Ok(()),
        }
    }
}
