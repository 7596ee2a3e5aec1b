//! A trader at a node: an own replica of the market, kept in step and verified, and everything a wallet can ask for.
//!
//! * [`request`], [`reply`]: the one language of commands, sessions and the agent's socket.
//! * [`desk`]: answers requests; one thread owns it.
//! * [`runner`]: a desk at work; [`agent`]: its socket; [`session`]: JSON lines; [`connection`]: an own desk or an agent.
//! * [`node_client`]: a node, as a client asks it.
//! * [`follower`]: the replica: every block chained, verified, executed, compared; a lie is named.
//! * [`keys`]: the market's keys, checked by the hashes of its genesis.
//! * [`journal`]: what was sent, written down before it leaves.
//! * [`blotter`]: orders, fills, cash, profit and loss.
//! * [`feed`]: what happened in the market, numbered.
//! * [`sealed`]: files that only the wallet's owner can read.
//! * [`known`]: which chain was met at which node.

#![forbid(unsafe_code)]

pub mod agent;
pub mod blotter;
pub mod connection;
pub mod desk;
pub mod feed;
pub mod follower;
pub mod journal;
pub mod keys;
pub mod known;
pub mod node_client;
mod reader;
pub mod reply;
pub mod request;
pub mod runner;
pub mod sealed;
pub mod session;
