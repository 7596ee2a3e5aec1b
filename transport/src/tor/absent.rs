//! Without the feature `tor`: everything is refused.

use std::future::Future;

use super::{OnionAddress, TorOptions, TorProgress};
use crate::TransportError;
use crate::carrier::{Carrier, Connecting, Lane};
use crate::schedule::WarmCircuits;
use crate::server::{Handler, Server};

/// A way into the Tor network. There is none in this build.
#[derive(Clone, Debug)]
pub enum Tor {}

/// A carrier through Tor. There is none in this build.
#[derive(Clone, Debug)]
pub enum TorCarrier {}

/// An onion service. There is none in this build.
#[derive(Debug)]
pub enum OnionService {}

impl Tor {
    /// Refuses.
    ///
    /// # Errors
    /// [`TransportError::NoTor`], always.
    pub fn start(
        _options: TorOptions,
        _progress: &mut dyn FnMut(TorProgress),
    ) -> Result<Self, TransportError> {
        Err(TransportError::NoTor)
    }

    /// Never called.
    ///
    /// # Errors
    /// None: it is never called.
    pub fn carrier(
        &self,
        _address: OnionAddress,
        _warm: WarmCircuits,
    ) -> Result<TorCarrier, TransportError> {
        match *self {}
    }

    /// Never called.
    ///
    /// # Errors
    /// None: it is never called.
    pub fn publish(&self) -> Result<OnionService, TransportError> {
        match *self {}
    }
}

impl TorCarrier {
    /// Never called.
    #[must_use]
    pub fn ready(&self) -> usize {
        match *self {}
    }
}

impl Carrier for TorCarrier {
    fn connect(&self, _lane: Lane) -> Connecting<'_> {
        match *self {}
    }

    fn describe(&self) -> String {
        match *self {}
    }
}

impl OnionService {
    /// Never called.
    #[must_use]
    pub fn address(&self) -> &OnionAddress {
        match *self {}
    }

    /// Never called.
    pub fn reachable(&self) -> std::future::Pending<()> {
        match *self {}
    }

    /// Never called.
    pub async fn serve<H: Handler>(self, _server: Server<H>, _shutdown: impl Future + Send) {
        match self {}
    }
}
