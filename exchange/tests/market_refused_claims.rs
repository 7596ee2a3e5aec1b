//! Claims that are refused, and nothing changes.

mod support;

use support::{MIDDLE, TestExchange, TestTrader, buy, sell};
use tally_circuits::field::Element;
use tally_exchange::message::{Action, Claim, RecordClaim, Rest};
use tally_exchange::receipt::Receipt;
use tally_exchange::record::OrderStatus;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::OrderId;

const CASH: i64 = 10_000_000;

fn entry(order: OrderId, fills: u32, rest: Rest) -> RecordClaim {
    RecordClaim { order, fills, rest }
}

/// A market where a maker's offer of 9 has got three fills of 1.
fn with_fills() -> (TestExchange, TestTrader, TestTrader, OrderId) {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(CASH);
    let mut taker = exchange.trader(CASH);
    let order = exchange.post_one(&mut maker, sell(MIDDLE, 9));
    for _ in 0..3 {
        exchange.post_one(&mut taker, buy(MIDDLE, 1));
    }
    (exchange, maker, taker, order)
}

#[test]
fn of_an_unknown_order() {
    let (mut exchange, maker, _, order) = with_fills();
    for unknown in [OrderId(0), OrderId(99), OrderId(u64::MAX)] {
        let action = exchange.trading(&maker, vec![entry(unknown, 0, Rest::Close)], &[]);
        exchange.refuse_action(&maker, action, &Refusal::UnknownOrder(unknown));
    }
    let mut records = vec![
        entry(order, 3, Rest::Close),
        entry(OrderId(99), 0, Rest::Close),
    ];
    let action = exchange.trading(&maker, records.clone(), &[]);
    exchange.refuse_action(&maker, action, &Refusal::UnknownOrder(OrderId(99)));
    records.pop();
    let action = exchange.trading(&maker, records, &[]);
    exchange.act(&mut maker.clone(), action);
}

#[test]
fn of_the_order_of_another_trader() {
    let (mut exchange, maker, mut taker, order) = with_fills();
    let own = exchange.post_one(&mut taker, buy(MIDDLE - 9, 1));
    let own_tag = exchange.record(own).tag;
    for rest in [Rest::Close, Rest::Move] {
        // Under the thief's own tag.
        let mut action = exchange.trading(&taker, vec![entry(order, 3, rest)], &[]);
        if let Action::Trade {
            claim: Some(claim), ..
        } = &mut action
        {
            claim.tag = own_tag;
        }
        exchange.refuse_action(&taker, action, &Refusal::NotOwner(order));
        // Under the owner's tag, which the thief can't prove to be his.
        let action = exchange.trading(&taker, vec![entry(order, 3, rest)], &[]);
        exchange.refuse_action(&taker, action, &Refusal::Proof);
        // Even if the thief has learnt the nullifier that made it, which is public.
        let mut knowing = taker.clone();
        knowing.tags.extend(maker.tags.clone());
        let action = exchange.trading(&knowing, vec![entry(order, 3, rest)], &[]);
        exchange.refuse_action(&knowing, action, &Refusal::Proof);
    }
    assert_eq!(exchange.record(order).status, OrderStatus::Live);
}

#[test]
fn of_orders_of_two_acts() {
    let (mut exchange, mut maker, _, order) = with_fills();
    let later = exchange.post_one(&mut maker, sell(MIDDLE + 9, 1));
    let records = vec![entry(order, 3, Rest::Close), entry(later, 0, Rest::Close)];
    let action = exchange.trading(&maker, records, &[]);
    exchange.refuse_action(&maker, action, &Refusal::NotOwner(later));
}

#[test]
fn under_the_tag_from_before_a_move() {
    let (mut exchange, mut maker, _, order) = with_fills();
    let old = exchange.record(order).tag;
    exchange.move_rest(&mut maker, &[order]);
    let mut action = exchange.trading(&maker, vec![entry(order, 3, Rest::Close)], &[]);
    if let Action::Trade {
        claim: Some(claim), ..
    } = &mut action
    {
        claim.tag = old;
    }
    exchange.refuse_action(&maker, action, &Refusal::NotOwner(order));
}

#[test]
fn a_second_time() {
    let (mut exchange, mut maker, _, order) = with_fills();
    let tag = exchange.record(order).tag;
    exchange.close(&mut maker, &[order]);
    for (rest, new_tag) in [
        (Rest::Close, None),
        (Rest::Move, Some(maker.tag(&exchange.market))),
    ] {
        let claim = Some(Claim {
            tag,
            records: vec![entry(order, 3, rest)],
        });
        let action = Action::Trade {
            claim,
            tag: new_tag,
            orders: vec![],
        };
        exchange.refuse_action(&maker, action, &Refusal::UnknownOrder(order));
    }
}

#[test]
fn a_second_time_after_a_move_that_left_nothing() {
    let (mut exchange, mut maker, mut taker, order) = with_fills();
    exchange.post_one(&mut taker, buy(MIDDLE, 6));
    assert_eq!(exchange.record(order).status, OrderStatus::Filled);
    exchange.move_rest(&mut maker, &[order]);
    assert_eq!(exchange.market.record(order), None);
    assert_eq!((maker.note.position, maker.note.sell_quantity), (-9, 0));
    let action = exchange.trading(&maker, vec![entry(order, 4, Rest::Close)], &[]);
    exchange.refuse_action(&maker, action, &Refusal::UnknownOrder(order));
}

#[test]
fn of_more_fills_than_there_were() {
    let (mut exchange, maker, _, order) = with_fills();
    for claimed in [4, 5, u32::MAX] {
        for rest in [Rest::Close, Rest::Move] {
            let action = exchange.trading(&maker, vec![entry(order, claimed, rest)], &[]);
            let refusal = Refusal::FillCount {
                order,
                claimed,
                fills: 3,
                credited: 0,
            };
            exchange.refuse_action(&maker, action, &refusal);
        }
    }
}

#[test]
fn of_fewer_fills_than_are_credited() {
    let (mut exchange, mut maker, _, order) = with_fills();
    let action = exchange.trading(&maker, vec![entry(order, 2, Rest::Move)], &[]);
    exchange.act(&mut maker, action);
    for claimed in [0, 1] {
        for rest in [Rest::Close, Rest::Move] {
            let action = exchange.trading(&maker, vec![entry(order, claimed, rest)], &[]);
            let refusal = Refusal::FillCount {
                order,
                claimed,
                fills: 3,
                credited: 2,
            };
            exchange.refuse_action(&maker, action, &refusal);
        }
    }
    let action = exchange.trading(&maker, vec![entry(order, 3, Rest::Close)], &[]);
    exchange.act(&mut maker, action);
    assert_eq!((maker.note.position, maker.note.sell_quantity), (-3, 0));
}

#[test]
fn of_fewer_fills_than_a_final_record_has() {
    let (mut exchange, maker, _, order) = with_fills();
    exchange.cancel(order);
    for claimed in [0, 1, 2] {
        let action = exchange.trading(&maker, vec![entry(order, claimed, Rest::Close)], &[]);
        exchange.refuse_action(
            &maker,
            action,
            &Refusal::FillsSince {
                order,
                claimed,
                fills: 3,
            },
        );
    }
}

#[test]
fn with_records_unsorted_or_named_twice() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(CASH);
    let ids = exchange.post(
        &mut trader,
        &[buy(MIDDLE, 1), buy(MIDDLE, 2), buy(MIDDLE, 3)],
    );
    for (order, wrong) in [([1, 0], 0), ([0, 0], 0), ([2, 1], 1)] {
        for rest in [Rest::Close, Rest::Move] {
            let records = order.map(|i: usize| entry(ids[i], 0, rest)).to_vec();
            let action = exchange.trading(&trader, records, &[]);
            exchange.refuse_action(&trader, action, &Refusal::ClaimOrder(ids[wrong]));
        }
    }
    let twice = vec![entry(ids[0], 0, Rest::Move), entry(ids[0], 0, Rest::Close)];
    let action = exchange.trading(&trader, twice, &[]);
    exchange.refuse_action(&trader, action, &Refusal::ClaimOrder(ids[0]));
}

#[test]
fn of_no_record_or_more_than_sixteen() {
    let (mut exchange, maker, _, order) = with_fills();
    let tag = exchange.record(order).tag;
    for count in [0_u32, 17, 200] {
        let records = (0..count)
            .map(|i| entry(OrderId(u64::from(i)), 0, Rest::Close))
            .collect();
        let action = Action::Trade {
            claim: Some(Claim { tag, records }),
            tag: None,
            orders: vec![],
        };
        exchange.refuse_action(&maker, action, &Refusal::ClaimSize(count));
    }
}

#[test]
fn with_a_tag_that_is_missing_superfluous_or_zero() {
    let (mut exchange, maker, _, order) = with_fills();
    let own = Some(maker.tag(&exchange.market));
    for (rest, new_tag, refusal) in [
        (Rest::Move, None, Refusal::Tag),
        (Rest::Close, own, Refusal::Tag),
        (Rest::Move, Some(Element::ZERO), Refusal::ZeroTag),
    ] {
        let mut action = exchange.trading(&maker, vec![entry(order, 3, rest)], &[]);
        if let Action::Trade { tag, .. } = &mut action {
            *tag = new_tag;
        }
        exchange.refuse_action(&maker, action, &refusal);
    }
}

#[test]
fn under_a_tag_of_zero() {
    let (mut exchange, maker, _, order) = with_fills();
    let claim = Some(Claim {
        tag: Element::ZERO,
        records: vec![entry(order, 3, Rest::Close)],
    });
    let action = Action::Trade {
        claim,
        tag: None,
        orders: vec![],
    };
    exchange.refuse_action(&maker, action, &Refusal::NotOwner(order));
}

#[test]
fn that_closes_while_fills_arrive_cancels_the_order_and_leaves_the_note_unspent() {
    let (mut exchange, mut maker, mut taker, order) = with_fills();
    let action = exchange.claiming(&maker, &[order], Rest::Close, &[]);
    let late = exchange.prepare(&maker, action);
    exchange.post_one(&mut taker, buy(MIDDLE, 2));
    let (leaves, funds) = (exchange.market.tree().len(), exchange.market.funds());
    let refusal = Refusal::FillsSince {
        order,
        claimed: 3,
        fills: 4,
    };
    assert_eq!(
        exchange.include(&mut maker, &late),
        Receipt::Refused(refusal.clone())
    );
    assert_eq!(
        (exchange.market.tree().len(), exchange.market.funds()),
        (leaves, funds)
    );
    assert!(!exchange.market.is_spent(&late.act.message.nullifier));
    assert_eq!(exchange.record(order).status, OrderStatus::Cancelled);
    assert_eq!(exchange.market.book().resting(order), None);
    // Over the final record nothing changes any more.
    exchange.refuse_act(&late.act, &refusal);
    exchange.close(&mut maker, &[order]);
    assert_eq!(
        (
            maker.note.position,
            maker.note.sell_quantity,
            maker.note.sell_cost
        ),
        (-5, 0, 0)
    );
    exchange.refuse_act(&late.act, &Refusal::Spent);
}

#[test]
fn that_closes_two_orders_cancels_both_if_one_got_a_fill() {
    let (mut exchange, mut maker, mut taker, _) = with_fills();
    let ids = exchange.post(
        &mut maker,
        &[
            sell(MIDDLE - 1, 2),
            sell(MIDDLE + 5, 2),
            sell(MIDDLE + 6, 2),
        ],
    );
    let records = vec![
        entry(ids[0], 0, Rest::Close),
        entry(ids[1], 0, Rest::Close),
        entry(ids[2], 0, Rest::Move),
    ];
    let action = exchange.trading(&maker, records, &[]);
    let late = exchange.prepare(&maker, action);
    exchange.post_one(&mut taker, buy(MIDDLE - 1, 1));
    let refusal = Refusal::FillsSince {
        order: ids[0],
        claimed: 0,
        fills: 1,
    };
    assert_eq!(
        exchange.include(&mut maker, &late),
        Receipt::Refused(refusal)
    );
    let statuses = [0, 1, 2].map(|i: usize| exchange.record(ids[i]).status);
    assert_eq!(
        statuses,
        [
            OrderStatus::Cancelled,
            OrderStatus::Cancelled,
            OrderStatus::Live
        ]
    );
    assert_eq!(
        exchange.record(ids[2]).tag,
        exchange.record(ids[0]).tag,
        "no rest has moved"
    );
}

#[test]
fn with_a_proof_that_convinces_nobody_cancels_nothing() {
    let (mut exchange, maker, mut taker, order) = with_fills();
    let action = exchange.claiming(&maker, &[order], Rest::Close, &[]);
    let mut forged = exchange.prepare(&maker, action).act;
    forged.proof[0] ^= 1;
    exchange.post_one(&mut taker, buy(MIDDLE, 1));
    exchange.refuse_act(&forged, &Refusal::Proof);
    assert_eq!(exchange.record(order).status, OrderStatus::Live);
}
