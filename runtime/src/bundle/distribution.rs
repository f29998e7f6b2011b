//! Installed distributions, read from the metadata that installers leave
//! (the "Recording installed projects" and "Core metadata" specifications of packaging.python.org).

use std::{
    fs,
    path::{Path, PathBuf},
};

/// One installed distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Distribution {
    pub(super) name: String,
    pub(super) version: String,
    /// The folder of the search path that it is in.
    pub(super) folder: PathBuf,
    /// Name of its metadata folder.
    pub(super) info: String,
    /// Its files, relative to `folder`, with slashes.
    pub(super) files: Vec<String>,
    /// The distributions that it always needs, by normalised name.
    pub(super) requires: Vec<String>,
}

/// Files of a metadata folder that tell where and how it was installed, and not what.
const OF_THE_INSTALLATION: [&str; 5] = ["INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "RECORD.jws"];

impl Distribution {
    /// Reads the metadata folder `info` of the search path entry `folder`. `None` if it has
    /// no name.
    fn read(folder: &Path, info: &str) -> Option<Self> {
        let metadata = fs::read(folder.join(info).join("METADATA")).ok()?;
        let metadata = String::from_utf8_lossy(&metadata);
        let headers: Vec<(&str, &str)> = headers(&metadata).collect();
        let header = |wanted: &str| headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        let requires = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Requires-Dist"));
        let record = fs::read(folder.join(info).join("RECORD")).unwrap_or_default();
        Some(Self {
            name: header("Name")?.1.to_owned(),
            version: header("Version").map(|(_, version)| (*version).to_owned()).unwrap_or_default(),
            folder: folder.to_owned(),
            info: info.to_owned(),
            files: recorded(&String::from_utf8_lossy(&record), info),
            requires: requires.filter_map(|(_, requirement)| always_required(requirement)).collect(),
        })
    }

    /// Whether there is anything to import in it. An editable installation has nothing.
    pub(super) fn has_code(&self) -> bool {
        self.files.iter().any(|file| !file.starts_with(&self.info) && !has_suffix(file, "pth"))
    }

    /// The record of the files that are in the bundle. The hashes are left out, as are the
    /// files that differ from one installation to the next.
    pub(super) fn record(&self) -> String {
        let mut files: Vec<&str> = self.files.iter().map(String::as_str).collect();
        let own = format!("{}/RECORD", self.info);
        files.push(&own);
        files.sort_unstable();
        files.into_iter().flat_map(|file| [quoted(file), ",,\n".to_owned()]).collect()
    }
}

fn has_suffix(file: &str, wanted: &str) -> bool {
    file.rsplit_once('.').is_some_and(|(_, suffix)| suffix == wanted)
}

/// All distributions in a folder of the search path, in the order of their names.
pub(super) fn installed(folder: &Path) -> Vec<Distribution> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut infos: Vec<String> = names.filter(|name| name.ends_with(".dist-info")).collect();
    infos.sort_unstable();
    infos.iter().filter_map(|info| Distribution::read(folder, info)).collect()
}

/// The form in which names of distributions are compared (PEP 503).
pub(super) fn normalised(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

/// The headers of core metadata; continued lines are left out.
fn headers(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().take_while(|line| !line.is_empty());
    lines.filter(|line| !line.starts_with([' ', '\t'])).filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim(), value.trim()))
    })
}

/// The distribution that a requirement names, unless it is one of an extra.
fn always_required(requirement: &str) -> Option<String> {
    let (requirement, marker) = requirement.split_once(';').unwrap_or((requirement, ""));
    let is_of_an_extra = marker.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "extra");
    let end = requirement.find(|c: char| !(c.is_alphanumeric() || "-_.".contains(c))).unwrap_or(requirement.len());
    let name = normalised(requirement.get(..end)?);
    (!is_of_an_extra && !name.is_empty()).then_some(name)
}

/// The files of a record that are below its folder and belong to the distribution.
fn recorded(record: &str, info: &str) -> Vec<String> {
    let is_wanted = |file: &String| {
        let own = file.strip_prefix(info).and_then(|rest| rest.strip_prefix('/'));
        let is_plain = file.split('/').all(|part| !matches!(part, "" | "." | ".." | "__pycache__"));
        is_plain && !file.contains('\\') && own.is_none_or(|own| own != "RECORD" && !OF_THE_INSTALLATION.contains(&own))
    };
    let mut files: Vec<String> = record.lines().filter_map(first_field).filter(is_wanted).collect();
    files.sort_unstable();
    files.dedup();
    files
}

/// The first field of a line of comma-separated values.
fn first_field(line: &str) -> Option<String> {
    let Some(quoted) = line.strip_prefix('"') else { return Some(line.split(',').next()?.to_owned()) };
    let mut field = String::new();
    let mut letters = quoted.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => return Some(field),
            other => field.push(other),
        }
    }
    None
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_and_punctuation() {
        for name in ["Foo.Bar_baz", "foo-bar-baz", "FOO__bar..BAZ"] {
            assert_eq!(normalised(name), "foo-bar-baz");
        }
    }

    #[test]
    fn requirements_of_extras_do_not_count() {
        let required = |text| always_required(text);
        assert_eq!(required("MarkupSafe>=2.0").as_deref(), Some("markupsafe"));
        assert_eq!(required("click (>=8,<9)").as_deref(), Some("click"));
        assert_eq!(required("a[b]>=1 ; python_version < \"3.9\"").as_deref(), Some("a"));
        assert_eq!(required("x @ https://host/x.whl").as_deref(), Some("x"));
        assert_eq!(required("ipywidgets (>=7.5.1) ; extra == \"jupyter\""), None);
        assert_eq!(required("colorama; platform_system == 'extract'").as_deref(), Some("colorama"));
        assert_eq!(required(""), None);
    }

    #[test]
    fn a_record_is_read_without_what_belongs_to_the_installation() {
        let record = "a/__init__.py,sha256=x,1\n../../../bin/tool,sha256=y,2\na/__pycache__/a.pyc,,\n\"a/b,c.txt\",,\n\
                      a-1.dist-info/METADATA,,\na-1.dist-info/RECORD,,\na-1.dist-info/INSTALLER,,\n/etc/passwd,,\n\
                      a-1.dist-info/direct_url.json,,\n";
        assert_eq!(recorded(record, "a-1.dist-info"), ["a-1.dist-info/METADATA", "a/__init__.py", "a/b,c.txt"]);
    }

    #[test]
    fn a_distribution_is_read_from_its_metadata() {
        let folder = tempfile::tempdir().unwrap();
        let info = folder.path().join("A_b-1.2.dist-info");
        fs::create_dir(&info).unwrap();
        let metadata = "Metadata-Version: 2.1\nName: A.b\nVersion: 1.2\nRequires-Dist: c\n  continued: x\n\nName: no\n";
        fs::write(info.join("METADATA"), metadata).unwrap();
        fs::write(info.join("RECORD"), "a_b.py,,\n\"x,y.txt\",,\n").unwrap();
        fs::create_dir(folder.path().join("broken-1.dist-info")).unwrap();
        let found = installed(folder.path());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].version.as_str()), ("A.b", "1.2"));
        assert_eq!(found[0].requires, ["c"]);
        assert!(found[0].has_code());
        assert_eq!(found[0].record(), "A_b-1.2.dist-info/RECORD,,\na_b.py,,\n\"x,y.txt\",,\n");
        assert!(installed(Path::new("/no/such")).is_empty());
    }
}
