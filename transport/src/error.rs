//! What can go wrong between a client and a node.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::frame::{MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES};

/// Why a request got no answer, or why a server ended. Every variant names the peer or the value, and the
/// remedy.
#[derive(Debug, Error)]
pub enum TransportError {
    /// The address is neither `IP:PORT` nor `localhost:PORT`.
    #[error(
        "the address {address:?} cannot be read; give IP:PORT, as in 127.0.0.1:7400 or [::1]:7400, or localhost:PORT"
    )]
    BadAddress {
        /// The address as it was given.
        address: String,
    },
    /// The address has a host name.
    #[error(
        "the address {address:?} has a host name, and names are never looked up because name servers would learn of it; \
         give IP:PORT or localhost:PORT"
    )]
    HostName {
        /// The address as it was given.
        address: String,
    },
    /// The address is neither of this machine nor of a private network.
    #[error(
        "the address {address} is neither of this machine nor of a private network, and plain TCP would show the \
         requests to everyone on the way; give an address in 127.0.0.0/8, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, \
         ::1 or fc00::/7"
    )]
    PublicAddress {
        /// The address.
        address: SocketAddr,
    },
    /// The address is an onion service's, and TCP was asked for.
    #[error(
        "the address {address:?} is an onion service's, which is reached through Tor alone: nothing was connected to and \
         nothing looked up; name it where a node's address is asked for"
    )]
    OnionOverTcp {
        /// The address as it was given.
        address: String,
    },
    /// The address of an onion service is none.
    #[error(
        "the address {address:?} is no onion service's: give the 56 letters and digits of a version 3 address and \
         \".onion\", as the node printed them, with :PORT if it is not 7227"
    )]
    BadOnionAddress {
        /// The address as it was given.
        address: String,
    },
    /// This build has no Tor.
    #[error(
        "this build of tally has no Tor, and nothing was sent in another way; build one that has it: \
         cargo build --release --features tor"
    )]
    NoTor,
    /// The directory of what Tor keeps can't be used.
    #[error(
        "Tor's directory {}: {source}; end other processes that use it, or see that it can be written", path.display()
    )]
    TorDirectory {
        /// The directory.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The configuration of Tor can't be used.
    #[error("Tor's configuration {}: {problem}; correct it (the form is that of arti.toml)", path.display())]
    TorConfiguration {
        /// The file, or the directory where there is none.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Tor found no way into its network.
    #[error(
        "Tor is not ready after {seconds} s, {percent}% done ({why}); nothing was sent, and nothing will be without Tor: \
         check the connection to the internet and this machine's clock; where Tor is blocked, name bridges in a file for \
         --tor-config; or allow more time with --tor-patience"
    )]
    TorNotReady {
        /// How long was waited, in seconds.
        seconds: u64,
        /// How far it was, in percent.
        percent: u8,
        /// What stood in the way.
        why: String,
    },
    /// Tor does not start, or its onion service.
    #[error("Tor does not start: {problem}; nothing was sent: put that right and start again")]
    Tor {
        /// What is wrong.
        problem: String,
    },
    /// The threads of a client could not be started.
    #[error(
        "the client's thread cannot be started ({source}); close other programs and start again"
    )]
    Runtime {
        /// The operating system's reason.
        source: io::Error,
    },
    /// The request is longer than a request may be.
    #[error(
        "the request has {bytes} bytes, at most {MAX_REQUEST_BYTES} are allowed; send less at a time"
    )]
    RequestTooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// Nobody listens at the address.
    #[error("{peer} refused the connection ({source}); check that the node runs, and its address")]
    Refused {
        /// The node, as the carrier describes it.
        peer: String,
        /// The operating system's reason.
        source: io::Error,
    },
    /// There is no way to the node.
    #[error("{peer} cannot be reached ({source}); check the network and the node's address")]
    Unreachable {
        /// The node, as the carrier describes it.
        peer: String,
        /// The carrier's reason.
        source: io::Error,
    },
    /// No connection within the time-out.
    #[error(
        "{peer} did not take the connection within {} s; check that the node runs, or allow more time",
        timeout.as_secs_f64()
    )]
    ConnectTimeout {
        /// The node, as the carrier describes it.
        peer: String,
        /// How long was waited.
        timeout: Duration,
    },
    /// The peer did not take the whole request within the time-out.
    #[error(
        "{peer} did not take the whole request within {} s; it was not delivered: send it again, or allow more time",
        timeout.as_secs_f64()
    )]
    SendTimeout {
        /// The node, as the carrier describes it.
        peer: String,
        /// The time-out of the request.
        timeout: Duration,
    },
    /// The connection ended before the whole request was handed over.
    #[error(
        "{peer} closed the connection before it had the request ({source}); it was not delivered: send it again"
    )]
    ClosedBeforeRequest {
        /// The node, as the carrier describes it.
        peer: String,
        /// The reason.
        source: io::Error,
    },
    /// No complete answer within the time-out.
    #[error(
        "{peer} did not answer within {} s; whether it acted on the request is unknown: look before you send it again",
        timeout.as_secs_f64()
    )]
    AnswerTimeout {
        /// The node, as the carrier describes it.
        peer: String,
        /// The time-out of the request.
        timeout: Duration,
    },
    /// The connection ended after the request was handed over and before the answer was complete.
    #[error(
        "{peer} closed the connection before it answered ({source}); whether it acted on the request is unknown: look \
         before you send it again"
    )]
    ClosedBeforeAnswer {
        /// The node, as the carrier describes it.
        peer: String,
        /// The reason.
        source: io::Error,
    },
    /// The peer announced an answer longer than an answer may be.
    #[error(
        "{peer} announced an answer of {bytes} bytes, at most {MAX_RESPONSE_BYTES} are allowed; check that a node \
         listens there"
    )]
    AnswerTooLong {
        /// The node, as the carrier describes it.
        peer: String,
        /// The announced length in bytes.
        bytes: u32,
    },
    /// The task that carried the request ended without a result: the carrier panicked.
    #[error(
        "the carrier to {peer} failed; whether the request was delivered is unknown: look before you send it again, and \
         start the program anew"
    )]
    CarrierFailed {
        /// The node, as the carrier describes it.
        peer: String,
    },
    /// A server's socket takes no connections any more.
    #[error("the listening socket failed ({source}); bind it again")]
    Listener {
        /// The operating system's reason.
        source: io::Error,
    },
}

impl TransportError {
    /// Whether the request may have reached the other side. If so, what came of it is unknown; if not, it
    /// certainly was not acted upon.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        match self {
            Self::AnswerTimeout { .. }
            | Self::ClosedBeforeAnswer { .. }
            | Self::AnswerTooLong { .. }
            | Self::CarrierFailed { .. } => true,
            Self::BadAddress { .. }
            | Self::HostName { .. }
            | Self::PublicAddress { .. }
            | Self::OnionOverTcp { .. }
            | Self::BadOnionAddress { .. }
            | Self::NoTor
            | Self::TorDirectory { .. }
            | Self::TorConfiguration { .. }
            | Self::TorNotReady { .. }
            | Self::Tor { .. }
            | Self::Runtime { .. }
            | Self::RequestTooLong { .. }
            | Self::Refused { .. }
            | Self::Unreachable { .. }
            | Self::ConnectTimeout { .. }
            | Self::SendTimeout { .. }
            | Self::ClosedBeforeRequest { .. }
            | Self::Listener { .. } => false,
        }
    }

    /// Whether the other side ended the connection.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(
            self,
            Self::ClosedBeforeRequest { .. } | Self::ClosedBeforeAnswer { .. }
        )
    }
}
