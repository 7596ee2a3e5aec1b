//! Framed requests between a client and a node.
//!
//! This crate moves bytes: it knows nothing of what a request says, and depends on no other crate of the
//! workspace.
//!
//! * [`frame`]: a length and so many bytes, read without trusting the length.
//! * [`carrier`]: what brings a client to its node: [`TcpCarrier`](carrier::TcpCarrier), or
//!   [`TorCarrier`](tor::TorCarrier); whatever makes a stream of bytes can be another.
//! * [`tor`]: the way into the Tor network, onion services, and addresses of them.
//! * [`schedule`]: random times, of circuits and of messages.
//! * [`client`]: blocking requests for programs that are not asynchronous.
//! * [`server`]: an asynchronous server that hostile peers can neither fill nor stall.
//!
//! Frames are neither encrypted nor authenticated: over TCP, whoever is on the way reads and alters at will. A stream
//! to an onion service is both, by Tor: its address is the key of the service.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use tally_transport::carrier::{Lane, TcpCarrier};
//! use tally_transport::client::{Client, ClientOptions};
//! use tally_transport::server::{Handler, Origin, Reply, ServerLimits, serve};
//!
//! struct Echo;
//! impl Handler for Echo {
//!     async fn handle(&self, _origin: Origin, request: Vec<u8>) -> Reply {
//!         Reply::Keep(request)
//!     }
//! }
//!
//! let node = tokio::runtime::Runtime::new()?;
//! let listener = node.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
//! let address = listener.local_addr()?.to_string();
//! let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
//! let serving = node.spawn(serve(listener, ServerLimits::default(), Arc::new(Echo), stopped));
//!
//! let carrier = Box::new(TcpCarrier::new(&address)?);
//! let client = Client::new(carrier, ClientOptions::default())?;
//! let answer = client.request(Lane::Reading, b"what is new?", Duration::from_secs(5))?;
//! assert_eq!(answer, b"what is new?");
//!
//! drop(stop);
//! node.block_on(serving)??;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod carrier;
pub mod client;
pub mod frame;
pub mod schedule;
pub mod server;
pub mod tor;

mod deadline;
mod error;

pub use error::TransportError;
