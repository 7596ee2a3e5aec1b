//! One module a command.

pub mod keys;
pub mod market;
pub mod replay;
