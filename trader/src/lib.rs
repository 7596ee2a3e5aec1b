//! The trader's side of Tally: one seed, the notes that grow from it, and the messages that move them.
//!
//! * [`seed`] and [`keys`]: a BIP-39 phrase and everything that is derived from it.
//! * [`lineage`]: one chain of notes in one market through all its epochs, moved on by included statements alone
//!   ([`step`]); live keeping and recovery are the same function.
//! * [`history`]: what a wallet takes from the public log, indexed locally. It never asks anybody for one nullifier.
//! * [`wallet`]: all lineages of a seed in a market.
//! * [`request`], [`build`], [`prepared`]: from what a trader asks for to a message that lacks its proof, and to a
//!   transaction. [`claims`]: which records can be claimed. [`instruct`]: cancels and reductions, which need no proof.
//! * [`margin`]: what a note can still afford, before any proof is made.
//! * [`seat`] and [`opener`]: a decryptor's duties, and finding the opened sums of an epoch.
//! * [`agent`]: what a trader has to do without being told: claims, revalidation, coming back, duties, day orders after
//!   a [halt](halted).
//! * [`vault`] and [`lock`]: the encrypted wallet file, opened by one process at a time.

#![forbid(unsafe_code)]

pub mod agent;
pub mod build;
pub mod claims;
pub mod error;
pub mod halted;
pub mod history;
pub mod instruct;
pub mod keys;
pub mod lineage;
pub mod lock;
pub mod margin;
pub mod opener;
pub mod prepared;
pub mod request;
pub mod seat;
pub mod seed;
mod self_trade;
pub mod step;
pub mod vault;
pub mod wallet;
