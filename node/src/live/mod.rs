//! A live market: blocks at a set interval, and whoever asks over the API.
//!
//! * [`clock`]: what time it is in the market.
//! * [`queue`]: what waits for the next block; bounded.
//! * [`engine`]: ledger, state machine and block production; [`producer`] is its thread.
//! * [`recent`]: receipts and events of the last blocks.
//! * [`node`]: all of it from a market's folder ([`directory`]), with the API ([`server`]), health and metrics.
//! * [`operate`]: backup, restore and verification of a market's folder.

pub mod clock;
pub mod directory;
pub mod engine;
pub mod keys;
mod metrics;
pub mod node;
pub mod operate;
pub mod practice;
mod producer;
pub mod queue;
pub mod recent;
mod screen;
pub mod server;
mod stamps;
mod view;
