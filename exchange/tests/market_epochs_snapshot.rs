//! A market is written down and taken up in every stage of an epoch, and goes on as if nothing had happened.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use support::scene::TRIGGER;
use support::snapshots::mend;
use support::{MIDDLE, Scene, TestExchange, buy};
use tally_exchange::market::{Market, Stage};
use tally_exchange::receipt::Event;

/// Two days with an intraday epoch, an absence, a return, a pending sum and a new key; `step` runs between any two things
/// that happen.
fn story(step: &dyn Fn(&mut TestExchange)) -> (TestExchange, Vec<Stage>) {
    let mut stages = Vec::new();
    let mut scene = Scene::before_pre_open(TestExchange::new(), 8, 6);
    let mut mark = |scene: &mut Scene| {
        stages.push(scene.exchange.market.stage());
        step(&mut scene.exchange);
    };
    let session = scene.exchange.market.session().clone();
    scene.exchange.at(session.pre_open);
    mark(&mut scene);
    let seats = std::mem::take(&mut scene.seats);
    for seat in &seats[..5] {
        scene.exchange.deal(seat);
        mark(&mut scene);
    }
    scene.exchange.later(900);
    mark(&mut scene);
    scene.exchange.complain(&seats[0], &seats[1]);
    mark(&mut scene);
    scene.exchange.at(session.open);
    mark(&mut scene);
    scene.trade(6, 7, MIDDLE, 9);
    let resting = scene
        .exchange
        .post_one(&mut scene.traders[5], buy(MIDDLE - 3, 4));
    scene.trade(0, 1, TRIGGER, 20);
    scene.exchange.later(15);
    mark(&mut scene);
    scene.exchange.later(15);
    scene.exchange.next_block();
    mark(&mut scene);
    scene.refresh([0, 1]);
    mark(&mut scene);
    scene.exchange.later(601);
    mark(&mut scene);
    scene.refresh([2, 3, 4, 7]);
    scene.exchange.close_window();
    mark(&mut scene);
    for seat in &seats[1..5] {
        scene.exchange.share(seat);
        mark(&mut scene);
    }
    scene.claim(5, &[resting]);
    scene.exchange.open_sums();
    mark(&mut scene);
    scene.exchange.later(120);
    mark(&mut scene);
    scene.trade(2, 3, TRIGGER, 10);
    scene.exchange.next_block();
    mark(&mut scene);
    scene.exchange.lapse(&mut scene.traders[5]);
    mark(&mut scene);
    scene.close_day();
    mark(&mut scene);
    scene.refresh([0, 1, 2, 3, 4, 5]);
    scene.exchange.close_window();
    scene.exchange.share(&seats[1]);
    scene.exchange.later(300);
    mark(&mut scene);
    scene.exchange.later(300);
    assert!(scene.saw(|event| *event == Event::Pending { epoch: 2 }));
    mark(&mut scene);
    (scene.exchange, stages)
}

#[test]
fn a_market_restored_in_every_stage_of_an_epoch_goes_on_the_same_way() {
    let (plain, stages) = story(&|exchange| exchange.next_block());
    let (restored, same) = story(&|exchange| exchange.restart());
    assert_eq!(stages, same);
    assert_eq!(plain.events, restored.events);
    let hashes = |exchange: &TestExchange| -> Vec<_> {
        exchange.log.iter().map(|block| block.hash).collect()
    };
    assert_eq!(hashes(&plain), hashes(&restored));
    assert_eq!(plain.market.snapshot(), restored.market.snapshot());
    let seen = |is_it: fn(&Stage) -> bool| stages.iter().any(is_it);
    assert!(seen(|stage| matches!(
        stage,
        Stage::Window { extensions: 0, .. }
    )));
    assert!(seen(|stage| matches!(
        stage,
        Stage::Window { extensions: 1, .. }
    )));
    assert!(seen(|stage| matches!(
        stage,
        Stage::Sharing {
            extended: false,
            ..
        }
    )));
    assert!(seen(|stage| matches!(
        stage,
        Stage::Sharing { extended: true, .. }
    )));
}

#[test]
fn replicas_fed_the_same_blocks_agree_on_every_state_of_an_epoch() {
    let (leader, _) = story(&|exchange| exchange.next_block());
    let mut market = Market::new(leader.genesis.clone()).unwrap();
    let mut cash = support::cash::TestCash::default();
    for number in 1..=8 {
        let trader = support::TestTrader::new(number);
        cash.set(trader.account(), support::exchange::FUNDING);
    }
    let mut events = Vec::new();
    for block in &leader.log {
        market
            .begin_block(block.height, block.time, &mut events)
            .unwrap();
        for (bytes, receipt) in block.transactions.iter().zip(&block.receipts) {
            let found = market.apply_bytes(bytes, &leader.verifier, &mut cash, &mut events);
            assert_eq!(&found, receipt);
        }
        assert_eq!(market.end_block(&mut events), block.hash);
    }
    assert_eq!(events[..], leader.events[..events.len()]);
}

#[test]
fn no_byte_of_an_epochs_snapshot_is_outside_the_checkpoint() {
    let mut scene = Scene::new(4, 3);
    scene.trade(2, 3, MIDDLE, 1);
    scene.trigger(0, 1, TRIGGER);
    scene.refresh([0, 1, 2]);
    scene.exchange.close_window();
    scene.exchange.share(&scene.seats[0]);
    scene.exchange.market.end_block(&mut Vec::new());
    let (mut bytes, checkpoint) = (
        scene.exchange.market.snapshot(),
        scene.exchange.market.checkpoint(),
    );
    let genesis = scene.exchange.genesis.clone();
    mend(&mut bytes);
    assert!(Market::restore(genesis.clone(), &bytes, checkpoint).is_ok());
    // Every byte of a shorter one is tried for the session alone; here a prime step goes through all parts.
    for place in (33..bytes.len()).step_by(41) {
        let mask = if place % 2 == 0 { 0x01 } else { 0x80 };
        bytes[place] ^= mask;
        mend(&mut bytes);
        assert!(
            Market::restore(genesis.clone(), &bytes, checkpoint).is_err(),
            "byte {place} is in nobody's hash"
        );
        bytes[place] ^= mask;
    }
}
