//! Finding the opened sums of an epoch: anybody can, and one multiplication each checks what was found.

use tally_circuits::jubjub::Point;
use tally_circuits::refresh::LIMB_BITS;
use tally_exchange::market::Market;
use tally_exchange::message::{OpeningMessage, Transaction};
use tally_mpc::discrete_log::{self, SIGNED_BOUND};

/// The message that ends the revalidation under way, as soon as enough shares are there; none before.
///
/// It takes a fraction of a second: see [`tally_mpc::discrete_log`], and longer only if thousands of notes hold extreme
/// amounts. None as well if a sum is beyond its bounds, which the
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
            limb_sum(*low, opening.refreshed())?,
            limb_sum(*high, opening.refreshed())?,
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

/// The sum of one limb over `refreshed` notes, at most 2^24 each.
///
/// It is looked for around its middle first: a low limb is as good as uniform, and a high one is half of its range, zero
/// cash, but for amounts beyond all margin. So the search does not grow with the number of notes.
fn limb_sum(point: Point, refreshed: u64) -> Option<i64> {
    let most = i64::try_from(refreshed).ok()?.checked_mul(1 << LIMB_BITS)?;
    let middle = most / 2;
    let low = middle.saturating_sub(SIGNED_BOUND).max(0);
    let high = middle.saturating_add(SIGNED_BOUND).min(most);
    discrete_log::within(point, low, high)
        .or_else(|_| discrete_log::within(point, 0, most))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limbs_of_a_full_tree_are_found() {
        for notes in [1_u64, 3_000, 1 << 20] {
            let middle = i64::try_from(notes).expect("small") << (LIMB_BITS - 1);
            for sum in [middle, middle + 5_000_000, middle - 7_654_321] {
                let found = limb_sum(Point::of_integer(sum), notes);
                assert_eq!(found, Some(sum), "{notes} notes");
            }
        }
    }

    #[test]
    fn sums_far_from_the_middle_are_found_and_those_out_of_range_are_not() {
        let notes = 3_000;
        let most = 3_000_i64 << LIMB_BITS;
        for sum in [0, most] {
            assert_eq!(limb_sum(Point::of_integer(sum), notes), Some(sum));
        }
        assert_eq!(limb_sum(Point::of_integer(most + 1), notes), None);
    }
}
