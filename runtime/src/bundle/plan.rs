//! Which files become which entries of a bundle, and what is in them.

use std::{
    collections::{BTreeMap, HashSet},
    io,
    path::{Path, PathBuf},
};

use pyc_rs_cache::{EntryKind, Key};
use pyc_rs_compiler::{CompileError, Mode, Options, Stack};
use rayon::prelude::*;

use super::{
    BuildError, Entry, Request, Skipped,
    dependencies::Found,
    naming::{NameError, Role, Root, role_of},
};
use crate::{
    CodeCache,
    batch::{self, FileReport, Report, Status},
};

type Name = (EntryKind, String);

/// The files of a bundle by their names.
pub(super) struct Plan<'a> {
    request: &'a Request,
    names: BTreeMap<Name, Planned>,
    /// Names that are not to be had any more.
    taken: HashSet<Name>,
    pub(super) skipped: Vec<(PathBuf, Skipped)>,
    pub(super) data_left_out: usize,
}

struct Planned {
    path: PathBuf,
    is_package: bool,
    /// Content that is not what is in the file.
    content: Option<Vec<u8>>,
    /// Whether it is left out if it does not compile.
    optional: bool,
    /// The name of data that it is instead if it does not compile.
    or_data: Option<String>,
}

impl Planned {
    fn new(path: PathBuf) -> Self {
        Self { path, is_package: false, content: None, optional: false, or_data: None }
    }
}

impl<'a> Plan<'a> {
    pub(super) fn new(request: &'a Request) -> Self {
        Self { request, names: BTreeMap::new(), taken: HashSet::new(), skipped: Vec::new(), data_left_out: 0 }
    }

    /// A plan for what is not in this one.
    pub(super) fn beside(&self) -> Self {
        Self { taken: self.names.keys().cloned().collect(), ..Self::new(self.request) }
    }

    /// Names the sources, and takes those that are no modules out of the report.
    pub(super) fn add_sources(&mut self, roots: &[Root], report: &mut Report) -> Result<(), BuildError> {
        let main = match &self.request.entry {
            Entry::File(main) => Some(main.clone()),
            _ => None,
        };
        if let Some(main) = &main {
            let name = (EntryKind::Code, "__main__".to_owned());
            self.add(name, Planned::new(main.clone()))?;
        }
        let mut others = Vec::new();
        for (number, file) in report.files.iter().enumerate() {
            let is_main = main.as_ref() == Some(&file.path);
            let Some(role) = role_in(roots, &file.path) else { continue };
            match role {
                Ok(_) | Err(_) if is_main => {}
                Ok(Role::Module { or_data: Some(name), .. }) if matches!(file.status, Status::Failed(_)) => {
                    self.add_data(name, file.path.clone())?;
                    others.push(number);
                }
                // Its failure says all there is to say.
                _ if matches!(file.status, Status::Failed(_)) && !matches!(role, Ok(Role::Data(_))) => {}
                Ok(Role::Module { name, is_package, or_data }) => {
                    let planned = Planned { is_package, or_data, ..Planned::new(file.path.clone()) };
                    self.add((EntryKind::Code, name), planned)?;
                }
                Ok(Role::Data(name)) => {
                    self.add_data(name, file.path.clone())?;
                    others.push(number);
                }
                Ok(Role::Native | Role::Nothing) => others.push(number),
                Err(error) => return Err(BuildError::Name { path: file.path.clone(), problem: error.to_string() }),
            }
        }
        let mut number = 0;
        report.files.retain(|_: &FileReport| {
            number += 1;
            others.binary_search(&(number - 1)).is_err()
        });
        Ok(())
    }

    /// Names the files that are no sources.
    pub(super) fn add_others(&mut self, roots: &[Root]) -> Result<(), BuildError> {
        let output = self.request.output.as_deref().and_then(|path| path.canonicalize().ok());
        for path in batch::find_others(&self.request.sources)? {
            let is_output = output.is_some() && path.canonicalize().ok() == output;
            match role_in(roots, &path) {
                _ if is_output => {}
                Some(Ok(Role::Data(name))) => self.add_data(name, path)?,
                Some(Ok(Role::Native)) => self.skipped.push((path, Skipped::Native)),
                Some(Err(error @ NameError::NotUnicode)) if self.request.with_data => {
                    return Err(BuildError::Name { path, problem: error.to_string() });
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn add_data(&mut self, name: String, path: PathBuf) -> Result<(), BuildError> {
        if !self.request.with_data {
            self.data_left_out += 1;
            return Ok(());
        }
        self.add((EntryKind::Data, name), Planned::new(path))
    }

    fn add(&mut self, name: Name, planned: Planned) -> Result<(), BuildError> {
        if self.taken.contains(&name) {
            return Ok(());
        }
        let second = planned.path.clone();
        match self.names.insert(name.clone(), planned) {
            None => Ok(()),
            Some(Planned { path: first, .. }) => {
                let kind = if name.0 == EntryKind::Data { "data file" } else { "module" };
                Err(BuildError::Collision { kind, name: name.1, first, second })
            }
        }
    }

    /// Names what was found in the environment.
    pub(super) fn add_found(&mut self, found: &Found) -> Result<(), BuildError> {
        for distribution in &found.distributions {
            if !distribution.has_code() {
                self.skipped.push((distribution.folder.join(&distribution.info), Skipped::Editable));
            }
            for file in &distribution.files {
                self.add_installed(file, distribution.folder.join(file))?;
            }
            let record = format!("{}/RECORD", distribution.info);
            let content = Some(distribution.record().into_bytes());
            let planned = Planned { content, ..Planned::new(distribution.folder.join(&record)) };
            self.add((EntryKind::Data, record), planned)?;
        }
        for (folder, inner) in &found.loose {
            for file in files_below(&folder.join(inner)) {
                let Some(name) = file.strip_prefix(folder).ok().and_then(with_slashes) else { continue };
                self.add_installed(&name, file)?;
            }
        }
        Ok(())
    }

    /// Two distributions may bring one file; which it comes from makes no difference on disk
    /// either.
    fn add_installed(&mut self, name: &str, path: PathBuf) -> Result<(), BuildError> {
        let (name, is_package, or_data) = match role_of(&name.split('/').collect::<Vec<_>>()) {
            Role::Module { name, is_package, or_data } => ((EntryKind::Code, name), is_package, or_data),
            Role::Data(name) if path.is_file() && path.extension().is_none_or(|suffix| suffix != "pth") => {
                ((EntryKind::Data, name), false, None)
            }
            Role::Native => {
                self.skipped.push((path, Skipped::Native));
                return Ok(());
            }
            Role::Data(_) | Role::Nothing => return Ok(()),
        };
        if self.names.contains_key(&name) {
            return Ok(());
        }
        self.add(name, Planned { is_package, optional: true, or_data, ..Planned::new(path) })
    }

    /// Reads all files and compiles the modules, on this pool of threads.
    pub(super) fn load(&mut self, cache: &CodeCache) -> Result<Vec<Loaded>, BuildError> {
        let options = Options { mode: Mode::Exec, ..self.request.sources.options };
        let names: Vec<(Name, Planned)> = std::mem::take(&mut self.names).into_iter().collect();
        let loaded: Vec<_> = names.par_iter().map(|(name, planned)| load(cache, options, name, planned)).collect();
        let mut entries = Vec::with_capacity(loaded.len());
        for ((name, planned), loaded) in names.into_iter().zip(loaded) {
            match loaded {
                Ok(entry) => entries.push(entry),
                Err(LoadError::Read(source)) => return Err(BuildError::Read { path: planned.path, source }),
                Err(LoadError::Compile(error)) if planned.optional => {
                    self.skipped.push((planned.path.clone(), Skipped::NotCompiled(error.to_string())));
                }
                // Of the program, it is in the report; or it was changed since.
                Err(LoadError::Compile(error)) if !self.request.lenient => {
                    return Err(BuildError::Read { path: planned.path, source: io::Error::other(error.to_string()) });
                }
                Err(LoadError::Compile(_)) => {}
            }
            self.names.insert(name, planned);
        }
        Ok(entries)
    }
}

/// The role of a file by the first root that it is below.
fn role_in(roots: &[Root], file: &Path) -> Option<Result<Role, NameError>> {
    roots.iter().find_map(|root| {
        let inner = root.inner(file).filter(|inner| root.is_folder || *inner == Path::new(""))?;
        Some(root.role(file, inner))
    })
}

fn with_slashes(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.components().map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/"))
}

/// The files of an installed package that belongs to no distribution.
fn files_below(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let is_wanted = |path: &PathBuf| path.file_name().is_none_or(|name| name != "__pycache__");
    entries.flatten().map(|entry| entry.path()).filter(is_wanted).flat_map(|path| files_below(&path)).collect()
}

/// An entry that is ready to be written.
pub(super) struct Loaded {
    pub(super) name: String,
    pub(super) content: Content,
}

pub(super) enum Content {
    Module { is_package: bool, key: Key, code: Vec<u8>, source: Vec<u8> },
    Data(Vec<u8>),
}

enum LoadError {
    Read(io::Error),
    Compile(CompileError),
}

fn load(cache: &CodeCache, options: Options, (kind, name): &Name, planned: &Planned) -> Result<Loaded, LoadError> {
    let bytes = match &planned.content {
        Some(content) => content.clone(),
        None => std::fs::read(&planned.path).map_err(LoadError::Read)?,
    };
    if *kind == EntryKind::Data {
        return Ok(Loaded { name: name.clone(), content: Content::Data(bytes) });
    }
    match (cache.load(&bytes, options, Stack::WORKER), &planned.or_data) {
        (Ok(code), _) => {
            let (key, code) = (CodeCache::key(&bytes, options), code.payload().to_vec());
            let content = Content::Module { is_package: planned.is_package, key, code, source: bytes };
            Ok(Loaded { name: name.clone(), content })
        }
        (Err(_), Some(name)) if planned.optional => Ok(Loaded { name: name.clone(), content: Content::Data(bytes) }),
        (Err(error), _) => Err(LoadError::Compile(error)),
    }
}

/// The modules of a program that have a source to look for imports in.
pub(super) fn modules(entries: &[Loaded]) -> impl Iterator<Item = (&str, bool, &[u8])> + Clone {
    entries.iter().filter_map(|entry| match &entry.content {
        Content::Module { is_package, source, .. } => Some((entry.name.as_str(), *is_package, source.as_slice())),
        Content::Data(_) => None,
    })
}
