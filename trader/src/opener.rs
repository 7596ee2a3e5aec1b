//! Finding the opened sums of an epoch: anybody can, and one multiplication each checks what was found.

use tally_exchange::market::Market;
use tally_exchange::message::{OpeningMessage, Transaction};
use tally_mpc::discrete_log;

/// The message that ends the revalidation under way, as soon as enough shares are there; none before.
///
/// It takes a fraction of a second: see [`tally_mpc::discrete_log`]. None as well if a sum is beyond its bounds, which the
/// proofs behind it rule out.
#[must_use]
pub fn opening(market: &Market) -> Option<Transaction> {
    let opening = market.opening()?;
    let points = opening.points()?;
    let (position, limbs) = points.split_first()?;
    let position = discrete_log::signed(*position).ok()?;
    let cash = match limbs {
        [] => None,
        [low, high] => Some([
            discrete_log::non_negative(*low).ok()?,
            discrete_log::non_negative(*high).ok()?,
        ]),
        _ => return None,
    };
    Some(Transaction::Opening(OpeningMessage {
        chain: market.chain(),
        market: market.symbol(),
        epoch: opening.epoch(),
        position,
        cash,
    }))
}
