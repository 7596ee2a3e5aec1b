//! Connections over plain TCP.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Carrier, Connecting, Lane, Stream, address};
use crate::TransportError;

/// How long [`TcpCarrier`] waits for a connection unless told otherwise.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Makes connections over plain TCP to one address of this machine or of a private network.
///
/// It hides nothing: the node and everyone on the way see where the requests come from and what they say.
/// All connections look alike to them, so [`Lane::Isolated`] isolates only from the node's point of view
/// within the protocol.
#[derive(Clone, Debug)]
pub struct TcpCarrier {
    address: SocketAddr,
    connect_timeout: Duration,
}

impl TcpCarrier {
    /// A carrier to `address`: `IP:PORT` or `localhost:PORT`, which means `127.0.0.1:PORT`. No name is ever
    /// looked up. Does not connect yet.
    ///
    /// # Errors
    /// [`TransportError::BadAddress`], [`TransportError::HostName`] or [`TransportError::PublicAddress`].
    pub fn new(address: &str) -> Result<Self, TransportError> {
        let carrier = Self::to_any_network(address)?;
        if !address::is_private(carrier.address) {
            return Err(TransportError::PublicAddress {
                address: carrier.address,
            });
        }
        Ok(carrier)
    }

    /// As [`TcpCarrier::new`], but to any network. Everyone on the way reads the requests and sees who
    /// sends them: for nodes that hide nothing.
    ///
    /// # Errors
    /// [`TransportError::BadAddress`] or [`TransportError::HostName`].
    pub fn to_any_network(address: &str) -> Result<Self, TransportError> {
        Ok(Self {
            address: address::parse(address)?,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
        })
    }

    /// The same with another time-out of connecting.
    #[must_use]
    pub fn with_connect_timeout(self, connect_timeout: Duration) -> Self {
        Self {
            connect_timeout,
            ..self
        }
    }

    /// Where it connects to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    async fn open(&self) -> Result<Box<dyn Stream>, TransportError> {
        let connecting = async {
            let stream = TcpStream::connect(self.address).await?;
            // A frame is flushed whole: waiting for more to send would only delay it.
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        match timeout(self.connect_timeout, connecting).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(source)) => Err(self.not_connected(source)),
            Err(_elapsed) => Err(TransportError::ConnectTimeout {
                peer: self.describe(),
                timeout: self.connect_timeout,
            }),
        }
    }

    fn not_connected(&self, source: io::Error) -> TransportError {
        let peer = self.describe();
        if source.kind() == io::ErrorKind::ConnectionRefused {
            TransportError::Refused { peer, source }
        } else {
            TransportError::Unreachable { peer, source }
        }
    }
}

impl Carrier for TcpCarrier {
    fn connect(&self, _lane: Lane) -> Connecting<'_> {
        Box::pin(self.open())
    }

    fn describe(&self) -> String {
        format!("{} over TCP", self.address)
    }
}
