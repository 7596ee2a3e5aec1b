//! Epochs that last longer than the day has room for, and blocks that come late.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use support::scene::TRIGGER;
use support::{MIDDLE, Scene};
use tally_exchange::epoch::terms::Trigger;
use tally_exchange::market::Stage;
use tally_exchange::receipt::{Event, Phase};
use tally_exchange::units::Price;

#[test]
fn a_halt_past_settlement_and_close_ends_in_the_daily_epoch() {
    let mut scene = Scene::new(8, 3);
    let session = scene.exchange.market.session().clone();
    scene.trade(6, 7, MIDDLE, 4);
    scene.exchange.at(session.settlement.minus_seconds(120));
    scene.trigger(0, 1, TRIGGER);
    scene.refresh([0, 1, 2, 3, 4, 5, 7]);
    scene.exchange.at(session.settlement);
    assert_eq!(scene.exchange.market.phase(), Phase::Halted);
    // The trade that moved the mark is before the window of 30 seconds: the last trade counts.
    let settlement = scene.exchange.market.settlement().unwrap();
    assert_eq!(settlement.price, Price(TRIGGER));
    scene.decrypt();
    assert!(scene.exchange.market.time() > session.close);
    // No reopening: the daily epoch at once, and nobody comes back before its uncrossing.
    let market = &scene.exchange.market;
    assert_eq!((market.phase(), market.epoch()), (Phase::Closed, 2));
    let terms = *market.epoch_terms().unwrap();
    assert_eq!(terms.trigger, Trigger::Settlement);
    assert_eq!(market.closed_epoch(1).unwrap().reopening(), None);
    scene.refresh([0, 1, 2, 3, 4, 5, 7]);
    scene.decrypt();
    scene.open_day();
    for epoch in [1, 2] {
        let closed = scene.exchange.market.closed_epoch(epoch).unwrap();
        assert_eq!(closed.reopening(), Some(Price(TRIGGER)));
    }
    scene.exchange.lapse(&mut scene.traders[6]);
    scene.check_books();
}

#[test]
fn a_daily_result_after_the_next_open_still_leads_to_an_uncrossing() {
    let mut scene = Scene::new(6, 3);
    scene.trade(4, 5, MIDDLE, 2);
    scene.close_day();
    scene.refresh([0, 1, 2, 3, 5]);
    scene.exchange.close_window();
    // Everybody's shares are in, but the sums are posted when the next session has begun.
    for seat in &scene.seats {
        scene.exchange.share(seat);
    }
    scene.exchange.later(14_400);
    assert!(matches!(
        scene.exchange.market.stage(),
        Stage::Sharing { .. }
    ));
    scene.exchange.open_sums();
    assert_eq!(scene.exchange.market.phase(), Phase::PreOpen);
    let wait = scene.exchange.market.specification().reopen_pre_open;
    scene.exchange.later(wait);
    assert_eq!(scene.exchange.market.phase(), Phase::Continuous);
    assert!(scene.saw(|event| *event
        == Event::Reopened {
            epoch: 2,
            price: Price(MIDDLE)
        }));
    scene.check_books();
}

#[test]
fn a_long_silence_of_the_ledger_closes_no_window_unseen() {
    let mut scene = Scene::new(6, 3);
    scene.trade(0, 1, MIDDLE, 2);
    let close = scene.exchange.market.session().close;
    // The next block comes three days later: nobody could refresh meanwhile, so the window begins now.
    let late = close.plus_seconds(3 * 86_400);
    scene.exchange.at(late);
    let Stage::Window { until, .. } = scene.exchange.market.stage() else {
        panic!("the window is open");
    };
    let length = scene.exchange.market.specification().refresh_window;
    assert!(until >= late.plus_seconds(length));
    scene.revalidate_without(&[]);
}
