//! What a client meets, from the first hello to a restart.

use crate::support::*;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use tally_exchange::market::Market;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{Quantity, Side};
use tally_ledger_adapter::log::OrderedLog;
use tally_node::api::{Decline, KeyPart, KeyStatement, Request, Response, Submission};
use tally_node::genesis::ChainGenesis;
use tally_node::stamp::{OTHER_BITS, PROOF_BITS, is_stamped, make_stamp};
use tally_trader::request::OrderRequest;

fn declined(submission: &Submission) -> &Decline {
    match submission {
        Submission::Declined(why) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_node_says_who_it_is_and_serves_genesis_and_keys() {
    let root = market_folder();
    let node = start(root.path(), &options());
    let asking = Asking::of(&node);
    let welcome = asking.hello();
    assert!(welcome.insecure_keys && welcome.faucet);
    // The market may have had a block of its own to make when it began.
    assert!(welcome.height <= 1 && welcome.speed == 1, "{welcome:?}");
    assert_eq!(welcome.stamp_bits_proof, PROOF_BITS);
    let Response::Genesis(bytes) = asking.ask(&Request::Genesis) else {
        panic!("no genesis");
    };
    let genesis = ChainGenesis::from_bytes(&bytes).unwrap();
    assert_eq!(genesis.chain().0, welcome.chain);
    for (statement, key) in KeyStatement::ALL.into_iter().zip(&genesis.document().keys) {
        for (part, content) in [
            (KeyPart::Proving, &key.proving_key),
            (KeyPart::Verifying, &key.verifying_key),
        ] {
            let file = asking.key_file(statement, part);
            assert_eq!(file.len() as u64, content.bytes);
            assert_eq!(hex::encode(Sha256::digest(&file)), content.sha256);
        }
    }
    node.stop().unwrap();
}

#[test]
fn cash_a_note_an_order_and_what_is_declined() {
    let root = market_folder();
    let node = start(root.path(), &options());
    let chain = node.engine().chain();
    let mut trader = Trader::new(&node, 1);
    trader.ask_for_cash();
    let opening = proved(trader.open());
    let receipt = trader.place(&opening);
    assert!(
        receipt.get("act").is_some() || receipt.get("outcome").is_some(),
        "{receipt}"
    );
    assert!(trader.wallet.main().place().is_some(), "the note is there");
    let centre = trader.market(Market::centre);
    let order = OrderRequest::limit(Side::Buy, Quantity(1), centre);
    trader.place(&proved(trader.order(order)));
    let resting = trader.market(|market| market.depth(Side::Buy, 10).len());
    assert_eq!(resting, 1);

    let before = (node.engine().tip(), state(&node));
    // Once more, with a new stamp; then with a stamp that was used.
    assert_eq!(
        *declined(&trader.send(&opening)),
        Decline::Refused(Refusal::Spent)
    );
    let request = submission(&chain, &opening, PROOF_BITS, PATIENCE);
    trader.asking.submit(&request);
    assert_eq!(
        *declined(&trader.asking.submit(&request)),
        Decline::UsedStamp
    );
    // What only a liar sends is answered and hung up on.
    for (request, why) in lies(&trader, &chain) {
        let mut wire = Wire::to(node.address().unwrap()).unwrap();
        let (response, is_over) = wire.ask(&request.to_bytes());
        let Response::Submitted(submission) = response else {
            panic!("{response:?}");
        };
        let found = declined(&submission);
        assert!(why(found), "{found:?}");
        assert!(is_over, "{found:?}");
    }
    assert_eq!((node.engine().tip(), state(&node)), before);
    let counters = node.engine().counters();
    assert_eq!(
        counters
            .false_proofs
            .load(std::sync::atomic::Ordering::Relaxed),
        2
    );
    // And the honest one goes on.
    let order = OrderRequest::limit(Side::Buy, Quantity(2), centre);
    trader.place(&proved(trader.order(order)));
    node.stop().unwrap();
}

type Why = fn(&Decline) -> bool;

fn lies(trader: &Trader<'_>, chain: &[u8; 32]) -> Vec<(Request, Why)> {
    let honest = trader.order(OrderRequest::limit(
        Side::Buy,
        Quantity(1),
        trader.market(Market::centre),
    ));
    let elsewhere = proved(trader.order(OrderRequest::limit(
        Side::Buy,
        Quantity(3),
        trader.market(Market::centre),
    )));
    // A proof that decodes, of another statement; and bytes that are no proof at all.
    let other_proof = match tally_node::entry::Entry::from_bytes(&elsewhere).unwrap() {
        tally_node::entry::Entry::Market(tally_exchange::message::Transaction::Act(act)) => {
            act.proof
        }
        other => panic!("{other:?}"),
    };
    let with_other = entry(honest.with_proof(other_proof));
    let with_none = {
        let mut bytes = with_other.clone();
        let place = bytes
            .windows(other_proof.len())
            .position(|window| window == other_proof)
            .unwrap();
        bytes[place..place + other_proof.len()].fill(0xff);
        bytes
    };
    let unstamped = loop {
        let stamp = rand::random();
        if !is_stamped(chain, &with_other, stamp, OTHER_BITS) {
            break stamp;
        }
    };
    let cheap = loop {
        let stamp = make_stamp(chain, &with_other, OTHER_BITS, &mut OsRng);
        if !is_stamped(chain, &with_other, stamp, PROOF_BITS) {
            break stamp;
        }
    };
    let stamped = |stamp| Request::Submit {
        entry: with_other.clone(),
        stamp,
        wait_ms: PATIENCE,
    };
    let is_false: Why = |why| *why == Decline::Refused(Refusal::Proof);
    vec![
        (stamped(unstamped), |why| {
            *why == Decline::Stamp { needed: OTHER_BITS }
        }),
        (stamped(cheap), |why| {
            *why == Decline::Stamp { needed: PROOF_BITS }
        }),
        (submission(chain, b"garbage", OTHER_BITS, PATIENCE), |why| {
            matches!(why, Decline::Garbage(_))
        }),
        (
            submission(chain, &with_other, PROOF_BITS, PATIENCE),
            is_false,
        ),
        (
            submission(chain, &with_none, PROOF_BITS, PATIENCE),
            is_false,
        ),
    ]
}

#[test]
fn a_frame_of_another_version_is_answered_and_hung_up_on() {
    let root = market_folder();
    let node = start(root.path(), &options());
    let mut frame = Request::Hello.to_bytes();
    frame[0] += 1;
    let (response, is_over) = Wire::to(node.address().unwrap()).unwrap().ask(&frame);
    assert!(
        matches!(&response, Response::Failed(why) if why.contains("version 2")),
        "{response:?}"
    );
    assert!(is_over);
    node.stop().unwrap();
}

/// One that proves nothing, with the nullifier of an honest message and ahead of it in the same block, does not keep it
/// out.
#[test]
fn a_false_twin_ahead_does_not_keep_the_true_one_out() {
    let root = market_folder();
    let mut options = options();
    options.engine.interval = Duration::from_secs(2);
    let node = start(root.path(), &options);
    let trader = Trader::new(&node, 1);
    trader.ask_for_cash();
    let honest = proved(trader.open());
    let twin = {
        let other = trader.open();
        entry(other.with_proof([0xff; tally_exchange::message::PROOF_BYTES]))
    };
    let chain = node.engine().chain();
    let first = submission(&chain, &twin, PROOF_BITS, 0);
    let second = submission(&chain, &honest, PROOF_BITS, PATIENCE);
    let tip = node.engine().tip().height;
    assert_eq!(trader.asking.submit(&first), Submission::Waiting);
    let submission = trader.asking.submit(&second);
    assert!(
        matches!(submission, Submission::Included { height, .. } if height == tip + 1),
        "{submission:?}"
    );
    node.stop().unwrap();
}

/// Of two messages that spend one note the second is declined, and not before the block of the first can be read: whoever
/// has sent the same twice looks for it then.
#[test]
fn a_twin_is_declined_when_the_block_is_there() {
    let root = market_folder();
    let mut options = options();
    options.engine.interval = Duration::from_secs(4);
    let node = start(root.path(), &options);
    let trader = Trader::opened(&node, 1);
    let chain = node.engine().chain();
    let centre = trader.market(Market::centre);
    let requests = [1, 2].map(|quantity| {
        let order = OrderRequest::limit(Side::Buy, Quantity(quantity), centre);
        submission(&chain, &proved(trader.order(order)), PROOF_BITS, PATIENCE)
    });
    let tip = node.engine().log().tip().height;
    let start = Instant::now();
    let until = |what: &str, holds: &dyn Fn() -> bool| {
        while !holds() {
            assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
            thread::sleep(Duration::from_millis(1));
        }
    };
    thread::scope(|scope| {
        let (answered, answers) = mpsc::channel();
        for (number, request) in (1..).zip(&requests) {
            let (asking, answered) = (Asking::of(&node), answered.clone());
            scope.spawn(move || answered.send(asking.submit(request)));
            until("queued", &|| node.engine().queued() == number);
        }
        let held = node.engine().replica();
        until("a block", &|| node.engine().log().tip().height > tip);
        // It is on the disk, and nobody can read what it did.
        let early = answers.recv_timeout(Duration::from_millis(300));
        assert!(early.is_err(), "{early:?}");
        drop(held);
        let both: Vec<Submission> = answers.iter().take(2).collect();
        let spent = Submission::Declined(Decline::Refused(Refusal::Spent));
        assert!(both.contains(&spent), "{both:?}");
        let is_included = |one: &Submission| matches!(one, Submission::Included { .. });
        assert!(both.iter().any(is_included), "{both:?}");
    });
    node.stop().unwrap();
}

#[test]
fn blocks_by_range_are_those_of_the_log_and_a_poll_wakes_up() {
    let root = market_folder();
    let node = start(root.path(), &options());
    let trader = Trader::opened(&node, 1);
    let tip = node.engine().tip().height;
    let blocks = |from, most_bytes, wait_ms| {
        let request = Request::Blocks {
            from,
            most_bytes,
            wait_ms,
        };
        match trader.asking.ask(&request) {
            Response::Blocks(range) => range,
            other => panic!("{other:?}"),
        }
    };
    let all = blocks(1, u32::MAX, 0);
    assert_eq!((all.tip, all.blocks.len() as u64), (tip, tip));
    for (height, block) in (1..).zip(&all.blocks) {
        let own = node.engine().log().block(height).unwrap().unwrap();
        assert_eq!(block.bytes, own.encode());
        let outcome = node.engine().log().outcome(height).unwrap();
        assert_eq!(outcome.as_deref(), Some(&block.state[..]));
    }
    assert_eq!(
        blocks(2, 1, 0).blocks[..],
        all.blocks[1..2],
        "one in any case"
    );
    // Nothing in time is an answer.
    let start = Instant::now();
    assert!(blocks(tip + 1, 1, 100).blocks.is_empty());
    assert!(start.elapsed() >= Duration::from_millis(100));
    // Something in time comes at once.
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let other = Asking::of(&node);
            let request = Request::Blocks {
                from: tip + 1,
                most_bytes: 1,
                wait_ms: 30_000,
            };
            (other.ask(&request), Instant::now())
        });
        thread::sleep(Duration::from_millis(200));
        trader.ask_for_cash();
        let done = Instant::now();
        let (response, woken) = waiting.join().unwrap();
        assert!(matches!(response, Response::Blocks(range) if range.blocks.len() == 1));
        assert!(woken.saturating_duration_since(done) < Duration::from_secs(2));
    });
    node.stop().unwrap();
}
