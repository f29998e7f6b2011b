//! What will be used, found out before an image is made.
//!
//! A process that starts from an image has each page of it mapped that it uses, and copied if it
//! writes to it. What is used is little, and would lie all over the image. So another process
//! makes the same image before, and starts some programs from it while it looks on
//! ([`watch`](super::watch)). The blocks of memory that they used are known by the order in
//! which they were taken; when the image is made that is kept, those blocks are put together
//! ([`layout`](super::layout)). If the two do not quite agree, some of them are put elsewhere, and
//! nothing else is lost.

#![allow(unsafe_code, reason = "forks processes that end after their work")]

use std::{
    collections::{BTreeMap, BTreeSet, hash_map::RandomState},
    fs::File,
    io::{self, Read as _, Write as _},
    ops::Range,
    os::fd::AsRawFd as _,
};

use rustpython_vm::{AsObject as _, getpath};

use super::{
    Root,
    arena::{self, GRAIN},
    format::PAGE,
    layout::{self, Block, Part, USED_PARTS},
    process,
    record::{Plan, Recording, clear_stack, make_root},
    refresh::{self, Now},
    script::Line,
    symbols::Variable,
    watch::{Use, Watch},
};
use crate::{
    code_cache::CodeCache,
    environment::{self, PythonFlags},
    platform,
    program::Program,
    sandbox,
};

/// What every program does.
const LEAST: &str = include_str!("rehearsal/least.py");

/// What many do, and all that they could import: `MODULES`.
const USUAL: &str = include_str!("rehearsal/usual.py");

/// What the first of them is called.
const NAME: &str = "rehearsal.py";

/// Larger blocks are tables, in which a program uses a few pages of many,
const LARGEST: usize = 4096;

/// unless it is more than one of three that are read, or two of three that are written: to have a page
/// copied that is not needed costs twenty times what it costs to have one mapped.
const DENSE: [(Use, usize, usize); 2] = [(Use::Read, 1, 3), (Use::Written, 2, 3)];

/// Somewhere in so many words at its beginning an object says what type it is of.
const HEADER_WORDS: usize = 8;

/// The name of the engine's variable for that.
const SECRET_SYMBOL: &str = "HASH_SECRET";

/// More time than any of it takes, in seconds.
const PATIENCE: u32 = 120;

/// What will be taken, and where it is to be. Nothing where that cannot be found out.
#[derive(Default)]
pub(super) struct Rehearsed {
    pub(super) lines: Vec<Line>,
    /// Where the first place is, in bytes from the beginning of the arena.
    pub(super) start: usize,
    /// How long the first parts are from there, in bytes.
    pub(super) used: [usize; USED_PARTS],
}

/// Makes an image that is not kept, and starts programs from it.
pub(super) fn rehearse(recording: &Recording, plan: &Plan) -> Rehearsed {
    if !recording.default {
        compile(recording, plan);
    }
    // Both recordings draw the same numbers.
    let _ = (RandomState::new(), rand::random::<u64>());
    let Ok((mut ours, theirs)) = io::pipe() else { return Rehearsed::default() };
    let secret = secret(plan);
    // SAFETY: this process has one thread, and the child ends here.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        end_some_day();
        let found = silence().and_then(|()| find_out(recording, plan)).unwrap_or_default();
        // SAFETY: a variable of this program, at which nobody is any more.
        let mut bytes = secret.clone().map_or_else(Vec::new, |range| unsafe { process::memory(range) }.to_owned());
        let numbers = std::iter::once(found.start).chain(found.used);
        bytes.extend(numbers.flat_map(|number| (number as u64).to_le_bytes()));
        bytes.extend(found.lines.into_iter().flat_map(Line::to_bytes));
        let _ = (&theirs).write_all(&bytes);
        platform::exit_now(0)
    }
    drop(theirs);
    let mut bytes = Vec::new();
    let _ = ours.read_to_end(&mut bytes);
    wait_for(pid);
    let len = secret.as_ref().map_or(0, Range::len);
    let Some((its, rest)) = bytes.split_at_checked(len) else { return Rehearsed::default() };
    let mut words = rest.as_chunks::<8>().0.iter();
    let mut numbers = [0; 1 + USED_PARTS];
    for number in &mut numbers {
        let word = words.next().and_then(|word| usize::try_from(u64::from_le_bytes(*word)).ok());
        let Some(word) = word else { return Rehearsed::default() };
        *number = word;
    }
    let [start, used @ ..] = numbers;
    if let Some(secret) = secret {
        // SAFETY: a variable of this program, which nobody has looked at yet, gets the value that
        // the same program gave it.
        unsafe { process::overwrite(secret.start, its) };
    }
    Rehearsed { lines: words.map(|word| Line::from_bytes(*word)).collect(), start, used }
}

/// Has everything compiled that is going to be recorded: who finds code in the cache takes other memory than
/// who compiles it. The standard library is compiled already.
fn compile(recording: &Recording, plan: &Plan) {
    // SAFETY: this process has one thread, and the child ends here.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        end_some_day();
        if silence().is_ok() {
            arena::set_recording(true);
            // What is wrong with it is said by the recording that is kept.
            let _ = make_root(recording, plan);
        }
        platform::exit_now(0)
    }
    wait_for(pid);
}

/// Where the engine keeps what it hashes with, which it draws when it starts. Where it is not to be
/// found, sets have another order in each recording.
fn secret(plan: &Plan) -> Option<Range<usize>> {
    let is_secret = |variable: &&Variable| !variable.thread_local && variable.symbol.contains(SECRET_SYMBOL);
    let secret = plan.variables.iter().find(is_secret)?;
    let start = usize::try_from(secret.address).ok()?;
    Some(start..start.checked_add(usize::try_from(secret.size).ok()?)?)
}

/// Neither reads what the recording is given, nor says anything in its name.
fn silence() -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    for stream in 0..3 {
        // SAFETY: the streams of this process, which nobody else uses.
        if unsafe { libc::dup2(null.as_raw_fd(), stream) } == -1 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// What is printed goes into a pipe that holds all of it, and that nobody reads.
fn print_into_pipe() -> io::Result<()> {
    let mut ends = [0; 2];
    // SAFETY: the streams of this process, which nobody else uses; the pipe's reading end stays open.
    let failed =
        unsafe { libc::pipe(ends.as_mut_ptr()) == -1 || libc::dup2(ends[1], 1) == -1 || libc::dup2(ends[1], 2) == -1 };
    if failed { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Has this process killed if it waits for what never comes.
fn end_some_day() {
    // SAFETY: a number; the signal ends the process.
    unsafe { libc::alarm(PATIENCE) };
}

fn find_out(recording: &Recording, plan: &Plan) -> io::Result<Rehearsed> {
    arena::note_births()?;
    clear_stack();
    arena::set_recording(true);
    let made = make_root(recording, plan);
    arena::set_recording(false);
    let (root, info, _) = made.map_err(io::Error::other)?;
    let root = Box::into_raw(root);
    let modules = serde_json::to_string(&info.modules)?;
    // SAFETY: it was a box, and nobody else uses it.
    let text = unsafe { &*root }.engine.enter(|vm| vm.ctx.types.str_type.as_object().get_id());
    let mut blocks = BTreeMap::new();
    let plays = [
        (Play::File(LEAST), [Part::AllWrite, Part::AllRead]),
        (Play::Isolated, [Part::IsolatedWrite, Part::IsolatedRead]),
        (Play::Command(format!("MODULES = {modules}\n{USUAL}")), [Part::SomeWrite, Part::SomeRead]),
    ];
    for (play, [write, read]) in plays {
        let watch = Watch::new(arena::used())?;
        // SAFETY: this process has one thread, and the child ends here.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            end_some_day();
            // SAFETY: it was a box, and each process that is forked has it once.
            let root = unsafe { Box::from_raw(root) };
            let _ = watch.start(play.patience()).map(|()| play.perform(*root));
            platform::exit_now(1)
        }
        wait_for(pid);
        for (part, kind) in [(write, Use::Written), (read, Use::Read)] {
            for (number, block) in used(&watch, kind) {
                let slot = is_of_type(&block, text).then_some(block.start);
                blocks.entry(number).or_insert(Block { number, part, size: block.len(), slot });
            }
        }
    }
    let layout = layout::lay_out(&blocks.into_values().collect::<Vec<_>>());
    let mut lines: Vec<Line> = (0..arena::births()).map(|number| Line::of(arena::size_of_birth(number))).collect();
    for (number, place) in layout.places {
        if let Some(line) = lines.get_mut(number) {
            *line = line.at(place);
        }
    }
    Ok(Rehearsed { lines, start: layout.start * GRAIN, used: layout.used.map(|grains| grains * GRAIN) })
}

/// The blocks that were used, by number.
fn used(watch: &Watch, kind: Use) -> impl Iterator<Item = (usize, Range<usize>)> {
    let mut blocks: BTreeMap<usize, (Range<usize>, BTreeSet<usize>)> = BTreeMap::new();
    for address in watch.of(kind) {
        if let Some((number, block)) = arena::birth_of(address) {
            blocks.entry(number).or_insert((block, BTreeSet::new())).1.insert(address / PAGE);
        }
    }
    let (_, part, whole) = DENSE.into_iter().find(|(of, ..)| *of == kind).unwrap_or((kind, 1, 1));
    let is_small =
        move |block: &Range<usize>, pages: usize| block.len() <= LARGEST || pages * whole > block.len() / PAGE * part;
    blocks
        .into_iter()
        .filter_map(move |(number, (block, pages))| is_small(&block, pages.len()).then_some((number, block)))
}

/// Whether a block holds an object of this type. Texts keep their slots: the engine looks for
/// attributes by the addresses of their names, and would otherwise find, and take, other blocks.
fn is_of_type(block: &Range<usize>, kind: usize) -> bool {
    // SAFETY: a block of the arena, which has come to rest.
    let (words, _) = unsafe { process::memory(block.clone()) }.as_chunks();
    words.iter().take(HEADER_WORDS).any(|word| usize::from_ne_bytes(*word) == kind)
}

/// What is done with an image.
enum Play {
    /// A file is run that starts from it, to its end. What it prints goes into a pipe, as that of
    /// most programs does that others start.
    File(&'static str),
    /// As what stands after `-c`. What it prints goes to nobody.
    Command(String),
    /// A snippet is run by the worker of a sandbox.
    Isolated,
}

impl Play {
    /// How often a page has to be looked at that nothing new is found on. What every program does is
    /// little, and is to be known well.
    const fn patience(&self) -> u32 {
        match self {
            Self::File(_) | Self::Isolated => 1000,
            Self::Command(_) => 20,
        }
    }

    fn perform(self, mut root: Root) {
        let (flags, argument) = match self {
            Self::File(_) => (PythonFlags::default(), NAME),
            Self::Command(_) => (PythonFlags::default(), "-c"),
            Self::Isolated => (sandbox::python_flags(), "-c"),
        };
        let Ok(mut settings) = environment::settings(&flags, vec![argument.to_owned()]) else { return };
        // A default image is made without a home, and most homes hold no packages.
        settings.user_site_directory = false;
        let paths = getpath::init_path_config(&settings);
        let is_captured = matches!(self, Self::Isolated);
        if matches!(self, Self::File(_)) && print_into_pipe().is_err() {
            return;
        }
        let now = Now { settings: &settings, paths: &paths, cache: CodeCache::off(), is_captured };
        if refresh::after_restore(&mut root, &now).is_err() {
            return;
        }
        std::mem::forget(root.kept);
        let program = match self {
            Self::File(text) => Program::File { path: NAME.into(), source: text.into() },
            Self::Command(text) => Program::Command(text),
            Self::Isolated => return sandbox::rehearse(root.engine),
        };
        root.engine.run_program(&program).exit()
    }
}

fn wait_for(pid: i32) {
    let mut status = 0;
    // SAFETY: the status is this function's own.
    while unsafe { libc::waitpid(pid, &raw mut status, 0) } == -1
        && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
    {}
}
