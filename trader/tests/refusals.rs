//! What a wallet declines before anything is proved: it stays what it was, and says what to do.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

mod support;

use support::wallets::include;
use support::{HI, LO, Ledger, MIDDLE, buy, fok, follow, opened, post_only, seed, sell, sent};
use tally_exchange::market::Market;
use tally_exchange::message::{MAX_CLAIMS, RecordClaim, Rest, Transaction};
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{OrderId, Quantity, Side};
use tally_trader::build::{ClaimPlan, public};
use tally_trader::error::WalletError;
use tally_trader::prepared::PreparedAct;
use tally_trader::request::OrderRequest;
use tally_trader::wallet::Wallet;

const CENTS: u64 = 5_000_000;

/// An open wallet with one bid in the book and one final order.
struct Setting {
    ledger: Ledger,
    wallet: Wallet,
    bid: OrderId,
    final_order: OrderId,
}

fn setting() -> Setting {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, CENTS);
    let requests = [buy(MIDDLE, 4), buy(MIDDLE - 1, 1)];
    let prepared = wallet.main().trade(ledger.market(), None, &requests);
    let orders = include(&mut ledger, &mut wallet, prepared.unwrap());
    let cancel = wallet.main().cancel(ledger.market(), orders[1]).unwrap();
    let outcome = ledger.block(&[Transaction::Instruction(cancel)]);
    follow(&mut wallet, &ledger, &outcome);
    Setting {
        ledger,
        wallet,
        bid: orders[0],
        final_order: orders[1],
    }
}

/// The refusal of what `build` attempts; the wallet and the ledger must be what they were.
fn refusal<T: std::fmt::Debug>(
    setting: &Setting,
    build: impl FnOnce(&Wallet, &Market) -> Result<T, WalletError>,
) -> WalletError {
    let before = (setting.wallet.clone(), setting.ledger.market().state_hash());
    let error = build(&setting.wallet, setting.ledger.market()).unwrap_err();
    assert!(
        setting.wallet == before.0,
        "a refusal has changed the wallet: {error}"
    );
    assert_eq!(setting.ledger.market().state_hash(), before.1);
    error
}

fn trade(
    requests: Vec<OrderRequest>,
) -> impl FnOnce(&Wallet, &Market) -> Result<PreparedAct, WalletError> {
    move |wallet, market| wallet.trade(0, market, None, &requests, &[])
}

fn claim(plan: ClaimPlan) -> impl FnOnce(&Wallet, &Market) -> Result<PreparedAct, WalletError> {
    move |wallet, market| wallet.trade(0, market, Some(&plan), &[], &[])
}

/// Field, value and remedy of every refusal that a trader meets, word for word.
#[test]
fn texts() {
    let s = setting();
    let account = s.wallet.account();
    let (bid, done) = (s.bid, s.final_order);
    let texts = [
        refusal(&s, |w, m| w.main().open(m, &w.account(), CENTS)),
        refusal(&s, |w, m| w.main().deposit(m, &account, 0)),
        refusal(&s, |w, m| w.main().deposit(m, &account, 1 << 47)),
        refusal(&s, |w, m| w.main().withdraw(m, public(&account), CENTS)),
        refusal(&s, trade(vec![buy(HI + 1, 1)])),
        refusal(&s, trade(vec![buy(LO, 0)])),
        refusal(&s, trade(vec![buy(LO, 1001)])),
        refusal(&s, trade(vec![buy(LO, 1); 17])),
        refusal(&s, trade(vec![buy(MIDDLE + 3, 1), sell(MIDDLE + 3, 1)])),
        refusal(&s, trade(vec![post_only(fok(buy(LO, 1)))])),
        refusal(&s, trade(vec![])),
        refusal(&s, trade(vec![buy(LO, 900)])),
        refusal(&s, trade(vec![sell(MIDDLE, 1)])),
        refusal(
            &s,
            trade(vec![OrderRequest::market(Side::Buy, Quantity(1))]),
        ),
        refusal(&s, |w, m| w.main().cancel(m, OrderId(99))),
        refusal(&s, |w, m| w.main().cancel(m, done)),
        refusal(&s, |w, m| w.main().reduce(m, bid, Quantity(4))),
    ];
    let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
    let expected = [
        "a note is open in this market; deposit into it instead",
        "amount of 0 cents is not between 1 and 2^47 - 1",
        "amount of 140737488355328 cents is not between 1 and 2^47 - 1",
        "equity would be $3,995.00 short at the lower band edge with all buys filled; \
         the largest amount that passes is $42,505.00",
        "price 2727 is outside the band 2566 to 2726; choose a price inside it",
        "quantity 0 is not between 1 and 1000 contracts",
        "quantity 1001 is not between 1 and 1000 contracts",
        "17 orders in one message; at most 16, send the rest in another",
        "the message's own buy at 2649 would meet its sell at 2649; part the prices",
        "an order can't be post-only and immediate; drop one of the two",
        "the message neither claims nor posts; name a record or an order",
        "margin would be $588,395.00 short at the lower band edge with all buys filled; \
         the largest quantity that passes is 60",
        "a sell at 2646 would trade with your own order 1; cancel or replace that order first",
        "no sell stands in the book; a market order needs a counterparty, send a limit order",
        "order 99 is not an order of this wallet, or it has been claimed to the end",
        "order 2 is not live; nothing to cancel or reduce",
        "new total 4 of order 1 is not below its total 4; a reduction only lowers",
    ];
    for (text, expected) in texts.iter().zip(expected) {
        assert_eq!(text, expected);
    }
    assert_eq!(texts.len(), expected.len());
}

#[test]
fn nothing_but_an_opening_without_a_note() {
    let ledger = Ledger::in_session();
    let wallet = Wallet::new(seed(1), ledger.market().market_element());
    let setting = Setting {
        ledger,
        wallet,
        bid: OrderId(0),
        final_order: OrderId(0),
    };
    let not_open = |error| assert!(matches!(error, WalletError::NotOpen), "{error}");
    not_open(refusal(&setting, trade(vec![buy(LO, 1)])));
    not_open(refusal(&setting, |w, m| {
        w.main().deposit(m, &w.account(), 5)
    }));
    not_open(refusal(&setting, |w, m| {
        w.main().withdraw(m, public(&w.account()), 5)
    }));
    let too_small = refusal(&setting, |w, m| w.main().open(m, &w.account(), 202_499));
    assert_eq!(
        too_small.to_string(),
        "first deposit of 202499 cents is below the minimum of 202500 including the opening fee"
    );
}

#[test]
fn claims_that_the_market_would_refuse() {
    let s = setting();
    let tag_nullifier = s.wallet.main().orders()[&s.bid].tag_nullifier;
    let entry = |order, fills, rest| RecordClaim { order, fills, rest };
    let plan = |records| ClaimPlan {
        tag_nullifier,
        records,
    };
    let (bid, done) = (s.bid, s.final_order);
    let nothing = refusal(&s, claim(plan(vec![])));
    assert!(matches!(nothing, WalletError::NothingToClaim));
    let cases = [
        (
            plan(vec![entry(OrderId(50), 0, Rest::Close)]),
            Refusal::UnknownOrder(OrderId(50)),
        ),
        (
            plan(vec![
                entry(done, 0, Rest::Close),
                entry(bid, 0, Rest::Close),
            ]),
            Refusal::ClaimOrder(bid),
        ),
        (
            plan(vec![entry(done, 1, Rest::Close)]),
            Refusal::FillCount {
                order: done,
                claimed: 1,
                fills: 0,
                credited: 0,
            },
        ),
        (
            plan(vec![entry(bid, 0, Rest::Close); MAX_CLAIMS + 1]),
            Refusal::ClaimSize(17),
        ),
        (
            ClaimPlan {
                tag_nullifier: tally_circuits::field::Element(3.into()),
                records: vec![entry(bid, 0, Rest::Close)],
            },
            Refusal::NotOwner(bid),
        ),
    ];
    for (plan, expected) in cases {
        match refusal(&s, claim(plan)) {
            WalletError::Refused(refused) => assert_eq!(refused, expected),
            other => panic!("expected {expected}, got {other}"),
        }
    }
}

/// A wallet that missed its own last Act is told to recover, and never spends its note again.
#[test]
fn a_wallet_that_lags_behind_is_told_so() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, CENTS);
    let behind = wallet.clone();
    let prepared = wallet.main().trade(ledger.market(), None, &[buy(LO, 1)]);
    include(&mut ledger, &mut wallet, prepared.unwrap());
    let error = behind.main().trade(ledger.market(), None, &[buy(LO, 1)]);
    let error = error.unwrap_err();
    assert!(matches!(error, WalletError::Refused(Refusal::Spent)));
    assert!(
        error
            .to_string()
            .ends_with("recover the wallet from the ledger")
    );
    // The same for one that does not know of its opening.
    let blank = Wallet::new(seed(1), ledger.market().market_element());
    let error = blank.main().open(ledger.market(), &blank.account(), CENTS);
    assert!(matches!(
        error.unwrap_err(),
        WalletError::Refused(Refusal::Spent)
    ));
}

/// A market in the middle of a block has no root yet that a message could name.
#[test]
fn messages_are_built_between_blocks() {
    let mut ledger = Ledger::in_session();
    let wallet = opened(&mut ledger, 1, CENTS);
    let mut other = opened(&mut ledger, 2, CENTS);
    let prepared = other.main().trade(ledger.market(), None, &[buy(LO, 1)]);
    let transaction = sent(prepared.unwrap());
    let mut market = ledger.market().clone();
    let mut events = Vec::new();
    market
        .begin_block(market.height() + 1, market.time(), &mut events)
        .unwrap();
    let mut accounts = tally_ledger_adapter::accounts::AccountBook::new(
        tally_ledger_adapter::accounts::AccountId::of(&other.account()),
    )
    .unwrap();
    let chain = market.chain();
    let mut cash = support::cash::Cash {
        book: &mut accounts,
        chain,
    };
    let receipt = market.apply(&transaction, &support::Bound, &mut cash, &mut events);
    other
        .follow(ledger.market(), &transaction, &receipt)
        .unwrap();
    let error = wallet.main().trade(&market, None, &[buy(LO, 1)]);
    assert!(matches!(
        error.unwrap_err(),
        WalletError::Refused(Refusal::Root)
    ));
    market.end_block(&mut events);
    assert!(wallet.main().trade(&market, None, &[buy(LO, 1)]).is_ok());
}

/// No message is good for longer than the contract allows, so none is refused for that.
#[test]
fn expiry_keeps_to_the_contract() {
    let s = setting();
    let prepared = s
        .wallet
        .trade(0, s.ledger.market(), None, &[buy(LO, 1)], &[]);
    let expiry = prepared.unwrap().message.expiry;
    let height = s.ledger.market().height();
    assert_eq!(expiry, height + support::ledger::HORIZON);
}
