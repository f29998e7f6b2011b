//! Which names the files of a bundle go by.
//!
//! A module goes by the name that an import would use if its PATH were on `sys.path`. A PATH
//! that is a package, or is in one, belongs to the folder that the outermost package is in.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

/// What a file is to a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A module, under its dotted name.
    Module {
        name: String,
        is_package: bool,
        /// Its path with slashes, where no statement can say its name: if it does not compile
        /// it is no module but data, such as a template of one.
        or_data: Option<String>,
    },
    /// A data file, under its path with slashes.
    Data(String),
    /// A module in machine code, which the engine cannot load.
    Native,
    /// Nothing that a bundle has a use for.
    Nothing,
}

/// Why a file has no name in a bundle.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NameError {
    #[error("its name is not Unicode")]
    NotUnicode,
    #[error("no import finds a module of this name")]
    NotAModule,
}

/// One PATH of a build.
#[derive(Clone, Debug)]
pub(super) struct Root {
    /// As it was given.
    pub(super) path: PathBuf,
    pub(super) is_folder: bool,
    /// The names of the packages that it is in; of a folder, with its own if it is a package.
    prefix: Vec<String>,
}

impl Root {
    /// A PATH whose names start at `base`, or where its outermost package is.
    pub(super) fn new(path: &Path, base: Option<&Path>) -> io::Result<Self> {
        let real = fs::canonicalize(path)?;
        let is_folder = real.is_dir();
        // Of a file that is a link, the folder counts that the link is in.
        let folder = if is_folder { real } else { folder_of(path)? };
        let prefix = match base {
            Some(base) => {
                let base = fs::canonicalize(base)?;
                let inner = folder.strip_prefix(&base).map_err(|_| {
                    io::Error::other(format!("{} is not below --root {}", path.display(), base.display()))
                })?;
                parts(inner).ok_or(io::ErrorKind::InvalidFilename)?
            }
            None => packages(&folder),
        };
        Ok(Self { path: path.to_owned(), is_folder, prefix })
    }

    /// Whether the root is one package: then its name.
    pub(super) fn package(&self) -> Option<String> {
        (self.is_folder && !self.prefix.is_empty()).then(|| self.prefix.join("."))
    }

    /// The path of `file` below this root; empty if it is the root. Both as they were given.
    pub(super) fn inner<'a>(&self, file: &'a Path) -> Option<&'a Path> {
        let is_here = self.path.components().eq([Component::CurDir]);
        if is_here && file.is_relative() && !file.starts_with("..") {
            return Some(file);
        }
        file.strip_prefix(&self.path).ok()
    }

    /// What `file`, which is at `inner` below this root, is to a bundle.
    pub(super) fn role(&self, file: &Path, inner: &Path) -> Result<Role, NameError> {
        let named = inner == Path::new("");
        let inner = if named { Path::new(file.file_name().unwrap_or_default()) } else { inner };
        let inner = parts(inner).ok_or(NameError::NotUnicode)?;
        let all: Vec<&str> = self.prefix.iter().chain(&inner).map(String::as_str).collect();
        match role_of(&all) {
            // A script that was named is one whatever its suffix.
            Role::Data(_) | Role::Native | Role::Nothing if named => script(&all),
            Role::Module { name, is_package, .. } if named => Ok(Role::Module { name, is_package, or_data: None }),
            role => Ok(role),
        }
    }
}

fn folder_of(file: &Path) -> io::Result<PathBuf> {
    match file.parent() {
        Some(parent) if parent != Path::new("") => fs::canonicalize(parent),
        _ => fs::canonicalize("."),
    }
}

/// The packages around a folder, outermost first, and the folder itself if it is one.
fn packages(folder: &Path) -> Vec<String> {
    let is_package = |folder: &&Path| folder.join("__init__.py").is_file();
    let name = |folder: &Path| Some(folder.file_name()?.to_str().filter(|name| is_identifier(name))?.to_owned());
    let mut names: Vec<String> = folder.ancestors().take_while(is_package).map_while(name).collect();
    names.reverse();
    names
}

fn parts(path: &Path) -> Option<Vec<String>> {
    path.components().map(|part| part.as_os_str().to_str().map(str::to_owned)).collect()
}

fn script(parts: &[&str]) -> Result<Role, NameError> {
    let (file, folders) = parts.split_last().ok_or(NameError::NotAModule)?;
    let stem = file.strip_suffix(".py").or_else(|| file.strip_suffix(".pyw")).unwrap_or(file);
    if stem.is_empty() || stem.contains('.') {
        return Err(NameError::NotAModule);
    }
    let name = folders.iter().copied().chain([stem]).collect::<Vec<_>>().join(".");
    Ok(Role::Module { name, is_package: false, or_data: None })
}

/// What the file at this path below a folder of `sys.path` is.
pub(super) fn role_of(parts: &[&str]) -> Role {
    let Some((file, folders)) = parts.split_last() else { return Role::Nothing };
    let (stem, suffix) = file.rsplit_once('.').unwrap_or((file, ""));
    let path = || parts.join("/");
    match suffix {
        "py" | "pyw" => {
            let mut names: Vec<&str> = folders.iter().copied().chain([stem]).collect();
            // `importlib.import_module` takes any name, but a dot ends a part of it.
            if names.iter().any(|part| part.is_empty() || part.contains('.')) {
                return Role::Data(path());
            }
            let is_package = stem == "__init__" && !folders.is_empty();
            if is_package {
                names.pop();
            }
            let is_odd = !names.iter().all(|part| is_identifier(part));
            Role::Module { name: names.join("."), is_package, or_data: is_odd.then(path) }
        }
        "pyc" | "pyo" => Role::Nothing,
        "so" | "pyd" | "dylib" => Role::Native,
        _ => Role::Data(path()),
    }
}

/// Whether a part of a module's name can stand in an import statement.
pub(super) fn is_identifier(part: &str) -> bool {
    let mut letters = part.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: &str, is_package: bool) -> Role {
        Role::Module { name: name.to_owned(), is_package, or_data: None }
    }

    fn odd(name: &str, path: &str) -> Role {
        Role::Module { name: name.to_owned(), is_package: false, or_data: Some(path.to_owned()) }
    }

    fn role(path: &str) -> Role {
        role_of(&path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn files_below_a_folder_of_the_path() {
        assert_eq!(role("a.py"), module("a", false));
        assert_eq!(role("a/__init__.py"), module("a", true));
        assert_eq!(role("a/b/c.pyw"), module("a.b.c", false));
        assert_eq!(role("__main__.py"), module("__main__", false));
        assert_eq!(role("a/été.py"), module("a.été", false));
        assert_eq!(role("a/unicode17-0-0.py"), odd("a.unicode17-0-0", "a/unicode17-0-0.py"));
        assert_eq!(role("{{x}}/c.py"), odd("{{x}}.c", "{{x}}/c.py"));
        for data in ["a/b.txt", "a-1.0.dist-info/METADATA", "a-1.0/c.py", "a/.py", "a/x.y.py"] {
            assert_eq!(role(data), Role::Data(data.to_owned()));
        }
        assert_eq!(role("a/b.cpython-313-x86_64-linux-gnu.so"), Role::Native);
        assert_eq!(role("a/b.pyc"), Role::Nothing);
    }

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn named(folder: &Path, root: &str, base: Option<&str>, file: &str) -> Result<Role, NameError> {
        let base = base.map(|base| folder.join(base));
        let root = Root::new(&folder.join(root), base.as_deref()).unwrap();
        let file = folder.join(file);
        root.role(&file, root.inner(&file).unwrap())
    }

    #[test]
    fn names_start_where_the_outermost_package_is() {
        let folder = tree(&["src/p/__init__.py", "src/p/q/__init__.py", "src/p/q/m.py", "src/n/x.py", "src/run"]);
        let name = |root, file| named(folder.path(), root, None, file);
        for root in ["src", "src/p", "src/p/q", "src/p/q/m.py"] {
            assert_eq!(name(root, "src/p/q/m.py"), Ok(module("p.q.m", false)), "{root}");
        }
        assert_eq!(name("src/p", "src/p/__init__.py"), Ok(module("p", true)));
        assert_eq!(name("src", "src/n/x.py"), Ok(module("n.x", false)));
        assert_eq!(name("src/n", "src/n/x.py"), Ok(module("x", false)));
        assert_eq!(name("src/run", "src/run"), Ok(module("run", false)));
        assert_eq!(named(folder.path(), "src/n", Some("src"), "src/n/x.py"), Ok(module("n.x", false)));
        assert_eq!(named(folder.path(), "src/p", Some("."), "src/p/q/m.py"), Ok(module("src.p.q.m", false)));
        assert!(Root::new(&folder.path().join("src/n"), Some(&folder.path().join("src/p"))).is_err());
        let package = |root: &str| Root::new(&folder.path().join(root), None).unwrap().package();
        assert_eq!((package("src"), package("src/p")), (None, Some("p".to_owned())));
    }

    #[test]
    fn files_that_were_named_are_modules_if_any_import_could_find_them() {
        let folder = tree(&["my-tool.py", "tool.v2.py", ".py"]);
        assert_eq!(named(folder.path(), "my-tool.py", None, "my-tool.py"), Ok(module("my-tool", false)));
        assert_eq!(named(folder.path(), "tool.v2.py", None, "tool.v2.py"), Err(NameError::NotAModule));
        assert_eq!(named(folder.path(), ".py", None, ".py"), Err(NameError::NotAModule));
    }
}
