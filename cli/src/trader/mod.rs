//! A trader at the command line: where the node is, whose wallet, what is asked before something is sent.
//!
//! * [`words`]: amounts, orders and quotes as they are typed.
//! * [`config`]: the configuration file; [`places`]: node, wallet and folders, and where each of them is said.
//! * [`password`]: secrets come from a file or the terminal, never from an argument.
//! * [`connect`]: an agent, or an own desk with the wallet's lock; [`embedded`]: a node for one command; [`through_tor`]:
//!   the way to an onion service.
//! * [`error`]: why a command ends early, and the exit code of each reason.
//! * [`interrupt`]: an orderly end; [`progress`]: how far a desk is in coming up.

pub mod config;
pub mod connect;
mod embedded;
pub mod error;
pub mod interrupt;
pub mod password;
pub mod places;
mod progress;
pub mod through_tor;
pub mod warn;
pub mod words;
