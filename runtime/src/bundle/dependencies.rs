//! What a program needs of the environment that it is installed in.
//!
//! Starting from the modules of the program, every import statement is followed into the
//! environment, module by module. Each module that is found brings in the whole distribution
//! that it belongs to, and that the distributions which this one always requires, whether an
//! import statement shows it or not: plugins and lazy imports are beyond what statements tell.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use pyc_rs_cache::EntryKind;
use pyc_rs_compiler::{Import, Stack, imports};
use rustpython_vm::{Interpreter, Settings};

use super::distribution::{self, Distribution, normalised};
use crate::{environment, stdlib};

/// Where installed code is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Folders, the first that has a module wins.
    pub folders: Vec<PathBuf>,
}

impl Environment {
    /// The folders of `PYTHONPATH`, then the site-packages of the virtual environment that
    /// `VIRTUAL_ENV` names.
    #[must_use]
    pub fn active() -> Self {
        let path = std::env::var_os("PYTHONPATH").unwrap_or_default();
        let mut folders: Vec<PathBuf> = std::env::split_paths(&path).filter(|folder| folder.is_dir()).collect();
        if let Some(folder) = environment::active_virtual_environment(&Settings::default()) {
            folders.extend(environment::site_packages(&folder));
        }
        Self { folders }
    }
}

/// What was found in the environment.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) distributions: Vec<Distribution>,
    /// Modules that belong to no distribution: their folder of the environment, and their path
    /// below it; a folder stands for all that is in it.
    pub(super) loose: BTreeSet<(PathBuf, PathBuf)>,
    /// Names that were imported, are in no place, and who imports them.
    pub(super) missing: BTreeMap<String, String>,
}

/// Everything that is installed in the environment.
pub(super) fn all(environment: &Environment) -> Found {
    let distributions = environment.folders.iter().flat_map(|folder| distribution::installed(folder)).collect();
    Found { distributions, ..Found::default() }
}

/// What a program of these modules imports from the environment. `program` are the names and
/// sources of its modules, and whether each is a package.
pub(super) fn imported<'a>(
    environment: &Environment,
    program: impl Iterator<Item = (&'a str, bool, &'a [u8])> + Clone,
) -> Found {
    let mut search = Search::new(environment, program.clone().map(|(name, ..)| name));
    for (name, is_package, source) in program {
        search.follow(name, is_package, source);
    }
    search.run();
    search.finish()
}

struct Search<'e> {
    environment: &'e Environment,
    /// Modules of the program.
    own: HashSet<String>,
    distributions: Vec<Distribution>,
    /// Number of the distribution that a file of the environment belongs to.
    owners: HashMap<PathBuf, usize>,
    by_name: HashMap<String, usize>,
    wanted: BTreeSet<usize>,
    loose: BTreeSet<(PathBuf, PathBuf)>,
    missing: BTreeMap<String, String>,
    queue: VecDeque<(String, String)>,
    seen: HashSet<String>,
}

impl<'e> Search<'e> {
    fn new<'a>(environment: &'e Environment, program: impl Iterator<Item = &'a str>) -> Self {
        let distributions = all(environment).distributions;
        let mut owners = HashMap::new();
        let mut by_name = HashMap::new();
        for (number, distribution) in distributions.iter().enumerate() {
            by_name.entry(normalised(&distribution.name)).or_insert(number);
            for file in &distribution.files {
                owners.entry(distribution.folder.join(file)).or_insert(number);
            }
        }
        Self {
            environment,
            own: program.map(str::to_owned).collect(),
            distributions,
            owners,
            by_name,
            wanted: BTreeSet::new(),
            loose: BTreeSet::new(),
            missing: BTreeMap::new(),
            queue: VecDeque::new(),
            seen: HashSet::new(),
        }
    }

    /// Queues what a module imports.
    fn follow(&mut self, name: &str, is_package: bool, source: &[u8]) {
        for import in imports(source, Stack::MAIN_THREAD) {
            let Some(base) = absolute(name, is_package, &import) else { continue };
            let members = import.name.filter(|member| member != "*").map(|member| format!("{base}.{member}"));
            for wanted in members.into_iter().chain([base]) {
                if !wanted.starts_with('.') && self.seen.insert(wanted.clone()) {
                    self.queue.push_back((wanted, name.to_owned()));
                }
            }
        }
    }

    fn run(&mut self) {
        while let Some((module, importer)) = self.queue.pop_front() {
            let top = module.split('.').next().unwrap_or_default();
            if is_built_in(top) || self.is_own(&module) {
                continue;
            }
            let mut is_found = false;
            // An import of a.b.c imports a and a.b too.
            let ends = module.match_indices('.').map(|(at, _)| at).chain([module.len()]);
            for name in ends.filter_map(|end| module.get(..end)) {
                is_found |= self.visit(name);
            }
            if !is_found {
                self.missing.entry(top.to_owned()).or_insert(importer);
            }
        }
    }

    /// Whether the program itself has a module, or the package that it would be in.
    fn is_own(&self, module: &str) -> bool {
        let ends = module.match_indices('.').map(|(at, _)| at).chain([module.len()]);
        ends.filter_map(|end| module.get(..end)).any(|name| self.own.contains(name))
    }

    /// Takes in what a module of the environment belongs to; whether there is such a module.
    fn visit(&mut self, name: &str) -> bool {
        let inner: PathBuf = name.split('.').collect();
        let folders = &self.environment.folders;
        let found = folders.iter().find_map(|folder| {
            let (package, module) = (inner.join("__init__.py"), inner.with_added_extension("py"));
            [(package, true), (module, false)].into_iter().find_map(|(inner, is_package)| {
                folder.join(&inner).is_file().then_some((folder.clone(), inner, is_package))
            })
        });
        let Some((folder, inner, is_package)) = found else {
            // A namespace brings nothing in by itself.
            return folders.iter().any(|folder| folder.join(&inner).is_dir());
        };
        // The name may have been reached as the parent of another.
        if !self.seen.insert(format!(".{name}")) {
            return true;
        }
        let path = folder.join(&inner);
        self.take(&path, &folder, &inner);
        if let Ok(source) = fs::read(&path) {
            self.follow(name, is_package, &source);
        }
        true
    }

    fn take(&mut self, path: &Path, folder: &Path, inner: &Path) {
        if let Some(&owner) = self.owners.get(path) {
            self.take_distribution(owner);
        } else {
            let mut parts = inner.components();
            let first: PathBuf = parts.next().into_iter().collect();
            let is_package = folder.join(&first).join("__init__.py").is_file();
            self.loose.insert((folder.to_owned(), if is_package { first } else { inner.to_owned() }));
        }
    }

    fn take_distribution(&mut self, number: usize) {
        let mut next = vec![number];
        while let Some(number) = next.pop() {
            if self.wanted.insert(number) {
                let requires = &self.distributions[number].requires;
                next.extend(requires.iter().filter_map(|name| self.by_name.get(name)));
            }
        }
    }

    fn finish(self) -> Found {
        let Self { distributions, wanted, loose, missing, .. } = self;
        let numbered = distributions.into_iter().enumerate();
        let distributions = numbered.filter(|(number, _)| wanted.contains(number)).map(|(_, found)| found).collect();
        Found { distributions, loose, missing }
    }
}

/// The absolute name of the module that an import statement in `name` begins with.
fn absolute(name: &str, is_package: bool, import: &Import) -> Option<String> {
    if import.level == 0 {
        return Some(import.module.clone());
    }
    let up = import.level as usize - usize::from(is_package);
    let mut package = name;
    for _ in 0..up {
        package = package.rsplit_once('.').map_or("", |(parent, _)| parent);
    }
    match (package, import.module.as_str()) {
        ("", _) => None,
        (package, "") => Some(package.to_owned()),
        (package, module) => Some(format!("{package}.{module}")),
    }
}

/// Whether the engine brings a module of this name.
fn is_built_in(top: &str) -> bool {
    stdlib::bundle().is_some_and(|bundle| bundle.find(top, EntryKind::Code).is_some()) || is_native(top)
}

fn is_native(top: &str) -> bool {
    static NAMES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let context = Interpreter::builder(Settings::default()).ctx.clone();
        let definitions = rustpython_stdlib::stdlib_module_defs(&context).into_iter();
        let definitions = definitions.chain(rustpython_vm::stdlib::builtin_module_defs(&context));
        definitions.map(|definition| definition.name.as_str()).collect()
    });
    // The two that are no definitions, and the program itself.
    names.contains(top) || matches!(top, "sys" | "builtins" | "__main__")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, file: &str, text: &str) {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn install(folder: &Path, name: &str, requires: &[&str], files: &[(&str, &str)]) {
        let info = format!("{name}-1.0.dist-info");
        let requires: String = requires.iter().map(|name| format!("Requires-Dist: {name}\n")).collect();
        write(folder, &format!("{info}/METADATA"), &format!("Name: {name}\nVersion: 1.0\n{requires}"));
        let mut record = format!("{info}/METADATA,,\n");
        for (file, text) in files {
            write(folder, file, text);
            record += &format!("{file},,\n");
        }
        write(folder, &format!("{info}/RECORD"), &record);
    }

    fn names(found: &Found) -> Vec<&str> {
        found.distributions.iter().map(|distribution| distribution.name.as_str()).collect()
    }

    fn environment() -> (tempfile::TempDir, Environment) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        install(
            path,
            "app-dep",
            &["always; python_version > '3'", "extra-one; extra == 'x'"],
            &[
                ("dep/__init__.py", "from . import inner\n"),
                ("dep/inner.py", "import two.mod\ntry: import absent\nexcept ImportError: pass\n"),
                ("dep/unreached.py", "import three\n"),
            ],
        );
        install(path, "always", &[], &[("always_mod.py", "")]);
        install(path, "extra-one", &[], &[("extra_one.py", "")]);
        install(path, "two", &[], &[("two/__init__.py", ""), ("two/mod.py", "")]);
        install(path, "three", &[], &[("three.py", "")]);
        install(path, "space", &[], &[("ns/part.py", "")]);
        write(path, "loose/__init__.py", "");
        write(path, "loose/more.py", "");
        write(path, "single.py", "");
        let environment = Environment { folders: vec![path.to_owned()] };
        (folder, environment)
    }

    #[test]
    fn imports_are_followed_and_bring_whole_distributions() {
        let (folder, environment) = environment();
        let program: [(&str, bool, &[u8]); 2] = [
            ("app", true, b"import os, sys, _thread\nfrom .cli import x\nfrom dep import y"),
            ("app.cli", false, b"from ns.part import z\nimport loose.more, single\nimport app.nothing"),
        ];
        let found = imported(&environment, program.into_iter());
        assert_eq!(names(&found), ["always", "app-dep", "space", "two"]);
        let loose = ["loose", "single.py"].map(|name| (folder.path().to_owned(), PathBuf::from(name)));
        assert_eq!(found.loose.into_iter().collect::<Vec<_>>(), loose);
        assert_eq!(found.missing.into_iter().collect::<Vec<_>>(), [("absent".to_owned(), "dep.inner".to_owned())]);
        assert_eq!(names(&all(&environment)).len(), 6);
    }

    #[test]
    fn what_the_program_has_itself_is_not_looked_for() {
        let (_folder, environment) = environment();
        let program: [(&str, bool, &[u8]); 2] = [("m", false, b"import dep.inner, three"), ("dep", true, b"")];
        assert_eq!(names(&imported(&environment, program.into_iter())), ["three"]);
    }

    #[test]
    fn relative_imports_start_from_the_package() {
        let import = |level, module: &str| Import { level, module: module.to_owned(), name: None };
        let name = |from, is_package, import| absolute(from, is_package, &import);
        assert_eq!(name("a.b", false, import(1, "c")).as_deref(), Some("a.c"));
        assert_eq!(name("a.b", true, import(1, "c")).as_deref(), Some("a.b.c"));
        assert_eq!(name("a.b.c", false, import(2, "")).as_deref(), Some("a"));
        assert_eq!(name("a", false, import(1, "c")), None);
        assert_eq!(name("a", true, import(9, "c")), None);
        assert_eq!(name("a", false, import(0, "c.d")).as_deref(), Some("c.d"));
    }
}
