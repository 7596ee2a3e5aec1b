//! What cheats try in a key generation, and what becomes of it: one test for every clause that is checked.

mod complaints;
mod dealings;
mod keys;
mod simulations;

use super::dealer::deal_tampered;
use super::{CheckedDealing, Dealing, DealingError, verify_dealing};
use crate::test_support::Market;
use tally_circuits::jubjub::Point;

/// The index of the dealer that cheats.
const CHEAT: u32 = 6;

fn verify(market: &Market, dealer: u32, dealing: &Dealing) -> Result<CheckedDealing, DealingError> {
    verify_dealing(&market.context, &market.participants, dealer, dealing)
}

/// A dealing of the cheat, changed before its proof is made.
fn tampered(
    market: &Market,
    tamper: impl FnOnce(&mut Vec<Point>, &mut Point, &mut Vec<[u8; 32]>),
) -> Dealing {
    let seat = &market.seats[CHEAT as usize];
    deal_tampered(&market.context, &market.participants, CHEAT, seat, tamper)
}
