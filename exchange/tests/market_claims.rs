//! The fill-count rule, case by case: what a claim counts is fixed when its proof is made, fills go on meanwhile.

mod support;

use support::{MIDDLE, Prepared, TestExchange, TestTrader, buy, cancel_key, ioc, sell};
use tally_exchange::message::{OrderChange, RecordClaim, Rest};
use tally_exchange::receipt::Receipt;
use tally_exchange::record::OrderStatus;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{OrderId, Quantity};

const CASH: i64 = 10_000_000;
const PRICE: i64 = 1_000 * MIDDLE as i64;

/// A maker with an offer of 9, first in the queue before another's, and a taker who bought 2.
struct Scene {
    exchange: TestExchange,
    maker: TestTrader,
    taker: TestTrader,
    order: OrderId,
    behind: OrderId,
}

impl Scene {
    fn new() -> Self {
        let mut exchange = TestExchange::open_for_trading();
        let mut maker = exchange.trader(CASH);
        let mut other = exchange.trader(CASH);
        let taker = exchange.trader(CASH);
        let order = exchange.post_one(&mut maker, sell(MIDDLE, 9));
        let behind = exchange.post_one(&mut other, sell(MIDDLE, 9));
        let mut scene = Self {
            exchange,
            maker,
            taker,
            order,
            behind,
        };
        scene.take(2);
        scene
    }

    fn take(&mut self, quantity: u32) {
        self.exchange
            .post_one(&mut self.taker, ioc(buy(MIDDLE, quantity)));
    }

    fn prove(&mut self, rest: Rest) -> Prepared {
        let action = self
            .exchange
            .claiming(&self.maker, &[self.order], rest, &[]);
        self.exchange.prepare(&self.maker, action)
    }

    fn include(&mut self, prepared: &Prepared) -> Receipt {
        self.exchange.include(&mut self.maker, prepared)
    }

    fn close(&mut self) {
        self.exchange.close(&mut self.maker, &[self.order]);
    }

    /// The maker's note after `sold` contracts with `reserved` still on offer.
    fn assert_note(&self, sold: i32, reserved: u32) {
        let note = &self.maker.note;
        assert_eq!((note.position, note.sell_quantity), (-sold, reserved));
        assert_eq!(note.cash, CASH + i64::from(sold) * (PRICE - 100));
        assert_eq!(note.sell_cost, i64::from(reserved) * (PRICE - 100));
    }
}

#[test]
fn a_move_credits_the_fills_and_keeps_id_key_priority_and_the_rest() {
    let mut scene = Scene::new();
    let tag = scene.maker.tag(&scene.exchange.market);
    scene.exchange.move_rest(&mut scene.maker, &[scene.order]);
    scene.assert_note(2, 7);
    let record = scene.exchange.record(scene.order);
    assert_eq!((record.tag, record.status), (tag, OrderStatus::Live));
    assert_eq!(
        (record.credited, record.reserved, record.fills.len()),
        (1, Quantity(7), 0)
    );
    scene.take(7);
    assert_eq!(
        scene.exchange.record(scene.order).status,
        OrderStatus::Filled,
        "first in the queue as before"
    );
    assert_eq!(scene.exchange.record(scene.behind).filled, Quantity(0));
    scene.close();
    scene.assert_note(9, 0);
}

#[test]
fn a_moved_order_is_cancelled_with_its_old_key() {
    let mut scene = Scene::new();
    scene.exchange.move_rest(&mut scene.maker, &[scene.order]);
    assert_eq!(scene.exchange.cancel(scene.order), Quantity(7));
    scene.close();
    scene.assert_note(2, 0);
}

#[test]
fn a_move_proved_before_further_fills_succeeds_and_they_stand_under_the_new_tag() {
    let mut scene = Scene::new();
    let prepared = scene.prove(Rest::Move);
    scene.take(3);
    scene.take(1);
    assert!(matches!(scene.include(&prepared), Receipt::Act(_)));
    scene.assert_note(2, 7);
    assert_eq!(
        scene.exchange.fills(scene.order),
        [(MIDDLE, 3), (MIDDLE, 1)]
    );
    let tag = scene.exchange.record(scene.order).tag;
    assert!(scene.maker.tags.contains_key(&tag));
    scene.close();
    scene.assert_note(6, 0);
}

#[test]
fn a_move_proved_before_the_order_was_filled_moves_the_fills_alone() {
    let mut scene = Scene::new();
    let prepared = scene.prove(Rest::Move);
    scene.take(7);
    assert!(matches!(scene.include(&prepared), Receipt::Act(_)));
    scene.assert_note(2, 7);
    assert_eq!(
        scene.exchange.record(scene.order).status,
        OrderStatus::Filled
    );
    scene.close();
    scene.assert_note(9, 0);
}

#[test]
fn a_move_proved_before_a_cancel_or_a_reduction_succeeds() {
    for change in [
        OrderChange::Cancel,
        OrderChange::Reduce(Quantity(4)),
        OrderChange::Reduce(Quantity(0)),
    ] {
        let mut scene = Scene::new();
        let prepared = scene.prove(Rest::Move);
        scene.exchange.change(scene.order, change);
        assert!(matches!(scene.include(&prepared), Receipt::Act(_)));
        scene.assert_note(2, 7);
        scene.close();
        scene.assert_note(2, 0);
    }
}

#[test]
fn a_close_proved_before_a_cancel_or_a_reduction_succeeds_if_nothing_was_filled() {
    for change in [
        OrderChange::Cancel,
        OrderChange::Reduce(Quantity(4)),
        OrderChange::Reduce(Quantity(1)),
    ] {
        let mut scene = Scene::new();
        let prepared = scene.prove(Rest::Close);
        scene.exchange.change(scene.order, change);
        assert!(matches!(scene.include(&prepared), Receipt::Act(_)));
        scene.assert_note(2, 0);
        assert_eq!(scene.exchange.market.book().resting(scene.order), None);
    }
}

#[test]
fn a_close_with_fills_since_is_refused_whatever_came_after_them() {
    let changes = [
        None,
        Some(OrderChange::Cancel),
        Some(OrderChange::Reduce(Quantity(5))),
    ];
    for change in changes {
        let mut scene = Scene::new();
        let prepared = scene.prove(Rest::Close);
        scene.take(2);
        if let Some(change) = change {
            scene.exchange.change(scene.order, change);
        }
        let refusal = Refusal::FillsSince {
            order: scene.order,
            claimed: 1,
            fills: 2,
        };
        assert_eq!(scene.include(&prepared), Receipt::Refused(refusal));
        assert!(!scene.exchange.record(scene.order).status.is_live());
        scene.take(9);
        assert_eq!(
            scene.exchange.record(scene.order).filled,
            Quantity(4),
            "final: it trades no more"
        );
        scene.close();
        scene.assert_note(4, 0);
    }
}

#[test]
fn a_refused_close_can_be_followed_by_a_move_of_the_final_record() {
    let mut scene = Scene::new();
    let prepared = scene.prove(Rest::Close);
    scene.take(2);
    assert!(matches!(
        scene.include(&prepared),
        Receipt::Refused(Refusal::FillsSince { .. })
    ));
    scene.exchange.move_rest(&mut scene.maker, &[scene.order]);
    scene.assert_note(4, 5);
    scene.close();
    scene.assert_note(4, 0);
}

#[test]
fn a_claim_may_count_fewer_fills_than_there_are_if_it_moves_the_rest() {
    let mut scene = Scene::new();
    scene.take(3);
    let records = vec![RecordClaim {
        order: scene.order,
        fills: 0,
        rest: Rest::Move,
    }];
    let action = scene.exchange.trading(&scene.maker, records, &[]);
    scene.exchange.act(&mut scene.maker, action);
    scene.assert_note(0, 9);
    assert_eq!(scene.exchange.record(scene.order).fill_count(), 2);
    scene.close();
    scene.assert_note(5, 0);
}

#[test]
fn an_order_moves_many_times() {
    let mut scene = Scene::new();
    for sold in 3..9 {
        scene.exchange.move_rest(&mut scene.maker, &[scene.order]);
        scene.assert_note(sold - 1, 10 - sold.unsigned_abs());
        scene.take(1);
    }
    let fills = scene.exchange.record(scene.order).fill_count();
    assert_eq!(
        fills, 7,
        "fills are counted from the first, credited ones included"
    );
    scene.close();
    scene.assert_note(8, 0);
}

#[test]
fn what_a_reduction_freed_stays_reserved_until_the_record_is_closed() {
    let mut scene = Scene::new();
    scene.exchange.reduce(scene.order, 5);
    scene.take(3);
    assert_eq!(
        scene.exchange.record(scene.order).status,
        OrderStatus::Filled
    );
    scene.exchange.move_rest(&mut scene.maker, &[scene.order]);
    scene.assert_note(5, 4);
    let record = scene.exchange.record(scene.order);
    assert_eq!(
        (record.reserved, record.status, record.fills.len()),
        (Quantity(4), OrderStatus::Filled, 0)
    );
    scene.exchange.move_rest(&mut scene.maker, &[scene.order]);
    scene.assert_note(5, 4);
    scene.close();
    scene.assert_note(5, 0);
    assert_eq!(scene.exchange.market.record(scene.order), None);
}

#[test]
fn a_reduced_order_that_moved_trades_no_more_than_its_new_total() {
    let mut scene = Scene::new();
    scene.exchange.move_rest(&mut scene.maker, &[scene.order]);
    scene.exchange.reduce(scene.order, 4);
    scene.take(9);
    assert_eq!(scene.exchange.record(scene.order).filled, Quantity(4));
    assert_eq!(scene.exchange.record(scene.behind).filled, Quantity(7));
    scene.close();
    scene.assert_note(4, 0);
}

#[test]
fn one_act_closes_moves_and_posts() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(CASH);
    let mut taker = exchange.trader(CASH);
    let ids = exchange.post(
        &mut maker,
        &[sell(MIDDLE, 2), sell(MIDDLE + 1, 3), sell(MIDDLE + 2, 4)],
    );
    exchange.post_one(&mut taker, buy(MIDDLE, 1));
    let claim = |order, fills, rest| RecordClaim { order, fills, rest };
    let records = vec![claim(ids[0], 1, Rest::Close), claim(ids[1], 0, Rest::Move)];
    let action = exchange.trading(&maker, records, &[buy(MIDDLE - 1, 5)]);
    let tag = maker.tag(&exchange.market);
    let old = exchange.record(ids[2]).tag;
    let posted = exchange.act(&mut maker, action).orders[0];
    assert_eq!(exchange.market.record(ids[0]), None);
    assert_eq!(
        (exchange.record(ids[1]).tag, exchange.record(posted).tag),
        (tag, tag)
    );
    assert_eq!(
        exchange.record(ids[1]).posted_under,
        old,
        "a move does not draw a new place among the orders of a pre-open"
    );
    assert_eq!(
        exchange.record(ids[2]).tag,
        old,
        "a record that is not named stays where it is"
    );
    // What stands under the new tag is claimed together, what stands under the old one apart.
    exchange.close(&mut maker, &[ids[1], posted]);
    exchange.close(&mut maker, &[ids[2]]);
    assert_eq!(
        (
            maker.note.position,
            maker.note.sell_quantity,
            maker.note.buy_quantity
        ),
        (-1, 0, 0)
    );
}

#[test]
fn an_order_posted_by_the_act_that_moves_another_may_meet_it() {
    let mut scene = Scene::new();
    let action = scene.exchange.claiming(
        &scene.maker,
        &[scene.order],
        Rest::Move,
        &[ioc(buy(MIDDLE, 1))],
    );
    let posted = scene.exchange.act(&mut scene.maker, action).orders[0];
    assert_eq!(
        scene.exchange.fills(scene.order),
        [(MIDDLE, 1)],
        "a later fill, under the new tag"
    );
    scene.assert_note(2, 7);
    scene
        .exchange
        .close(&mut scene.maker, &[scene.order, posted]);
    let note = &scene.maker.note;
    assert_eq!(
        (note.position, note.sell_quantity, note.buy_quantity),
        (-2, 0, 0)
    );
    assert_eq!(
        note.cash,
        CASH + 2 * (PRICE - 100) - 200,
        "both fees of the trade with oneself"
    );
}

#[test]
fn an_order_posted_by_the_act_that_closes_another_never_meets_it() {
    let mut scene = Scene::new();
    let action = scene.exchange.claiming(
        &scene.maker,
        &[scene.order],
        Rest::Close,
        &[ioc(buy(MIDDLE, 1))],
    );
    let posted = scene.exchange.act(&mut scene.maker, action).orders[0];
    assert_eq!(scene.exchange.record(scene.behind).filled, Quantity(1));
    assert_eq!(scene.exchange.record(posted).status, OrderStatus::Filled);
}

#[test]
fn a_proof_that_waits_dies_with_its_note() {
    let mut scene = Scene::new();
    let prepared = scene.prove(Rest::Move);
    scene
        .exchange
        .post_one(&mut scene.maker, sell(MIDDLE + 9, 1));
    scene.exchange.refuse_act(&prepared.act, &Refusal::Spent);
    let cancel = scene
        .exchange
        .instruction(scene.order, OrderChange::Cancel, &cancel_key());
    assert!(matches!(
        scene
            .exchange
            .apply(&tally_exchange::message::Transaction::Instruction(cancel)),
        Receipt::Instruction {
            removed: Quantity(7),
            ..
        }
    ));
}

#[test]
fn a_record_of_a_thousand_fills_is_claimed_at_once() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(1_000 * CASH);
    let mut taker = exchange.trader(1_000 * CASH);
    let order = exchange.post_one(&mut maker, sell(MIDDLE, 1_000));
    for _ in 0..63 {
        exchange.post(&mut taker, &[ioc(buy(MIDDLE, 1)); 16]);
    }
    assert_eq!(exchange.record(order).fill_count(), 1_000);
    exchange.close(&mut maker, &[order]);
    assert_eq!(
        (
            maker.note.position,
            maker.note.sell_quantity,
            maker.note.sell_cost
        ),
        (-1_000, 0, 0)
    );
    assert_eq!(maker.note.cash, 1_000 * CASH + 1_000 * (PRICE - 100));
}
