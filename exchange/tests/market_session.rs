//! The trading day: phases by block time, pre-open and uncrossing, settlement, end of session.

mod support;

use sha2::{Digest, Sha256};
use support::{HI, LO, MIDDLE, TestExchange, TestTrader, buy, fok, ioc, post_only, sell};
use tally_circuits::field::Element;
use tally_exchange::message::{Action, OrderChange, Transaction};
use tally_exchange::receipt::{Event, Phase};
use tally_exchange::record::OrderStatus;
use tally_exchange::refusal::Refusal;
use tally_exchange::settlement::SettlementTier;
use tally_exchange::units::{OrderId, Price, Quantity, Side};

const CASH: i64 = 10_000_000;

fn phases(exchange: &TestExchange) -> Vec<Phase> {
    let phase = |event: &Event| match event {
        Event::Phase { phase } => Some(*phase),
        _ => None,
    };
    exchange.events.iter().filter_map(phase).collect()
}

/// The rank of a pre-open order of this tag if the next block opens the market.
fn rank(exchange: &TestExchange, tag: Element) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"tally/pre-open/rank/1");
    hash.update(tag.to_bytes());
    hash.update(exchange.market.state_hash().0);
    hash.finalize().into()
}

#[test]
fn the_parts_of_the_day_begin_with_the_first_block_at_or_after_their_time() {
    let mut exchange = TestExchange::new();
    let session = exchange.market.session().clone();
    let steps = [
        (session.pre_open, Phase::PreOpen),
        (session.open, Phase::Continuous),
        (session.settlement, Phase::AfterSettlement),
        (session.close, Phase::Closed),
    ];
    let mut before = Phase::BeforeSession;
    for (time, phase) in steps {
        exchange.at(tally_exchange::units::Time(time.0 - 1));
        assert_eq!(exchange.market.phase(), before);
        exchange.at(time);
        assert_eq!(exchange.market.phase(), phase);
        before = phase;
    }
}

#[test]
fn one_block_can_pass_through_the_whole_day() {
    let mut exchange = TestExchange::new();
    exchange.at(exchange.market.session().close);
    use Phase::{AfterSettlement, Closed, Continuous, PreOpen};
    assert_eq!(
        phases(&exchange),
        [PreOpen, Continuous, AfterSettlement, Closed]
    );
    let settlement = exchange.market.settlement().expect("the day has settled");
    assert_eq!(settlement.tier, SettlementTier::PriorSettlement);
    assert_eq!(settlement.price, Price(MIDDLE));
}

#[test]
fn an_order_is_dead_where_the_market_cannot_take_it_and_its_act_counts() {
    let session = TestExchange::new().market.session().clone();
    let orders = [
        buy(MIDDLE, 1),
        ioc(buy(MIDDLE, 1)),
        fok(buy(MIDDLE, 1)),
        post_only(buy(MIDDLE, 1)),
    ];
    for (time, taken) in [
        (session.pre_open.minus_seconds(9), 0),
        (session.pre_open, 1),
        (session.close, 0),
    ] {
        let mut exchange = TestExchange::new();
        exchange.at(time);
        let mut trader = exchange.trader(CASH);
        let ids = exchange.post(&mut trader, &orders);
        assert_eq!(trader.note.buy_quantity, 4);
        for (place, id) in ids.iter().enumerate() {
            let expected = if place < taken {
                OrderStatus::Live
            } else {
                OrderStatus::NotTaken
            };
            assert_eq!(exchange.record(*id).status, expected);
        }
        exchange.close(&mut trader, &ids);
        assert_eq!(
            (
                trader.note.cash,
                trader.note.buy_quantity,
                trader.note.buy_cost
            ),
            (CASH, 0, 0)
        );
    }
}

#[test]
fn crossing_orders_wait_in_the_pre_open_and_meet_at_one_price() {
    let mut exchange = TestExchange::in_pre_open();
    let mut buyer = exchange.trader(CASH);
    let mut seller = exchange.trader(CASH);
    let bids = exchange.post(
        &mut buyer,
        &[buy(MIDDLE + 6, 3), buy(MIDDLE + 2, 4), buy(MIDDLE - 5, 9)],
    );
    let offers = exchange.post(
        &mut seller,
        &[
            sell(MIDDLE - 4, 5),
            sell(MIDDLE + 1, 1),
            sell(MIDDLE + 9, 2),
        ],
    );
    exchange.later(60);
    assert_eq!(exchange.market.contracts_traded(), 0);
    assert!(exchange.market.book().is_empty());

    exchange.at(exchange.market.session().open);
    // From one tick above the middle to two, 7 are bid and 6 offered: nearest to the prior settlement is the lower.
    let price = MIDDLE + 1;
    assert_eq!(exchange.fills(bids[0]), [(price, 3)]);
    assert_eq!(exchange.record(bids[1]).filled, Quantity(3));
    assert!(exchange.fills(offers[0]).iter().all(|fill| fill.0 == price));
    assert_eq!(exchange.record(offers[1]).status, OrderStatus::Filled);
    assert_eq!(exchange.market.contracts_traded(), 6);
    let left: Vec<_> = exchange
        .market
        .book()
        .orders()
        .map(|o| (o.id, o.remaining.0))
        .collect();
    assert_eq!(left, [(bids[1], 1), (bids[2], 9), (offers[2], 2)]);

    exchange.close(&mut buyer, &bids);
    exchange.close(&mut seller, &offers);
    let notional = 6 * i64::from(price) * 1_000;
    assert_eq!(
        (buyer.note.position, buyer.note.cash),
        (6, CASH - notional - 600)
    );
    assert_eq!(
        (seller.note.position, seller.note.cash),
        (-6, CASH + notional - 600)
    );
}

#[test]
fn the_rank_of_equal_orders_comes_from_tag_and_state_hash_and_not_from_arrival() {
    let mut seen = [false; 2];
    for extra in 0..12 {
        let mut exchange = TestExchange::in_pre_open();
        let mut buyers: Vec<_> = (0..2).map(|_| exchange.trader(CASH)).collect();
        let mut seller = exchange.trader(CASH + extra);
        let bids: Vec<_> = buyers
            .iter_mut()
            .map(|b| exchange.post_one(b, buy(MIDDLE, 1)))
            .collect();
        exchange.post_one(&mut seller, sell(MIDDLE, 1));
        exchange.later(1);
        let ranks = [0, 1].map(|i: usize| rank(&exchange, exchange.record(bids[i]).tag));
        let winner = usize::from(ranks[1] < ranks[0]);
        exchange.at(exchange.market.session().open);
        assert_eq!(exchange.record(bids[winner]).status, OrderStatus::Filled);
        assert_eq!(exchange.record(bids[1 - winner]).filled, Quantity(0));
        seen[winner] = true;
    }
    assert_eq!(
        seen, [true; 2],
        "neither the first nor the last to come always wins"
    );
}

#[test]
fn what_the_uncrossing_leaves_rests_in_the_order_of_ranks() {
    let mut exchange = TestExchange::in_pre_open();
    let mut traders: Vec<_> = (0..5).map(|_| exchange.trader(CASH)).collect();
    let mut ids: Vec<_> = traders
        .iter_mut()
        .map(|t| exchange.post_one(t, buy(MIDDLE, 1)))
        .collect();
    exchange.later(1);
    ids.sort_by_key(|id| rank(&exchange, exchange.record(*id).tag));
    exchange.at(exchange.market.session().open);
    let resting: Vec<_> = exchange
        .market
        .book()
        .orders()
        .map(|order| order.id)
        .collect();
    assert_eq!(resting, ids);
}

#[test]
fn a_moved_pre_open_order_still_opens_under_its_new_tag() {
    let mut exchange = TestExchange::in_pre_open();
    let mut buyer = exchange.trader(CASH);
    let mut seller = exchange.trader(CASH);
    let order = exchange.post_one(&mut buyer, buy(MIDDLE, 3));
    let tag = buyer.tag(&exchange.market);
    exchange.move_rest(&mut buyer, &[order]);
    assert_eq!(exchange.record(order).tag, tag);
    exchange.post_one(&mut seller, sell(MIDDLE, 2));
    exchange.at(exchange.market.session().open);
    assert_eq!(exchange.fills(order), [(MIDDLE, 2)]);
    exchange.close(&mut buyer, &[order]);
    assert_eq!((buyer.note.position, buyer.note.buy_quantity), (2, 0));
}

#[test]
fn pre_open_orders_can_be_cancelled_reduced_and_replaced() {
    let mut exchange = TestExchange::in_pre_open();
    let mut buyer = exchange.trader(CASH);
    let mut seller = exchange.trader(CASH);
    let ids = exchange.post(
        &mut buyer,
        &[
            buy(MIDDLE, 5),
            buy(MIDDLE, 6),
            buy(MIDDLE, 7),
            buy(MIDDLE, 8),
        ],
    );
    assert_eq!(exchange.cancel(ids[0]), Quantity(5));
    assert_eq!(exchange.reduce(ids[1], 2), Quantity(4));
    assert_eq!(exchange.reduce(ids[2], 0), Quantity(7));
    let action = exchange.claiming(
        &buyer,
        &[ids[3]],
        tally_exchange::message::Rest::Close,
        &[buy(MIDDLE, 1)],
    );
    let new = exchange.act(&mut buyer, action).orders[0];
    exchange.post_one(&mut seller, sell(MIDDLE, 50));
    exchange.at(exchange.market.session().open);
    assert_eq!(exchange.market.contracts_traded(), 3);
    assert_eq!(
        (exchange.record(ids[1]).filled, exchange.record(new).filled),
        (Quantity(2), Quantity(1))
    );
    exchange.close(&mut buyer, &[ids[0], ids[1], ids[2]]);
    exchange.close(&mut buyer, &[new]);
    assert_eq!(
        (
            buyer.note.position,
            buyer.note.buy_quantity,
            buyer.note.buy_cost
        ),
        (3, 0, 0)
    );
}

/// A market with two traders, `seconds` before the settlement time.
fn before_settlement(seconds: u64) -> (TestExchange, TestTrader, TestTrader) {
    let mut exchange = TestExchange::open_for_trading();
    let one = exchange.trader(CASH);
    let two = exchange.trader(CASH);
    exchange.at(exchange.market.session().settlement.minus_seconds(seconds));
    (exchange, one, two)
}

fn trade(
    exchange: &mut TestExchange,
    seller: &mut TestTrader,
    buyer: &mut TestTrader,
    price: i32,
    quantity: u32,
) {
    exchange.post_one(seller, sell(price, quantity));
    exchange.post_one(buyer, ioc(buy(price, quantity)));
}

fn settle(exchange: &mut TestExchange) -> (i32, SettlementTier) {
    exchange.at(exchange.market.session().settlement);
    let settlement = exchange.market.settlement().expect("the day has settled");
    assert!(exchange.events.contains(&Event::Settlement {
        price: settlement.price,
        tier: settlement.tier
    }));
    (settlement.price.0, settlement.tier)
}

#[test]
fn tier_one_is_the_volume_weighted_average_of_the_last_thirty_seconds() {
    let (mut exchange, mut one, mut two) = before_settlement(31);
    trade(&mut exchange, &mut one, &mut two, MIDDLE - 50, 9);
    exchange.later(1);
    trade(&mut exchange, &mut one, &mut two, MIDDLE + 10, 1);
    exchange.later(29);
    trade(&mut exchange, &mut one, &mut two, MIDDLE + 20, 2);
    assert_eq!(
        settle(&mut exchange),
        (MIDDLE + 17, SettlementTier::WindowVwap)
    );
    trade(&mut exchange, &mut one, &mut two, MIDDLE - 50, 9);
    exchange.later(1);
    assert_eq!(
        exchange.market.settlement().map(|s| s.price),
        Some(Price(MIDDLE + 17))
    );
}

#[test]
fn tier_two_is_the_last_trade_moved_to_a_bid_or_ask_that_rested() {
    for (orders, expected) in [
        (vec![], MIDDLE - 8),
        (vec![buy(MIDDLE - 7, 1)], MIDDLE - 7),
        (vec![sell(MIDDLE - 9, 1)], MIDDLE - 9),
        (vec![buy(MIDDLE - 9, 1), sell(MIDDLE - 7, 1)], MIDDLE - 8),
    ] {
        let (mut exchange, mut one, mut two) = before_settlement(60);
        trade(&mut exchange, &mut one, &mut two, MIDDLE - 8, 1);
        for order in orders {
            exchange.post_one(&mut one, order);
        }
        exchange.later(40);
        exchange.post_one(&mut two, buy(MIDDLE - 20, 1));
        assert_eq!(settle(&mut exchange), (expected, SettlementTier::LastTrade));
    }
}

#[test]
fn a_quote_that_rested_less_than_thirty_seconds_moves_no_settlement() {
    let (mut exchange, mut one, mut two) = before_settlement(60);
    trade(&mut exchange, &mut one, &mut two, MIDDLE, 1);
    exchange.later(31);
    exchange.post_one(&mut one, buy(MIDDLE + 5, 1));
    assert_eq!(settle(&mut exchange), (MIDDLE, SettlementTier::LastTrade));
}

#[test]
fn tier_three_is_the_prior_settlement_moved_likewise() {
    let (mut exchange, mut one, _) = before_settlement(60);
    exchange.post_one(&mut one, sell(MIDDLE - 3, 1));
    assert_eq!(
        settle(&mut exchange),
        (MIDDLE - 3, SettlementTier::PriorSettlement)
    );
}

#[test]
fn a_first_block_after_the_settlement_time_still_settles_at_the_price_of_the_uncrossing() {
    let mut exchange = TestExchange::in_pre_open();
    let mut one = exchange.trader(CASH);
    let mut two = exchange.trader(CASH);
    exchange.post_one(&mut one, sell(MIDDLE + 4, 1));
    exchange.post_one(&mut two, buy(MIDDLE + 4, 1));
    assert_eq!(
        settle(&mut exchange),
        (MIDDLE + 4, SettlementTier::LastTrade)
    );
}

#[test]
fn trading_goes_on_from_the_settlement_to_the_close() {
    let (mut exchange, mut one, mut two) = before_settlement(60);
    settle(&mut exchange);
    trade(&mut exchange, &mut one, &mut two, MIDDLE, 2);
    assert_eq!(exchange.market.contracts_traded(), 2);
}

#[test]
fn the_end_of_the_session_makes_every_order_final_and_claims_and_withdrawals_go_on() {
    let (mut exchange, mut one, mut two) = before_settlement(60);
    let ids = exchange.post(&mut one, &[buy(MIDDLE - 1, 4), sell(MIDDLE + 1, 5)]);
    let taken = exchange.post_one(&mut two, ioc(sell(MIDDLE - 1, 1)));
    exchange.at(exchange.market.session().close);
    assert!(exchange.market.book().is_empty());
    for id in &ids {
        assert_eq!(exchange.record(*id).status, OrderStatus::SessionEnd);
        assert!(exchange.events.contains(&Event::Final {
            order: *id,
            status: OrderStatus::SessionEnd
        }));
    }
    assert_eq!(exchange.record(taken).status, OrderStatus::Filled);
    let cancel = exchange.instruction(ids[0], OrderChange::Cancel, &support::cancel_key());
    exchange.refuse(&Transaction::Instruction(cancel), &Refusal::NotLive(ids[0]));

    exchange.move_rest(&mut one, &[ids[0]]);
    exchange.close(&mut one, &[ids[1]]);
    exchange.close(&mut one, &[ids[0]]);
    exchange.close(&mut two, &[taken]);
    assert_eq!((one.note.position, two.note.position), (1, -1));
    assert_eq!((one.note.buy_quantity, one.note.sell_quantity), (0, 0));
    let (payee, amount) = (two.account(), 1_000);
    exchange.act(&mut two, Action::Withdraw { payee, amount });
    assert!(exchange.market.records().next().is_none());
}

#[test]
fn nothing_trades_after_the_close() {
    let (mut exchange, mut one, mut two) = before_settlement(60);
    exchange.post_one(&mut one, sell(MIDDLE, 1));
    exchange.at(exchange.market.session().close);
    let late = exchange.post_one(&mut two, buy(MIDDLE, 1));
    assert_eq!(exchange.record(late).status, OrderStatus::NotTaken);
    assert_eq!(exchange.market.contracts_traded(), 0);
}

#[test]
fn a_side_alone_at_the_edge_for_a_minute_moves_the_mark_there() {
    for (order, edge, side) in [(buy(HI, 20), HI, Side::Buy), (sell(LO, 20), LO, Side::Sell)] {
        let mut exchange = TestExchange::open_for_trading();
        let mut trader = exchange.trader(CASH);
        exchange.post_one(&mut trader, order);
        assert_eq!(exchange.market.book().quantity_at(side, Price(edge)), 20);
        exchange.later(59);
        exchange.later(1);
        assert_eq!(exchange.market.mark(), Price(MIDDLE));
        exchange.next_block();
        assert_eq!(exchange.market.mark(), Price(edge));
    }
}

#[test]
fn the_order_of_ids_runs_through_dead_and_living_orders() {
    let mut exchange = TestExchange::new();
    let mut trader = exchange.trader(CASH);
    assert_eq!(exchange.post_one(&mut trader, buy(MIDDLE, 1)), OrderId(1));
    exchange.at(exchange.market.session().open);
    assert_eq!(exchange.post_one(&mut trader, buy(MIDDLE, 1)), OrderId(2));
}
