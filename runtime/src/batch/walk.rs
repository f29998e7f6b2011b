//! Which files a request is about.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs, io,
    path::{Component, Path, PathBuf},
    sync::mpsc,
};

use ignore::{
    DirEntry, WalkBuilder, WalkState,
    gitignore::{Gitignore, GitignoreBuilder},
};

use super::{BatchError, Request, WalkOptions, report::path_bytes};
use crate::platform;

/// Folders whose content is none of the user's making.
const NEVER_ENTERED: &str = "__pycache__";

/// More threads than this do not make a search faster.
const MOST_WALKERS: usize = 12;

/// What a request is about.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// The folders that `files` are in.
    pub(super) folders: Vec<Folder>,
    /// Every file once, in the order of the bytes of `shown`.
    pub(super) files: Vec<SourceFile>,
    /// What could not be searched.
    pub(super) unreadable: Vec<Unreadable>,
}

impl Sources {
    /// The folder that all of them are in.
    pub(super) fn common_folder(&self) -> PathBuf {
        let mut folders = self.folders.iter().map(|folder| folder.path.as_path());
        let first = folders.next().unwrap_or(Path::new(""));
        let common = |a: &Path, b: &Path| a.ancestors().find(|ancestor| b.starts_with(ancestor)).map(Path::to_owned);
        folders.fold(first.to_owned(), |all, folder| common(&all, folder).unwrap_or_default())
    }
}

/// The folders in which a change can change what [`find`] finds, free of symbolic links: all
/// that are searched, and those that the roots are in. What cannot be looked at is left out.
pub(super) fn watched(request: &Request) -> Result<BTreeSet<PathBuf>, BatchError> {
    let mut folders = BTreeSet::new();
    for root in &request.roots {
        let absolute = std::path::absolute(root).unwrap_or_else(|_| root.clone());
        folders.extend(absolute.parent().and_then(|parent| fs::canonicalize(parent).ok()));
        let Ok(path) = fs::canonicalize(root) else { continue };
        folders.extend(path.parent().map(Path::to_owned));
        if path.is_dir() {
            let found = walker(&path, &request.walk, 1)?.build().filter_map(Result::ok);
            let is_dir = |entry: &DirEntry| entry.file_type().is_some_and(|kind| kind.is_dir());
            folders.extend(found.filter(is_dir).map(DirEntry::into_path));
        }
    }
    Ok(folders)
}

/// A folder that files are recorded relative to.
#[derive(Debug)]
pub(super) struct Folder {
    /// Its path, free of symbolic links.
    pub(super) path: PathBuf,
    /// Whether its files were named one by one, rather than found in it.
    pub(super) named: bool,
}

/// A folder that could not be searched.
#[derive(Debug)]
pub(super) struct Unreadable {
    /// Its path, free of symbolic links.
    pub(super) path: PathBuf,
    /// The path as the user would write it.
    pub(super) shown: PathBuf,
    /// Why not.
    pub(super) error: io::Error,
}

/// A file that may be a source.
#[derive(Debug)]
pub(super) struct SourceFile {
    /// Where it is. Only its last name may be a symbolic link, which makes this
    /// its identity.
    pub(super) path: PathBuf,
    /// The path as the user would write it.
    pub(super) shown: PathBuf,
    /// Number of its folder in [`Sources::folders`].
    pub(super) folder: usize,
}

impl SourceFile {
    /// The bytes of its path within its folder.
    pub(super) fn relative_to(&self, folder: &Folder) -> &[u8] {
        path_bytes(self.below(folder))
    }

    fn below(&self, folder: &Folder) -> &Path {
        platform::below(&self.path, &folder.path)
    }

    /// Whether its name says that it is Python.
    pub(super) fn has_python_suffix(&self) -> bool {
        has_python_suffix(&self.path)
    }
}

pub(super) fn has_python_suffix(path: &Path) -> bool {
    path.extension().is_some_and(|suffix| suffix == "py" || suffix == "pyw")
}

/// Finds the files of a request.
pub(super) fn find(request: &Request) -> Result<Sources, BatchError> {
    let mut search = Search { request, sources: Sources::default(), named: HashMap::new() };
    for root in &request.roots {
        search.add_root(root)?;
    }
    let mut sources = search.sources;
    if request.roots.len() > 1 {
        let mut seen = HashSet::new();
        sources.files.retain(|file| seen.insert(file.path.clone()));
        sources.unreadable.retain(|folder| seen.insert(folder.path.clone()));
    }
    if let Some(shard) = request.shard {
        let Sources { folders, files, .. } = &mut sources;
        files.retain(|file| shard.takes(file.below(&folders[file.folder])));
    }
    sources.files.sort_unstable_by(|a, b| path_bytes(&a.shown).cmp(path_bytes(&b.shown)));
    Ok(sources)
}

/// Finds the files of a request's folders that are no sources, by the same rules; as the user
/// would write them, and sorted. What cannot be searched is reported with the sources.
pub(crate) fn find_others(request: &Request) -> Result<Vec<PathBuf>, BatchError> {
    let mut others = Vec::new();
    let mut seen = HashSet::new();
    for root in &request.roots {
        let failed = |source| BatchError::Root { path: root.clone(), source };
        let path = fs::canonicalize(root).map_err(failed)?;
        if path.is_dir() {
            let found = collect(&walker(&path, &request.walk, request.jobs.get())?, is_other_file);
            let new = found.into_iter().flatten().filter(|file| seen.insert(file.clone()));
            let written = AsWritten::new(root);
            others.extend(new.map(|file| written.path(platform::below(&file, &path))));
        }
    }
    others.sort_unstable_by(|a, b| path_bytes(a).cmp(path_bytes(b)));
    Ok(others)
}

struct Search<'a> {
    request: &'a Request,
    sources: Sources,
    /// The folders of named files, by the way they are written.
    named: HashMap<&'a Path, usize>,
}

impl<'a> Search<'a> {
    fn add_root(&mut self, root: &'a Path) -> Result<(), BatchError> {
        let failed = |source| BatchError::Root { path: root.to_owned(), source };
        if fs::metadata(root).map_err(failed)?.is_dir() {
            let path = fs::canonicalize(root).map_err(failed)?;
            self.walk(root, path)
        } else {
            self.add_named(root).map_err(failed)
        }
    }

    fn add_named(&mut self, file: &'a Path) -> io::Result<()> {
        let name = file.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let parent = file.parent().unwrap_or(Path::new(""));
        let folder = if let Some(folder) = self.named.get(parent) {
            *folder
        } else {
            let path = fs::canonicalize(if parent == Path::new("") { Path::new(".") } else { parent })?;
            let folder = self.named_folder(path);
            self.named.insert(parent, folder);
            folder
        };
        let path = self.sources.folders[folder].path.join(name);
        self.sources.files.push(SourceFile { path, shown: file.to_owned(), folder });
        Ok(())
    }

    fn named_folder(&mut self, path: PathBuf) -> usize {
        let folders = &mut self.sources.folders;
        folders.iter().position(|folder| folder.named && folder.path == path).unwrap_or_else(|| {
            folders.push(Folder { path, named: true });
            folders.len() - 1
        })
    }

    fn walk(&mut self, root: &Path, path: PathBuf) -> Result<(), BatchError> {
        let folder = self.sources.folders.len();
        let walker = walker(&path, &self.request.walk, self.request.jobs.get())?;
        let written = AsWritten::new(root);
        let shown = |found: &Path| written.path(platform::below(found, &path));
        for found in collect(&walker, is_source) {
            match found {
                Ok(path) => self.sources.files.push(SourceFile { shown: shown(&path), path, folder }),
                Err((path, error)) => self.sources.unreadable.push(Unreadable { shown: shown(&path), path, error }),
            }
        }
        self.sources.folders.push(Folder { path, named: false });
        Ok(())
    }
}

/// A folder the way that it was written, for the paths of what is in it.
struct AsWritten<'a> {
    root: &'a Path,
    is_here: bool,
}

impl<'a> AsWritten<'a> {
    fn new(root: &'a Path) -> Self {
        Self { root, is_here: root.components().eq([Component::CurDir]) }
    }

    fn path(&self, relative: &Path) -> PathBuf {
        match (relative.as_os_str().is_empty(), self.is_here) {
            (true, _) => self.root.to_owned(),
            (false, true) => relative.to_owned(),
            (false, false) => {
                let mut path = PathBuf::with_capacity(self.root.as_os_str().len() + 1 + relative.as_os_str().len());
                path.push(self.root);
                path.push(relative);
                path
            }
        }
    }
}

fn walker(root: &Path, options: &WalkOptions, jobs: usize) -> Result<WalkBuilder, BatchError> {
    let exclude = exclusions(root, &options.exclude)?;
    let is_wanted = move |entry: &DirEntry| {
        let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.depth() == 0
            || !((is_dir && entry.file_name() == NEVER_ENTERED) || exclude.matched(entry.path(), is_dir).is_ignore())
    };
    let mut walker = WalkBuilder::new(root);
    walker.standard_filters(!options.no_ignore).hidden(true).require_git(false);
    walker.threads(jobs.min(MOST_WALKERS)).filter_entry(is_wanted);
    Ok(walker)
}

fn exclusions(root: &Path, patterns: &[String]) -> Result<Gitignore, BatchError> {
    let mut exclude = GitignoreBuilder::new(root);
    // git takes `[` literally where no `]` follows; on a command line it is a slip.
    exclude.allow_unclosed_class(false);
    for pattern in patterns {
        exclude.add_line(None, pattern).map_err(BatchError::Exclude)?;
    }
    exclude.build().map_err(BatchError::Exclude)
}

/// A source, or something that could not be looked at.
type Found = Result<PathBuf, (PathBuf, io::Error)>;

fn collect(walker: &WalkBuilder, is_wanted: fn(&DirEntry) -> bool) -> Vec<Found> {
    let (sender, receiver) = mpsc::channel();
    walker.build_parallel().run(|| {
        let sender = sender.clone();
        Box::new(move |entry| {
            let found = match entry {
                Ok(entry) => is_wanted(&entry).then(|| Ok(entry.into_path())),
                Err(error) => fault(error).map(Err),
            };
            // The receiver outlives the walk.
            found.map_or(WalkState::Continue, |found| {
                sender.send(found).map_or(WalkState::Quit, |()| WalkState::Continue)
            })
        })
    });
    drop(sender);
    receiver.into_iter().collect()
}

fn is_source(entry: &DirEntry) -> bool {
    has_python_suffix(entry.path()) && is_file(entry)
}

fn is_other_file(entry: &DirEntry) -> bool {
    !has_python_suffix(entry.path()) && is_file(entry)
}

/// A link to a folder, to nothing or to itself is none.
fn is_file(entry: &DirEntry) -> bool {
    let Some(kind) = entry.file_type() else { return false };
    kind.is_file() || (kind.is_symlink() && fs::metadata(entry.path()).is_ok_and(|target| target.is_file()))
}

/// The folder that could not be searched. Faults of ignore files are none: git
/// does not mind them either.
fn fault(error: ignore::Error) -> Option<(PathBuf, io::Error)> {
    error.depth()?;
    let path = path_of(&error)?.to_owned();
    Some((path, error.into_io_error()?))
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } => path_of(err),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these empty files.
    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            write(folder.path(), file, "");
        }
        folder
    }

    fn write(folder: &Path, file: &str, text: &str) {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn find_with(roots: Vec<PathBuf>, walk: WalkOptions) -> Sources {
        find(&Request { walk, ..Request::new(roots) }).unwrap()
    }

    fn names_with(folder: &Path, walk: WalkOptions) -> Vec<String> {
        let sources = find_with(vec![folder.to_owned()], walk);
        assert!(sources.unreadable.is_empty(), "{:?}", sources.unreadable);
        names(folder, &sources)
    }

    fn names(folder: &Path, sources: &Sources) -> Vec<String> {
        let name = |file: &SourceFile| file.shown.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        sources.files.iter().map(name).collect()
    }

    #[test]
    fn sources_are_found_by_suffix_in_the_order_of_bytes() {
        let folder = tree(&["b.py", "a/x.pyw", "a.py", "a/y.txt", "c.pyc", "README", "B.py"]);
        assert_eq!(names_with(folder.path(), WalkOptions::default()), ["B.py", "a.py", "a/x.pyw", "b.py"]);
    }

    #[test]
    fn hidden_files_and_pycache_are_never_found() {
        let folder = tree(&[".a.py", ".venv/b.py", "__pycache__/c.py", "d/__pycache__/e.py", "f.py"]);
        for no_ignore in [false, true] {
            assert_eq!(names_with(folder.path(), WalkOptions { no_ignore, ..WalkOptions::default() }), ["f.py"]);
        }
    }

    #[test]
    fn ignore_files_apply_without_a_git_repository() {
        let folder = tree(&["a.py", "build/b.py", "src/c.py", "src/gen.py", "src/keep_gen.py", "d.py"]);
        write(folder.path(), ".gitignore", "build/\n*gen.py\n");
        write(folder.path(), "src/.gitignore", "!keep_gen.py\n");
        write(folder.path(), ".ignore", "d.py\n");
        assert_eq!(names_with(folder.path(), WalkOptions::default()), ["a.py", "src/c.py", "src/keep_gen.py"]);
        let all = names_with(folder.path(), WalkOptions { no_ignore: true, ..WalkOptions::default() });
        assert_eq!(all.len(), 6);
    }

    #[test]
    fn exclude_patterns_are_relative_to_the_root() {
        let folder = tree(&["tests/a.py", "src/tests/b.py", "src/c.py", "src/c_test.py"]);
        let without = |patterns: &[&str]| {
            let exclude = patterns.iter().map(ToString::to_string).collect();
            names_with(folder.path(), WalkOptions { exclude, ..WalkOptions::default() })
        };
        assert_eq!(without(&["tests"]), ["src/c.py", "src/c_test.py"]);
        assert_eq!(without(&["/tests", "*_test.py"]), ["src/c.py", "src/tests/b.py"]);
        assert_eq!(without(&["src/**"]), ["tests/a.py"]);
        let exclude = vec!["a[".to_owned()];
        let walk = WalkOptions { exclude, ..WalkOptions::default() };
        let error = find(&Request { walk, ..Request::new(vec![folder.path().to_owned()]) }).unwrap_err();
        assert!(matches!(error, BatchError::Exclude(_)) && error.is_usage());
    }

    #[test]
    fn what_is_named_is_taken_whatever_the_rules_say() {
        let folder = tree(&[".hidden.py", "script", "build/a.py"]);
        write(folder.path(), ".gitignore", "build\n");
        let roots = [".hidden.py", "script", "build"].map(|name| folder.path().join(name));
        let sources = find_with(roots.to_vec(), WalkOptions::default());
        assert_eq!(names(folder.path(), &sources), [".hidden.py", "build/a.py", "script"]);
    }

    #[test]
    fn a_file_that_is_reached_twice_is_found_once() {
        let folder = tree(&["a.py", "src/b.py"]);
        let at = |name: &str| folder.path().join(name);
        let roots = vec![at("a.py"), at("src"), at("a.py"), at("src/../src"), at("."), at("src/b.py")];
        let sources = find_with(roots, WalkOptions::default());
        assert_eq!(names(folder.path(), &sources), ["a.py", "src/b.py"]);
    }

    #[test]
    fn files_are_shown_as_their_root_is_written() {
        let as_written = |root: &str, relative: &str| AsWritten::new(Path::new(root)).path(Path::new(relative));
        assert_eq!(as_written(".", "a/b.py").as_os_str(), "a/b.py");
        assert_eq!(as_written("./src/", "b.py").as_os_str(), "./src/b.py");
        assert_eq!(as_written(".", "").as_os_str(), ".");
        assert_eq!(as_written("src", "").as_os_str(), "src");
    }

    #[test]
    fn a_root_that_does_not_exist_is_named() {
        let error = find(&Request::new(vec!["no/such\nfolder".into()])).unwrap_err();
        assert_eq!(error.to_string(), "cannot open no/such\\nfolder");
        assert!(error.is_usage());
    }

    #[cfg(unix)]
    #[test]
    fn links_to_files_are_taken_and_links_to_folders_are_not_followed() {
        use std::os::unix::fs::symlink;
        let folder = tree(&["a/real.py", "script"]);
        let at = |name: &str| folder.path().join(name);
        symlink(at("a/real.py"), at("link.py")).unwrap();
        symlink(at("script"), at("named.py")).unwrap();
        symlink(at("a"), at("b")).unwrap();
        symlink(at("a"), at("folder.py")).unwrap();
        symlink(folder.path(), at("a/loop")).unwrap();
        symlink(at("self.py"), at("self.py")).unwrap();
        symlink(at("nothing"), at("dangling.py")).unwrap();
        let found = names_with(folder.path(), WalkOptions::default());
        assert_eq!(found, ["a/real.py", "link.py", "named.py"]);
        let named = find_with(vec![at("b")], WalkOptions::default());
        assert_eq!(names(folder.path(), &named), ["b/real.py"]);
    }

    #[cfg(unix)]
    #[test]
    fn names_may_be_any_bytes() {
        use std::{ffi::OsStr, os::unix::ffi::OsStrExt as _};
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join(OsStr::from_bytes(b"a\n \xff.py"));
        // Some file systems take Unicode names only.
        if fs::write(&odd, "").is_ok() {
            let sources = find_with(vec![folder.path().to_owned()], WalkOptions::default());
            assert_eq!(sources.files[0].shown, odd);
            assert_eq!(sources.files[0].relative_to(&sources.folders[0]), b"a\n \xff.py");
        }
    }
}
