//! New objects on their way into the cache: many small ones go into it together.
//!
//! The files of a session are split into chunks before the first one is compiled, by their
//! order and their sizes alone. A chunk is stored as soon as the last of its files is done: a
//! session that is killed loses what it was at, and what is stored together does not depend
//! on the number of jobs. (A source that is in two chunks is stored with the one that came
//! to it first.)

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use pyc_rs_cache::NewObject;

use super::plan::Plan;
use crate::CodeCache;

/// Sources of a chunk, in bytes. Their objects are about twice that.
const CHUNK_LEN: u64 = 6 << 20;

pub(super) struct Packing<'a> {
    cache: &'a CodeCache,
    chunks: Vec<Chunk>,
    /// The chunk of each file.
    chunk_of: Vec<usize>,
}

#[derive(Default)]
pub(super) struct Chunk {
    objects: Mutex<Vec<NewObject>>,
    files_left: AtomicUsize,
}

impl Chunk {
    /// Adds an object that is to be stored with this chunk.
    pub(super) fn add(&self, object: NewObject) {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).push(object);
    }
}

impl<'a> Packing<'a> {
    pub(super) fn new(cache: &'a CodeCache, plans: &[Plan]) -> Self {
        let mut chunks = vec![Chunk::default()];
        let mut chunk_of = Vec::with_capacity(plans.len());
        let mut len = 0;
        for plan in plans {
            if len > CHUNK_LEN {
                chunks.push(Chunk::default());
                len = 0;
            }
            if let Plan::Read { stamp, .. } = plan {
                len += stamp.size;
            }
            let last = chunks.len() - 1;
            *chunks[last].files_left.get_mut() += 1;
            chunk_of.push(last);
        }
        Self { cache, chunks, chunk_of }
    }

    /// The chunk of a file, by its number.
    pub(super) fn chunk(&self, file: usize) -> &Chunk {
        &self.chunks[self.chunk_of[file]]
    }

    /// A file is done; with the last of its chunk, the chunk is stored.
    pub(super) fn finished(&self, file: usize) {
        let chunk = self.chunk(file);
        if chunk.files_left.fetch_sub(1, Ordering::AcqRel) == 1 {
            let objects = std::mem::take(&mut *chunk.objects.lock().unwrap_or_else(PoisonError::into_inner));
            self.cache.keep_all(objects);
        }
    }
}
