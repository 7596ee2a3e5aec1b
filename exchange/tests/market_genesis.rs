//! What a market refuses to start from.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

use tally_exchange::calendar::Date;
use tally_exchange::market::{Genesis, GenesisError, Market, SettlementSigners};
use tally_exchange::message::ChainId;
use tally_exchange::specification::Specification;
use tally_exchange::units::Price;

fn start(specification: Specification, prior: i32) -> Result<Market, GenesisError> {
    let date: Date = "2017-01-03".parse().unwrap();
    let session = specification.calendar.session(date).unwrap().clone();
    Market::new(Genesis {
        chain: ChainId([1; 32]),
        specification,
        session,
        prior_settlement: Price(prior),
        after_limit_settlement: false,
        settlement: SettlementSigners::default(),
        siblings: Vec::new(),
    })
}

/// 2 * v_max * (edge + fee) < 2^47, or a claim could leave the range of a note's cash.
#[test]
fn prices_that_a_notes_cash_can_not_hold_are_refused() {
    assert!(start(Specification::lean_hogs(), 2646).is_ok());
    assert!(start(Specification::lean_hogs(), 3_000_000).is_ok());
    let refused = start(Specification::lean_hogs(), 4_000_000);
    assert!(matches!(refused, Err(GenesisError::NoteRange(20_000))));
    // The exact boundary, in ticks of 1,000 cents, fee 100: 2 * 20,000 * (e * 1,000 + 100) < 2^47.
    let largest = ((1_i64 << 47) / 40_000 - 100) / 1_000;
    let prior = i32::try_from(largest).unwrap() - 120;
    assert!(start(Specification::lean_hogs(), prior).is_ok());
    assert!(start(Specification::lean_hogs(), prior + 1).is_err());
}
