//! The threads that speak to a remote, and how others wait for them.

use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use super::client::Client;
use super::fault::Fault;

/// Enough to unpack on one while the other one waits for the network.
const THREADS: usize = 2;

/// How much later than its deadline an operation may report that it has passed.
const GRACE: Duration = Duration::from_millis(50);

/// A client and its threads.
pub(super) struct Line {
    pub(super) client: Client,
    /// Always there, until it is dropped.
    runtime: Option<Runtime>,
}

impl Line {
    pub(super) fn start(client: Client) -> Result<Self, Fault> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("pyc-rs-remote")
            .enable_all()
            .build()
            .map_err(|_| Fault::new("there are no threads to speak to it"))?;
        Ok(Self { client, runtime: Some(runtime) })
    }

    /// Starts something in the background.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            drop(runtime.spawn(task));
        }
    }

    /// Waits for a task, which is given up at its limit. Works on any thread, those of
    /// another runtime included.
    pub(super) fn wait_for<T: Send + 'static>(
        &self,
        limit: Duration,
        task: impl Future<Output = Result<T, Fault>> + Send + 'static,
    ) -> Result<T, Fault> {
        let answer = self.start_task(limit, task);
        answer.recv_timeout(limit + GRACE).unwrap_or_else(|_| Err(Fault::timeout()))
    }

    fn start_task<T: Send + 'static>(
        &self,
        limit: Duration,
        task: impl Future<Output = Result<T, Fault>> + Send + 'static,
    ) -> Receiver<Result<T, Fault>> {
        let (sender, answer) = mpsc::sync_channel(1);
        self.spawn(async move {
            let result = tokio::time::timeout(limit, task).await.unwrap_or_else(|_| Err(Fault::timeout()));
            // Nobody waits any more when the limit has passed.
            let _ = sender.send(result);
        });
        answer
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // To wait for its tasks here would be forbidden on a thread of another runtime.
            runtime.shutdown_background();
        }
    }
}
