//! Margin before proving: what the wallet names as the largest that passes is exactly that.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

mod support;

use proptest::prelude::*;
use support::wallets::include;
use support::{HI, LO, Ledger, MIDDLE, buy, follow, ioc, opened, sell, sent};
use tally_circuits::margin::{BandCents, MarginRequirement, MarginViolation, solvent};
use tally_circuits::note::{Deltas, Note};
use tally_exchange::market::Market;
use tally_exchange::message::OrderTerms;
use tally_exchange::units::{Price, Quantity, Side, TimeInForce};
use tally_trader::build::public;
use tally_trader::error::WalletError;
use tally_trader::margin::{Largest, largest_quantity, largest_withdrawal};
use tally_trader::request::OrderRequest;
use tally_trader::wallet::Wallet;

/// Lean Hogs: cents per tick and contract, fee, margins.
const TICK: i64 = 1000;
const FEE: i64 = 100;
const INITIAL: i64 = 70_000;
const MAINTENANCE: i64 = 10_000;

fn market() -> Market {
    Ledger::in_session().market().clone()
}

fn terms((is_buy, limit, quantity): (bool, i32, u32)) -> OrderTerms {
    OrderTerms {
        side: if is_buy { Side::Buy } else { Side::Sell },
        limit: Price(limit),
        quantity: Quantity(quantity),
        time_in_force: TimeInForce::Day,
        post_only: false,
        cancel_key: [0; 32],
    }
}

/// The reservation of an order written down once more.
fn reserve(note: &mut Note, order: &OrderTerms, quantity: u32) {
    let (count, limit) = (i64::from(quantity), i64::from(order.limit.0));
    match order.side {
        Side::Buy => {
            note.buy_quantity += quantity;
            note.buy_cost += count * (limit * TICK + FEE);
        }
        Side::Sell => {
            note.sell_quantity += quantity;
            note.sell_cost += count * (limit * TICK - FEE);
        }
    }
}

fn requirement(orders: &[OrderTerms]) -> MarginRequirement {
    let on = |side| {
        if orders.iter().any(|order| order.side == side) {
            INITIAL
        } else {
            MAINTENANCE
        }
    };
    MarginRequirement {
        lo: on(Side::Buy),
        hi: on(Side::Sell),
    }
}

/// By trying every cut from the smallest: how many of them pass, which must be the first ones.
fn by_trying(note: &Note, orders: &[OrderTerms], limit: i64) -> u32 {
    let band = BandCents {
        lo: i64::from(LO) * TICK,
        hi: i64::from(HI) * TICK,
    };
    let most = orders.iter().map(|order| order.quantity.0).max().unwrap();
    let passes = |cut: u32| {
        let mut after = note.clone();
        for order in orders {
            reserve(&mut after, order, order.quantity.0.min(cut));
        }
        after.check_range().is_ok() && solvent(&after, &band, &requirement(orders), limit).is_ok()
    };
    let passing: Vec<u32> = (1..=most).filter(|cut| passes(*cut)).collect();
    let count = u32::try_from(passing.len()).unwrap();
    assert!(
        passing.iter().copied().eq(1..=count),
        "a larger one passes where a smaller fails"
    );
    count
}

fn order() -> impl Strategy<Value = OrderTerms> {
    (any::<bool>(), LO..=HI, 1..60_u32).prop_map(terms)
}

/// A note with a position and orders that stand, with about the cash that the margin of some more contracts takes.
fn note() -> impl Strategy<Value = Note> {
    let standing = prop::collection::vec(order(), 0..3);
    (-40_i32..40, standing, -3_000_000_i64..12_000_000).prop_map(|(position, orders, spare)| {
        let mut note = Note::opening();
        note.position = position;
        // Bought or sold at the prior settlement.
        note.cash = spare - i64::from(position) * i64::from(MIDDLE) * TICK;
        for order in &orders {
            reserve(&mut note, order, order.quantity.0 / 8);
        }
        note
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_largest_quantity_is_the_largest(
        note in note(),
        orders in prop::collection::vec(order(), 1..5),
        limit in prop::sample::select(vec![5_u32, 30, 20_000]),
    ) {
        let mut genesis = support::genesis();
        genesis.specification.position_limit = limit;
        let market = Market::new(genesis).unwrap();
        let largest =
            largest_quantity(&market, &note, &Deltas::default(), &orders, &requirement(&orders));
        prop_assert_eq!(largest.0, by_trying(&note, &orders, i64::from(limit)));
    }

    #[test]
    fn the_largest_withdrawal_is_the_largest(note in note(), most in 1_u64..20_000_000) {
        let market = market();
        let initial = MarginRequirement { lo: INITIAL, hi: INITIAL };
        let largest = largest_withdrawal(&market, &note, most, &initial);
        let passes = |amount: u64| {
            let mut after = note.clone();
            after.cash -= i64::try_from(amount).unwrap();
            solvent(&after, &market.band_cents(), &initial, 20_000).is_ok()
        };
        prop_assert!(largest == 0 || passes(largest));
        prop_assert!(largest == most || !passes(largest + 1));
    }
}

fn attempt(wallet: &Wallet, ledger: &Ledger, requests: &[OrderRequest]) -> Result<(), WalletError> {
    wallet
        .trade(0, ledger.market(), None, requests, &[])
        .map(drop)
}

fn margin_error(result: Result<(), WalletError>) -> (MarginViolation, Option<Largest>) {
    match result {
        Err(WalletError::Margin { violation, largest }) => (violation, largest),
        other => panic!("expected a margin error, got {other:?}"),
    }
}

/// Through the wallet, on either side and over the whole band: the quantity that it names is built, one more is not.
#[test]
fn the_quantity_that_the_wallet_names_passes_and_one_more_does_not() {
    for cents in [400_000, 1_234_567, 6_000_000] {
        let mut ledger = Ledger::in_session();
        let wallet = opened(&mut ledger, 1, cents);
        for price in [LO, LO + 1, MIDDLE - 37, MIDDLE, MIDDLE + 80, HI] {
            for request in [buy(price, 1000), sell(price, 1000), ioc(buy(price, 1000))] {
                let with = |quantity| OrderRequest {
                    quantity,
                    ..request
                };
                let (_, largest) = margin_error(attempt(&wallet, &ledger, &[request]));
                let Some(Largest::Quantity(largest)) = largest else {
                    panic!("expected a quantity, got {largest:?}");
                };
                let more = Quantity(largest.0 + 1);
                assert!(largest.0 > 0);
                assert!(attempt(&wallet, &ledger, &[with(largest)]).is_ok());
                let (_, again) = margin_error(attempt(&wallet, &ledger, &[with(more)]));
                assert_eq!(again, Some(Largest::Quantity(largest)));
            }
        }
    }
}

#[test]
fn several_orders_are_cut_alike() {
    let mut ledger = Ledger::in_session();
    let wallet = opened(&mut ledger, 1, 5_000_000);
    let quote = |size| {
        [
            buy(MIDDLE - 1, size),
            sell(MIDDLE + 1, size),
            buy(MIDDLE - 2, 3),
        ]
    };
    let (_, largest) = margin_error(attempt(&wallet, &ledger, &quote(900)));
    let Some(Largest::EachOrder(Quantity(cut))) = largest else {
        panic!("expected a cut, got {largest:?}");
    };
    assert!(cut > 3, "the smallest order stays as it is");
    assert!(attempt(&wallet, &ledger, &quote(cut)).is_ok());
    assert!(attempt(&wallet, &ledger, &quote(cut + 1)).is_err());
    let text = attempt(&wallet, &ledger, &quote(900))
        .unwrap_err()
        .to_string();
    let remedy = format!("the largest quantity that passes is {cut} for each of the orders");
    assert!(text.ends_with(&remedy), "{text}");
}

/// Cash for nothing at all: the text says what helps.
#[test]
fn no_quantity_passes_without_margin() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, 200_000);
    let prepared = wallet
        .main()
        .trade(ledger.market(), None, &[buy(MIDDLE, 1)]);
    include(&mut ledger, &mut wallet, prepared.unwrap());
    let (violation, largest) = margin_error(attempt(&wallet, &ledger, &[buy(MIDDLE, 2)]));
    assert_eq!(largest, Some(Largest::Quantity(Quantity(0))));
    // Three contracts bought at the middle: 120 ticks of $10 down to the edge, a fee and $700 of margin each.
    let needed = 3 * (80 * TICK + FEE + INITIAL);
    assert!(
        matches!(violation, MarginViolation::EquityAtLow { .. })
            || matches!(violation, MarginViolation::MarginAtLow { shortfall } if shortfall == i128::from(needed - 200_000))
    );
    let text = attempt(&wallet, &ledger, &[buy(MIDDLE, 2)])
        .unwrap_err()
        .to_string();
    assert!(
        text.ends_with("no quantity passes: deposit cash, cancel orders, or claim what is final"),
        "{text}"
    );
    // The other side has room: every buy filled is the worst for a buyer only.
    assert!(attempt(&wallet, &ledger, &[sell(MIDDLE + 1, 1)]).is_ok());
}

#[test]
fn the_position_limit_bounds_the_quantity() {
    let mut genesis = support::genesis();
    genesis.specification.position_limit = 7;
    let mut ledger = Ledger::starting(genesis, |market| market.session().open);
    let mut wallet = opened(&mut ledger, 1, 50_000_000);
    let prepared = wallet.main().trade(ledger.market(), None, &[buy(LO, 4)]);
    include(&mut ledger, &mut wallet, prepared.unwrap());
    let (violation, largest) = margin_error(attempt(&wallet, &ledger, &[buy(LO, 10)]));
    assert_eq!(violation, MarginViolation::LongLimit { excess: 7 });
    assert_eq!(largest, Some(Largest::Quantity(Quantity(3))));
    let (violation, largest) = margin_error(attempt(&wallet, &ledger, &[sell(HI, 10)]));
    assert_eq!(violation, MarginViolation::ShortLimit { excess: 3 });
    assert_eq!(largest, Some(Largest::Quantity(Quantity(7))));
}

/// A claim in the same message counts: what it releases pays for the new order.
#[test]
fn a_replace_is_measured_after_its_claim() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, 1_000_000);
    let prepared = wallet
        .main()
        .trade(ledger.market(), None, &[buy(MIDDLE, 5)]);
    let order = include(&mut ledger, &mut wallet, prepared.unwrap())[0];
    assert!(attempt(&wallet, &ledger, &[buy(MIDDLE - 1, 5)]).is_err());
    let plan = wallet.main().closing_claim(ledger.market(), order).unwrap();
    let replace = |quantity| {
        let requests = [buy(MIDDLE - 1, quantity)];
        wallet
            .trade(0, ledger.market(), Some(&plan), &requests, &[])
            .map(drop)
    };
    assert!(replace(5).is_ok());
    let (_, largest) = margin_error(replace(1000));
    assert_eq!(largest, Some(Largest::Quantity(Quantity(6))));
}

/// A withdrawal names the amount that passes; a position takes initial margin on both sides with it.
#[test]
fn the_amount_that_the_wallet_names_can_be_withdrawn() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, 2_000_000);
    let mut other = opened(&mut ledger, 2, 2_000_000);
    for (wallet, request) in [(&mut other, sell(MIDDLE, 3)), (&mut wallet, buy(MIDDLE, 3))] {
        let prepared = wallet.main().trade(ledger.market(), None, &[request]);
        let outcome = ledger.block(&[sent(prepared.unwrap())]);
        follow(wallet, &ledger, &outcome);
    }
    let plan = wallet.main().finished_claims(ledger.market()).remove(0);
    let claim = wallet
        .main()
        .trade(ledger.market(), Some(&plan), &[])
        .unwrap();
    include(&mut ledger, &mut wallet, claim);
    assert_eq!(wallet.main().note().position, 3);
    let payee = public(&wallet.account());
    let withdraw = |amount| {
        wallet
            .main()
            .withdraw(ledger.market(), payee, amount)
            .map(drop)
    };
    let (_, largest) = margin_error(withdraw(1_999_000));
    let kept = u64::try_from(3 * (80 * TICK + FEE + INITIAL)).unwrap();
    assert_eq!(largest, Some(Largest::Withdrawal(2_000_000 - kept)));
    assert!(withdraw(2_000_000 - kept).is_ok());
    assert!(withdraw(2_000_000 - kept + 1).is_err());
}
