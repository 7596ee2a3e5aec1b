//! What privacy costs a retail trader each trading day, under three arrangements of the same events; and how the width
//! of the price band trades margin for revalidations.
//!
//! | arrangement | what a trader does |
//! |---|---|
//! | (a) generic multi-party computation | takes part in a joint computation for every message of anybody: published times |
//! | (b) FuturesMEX | proves its inventory anew after every message of anybody: one proof of [`sha256`], measured |
//! | (c) Tally | proves its own messages, and one Refresh in each epoch: measured |
//!
//! The events are the complete synthetic flow of each of the 62 sessions; the epochs are counted by the state machine's
//! own mark, trigger and band over its trades. What is left out of each arrangement, and whom that favours, is in
//! `docs/burden.md`.

mod bands;
mod days;
mod error;
mod inputs;
mod published;
mod retail;
mod revalidations;
mod sessions;
pub mod sha256;
#[cfg(test)]
mod tests;

pub use error::BurdenError;
pub use inputs::UnitInputs;
pub use published::{GENERIC_MPC_HIGH_S, GENERIC_MPC_LOW_S, GENERIC_MPC_SOURCE};
pub use retail::retail_trader;
pub use sessions::{Sessions, TRADERS};
pub use sha256::{Sha256Cost, Sha256Depth, measure_sha256_event};

use crate::results::{BandChoice, Burden};

/// What privacy costs a retail trader on each of the 62 sessions. `progress` is told sessions generated and sessions in
/// all. Whoever wants [`bands`] too generates [`Sessions`] once for both.
///
/// # Errors
/// A unit cost that is no time.
pub fn burden(
    inputs: &UnitInputs,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Burden, BurdenError> {
    inputs.check()?;
    Sessions::generate(progress)?.burden(inputs)
}

/// Half-width and trigger distance against margin and number of epochs on the 62 sessions. `progress` is told sessions
/// generated and sessions in all.
///
/// # Errors
/// Only if the data compiled into the program are damaged.
pub fn bands(progress: &mut dyn FnMut(usize, usize)) -> Result<Vec<BandChoice>, BurdenError> {
    Sessions::generate(progress)?.bands(&mut |_, _| ())
}
