//! Compiling many files: a tree of sources into the cache.
//!
//! ```no_run
//! use pyc_rs_runtime::{CodeCache, StoreMode, batch, open_store};
//!
//! let cache = CodeCache::new(open_store(None, StoreMode::ReadWrite));
//! let request = batch::Request::new(vec!["src".into()]);
//! let report = batch::compile_tree(&request, &cache, &())?;
//! println!("{} compiled, {} failed", report.totals().compiled, report.totals().failed);
//! # Ok::<(), batch::BatchError>(())
//! ```
//!
//! A session goes through its files in four steps, each in a file of its own:
//! they are found (`walk`), the unchanged ones are told apart by their status
//! alone (`plan`, with what the `history` recorded), the others are read and
//! compiled (`job`, and stored by the chunk, `packing`), and what came of them
//! is written down.
//!
//! What is reported depends on the files and on the cache only, never on the
//! number of jobs: all files are planned before the first one is compiled, and
//! files of the same content share one result (`objects`).

#[cfg(feature = "remote")]
mod ahead;
mod history;
mod job;
mod known;
mod objects;
mod packing;
mod plan;
mod read;
mod report;
mod shard;
#[cfg(test)]
mod tests;
mod walk;
mod watch;

use std::{io, num::NonZeroUsize, path::PathBuf, time::Instant};

use pyc_rs_cache::{IndexEntry, SessionKind, now_ns};
use pyc_rs_compiler::{Options, Stack, THREAD_NAME};
use rayon::prelude::*;

pub use known::{KnownSources, known_sources};
pub use report::{Failure, FileReport, Reason, Report, Shown, Status, Totals};
pub use shard::{Shard, ShardParseError};
pub use watch::{WatchEvent, WatchOptions, watch};
pub(crate) use {
    history::remember,
    known::{recorded, why_absent},
    walk::find_others,
};

use self::{
    history::History,
    job::Job,
    objects::Objects,
    packing::Packing,
    walk::{SourceFile, Sources},
};
use crate::CodeCache;

/// What to compile, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// Files and folders. A file that is named here is compiled whatever the
    /// rules of [`WalkOptions`] say; a folder is searched by them.
    pub roots: Vec<PathBuf>,
    /// Which files of a folder are taken.
    pub walk: WalkOptions,
    /// Take only a part of the files.
    pub shard: Option<Shard>,
    /// Files that are worked on at the same time.
    pub jobs: NonZeroUsize,
    /// How to compile.
    pub options: Options,
    /// How far to go.
    pub action: Action,
    /// Report what Python warns about in fresh files too, which costs opening
    /// their artifacts. [`Action::DryRun`] opens none.
    pub replay_warnings: bool,
}

impl Request {
    /// Compiles these files and folders with every default, on every core.
    #[must_use]
    pub fn new(roots: Vec<PathBuf>) -> Self {
        Self {
            roots,
            walk: WalkOptions::default(),
            shard: None,
            jobs: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            options: Options::default(),
            action: Action::Compile,
            replay_warnings: false,
        }
    }
}

/// Which files of a folder are sources.
///
/// Those that end in `.py` or `.pyw` are, except for hidden ones, those below
/// `__pycache__`, and what `.gitignore` and `.ignore` files exclude (inside a
/// git repository or not). Symbolic links to files are taken, those to folders
/// are not followed.
#[derive(Clone, Debug, Default)]
pub struct WalkOptions {
    /// Pay no attention to ignore files.
    pub no_ignore: bool,
    /// Patterns in the syntax of `.gitignore`, relative to each folder that is
    /// searched, of what else to leave out.
    pub exclude: Vec<String>,
}

/// How far to go with files that are not in the cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// Compile them.
    #[default]
    Compile,
    /// Report them as [`Status::Stale`].
    Check,
    /// The same, and leave everything on disk as it is: objects of the cache are
    /// not opened, so that a corrupt one is not noticed.
    DryRun,
}

/// Is told how a session goes on. The methods are called from any thread.
pub trait Observer: Sync {
    /// The search is over, and found this many files.
    fn found(&self, files: usize) {
        let _ = files;
    }

    /// A file is finished. Files finish in any order.
    fn finished(&self, file: &FileReport) {
        let _ = file;
    }
}

/// Observes nothing.
impl Observer for () {}

/// Why a session could not begin.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// A root does not exist, or cannot be looked at.
    #[error("cannot open {}", Shown(path))]
    Root {
        /// The root, as it was given.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A pattern of [`WalkOptions::exclude`] is malformed.
    #[error("invalid exclude pattern")]
    Exclude(#[source] ignore::Error),
    /// The system has no threads to give.
    #[error("cannot start {jobs} threads")]
    Threads {
        /// How many were asked for.
        jobs: usize,
        /// Why not.
        source: rayon::ThreadPoolBuildError,
    },
}

impl BatchError {
    /// Whether the request is at fault, rather than the machine.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        matches!(self, Self::Root { .. } | Self::Exclude(_))
    }
}

/// Compiles every file of the request that is not in the cache. One that cannot
/// be read or compiled is a [`Status::Failed`] in the report; the others go on.
///
/// # Errors
///
/// When a root does not exist or the request is malformed, before anything is
/// compiled.
pub fn compile_tree(request: &Request, cache: &CodeCache, observer: &dyn Observer) -> Result<Report, BatchError> {
    let started = Instant::now();
    let started_ns = now_ns();
    let sources = walk::find(request)?;
    observer.found(sources.files.len());
    let pool = worker_pool(request.jobs.get().min(sources.files.len()).max(1))?;
    let session = Session::new(request, cache, &sources, observer);
    let done = pool.install(|| session.run());
    session.record(started_ns, &done);
    let files: Vec<FileReport> = done.into_iter().map(|done| done.report).collect();
    if request.action != Action::DryRun {
        let unchanged = files.iter().filter(|file| file.reason == Some(Reason::Unchanged)).count() as u64;
        cache.store().flush_session(SessionKind::Compile, unchanged, || sources.common_folder());
    }
    Ok(Report::new(files, sources.unreadable, started.elapsed()))
}

/// Threads that the compiler can run on without a stack of its own for each file.
pub(crate) fn worker_pool(jobs: usize) -> Result<rayon::ThreadPool, BatchError> {
    /// For the frames below the compiler: ours, and rayon's.
    const OVERHEAD: usize = 1 << 20;
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs)
        .stack_size(Stack::WORKER.bytes() + OVERHEAD)
        .thread_name(|_| THREAD_NAME.to_owned())
        .build()
        .map_err(|source| BatchError::Threads { jobs, source })
}

/// What came of one file.
struct Done {
    report: FileReport,
    /// What the index is to know about it.
    entry: Option<IndexEntry>,
    /// The same, should it turn out that the cache did not take the object.
    unless_kept: Option<IndexEntry>,
    /// Whether the index knows just that already.
    recorded: bool,
}

struct Session<'a> {
    request: &'a Request,
    cache: &'a CodeCache,
    sources: &'a Sources,
    /// One for each folder of `sources`.
    histories: Vec<History>,
    objects: Objects<'a>,
    observer: &'a dyn Observer,
}

impl<'a> Session<'a> {
    fn new(request: &'a Request, cache: &'a CodeCache, sources: &'a Sources, observer: &'a dyn Observer) -> Self {
        let load = |folder| {
            let history = History::load(cache.store(), folder, request.options);
            // The other parts of the tree are not gone.
            if request.shard.is_some() { history.accumulating() } else { history }
        };
        Self {
            request,
            cache,
            sources,
            histories: sources.folders.iter().map(load).collect(),
            objects: Objects::new(cache, request.options, request.action),
            observer,
        }
    }

    fn run(&self) -> Vec<Done> {
        #[cfg_attr(not(feature = "remote"), allow(unused_mut))]
        let mut plans: Vec<_> = self.sources.files.par_iter().map(|file| self.job(file).plan()).collect();
        #[cfg(feature = "remote")]
        self.fetch_ahead(&mut plans);
        let packing = Packing::new(self.cache, &plans);
        let files = self.sources.files.par_iter().zip(plans).enumerate();
        let mut done: Vec<Done> = files
            .map(|(number, (file, plan))| {
                let done = self.job(file).carry_out(plan, packing.chunk(number));
                packing.finished(number);
                self.observer.finished(&done.report);
                done
            })
            .collect();
        for done in &mut done {
            self.settle(done);
        }
        done
    }

    /// Nothing is recorded of an object that the cache did not take.
    fn settle(&self, done: &mut Done) {
        if let (Status::Compiled { .. }, Some(key)) = (&done.report.status, &done.report.key)
            && !self.cache.store().contains(key)
        {
            done.entry = done.unless_kept;
            done.recorded = done.entry.is_none();
        }
    }

    fn job(&self, file: &'a SourceFile) -> Job<'_> {
        Job {
            file,
            relative: file.relative_to(&self.sources.folders[file.folder]),
            history: &self.histories[file.folder],
            store: self.cache.store(),
            objects: &self.objects,
            replay_warnings: self.request.replay_warnings,
        }
    }

    /// Brings the indexes up to date.
    fn record(&self, started_ns: i64, done: &[Done]) {
        let mut by_folder: Vec<Vec<(&SourceFile, &Done)>> = self.histories.iter().map(|_| Vec::new()).collect();
        for (file, done) in self.sources.files.iter().zip(done) {
            by_folder[file.folder].push((file, done));
        }
        for ((folder, history), files) in self.sources.folders.iter().zip(&self.histories).zip(by_folder) {
            let entries = files.iter().filter(|(_, done)| done.entry.is_some()).count();
            let is_recorded = files.iter().all(|(_, done)| done.recorded) && history.is_up_to_date(entries);
            if is_recorded || !self.may_record(&files) {
                continue;
            }
            let entry = |(file, done): (&SourceFile, &Done)| Some((file.relative_to(folder).to_vec(), done.entry?));
            history.save(self.cache.store(), started_ns, files.into_iter().filter_map(entry).collect());
        }
    }

    /// Whether what came of the files of a folder may replace what was recorded.
    fn may_record(&self, files: &[(&SourceFile, &Done)]) -> bool {
        let all_fresh = || files.iter().all(|(_, done)| matches!(done.report.status, Status::Fresh));
        // A folder without files may be one whose files were reached through another.
        !files.is_empty()
            && match self.request.action {
                Action::Compile => true,
                // What was compiled last, with whatever options, must not be forgotten.
                Action::Check => all_fresh(),
                Action::DryRun => false,
            }
    }
}
