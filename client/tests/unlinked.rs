//! What two messages of one trader have in common, byte by byte: what every two traders' messages have.

#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use support::liar::recording;
use support::{IN_SESSION, Market, Owner, enter, order, sent};
use tally_client::reply::Reply;
use tally_client::request::Request;
use tally_exchange::units::Side;
use tally_node::api::{Request as ApiRequest, Response};
use tally_node::stamp::{PROOF_BITS, is_stamped};

const ASKS_FOR_LESS: u8 = 1;
const ASKS_FOR_MORE: u8 = 2;

/// So many bytes alike are no chance: one in 2^40 or so among all pairs of places here.
const WINDOW: usize = 8;

fn windows(message: &[u8]) -> BTreeSet<&[u8]> {
    message.windows(WINDOW).collect()
}

/// Orders of the same terms, so that nothing differs that need not: two of one trader, one each of others.
#[test]
fn two_orders_of_one_trader_share_no_more_than_those_of_two() {
    let market = Market::start(IN_SESSION, 1);
    let (_runtime, address, _, record) = recording(&market, |_, _, _| {});
    let owners = [Owner::new(1), Owner::new(2), Owner::new(3)];
    let mut desks = owners.each_ref().map(|owner| owner.open(&address));
    for desk in &mut desks {
        enter(desk, 10_000_000);
    }
    let begin = record.lock().unwrap().len();
    // The orders of strangers at both ends, and of one trader in the middle and at both ends of that.
    for number in [1, 0, 2, 0] {
        sent(
            &mut desks[number],
            Request::Order(order(Side::Buy, 1, "64.500")),
        );
    }
    // Orders and cancels go the same way: each of a key of its own.
    for number in [0, 1, 0] {
        let all = Request::CancelAll {
            market: None,
            side: None,
        };
        support::ask(&mut desks[number], all);
    }
    let record = record.lock().unwrap();
    let messages: Vec<Vec<u8>> = record[begin..]
        .iter()
        .filter(|asked| matches!(asked.question, ApiRequest::Submit { .. }))
        .map(|asked| asked.question.to_bytes())
        .collect();
    // Each on a connection of its own, on which nothing else is asked.
    let submits = record
        .iter()
        .filter(|asked| matches!(asked.question, ApiRequest::Submit { .. }));
    for submit in submits {
        let beside = record
            .iter()
            .filter(|asked| asked.connection == submit.connection);
        assert_eq!(beside.count(), 1, "{submit:?}");
    }
    // Trader 0 has two orders to cancel, trader 1 has one.
    assert_eq!(messages.len(), 7);
    let alike = |one: usize, other: usize| {
        let (one, other) = (windows(&messages[one]), windows(&messages[other]));
        one.intersection(&other)
            .map(|bytes| bytes.to_vec())
            .collect::<BTreeSet<_>>()
    };
    // Orders: 0 and 2 are strangers', 1 and 3 of one trader.
    let among_strangers: BTreeSet<_> = [(0, 1), (0, 2), (1, 2), (0, 3), (2, 3)]
        .into_iter()
        .flat_map(|(one, other)| alike(one, other))
        .collect();
    let of_one = alike(1, 3);
    assert!(!of_one.is_empty(), "chain and market at least");
    let own: Vec<_> = of_one.difference(&among_strangers).collect();
    assert!(own.is_empty(), "only its own messages have {own:02x?}");
    // Cancels: 4 and 5 are of one trader, 6 is a stranger's. And none points at the order's message but by its number.
    let among_strangers: BTreeSet<_> = [(4, 6), (5, 6), (4, 0), (5, 0), (4, 2)]
        .into_iter()
        .flat_map(|(one, other)| alike(one, other))
        .collect();
    for (one, other) in [(4, 5), (4, 1), (5, 3)] {
        let own: Vec<_> = alike(one, other)
            .difference(&among_strangers)
            .cloned()
            .collect();
        assert!(own.is_empty(), "{one} and {other} alone have {own:02x?}");
    }
    // Nothing says how long a message is but what it says: all orders have one length, and all cancels.
    let length = |number: usize| messages[number].len();
    assert!(
        [1, 2, 3]
            .map(length)
            .iter()
            .all(|bytes| *bytes == length(0))
    );
    assert!([5, 6].map(length).iter().all(|bytes| *bytes == length(4)));
}

/// A node that asks each client for another stamp could tell its messages by them: one that asks for less gets the usual
/// ones, one that asks for more gets nothing.
#[test]
fn stamps_are_those_of_the_version_whatever_a_node_asks_for() {
    let market = Market::start(IN_SESSION, 1);
    let twist = |lie, _: &ApiRequest, answer: &mut Response| {
        if let (Response::Hello(welcome), ASKS_FOR_LESS | ASKS_FOR_MORE) = (answer, lie) {
            let change = |bits: u8| if lie == ASKS_FOR_LESS { 1 } else { bits + 1 };
            welcome.stamp_bits_proof = change(welcome.stamp_bits_proof);
            welcome.stamp_bits_other = change(welcome.stamp_bits_other);
        }
    };
    let (_runtime, address, lie, record) = recording(&market, twist);
    let owner = Owner::new(1);
    lie.store(ASKS_FOR_LESS, Ordering::SeqCst);
    let mut desk = owner.open(&address);
    enter(&mut desk, 10_000_000);
    sent(&mut desk, Request::Order(order(Side::Buy, 1, "64.500")));
    let chain = desk.replica().chain().0;
    let mut seen = 0;
    for asked in record.lock().unwrap().iter() {
        if let ApiRequest::Submit { entry, stamp, .. } = &asked.question {
            assert!(is_stamped(&chain, entry, *stamp, PROOF_BITS));
            seen += 1;
        }
    }
    assert_eq!(seen, 2);
    drop(desk);
    lie.store(ASKS_FOR_MORE, Ordering::SeqCst);
    let mut desk = owner.open(&address);
    let cancel = Request::CancelAll {
        market: None,
        side: None,
    };
    let Reply::Failed(failure) = desk.handle(cancel) else {
        panic!("it obeys");
    };
    assert!(failure.error.contains("told by its stamps"), "{failure:?}");
    let record = record.lock().unwrap();
    let submits = record
        .iter()
        .filter(|asked| matches!(asked.question, ApiRequest::Submit { .. }));
    assert_eq!(submits.count(), 2, "nothing more was sent");
}
