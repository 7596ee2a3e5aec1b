//! What an attacker would try beyond forged messages: double release, orders that outlive their records, overflow.

mod support;

use support::exchange::{TestExchange, genesis};
use support::{HI, LO, MIDDLE, buy, fok, ioc, post_only, sell};
use tally_circuits::field::Element;
use tally_exchange::market::{GenesisError, Market};
use tally_exchange::message::{Action, RecordClaim, Rest};
use tally_exchange::receipt::Receipt;
use tally_exchange::record::OrderStatus;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{Price, Quantity};

const CASH: i64 = 10_000_000;

#[test]
fn a_reservation_is_released_once_however_its_record_is_claimed() {
    // Every way of claiming an order of 6 with three fills of 1, in one to four Acts.
    for first in 0..=3_u32 {
        for second in first..=3 {
            let mut exchange = TestExchange::open_for_trading();
            let mut maker = exchange.trader(CASH);
            let mut taker = exchange.trader(CASH);
            let order = exchange.post_one(&mut maker, buy(MIDDLE, 6));
            exchange.post(&mut taker, &[ioc(sell(MIDDLE, 1)); 3]);
            for fills in [first, second] {
                let records = vec![RecordClaim {
                    order,
                    fills,
                    rest: Rest::Move,
                }];
                let action = exchange.trading(&maker, records, &[]);
                exchange.act(&mut maker, action);
                assert_eq!(maker.note.buy_quantity, 6 - fills);
                assert_eq!(exchange.record(order).reserved, Quantity(6 - fills));
            }
            exchange.close(&mut maker, &[order]);
            let note = &maker.note;
            assert_eq!((note.position, note.buy_quantity, note.buy_cost), (3, 0, 0));
            assert_eq!(note.cash, CASH - 3 * (i64::from(MIDDLE) * 1_000 + 100));
        }
    }
}

#[test]
fn an_order_whose_record_is_closed_trades_no_more() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(CASH);
    let mut taker = exchange.trader(CASH);
    let order = exchange.post_one(&mut maker, sell(MIDDLE, 6));
    exchange.close(&mut maker, &[order]);
    let taken = exchange.post_one(&mut taker, ioc(buy(MIDDLE, 6)));
    assert_eq!(exchange.record(taken).filled, Quantity(0));
}

#[test]
fn a_pre_open_order_whose_record_is_closed_is_not_in_the_uncrossing() {
    let mut exchange = TestExchange::in_pre_open();
    let mut maker = exchange.trader(CASH);
    let mut taker = exchange.trader(CASH);
    let order = exchange.post_one(&mut maker, sell(MIDDLE, 6));
    let other = exchange.post_one(&mut taker, buy(MIDDLE, 6));
    exchange.close(&mut maker, &[order]);
    exchange.at(exchange.market.session().open);
    assert_eq!(exchange.record(other).filled, Quantity(0));
    assert_eq!(exchange.market.book().len(), 1);
}

#[test]
fn a_pre_open_order_that_was_reduced_and_moved_trades_its_new_total() {
    let mut exchange = TestExchange::in_pre_open();
    let mut maker = exchange.trader(CASH);
    let mut taker = exchange.trader(CASH);
    let order = exchange.post_one(&mut maker, sell(MIDDLE, 6));
    exchange.post_one(&mut taker, buy(MIDDLE, 6));
    exchange.reduce(order, 2);
    exchange.move_rest(&mut maker, &[order]);
    exchange.at(exchange.market.session().open);
    assert_eq!(exchange.record(order).filled, Quantity(2));
    exchange.close(&mut maker, &[order]);
    assert_eq!(
        (
            maker.note.position,
            maker.note.sell_quantity,
            maker.note.sell_cost
        ),
        (-2, 0, 0)
    );
}

#[test]
fn a_claim_proved_in_the_pre_open_is_caught_by_the_uncrossing() {
    let mut exchange = TestExchange::in_pre_open();
    let mut maker = exchange.trader(CASH);
    let mut taker = exchange.trader(CASH);
    let order = exchange.post_one(&mut maker, sell(MIDDLE, 6));
    exchange.post_one(&mut taker, buy(MIDDLE, 4));
    let action = exchange.claiming(&maker, &[order], Rest::Close, &[]);
    let late = exchange.prepare(&maker, action);
    exchange.at(exchange.market.session().open);
    let refusal = Refusal::FillsSince {
        order,
        claimed: 0,
        fills: 1,
    };
    assert_eq!(
        exchange.include(&mut maker, &late),
        Receipt::Refused(refusal)
    );
    assert!(exchange.market.book().is_empty());
    exchange.close(&mut maker, &[order]);
    assert_eq!((maker.note.position, maker.note.sell_quantity), (-4, 0));
}

#[test]
fn dead_orders_keep_their_reservation_and_release_it_once() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(CASH);
    let mut trader = exchange.trader(CASH);
    exchange.post_one(&mut maker, sell(MIDDLE, 1));
    let orders = [
        fok(buy(MIDDLE, 5)),
        post_only(buy(MIDDLE, 5)),
        ioc(buy(MIDDLE - 1, 5)),
    ];
    let ids = exchange.post(&mut trader, &orders);
    assert_eq!(trader.note.buy_quantity, 15);
    // The margin is still taken: nothing more than what it leaves can be posted until they are claimed.
    let action = exchange.posting(&trader, &[buy(MIDDLE, 60)]);
    exchange.refuse_action(&trader, action, &Refusal::Proof);
    exchange.close(&mut trader, &ids);
    assert_eq!((trader.note.buy_quantity, trader.note.buy_cost), (0, 0));
    exchange.post_one(&mut trader, buy(MIDDLE, 60));
}

#[test]
fn nobody_hides_a_loss_in_a_record_that_is_not_claimed() {
    // Bought high, the market falls, and the fill stays unclaimed: the note still can't pay out what it may lose.
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(CASH);
    let mut taker = exchange.trader(CASH);
    exchange.post_one(&mut maker, sell(HI, 40));
    exchange.post_one(&mut taker, buy(HI, 30));
    exchange.later(1);
    let (payee, amount) = (taker.account(), 9_000_000);
    exchange.refuse_action(&taker, Action::Withdraw { payee, amount }, &Refusal::Proof);
    let action = exchange.posting(&taker, &[buy(LO, 60)]);
    exchange.refuse_action(&taker, action, &Refusal::Proof);
}

#[test]
fn an_act_that_expires_between_proof_and_inclusion_cancels_nothing() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(CASH);
    let mut taker = exchange.trader(CASH);
    let order = exchange.post_one(&mut maker, sell(MIDDLE, 6));
    let action = exchange.claiming(&maker, &[order], Rest::Close, &[]);
    let mut draft = exchange.draft(&maker, action);
    draft.message.expiry = exchange.market.height();
    let act = exchange.seal(draft);
    exchange.post_one(&mut taker, buy(MIDDLE, 1));
    exchange.next_block();
    let height = exchange.market.height();
    exchange.refuse_act(
        &act,
        &Refusal::Expired {
            expiry: act.message.expiry,
            height,
        },
    );
    assert_eq!(exchange.record(order).status, OrderStatus::Live);
}

#[test]
fn cash_beyond_what_the_books_can_count_is_refused_before_it_moves() {
    let mut genesis = genesis();
    genesis.specification.fund_seed = i64::MAX - 300_000;
    let mut exchange = TestExchange::with(genesis);
    let mut trader = exchange.newcomer();
    let account = trader.account();
    exchange.refuse_action(
        &trader,
        Action::Open {
            account,
            amount: 300_001,
        },
        &Refusal::Range,
    );
    exchange.act(
        &mut trader,
        Action::Open {
            account,
            amount: 300_000,
        },
    );
    exchange.refuse_action(
        &trader,
        Action::Deposit { account, amount: 1 },
        &Refusal::Range,
    );
    let amount = 297_500;
    exchange.act(
        &mut trader,
        Action::Withdraw {
            payee: account,
            amount,
        },
    );
    let funds = exchange.market.funds();
    assert_eq!((funds.deposits, funds.withdrawals), (i64::MAX, 297_500));
}

#[test]
fn sums_beyond_a_note_are_refused_and_not_wrapped() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(3_000_000_000);
    exchange.post(&mut trader, &[sell(HI, 1_000); 16]);
    let action = exchange.posting(&trader, &[sell(HI, 1_000); 16]);
    exchange.refuse_action(&trader, action, &Refusal::Proof);
}

#[test]
fn a_settlement_beyond_the_contracts_prices_starts_no_market() {
    for price in [i32::MAX, i32::MIN, 100_000_000, -100_000_000] {
        let mut genesis = genesis();
        genesis.prior_settlement = Price(price);
        assert_eq!(
            Market::new(genesis).err(),
            Some(GenesisError::Band(Price(price)))
        );
    }
}

#[test]
fn a_contract_that_is_no_symbol_starts_no_market() {
    for symbol in ["", "H", "heg7", "HEG7HEG7X", "HE G7"] {
        let mut genesis = genesis();
        genesis.session.contract = symbol.to_owned();
        assert!(matches!(
            Market::new(genesis).err(),
            Some(GenesisError::Symbol(_))
        ));
    }
}

#[test]
fn an_opening_may_name_any_root_and_needs_no_place_in_the_tree() {
    let mut exchange = TestExchange::new();
    exchange.trader(CASH);
    let mut trader = exchange.newcomer();
    let account = trader.account();
    let mut draft = exchange.draft(
        &trader,
        Action::Open {
            account,
            amount: 500_000,
        },
    );
    draft.message.root = Element(tally_circuits::tree::Tree::new().root());
    let act = exchange.seal(draft);
    let prepared = support::Prepared { act };
    assert!(matches!(
        exchange.include(&mut trader, &prepared),
        Receipt::Act(_)
    ));
}

#[test]
fn a_stranger_with_every_public_byte_can_neither_claim_nor_cancel() {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(CASH);
    let mut thief = exchange.trader(CASH);
    let order = exchange.post_one(&mut maker, sell(MIDDLE, 6));
    exchange.post_one(&mut thief, buy(MIDDLE, 2));
    // The owner's own claim, seen on its way, with the thief's note in place of the owner's.
    let action = exchange.claiming(&maker, &[order], Rest::Close, &[]);
    let seen = exchange.prepare(&maker, action.clone());
    let mut draft = exchange.draft(&thief, action);
    draft.witness.old_tag_nullifier = maker.tags.values().next().expect("one tag").0;
    let mut stolen = exchange.seal(draft);
    exchange.refuse_act(&stolen, &Refusal::Proof);
    stolen.proof = seen.act.proof;
    exchange.refuse_act(&stolen, &Refusal::Proof);
    assert!(matches!(
        exchange.include(&mut maker, &seen),
        Receipt::Act(_)
    ));
}
