//! Cash between contract months: no cent is on both sides, and only the owner of the tag takes it.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use support::exchange::{act_receipt, genesis};
use support::scene::CASH;
use support::{MIDDLE, TestExchange, TestTrader, buy, sell};
use tally_exchange::market::{Genesis, GenesisError, Market, OutgoingTransfer, TransferError};
use tally_exchange::message::{Action, Symbol};
use tally_exchange::refusal::Refusal;

fn symbol(text: &str) -> Symbol {
    Symbol::new(text).unwrap()
}

/// February, and April on the first day on which it trades; each names the other.
fn february() -> Genesis {
    Genesis {
        siblings: vec![symbol("HEJ7")],
        ..genesis()
    }
}

fn april() -> Genesis {
    let mut genesis = genesis();
    let session = genesis.specification.calendar.session_named("2017-02-15");
    genesis.session = session.unwrap().clone();
    genesis.siblings = vec![symbol("HEG7")];
    genesis
}

fn transfer(from: &TestExchange, trader: &TestTrader, amount: u64) -> Action {
    Action::Transfer {
        tag: trader.tag(&from.market),
        to: symbol("HEJ7"),
        amount,
    }
}

/// Carries what left one market to the other, as the node does.
fn carry(from: &mut TestExchange, to: &mut TestExchange) -> Vec<OutgoingTransfer> {
    let outgoing = from.market.take_outgoing();
    for sent in &outgoing {
        assert_eq!(sent.to, to.market.symbol());
        to.market.receive_transfer(sent.tag, sent.amount).unwrap();
    }
    outgoing
}

/// The same owner in the other market: the key and the tags, no note yet.
fn elsewhere(trader: &TestTrader) -> TestTrader {
    TestTrader {
        note: tally_circuits::note::Note::opening(),
        leaf: None,
        epoch: 1,
        ..trader.clone()
    }
}

#[test]
fn cash_moves_to_another_month_and_opens_a_lineage_there() {
    let (mut from, mut to) = (TestExchange::with(february()), TestExchange::with(april()));
    let mut trader = from.trader(CASH);
    let action = transfer(&from, &trader, 3_000_000);
    from.act(&mut trader, action);
    let sent = carry(&mut from, &mut to);
    assert_eq!(sent.len(), 1);
    assert_eq!(trader.note.cash, CASH - 3_000_000);
    from.check_books(&[&trader]);
    to.check_books(&[]);
    let mut there = elsewhere(&trader);
    let receive = |amount, opens| Action::Receive {
        transfer: sent[0].tag,
        amount,
        opens,
    };
    let wrong = Refusal::TransferAmount {
        given: 2_999_999,
        waiting: 3_000_000,
    };
    to.refuse_action(&there, receive(2_999_999, true), &wrong);
    // Not with another key.
    let thief = to.newcomer();
    to.refuse_action(&thief, receive(3_000_000, true), &Refusal::Proof);
    to.act(&mut there, receive(3_000_000, true));
    assert_eq!(there.note.cash, 3_000_000 - 2_500);
    assert_eq!(to.market.expected(), 1);
    to.check_books(&[&there]);
    // Once.
    let gone = Refusal::UnknownTransfer;
    to.refuse_action(&there, receive(3_000_000, false), &gone);
    // And again, into the note that is there.
    let action = transfer(&from, &trader, 1_000);
    from.act(&mut trader, action);
    let tag = carry(&mut from, &mut to)[0].tag;
    there.tags = trader.tags.clone();
    let action = Action::Receive {
        transfer: tag,
        amount: 1_000,
        opens: false,
    };
    to.act(&mut there, action);
    assert_eq!(there.note.cash, 3_001_000 - 2_500);
    to.check_books(&[&there]);
}

#[test]
fn a_transfer_needs_initial_margin_and_a_sibling() {
    let mut from = TestExchange::with(february());
    from.at(from.market.session().open);
    let mut long = from.trader(1_000_000);
    let mut short = from.trader(1_000_000);
    let bought = from.post_one(&mut long, buy(MIDDLE, 2));
    from.post_one(&mut short, sell(MIDDLE, 2));
    from.close(&mut long, &[bought]);
    let free = 1_000_000 - 2 * 150_100;
    let action = transfer(&from, &long, free + 1);
    from.refuse_action(&long, action, &Refusal::Proof);
    for unknown in ["HEG7", "HEM7"] {
        let action = Action::Transfer {
            tag: long.tag(&from.market),
            to: symbol(unknown),
            amount: 5,
        };
        let refusal = Refusal::Sibling(symbol(unknown));
        from.refuse_action(&long, action, &refusal);
    }
    let action = transfer(&from, &long, free);
    let prepared = from.prepare(&long, action);
    act_receipt(from.include(&mut long, &prepared));
    assert_eq!(from.market.take_outgoing().len(), 1);
    assert!(from.market.take_outgoing().is_empty());
}

#[test]
fn an_opening_by_transfer_needs_the_minimum_deposit() {
    let (mut from, mut to) = (TestExchange::with(february()), TestExchange::with(april()));
    let mut trader = from.trader(CASH);
    let action = transfer(&from, &trader, 202_499);
    from.act(&mut trader, action);
    let tag = carry(&mut from, &mut to)[0].tag;
    let there = elsewhere(&trader);
    let action = Action::Receive {
        transfer: tag,
        amount: 202_499,
        opens: true,
    };
    let refusal = Refusal::MinimumDeposit {
        amount: 202_499,
        minimum: 202_500,
    };
    to.refuse_action(&there, action, &refusal);
}

#[test]
fn a_transfer_is_booked_once_and_within_what_the_books_can_count() {
    let mut to = TestExchange::with(april());
    let tag = tally_circuits::field::Element(7.into());
    assert_eq!(to.market.receive_transfer(tag, 5), Ok(()));
    assert_eq!(to.market.receive_transfer(tag, 5), Err(TransferError::Tag));
    let other = tally_circuits::field::Element(8.into());
    let refused = to.market.receive_transfer(other, u64::MAX);
    assert_eq!(refused, Err(TransferError::Amount(u64::MAX)));
    to.check_books(&[]);
}

#[test]
fn a_market_is_not_its_own_sibling_and_names_each_once() {
    for siblings in [vec!["HEG7"], vec!["HEJ7", "HEJ7"]] {
        let siblings = siblings.into_iter().map(symbol).collect();
        let genesis = Genesis {
            siblings,
            ..genesis()
        };
        assert!(matches!(
            Market::new(genesis).err(),
            Some(GenesisError::Sibling(_))
        ));
    }
}
