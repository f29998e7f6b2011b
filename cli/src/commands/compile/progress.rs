//! The progress bar of `pyc-rs compile`.

use std::{
    sync::Once,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pyc_rs_runtime::batch::{FileReport, Observer};

/// Work that is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bar on standard error, if that is a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
    quiet: bool,
    show: Once,
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        Self { bar: ProgressBar::hidden(), started: Instant::now(), quiet, show: Once::new() }
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self) {
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} files, {eta} left") {
            self.bar.set_style(style);
        }
        // Draws nothing where it is not a terminal, or a dumb one.
        self.bar.set_draw_target(ProgressDrawTarget::stderr());
    }
}

impl Observer for Progress {
    fn found(&self, files: usize) {
        self.bar.set_length(files as u64);
    }

    fn finished(&self, _file: &FileReport) {
        self.bar.inc(1);
        if !self.quiet && self.started.elapsed() > PATIENCE {
            self.show.call_once(|| self.show());
        }
    }
}
