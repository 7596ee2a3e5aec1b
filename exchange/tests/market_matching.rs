//! How orders wait and trade: immediate, fill or kill, post-only, day, market orders and their protection.

mod support;

use support::{HI, LO, MIDDLE, TestExchange, TestTrader, buy, fok, ioc, post_only, sell};
use tally_exchange::receipt::Event;
use tally_exchange::record::OrderStatus;
use tally_exchange::units::{Price, Quantity, Side};

const CASH: i64 = 10_000_000;

/// A market with a maker's offers of 3 at the middle and 5 two ticks above, and a taker.
fn with_offers() -> (TestExchange, TestTrader, TestTrader) {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(CASH);
    let taker = exchange.trader(CASH);
    exchange.post(&mut maker, &[sell(MIDDLE, 3), sell(MIDDLE + 2, 5)]);
    (exchange, maker, taker)
}

#[test]
fn an_immediate_order_takes_what_there_is_and_expires() {
    let (mut exchange, _, mut taker) = with_offers();
    let order = exchange.post_one(&mut taker, ioc(buy(MIDDLE + 1, 4)));
    let record = exchange.record(order);
    assert_eq!(
        (record.filled, record.status),
        (Quantity(3), OrderStatus::Expired)
    );
    assert_eq!(
        record.reserved,
        Quantity(4),
        "the reservation waits for the claim"
    );
    assert_eq!(exchange.market.book().resting(order), None);
    exchange.close(&mut taker, &[order]);
    assert_eq!(
        (
            taker.note.position,
            taker.note.buy_quantity,
            taker.note.buy_cost
        ),
        (3, 0, 0)
    );
}

#[test]
fn an_immediate_order_that_finds_enough_is_filled() {
    let (mut exchange, _, mut taker) = with_offers();
    let order = exchange.post_one(&mut taker, ioc(buy(MIDDLE + 2, 8)));
    assert_eq!(exchange.record(order).status, OrderStatus::Filled);
    assert!(exchange.market.book().is_empty());
}

#[test]
fn fill_or_kill_fills_all_or_nothing_and_the_act_counts_either_way() {
    let (mut exchange, _, mut taker) = with_offers();
    let killed = exchange.post_one(&mut taker, fok(buy(MIDDLE + 2, 9)));
    let record = exchange.record(killed);
    assert_eq!(
        (record.filled, record.status),
        (Quantity(0), OrderStatus::Killed)
    );
    assert_eq!(exchange.market.book().len(), 2);
    let filled = exchange.post_one(&mut taker, fok(buy(MIDDLE + 2, 8)));
    assert_eq!(exchange.record(filled).status, OrderStatus::Filled);
    exchange.close(&mut taker, &[killed]);
    exchange.close(&mut taker, &[filled]);
    assert_eq!((taker.note.position, taker.note.buy_quantity), (8, 0));
}

#[test]
fn a_post_only_order_never_takes() {
    let (mut exchange, _, mut taker) = with_offers();
    let dead = exchange.post_one(&mut taker, post_only(buy(MIDDLE, 1)));
    let record = exchange.record(dead);
    assert_eq!(
        (record.filled, record.status),
        (Quantity(0), OrderStatus::WouldTake)
    );
    let rests = exchange.post_one(&mut taker, post_only(buy(MIDDLE - 1, 1)));
    assert_eq!(exchange.record(rests).status, OrderStatus::Live);
    exchange.close(&mut taker, &[dead]);
    exchange.close(&mut taker, &[rests]);
    assert_eq!(
        (
            taker.note.position,
            taker.note.buy_quantity,
            taker.note.buy_cost
        ),
        (0, 0, 0)
    );
}

#[test]
fn orders_of_one_message_are_posted_in_its_order_and_one_death_spares_the_others() {
    let (mut exchange, _, mut taker) = with_offers();
    let orders = [
        buy(MIDDLE + 1, 3),
        post_only(buy(MIDDLE + 2, 1)),
        fok(buy(MIDDLE, 2)),
        buy(MIDDLE - 4, 1),
    ];
    let ids = exchange.post(&mut taker, &orders);
    let statuses: Vec<_> = ids.iter().map(|id| exchange.record(*id).status).collect();
    use OrderStatus::{Filled, Killed, Live, WouldTake};
    assert_eq!(statuses, [Filled, WouldTake, Killed, Live]);
}

#[test]
fn a_market_order_reaches_at_most_twenty_ticks_beyond_the_best_opposite_price() {
    let mut exchange = TestExchange::open_for_trading();
    assert_eq!(exchange.market.protection_price(Side::Buy), None);
    let mut maker = exchange.trader(CASH);
    let mut taker = exchange.trader(CASH);
    exchange.post(
        &mut maker,
        &[sell(MIDDLE, 1), sell(MIDDLE + 20, 1), sell(MIDDLE + 21, 1)],
    );
    let limit = exchange
        .market
        .protection_price(Side::Buy)
        .expect("there are offers");
    assert_eq!(limit, Price(MIDDLE + 20));
    let order = exchange.post_one(&mut taker, ioc(buy(limit.0, 3)));
    assert_eq!(exchange.fills(order), [(MIDDLE, 1), (MIDDLE + 20, 1)]);
    assert_eq!(exchange.record(order).status, OrderStatus::Expired);
}

#[test]
fn the_protection_price_stays_inside_the_band() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(CASH);
    exchange.post(&mut maker, &[sell(HI - 3, 1), buy(LO + 5, 1)]);
    assert_eq!(exchange.market.protection_price(Side::Buy), Some(Price(HI)));
    assert_eq!(
        exchange.market.protection_price(Side::Sell),
        Some(Price(LO))
    );
}

#[test]
fn first_come_is_first_filled_at_one_price_and_better_prices_go_first() {
    let mut exchange = TestExchange::open_for_trading();
    let mut traders: Vec<_> = (0..3).map(|_| exchange.trader(CASH)).collect();
    let first = exchange.post_one(&mut traders[0], buy(MIDDLE, 2));
    let second = exchange.post_one(&mut traders[1], buy(MIDDLE, 2));
    let better = exchange.post_one(&mut traders[1], buy(MIDDLE + 1, 2));
    let taker = exchange.post_one(&mut traders[2], ioc(sell(LO, 5)));
    assert_eq!(
        exchange.fills(taker),
        [(MIDDLE + 1, 2), (MIDDLE, 2), (MIDDLE, 1)]
    );
    let filled = [first, second, better].map(|id| exchange.record(id).filled.0);
    assert_eq!(filled, [2, 1, 2]);
}

#[test]
fn every_match_is_told_as_one_trade_and_two_fills_with_their_numbers() {
    let (mut exchange, _, mut taker) = with_offers();
    exchange.events.clear();
    let order = exchange.post_one(&mut taker, buy(MIDDLE + 2, 4));
    let told: Vec<_> = exchange
        .events
        .iter()
        .filter_map(|event| match *event {
            Event::Fill {
                order: id,
                index,
                price,
                quantity,
            } if id == order => Some((index, price.0, quantity.0)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(0, MIDDLE, 3), (1, MIDDLE + 2, 1)]);
    let trades = exchange.events.iter().filter(|event| {
        matches!(
            event,
            Event::Trade {
                aggressor: Some(Side::Buy),
                ..
            }
        )
    });
    assert_eq!(trades.count(), 2);
}

#[test]
fn one_trader_may_meet_his_own_order_of_another_act_and_owes_both_fees() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(CASH);
    let old = exchange.post_one(&mut trader, sell(MIDDLE, 2));
    let new = exchange.post_one(&mut trader, buy(MIDDLE, 2));
    exchange.close(&mut trader, &[old]);
    exchange.close(&mut trader, &[new]);
    assert_eq!((trader.note.cash, trader.note.position), (CASH - 400, 0));
}

#[test]
fn orders_at_both_edges_of_the_band_trade() {
    let mut exchange = TestExchange::open_for_trading();
    let mut low = exchange.trader(CASH);
    let mut high = exchange.trader(CASH);
    exchange.post_one(&mut low, buy(HI, 1));
    let order = exchange.post_one(&mut high, sell(HI, 1));
    assert_eq!(exchange.fills(order), [(HI, 1)]);
    exchange.post_one(&mut high, sell(LO, 1));
    let order = exchange.post_one(&mut low, buy(LO, 1));
    assert_eq!(exchange.fills(order), [(LO, 1)]);
}

#[test]
fn the_mark_is_the_median_of_the_last_twenty_contracts_at_block_ends() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(CASH);
    let mut taker = exchange.trader(CASH);
    exchange.post_one(&mut maker, sell(MIDDLE + 10, 30));
    exchange.post_one(&mut taker, buy(MIDDLE + 10, 9));
    exchange.next_block();
    assert_eq!(exchange.market.mark(), Price(MIDDLE));
    exchange.post_one(&mut taker, buy(MIDDLE + 10, 2));
    assert_eq!(
        exchange.market.mark(),
        Price(MIDDLE),
        "not before the block ends"
    );
    exchange.next_block();
    assert_eq!(exchange.market.mark(), Price(MIDDLE + 10));
    assert!(exchange.events.contains(&Event::Mark {
        price: Price(MIDDLE + 10)
    }));
}
