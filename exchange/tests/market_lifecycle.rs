//! The life of a note: open, deposit, post, fill, reduce, cancel, replace, claim, withdraw.

mod support;

use support::cash::account_of;
use support::{MIDDLE, TestExchange, TestTrader, buy, sell};
use tally_circuits::field::Element;
use tally_exchange::message::{Action, OrderChange, Rest};
use tally_exchange::receipt::{Event, Receipt};
use tally_exchange::record::OrderStatus;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{Quantity, Side};

/// Ten thousand dollars, cents.
const CASH: i64 = 1_000_000;
const TICK: i64 = 1_000;
const FEE: i64 = 100;

fn deposit(trader: &TestTrader, amount: u64) -> Action {
    Action::Deposit {
        account: trader.account(),
        amount,
    }
}

#[test]
fn opening_takes_the_deposit_and_the_fee_and_makes_the_first_note() {
    let mut exchange = TestExchange::new();
    let mut trader = exchange.newcomer();
    let (account, before) = (trader.account(), exchange.cash.balance(trader.account()));
    let funds = exchange.market.funds();
    let nullifier = trader.nullifier(&exchange.market);
    let receipt = exchange.act(
        &mut trader,
        Action::Open {
            account,
            amount: 202_500,
        },
    );
    assert_eq!((receipt.leaf, trader.note.cash), (0, 200_000));
    assert_eq!(before - exchange.cash.balance(account), 202_500);
    assert_eq!(exchange.market.funds().deposits - funds.deposits, 202_500);
    assert_eq!(exchange.market.funds().insurance - funds.insurance, 2_500);
    assert!(exchange.market.is_spent(&nullifier));
    let commitment = trader
        .note
        .commitment(exchange.market.market_element().0, &trader.key);
    assert_eq!(exchange.market.tree().leaf(0), Some(commitment));
}

#[test]
fn a_root_can_be_named_from_the_end_of_its_block_on() {
    let mut exchange = TestExchange::new();
    exchange.trader(CASH);
    let root = Element(exchange.market.tree().root());
    assert!(!exchange.market.is_root(&root));
    exchange.next_block();
    assert!(exchange.market.is_root(&root));
    exchange.trader(CASH);
    exchange.next_block();
    assert!(exchange.market.is_root(&root), "older roots stay good");
}

#[test]
fn deposits_and_withdrawals_move_cash_between_account_and_note() {
    let mut exchange = TestExchange::new();
    let mut trader = exchange.trader(CASH);
    let before = exchange.cash.balance(trader.account());
    let action = deposit(&trader, 50_000);
    exchange.act(&mut trader, action);
    assert_eq!(trader.note.cash, CASH + 50_000);
    assert_eq!(before - exchange.cash.balance(trader.account()), 50_000);

    let payee = account_of(&support::cancel_key());
    exchange.act(
        &mut trader,
        Action::Withdraw {
            payee,
            amount: 30_000,
        },
    );
    assert_eq!(trader.note.cash, CASH + 20_000);
    assert_eq!(exchange.cash.balance(payee), 30_000);
    assert_eq!(exchange.market.funds().withdrawals, 30_000);
}

#[test]
fn everything_can_be_withdrawn_from_a_note_without_position() {
    let mut exchange = TestExchange::new();
    let mut trader = exchange.trader(CASH);
    let (payee, amount) = (trader.account(), CASH.unsigned_abs());
    exchange.act(&mut trader, Action::Withdraw { payee, amount });
    assert!(trader.note.has_no_amounts());
    let action = deposit(&trader, 1);
    exchange.act(&mut trader, action);
    assert_eq!(trader.note.cash, 1, "an empty note goes on");
}

#[test]
fn one_act_posts_one_to_sixteen_orders_under_one_tag() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(100 * CASH);
    let mut posted = 0;
    for count in 1..=16 {
        let orders: Vec<_> = (0..count).map(|step| buy(MIDDLE - step, 2)).collect();
        let tag = trader.tag(&exchange.market);
        let ids = exchange.post(&mut trader, &orders);
        assert_eq!(ids.len(), orders.len());
        for (id, order) in ids.iter().zip(&orders) {
            posted += 1;
            assert_eq!(id.0, posted, "ids are given in the order of inclusion");
            let record = exchange.record(*id);
            assert_eq!(
                (record.tag, record.terms, record.status),
                (tag, *order, OrderStatus::Live)
            );
            assert_eq!(record.reserved, Quantity(2));
        }
    }
    assert_eq!(exchange.market.book().len(), 136);
    assert_eq!(trader.note.buy_quantity, 272);
}

#[test]
fn a_two_sided_quote_is_one_act() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(CASH);
    exchange.post(&mut trader, &[buy(MIDDLE - 1, 3), sell(MIDDLE + 1, 4)]);
    assert_eq!(
        (trader.note.buy_quantity, trader.note.sell_quantity),
        (3, 4)
    );
    assert_eq!(
        trader.note.buy_cost,
        3 * (i64::from(MIDDLE - 1) * TICK + FEE)
    );
    assert_eq!(
        trader.note.sell_cost,
        4 * (i64::from(MIDDLE + 1) * TICK - FEE)
    );
    assert_eq!(trader.note.cash, CASH, "posting moves no cash");
    assert_eq!(exchange.market.depth(Side::Buy, 9)[0].quantity, 3);
    assert_eq!(exchange.market.depth(Side::Sell, 9)[0].quantity, 4);
}

#[test]
fn a_match_is_two_fills_at_the_resting_price_and_two_fees() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(CASH);
    let mut taker = exchange.trader(CASH);
    let resting = exchange.post_one(&mut maker, sell(MIDDLE, 3));
    let insurance = exchange.market.funds().insurance;
    let incoming = exchange.post_one(&mut taker, buy(MIDDLE + 2, 4));
    assert_eq!(exchange.fills(resting), [(MIDDLE, 3)]);
    assert_eq!(exchange.fills(incoming), [(MIDDLE, 3)]);
    assert_eq!(exchange.market.funds().insurance - insurance, 6 * FEE);
    assert_eq!(exchange.market.contracts_traded(), 3);

    exchange.close(&mut maker, &[resting]);
    exchange.close(&mut taker, &[incoming]);
    let notional = 3 * i64::from(MIDDLE) * TICK;
    assert_eq!(
        (maker.note.cash, maker.note.position),
        (CASH + notional - 3 * FEE, -3)
    );
    assert_eq!(
        (taker.note.cash, taker.note.position),
        (CASH - notional - 3 * FEE, 3)
    );
    assert_eq!((maker.note.sell_quantity, maker.note.sell_cost), (0, 0));
    assert_eq!((taker.note.buy_quantity, taker.note.buy_cost), (0, 0));
    assert!(
        exchange.market.book().is_empty(),
        "closing has cancelled the rest of the buy"
    );
    assert!(exchange.market.records().next().is_none());
}

#[test]
fn the_better_price_goes_to_the_incoming_order_and_partial_fills_add_up() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(5 * CASH);
    let mut taker = exchange.trader(5 * CASH);
    exchange.post(
        &mut maker,
        &[sell(MIDDLE + 1, 2), sell(MIDDLE, 2), sell(MIDDLE + 5, 9)],
    );
    let incoming = exchange.post_one(&mut taker, buy(MIDDLE + 3, 6));
    assert_eq!(exchange.fills(incoming), [(MIDDLE, 2), (MIDDLE + 1, 2)]);
    let record = exchange.record(incoming);
    assert_eq!(
        (record.filled, record.status),
        (Quantity(4), OrderStatus::Live)
    );
    assert_eq!(
        exchange
            .market
            .book()
            .resting(incoming)
            .map(|o| o.remaining),
        Some(Quantity(2))
    );
}

#[test]
fn a_cancel_takes_the_order_out_and_leaves_the_reservation_to_the_claim() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(CASH);
    let order = exchange.post_one(&mut trader, buy(MIDDLE, 4));
    assert_eq!(exchange.cancel(order), Quantity(4));
    assert!(exchange.market.book().is_empty());
    let record = exchange.record(order);
    assert_eq!(
        (record.status, record.reserved),
        (OrderStatus::Cancelled, Quantity(4))
    );
    exchange.close(&mut trader, &[order]);
    assert_eq!((trader.note.buy_quantity, trader.note.buy_cost), (0, 0));
    assert_eq!(trader.note.cash, CASH);
}

#[test]
fn a_reduction_names_the_new_total_fills_included() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(5 * CASH);
    let mut taker = exchange.trader(5 * CASH);
    let order = exchange.post_one(&mut maker, sell(MIDDLE, 10));
    exchange.post_one(&mut taker, buy(MIDDLE, 3));
    assert_eq!(exchange.reduce(order, 5), Quantity(5));
    assert_eq!(
        exchange.market.book().resting(order).map(|o| o.remaining),
        Some(Quantity(2))
    );
    assert!(exchange.events.contains(&Event::Reduced {
        order,
        total: Quantity(5)
    }));
    exchange.post_one(&mut taker, buy(MIDDLE, 9));
    let record = exchange.record(order);
    assert_eq!(
        (record.filled, record.status),
        (Quantity(5), OrderStatus::Filled)
    );
    exchange.close(&mut maker, &[order]);
    assert_eq!(
        (
            maker.note.position,
            maker.note.sell_quantity,
            maker.note.sell_cost
        ),
        (-5, 0, 0)
    );
}

#[test]
fn a_reduction_to_what_is_filled_or_less_cancels_the_rest() {
    for total in [3, 2, 0] {
        let mut exchange = TestExchange::open_for_trading();
        let mut maker = exchange.trader(5 * CASH);
        let mut taker = exchange.trader(5 * CASH);
        let order = exchange.post_one(&mut maker, sell(MIDDLE, 10));
        exchange.post_one(&mut taker, buy(MIDDLE, 3));
        assert_eq!(exchange.reduce(order, total), Quantity(7));
        assert_eq!(exchange.record(order).status, OrderStatus::Cancelled);
        assert_eq!(exchange.market.book().resting(order), None);
    }
}

#[test]
fn a_replayed_reduction_changes_nothing() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(5 * CASH);
    let order = exchange.post_one(&mut trader, sell(MIDDLE, 10));
    exchange.reduce(order, 6);
    exchange.reduce(order, 4);
    for total in [4, 6] {
        let change = OrderChange::Reduce(Quantity(total));
        let replay = exchange.instruction(order, change, &support::cancel_key());
        let refusal = Refusal::NotLower {
            order,
            given: Quantity(total),
            total: Quantity(4),
        };
        exchange.refuse(
            &tally_exchange::message::Transaction::Instruction(replay),
            &refusal,
        );
    }
}

#[test]
fn a_reduction_keeps_the_place_in_the_queue() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(5 * CASH);
    let mut taker = exchange.trader(5 * CASH);
    let ids = exchange.post(&mut maker, &[sell(MIDDLE, 5), sell(MIDDLE, 5)]);
    exchange.reduce(ids[0], 2);
    exchange.post_one(&mut taker, buy(MIDDLE, 3));
    assert_eq!(exchange.fills(ids[0]), [(MIDDLE, 2)]);
    assert_eq!(exchange.fills(ids[1]), [(MIDDLE, 1)]);
}

#[test]
fn a_replace_cancels_claims_and_posts_at_once() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(5 * CASH);
    let mut taker = exchange.trader(5 * CASH);
    let old = exchange.post_one(&mut maker, sell(MIDDLE, 4));
    exchange.post_one(&mut taker, buy(MIDDLE, 1));
    let action = exchange.claiming(&maker, &[old], Rest::Close, &[sell(MIDDLE + 2, 7)]);
    let new = exchange.act(&mut maker, action).orders[0];
    assert_eq!(exchange.market.record(old), None);
    assert_eq!(exchange.market.book().resting(old), None);
    assert_eq!(
        exchange.market.book().resting(new).map(|o| o.remaining),
        Some(Quantity(7))
    );
    assert_eq!((maker.note.position, maker.note.sell_quantity), (-1, 7));
}

#[test]
fn a_replace_that_comes_too_late_posts_nothing_and_the_next_one_succeeds() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(5 * CASH);
    let mut taker = exchange.trader(5 * CASH);
    let old = exchange.post_one(&mut maker, sell(MIDDLE, 4));
    let action = exchange.claiming(&maker, &[old], Rest::Close, &[sell(MIDDLE + 2, 7)]);
    let replace = exchange.prepare(&maker, action);
    exchange.post_one(&mut taker, buy(MIDDLE, 1));
    let refusal = Refusal::FillsSince {
        order: old,
        claimed: 0,
        fills: 1,
    };
    assert_eq!(
        exchange.include(&mut maker, &replace),
        Receipt::Refused(refusal)
    );
    assert!(
        exchange.market.book().is_empty(),
        "the old order is out and no new one is in"
    );
    assert!(!exchange.market.is_spent(&replace.act.message.nullifier));
    let action = exchange.claiming(&maker, &[old], Rest::Close, &[sell(MIDDLE + 2, 7)]);
    exchange.act(&mut maker, action);
    assert_eq!((maker.note.position, maker.note.sell_quantity), (-1, 7));
    assert_eq!(exchange.market.book().len(), 1);
}

#[test]
fn sixteen_claims_and_sixteen_orders_fit_one_act() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(100 * CASH);
    let orders: Vec<_> = (0..16).map(|step| buy(MIDDLE - step, 3)).collect();
    let old = exchange.post(&mut trader, &orders);
    let action = exchange.claiming(&trader, &old, Rest::Close, &orders);
    let new = exchange.act(&mut trader, action).orders;
    assert_eq!(
        (
            new.len(),
            exchange.market.book().len(),
            trader.note.buy_quantity
        ),
        (16, 16, 48)
    );
}

#[test]
fn records_of_one_tag_can_be_claimed_one_by_one() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(10 * CASH);
    let ids = exchange.post(
        &mut trader,
        &[buy(MIDDLE, 1), buy(MIDDLE - 1, 2), buy(MIDDLE - 2, 4)],
    );
    exchange.close(&mut trader, &[ids[1]]);
    assert_eq!(
        (trader.note.buy_quantity, exchange.market.book().len()),
        (5, 2)
    );
    exchange.close(&mut trader, &[ids[0], ids[2]]);
    assert!(trader.note.buy_quantity == 0 && exchange.market.book().is_empty());
}
