//! A trader at a node: an own replica of the market, kept in step and verified, and everything a wallet can ask for.
//!
//! * [`request`], [`reply`]: the one language of commands, sessions and the agent's socket.

#![forbid(unsafe_code)]

pub mod reply;
pub mod request;
