//! Connections to a node's onion service.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use arti_client::{ErrorKind, HasKind};
use tokio::task::JoinHandle;
use tor_hscrypto::pk::HsId;

use super::circuits::Circuits;
use super::network::{CONNECT_TIMEOUT, Client, open, reason};
use super::{OnionAddress, Tor};
use crate::TransportError;
use crate::carrier::{Carrier, Connecting, Lane, Stream};
use crate::schedule::WarmCircuits;

/// Attempts for one message: relays come and go. Nothing was sent before the last of them.
const ATTEMPTS: usize = 2;

/// Makes connections to one node's onion service, through Tor and in no other way.
///
/// [`Lane::Isolated`] takes an isolated client and a circuit of its own for each connection, [`Lane::Reading`] one for all.
/// The node sees neither who asks nor which connections have one sender.
pub struct TorCarrier {
    tor: Tor,
    address: OnionAddress,
    reading: Arc<Client>,
    circuits: Arc<Circuits>,
}

impl TorCarrier {
    pub(super) fn new(
        tor: Tor,
        address: OnionAddress,
        warm: WarmCircuits,
    ) -> Result<Self, TransportError> {
        // The checksum, before anything is asked about it.
        address
            .host()
            .parse::<HsId>()
            .map_err(|_| TransportError::BadOnionAddress {
                address: address.to_string(),
            })?;
        Ok(Self {
            reading: tor.inner.client.isolated_client(),
            circuits: Circuits::new(&tor, address.clone(), warm),
            address,
            tor,
        })
    }

    /// How many circuits are ready for messages to come.
    #[must_use]
    pub fn ready(&self) -> usize {
        self.circuits.ready()
    }

    /// On Tor's own threads, whoever waits for it.
    async fn open(&self, lane: Lane) -> Result<Box<dyn Stream>, TransportError> {
        let (reading, circuits) = (Arc::clone(&self.reading), Arc::clone(&self.circuits));
        let address = self.address.clone();
        let mut work = AbortOnDrop(self.tor.inner.handle.spawn(async move {
            let mut last = None;
            for _ in 0..ATTEMPTS {
                let client = match lane {
                    Lane::Reading => Arc::clone(&reading),
                    Lane::Isolated => circuits.take().await,
                };
                match open(&client, &address).await {
                    Ok(stream) => return Ok(stream),
                    Err(Some(error)) => last = Some(error),
                    Err(None) => return Err(None),
                }
            }
            Err(last)
        }));
        match (&mut work.0).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(self.not_connected(error.as_ref())),
            // Its runtime has ended: the process is about to.
            Err(_) => Err(self.not_connected(None)),
        }
    }

    fn not_connected(&self, error: Option<&arti_client::Error>) -> TransportError {
        let peer = self.describe();
        let Some(error) = error else {
            return TransportError::ConnectTimeout {
                peer,
                timeout: CONNECT_TIMEOUT,
            };
        };
        let source = io::Error::other(reason(error));
        match error.kind() {
            ErrorKind::OnionServiceNotFound
            | ErrorKind::OnionServiceNotRunning
            | ErrorKind::RemoteConnectionRefused
            | ErrorKind::RemoteStreamClosed => TransportError::Refused { peer, source },
            _ => TransportError::Unreachable { peer, source },
        }
    }
}

impl Carrier for TorCarrier {
    fn connect(&self, lane: Lane) -> Connecting<'_> {
        Box::pin(self.open(lane))
    }

    fn prepare(&self) {
        self.circuits.prepare(&self.tor);
    }

    fn patience(&self) -> Duration {
        CONNECT_TIMEOUT
    }

    fn describe(&self) -> String {
        format!("{} over Tor", self.address)
    }
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
