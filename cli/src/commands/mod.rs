//! One module a command.

pub mod bench;
pub mod epoch;
pub mod keys;
pub mod market;
pub mod node;
pub mod replay;
pub mod sandbox;
pub mod trade;
