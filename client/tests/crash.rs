//! Whatever is lost on the way, nothing is lost or doubled, and the next command says what happened.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::atomic::Ordering;
use support::liar::{HONEST, LOSES_ANSWERS, SWALLOWS, between};
use support::{IN_SESSION, Market, Owner, ask, enter, order, sent};
use tally_client::desk::Desk;
use tally_client::reply::{FailureKind, OrderLine, OutcomeWord, Reply};
use tally_client::request::{OrderRequest, Request};
use tally_exchange::units::Side;

fn named(id: &str, price: &str) -> Request {
    Request::Order(OrderRequest {
        id: Some(id.to_owned()),
        ..order(Side::Buy, 1, price)
    })
}

fn orders(desk: &mut Desk) -> Vec<OrderLine> {
    match ask(
        desk,
        Request::Orders {
            market: None,
            all: true,
        },
    ) {
        Reply::Orders { orders } => orders,
        other => panic!("{other:?}"),
    }
}

/// The answer to a message is lost: the desk finds the message in the ledger.
#[test]
fn a_lost_answer_is_found_in_the_ledger() {
    let market = Market::start(IN_SESSION, 1);
    let (_runtime, address, lie) = between(&market, |_, _, _| {});
    let owner = Owner::new(21);
    let mut desk = owner.open(&address);
    enter(&mut desk, 5_000_000);
    lie.store(LOSES_ANSWERS, Ordering::SeqCst);
    let first = sent(&mut desk, named("a", "65.000"));
    let again = sent(&mut desk, named("a", "65.000"));
    assert!(!first.repeated && again.repeated);
    assert_eq!(orders(&mut desk).len(), 1);
}

/// The process dies after the message was written down, and before anybody has it: the next one sends the same message,
/// tells of it, and a retry with the same id does not double it.
#[test]
fn a_message_that_never_arrived_is_sent_again_once() {
    let market = Market::start(IN_SESSION, 1);
    let (_runtime, address, lie) = between(&market, |_, _, _| {});
    let owner = Owner::new(22);
    let mut desk = owner.open(&address);
    enter(&mut desk, 5_000_000);
    lie.store(SWALLOWS, Ordering::SeqCst);
    let Reply::Failed(failure) = desk.handle(named("b", "65.000")) else {
        panic!()
    };
    assert_eq!(failure.kind, FailureKind::Unknown, "{}", failure.error);
    // While it is not known what became of it, nothing else is built on the same note.
    let Reply::Failed(busy) = desk.handle(Request::Order(order(Side::Buy, 1, "65.025"))) else {
        panic!()
    };
    assert!(
        busy.error.contains("spends the same note"),
        "{}",
        busy.error
    );
    assert!(
        matches!(ask(&mut desk, Request::Status {}), Reply::Status(status) if status.pending.len() == 1)
    );
    // Killed: nothing is written down but what was before the message was sent.
    std::mem::forget(desk);

    let copy = Owner {
        seed: owner.seed.clone(),
        folder: tempfile::tempdir().unwrap(),
    };
    support::copy(owner.folder.path(), copy.folder.path());
    lie.store(HONEST, Ordering::SeqCst);
    let mut desk = copy.open(&address);
    support::until(
        &mut desk,
        "its outcome",
        |desk| matches!(ask(desk, Request::Status {}), Reply::Status(status) if status.pending.is_empty()),
    );
    let Reply::Notices { notices } = ask(&mut desk, Request::Notices {}) else {
        panic!()
    };
    assert!(notices[0].text.contains("accepted in block"), "{notices:?}");
    let Reply::Notices { notices } = ask(&mut desk, Request::Notices {}) else {
        panic!()
    };
    assert!(notices.is_empty(), "told once");
    let again = sent(&mut desk, named("b", "65.000"));
    assert!(again.repeated);
    assert_eq!(again.outcome, OutcomeWord::Accepted);
    assert_eq!(orders(&mut desk).len(), 1);
    // Another id is another order.
    sent(&mut desk, named("c", "65.000"));
    assert_eq!(orders(&mut desk).len(), 2);
}

/// What became of messages is on the disk before the state is: blocks below a state are not looked at again.
#[test]
fn the_journal_is_written_before_the_state() {
    let market = Market::start(IN_SESSION, 1);
    let owner = Owner::new(23);
    let mut desk = owner.open(&market.address());
    enter(&mut desk, 5_000_000);
    desk.save().unwrap();
    sent(&mut desk, named("d", "65.000"));
    let folder = std::fs::read_dir(&owner.options().folder).unwrap();
    let mut folders = folder.map(|entry| entry.unwrap().path());
    let folder = folders
        .find(|path| path.join("state").is_file())
        .expect("a chain's folder");
    let (journal, state) = (folder.join("journal"), folder.join("state"));
    // Where a folder stands no file can be written.
    std::fs::remove_file(&state).unwrap();
    std::fs::create_dir_all(state.join("in the way")).unwrap();
    let before = std::fs::read(&journal).unwrap();
    assert!(desk.save().is_err());
    // Sealed anew, so with other bytes though it may say the same.
    assert!(std::fs::read(&journal).unwrap() != before);
}
