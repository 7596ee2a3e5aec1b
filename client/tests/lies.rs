//! A node that lies is found out, and the block is named.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::atomic::Ordering;
use std::time::Duration;
use support::liar::between;
use support::{IN_SESSION, Market, Owner, ask, enter, order, sent};
use tally_client::desk::{Desk, DeskError};
use tally_client::follower::{FollowError, Lie};
use tally_client::reply::{FailureKind, Reply};
use tally_client::request::Request;
use tally_exchange::units::Side;
use tally_ledger_adapter::log::Block;
use tally_node::api::{KeyPart, Request as ApiRequest, Response};

use support::liar::HONEST;
const WRONG_STATE: u8 = 1;
const CHANGED_TRANSACTION: u8 = 2;
const LEFT_OUT: u8 = 3;
const OTHER_PARENT: u8 = 4;
const WRONG_KEY: u8 = 5;
const FEWER_BLOCKS: u8 = 6;
const EARLIER: u8 = 7;

fn twist(lie: u8, question: &ApiRequest, response: &mut Response) {
    match (lie, response) {
        (HONEST, _) => {}
        (WRONG_KEY, Response::Piece(bytes)) => {
            if matches!(
                question,
                ApiRequest::Key {
                    part: KeyPart::Verifying,
                    ..
                }
            ) {
                bytes[20] ^= 1;
            }
        }
        (FEWER_BLOCKS, Response::Hello(welcome)) => welcome.height -= 1,
        (_, Response::Blocks(range)) => {
            let Some(wire) = range.blocks.last_mut() else {
                return;
            };
            let mut block = Block::decode(&wire.bytes).unwrap();
            match lie {
                WRONG_STATE => wire.state[0] ^= 1,
                CHANGED_TRANSACTION => match block.transactions.first_mut() {
                    // The proof's bytes: the market refuses it, and the state is another.
                    Some(transaction) => {
                        let last = transaction.len() - 60;
                        transaction[last] ^= 1;
                    }
                    None => wire.state[0] ^= 1,
                },
                OTHER_PARENT => block.parent[0] ^= 1,
                EARLIER => block.time = 1,
                LEFT_OUT => block.height += 1,
                _ => {}
            }
            wire.bytes = block.encode();
        }
        _ => {}
    }
}

/// Lets the other trader make a block, and says which it is.
fn make_block(desk: &mut Desk, price: &str) -> u64 {
    sent(desk, Request::Order(order(Side::Buy, 1, price)))
        .height
        .unwrap()
}

#[test]
fn every_lie_is_named_with_its_block() {
    let market = Market::start(IN_SESSION, 1);
    let maker = Owner::new(7);
    let mut other = maker.open(&market.address());
    enter(&mut other, 5_000_000);
    let (_runtime, address, lie) = between(&market, twist);
    let cases = [
        (WRONG_STATE, "65.000"),
        (CHANGED_TRANSACTION, "65.025"),
        (OTHER_PARENT, "65.050"),
        (LEFT_OUT, "65.075"),
        (EARLIER, "65.100"),
    ];
    for (case, price) in cases {
        let owner = Owner::new(100 + case);
        let mut desk = owner.open(&address);
        let block = make_block(&mut other, price);
        lie.store(case, Ordering::SeqCst);
        let error = loop {
            match desk.pump(Duration::from_secs(2)) {
                Ok(_) => assert!(desk.next_height() <= block, "lie {case} was believed"),
                Err(error) => break error,
            }
        };
        let DeskError::Follow(FollowError::Lie { height, lie: how }) = &error else {
            panic!("{case}: {error}")
        };
        assert_eq!(*height, block, "{error}");
        assert!(error.to_string().contains(&format!("block {block}")));
        let fits = match case {
            WRONG_STATE | CHANGED_TRANSACTION => matches!(how, Lie::State { .. }),
            OTHER_PARENT => *how == Lie::Parent,
            LEFT_OUT => matches!(how, Lie::Height(_)),
            _ => *how == Lie::Time,
        };
        assert!(fits, "{case}: {how:?}");
        assert!(desk.is_poisoned());
        // Nothing of the lie was kept: through an honest node the same desk goes on.
        lie.store(HONEST, Ordering::SeqCst);
        drop(desk);
        let mut desk = owner.open(&address);
        assert!(
            matches!(ask(&mut desk, Request::Status {}), Reply::Status(status) if status.height >= block)
        );
    }
}

#[test]
fn a_node_that_withholds_blocks_or_gives_wrong_keys_is_refused() {
    let market = Market::start(IN_SESSION, 1);
    let (_runtime, address, lie) = between(&market, twist);
    let owner = Owner::new(9);
    let mut desk = owner.open(&address);
    enter(&mut desk, 5_000_000);
    drop(desk);
    lie.store(FEWER_BLOCKS, Ordering::SeqCst);
    let error = owner.try_open(&address).err().unwrap();
    assert!(
        matches!(
            &error,
            DeskError::Follow(FollowError::Lie {
                lie: Lie::Shorter(_),
                ..
            })
        ),
        "{error}"
    );
    assert_eq!(error.failure().kind, FailureKind::Verification);

    // Somebody without keys, who has to fetch them.
    lie.store(WRONG_KEY, Ordering::SeqCst);
    let newcomer = Owner::new(10);
    std::fs::create_dir_all(newcomer.folder.path().join("keys")).unwrap();
    let error = newcomer.try_open(&address).err().unwrap();
    assert!(error.to_string().contains("verifying key"), "{error}");
    lie.store(HONEST, Ordering::SeqCst);
    newcomer.open(&address);
}

/// Another market at an address where one was met before is a trap until told otherwise.
#[test]
fn another_chain_at_a_known_address_is_refused() {
    let mut first = Market::start(IN_SESSION, 1);
    let address = first.address();
    let owner = Owner::new(11);
    drop(owner.open(&address));
    first.stop();
    let mut second = Market::start(IN_SESSION, 1);
    second.stop();
    second.restart(&address);
    let error = owner.try_open(&address).err().unwrap();
    assert!(matches!(error, DeskError::OtherChain { .. }), "{error}");
    let mut known = tally_client::known::KnownChains::open(&owner.options().folder).unwrap();
    known.forget(&address).unwrap();
    drop(owner.open(&address));
}
