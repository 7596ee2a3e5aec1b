//! Empty blocks at the market's own instants, and none otherwise, lead where a block every second leads.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use ed25519_dalek::SigningKey;
use support::exchange::genesis;
use support::scene::TRIGGER;
use support::{HI, MIDDLE, Scene, TestExchange, buy, sell};
use tally_exchange::epoch::terms::Trigger;
use tally_exchange::market::{Market, SettlementSigners, Stage};
use tally_exchange::receipt::{Event, Phase};
use tally_exchange::units::{Price, Time};

/// What happened, and when.
type Story = Vec<(Time, Event)>;

fn empty_block(market: &mut Market, time: Time, story: &mut Story) {
    let mut events = Vec::new();
    let height = market.height() + 1;
    market.begin_block(height, time, &mut events).unwrap();
    market.end_block(&mut events);
    story.extend(events.into_iter().map(|event| (time, event)));
}

/// A block every second up to `end`.
fn every_second(mut market: Market, end: Time) -> (Market, Story) {
    let mut story = Vec::new();
    while market.time() < end {
        let time = market.time().plus_seconds(1);
        empty_block(&mut market, time, &mut story);
    }
    (market, story)
}

/// Blocks at the market's instants up to `end`, and how many.
fn at_instants(mut market: Market, end: Time) -> (Market, Story, usize) {
    let (mut story, mut blocks) = (Vec::new(), 0);
    while let Some(time) = market.next_instant().filter(|time| *time <= end) {
        assert!(time > market.time());
        empty_block(&mut market, time, &mut story);
        blocks += 1;
    }
    (market, story, blocks)
}

/// Lets `scene` go on by itself for so many seconds, both ways; returns what happened.
fn go_on(scene: &mut Scene, seconds: u64, most_blocks: usize) -> (Market, Story) {
    // A block boundary.
    scene.exchange.next_block();
    let mut market = scene.exchange.market.clone();
    market.end_block(&mut Vec::new());
    let end = market.time().plus_seconds(seconds);
    let (dense, expected) = every_second(market.clone(), end);
    let (sparse, story, blocks) = at_instants(market, end);
    assert_eq!(story, expected);
    assert!(blocks <= most_blocks, "{blocks} blocks");
    let stands = |market: &Market| {
        (
            (market.phase(), market.stage(), market.epoch()),
            (market.session().date, market.mark(), market.band()),
            (market.clearing(), market.funds(), market.seats().clone()),
            market.next_instant().map(|at| at.max(end)),
        )
    };
    assert_eq!(stands(&sparse), stands(&dense));
    (sparse, story)
}

fn saw(story: &Story, is_it: impl Fn(&Event) -> bool) -> bool {
    story.iter().any(|(_, event)| is_it(event))
}

#[test]
fn a_day_with_a_trigger_to_which_nobody_comes_and_the_next_session() {
    let mut scene = Scene::new(6, 3);
    scene.trade(4, 5, MIDDLE, 3);
    scene.trade(0, 1, TRIGGER, 20);
    let (market, story) = go_on(&mut scene, 26 * 3_600, 40);
    for trigger in [Trigger::Mark, Trigger::Settlement] {
        let triggered =
            |event: &Event| matches!(event, Event::Triggered { trigger: by, .. } if *by == trigger);
        assert!(saw(&story, triggered));
    }
    let is_outage = |event: &Event| matches!(event, Event::WindowClosed { outage: true, .. });
    assert!(saw(&story, is_outage));
    assert!(saw(&story, |event| matches!(event, Event::Extended { .. })));
    assert!(saw(&story, |event| matches!(
        event,
        Event::NextSession { .. }
    )));
    // Nobody deals in the second day's key generation either.
    assert!(saw(&story, |event| matches!(
        event,
        Event::KeyFailed { .. }
    )));
    assert!(saw(&story, |event| matches!(event, Event::Slashed { .. })));
    assert_eq!(market.session().date.to_string(), "2017-01-04");
}

#[test]
fn a_market_from_its_genesis_without_anybody() {
    let mut scene = Scene {
        exchange: TestExchange::new(),
        traders: Vec::new(),
        seats: Vec::new(),
    };
    let (market, story) = go_on(&mut scene, 8 * 3_600, 10);
    // Without seats there is no key, and the daily revalidation waits for one.
    assert_eq!(market.phase(), Phase::Closed);
    assert_eq!(market.stage(), Stage::AwaitingKey);
    assert_eq!(market.next_instant(), None);
    assert!(saw(&story, |event| matches!(
        event,
        Event::Settlement { .. }
    )));
}

#[test]
fn sums_that_stay_closed_cost_the_decryptors_their_bonds_on_time() {
    let mut scene = Scene::new(6, 4);
    scene.trade(4, 5, MIDDLE, 3);
    scene.trigger(0, 1, TRIGGER);
    scene.refresh(0..5);
    let (_, story) = go_on(&mut scene, 3 * 3_600, 30);
    assert!(saw(&story, |event| matches!(event, Event::Pending { .. })));
    assert!(saw(&story, |event| matches!(event, Event::Slashed { .. })));
}

#[test]
fn shares_are_taken_up_to_their_deadline_after_the_result() {
    let mut scene = Scene::new(6, 4);
    scene.trade(4, 5, MIDDLE, 3);
    scene.trigger(0, 1, TRIGGER);
    scene.refresh(0..5);
    scene.exchange.close_window();
    scene.exchange.decrypt(&scene.seats[..3]);
    assert_eq!(scene.exchange.market.phase(), Phase::PreOpen);
    assert!(scene.exchange.market.opening().is_some());
    let (market, story) = go_on(&mut scene, 3_600, 20);
    assert!(saw(&story, |event| matches!(event, Event::Slashed { .. })));
    assert!(market.opening().is_none());
}

#[test]
fn the_clearing_account_walks_and_then_needs_no_more_blocks() {
    let mut scene = Scene::new(8, 3);
    scene.trade(6, 7, MIDDLE, 9);
    scene.trigger(0, 1, TRIGGER);
    scene.revalidate_without(&[6]);
    scene.reopen();
    // A bid as low as the quote will go, and a trade of others that lets the account sell; in few blocks, since it walks.
    for (trader, order) in [
        (5, buy(TRIGGER - 5, 2)),
        (3, buy(TRIGGER, 20)),
        (4, sell(TRIGGER, 20)),
    ] {
        scene.exchange.post_one(&mut scene.traders[trader], order);
    }
    let (market, story) = go_on(&mut scene, 2 * 3_600, 25);
    let price = Price(TRIGGER - 5);
    assert!(saw(
        &story,
        |event| matches!(event, Event::Trade { price: at, .. } if *at == price)
    ));
    assert_ne!(market.clearing().position, 0);
    assert!(market.phase().is_trading());
}

#[test]
fn a_side_locked_at_the_edge_moves_the_mark_on_time() {
    let mut scene = Scene::new(4, 3);
    for trader in 0..4 {
        scene
            .exchange
            .post_one(&mut scene.traders[trader], buy(HI, 10));
    }
    let (_, story) = go_on(&mut scene, 1_800, 60);
    let price = Price(HI);
    assert!(saw(&story, |event| *event == Event::Mark { price }));
    // And there it triggers.
    assert!(saw(&story, |event| matches!(
        event,
        Event::Triggered { .. }
    )));
}

#[test]
fn the_final_settlement_is_waited_for_and_no_longer() {
    let mut genesis = genesis();
    let session = genesis.specification.calendar.session_named("2017-02-14");
    genesis.session = session.unwrap().clone();
    genesis.settlement = SettlementSigners {
        keys: vec![SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes()],
        threshold: 1,
    };
    let mut scene = Scene::with(TestExchange::with(genesis), 4, 3);
    scene.trade(2, 3, MIDDLE, 2);
    scene.exchange.at(scene.exchange.market.session().close);
    let wait = scene.exchange.market.specification().final_settlement_wait;
    let (market, story) = go_on(&mut scene, wait + 3 * 86_400, 20);
    assert!(saw(&story, |event| matches!(event, Event::Expired { .. })));
    assert_eq!(
        (market.phase(), market.next_instant()),
        (Phase::Expired, None)
    );
}

#[test]
fn what_a_trader_watches() {
    let mut scene = Scene::new(4, 3);
    let market = &scene.exchange.market;
    assert_eq!(market.centre(), Price(MIDDLE));
    let distance = market.specification().trigger_distance;
    let (below, above) = market.trigger_prices();
    assert_eq!((below.0, above.0), (MIDDLE - distance, MIDDLE + distance));
    assert_eq!(market.trigger_due(), None);
    scene.trade(0, 1, above.0, 20);
    scene.exchange.next_block();
    let market = &scene.exchange.market;
    let due = market.trigger_due().unwrap();
    let hold = market.specification().trigger_hold;
    assert_eq!(due, market.time().plus_seconds(hold));
    scene.exchange.at(due);
    scene.exchange.next_block();
    assert_eq!(scene.exchange.market.phase(), Phase::Halted);
    assert_eq!(scene.exchange.market.trigger_due(), None);
}
