//! A full queue is said to be full, and what was taken is ordered.

use crate::support::*;
use ed25519_dalek::SigningKey;
use std::time::{Duration, Instant};
use tally_ledger_adapter::accounts::{AccountId, CashierRequest, Credit};
use tally_ledger_adapter::log::OrderedLog;
use tally_node::api::{Decline, Request, Submission};
use tally_node::entry::Entry;
use tally_node::live::queue::QueueLimits;
use tally_node::stamp::OTHER_BITS;

#[test]
fn busy_when_full() {
    let root = market_folder();
    let mut options = options();
    options.engine.interval = Duration::from_secs(4);
    options.engine.queue = QueueLimits {
        entries: 2,
        bytes: 1 << 20,
    };
    let node = start(root.path(), &options);
    let trader = Trader::new(&node, 1);
    let chain = node.engine().chain();
    let ask = || {
        trader
            .asking
            .submit(&faucet(&chain, trader.account(), 5, 0))
    };
    assert_eq!(ask(), Submission::Waiting);
    assert_eq!(ask(), Submission::Waiting);
    assert_eq!(ask(), Submission::Declined(Decline::Busy));
    assert_eq!(node.engine().queued(), 2);
    // Whoever is told to end orders what was taken.
    let engine = node.engine().clone();
    node.stop().unwrap();
    assert_eq!(engine.tip().height, 1);
    assert_eq!(
        engine.log().block(1).unwrap().unwrap().transactions.len(),
        2
    );
}

/// A full queue is no fault of who comes: the same bytes with the same stamp are good once there is room.
#[test]
fn a_stamp_is_not_used_up_by_a_full_queue() {
    let root = market_folder();
    let mut options = options();
    options.engine.interval = Duration::from_secs(4);
    options.engine.queue = QueueLimits {
        entries: 1,
        bytes: 1 << 20,
    };
    let node = start(root.path(), &options);
    let trader = Trader::new(&node, 1);
    let chain = node.engine().chain();
    let first = faucet(&chain, trader.account(), 5, 20_000);
    let [cash, credit] = [
        faucet(&chain, trader.account(), 6, 20_000),
        other_credit(&chain),
    ];
    std::thread::scope(|scope| {
        let asking = Asking::of(&node);
        scope.spawn(move || asking.submit(&first));
        let start = Instant::now();
        while node.engine().queued() == 0 {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "it is not queued"
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        for request in [&cash, &credit] {
            let busy = trader.asking.submit(request);
            assert_eq!(busy, Submission::Declined(Decline::Busy));
        }
    });
    for request in [&cash, &credit] {
        let ordered = trader.asking.submit(request);
        assert!(
            matches!(ordered, Submission::Included { .. }),
            "{ordered:?}"
        );
        let again = trader.asking.submit(request);
        assert_eq!(again, Submission::Declined(Decline::UsedStamp));
    }
    node.stop().unwrap();
}

/// An entry of the cashier's own, with a stamp.
fn other_credit(chain: &[u8; 32]) -> Request {
    let account = AccountId::of(&SigningKey::from_bytes(&[8; 32]));
    // Its number is far ahead: credits of the faucet come before it.
    let credit = Credit::sign(&faucet_key(), chain, account, 7, 1_000);
    let bytes = Entry::Cashier(CashierRequest::Credit(credit)).to_bytes();
    submission(chain, &bytes, OTHER_BITS, 20_000)
}
