//! Messages altered after their proof was made: the proof fits no more, and nothing changes.

mod support;

use support::{MIDDLE, TestExchange, TestTrader, buy, sell};
use tally_circuits::field::Element;
use tally_exchange::message::{Account, ActMessage, Action, Rest};
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{Price, Quantity, Side, TimeInForce};

const CASH: i64 = 10_000_000;

fn element(value: u64) -> Element {
    Element(value.into())
}

/// A market in continuous trading with one trader.
fn market() -> (TestExchange, TestTrader) {
    let mut exchange = TestExchange::open_for_trading();
    let trader = exchange.trader(CASH);
    (exchange, trader)
}

/// Alters a message after its proof was made, which must then fit no more.
fn refuse_altered(
    build: impl Fn(&mut TestExchange, &mut TestTrader) -> Action,
    alter: impl Fn(&mut ActMessage),
) {
    let (mut exchange, mut trader) = market();
    let action = build(&mut exchange, &mut trader);
    let prepared = exchange.prepare(&trader, action);
    let mut act = prepared.act.clone();
    alter(&mut act.message);
    assert!(act.message != prepared.act.message);
    exchange.refuse_act(&act, &Refusal::Proof);
    assert!(matches!(
        exchange.include(&mut trader, &prepared),
        Receipt::Act(_)
    ));
}

#[test]
fn altered_payee_and_amount() {
    let withdraw = |_: &mut TestExchange, trader: &mut TestTrader| Action::Withdraw {
        payee: trader.account(),
        amount: 1_000,
    };
    let set = |new: Account, cents: u64| {
        move |message: &mut ActMessage| {
            message.action = Action::Withdraw {
                payee: new,
                amount: cents,
            }
        }
    };
    let account = TestTrader::new(1).account();
    refuse_altered(withdraw, set(TestTrader::new(9).account(), 1_000));
    refuse_altered(withdraw, set(account, 1_001));
    refuse_altered(withdraw, set(account, 999));
}

#[test]
fn altered_deposit() {
    let deposit = |_: &mut TestExchange, trader: &mut TestTrader| Action::Deposit {
        account: trader.account(),
        amount: 1_000,
    };
    let account = TestTrader::new(1).account();
    refuse_altered(deposit, |message| {
        message.action = Action::Deposit {
            account,
            amount: 900,
        }
    });
    let other = TestTrader::new(9).account();
    refuse_altered(deposit, |message| {
        message.action = Action::Deposit {
            account: other,
            amount: 1_000,
        }
    });
}

#[test]
fn altered_envelope() {
    let post = |exchange: &mut TestExchange, trader: &mut TestTrader| {
        exchange.posting(trader, &[buy(MIDDLE, 2)])
    };
    refuse_altered(post, |message| message.expiry -= 1);
    refuse_altered(post, |message| message.new_commitment = element(8));
    refuse_altered(post, |message| message.nullifier = element(8));
    let empty = Element(tally_circuits::tree::Tree::new().root());
    refuse_altered(post, move |message| message.root = empty);
}

#[test]
fn altered_orders() {
    let post = |exchange: &mut TestExchange, trader: &mut TestTrader| {
        exchange.posting(trader, &[buy(MIDDLE, 2), sell(MIDDLE + 3, 2)])
    };
    let alter =
        |change: fn(&mut Action)| move |message: &mut ActMessage| change(&mut message.action);
    fn orders(action: &mut Action) -> &mut Vec<tally_exchange::message::OrderTerms> {
        let Action::Trade { orders, .. } = action else {
            unreachable!("the act posts")
        };
        orders
    }
    refuse_altered(
        post,
        alter(|action| orders(action)[0].limit = Price(MIDDLE - 1)),
    );
    refuse_altered(
        post,
        alter(|action| orders(action)[1].quantity = Quantity(1)),
    );
    refuse_altered(post, alter(|action| orders(action)[1].side = Side::Buy));
    refuse_altered(
        post,
        alter(|action| orders(action)[0].time_in_force = TimeInForce::Ioc),
    );
    refuse_altered(post, alter(|action| orders(action)[0].post_only = true));
    refuse_altered(
        post,
        alter(|action| {
            orders(action)[0].cancel_key = ed25519_dalek::SigningKey::from_bytes(&[8; 32])
                .verifying_key()
                .to_bytes();
        }),
    );
    refuse_altered(post, alter(|action| orders(action).swap(0, 1)));
    refuse_altered(post, alter(|action| orders(action).truncate(1)));
    refuse_altered(
        post,
        alter(|action| {
            let Action::Trade { tag, .. } = action else {
                unreachable!("the act posts")
            };
            *tag = Some(element(3));
        }),
    );
}

#[test]
fn altered_claims() {
    let claim = |exchange: &mut TestExchange, trader: &mut TestTrader| {
        let ids = exchange.post(trader, &[sell(MIDDLE, 2), sell(MIDDLE + 1, 2)]);
        exchange.post_one(trader, buy(MIDDLE, 1));
        exchange.claiming(trader, &ids, Rest::Move, &[])
    };
    let alter = |change: fn(&mut tally_exchange::message::Claim)| {
        move |message: &mut ActMessage| match &mut message.action {
            Action::Trade {
                claim: Some(claim), ..
            } => change(claim),
            _ => unreachable!("the act claims"),
        }
    };
    refuse_altered(claim, alter(|claim| claim.records[0].fills = 0));
    refuse_altered(claim, alter(|claim| claim.records[0].rest = Rest::Close));
    refuse_altered(claim, alter(|claim| claim.records.truncate(1)));
    refuse_altered(
        claim,
        alter(|claim| {
            claim.records.swap_remove(0);
        }),
    );
}
