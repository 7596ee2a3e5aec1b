//! Thinned flows of every session keep every promise.

// Test helpers may panic like the tests they serve.
#![allow(clippy::unwrap_used)]

mod venue;

use proptest::prelude::*;
use tally_bench_data::sessions;
use venue::{LIMIT, check_promises, flow};

#[test]
fn every_session_at_every_size() {
    let mut remainders = 0;
    for session in sessions().unwrap() {
        for (messages, seeds) in [(20, 12), (21, 4), (50, 6), (100, 4), (400, 3), (2000, 1)] {
            for seed in 0..seeds {
                let flow = flow(session, Some(messages), 50, seed);
                assert_eq!(flow.events.len(), messages);
                assert!(!flow.full_day);
                remainders += check_promises(&flow).remainders;
                let proportional = (messages / 7).max(5) as u64;
                assert_eq!(
                    flow.figures.contracts_traded, proportional,
                    "{} {messages} {seed}",
                    session.row.date
                );
            }
        }
    }
    // The rule that a market order's rest is cancelled is put to use too.
    assert!(remainders > 0);
}

#[test]
fn the_narrowest_band_and_the_fewest_traders() {
    for session in sessions().unwrap() {
        let row = &session.row;
        for (messages, traders) in [(20, 2), (33, 2), (150, 2), (150, 3), (700, 2)] {
            for seed in 0..4 {
                let request = tally_bench_data::FlowRequest {
                    date: row.date,
                    messages: Some(messages),
                    traders,
                    seed,
                    band: (row.low, row.high),
                };
                check_promises(&tally_bench_data::generate(&request).unwrap());
            }
        }
    }
}

#[test]
fn takers_seldom_have_own_orders_within_reach() {
    let (mut takers, mut within) = (0, 0);
    for session in sessions().unwrap().iter().take(20) {
        let flow = flow(session, Some(400), 50, 1);
        takers += flow.figures.markets;
        within += check_promises(&flow).own_in_reach;
    }
    assert!(within * 50 <= takers, "{within} of {takers}");
}

proptest! {
    // A failing request is named in full by the panic: no file of past failures is kept.
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_request_keeps_the_promises(
        day in 0usize..62,
        messages in 20usize..600,
        traders in 2usize..80,
        seed: u64,
        below in 0i32..2 * LIMIT,
        above in 0i32..2 * LIMIT,
    ) {
        let session = &sessions().unwrap()[day];
        let row = &session.row;
        let request = tally_bench_data::FlowRequest {
            date: row.date,
            messages: Some(messages),
            traders,
            seed,
            band: (row.low - below, row.high + above),
        };
        let flow = tally_bench_data::generate(&request).unwrap();
        prop_assert_eq!(flow.events.len(), messages);
        check_promises(&flow);
    }
}
