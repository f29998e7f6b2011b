//! Building a bundle: files in, bytes out.

use std::{
    io,
    path::{Path, PathBuf},
};

use pyc_rs_cache::{BundleError, BundleWriter, StoreError, bundle_file};
use pyc_rs_compiler::engine;

use super::{
    dependencies::{self, Environment, Found},
    distribution::Distribution,
    naming::{Role, Root, is_identifier},
    plan::{Content, Loaded, Plan, modules},
};
use crate::{
    CodeCache,
    batch::{self, Action, BatchError, Observer, Report, Shown},
};

/// What to build, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// The files and folders, and how they are compiled. Its action is not looked at.
    pub sources: batch::Request,
    /// The folder that names start at. Without it they start at each root of `sources`, or at
    /// the folder that its outermost package is in.
    pub root: Option<PathBuf>,
    /// What the bundle runs.
    pub entry: Entry,
    /// Whether sources are kept.
    pub with_source: bool,
    /// Whether files of the folders that are no sources are kept.
    pub with_data: bool,
    /// Goes on without the files that do not compile.
    pub lenient: bool,
    /// What is taken from the environment.
    pub dependencies: Dependencies,
    /// Command that the operating system runs the bundle with, if it is to be executable.
    pub command: Option<String>,
    /// A file that is never taken into the bundle: where it will be written.
    pub output: Option<PathBuf>,
}

/// What a bundle runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Entry {
    /// The module `__main__`, if there is one; otherwise the only root if that is a file, or a
    /// package with a `__main__`; otherwise nothing.
    #[default]
    Automatic,
    /// This module (`package.module`), or this function (`package.module:function`).
    Named(String),
    /// This file, which becomes the module `__main__`.
    File(PathBuf),
}

/// What is taken from an environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Dependencies {
    /// Nothing.
    #[default]
    None,
    /// The distributions that the program imports, and those that they require.
    Imported(Environment),
    /// Everything.
    All(Environment),
}

impl Request {
    /// A bundle of these sources, with every default.
    #[must_use]
    pub fn new(sources: batch::Request) -> Self {
        Self {
            sources,
            root: None,
            entry: Entry::default(),
            with_source: false,
            with_data: false,
            lenient: false,
            dependencies: Dependencies::default(),
            command: None,
            output: None,
        }
    }
}

/// What came of a build.
#[derive(Debug)]
pub struct Build {
    /// What came of each source. Files that are no modules are not in it.
    pub report: Report,
    /// The bundle; `None` if a source failed.
    pub built: Option<Built>,
}

/// A bundle that was built.
#[derive(Debug)]
pub struct Built {
    /// Its bytes: the same for the same files, whatever the folder, the order and the number of
    /// jobs.
    pub bytes: Vec<u8>,
    /// What it runs.
    pub entry_point: Option<String>,
    /// Number of modules.
    pub modules: usize,
    /// Number of data files.
    pub data: usize,
    /// Name and version of each distribution that was taken from the environment.
    pub distributions: Vec<(String, String)>,
    /// What was left out, in the order of the paths.
    pub skipped: Vec<(PathBuf, Skipped)>,
    /// Data files of the program that are left out because they were not asked for.
    pub data_left_out: usize,
    /// Top-level names that modules import and that are in neither the program, the standard
    /// library nor the environment, each with a module that imports it. Known if dependencies
    /// were looked for.
    pub missing: Vec<(String, String)>,
}

/// Why a file is not in the bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Skipped {
    /// It is machine code, which the engine cannot load.
    Native,
    /// It is a module of a dependency that does not compile.
    NotCompiled(String),
    /// It is of a distribution that is installed in editable mode: its files are elsewhere.
    Editable,
}

impl Built {
    /// Writes the bundle as a file, all of it or nothing; with the permission to run it if it is
    /// `executable`.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&self, path: &Path, executable: bool) -> Result<(), StoreError> {
        bundle_file::publish_file(path, &self.bytes, executable)
    }
}

/// Why a bundle cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The sources could not be looked for.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// A root is not there, or not below the folder that names start at.
    #[error("{}: {source}", Shown(path))]
    Root {
        /// The root, as it was given.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// A file cannot have a name in a bundle.
    #[error("{}: {problem}", Shown(path))]
    Name {
        /// The file.
        path: PathBuf,
        /// Why not.
        problem: String,
    },
    /// Two files have one name.
    #[error("two files are the {kind} `{name}`: {} and {}", Shown(first), Shown(second))]
    Collision {
        /// Whether the name is one of a module or of data.
        kind: &'static str,
        /// The name.
        name: String,
        /// One of the files.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// The entry point is not in the bundle, or is none.
    #[error("the entry point {entry:?} {problem}")]
    Entry {
        /// As it was asked for.
        entry: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A file could be found, and cannot be read.
    #[error("cannot read {}: {source}", Shown(path))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// There is no environment to take dependencies from.
    #[error("there is no environment to take dependencies from")]
    NoEnvironment,
    /// The bundle cannot be encoded.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

impl BuildError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Name { .. } => Some("rename it, leave it out with --exclude, or make it the program with --main"),
            Self::Collision { .. } => Some("leave one out with --exclude, or say with --root where names start"),
            Self::Entry { .. } => Some("an entry point is package.module, or package.module:function"),
            Self::NoEnvironment => {
                Some("activate a virtual environment, or set PYTHONPATH to the folder of the packages")
            }
            _ => None,
        }
    }

    /// Whether the request is at fault, rather than the machine.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        match self {
            Self::Batch(error) => error.is_usage(),
            Self::Read { .. } => false,
            _ => true,
        }
    }
}

/// Compiles a program, through the cache, and makes a bundle of it.
///
/// # Errors
///
/// When the request makes no sense or a file cannot be read. Sources that do not compile are in
/// the report.
pub fn build(request: &Request, cache: &CodeCache, observer: &dyn Observer) -> Result<Build, BuildError> {
    let roots = roots(request)?;
    let mut sources = request.sources.clone();
    sources.action = Action::Compile;
    if let Entry::File(main) = &request.entry {
        sources.roots.push(main.clone());
    }
    let mut report = batch::compile_tree(&sources, cache, observer)?;
    let mut plan = Plan::new(request);
    plan.add_sources(&roots, &mut report)?;
    plan.add_others(&roots)?;
    if report.totals().failed > 0 && !request.lenient {
        return Ok(Build { report, built: None });
    }
    let pool = batch::worker_pool(sources.jobs.get())?;
    let mut entries = pool.install(|| plan.load(cache))?;
    let found = match &request.dependencies {
        Dependencies::None => Found::default(),
        Dependencies::Imported(environment) => dependencies::imported(with_folders(environment)?, modules(&entries)),
        Dependencies::All(environment) => dependencies::all(with_folders(environment)?),
    };
    let mut from_environment = plan.beside();
    from_environment.add_found(&found)?;
    entries.extend(pool.install(|| from_environment.load(cache))?);
    plan.skipped.append(&mut from_environment.skipped);
    finish(request, &roots, plan, entries, found).map(|built| Build { report, built: Some(built) })
}

fn with_folders(environment: &Environment) -> Result<&Environment, BuildError> {
    if environment.folders.is_empty() { Err(BuildError::NoEnvironment) } else { Ok(environment) }
}

fn roots(request: &Request) -> Result<Vec<Root>, BuildError> {
    let root = |path: &PathBuf| {
        let failed = |source| BuildError::Root { path: path.clone(), source };
        Root::new(path, request.root.as_deref()).map_err(failed)
    };
    request.sources.roots.iter().map(root).collect()
}

fn finish(
    request: &Request,
    roots: &[Root],
    plan: Plan<'_>,
    entries: Vec<Loaded>,
    found: Found,
) -> Result<Built, BuildError> {
    let entry_point = entry_point(request, roots, &entries)?;
    let options = request.sources.options;
    let mut writer = BundleWriter::new(engine::FINGERPRINT);
    writer.set_comment(concat!("made by pyc-rs ", env!("CARGO_PKG_VERSION")));
    writer.set_options(options.optimize.level(), options.flags());
    if let Some(entry_point) = &entry_point {
        writer.set_entry_point(entry_point);
    }
    if let Some(command) = &request.command {
        writer.set_command(command);
    }
    let (mut modules, mut data) = (0, 0);
    for Loaded { name, content } in entries {
        match content {
            Content::Module { is_package, key, code, source } => {
                modules += 1;
                // Code is decoded straight from the mapped file.
                writer.add_code(&name, is_package, key, code, false);
                if request.with_source {
                    writer.add_source(&name, is_package, source, true);
                }
            }
            Content::Data(bytes) => {
                data += 1;
                writer.add_data(&name, bytes, true);
            }
        }
    }
    let mut skipped = plan.skipped;
    skipped.sort_by(|a, b| a.0.cmp(&b.0));
    let named = |distribution: &Distribution| (distribution.name.clone(), distribution.version.clone());
    Ok(Built {
        bytes: writer.finish()?,
        entry_point,
        modules,
        data,
        distributions: found.distributions.iter().map(named).collect(),
        skipped,
        data_left_out: plan.data_left_out,
        missing: found.missing.into_iter().collect(),
    })
}

fn entry_point(request: &Request, roots: &[Root], entries: &[Loaded]) -> Result<Option<String>, BuildError> {
    let has =
        |name: &str| entries.iter().any(|entry| entry.name == name && matches!(entry.content, Content::Module { .. }));
    match &request.entry {
        Entry::Named(entry) => {
            let failed = |problem| BuildError::Entry { entry: entry.clone(), problem };
            let (module, function) = entry.split_once(':').map_or((entry.as_str(), None), |(m, f)| (m, Some(f)));
            let is_named = |name: &str| name.split('.').all(is_identifier);
            if function.is_some_and(|function| !is_named(function)) {
                return Err(failed("names no function"));
            }
            // As with `python -m`, a package is run by its __main__.
            if !has(module) {
                return Err(failed("is not in the bundle"));
            }
            Ok(Some(entry.clone()))
        }
        Entry::File(_) => Ok(Some("__main__".to_owned())),
        Entry::Automatic if has("__main__") => Ok(Some("__main__".to_owned())),
        Entry::Automatic => {
            let [root] = roots else { return Ok(None) };
            if let Some(package) = root.package() {
                return Ok(Some(package).filter(|package| has(&format!("{package}.__main__"))));
            }
            let role = if root.is_folder { None } else { root.role(&root.path, Path::new("")).ok() };
            Ok(role.and_then(|role| match role {
                Role::Module { name, .. } => Some(name),
                _ => None,
            }))
        }
    }
}
