//! Blocking requests to one node.

mod exchange;
mod pool;

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use self::exchange::Link;
use crate::TransportError;
use crate::carrier::{Carrier, Lane};
use crate::deadline::after;
use crate::frame::MAX_REQUEST_BYTES;

/// How a client keeps its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// The most connections that are kept for [`Lane::Reading`] while no request uses them.
    pub kept_connections: usize,
    /// How long an unused connection is trusted. Less than the node's `idle` limit saves requests that are
    /// sent into a connection that is about to be closed.
    pub kept_for: Duration,
}

impl Default for ClientOptions {
    /// Four connections, 45 s.
    fn default() -> Self {
        Self {
            kept_connections: 4,
            kept_for: Duration::from_secs(45),
        }
    }
}

/// Sends requests to one node and waits for the answers.
///
/// Threads share it freely: requests run beside one another, each on a connection of its own while it
/// lasts. It runs one thread for all connections. Dropping it closes them and does not wait.
pub struct Client {
    link: Arc<Link>,
    /// Always there until the client is dropped.
    runtime: Option<Runtime>,
}

impl Client {
    /// A client that reaches its node by `carrier`. Does not connect yet.
    ///
    /// # Errors
    /// [`TransportError::Runtime`] if its thread cannot be started.
    pub fn new(carrier: Box<dyn Carrier>, options: ClientOptions) -> Result<Self, TransportError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("tally-transport")
            .enable_io()
            .enable_time()
            .build()
            .map_err(|source| TransportError::Runtime { source })?;
        Ok(Self {
            link: Arc::new(Link::new(carrier, options)),
            runtime: Some(runtime),
        })
    }

    /// Sends `request`, of at most [`MAX_REQUEST_BYTES`], and waits for the answer; all of it, connecting
    /// included, within `timeout` and the carrier's patience.
    ///
    /// On [`Lane::Reading`] a request may be sent twice, if a connection that was kept turns out to have
    /// been closed: only what can be repeated belongs there. On [`Lane::Isolated`] it is sent once at most.
    ///
    /// Blocks the thread, so it must not be called from an asynchronous task.
    ///
    /// # Errors
    /// [`TransportError`], of which [`TransportError::was_sent`] tells whether the node may have acted on
    /// the request nonetheless.
    pub fn request(
        &self,
        lane: Lane,
        request: &[u8],
        timeout: Duration,
    ) -> Result<Vec<u8>, TransportError> {
        let bytes = request.len();
        if bytes > MAX_REQUEST_BYTES {
            return Err(TransportError::RequestTooLong { bytes });
        }
        let timeout = timeout.saturating_add(self.link.patience());
        let (result, waiting) = mpsc::sync_channel(1);
        if let Some(runtime) = &self.runtime {
            let (link, request, deadline) =
                (Arc::clone(&self.link), request.to_vec(), after(timeout));
            runtime.spawn(async move {
                let outcome = link.request(lane, &request, deadline, timeout).await;
                // Nobody waits any more if the waiting thread has panicked.
                let _ = result.send(outcome);
            });
        }
        waiting.recv().unwrap_or_else(|_| {
            Err(TransportError::CarrierFailed {
                peer: self.describe(),
            })
        })
    }

    /// Tells the carrier that a message is about to come on [`Lane::Isolated`].
    pub fn prepare(&self) {
        self.link.prepare();
    }

    /// The node and the way to it, for messages to people.
    #[must_use]
    pub fn describe(&self) -> String {
        self.link.describe()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // The other way to end a runtime waits for it, and panics within another one.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
