//! A full queue is said to be full, and what was taken is ordered.

use crate::support::*;
use std::time::Duration;
use tally_ledger_adapter::log::OrderedLog;
use tally_node::api::{Decline, Submission};
use tally_node::live::queue::QueueLimits;

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
