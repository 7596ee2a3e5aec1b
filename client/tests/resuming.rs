//! Where a client begins to read says little of where it stopped, and what it has already is not forgotten.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use support::liar::{HONEST, Record, recording};
use support::{IN_SESSION, Market, Owner, make_market, options};
use tally_client::desk::{Desk, DeskError};
use tally_client::follower::{FIRST_READ_GRID, FollowError, Lie};
use tally_client::node_client::NodeError;
use tally_client::reply::FailureKind;
use tally_ledger_adapter::accounts::{AccountId, SigningKey};
use tally_ledger_adapter::log::Block;
use tally_node::api::{Request, Response};
use tally_node::live::node::Node;

const OTHER_BLOCK: u8 = 1;
const OTHER_HEIGHT: u8 = 2;
const ENDLESS: u8 = 3;

fn twist(lie: u8, _: &Request, response: &mut Response) {
    match (lie, response) {
        (ENDLESS, Response::Hello(welcome)) => welcome.height = u64::MAX,
        (ENDLESS, Response::Blocks(range)) => {
            range.tip = u64::MAX;
            range.blocks.clear();
        }
        (OTHER_BLOCK | OTHER_HEIGHT, Response::Blocks(range)) => {
            let Some(wire) = range.blocks.get_mut(1) else {
                return;
            };
            let mut block = Block::decode(&wire.bytes).unwrap();
            if lie == OTHER_BLOCK {
                block.time += 1;
            } else {
                block.height += 1;
            }
            wire.bytes = block.encode();
        }
        _ => {}
    }
}

/// A market that makes blocks as fast as it can.
fn fast_market() -> Market {
    let folder = tempfile::tempdir().unwrap();
    let made = make_market(folder.path(), IN_SESSION, 1);
    let mut options = options();
    options.engine.interval = Duration::from_millis(1);
    let node = Some(Node::start(&made, &options).unwrap());
    Market { folder, node }
}

/// Makes blocks up to a height.
fn make_blocks(market: &Market, height: u64) {
    let engine = market.node.as_ref().unwrap().engine();
    let account = AccountId::of(&SigningKey::from_bytes(&[3; 32]));
    while engine.tip().height < height {
        let waiting = engine.faucet(account, 1).unwrap();
        waiting.blocking_recv().unwrap();
    }
}

fn height(desk: &Desk) -> u64 {
    desk.next_height() - 1
}

/// The heights from which blocks were asked for since this was asked last.
fn asked(record: &Record) -> Vec<u64> {
    let asked: Vec<_> = std::mem::take(&mut *record.lock().unwrap());
    let blocks = asked.iter().filter_map(|asked| match asked.question {
        Request::Blocks { from, .. } => Some(from),
        _ => None,
    });
    blocks.collect()
}

#[test]
fn a_reader_begins_at_a_coarse_boundary() {
    let market = fast_market();
    let (_runtime, address, lie, record) = recording(&market, twist);
    let owner = Owner::new(41);
    let read = |least: u64| {
        make_blocks(&market, least);
        let mut desk = owner.open(&address);
        assert!(height(&desk) >= least);
        desk.save().unwrap();
        let asked = asked(&record);
        (desk, asked)
    };
    // In the first cell always from the first block, whether there is anything new or not.
    for least in [3, 7, 7] {
        let (_, asked) = read(least);
        assert_eq!(asked, [1]);
    }
    let boundary = FIRST_READ_GRID;
    let (_, asked_now) = read(boundary - 1);
    assert_eq!(asked_now, [1]);
    let (_, asked_now) = read(boundary + 5);
    assert_eq!(asked_now, [1]);
    for least in [boundary + 9, boundary + 30, boundary + 30] {
        let (mut desk, asked_now) = read(least);
        assert_eq!(asked_now, [boundary]);
        // And from then on what follows.
        let tip = height(&desk);
        desk.pump(Duration::ZERO).unwrap();
        assert_eq!(asked(&record), [tip + 1]);
    }

    // What is passed over is compared: two histories are found out, and so is a range of other heights.
    for (case, is_it) in [
        (OTHER_BLOCK, Lie::Fork),
        (OTHER_HEIGHT, Lie::Height(boundary + 2)),
    ] {
        lie.store(case, Ordering::SeqCst);
        let error = owner.try_open(&address).err().unwrap();
        let DeskError::Follow(FollowError::Lie { height, lie }) = &error else {
            panic!("{error}")
        };
        assert_eq!((*height, lie), (boundary + 1, &is_it));
    }
    lie.store(HONEST, Ordering::SeqCst);
    owner.open(&address);
}

/// A node that says it has more blocks than it gives is not asked for ever.
#[test]
fn blocks_that_never_come_are_an_error() {
    let market = fast_market();
    make_blocks(&market, 2);
    let (_runtime, address, lie, _) = recording(&market, twist);
    lie.store(ENDLESS, Ordering::SeqCst);
    let owner = Owner::new(42);
    let start = Instant::now();
    let error = owner.try_open(&address).err().unwrap();
    assert!(
        matches!(&error, DeskError::Node(NodeError::Answer { what, .. }) if what.contains("height")),
        "{error}"
    );
    assert_eq!(error.failure().kind, FailureKind::Network);
    assert!(start.elapsed() < Duration::from_secs(20));
    lie.store(HONEST, Ordering::SeqCst);
    owner.open(&address);
}
