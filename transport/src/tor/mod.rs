//! The Tor network, for clients and for onion services.
//!
//! A process has one [`Tor`] at most: its way into the network, with a state and a cache directory of its own. Carriers
//! to nodes and onion services are made from it. It is there with the feature `tor` only; without it [`Tor::start`]
//! says how to get it, and nothing else happens.
//!
//! **Fails closed.** What goes by a [`Tor`] goes through Tor or not at all: nothing here connects to anything but the
//! relays of the network's configuration and directory, and no name is looked up, ever.

mod address;
mod directory;
mod options;

#[cfg(not(feature = "tor"))]
mod absent;
#[cfg(feature = "tor")]
mod carrier;
#[cfg(feature = "tor")]
mod circuits;
#[cfg(feature = "tor")]
mod configuration;
#[cfg(feature = "tor")]
mod network;
#[cfg(feature = "tor")]
mod onion;

pub use address::{OnionAddress, is_onion};
pub use directory::TorDirectory;
pub use options::{TorOptions, TorProgress};

#[cfg(not(feature = "tor"))]
pub use absent::{OnionService, Tor, TorCarrier};
#[cfg(feature = "tor")]
pub use carrier::TorCarrier;
#[cfg(feature = "tor")]
pub use network::Tor;
#[cfg(feature = "tor")]
pub use onion::OnionService;

/// The port of an onion service at which a node answers, unless an address names another. It is a number in a message to
/// the service and nothing more: nobody listens at it.
pub const ONION_PORT: u16 = 7_227;
