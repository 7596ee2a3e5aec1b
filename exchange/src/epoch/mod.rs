//! Revalidation: the parts of an epoch, each on its own and without access to the market.
//!
//! - [`terms`]: what an epoch asks of every note, its band, and what coming back late costs;
//! - [`watch`]: when the mark calls for an intraday epoch;
//! - [`seats`]: the decryptors' bonds, slashing and rewards;
//! - [`rounds`]: one key generation;
//! - [`opening`]: the decryption of an epoch's one sum;
//! - [`clearing`]: the account that takes what absent and distressed traders left, and its quote;
//! - [`turnstile`]: the daily check that no money was made.
//!
//! Everything is deterministic, takes its time from its caller, and is part of the market's state.

pub mod clearing;
pub mod opening;
pub mod rounds;
pub mod seats;
pub mod terms;
pub mod turnstile;
pub mod watch;
