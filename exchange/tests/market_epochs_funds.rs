//! When the fund is short: tear-up, withdrawals that wait, and what it makes good once.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use support::exchange::genesis;
use support::scene::TRIGGER;
use support::{MIDDLE, Scene, TestExchange};
use tally_exchange::epoch::terms::Trigger;
use tally_exchange::market::{Genesis, Stage};
use tally_exchange::message::Action;
use tally_exchange::receipt::{Event, Phase};
use tally_exchange::refusal::Refusal;

fn with_fund(cents: i64) -> Genesis {
    let mut genesis = genesis();
    genesis.specification.fund_seed = cents;
    genesis
}

fn triggers(scene: &Scene) -> Vec<Trigger> {
    let trigger = |event: &Event| match event {
        Event::Triggered { trigger, .. } => Some(*trigger),
        _ => None,
    };
    scene.exchange.events.iter().filter_map(trigger).collect()
}

#[test]
fn a_position_that_the_fund_cannot_carry_is_torn_up_at_the_same_price() {
    let mut scene = Scene::with(TestExchange::with(with_fund(0)), 8, 3);
    scene.trade(6, 7, MIDDLE, 10);
    scene.trigger(0, 1, TRIGGER);
    scene.refresh([0, 1, 2, 3, 4, 5, 7]);
    scene.exchange.close_window();
    let seats = std::mem::take(&mut scene.seats);
    scene.exchange.decrypt(&seats);
    // Long 10 with a band that reaches 82 ticks below P: 820,000 cents, and fees are all the fund has.
    assert_eq!(triggers(&scene), [Trigger::Mark, Trigger::TearUp]);
    let terms = *scene.exchange.market.epoch_terms().unwrap();
    assert_eq!(
        (terms.price.0, terms.haircut, terms.forced),
        (TRIGGER, 0, true)
    );
    assert_eq!(scene.exchange.market.phase(), Phase::Halted);
    let (before, at) = (scene.cash(7), i64::from(TRIGGER) * 1_000);
    scene.refresh([0, 1, 2, 3, 4, 5, 7]);
    scene.exchange.close_window();
    scene.exchange.decrypt(&seats);
    assert_eq!(scene.position(7), 0);
    assert_eq!(scene.cash(7), before - 10 * at);
    assert_eq!(scene.position(0), 0);
    assert_eq!(scene.exchange.market.clearing().position, 0);
    assert_eq!(scene.exchange.market.epoch(), 3);
    assert_eq!(triggers(&scene).len(), 2);
    scene.seats = seats;
    scene.check_books();
    scene.reopen();
    // The absent note comes back from the first epoch as from any.
    scene.exchange.lapse(&mut scene.traders[6]);
    scene.check_books();
}

#[test]
fn a_tear_up_at_night_leads_to_the_next_session() {
    let mut scene = Scene::with(TestExchange::with(with_fund(0)), 8, 3);
    scene.trade(6, 7, MIDDLE, 10);
    scene.close_day();
    scene.revalidate_without(&[6]);
    assert_eq!(triggers(&scene), [Trigger::Settlement, Trigger::TearUp]);
    scene.revalidate_without(&[6]);
    assert_eq!(scene.exchange.market.phase(), Phase::BeforeSession);
    assert_eq!(
        scene.exchange.market.session().date.to_string(),
        "2017-01-04"
    );
    scene.open_day();
    scene.trade(0, 1, MIDDLE, 2);
    scene.close_day();
    scene.revalidate_without(&[6]);
    assert!(!scene.exchange.market.is_halted());
}

#[test]
fn cash_leaves_no_notes_while_the_fund_is_negative() {
    let mut scene = Scene::with(TestExchange::with(with_fund(-1_000_000)), 4, 0);
    let trader = scene.traders[2].clone();
    let (payee, amount) = (trader.account(), 1_000);
    let bond = scene
        .exchange
        .bonding(&trader, &support::seats::seat_key(9));
    for action in [Action::Withdraw { payee, amount }, bond] {
        let refusal = Refusal::FundNegative;
        scene.exchange.refuse_action(&trader, action, &refusal);
    }
    let account = payee;
    let action = Action::Deposit { account, amount };
    scene.exchange.act(&mut scene.traders[2], action);
    scene.trade(0, 1, MIDDLE, 2);
}

/// Sums that stayed closed at a price from which the market then moves by `ticks`: what distressed and absent traders
/// left was closed there.
fn after_pending(genesis: Genesis, ticks: i32) -> Scene {
    let mut scene = Scene::with(TestExchange::with(genesis), 8, 3);
    // Trader 6 leaves a long position and comes back with its worth at the first price.
    scene.trade(6, 7, MIDDLE, 20);
    scene.trigger(0, 1, TRIGGER);
    scene.refresh([0, 1, 2, 3, 4, 5, 7]);
    scene.exchange.close_window();
    let share_time = scene.exchange.market.specification().share_time;
    scene.exchange.share(&scene.seats[0]);
    scene.exchange.later(share_time);
    scene.exchange.later(share_time);
    assert!(scene.saw(|event| *event == Event::Pending { epoch: 1 }));
    scene.exchange.refreshed = Default::default();
    // One seat is left: two more bonds, so that there is a key again.
    scene.reopen();
    let mut owners = Vec::new();
    scene.seats.truncate(1);
    for seed in 20..22 {
        let mut owner = scene.exchange.trader(5_000_000);
        scene.seats.push(scene.exchange.seat(&mut owner, seed));
        owners.push(owner);
    }
    scene.traders.extend(owners);
    scene.exchange.lapse(&mut scene.traders[6]);
    let settlement = scene.exchange.market.session().settlement;
    scene.exchange.at(settlement.minus_seconds(10));
    scene.trade(4, 5, TRIGGER + ticks, 1);
    scene.exchange.at(scene.exchange.market.session().close);
    assert_eq!(scene.exchange.market.stage(), Stage::AwaitingKey);
    let seats = std::mem::take(&mut scene.seats);
    scene.exchange.make_key(&seats);
    scene.seats = seats;
    scene.refresh(0..10);
    scene.decrypt();
    scene
}

const SEED: i64 = 100_000_000;

#[test]
fn after_pending_sums_the_fund_makes_good_what_is_missing_once() {
    // 20 contracts were closed at the first price and are taken over 70 ticks lower. Trader 6 paid the late haircut and
    // the opening fee of what is missing.
    let (scene, risen) = (
        after_pending(with_fund(SEED), -70),
        after_pending(with_fund(SEED), 40),
    );
    let (market, other) = (&scene.exchange.market, &risen.exchange.market);
    assert_eq!(market.last_turnstile().unwrap().x, 0);
    assert!(!market.is_halted());
    assert_eq!(market.clearing().position, 20);
    let missing = 20 * 70_000 - 20 * 6_000 - 2_500;
    assert_eq!(other.funds().insurance - market.funds().insurance, missing);
    // A rise needs nothing made good.
    assert_eq!(
        other.last_turnstile().unwrap().x,
        20 * 40_000 + 20 * 6_000 + 2_500
    );
    assert!(!other.is_halted());
}

#[test]
fn what_the_fund_cannot_make_good_halts_the_market() {
    let mut genesis = with_fund(0);
    genesis.specification.decryptor_bond = 100_000;
    let scene = after_pending(genesis, -70);
    let market = &scene.exchange.market;
    assert!(market.last_turnstile().unwrap().x < 0);
    assert!(market.is_halted());
}
