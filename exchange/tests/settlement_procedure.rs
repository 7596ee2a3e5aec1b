//! The settlement procedure, its averages against an exact rational oracle.

#![allow(clippy::unwrap_used, reason = "a test helper that fails the test")]

use proptest::prelude::*;
use tally_exchange::settlement::{Settlement, SettlementError, SettlementTier, SettlementWindow};
use tally_exchange::units::{Band, Price, Quantity, Time};

const WIDE: Band = Band {
    lo: Price(i32::MIN),
    hi: Price(i32::MAX),
};
const ONE_O_CLOCK: Time = Time(1_483_470_000_000_000);
const IN_WINDOW: Time = Time(ONE_O_CLOCK.0 - 1);
const BEFORE_WINDOW: Time = Time(ONE_O_CLOCK.0 - 30_000_001);

fn window(prior: i32) -> SettlementWindow {
    SettlementWindow::new(Price(prior), ONE_O_CLOCK, 30).unwrap()
}

fn traded(prior: i32, trades: &[(i32, u32)]) -> SettlementWindow {
    let mut window = window(prior);
    for &(price, quantity) in trades {
        window
            .trade(IN_WINDOW, Price(price), Quantity(quantity))
            .unwrap();
    }
    window
}

fn settled(price: i32, tier: SettlementTier) -> Settlement {
    Settlement {
        price: Price(price),
        tier,
    }
}

/// The tick nearest to the exact average, of two equally near the one nearer to the prior settlement, by trying every
/// tick between the least and the largest price.
fn oracle(prior: i32, trades: &[(i32, u32)]) -> i32 {
    let contracts: i128 = trades
        .iter()
        .map(|&(_, quantity)| i128::from(quantity))
        .sum();
    let value: i128 = trades
        .iter()
        .map(|&(price, quantity)| i128::from(price) * i128::from(quantity))
        .sum();
    let least = trades.iter().map(|trade| trade.0).min().unwrap();
    let most = trades.iter().map(|trade| trade.0).max().unwrap();
    let ticks = least..=most;
    ticks
        .min_by_key(|&tick| {
            (
                (i128::from(tick) * contracts - value).abs(),
                tick.abs_diff(prior),
            )
        })
        .unwrap()
}

proptest! {
    #[test]
    fn the_average_is_the_nearest_tick(
        prior in -60..60_i32,
        trades in prop::collection::vec((-40..40_i32, 1..6_u32), 1..12),
    ) {
        let settlement = traded(prior, &trades).settle(None, None, WIDE);
        prop_assert_eq!(settlement, settled(oracle(prior, &trades), SettlementTier::WindowVwap));
    }

    #[test]
    fn two_equal_trades_tie_towards_the_prior_settlement(low in -1_000..1_000_i32, prior in -1_100..1_100_i32, quantity in 1..u32::MAX) {
        let settlement = traded(prior, &[(low, quantity), (low + 1, quantity)]).settle(None, None, WIDE);
        prop_assert_eq!(settlement.price, Price(if prior > low { low + 1 } else { low }));
    }

    #[test]
    fn the_order_of_trades_does_not_matter_to_the_average(
        prior in -60..60_i32,
        trades in prop::collection::vec((any::<i32>(), 1..u32::MAX), 1..12),
    ) {
        let reversed: Vec<_> = trades.iter().rev().copied().collect();
        let settlement = traded(prior, &trades).settle(None, None, WIDE);
        prop_assert_eq!(settlement, traded(prior, &reversed).settle(None, None, WIDE));
        let least = trades.iter().map(|trade| trade.0).min().unwrap();
        let most = trades.iter().map(|trade| trade.0).max().unwrap();
        prop_assert!((least..=most).contains(&settlement.price.0));
    }

    #[test]
    fn a_settlement_lies_in_the_closing_band(
        prior in any::<i32>(), last in any::<i32>(), bid in any::<Option<i32>>(), ask in any::<Option<i32>>(),
        low in -100..0_i32, high in 0..100_i32, kind in 0..3_u8,
    ) {
        let mut window = window(prior);
        if kind > 0 {
            let time = if kind == 1 { BEFORE_WINDOW } else { IN_WINDOW };
            window.trade(time, Price(last), Quantity(3)).unwrap();
        }
        let band = Band { lo: Price(low), hi: Price(high) };
        prop_assert!(band.contains(window.settle(bid.map(Price), ask.map(Price), band).price));
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 45..55), prior in any::<i32>()) {
        let decoded = [borsh::from_slice::<SettlementWindow>(&bytes).ok(), Some(window(prior))];
        for window in decoded.into_iter().flatten() {
            let _ = window.settle(None, None, WIDE);
            prop_assert_eq!(borsh::from_slice::<SettlementWindow>(&borsh::to_vec(&window).unwrap()).unwrap(), window);
        }
    }
}

#[test]
fn averages_of_negative_prices_round_like_the_others() {
    for (prior, trades, expected) in [
        (0, &[(-1, 1), (-2, 1)][..], -1),
        (-5, &[(-1, 1), (-2, 1)], -2),
        (-2, &[(-1, 1), (-2, 1)], -2),
        (-1, &[(-1, 1), (-2, 1)], -1),
        (9, &[(-1, 2), (-2, 1)], -1),
        (9, &[(-1, 1), (-2, 2)], -2),
        (9, &[(-1, 1), (0, 1)], 0),
        (-9, &[(-1, 1), (0, 1)], -1),
        (0, &[(-1, 1), (1, 1)], 0),
    ] {
        let settlement = traded(prior, trades).settle(None, None, WIDE);
        assert_eq!(
            settlement,
            settled(expected, SettlementTier::WindowVwap),
            "{prior} {trades:?}"
        );
    }
}

#[test]
fn the_window_includes_its_start_and_excludes_the_settlement_time() {
    let start = ONE_O_CLOCK.minus_seconds(30);
    let mut window = window(0);
    window
        .trade(Time(start.0 - 1), Price(1_000), Quantity(1))
        .unwrap();
    assert_eq!(
        window.settle(None, None, WIDE),
        settled(1_000, SettlementTier::LastTrade)
    );
    window.trade(start, Price(10), Quantity(1)).unwrap();
    window.trade(IN_WINDOW, Price(20), Quantity(1)).unwrap();
    assert_eq!(window.contracts(), 2);
    let before = window;
    window
        .trade(ONE_O_CLOCK, Price(5_000), Quantity(100))
        .unwrap();
    window
        .trade(Time(u64::MAX), Price(5_000), Quantity(100))
        .unwrap();
    assert_eq!(window, before);
    assert_eq!(
        window.settle(None, None, WIDE),
        settled(15, SettlementTier::WindowVwap)
    );
}

#[test]
fn trades_after_the_settlement_time_are_no_last_trade() {
    let mut window = window(7);
    window.trade(ONE_O_CLOCK, Price(9), Quantity(1)).unwrap();
    assert_eq!(
        window.settle(None, None, WIDE),
        settled(7, SettlementTier::PriorSettlement)
    );
}

#[test]
fn quotes_move_the_last_trade_and_the_prior_settlement_but_no_average() {
    let quotes = |bid: Option<i32>, ask: Option<i32>| (bid.map(Price), ask.map(Price));
    let cases = [
        (None, None, 100),
        (Some(99), Some(101), 100),
        (Some(100), Some(100), 100),
        (Some(103), Some(105), 103),
        (Some(103), None, 103),
        (Some(90), Some(95), 95),
        (None, Some(95), 95),
        (None, Some(101), 100),
        (Some(99), None, 100),
    ];
    for (bid, ask, expected) in cases {
        let (bid, ask) = quotes(bid, ask);
        assert_eq!(
            window(100).settle(bid, ask, WIDE),
            settled(expected, SettlementTier::PriorSettlement)
        );
        let mut last = window(-5_000);
        last.trade(BEFORE_WINDOW, Price(60), Quantity(1)).unwrap();
        last.trade(BEFORE_WINDOW, Price(100), Quantity(1)).unwrap();
        assert_eq!(
            last.settle(bid, ask, WIDE),
            settled(expected, SettlementTier::LastTrade)
        );
        let average = traded(0, &[(100, 1)]);
        assert_eq!(
            average.settle(bid, ask, WIDE),
            settled(100, SettlementTier::WindowVwap)
        );
    }
}

#[test]
fn every_tier_is_moved_into_the_closing_band() {
    let band = Band {
        lo: Price(-120),
        hi: Price(120),
    };
    assert_eq!(
        traded(0, &[(500, 1)]).settle(None, None, band),
        settled(120, SettlementTier::WindowVwap)
    );
    assert_eq!(
        window(-500).settle(None, None, band),
        settled(-120, SettlementTier::PriorSettlement)
    );
    assert_eq!(
        window(0).settle(Some(Price(300)), None, band),
        settled(120, SettlementTier::PriorSettlement)
    );
}

#[test]
fn nothing_counts_as_nothing_and_too_much_is_refused() {
    let mut window = window(3);
    window.trade(IN_WINDOW, Price(9), Quantity(0)).unwrap();
    assert_eq!(
        window.settle(None, None, WIDE),
        settled(3, SettlementTier::PriorSettlement)
    );
    // A snapshot of a window that already counts 2^64 - 2 contracts at price 1.
    let full: (i32, u64, u64, i128, u64, Option<i32>) = (
        3,
        ONE_O_CLOCK.0 - 30_000_000,
        ONE_O_CLOCK.0,
        i128::from(u64::MAX - 1),
        u64::MAX - 1,
        Some(1),
    );
    let mut window: SettlementWindow = borsh::from_slice(&borsh::to_vec(&full).unwrap()).unwrap();
    window.trade(IN_WINDOW, Price(1), Quantity(1)).unwrap();
    let before = window;
    let error = window.trade(IN_WINDOW, Price(1), Quantity(1)).unwrap_err();
    assert_eq!(
        error,
        SettlementError::Overflow {
            quantity: 1,
            contracts: u64::MAX
        }
    );
    assert_eq!(window, before);
    assert_eq!(
        window.settle(None, None, WIDE),
        settled(1, SettlementTier::WindowVwap)
    );
}

#[test]
fn an_empty_window_is_refused() {
    assert!(SettlementWindow::new(Price(0), ONE_O_CLOCK, 0).is_err());
    assert!(SettlementWindow::new(Price(0), Time(0), 30).is_err());
}

#[test]
fn a_snapshot_that_breaks_an_invariant_is_refused() {
    type Parts = (i32, u64, u64, i128, u64, Option<i32>);
    let refused = |parts: Parts| {
        borsh::from_slice::<SettlementWindow>(&borsh::to_vec(&parts).unwrap()).is_err()
    };
    assert!(!refused((0, 1, 2, 10, 5, Some(2))));
    assert!(refused((0, 2, 2, 10, 5, Some(2))), "an empty window");
    assert!(refused((0, 1, 2, 1, 0, Some(2))), "value without contracts");
    assert!(refused((0, 1, 2, 10, 5, None)), "contracts without a trade");
    assert!(
        refused((0, 1, 2, i128::MAX, 5, Some(2))),
        "value beyond any price"
    );
    assert!(
        refused((0, 1, 2, 5 * i128::from(i32::MIN) - 1, 5, Some(2))),
        "value below any price"
    );
    let mut bytes = borsh::to_vec(&traded(1, &[(5, 2)])).unwrap();
    bytes.push(0);
    assert!(
        borsh::from_slice::<SettlementWindow>(&bytes).is_err(),
        "trailing bytes"
    );
}

#[test]
fn tiers_have_names() {
    let names = [
        SettlementTier::WindowVwap,
        SettlementTier::LastTrade,
        SettlementTier::PriorSettlement,
    ];
    assert_eq!(
        names.map(|tier| tier.to_string()),
        ["window-vwap", "last-trade", "prior-settlement"]
    );
    assert_eq!(borsh::to_vec(&names).unwrap(), [1, 2, 3]);
}
