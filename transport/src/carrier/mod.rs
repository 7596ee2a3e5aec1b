//! What brings a client to its node.

mod address;
mod tcp;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

pub use tcp::{DEFAULT_CONNECT_TIMEOUT, TcpCarrier};

use crate::TransportError;

/// With which other requests a request may share a connection, and so be known to have one sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Reading the ledger and the book: connections are shared by all reading and kept for more.
    Reading,
    /// One message that must not be linked to any other: a connection of its own, closed after the answer.
    Isolated,
}

/// A connection: bytes both ways. Every type that can be one is one.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + ?Sized> Stream for T {}

/// A connection in the making.
pub type Connecting<'a> =
    Pin<Box<dyn Future<Output = Result<Box<dyn Stream>, TransportError>> + Send + 'a>>;

/// Makes connections to one node.
pub trait Carrier: Send + Sync + 'static {
    /// Makes a new connection, always. A carrier that hides the sender must see to it that one for
    /// [`Lane::Isolated`] has nothing in common with any other.
    ///
    /// The client drops the future when the request's time is over. It is polled by the one thread that
    /// serves all requests of a client, which it must not block.
    ///
    /// # Errors
    /// [`TransportError::Refused`], [`TransportError::Unreachable`] or [`TransportError::ConnectTimeout`]:
    /// errors of which [`TransportError::was_sent`] is false.
    fn connect(&self, lane: Lane) -> Connecting<'_>;

    /// A message is about to come on [`Lane::Isolated`]: a carrier for which that takes long may begin. Does not block.
    fn prepare(&self) {}

    /// How much longer than its own time-out a request may take, for connecting.
    fn patience(&self) -> Duration {
        Duration::ZERO
    }

    /// The node and the way to it, for messages to people: `127.0.0.1:7400 over TCP`.
    fn describe(&self) -> String;
}

/// One carrier for several owners.
impl<C: Carrier + ?Sized> Carrier for Arc<C> {
    fn connect(&self, lane: Lane) -> Connecting<'_> {
        (**self).connect(lane)
    }

    fn prepare(&self) {
        (**self).prepare();
    }

    fn patience(&self) -> Duration {
        (**self).patience()
    }

    fn describe(&self) -> String {
        (**self).describe()
    }
}
