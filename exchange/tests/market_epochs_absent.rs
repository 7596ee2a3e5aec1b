//! Epochs to which some don't come and which some can't stand: what they left is merged, nobody is named, and they pay.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use support::scene::{CASH, TRIGGER};
use support::{MIDDLE, Scene};
use tally_exchange::message::Action;
use tally_exchange::receipt::{Event, Phase};
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{Price, Quantity, Side};

/// Cents per tick and contract.
const TAU: i64 = 1_000;

/// A day that settles 75 ticks down: trader 0 is long more than he can stand, trader 2 has vanished with 5 contracts.
fn a_bad_day() -> Scene {
    let mut scene = Scene::new(12, 4);
    scene.trade(0, 1, MIDDLE, 66);
    scene.trade(2, 3, MIDDLE, 5);
    let settlement = scene.exchange.market.session().settlement;
    scene.exchange.at(settlement.minus_seconds(10));
    // A single contract sets the settlement price and leaves the mark where it is.
    scene.trade(4, 5, MIDDLE - 75, 1);
    scene.close_day();
    let price = Price(MIDDLE - 75);
    assert_eq!(scene.exchange.market.epoch_terms().unwrap().price, price);
    scene
}

#[test]
fn the_clearing_account_takes_exactly_what_absent_and_distressed_traders_left() {
    let mut scene = a_bad_day();
    let before = scene.cash(0);
    scene.revalidate_without(&[2]);
    // Of 66 contracts trader 0 keeps floor(X / D) with X at the price less the haircut of $50, D = $800 + $100 - $50.
    let kept = (before + 66 * ((i64::from(MIDDLE) - 75) * TAU - 5_000)) / 85_000;
    assert_eq!(i64::from(scene.position(0)), kept);
    assert!((1..66).contains(&kept));
    let left = 5 + 66 - kept;
    let market = &scene.exchange.market;
    let closed = market.closed_epoch(1).unwrap();
    assert_eq!(closed.liquidated(), Some(left));
    assert_eq!((closed.expected(), closed.refreshed()), (12, 11));
    assert_eq!(market.clearing().position, left);
    // X is what the absent note is owed and the haircuts of what was closed.
    let x = market.last_turnstile().unwrap().x;
    let haircuts = i128::from(66 - kept) * 5_000;
    assert_eq!(x, scene.exchange.owed(&scene.traders[2]) + haircuts);
    assert_eq!(scene.exchange.haircuts, haircuts);
    // The account is worth nothing at P: what it gained or lost is the fund's.
    let worth = market.clearing().position * i64::from(MIDDLE - 75) * TAU;
    assert_eq!(market.clearing().cash, -worth);
    assert!(!market.is_halted());
}

#[test]
fn nobody_is_named_by_what_is_published() {
    // Whoever is absent: the same receipts, events and sums.
    let outcome = |absent: usize| {
        let mut scene = Scene::new(8, 3);
        scene.trade(4, 5, MIDDLE, 3);
        scene.trade(6, 5, MIDDLE, 3);
        scene.trigger(0, 1, TRIGGER);
        let told = scene.exchange.events.len();
        scene.revalidate_without(&[absent]);
        scene.exchange.events[told..].to_vec()
    };
    assert_eq!(outcome(4), outcome(6));
}

#[test]
fn a_distressed_trader_who_deposits_in_the_window_keeps_the_whole_position() {
    let mut scene = a_bad_day();
    let account = scene.traders[0].account();
    let action = Action::Deposit {
        account,
        amount: 2_000_000,
    };
    scene.exchange.act(&mut scene.traders[0], action);
    scene.revalidate_without(&[2]);
    assert_eq!(scene.position(0), 66);
    assert_eq!(scene.exchange.haircuts, 0);
    assert_eq!(scene.exchange.market.clearing().position, 5);
}

#[test]
fn a_note_that_meets_initial_margin_survives_an_intraday_trigger_without_a_call() {
    let mut scene = Scene::new(8, 3);
    // As much as initial margin allows, on both sides.
    scene.trade(4, 5, MIDDLE, 66);
    scene.trigger(1, 0, MIDDLE - 62);
    scene.revalidate_without(&[]);
    assert_eq!((scene.position(4), scene.position(5)), (66, -66));
    assert_eq!(scene.exchange.market.clearing().position, 0);
}

#[test]
fn who_comes_back_pays_the_late_haircut_at_the_worse_price_and_the_opening_fee() {
    let mut scene = a_bad_day();
    scene.revalidate_without(&[2]);
    let early = scene.exchange.lapse_draft(&scene.traders[2]);
    let early = scene.exchange.seal_lapse(early);
    let early = tally_exchange::message::Transaction::Lapse(Box::new(early));
    scene.exchange.refuse(&early, &Refusal::LapseTooEarly(1));
    let owed = scene.exchange.owed(&scene.traders[2]);
    scene.open_day();
    // Nobody bids: the reopening price is P. One day late: $60 and a tenth of the way to $100.
    let closed = scene.exchange.market.closed_epoch(1).unwrap();
    assert_eq!(closed.reopening(), Some(Price(MIDDLE - 75)));
    scene.exchange.lapse(&mut scene.traders[2]);
    assert_eq!(scene.position(2), 0);
    let charge = 5 * 6_400 + 2_500;
    assert_eq!(i128::from(scene.cash(2)), owed - charge);
    scene.check_books();
    // Back, but expected only after its next Refresh.
    assert_eq!(scene.exchange.market.expected(), 11);
    scene.trade(6, 7, MIDDLE - 75, 1);
    scene.close_day();
    scene.revalidate_without(&[]);
    assert_eq!(scene.exchange.market.expected(), 12);
}

#[test]
fn the_clearing_account_trades_at_the_reopening_without_a_record_or_a_fee() {
    let mut scene = Scene::new(8, 3);
    scene.trade(6, 7, MIDDLE, 5);
    scene.trigger(0, 1, TRIGGER);
    scene.revalidate_without(&[6]);
    let records = scene.exchange.market.record_count();
    let bid = scene
        .exchange
        .post_one(&mut scene.traders[3], support::buy(TRIGGER + 2, 2));
    let fund = scene.exchange.market.funds().insurance;
    scene.reopen();
    let record = scene.exchange.record(bid).clone();
    assert_eq!(record.fills.len(), 1);
    assert_eq!(record.filled, Quantity(2));
    let market = &scene.exchange.market;
    assert_eq!(market.clearing().position, 3);
    assert_eq!(market.funds().insurance, fund + 2 * 100);
    assert_eq!(market.record_count(), records + 1);
    assert_eq!(market.contracts_traded(), 5 + 20 + 2);
    scene.check_books();
}

#[test]
fn the_clearing_account_quotes_a_fifth_of_what_others_trade_and_is_gone_at_the_close() {
    let mut scene = Scene::new(8, 3);
    scene.trade(6, 7, MIDDLE, 9);
    scene.trigger(0, 1, TRIGGER);
    scene.revalidate_without(&[6]);
    scene.reopen();
    scene.exchange.next_block();
    assert!(scene.exchange.market.book().is_empty(), "nobody has traded");
    scene.trade(3, 4, TRIGGER, 10);
    scene.exchange.next_block();
    let offered = scene.exchange.market.depth(Side::Sell, 9);
    assert_eq!(offered.iter().map(|level| level.quantity).sum::<u64>(), 2);
    let bid = scene
        .exchange
        .post_one(&mut scene.traders[5], support::buy(TRIGGER, 2));
    assert_eq!(scene.exchange.record(bid).filled, Quantity(2));
    scene.exchange.next_block();
    assert!(
        scene.exchange.market.book().is_empty(),
        "a fifth is used up"
    );
    scene.check_books();
    scene.trade(3, 4, TRIGGER, 10);
    scene.exchange.next_block();
    assert_eq!(scene.exchange.market.book().len(), 1);
    scene.close_day();
    assert!(scene.exchange.market.book().is_empty());
    assert_eq!(scene.exchange.market.phase(), Phase::Closed);
}

#[test]
fn the_cash_of_every_trader_adds_up_over_days_of_absence_and_return() {
    let mut scene = a_bad_day();
    scene.revalidate_without(&[2, 7]);
    scene.open_day();
    scene.exchange.lapse(&mut scene.traders[7]);
    assert_eq!(scene.cash(7), CASH - 2_500);
    scene.trade(8, 9, MIDDLE - 75, 4);
    scene.close_day();
    scene.revalidate_without(&[2, 8]);
    scene.open_day();
    scene.exchange.lapse(&mut scene.traders[2]);
    scene.exchange.lapse(&mut scene.traders[8]);
    scene.check_books();
    let opened =
        |event: &Event| matches!(event, Event::Opened { turnstile: Some(x), .. } if *x > 0);
    assert!(scene.saw(opened));
}
