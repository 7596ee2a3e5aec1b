//! Runs a Tally market: executes the ordered log, and replays trading days on it.
//!
//! * [`genesis`]: what a chain starts from.
//! * [`live`]: a live market: blocks at an interval, and the API ([`api`], [`stamp`]) that clients use.
//! * [`entry`]: what one transaction of the ledger is to a node.
//! * [`keys`]: the keys of the three statements.
//! * [`replica`]: markets and cash accounts, moved by blocks; two replicas of one ledger agree on every state hash.
//! * [`verifier`]: checks a block's proofs in batches before the block is executed.
//! * [`epoch_cost`]: what one revalidation epoch costs node and traders, measured.
//! * [`replay`]: Lean Hog days with many traders, every proof real.
//! * [`linkability`]: how well a node can tell which messages one trader sent, measured.
//! * [`sandbox`]: a live market with simulated traders, for practice.

#![forbid(unsafe_code)]

pub mod api;
pub mod cash;
pub mod entry;
pub mod epoch_cost;
mod flow;
pub mod genesis;
pub mod keys;
pub mod linkability;
pub mod live;
pub mod process;
pub mod replay;
pub mod replica;
pub mod sandbox;
pub mod stamp;
pub mod verifier;
