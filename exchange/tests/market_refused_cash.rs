//! Cash that does not move: the Act is refused unspent, and nothing changes.

mod support;

use ed25519_dalek::SigningKey;
use support::cash::{account_of, sign_payment};
use support::exchange::FUNDING;
use support::{HI, LO, MIDDLE, TestExchange, TestTrader, buy, sell};
use tally_circuits::field::Element;
use tally_exchange::message::{Account, Action};
use tally_exchange::ports::CashRefusal;
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;

const CASH: i64 = 1_000_000;
const LARGEST: u64 = (1 << 47) - 1;

fn market() -> (TestExchange, TestTrader) {
    let mut exchange = TestExchange::open_for_trading();
    let trader = exchange.trader(CASH);
    (exchange, trader)
}

fn deposit(trader: &TestTrader, amount: u64) -> Action {
    Action::Deposit {
        account: trader.account(),
        amount,
    }
}

fn withdraw(trader: &TestTrader, amount: u64) -> Action {
    Action::Withdraw {
        payee: trader.account(),
        amount,
    }
}

#[test]
fn an_opening_below_the_minimum_deposit_and_fee() {
    let mut exchange = TestExchange::new();
    let mut trader = exchange.newcomer();
    let account = trader.account();
    for amount in [1, 2_500, 200_000, 202_499] {
        let refusal = Refusal::MinimumDeposit {
            amount,
            minimum: 202_500,
        };
        exchange.refuse_action(&trader, Action::Open { account, amount }, &refusal);
    }
    exchange.act(
        &mut trader,
        Action::Open {
            account,
            amount: 202_500,
        },
    );
}

#[test]
fn an_amount_of_zero_or_beyond_a_note() {
    let (mut exchange, trader) = market();
    let (account, newcomer) = (trader.account(), exchange.newcomer());
    for amount in [0, LARGEST + 1, u64::MAX] {
        let refusal = Refusal::Amount(amount);
        exchange.refuse_action(&newcomer, Action::Open { account, amount }, &refusal);
        exchange.refuse_action(&trader, deposit(&trader, amount), &refusal);
        exchange.refuse_action(&trader, withdraw(&trader, amount), &refusal);
    }
}

#[test]
fn a_deposit_that_a_note_cannot_hold() {
    let (mut exchange, mut trader) = market();
    exchange.cash.set(trader.account(), u64::MAX / 4);
    let room = LARGEST - CASH.unsigned_abs();
    exchange.refuse_action(&trader, deposit(&trader, room + 1), &Refusal::Proof);
    let action = deposit(&trader, room);
    exchange.act(&mut trader, action);
    assert_eq!(trader.note.cash.unsigned_abs(), LARGEST);
    exchange.refuse_action(&trader, deposit(&trader, 1), &Refusal::Proof);
    // And it is not stuck there.
    let action = withdraw(&trader, room);
    exchange.act(&mut trader, action);
}

#[test]
fn a_missing_and_a_superfluous_cash_signature() {
    let (mut exchange, trader) = market();
    let newcomer = exchange.newcomer();
    let open = Action::Open {
        account: newcomer.account(),
        amount: 5_000_000,
    };
    for (who, action) in [(&newcomer, open), (&trader, deposit(&trader, 5))] {
        let mut act = exchange.prepare(who, action).act;
        act.cash_signature = None;
        exchange.refuse_act(&act, &Refusal::CashSignature);
    }
    let post = exchange.posting(&trader, &[buy(MIDDLE, 1)]);
    for action in [withdraw(&trader, 5), post] {
        let mut act = exchange.prepare(&trader, action).act;
        act.cash_signature = Some([3; 64]);
        exchange.refuse_act(&act, &Refusal::CashSignature);
    }
}

#[test]
fn a_cash_signature_that_covers_another_note() {
    let (mut exchange, trader) = market();
    let other = exchange.trader(CASH);
    // Both messages take the same amount from the same account; the payer signed for his own note only.
    let own = exchange.prepare(&trader, deposit(&trader, 5_000)).act;
    let mut stolen = exchange.prepare(&other, deposit(&trader, 5_000)).act;
    stolen.cash_signature = own.cash_signature;
    exchange.refuse_act(&stolen, &Refusal::Cash(CashRefusal::Signature));
}

#[test]
fn a_cash_signature_by_another_account() {
    let (mut exchange, trader) = market();
    let payer = exchange.newcomer();
    // The thief signs himself for another's account.
    let act = exchange.prepare(&trader, deposit(&payer, 5_000)).act;
    exchange.refuse_act(&act, &Refusal::Cash(CashRefusal::Signature));
}

#[test]
fn an_account_that_is_unknown_or_too_poor() {
    let (mut exchange, mut trader) = market();
    let key = SigningKey::from_bytes(&[77; 32]);
    let draft = exchange.draft(
        &trader,
        Action::Deposit {
            account: account_of(&key),
            amount: 5,
        },
    );
    let mut act = exchange.seal(draft);
    act.cash_signature = Some(sign_payment(&key, act.message.context()));
    exchange.refuse_act(&act, &Refusal::Cash(CashRefusal::UnknownAccount));

    let balance = exchange.cash.balance(trader.account());
    assert!(balance < FUNDING);
    let prepared = exchange.prepare(&trader, deposit(&trader, balance + 1));
    let refusal = CashRefusal::InsufficientBalance {
        balance,
        amount: balance + 1,
    };
    exchange.refuse_act(&prepared.act, &Refusal::Cash(refusal));
    // The note is unspent: the same Act counts once the account is funded.
    exchange.cash.set(trader.account(), balance + 1);
    assert!(matches!(
        exchange.include(&mut trader, &prepared),
        Receipt::Act(_)
    ));
    assert_eq!(exchange.cash.balance(trader.account()), 0);
}

#[test]
fn a_payee_whose_account_would_overflow() {
    let (mut exchange, mut trader) = market();
    exchange.cash.set(trader.account(), u64::MAX);
    let prepared = exchange.prepare(&trader, withdraw(&trader, 1));
    exchange.refuse_act(
        &prepared.act,
        &Refusal::Cash(CashRefusal::Amount { amount: 1 }),
    );
    exchange.cash.set(trader.account(), 0);
    assert!(matches!(
        exchange.include(&mut trader, &prepared),
        Receipt::Act(_)
    ));
}

#[test]
fn a_withdrawal_of_more_than_the_note_holds() {
    let (mut exchange, trader) = market();
    let amount = CASH.unsigned_abs() + 1;
    exchange.refuse_action(&trader, withdraw(&trader, amount), &Refusal::Proof);
}

#[test]
fn a_withdrawal_that_breaks_initial_margin_on_either_side() {
    for terms in [buy(MIDDLE, 2), sell(MIDDLE, 2)] {
        let (mut exchange, mut trader) = market();
        exchange.post(&mut trader, &[terms]);
        // Each contract needs $1,501: see the test of margin for posts.
        let free = CASH.unsigned_abs() - 2 * 150_100;
        exchange.refuse_action(&trader, withdraw(&trader, free + 1), &Refusal::Proof);
        let action = withdraw(&trader, free);
        exchange.act(&mut trader, action);
        exchange.refuse_action(&trader, withdraw(&trader, 1), &Refusal::Proof);
    }
}

#[test]
fn a_withdrawal_that_a_position_needs() {
    let (mut exchange, mut long) = market();
    let mut short = exchange.trader(CASH);
    let bought = exchange.post_one(&mut long, buy(MIDDLE, 2));
    let sold = exchange.post_one(&mut short, sell(MIDDLE, 2));
    exchange.close(&mut long, &[bought]);
    exchange.close(&mut short, &[sold]);
    let free = CASH.unsigned_abs() - 2 * 150_100;
    for trader in [&mut long, &mut short] {
        exchange.refuse_action(trader, withdraw(trader, free + 1), &Refusal::Proof);
        let action = withdraw(trader, free);
        exchange.act(trader, action);
    }
}

#[test]
fn cash_cannot_leave_before_fills_are_claimed_that_lose_it() {
    // Bought at the upper edge, not claimed: the reservation holds what the fill may lose.
    let (mut exchange, mut long) = market();
    let mut short = exchange.trader(CASH);
    exchange.post_one(&mut long, buy(HI, 3));
    exchange.post_one(&mut short, sell(HI, 3));
    let needed = 3 * (u64::from(HI.abs_diff(LO)) * 1_000 + 100 + 70_000);
    let free = CASH.unsigned_abs() - needed;
    exchange.refuse_action(&long, withdraw(&long, free + 1), &Refusal::Proof);
    let action = withdraw(&long, free);
    exchange.act(&mut long, action);
}

#[test]
fn a_withdrawal_is_not_the_payees_to_start() {
    let (mut exchange, trader) = market();
    let payee = Account([9; 32]);
    let mut draft = exchange.draft(&trader, Action::Withdraw { payee, amount: 5 });
    draft.witness.key = TestTrader::new(55).key;
    draft.message.new_commitment = Element(6.into());
    let act = exchange.seal(draft);
    exchange.refuse_act(&act, &Refusal::Proof);
    assert_eq!(exchange.cash.balance(payee), 0);
}
