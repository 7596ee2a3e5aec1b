//! An asynchronous server that hostile peers can neither fill nor stall.
//!
//! Each connection asks and is answered in turn. Everything it can take is bounded by [`ServerLimits`]. When memory runs
//! out, those give way who have been busy with their request or their answer for longest; when places do, those who have
//! completed nothing for longest, a long poll included: a newcomer always gets a place. What handlers hold until they answer is theirs to bound. A connection that got an answer is worth no more than
//! its limits: whoever must tell good peers from bad ones does it in the [`Handler`], by [`Reply::Close`].

mod connection;
mod counters;
mod limits;
mod seats;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

pub use counters::{ServerCounters, ServerCounts};
pub use limits::ServerLimits;

use self::connection::{Connection, Ending};
use self::seats::{Seat, Seats};
use crate::TransportError;
use crate::carrier::Stream;

/// How long running answers may take once a server stops.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(3);

/// The pause after a connection could not be accepted, most often for want of file descriptors: until some
/// are free again, trying at once would only keep a core busy.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Answers requests.
pub trait Handler: Send + Sync + 'static {
    /// The answer to `request`, and where that came from. Requests of one connection come one after the other, those of several at once.
    ///
    /// It may take its time, as for a long poll, and is then responsible for ending: no limit applies, and
    /// it goes on if the peer hangs up. It is dropped unfinished if the place of the connection goes to another,
    /// or the server stops. It must not block the thread.
    fn handle(&self, origin: Origin, request: Vec<u8>) -> impl Future<Output = Reply> + Send;
}

/// All that a server knows of where a request came from. Numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The connection.
    pub connection: u64,
    /// The circuit that brought it, if it came through Tor.
    pub circuit: Option<u64>,
}

/// An answer, of at most [`MAX_RESPONSE_BYTES`](crate::frame::MAX_RESPONSE_BYTES), and what becomes of the
/// connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Answer and wait for the next request.
    Keep(Vec<u8>),
    /// Answer and hang up: for peers that misbehave.
    Close(Vec<u8>),
}

/// Serves connections from everywhere under the same limits. Clones are the same server.
pub struct Server<H> {
    shared: Arc<Shared<H>>,
}

struct Shared<H> {
    limits: ServerLimits,
    handler: Arc<H>,
    counters: Arc<ServerCounters>,
    seats: Arc<Seats>,
    phase: watch::Sender<Phase>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Running,
    /// No further request is taken.
    Stopping,
    /// Running answers are abandoned.
    Stopped,
}

impl<H> Clone for Server<H> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<H: Handler> Server<H> {
    /// A server without connections.
    pub fn new(limits: ServerLimits, handler: Arc<H>) -> Self {
        let counters = Arc::new(ServerCounters::default());
        let seats = Arc::new(Seats::new(limits, Arc::clone(&counters)));
        let shared = Shared {
            limits,
            handler,
            counters,
            seats,
            phase: watch::Sender::new(Phase::Running),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// What it has seen, live.
    #[must_use]
    pub fn counters(&self) -> Arc<ServerCounters> {
        Arc::clone(&self.shared.counters)
    }

    /// Serves one connection to its end, and says how many requests were answered; `circuit` is the one that brought it, if
    /// it came through Tor.
    ///
    /// Dropping the future drops the connection.
    pub async fn serve_stream(&self, circuit: Option<u64>, stream: Box<dyn Stream>) -> u64 {
        let seat = self.shared.seats.admit();
        self.occupy(seat, circuit, stream).await
    }

    /// Accepts connections from `listener` and serves them until `shutdown` is ready; then as
    /// [`Server::stop`].
    ///
    /// Dropping the future drops the connections.
    ///
    /// # Errors
    /// [`TransportError::Listener`] if the listener is of no use any more. Passing troubles of accepting,
    /// such as a lack of file descriptors, are logged and waited out.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future + Send,
    ) -> Result<(), TransportError> {
        let mut tasks = JoinSet::new();
        let result = self.accept_all(&listener, &mut tasks, shutdown).await;
        // From here on newcomers are refused by the operating system.
        drop(listener);
        self.stop().await;
        tasks.abort_all();
        result
    }

    /// Takes no further requests, lets running answers finish for at most [`STOP_TIMEOUT`] and drops the
    /// connections that are left, however they came. A stopped server serves nothing any more.
    pub async fn stop(&self) {
        self.shared.phase.send_replace(Phase::Stopping);
        if tokio::time::timeout(STOP_TIMEOUT, self.shared.seats.empty())
            .await
            .is_err()
        {
            tracing::warn!("answers are abandoned: the server stops");
        }
        self.shared.phase.send_replace(Phase::Stopped);
    }

    async fn accept_all(
        &self,
        listener: &TcpListener,
        tasks: &mut JoinSet<()>,
        shutdown: impl Future + Send,
    ) -> Result<(), TransportError> {
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                biased;
                _ = &mut shutdown => return Ok(()),
                () = self.reached(Phase::Stopping) => return Ok(()),
                Some(ended) = tasks.join_next() => report_panic(ended),
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => self.begin(stream, tasks),
                    Err(error) => wait_out(error).await?,
                },
            }
        }
    }

    fn begin(&self, stream: TcpStream, tasks: &mut JoinSet<()>) {
        let seat = self.shared.seats.admit();
        // A frame is flushed whole: waiting for more to send would only delay it. If it cannot be set, the
        // connection is dead, which shows soon.
        let _ = stream.set_nodelay(true);
        let server = self.clone();
        tasks.spawn(async move {
            server.occupy(seat, None, Box::new(stream)).await;
        });
    }

    async fn occupy(&self, seat: Seat, circuit: Option<u64>, stream: Box<dyn Stream>) -> u64 {
        let mut answered = 0;
        let Shared {
            limits, handler, ..
        } = &*self.shared;
        let connection = Connection {
            stream,
            origin: Origin {
                connection: seat.number(),
                circuit,
            },
            seat: &seat,
            limits,
        };
        let stopping = || self.reached(Phase::Stopping);
        let ending = tokio::select! {
            biased;
            () = seat.lost() => Ending::Displaced,
            () = self.reached(Phase::Stopped) => Ending::Stopping,
            ending = connection.converse(&**handler, stopping, &mut answered) => ending,
        };
        ending.count(&self.shared.counters);
        tracing::debug!(connection = seat.number(), ?ending, "a connection ended");
        answered
    }

    async fn reached(&self, phase: Phase) {
        let mut phases = self.shared.phase.subscribe();
        // Fails only without a sender, which `self` holds.
        let _ = phases.wait_for(|current| *current >= phase).await;
    }
}

/// Serves connections from `listener` until `shutdown` is ready: [`Server::serve`] for those who need
/// neither counters nor connections from elsewhere.
///
/// # Errors
/// As [`Server::serve`].
pub async fn serve<H: Handler>(
    listener: TcpListener,
    limits: ServerLimits,
    handler: Arc<H>,
    shutdown: impl Future + Send,
) -> Result<(), TransportError> {
    Server::new(limits, handler).serve(listener, shutdown).await
}

fn report_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a handler panicked; its connection is dropped");
    }
}

async fn wait_out(source: io::Error) -> Result<(), TransportError> {
    match source.kind() {
        io::ErrorKind::InvalidInput => return Err(TransportError::Listener { source }),
        // A peer that left before it was accepted.
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset => {}
        _ => {
            tracing::warn!(error = %source, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
    }
    Ok(())
}
