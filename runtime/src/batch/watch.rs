//! Compiling again whenever something changes.
//!
//! Events only say that it is time to look: each round goes through the whole request anew, which
//! for unchanged files costs a look at their status. So it does not matter in which order an
//! editor writes, renames and removes, and whether an event went missing.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use notify::{
    ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode, ModifyKind},
};

use super::{BatchError, Report, Request, compile_tree, walk};
use crate::CodeCache;

/// A round begins when nothing has changed for this long: an editor that saves a file makes
/// several changes.
const QUIET: Duration = Duration::from_millis(50);

/// A round begins after this long, even if changes do not stop.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often to look where nothing tells of changes.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How to watch.
#[derive(Clone, Copy, Debug, Default)]
pub struct WatchOptions {
    /// Look once a second and wait for no events. Some network file systems send none.
    pub poll: bool,
}

/// What happens while files are watched.
#[derive(Debug)]
pub enum WatchEvent<'a> {
    /// All is compiled. From now on every change begins a round.
    Waiting {
        /// Number of folders that are watched.
        folders: usize,
    },
    /// The system cannot watch that many folders, for this reason: they are looked at once a
    /// second instead.
    Polling {
        /// Why.
        reason: &'a str,
    },
    /// A round ended. It may have found nothing to do.
    Round(Result<&'a Report, &'a BatchError>),
}

/// Compiles the request, and again whenever a file of it changes, until the callback answers
/// `false`. Nothing ends it otherwise: a root that is gone may come back.
///
/// # Errors
///
/// When the first round cannot begin.
pub fn watch(
    request: &Request,
    cache: &CodeCache,
    options: WatchOptions,
    tell: &mut dyn FnMut(WatchEvent<'_>) -> bool,
) -> Result<(), BatchError> {
    let mut eyes = if options.poll { Eyes::Polling } else { Eyes::open() };
    let mut waiting_with = None;
    let mut is_first = true;
    loop {
        eyes.cover(request)?;
        // Before the report: who reads it may count on being watched.
        if let Some(reason) = eyes.give_up()
            && !tell(WatchEvent::Polling { reason: &reason })
        {
            return Ok(());
        }
        let round = compile_tree(request, cache, &());
        let goes_on = tell(WatchEvent::Round(round.as_ref()));
        match round {
            Err(error) if is_first => return Err(error),
            _ if !goes_on => return Ok(()),
            _ => is_first = false,
        }
        if waiting_with.is_none() {
            let folders = eyes.folders(request)?;
            waiting_with = Some(folders);
            if !tell(WatchEvent::Waiting { folders }) {
                return Ok(());
            }
        }
        eyes.wait(&request.roots);
    }
}

/// What notices changes.
enum Eyes {
    Watching(Watching),
    /// It cannot watch, for this reason, which has not been told.
    Blind(String),
    Polling,
}

struct Watching {
    watcher: RecommendedWatcher,
    events: Receiver<notify::Result<Event>>,
    covered: BTreeSet<PathBuf>,
}

impl Eyes {
    fn open() -> Self {
        let (sender, events) = mpsc::channel();
        let handler = move |event: notify::Result<Event>| {
            // Reading is no change; this process does it, too.
            if event.as_ref().is_ok_and(|event| !is_change(event)) {
                return;
            }
            // The receiver is gone when nobody watches any more.
            let _ = sender.send(event);
        };
        match notify::recommended_watcher(handler) {
            Ok(watcher) => Self::Watching(Watching { watcher, events, covered: BTreeSet::new() }),
            Err(error) => Self::Blind(reason(&error)),
        }
    }

    /// Sees to it that every folder of the request is watched.
    fn cover(&mut self, request: &Request) -> Result<(), BatchError> {
        let Self::Watching(watching) = self else { return Ok(()) };
        if let Err(error) = watching.cover(request)? {
            *self = Self::Blind(reason(&error));
        }
        Ok(())
    }

    /// Goes over to polling if there is no other way. Returns why, once.
    fn give_up(&mut self) -> Option<String> {
        let Self::Blind(reason) = self else { return None };
        let reason = std::mem::take(reason);
        *self = Self::Polling;
        Some(reason)
    }

    fn folders(&self, request: &Request) -> Result<usize, BatchError> {
        match self {
            Self::Watching(watching) => Ok(watching.covered.len()),
            _ => walk::watched(request).map(|folders| folders.len()),
        }
    }

    /// Waits until something changed, and then until it is quiet.
    fn wait(&mut self, roots: &[PathBuf]) {
        match self {
            Self::Watching(watching) => watching.wait(roots),
            _ => std::thread::sleep(POLL_INTERVAL),
        }
    }
}

impl Watching {
    /// The inner error is one of watching, after which there is no point in going on with it.
    fn cover(&mut self, request: &Request) -> Result<Result<(), notify::Error>, BatchError> {
        loop {
            let mut is_complete = true;
            let wanted = walk::watched(request)?;
            for folder in self.covered.difference(&wanted) {
                let _ = self.watcher.unwatch(folder);
            }
            self.covered.retain(|folder| wanted.contains(folder));
            for folder in wanted {
                if self.covered.contains(&folder) {
                    continue;
                }
                match self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                    Ok(()) => {
                        // What was made in it before it was watched may be a folder.
                        is_complete = false;
                        self.covered.insert(folder);
                    }
                    Err(error) if is_limit(&error) => return Ok(Err(error)),
                    // It is gone again, or not ours to look at. The report says so if it matters.
                    Err(_) => {}
                }
            }
            if is_complete {
                return Ok(Ok(()));
            }
        }
    }

    fn wait(&mut self, roots: &[PathBuf]) {
        // A root that is gone comes back in a folder that may be gone, too.
        let is_whole = roots.iter().all(|root| root.exists());
        loop {
            let event = if is_whole {
                self.events.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                self.events.recv_timeout(POLL_INTERVAL)
            };
            match event {
                Ok(event) if self.matters(&event, roots) => break,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return,
                // The thread that sends is gone; there is no more than to look now and then.
                Err(RecvTimeoutError::Disconnected) => return std::thread::sleep(POLL_INTERVAL),
            }
        }
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            match self.events.recv_timeout(QUIET) {
                // The set of folders has to be kept right by all of them.
                Ok(event) => drop(self.matters(&event, roots)),
                Err(_) => return,
            }
        }
    }

    /// Whether an event can change what is compiled. Folders that are gone are no longer watched.
    fn matters(&mut self, event: &notify::Result<Event>, roots: &[PathBuf]) -> bool {
        let Ok(event) = event else { return true };
        let is_move = matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)));
        let mut matters = event.need_rescan();
        for path in &event.paths {
            if is_move && self.covered.contains(path) {
                self.uncover(path);
                matters = true;
            }
            matters |= can_matter(path, roots);
        }
        matters
    }

    /// A folder that comes back under the same name is another one.
    fn uncover(&mut self, gone: &Path) {
        let below: Vec<PathBuf> = self.covered.iter().filter(|folder| folder.starts_with(gone)).cloned().collect();
        for folder in below {
            let _ = self.watcher.unwatch(&folder);
            self.covered.remove(&folder);
        }
    }
}

fn is_change(event: &Event) -> bool {
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => event.need_rescan(),
        _ => true,
    }
}

fn can_matter(path: &Path, roots: &[PathBuf]) -> bool {
    let name = path.file_name().unwrap_or_default();
    walk::has_python_suffix(path)
        || name == ".gitignore"
        || name == ".ignore"
        || roots.iter().any(|root| root.file_name() == Some(name))
        || path.is_dir()
}

/// Whether the system has no more to give.
fn is_limit(error: &notify::Error) -> bool {
    const ENOSPC: i32 = 28;
    const EMFILE: i32 = 24;
    match &error.kind {
        ErrorKind::MaxFilesWatch => true,
        ErrorKind::Io(error) => matches!(error.raw_os_error(), Some(ENOSPC | EMFILE)),
        _ => false,
    }
}

fn reason(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => "the limit of watched folders is reached".to_owned(),
        // The cause in words, without its number.
        _ => error.to_string().split(" (os error ").next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use notify::event::{CreateKind, MetadataKind};

    use super::*;

    #[test]
    fn reading_is_no_change() {
        let event = |kind| is_change(&Event::new(kind));
        assert!(!event(EventKind::Access(AccessKind::Open(AccessMode::Any))));
        assert!(!event(EventKind::Access(AccessKind::Close(AccessMode::Read))));
        assert!(event(EventKind::Access(AccessKind::Close(AccessMode::Write))));
        assert!(event(EventKind::Create(CreateKind::File)));
        assert!(event(EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any))));
    }

    #[test]
    fn sources_ignore_files_and_folders_matter() {
        let folder = tempfile::tempdir().unwrap();
        let roots = ["tools/script".into()];
        for (path, expected) in [
            ("a.py", true),
            ("b/c.pyw", true),
            (".gitignore", true),
            (".a.py.swp", false),
            ("4913", false),
            ("a.py~", false),
            ("tools/script", true),
        ] {
            assert_eq!(can_matter(Path::new(path), &roots), expected, "{path}");
        }
        assert!(can_matter(folder.path(), &roots));
    }

    #[test]
    fn limits_of_the_system_are_told_from_other_errors() {
        let io = |code| notify::Error::io(std::io::Error::from_raw_os_error(code));
        assert!(is_limit(&notify::Error::new(ErrorKind::MaxFilesWatch)) && is_limit(&io(28)) && is_limit(&io(24)));
        assert!(!is_limit(&io(2)) && !is_limit(&io(13)) && !is_limit(&notify::Error::path_not_found()));
    }

    #[test]
    fn a_limit_is_told_once_and_leads_to_polling() {
        let mut eyes = Eyes::Blind("no more".to_owned());
        assert_eq!(eyes.give_up().as_deref(), Some("no more"));
        assert!(eyes.give_up().is_none() && matches!(eyes, Eyes::Polling));
    }
}
