//! Orders and instructions that are refused, and nothing changes.

mod support;

use ed25519_dalek::{SigningKey, VerifyingKey};
use support::exchange::genesis;
use support::{
    HI, LO, MIDDLE, TestExchange, TestTrader, buy, cancel_key, fok, ioc, order, post_only, sell,
};
use tally_circuits::field::Element;
use tally_exchange::message::{
    Action, ChainId, Instruction, OrderChange, OrderTerms, Symbol, Transaction,
};
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{OrderId, Price, Quantity, Side};

const CASH: i64 = 10_000_000;

fn market() -> (TestExchange, TestTrader) {
    let mut exchange = TestExchange::open_for_trading();
    let trader = exchange.trader(CASH);
    (exchange, trader)
}

fn refuse_orders(orders: &[OrderTerms], refusal: &Refusal) {
    let (mut exchange, trader) = market();
    let action = exchange.posting(&trader, orders);
    exchange.refuse_action(&trader, action, refusal);
}

#[test]
fn a_price_outside_the_band() {
    for side in [Side::Buy, Side::Sell] {
        for price in [LO - 1, HI + 1, i32::MIN, i32::MAX, 0, -1] {
            let refusal = Refusal::Price {
                price: Price(price),
                lo: Price(LO),
                hi: Price(HI),
            };
            refuse_orders(&[buy(MIDDLE - 9, 1), order(side, price, 1)], &refusal);
        }
    }
}

#[test]
fn a_quantity_of_zero_or_above_the_limit() {
    let limit = Quantity(1_000);
    for quantity in [0, 1_001, u32::MAX] {
        let refusal = Refusal::Quantity {
            quantity: Quantity(quantity),
            limit,
        };
        refuse_orders(&[buy(MIDDLE, quantity)], &refusal);
        refuse_orders(&[ioc(sell(MIDDLE, quantity))], &refusal);
    }
}

#[test]
fn more_than_sixteen_orders() {
    for count in [17, 60] {
        refuse_orders(
            &vec![buy(MIDDLE, 1); count as usize],
            &Refusal::TooManyOrders { count, limit: 16 },
        );
    }
}

#[test]
fn more_orders_than_the_contract_allows() {
    let mut genesis = genesis();
    genesis.specification.orders_per_message = 2;
    let mut exchange = TestExchange::with(genesis);
    let mut trader = exchange.trader(CASH);
    exchange.post(&mut trader, &[buy(MIDDLE, 1); 2]);
    let action = exchange.posting(&trader, &[buy(MIDDLE, 1); 3]);
    exchange.refuse_action(
        &trader,
        action,
        &Refusal::TooManyOrders { count: 3, limit: 2 },
    );
}

#[test]
fn a_message_whose_own_orders_would_meet() {
    for (bid, offer) in [(MIDDLE, MIDDLE), (MIDDLE + 5, MIDDLE), (HI, LO)] {
        let refusal = Refusal::OwnCross {
            buy: Price(bid),
            sell: Price(offer),
        };
        refuse_orders(&[buy(bid, 1), sell(offer, 1)], &refusal);
        refuse_orders(
            &[sell(HI, 1), sell(offer, 1), buy(LO, 1), ioc(buy(bid, 1))],
            &refusal,
        );
        refuse_orders(&[post_only(buy(bid, 1)), fok(sell(offer, 1))], &refusal);
    }
}

#[test]
fn post_only_and_immediate() {
    refuse_orders(&[post_only(ioc(buy(MIDDLE, 1)))], &Refusal::Contradiction);
    refuse_orders(&[post_only(fok(buy(MIDDLE, 1)))], &Refusal::Contradiction);
}

#[test]
fn a_cancel_key_that_is_none_or_weak() {
    let mut no_point = [0; 32];
    no_point[0] = 2;
    assert!(VerifyingKey::from_bytes(&no_point).is_err());
    let mut identity = [0; 32];
    identity[0] = 1;
    // A point of order four: y = 0.
    for cancel_key in [no_point, identity, [0; 32]] {
        refuse_orders(
            &[OrderTerms {
                cancel_key,
                ..buy(MIDDLE, 1)
            }],
            &Refusal::CancelKey,
        );
    }
}

#[test]
fn orders_without_a_tag_a_tag_without_orders_and_a_tag_of_zero() {
    let (mut exchange, trader) = market();
    let orders = vec![buy(MIDDLE, 1)];
    let own = Some(trader.tag(&exchange.market));
    let mut refuse = |tag, orders: &[OrderTerms], refusal| {
        let action = Action::Trade {
            claim: None,
            tag,
            orders: orders.to_vec(),
        };
        exchange.refuse_action(&trader, action, &refusal);
    };
    refuse(None, &orders, Refusal::Tag);
    refuse(Some(Element::ZERO), &orders, Refusal::ZeroTag);
    refuse(own, &[], Refusal::Nothing);
    refuse(None, &[], Refusal::Nothing);
}

#[test]
fn more_than_the_margin_allows() {
    // A buy at the middle needs initial margin above the lower edge, and its fee: (80 ticks * $10 + $700 + $1) each.
    for (terms, each) in [
        (buy(MIDDLE, 5), 150_100),
        (sell(MIDDLE, 5), 150_100),
        (buy(LO, 5), 70_100),
        (sell(HI, 5), 70_100),
    ] {
        let mut exchange = TestExchange::open_for_trading();
        let poor = exchange.trader(5 * each - 1);
        let action = exchange.posting(&poor, &[terms]);
        exchange.refuse_action(&poor, action, &Refusal::Proof);
        let mut rich = exchange.trader(5 * each);
        exchange.post(&mut rich, &[terms]);
        let action = exchange.posting(
            &rich,
            &[OrderTerms {
                quantity: Quantity(1),
                ..terms
            }],
        );
        exchange.refuse_action(&rich, action, &Refusal::Proof);
    }
}

#[test]
fn a_quote_needs_margin_on_each_side_and_not_on_both_together() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(5 * 151_100);
    exchange.post(&mut trader, &[buy(MIDDLE - 1, 5), sell(MIDDLE + 1, 5)]);
    let action = exchange.posting(&trader, &[sell(HI, 1)]);
    exchange.refuse_action(&trader, action, &Refusal::Proof);
}

#[test]
fn a_position_beyond_the_limit() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(3_000_000_000);
    let limit = exchange.market.specification().position_limit;
    assert_eq!(limit, 20_000);
    exchange.post(&mut trader, &[buy(LO, 1_000); 16]);
    exchange.post(&mut trader, &[buy(LO, 1_000); 4]);
    let action = exchange.posting(&trader, &[buy(LO, 1)]);
    exchange.refuse_action(&trader, action, &Refusal::Proof);
    exchange.post(&mut trader, &[sell(HI, 1_000)]);
}

fn refuse_instruction(change: impl Fn(&mut Instruction), refusal: impl Fn(OrderId) -> Refusal) {
    for kind in [OrderChange::Cancel, OrderChange::Reduce(Quantity(3))] {
        let (mut exchange, mut trader) = market();
        let order = exchange.post_one(&mut trader, buy(MIDDLE, 5));
        let other = exchange.post_one(&mut trader, buy(MIDDLE - 1, 5));
        assert_eq!((order, other), (OrderId(1), OrderId(2)));
        let mut instruction = exchange.instruction(order, kind, &cancel_key());
        let good = Transaction::Instruction(instruction);
        change(&mut instruction);
        exchange.refuse(&Transaction::Instruction(instruction), &refusal(order));
        assert_ne!(
            exchange.apply(&good),
            tally_exchange::receipt::Receipt::Refused(refusal(order))
        );
    }
}

#[test]
fn an_instruction_signed_with_another_key() {
    let wrong = SigningKey::from_bytes(&[9; 32]);
    let (exchange, _) = market();
    refuse_instruction(
        |i| *i = exchange.instruction(i.order, i.change, &wrong),
        Refusal::Signature,
    );
}

#[test]
fn an_instruction_whose_signature_was_tampered_with() {
    for place in [0, 31, 32, 63] {
        refuse_instruction(|i| i.signature[place] ^= 1, Refusal::Signature);
    }
    refuse_instruction(|i| i.signature = [0; 64], Refusal::Signature);
}

#[test]
fn a_signature_with_a_second_encoding() {
    // s + L, L the order of the group: the same equation, another byte string.
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let change = |instruction: &mut Instruction| {
        let mut carry = 0;
        for (byte, add) in instruction.signature[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
    };
    refuse_instruction(change, Refusal::Signature);
}

#[test]
fn an_instruction_for_another_chain_market_or_order() {
    refuse_instruction(
        |i| i.chain = ChainId::of_genesis(b"other"),
        |_| Refusal::Chain,
    );
    refuse_instruction(
        |i| i.market = Symbol::new("HEJ7").expect("a symbol"),
        |_| Refusal::Market,
    );
    refuse_instruction(|i| i.order = OrderId(2), |_| Refusal::Signature(OrderId(2)));
    refuse_instruction(
        |i| i.order = OrderId(9),
        |_| Refusal::UnknownOrder(OrderId(9)),
    );
}

#[test]
fn a_signature_made_for_another_chain_under_this_chains_name() {
    let key = cancel_key();
    let change = |instruction: &mut Instruction| {
        use ed25519_dalek::Signer;
        let chain = ChainId::of_genesis(b"other");
        let signed = Instruction::signed_bytes(
            chain,
            instruction.market,
            instruction.order,
            instruction.change,
        );
        instruction.signature = key.sign(&signed).to_bytes();
    };
    refuse_instruction(change, Refusal::Signature);
}

#[test]
fn a_cancel_signature_for_a_reduction_and_another_total() {
    let (mut exchange, mut trader) = market();
    let order = exchange.post_one(&mut trader, buy(MIDDLE, 5));
    let cancel = exchange.instruction(order, OrderChange::Cancel, &cancel_key());
    let reduce = exchange.instruction(order, OrderChange::Reduce(Quantity(3)), &cancel_key());
    for (signed, change) in [
        (cancel, OrderChange::Reduce(Quantity(3))),
        (reduce, OrderChange::Cancel),
        (reduce, OrderChange::Reduce(Quantity(2))),
    ] {
        let instruction = Instruction { change, ..signed };
        exchange.refuse(
            &Transaction::Instruction(instruction),
            &Refusal::Signature(order),
        );
    }
}

#[test]
fn a_change_of_a_dead_order() {
    let (mut exchange, mut trader) = market();
    let mut other = exchange.trader(CASH);
    let cancelled = exchange.post_one(&mut trader, buy(MIDDLE - 5, 5));
    exchange.cancel(cancelled);
    let filled = exchange.post_one(&mut trader, buy(MIDDLE, 5));
    exchange.post_one(&mut other, sell(MIDDLE, 5));
    let expired = exchange.post_one(&mut trader, ioc(buy(MIDDLE, 5)));
    let killed = exchange.post_one(&mut trader, fok(buy(MIDDLE, 5)));
    for order in [cancelled, filled, expired, killed] {
        for change in [OrderChange::Cancel, OrderChange::Reduce(Quantity(1))] {
            let instruction = exchange.instruction(order, change, &cancel_key());
            exchange.refuse(
                &Transaction::Instruction(instruction),
                &Refusal::NotLive(order),
            );
        }
    }
}

#[test]
fn a_reduction_that_does_not_lower() {
    let (mut exchange, mut trader) = market();
    let order = exchange.post_one(&mut trader, buy(MIDDLE, 5));
    for given in [5, 6, u32::MAX].map(Quantity) {
        let instruction = exchange.instruction(order, OrderChange::Reduce(given), &cancel_key());
        let refusal = Refusal::NotLower {
            order,
            given,
            total: Quantity(5),
        };
        exchange.refuse(&Transaction::Instruction(instruction), &refusal);
    }
}

#[test]
fn a_change_of_an_order_whose_record_is_claimed() {
    let (mut exchange, mut trader) = market();
    let order = exchange.post_one(&mut trader, buy(MIDDLE, 5));
    exchange.close(&mut trader, &[order]);
    let instruction = exchange.instruction(order, OrderChange::Cancel, &cancel_key());
    exchange.refuse(
        &Transaction::Instruction(instruction),
        &Refusal::UnknownOrder(order),
    );
}
