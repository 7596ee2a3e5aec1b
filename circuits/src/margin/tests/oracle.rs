//! Brute force: every combination of partial fills of every order, every tick of the band.

use proptest::prelude::*;

use super::orders::{Market, Order, note_with_orders};
use crate::margin::{MAX_POSITION_LIMIT, MarginViolation, equity, solvent};
use crate::note::Note;

/// The note with nothing reserved after each combination of fills at the limits. (A fill at a
/// better price leaves more cash and the same position.)
fn outcomes(market: &Market, orders: &[Order], note: &Note) -> Vec<Note> {
    let mut bare = note.clone();
    (bare.buy_quantity, bare.buy_cost) = (0, 0);
    (bare.sell_quantity, bare.sell_cost) = (0, 0);
    let mut found = vec![bare];
    for order in orders {
        let before = std::mem::take(&mut found);
        for note in &before {
            for quantity in 0..=order.quantity {
                let mut after = note.clone();
                order.fill(market, quantity, order.limit, &mut after);
                found.push(after);
            }
        }
    }
    found
}

/// The lowest equity over all outcomes and all ticks, in cents.
fn worst_equity(market: &Market, outcomes: &[Note]) -> i128 {
    let ticks = || (market.lo..=market.hi).map(|tick| tick * market.tau);
    outcomes
        .iter()
        .flat_map(|note| ticks().map(|price| equity(note, price)))
        .min()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// The theorem: solvent at maintenance means that nothing that can happen inside the band
    /// makes equity negative, and that the note is solvent at maintenance when all is claimed.
    #[test]
    fn a_solvent_note_stands_every_outcome(
        (market, orders, note) in note_with_orders(0..40_i64)
    ) {
        let (band, asked) = (market.band(), market.at_maintenance());
        prop_assert_eq!(solvent(&note, &band, &asked, MAX_POSITION_LIMIT), Ok(()));
        let outcomes = outcomes(&market, &orders, &note);
        prop_assert!(worst_equity(&market, &outcomes) >= 0);
        for after in &outcomes {
            prop_assert_eq!(solvent(after, &band, &asked, MAX_POSITION_LIMIT), Ok(()));
        }
    }

    /// The converse: if an equity inequality fails, there is an outcome with at least that
    /// shortfall.
    #[test]
    fn an_equity_shortfall_can_happen(
        (market, orders, note) in note_with_orders(-4_000..0_i64)
    ) {
        let verdict = solvent(&note, &market.band(), &market.at_maintenance(), MAX_POSITION_LIMIT);
        prop_assert!(verdict.is_err());
        if let Err(
            MarginViolation::EquityAtLow { shortfall }
            | MarginViolation::EquityAtHigh { shortfall },
        ) = verdict
        {
            let worst = worst_equity(&market, &outcomes(&market, &orders, &note));
            prop_assert!(worst <= -shortfall);
        }
    }
}
