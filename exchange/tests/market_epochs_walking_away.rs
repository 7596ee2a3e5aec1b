//! Walking away from a position costs more than it can bring.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use support::scene::{CASH, TRIGGER};
use support::{MIDDLE, Scene, buy, sell};
use tally_exchange::units::Price;

/// The position of trader 6 is closed while he is away; `reopened` is where the market opens on the next day.
fn overnight(side_is_long: bool, reopened: i32) -> (i64, i64) {
    let mut scene = Scene::new(8, 3);
    let (buyer, seller) = if side_is_long { (6, 7) } else { (7, 6) };
    scene.trade(buyer, seller, MIDDLE, 10);
    scene.close_day();
    scene.revalidate_without(&[6]);
    let session = scene.exchange.market.session().clone();
    scene.exchange.at(session.pre_open);
    scene.exchange.make_key(&scene.seats);
    // Enough on both sides that the clearing account at P does not decide where the market opens.
    scene
        .exchange
        .post_one(&mut scene.traders[3], buy(reopened, 30));
    scene
        .exchange
        .post_one(&mut scene.traders[4], sell(reopened, 30));
    scene.exchange.at(session.open);
    let price = scene.exchange.market.closed_epoch(1).unwrap().reopening();
    assert_eq!(price, Some(Price(reopened)));
    scene.exchange.lapse(&mut scene.traders[6]);
    // What he would have had if he had come and closed at the open.
    let contracts = if side_is_long { 10 } else { -10 };
    let gain = contracts * i64::from(reopened - MIDDLE) * 1_000;
    (scene.cash(6), CASH - 10 * 100 + gain)
}

#[test]
fn vanishing_overnight_is_no_option_on_the_gap() {
    for gap in [-30, -1, 0, 1, 30] {
        for is_long in [true, false] {
            let (came_back, stayed) = overnight(is_long, MIDDLE + gap);
            let worst = stayed.min(CASH - 1_000);
            assert_eq!(came_back, worst - 10 * 6_400 - 2_500, "{gap} {is_long}");
        }
    }
}

#[test]
fn a_position_abandoned_and_bought_back_from_the_clearing_account_costs_more_than_it_brings() {
    let mut scene = Scene::new(8, 3);
    // He abandons 30 contracts; his other note, 4, waits for them with a wash trader, 5.
    scene.trade(6, 7, MIDDLE, 30);
    scene.trigger(0, 1, TRIGGER);
    let worth = scene.cash(6) + 30 * i64::from(TRIGGER) * 1_000;
    scene.revalidate_without(&[6]);
    scene.reopen();
    let mut fees = 0;
    let mut bought = 0_u32;
    for _ in 0..40 {
        scene.trade(5, 4, TRIGGER - 40, 10);
        scene.trade(4, 5, TRIGGER - 40, 10);
        fees += 4 * 10 * 100;
        for _ in 0..8 {
            scene.exchange.next_block();
        }
        let best = scene
            .exchange
            .market
            .depth(tally_exchange::units::Side::Sell, 1);
        let Some(level) = best.first() else { continue };
        // It never comes lower than the haircut.
        assert!(level.price.0 >= TRIGGER - 5, "{}", level.price);
        if level.price.0 == TRIGGER - 5 {
            let quantity = u32::try_from(level.quantity).unwrap();
            let order = scene
                .exchange
                .post_one(&mut scene.traders[4], buy(level.price.0, quantity));
            scene.claim(4, &[order]);
            bought += quantity;
        }
    }
    assert!(bought > 10);
    scene.exchange.lapse(&mut scene.traders[6]);
    let bought_for = i64::from(bought) * i64::from(TRIGGER - 5) * 1_000;
    let saved = i64::from(bought) * i64::from(TRIGGER) * 1_000 - bought_for;
    let lost = worth - scene.cash(6);
    assert!(lost + fees > saved, "{lost} {fees} {saved}");
    // Contract by contract, even without the fees of the wash trades.
    assert!(lost / 30 > saved / i64::from(bought));
}
