//! Images are for x86-64 Linux; here every start is a plain one.

use std::path::PathBuf;

use crate::engine::{BootError, Engine, EngineBuilder};

/// An allocator that records where images can be made; here it only serves.
#[derive(Debug, Default)]
pub struct Recorder<A>(A);

impl<A> Recorder<A> {
    /// An allocator above `inner`.
    pub const fn new(inner: A) -> Self {
        Self(inner)
    }
}

#[allow(unsafe_code, reason = "an allocator")]
// SAFETY: every call goes to the allocator underneath.
unsafe impl<A: std::alloc::GlobalAlloc> std::alloc::GlobalAlloc for Recorder<A> {
    unsafe fn alloc(&self, layout: std::alloc::Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: std::alloc::Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.0.dealloc(pointer, layout) }
    }
}

/// Which image to start from.
#[derive(Clone, Debug)]
pub enum Choice {
    /// The default image of this program, in the cache.
    Default,
    /// This one.
    File(PathBuf),
}

/// Why a start is a plain one.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There are no images on this platform.
    #[error("images need Linux on x86-64")]
    Platform,
}

/// Whether an image is being made of this process.
pub(crate) fn is_recording() -> bool {
    false
}

impl Refusal {
    /// Whether the image is simply not there.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        false
    }

    /// Whether the file is of no use to anybody.
    #[must_use]
    pub fn is_useless(&self) -> bool {
        false
    }

    /// Whether the image has to be made anew because a source in it has changed.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        false
    }
}

impl EngineBuilder {
    /// Boots plainly, and says why.
    ///
    /// # Errors
    ///
    /// As for [`EngineBuilder::boot`].
    pub fn boot_from(self, _choice: &Choice, refused: &mut dyn FnMut(&Refusal)) -> Result<Engine, BootError> {
        refused(&Refusal::Platform);
        self.boot()
    }
}

/// A plain start.
#[allow(dead_code, reason = "for the sandbox, which not every platform has")]
pub(crate) struct IsolatedStart(EngineBuilder);

#[allow(dead_code, reason = "for the sandbox, which not every platform has")]
impl IsolatedStart {
    pub(crate) const fn new(builder: EngineBuilder) -> Self {
        Self(builder)
    }

    pub(crate) fn boot(self, _image: Option<&std::path::Path>) -> Result<Engine, BootError> {
        self.0.boot()
    }
}

/// No image can be used here.
///
/// # Errors
///
/// Always.
pub fn check(_path: &std::path::Path) -> Result<(), Refusal> {
    Err(Refusal::Platform)
}

/// There are none.
#[must_use]
pub fn conditions() -> Option<[u8; 32]> {
    None
}

/// There is none.
#[must_use]
pub fn identity(_conditions: [u8; 32]) -> Option<[u8; 32]> {
    None
}

/// There is none.
#[allow(dead_code, reason = "for the sandbox, which not every platform has")]
pub(crate) fn mapped() -> u64 {
    0
}

/// There is none.
#[allow(dead_code, reason = "for the sandbox, which not every platform has")]
pub(crate) fn holds(_: &std::ops::Range<usize>) -> bool {
    false
}

/// Memory for forked processes to allocate from first, which only images' platform has.
#[allow(dead_code, reason = "for the sandbox, which not every platform has")]
pub(crate) mod pocket {
    pub(crate) fn reserve() -> std::io::Result<()> {
        Err(std::io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn open() {}
}
