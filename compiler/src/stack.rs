//! Native stack for the compiler, and what it is good for.
//!
//! The parser grows its own stack, and the passes after it refuse a syntax tree
//! deeper than [`RECURSION_LIMIT`]. What remains is the release of a tree that
//! was refused: some native frames per level, on a tree that can be as deep as
//! the source is long (a chain of a million `+` is a million levels). So the
//! depth of a source is bounded from its tokens first; one that this stack
//! cannot hold is compiled on a thread that has enough, and one that no stack
//! should be asked to hold is refused.

use std::{any::Any, panic::AssertUnwindSafe, thread};

/// The deepest syntax tree that is compiled; CPython's own limit is close to it.
pub(crate) const RECURSION_LIMIT: usize = 10_000;

/// The deepest syntax tree that is parsed, to say where it goes too deep.
pub(crate) const PARSE_LIMIT: usize = 8_000_000;

/// Native stack that the deepest pass takes for one level, in bytes: three times
/// what the deepest sources of `tests/hostile.rs` need.
const PASS_PER_LEVEL: usize = 6 << 10;

/// Native stack that releasing one level takes, in bytes.
const RELEASE_PER_LEVEL: usize = 768;

/// What the compiler takes on a flat source, in bytes.
const BASE: usize = 1 << 20;

/// Name of the threads that compile. A panic on such a thread is reported as the
/// failure of its file, so a program may keep its panic hook quiet about them.
pub const THREAD_NAME: &str = "pyc-rs-compile";

/// A native stack of a certain size.
#[derive(Clone, Copy, Debug)]
pub struct Stack {
    bytes: usize,
}

impl Stack {
    /// A stack with this many bytes left on it.
    #[must_use]
    pub const fn of(bytes: usize) -> Self {
        Self { bytes }
    }

    /// What a program's first thread can be counted on to have left.
    pub const MAIN_THREAD: Self = Self::of(4 << 20);

    /// What a thread that compiles many files should have: enough for nearly
    /// all of them.
    pub const WORKER: Self = Self::of(128 << 20);

    /// Size in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        self.bytes
    }

    pub(crate) const fn for_depth(depth: usize) -> Self {
        let passes = if depth < RECURSION_LIMIT { depth } else { RECURSION_LIMIT };
        Self::of(BASE + passes * PASS_PER_LEVEL + depth * RELEASE_PER_LEVEL)
    }

    pub(crate) const fn holds(self, depth: usize) -> bool {
        Self::for_depth(depth).bytes <= self.bytes
    }
}

/// Code panicked, with this message.
#[derive(Debug)]
pub(crate) struct Panicked(pub(crate) String);

/// Runs `work` on a new thread with this stack and waits for it. Where there may be no threads, as in
/// the worker of a sandbox, this thread gets the stack for as long as that takes.
pub(crate) fn run_on<T: Send>(stack: Stack, work: impl FnOnce() -> T + Send) -> Result<T, Panicked> {
    let mut work = Some(work);
    let ran = thread::scope(|scope| {
        let name = THREAD_NAME.to_owned();
        let thread = thread::Builder::new().name(name).stack_size(stack.bytes);
        let thread = thread.spawn_scoped(scope, || work.take().map(|work| work())).ok()?;
        Some(thread.join().map_err(|payload| Panicked(panic_message(payload.as_ref()))))
    });
    match (ran, work) {
        (Some(Ok(Some(result))), _) => Ok(result),
        (Some(Err(panicked)), _) => Err(panicked),
        (_, Some(work)) => stacker::grow(stack.bytes, || run_here(work)),
        (_, None) => Err(Panicked("no message".to_owned())),
    }
}

/// Runs `work` on this thread and turns a panic into a [`Panicked`].
pub(crate) fn run_here<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| Panicked(panic_message(payload.as_ref())))
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
