//! Epochs in which everybody comes: nothing is left behind, nobody loses a cent, and the market goes on.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use support::scene::{CASH, TRIGGER};
use support::{MIDDLE, Scene, TestExchange, buy, sell};
use tally_exchange::epoch::terms::Trigger;
use tally_exchange::market::Stage;
use tally_exchange::receipt::{Event, Phase};
use tally_exchange::record::OrderStatus;
use tally_exchange::units::{Band, Price};

/// Positions and cash of all notes.
fn holdings(scene: &Scene) -> Vec<(i32, i64)> {
    let notes = scene.traders.iter().map(|trader| &trader.note);
    notes.map(|note| (note.position, note.cash)).collect()
}

fn pairs(scene: &mut Scene) {
    for pair in 0..10 {
        let price = MIDDLE + i32::try_from(pair).unwrap() - 5;
        let quantity = u32::try_from(pair).unwrap() + 1;
        scene.trade(2 * pair, 2 * pair + 1, price, quantity);
    }
    scene.check_books();
}

#[test]
fn twenty_honest_traders_keep_position_and_cash_through_an_intraday_epoch() {
    let mut scene = Scene::new(20, 4);
    pairs(&mut scene);
    scene.trigger(0, 1, TRIGGER);
    let before = holdings(&scene);
    assert_eq!(scene.exchange.market.expected(), 20);
    scene.revalidate_without(&[]);
    assert_eq!(holdings(&scene), before);
    let market = &scene.exchange.market;
    assert_eq!((market.epoch(), market.stage()), (2, Stage::Open));
    assert_eq!(market.phase(), Phase::PreOpen);
    assert_eq!((market.clearing().position, market.clearing().cash), (0, 0));
    let closed = market.closed_epoch(1).unwrap();
    assert_eq!(
        (closed.expected(), closed.refreshed(), closed.outage()),
        (20, 20, false)
    );
    assert_eq!((closed.liquidated(), closed.turnstile()), (Some(0), None));
    // The centre follows by 60 ticks, the band by 60 ticks up to the daily limit of 120.
    let band = Band {
        lo: Price(MIDDLE - 20),
        hi: Price(MIDDLE + 120),
    };
    assert_eq!(market.band(), band);
    scene.reopen();
    scene.trade(2, 3, MIDDLE + 110, 1);
    assert!(scene.saw(|event| *event
        == Event::Reopened {
            epoch: 2,
            price: Price(TRIGGER)
        }));
    scene.check_books();
}

#[test]
fn the_daily_epoch_reads_the_turnstile_and_leads_to_the_next_session() {
    let mut scene = Scene::new(20, 4);
    pairs(&mut scene);
    scene.close_day();
    let before = holdings(&scene);
    let terms = *scene.exchange.market.epoch_terms().unwrap();
    assert_eq!(
        (terms.trigger, terms.with_cash),
        (Trigger::Settlement, true)
    );
    scene.revalidate_without(&[]);
    assert_eq!(holdings(&scene), before);
    let market = &scene.exchange.market;
    assert_eq!(market.last_turnstile().unwrap().x, 0);
    assert_eq!(market.phase(), Phase::BeforeSession);
    assert_eq!(market.session().date.to_string(), "2017-01-04");
    assert_eq!(market.prior_settlement(), terms.price);
    assert_eq!(market.mark(), terms.price);
    assert_eq!(market.settlement(), None);
    scene.open_day();
    scene.trade(4, 5, MIDDLE, 3);
    scene.check_books();
}

#[test]
fn a_market_goes_on_for_many_days_with_several_epochs_a_day() {
    let mut scene = Scene::new(6, 3);
    for day in 0..4 {
        let middle = scene.exchange.market.prior_settlement().0;
        let (up, down) = ((0, 1), (1, 0));
        let (buyer, seller) = if day % 2 == 0 { up } else { down };
        scene.trade(2, 3, middle + 1, 2);
        scene.trigger(buyer, seller, middle + 62);
        scene.revalidate_without(&[]);
        scene.reopen();
        scene.trade(buyer, seller, middle + 80, 1);
        scene.close_day();
        scene.revalidate_without(&[]);
        assert_eq!(scene.exchange.market.last_turnstile().unwrap().x, 0);
        scene.open_day();
    }
    assert_eq!(scene.exchange.market.epoch(), 9);
    assert_eq!(scene.exchange.market.closed_epochs().count(), 8);
}

#[test]
fn a_trigger_cancels_every_order_and_its_record_is_claimed_in_the_window() {
    let mut scene = Scene::new(6, 3);
    let resting = scene.exchange.post(
        &mut scene.traders[4],
        &[buy(MIDDLE - 9, 3), sell(MIDDLE + 79, 2)],
    );
    scene.trigger(0, 1, TRIGGER);
    for order in &resting {
        let status = scene.exchange.record(*order).status;
        assert_eq!(status, OrderStatus::Revalidation);
    }
    assert!(scene.exchange.market.book().is_empty());
    scene.claim(4, &resting);
    scene.revalidate_without(&[]);
    assert_eq!(scene.cash(4), CASH);
}

#[test]
fn the_window_closes_as_soon_as_everybody_has_come() {
    let mut scene = Scene::new(6, 3);
    scene.trigger(0, 1, TRIGGER);
    let now = scene.exchange.market.time();
    scene.refresh(0..6);
    scene.exchange.next_block();
    assert!(matches!(
        scene.exchange.market.stage(),
        Stage::Sharing { .. }
    ));
    assert!(scene.exchange.market.time() < now.plus_seconds(60));
}

#[test]
fn a_warning_comes_before_the_trigger_and_once_a_side() {
    let mut scene = Scene::new(6, 3);
    for (buyer, seller) in [(0, 1), (1, 0), (0, 1)] {
        scene.trade(buyer, seller, MIDDLE + 45, 20);
        scene.exchange.later(40);
    }
    let warnings = scene.exchange.events.iter().filter(|event| {
        **event
            == Event::Warning {
                mark: Price(MIDDLE + 45),
            }
    });
    assert_eq!(warnings.count(), 1);
    assert_eq!(scene.exchange.market.stage(), Stage::Open);
}

#[test]
fn without_seats_a_trigger_halts_until_the_close_and_nothing_is_lost() {
    let mut scene = Scene::with(TestExchange::new(), 4, 0);
    scene.trade(0, 1, TRIGGER, 20);
    scene.exchange.later(30);
    scene.exchange.next_block();
    assert_eq!(scene.exchange.market.phase(), Phase::Halted);
    assert_eq!(scene.exchange.market.stage(), Stage::AwaitingKey);
    let session = scene.exchange.market.session().clone();
    scene.exchange.at(session.settlement);
    assert!(scene.exchange.market.settlement().is_some());
    assert_eq!(scene.exchange.market.phase(), Phase::Halted);
    scene.exchange.at(session.close);
    assert_eq!(scene.exchange.market.phase(), Phase::Closed);
    assert_eq!(scene.exchange.market.stage(), Stage::AwaitingKey);
    let trader = &mut scene.traders[2];
    let (payee, amount) = (trader.account(), 1_000);
    let action = tally_exchange::message::Action::Withdraw { payee, amount };
    scene.exchange.act(trader, action);
    scene.check_books();
}
