//! The random wait before a message: it passes before the message is built.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use support::{IN_SESSION, Market, Owner, enter, order, sent};
use tally_client::desk::{Access, Desk, DeskOptions};
use tally_client::request::Request;
use tally_exchange::market::Stage;
use tally_exchange::message::{Action, Transaction};
use tally_exchange::units::Side;
use tally_ledger_adapter::log::{Block, OrderedLog};
use tally_node::entry::Entry;
use tally_trader::build::DEFAULT_EXPIRY_BLOCKS;
use tally_transport::schedule::{MOST_SEND_DELAY, SendDelay};

const LONGEST: Duration = Duration::from_secs(4);

/// While another trader fills block after block, one who waits before each message builds it on what is new all the same.
#[test]
fn a_message_is_built_after_its_wait() {
    let market = Market::start(IN_SESSION, 1);
    let address = market.address();
    let (busy, patient) = (Owner::new(1), Owner::new(2));
    let mut other = busy.open(&address);
    enter(&mut other, 10_000_000);
    drop(patient.open(&address));
    let options = DeskOptions {
        send_delay: SendDelay::at_most(LONGEST),
        ..patient.options()
    };
    let access = Access::Wallet(patient.seed.clone());
    let node = support::node_client(&address);
    let mut desk = Desk::open(node, &options, access, &mut |_| {}).unwrap();
    enter(&mut desk, 10_000_000);

    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let _over = Over(&is_over);
        scope.spawn(|| {
            let mut blocks = 0;
            while !is_over.load(Ordering::Acquire) {
                sent(&mut other, Request::Order(order(Side::Buy, 1, "64.500")));
                let all = Request::CancelAll {
                    market: None,
                    side: None,
                };
                support::ask(&mut other, all);
                blocks += 2;
            }
            assert!(blocks > 6, "{blocks}");
        });
        let (mut longest, mut waited, mut late) = (Duration::ZERO, 0, 0);
        for _ in 0..6 {
            let start = Instant::now();
            let posted = sent(&mut desk, Request::Order(order(Side::Sell, 1, "67.500")));
            let took = start.elapsed();
            longest = longest.max(took);
            let height = posted.height.unwrap();
            // The first block that it was built without came while the proof was made, or later; not during the wait.
            let time = |height| block(&market, height).time;
            let unknown = (time(height) - time(built_at(&market, height) + 1)) / 1_000;
            let made = posted.proof_ms.unwrap() + posted.receipt_ms.unwrap();
            late += unknown.saturating_sub(made);
            let took = u64::try_from(took.as_millis()).unwrap();
            waited += took.saturating_sub(made);
        }
        // Built before its wait, each would lack the blocks of about all of it. A busy machine is a little late too.
        assert!(late < waited / 2, "{late} ms late of {waited} ms waited");
        // Six draws below a quarter of the range: one time in four thousand.
        assert!(longest > LONGEST / 4, "{longest:?}");
    });
}

/// In a revalidation there are deadlines, and nobody waits: a wait of up to a minute would be within five seconds twice in a
/// row one time in a hundred and forty.
#[test]
fn nobody_waits_in_a_revalidation() {
    let market = Market::start(IN_SESSION, 1);
    let address = market.address();
    let owner = Owner::new(1);
    enter(&mut owner.open(&address), 10_000_000);
    let engine = market.node.as_ref().unwrap().engine();
    let is_open = || {
        engine
            .replica()
            .markets()
            .all(|market| market.stage() == Stage::Open)
    };
    engine.drive_clock(3_600, u64::MAX);
    let start = Instant::now();
    while is_open() {
        assert!(start.elapsed() < Duration::from_secs(60), "the close");
        thread::sleep(Duration::from_millis(20));
    }
    engine.drive_clock(1, u64::MAX);
    let options = DeskOptions {
        send_delay: SendDelay::at_most(MOST_SEND_DELAY),
        ..owner.options()
    };
    let access = Access::Wallet(owner.seed.clone());
    let mut desk = Desk::open(
        support::node_client(&address),
        &options,
        access,
        &mut |_| {},
    )
    .unwrap();
    for _ in 0..2 {
        let start = Instant::now();
        support::ask(&mut desk, Request::Fund { amount: 100 });
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "{:?}",
            start.elapsed()
        );
    }
    assert!(!is_open());
}

/// Ends the other trader with the test, however that ends.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn block(market: &Market, height: u64) -> Block {
    let engine = market.node.as_ref().unwrap().engine();
    engine.log().block(height).unwrap().unwrap()
}

/// The height at which the sell in this block was built.
fn built_at(market: &Market, height: u64) -> u64 {
    let block = block(market, height);
    let expiry = block.transactions.iter().find_map(|bytes| {
        let Ok(Entry::Market(Transaction::Act(act))) = Entry::from_bytes(bytes) else {
            return None;
        };
        let Action::Trade { orders, .. } = &act.message.action else {
            return None;
        };
        let is_sell = orders.iter().any(|order| order.side == Side::Sell);
        is_sell.then_some(act.message.expiry)
    });
    expiry.unwrap() - DEFAULT_EXPIRY_BLOCKS
}
