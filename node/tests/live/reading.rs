//! What is read, and that reading holds nobody up.

use crate::support::*;
use std::thread;
use std::time::{Duration, Instant};
use tally_ledger_adapter::accounts::AccountId;
use tally_ledger_adapter::log::OrderedLog;
use tally_node::api::{Request, Response, WireBlock};
use tally_node::live::node::Node;

/// What a block takes in an answer beside its bytes: their length and the state's hash.
const BESIDE: usize = 4 + 32;

/// More questions than the node has threads to answer with.
const QUESTIONS: usize = 24;

fn blocks(asking: &Asking, most_bytes: usize) -> Vec<WireBlock> {
    let request = Request::Blocks {
        from: 1,
        most_bytes: u32::try_from(most_bytes).unwrap(),
        wait_ms: 0,
    };
    match asking.ask(&request) {
        Response::Blocks(range) => range.blocks,
        other => panic!("{other:?}"),
    }
}

fn make_blocks(node: &Node, count: usize) {
    for _ in 0..count {
        let account = AccountId::of(&faucet_key());
        let waiting = node.engine().faucet(account, 1).unwrap();
        waiting.blocking_recv().unwrap();
    }
}

/// Small blocks are counted with what they take beside their bytes: a bound on the answer is one, however many they are.
#[test]
fn a_range_of_blocks_is_as_long_as_was_asked_for_and_no_longer() {
    let root = market_folder();
    let node = start(root.path(), &options());
    let asking = Asking::of(&node);
    make_blocks(&node, 6);
    let all = blocks(&asking, 1 << 20);
    assert!(all.len() >= 6);
    let mut size = 0;
    for (block, count) in all.iter().zip(1..) {
        let before = size;
        size += block.bytes.len() + BESIDE;
        assert_eq!(blocks(&asking, size).len(), count);
        // The first comes in any case.
        let fewer = blocks(&asking, size - 1);
        assert_eq!(fewer.len(), (count - 1).max(1));
        let frame = Response::Blocks(tally_node::api::BlockRange {
            tip: 0,
            now: 0,
            speed: 1,
            blocks: fewer,
        });
        assert!(count == 1 || frame.to_bytes().len() <= before + 64);
    }
    node.stop().unwrap();
}

/// While a block is executed, whoever asks about the state waits, and nobody else does.
#[test]
fn questions_about_the_state_hold_nobody_up() {
    let root = market_folder();
    let node = start(root.path(), &options());
    make_blocks(&node, 1);
    let tip = node.engine().tip().height;
    thread::scope(|scope| {
        let held = node.engine().replica();
        let next = scope.spawn(|| make_blocks(&node, 1));
        // It is on the disk, and waits for the state, as everybody does who comes now.
        let start = Instant::now();
        while node.engine().log().tip().height == tip {
            assert!(start.elapsed() < Duration::from_secs(60), "no block");
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(50));
        for number in 0..QUESTIONS {
            let asking = Asking::of(&node);
            scope.spawn(move || {
                let question = match number % 2 {
                    0 => Request::Epoch,
                    _ => Request::Book {
                        market: hegs(),
                        levels: 5,
                    },
                };
                let answer = asking.ask(&question);
                assert!(matches!(answer, Response::Document(_)), "{answer:?}");
            });
        }
        thread::sleep(Duration::from_millis(300));
        let (start, asking) = (Instant::now(), Asking::of(&node));
        let answers = thread::spawn(move || asking.hello());
        while !answers.is_finished() && start.elapsed() < Duration::from_secs(5) {
            thread::sleep(Duration::from_millis(1));
        }
        let is_answered = answers.is_finished();
        drop(held);
        next.join().unwrap();
        assert!(is_answered, "hello waits for a block");
    });
    node.stop().unwrap();
}
