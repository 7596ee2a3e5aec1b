//! A node's onion service: circuits in, streams out to a [`Server`], all of it bounded.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::{Stream, StreamExt};
use safelog::DisplayRedacted;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tor_cell::relaycell::msg::{Connected, End};
use tor_hsservice::config::OnionServiceConfigBuilder;
use tor_hsservice::{RendRequest, RunningOnionService, StreamRequest};
use tor_proto::stream::IncomingStreamRequest;

use super::network::reason;
use super::{ONION_PORT, OnionAddress, Tor};
use crate::TransportError;
use crate::server::{Handler, Server};

/// The name under which Tor keeps the identity of the service.
const NICKNAME: &str = "tally";
/// The most circuits at once. A newcomer takes the place of the one that has been without a stream for longest.
const MOST_CIRCUITS: usize = 1_024;
/// Streams on one circuit at once; one with more is closed by Tor.
const MOST_STREAMS: u32 = 16;
/// Circuits being joined at once: each takes the service a circuit of its own.
const MOST_JOINING: usize = 64;
/// How long joining a circuit may take.
const JOIN_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a circuit may be there before anything is asked on it: longer than clients keep theirs ready.
const UNUSED: Duration = Duration::from_secs(720);
/// How long it stays after the last stream on which something was asked: whoever reads has opened the next one by then.
const USED: Duration = Duration::from_secs(5);

/// The onion service of this process.
pub struct OnionService {
    address: OnionAddress,
    service: Arc<RunningOnionService>,
    requests: Pin<Box<dyn Stream<Item = RendRequest> + Send>>,
    // Its circuits end with it.
    tor: Tor,
}

impl OnionService {
    pub(super) fn launch(tor: &Tor) -> Result<Self, TransportError> {
        let failed = |problem: String| TransportError::Tor { problem };
        let nickname = NICKNAME.parse().map_err(|error| failed(reason(&error)))?;
        let mut builder = OnionServiceConfigBuilder::default();
        builder
            .nickname(nickname)
            .max_concurrent_streams_per_circuit(MOST_STREAMS);
        let configuration = builder.build().map_err(|error| failed(reason(&error)))?;
        let _within = tor.inner.handle.enter();
        let launched = tor.inner.client.launch_onion_service(configuration);
        let (service, requests) = launched
            .map_err(|error| failed(reason(&error)))?
            .ok_or_else(|| failed("the service is switched off".to_owned()))?;
        let address = service
            .onion_address()
            .ok_or_else(|| failed("the service has no identity".to_owned()))?;
        Ok(Self {
            address: address.display_unredacted().to_string().parse()?,
            service,
            requests: Box::pin(requests),
            tor: tor.clone(),
        })
    }

    /// Where it can be reached, once it is published.
    #[must_use]
    pub fn address(&self) -> &OnionAddress {
        &self.address
    }

    /// Is ready when Tor believes that the service can be reached: its descriptor is with the directories. Never, if the
    /// service ends before.
    pub fn reachable(&self) -> impl Future<Output = ()> + Send + use<> {
        let service = Arc::clone(&self.service);
        async move {
            let mut events = service.status_events();
            let mut status = service.status();
            while !status.state().is_fully_reachable() {
                match events.next().await {
                    Some(next) => status = next,
                    None => std::future::pending().await,
                }
            }
        }
    }

    /// Serves circuits until `shutdown` is ready, then closes them. The streams that the server still answers end with
    /// their circuits: stop the server first.
    pub async fn serve<H: Handler>(mut self, server: Server<H>, shutdown: impl Future + Send) {
        let mut shutdown = pin!(shutdown);
        let joining = Arc::new(Semaphore::new(MOST_JOINING));
        let circuits = Arc::new(Circuits::default());
        let mut tasks = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                _ = &mut shutdown => break,
                Some(_) = tasks.join_next() => {}
                request = self.requests.next() => {
                    let Some(request) = request else {
                        tracing::error!("the onion service has ended");
                        break;
                    };
                    let Ok(place) = Arc::clone(&joining).try_acquire_owned() else {
                        tracing::debug!("a circuit is refused: too many are being joined");
                        continue;
                    };
                    let Some(circuit) = circuits.admit() else {
                        tracing::debug!("a circuit is refused: no place");
                        continue;
                    };
                    let server = server.clone();
                    tasks.spawn_on(
                        async move {
                            let streams = timeout(JOIN_TIMEOUT, request.accept()).await;
                            drop(place);
                            match streams {
                                Ok(Ok(streams)) => circuit.serve(streams, server).await,
                                Ok(Err(error)) => {
                                    let reason = reason(&error);
                                    tracing::debug!(reason, "a circuit could not be joined");
                                }
                                Err(_elapsed) => tracing::debug!("a circuit was not joined in time"),
                            }
                        },
                        &self.tor.inner.handle,
                    );
                }
            }
        }
        tasks.shutdown().await;
    }
}

/// The circuits that are open, by number.
#[derive(Default)]
struct Circuits {
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    last_number: u64,
    /// Changes of what is idle, counted: the lowest has been idle for longest.
    last_change: u64,
    open: BTreeMap<u64, Arc<Notify>>,
    /// Those without a stream: by change, the circuit.
    idle: BTreeMap<u64, u64>,
}

impl Circuits {
    /// A place for a newcomer: a free one, or that of the circuit that has been without a stream for longest.
    fn admit(self: &Arc<Self>) -> Option<Circuit> {
        let mut books = self.books();
        if books.open.len() >= MOST_CIRCUITS {
            let (_, oldest) = books.idle.pop_first()?;
            if let Some(leave) = books.open.remove(&oldest) {
                leave.notify_one();
            }
        }
        books.last_number += 1;
        let (number, leave) = (books.last_number, Arc::new(Notify::new()));
        books.open.insert(number, Arc::clone(&leave));
        drop(books);
        Some(Circuit {
            circuits: Arc::clone(self),
            number,
            leave,
            idle_since: None,
        })
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A circuit with a place.
struct Circuit {
    circuits: Arc<Circuits>,
    number: u64,
    leave: Arc<Notify>,
    idle_since: Option<u64>,
}

impl Circuit {
    /// Serves the streams of a circuit until it ends, or has had none for long.
    async fn serve<H: Handler>(
        mut self,
        mut requests: impl Stream<Item = StreamRequest> + Unpin,
        server: Server<H>,
    ) {
        tracing::debug!(circuit = self.number, "a circuit is joined");
        let leave = Arc::clone(&self.leave);
        let mut streams = JoinSet::new();
        let mut was_asked = false;
        loop {
            self.set_idle(streams.is_empty());
            let patience = if was_asked { USED } else { UNUSED };
            tokio::select! {
                biased;
                () = leave.notified() => break,
                Some(asked) = streams.join_next() => was_asked |= asked.unwrap_or(0) > 0,
                request = requests.next() => match request {
                    Some(request) => {
                        let (circuit, server) = (self.number, server.clone());
                        streams.spawn(async move { serve_stream(circuit, request, server).await });
                    }
                    None => break,
                },
                () = sleep(patience), if streams.is_empty() => break,
            }
        }
        tracing::debug!(circuit = self.number, "a circuit ended");
    }

    fn set_idle(&mut self, is_idle: bool) {
        if is_idle == self.idle_since.is_some() {
            return;
        }
        let mut books = self.circuits.books();
        if let Some(change) = self.idle_since.take() {
            books.idle.remove(&change);
        }
        if is_idle {
            books.last_change += 1;
            let change = books.last_change;
            books.idle.insert(change, self.number);
            self.idle_since = Some(change);
        }
    }
}

impl Drop for Circuit {
    fn drop(&mut self) {
        self.set_idle(false);
        self.circuits.books().open.remove(&self.number);
    }
}

/// Serves one stream; returns how many requests were answered on it.
async fn serve_stream<H: Handler>(circuit: u64, request: StreamRequest, server: Server<H>) -> u64 {
    let is_ours = matches!(
        request.request(),
        IncomingStreamRequest::Begin(begin) if begin.port() == ONION_PORT
    );
    if !is_ours {
        // The answer that every service gives, so that none can be told by it.
        let _ = request.reject(End::new_misc()).await;
        return 0;
    }
    match request.accept(Connected::new_empty()).await {
        Ok(stream) => server.serve_stream(Some(circuit), Box::new(stream)).await,
        Err(error) => {
            let reason = reason(&error);
            tracing::debug!(circuit, reason, "a stream could not be taken");
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Circuits, MOST_CIRCUITS};
    use std::sync::Arc;

    #[test]
    fn a_newcomer_takes_the_place_of_the_one_that_is_idle_for_longest() {
        let circuits = Arc::new(Circuits::default());
        let mut open: Vec<_> = (0..MOST_CIRCUITS)
            .map(|_| circuits.admit().unwrap())
            .collect();
        assert!(
            circuits.admit().is_none(),
            "all have streams, or are being joined"
        );
        open[7].set_idle(true);
        open[3].set_idle(true);
        open[7].set_idle(false);
        open[7].set_idle(true);
        let newcomer = circuits.admit().unwrap();
        assert!(circuits.books().open.contains_key(&open[7].number));
        assert!(!circuits.books().open.contains_key(&open[3].number));
        // It has to leave, and is in no book when it has left.
        drop(newcomer);
        assert_eq!(circuits.books().open.len(), MOST_CIRCUITS - 1);
        drop(open);
        let books = circuits.books();
        assert!(books.open.is_empty() && books.idle.is_empty());
    }
}
