//! What a remote has of the files of a session is fetched before the first one is compiled:
//! many at the same time, where the files would ask one after the other.

use pyc_rs_cache::Key;
use pyc_rs_compiler::MAX_SOURCE_LEN;
use rayon::prelude::*;

use super::{Action, Session, plan::Plan, read};
use crate::CodeCache;

impl Session<'_> {
    /// Looks at the sources that have to be read anyway. A dry run only asks what is there,
    /// and gets the keys of it.
    pub(super) fn fetch_ahead(&self, plans: &[Plan]) -> Vec<Key> {
        let store = self.cache.store();
        if store.remote().is_none() {
            return Vec::new();
        }
        let options = self.request.options;
        let key = |(file, plan): (&super::walk::SourceFile, &Plan)| match plan {
            Plan::Read { stamp, .. } if stamp.size <= MAX_SOURCE_LEN as u64 => {
                let source = read::read(&file.path).ok()?;
                let key = CodeCache::key(&source.bytes, options);
                (!store.contains(&key)).then_some(key)
            }
            Plan::Read { .. } | Plan::Nothing(_) => None,
        };
        let keys: Vec<Key> = self.sources.files.par_iter().zip(plans).filter_map(key).collect();
        if keys.is_empty() {
            return keys;
        }
        if self.request.action == Action::DryRun {
            return store.known_to_remote(&keys);
        }
        store.fetch_ahead(&keys);
        Vec::new()
    }
}
