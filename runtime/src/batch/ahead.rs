//! What a remote has of the files of a session is fetched before the first one is compiled:
//! many at the same time, where the files would ask one after the other. The first ones are on
//! their way while the sources of the others are still being read.

use std::{
    sync::{
        atomic::Ordering,
        mpsc::{self, Receiver, Sender},
    },
    thread,
};

use pyc_rs_cache::Key;
use rayon::prelude::*;

use super::{
    Action, Session,
    plan::{Ahead, Plan},
    walk::SourceFile,
};

impl<'a> Session<'a> {
    /// Reads the sources that have to be read anyway, and notes in the plans what they are. A dry
    /// run only asks what is there.
    pub(super) fn fetch_ahead(&self, plans: &mut [Plan]) {
        if self.cache.store().remote().is_none() || !plans.iter().any(|plan| matches!(plan, Plan::Read { .. })) {
            return;
        }
        let (sender, keys) = mpsc::channel();
        let read = |sender: &mut Sender<Key>, (file, plan): (&'a SourceFile, &mut Plan)| {
            let Plan::Read { stamp, ahead, .. } = plan else { return };
            *ahead = self.job(file).look_ahead(stamp);
            if let Some(Ahead { key, .. }) = *ahead {
                // Nobody listens where the remote is not asked any more.
                let _ = sender.send(key);
            }
        };
        let files: &'a [SourceFile] = &self.sources.files;
        thread::scope(|scope| {
            let asking = thread::Builder::new().spawn_scoped(scope, move || self.ask(keys));
            if asking.is_ok() {
                files.par_iter().zip(plans).for_each_with(sender, read);
            }
        });
    }

    fn ask(&self, keys: Receiver<Key>) {
        let store = self.cache.store();
        if self.request.action == Action::DryRun {
            self.objects.are_present(&store.known_to_remote(keys.into_iter().filter(|key| !store.contains(key))));
            return;
        }
        let fetched = store.fetch_ahead(keys);
        // Each was verified when it came. Warnings are read from the artifacts.
        if !self.request.replay_warnings {
            store.counters().hits.fetch_add(fetched.len() as u64, Ordering::Relaxed);
            self.objects.are_present(&fetched);
        }
    }
}
