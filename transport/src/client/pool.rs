//! Connections kept for further reading.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::Instant;

use super::ClientOptions;
use crate::carrier::Stream;

/// Unused connections, the one used last at the end.
pub(super) struct Pool {
    options: ClientOptions,
    kept: Mutex<Vec<Kept>>,
}

struct Kept {
    stream: Box<dyn Stream>,
    since: Instant,
}

impl Pool {
    pub(super) fn new(options: ClientOptions) -> Self {
        Self {
            options,
            kept: Mutex::default(),
        }
    }

    /// A connection that to all appearances is still open.
    pub(super) async fn take(&self) -> Option<Box<dyn Stream>> {
        loop {
            let Kept { mut stream, since } = self.kept().pop()?;
            if since.elapsed() < self.options.kept_for && is_quiet(&mut stream).await {
                return Some(stream);
            }
        }
    }

    /// Keeps a connection whose last answer is complete, or closes it if enough are kept.
    pub(super) fn keep(&self, stream: Box<dyn Stream>) {
        let mut kept = self.kept();
        if kept.len() < self.options.kept_connections {
            let since = Instant::now();
            kept.push(Kept { stream, since });
        }
    }

    /// Closes all connections.
    pub(super) fn clear(&self) {
        let closed = std::mem::take(&mut *self.kept());
        drop(closed);
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether nothing is to be read: neither the end of the connection nor bytes that nobody asked for.
async fn is_quiet(stream: &mut Box<dyn Stream>) -> bool {
    poll_fn(|context| {
        let mut byte = [0];
        let read = Pin::new(&mut *stream).poll_read(context, &mut ReadBuf::new(&mut byte));
        Poll::Ready(read.is_pending())
    })
    .await
}
