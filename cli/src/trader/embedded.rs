//! A node in this process, on a market's folder, for as long as one command takes.

use super::error::TradeError;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use tally_node::live::directory::MarketFolder;
use tally_node::live::engine::EngineOptions;
use tally_node::live::node::{Node, NodeOptions};
use tally_transport::server::ServerLimits;

/// Starts it, at an address that the system chooses, and says which.
pub fn start(folder: &Path, insecure_keys: bool) -> Result<(Node, String), TradeError> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = NodeOptions {
        listen: Some(anywhere),
        onion: None,
        metrics: None,
        engine: EngineOptions::default(),
        limits: ServerLimits::default(),
        insecure_keys,
    };
    let node = Node::start(&MarketFolder::at(folder), &options)?;
    // It listens, as it was asked to.
    let address = node.address().unwrap_or(anywhere).to_string();
    Ok((node, address))
}
