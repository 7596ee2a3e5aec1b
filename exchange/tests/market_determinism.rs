//! Same blocks, same states: replicas, restarts, what the state hash covers, and what a snapshot refuses.

mod support;

#[path = "histories/checks.rs"]
mod checks;
#[path = "histories/model.rs"]
mod model;
#[path = "histories/simulation.rs"]
mod simulation;
#[path = "histories/steps.rs"]
mod steps;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use sha2::{Digest, Sha256};
use simulation::Simulation;
use steps::{Step, TRADERS, near, steps};
use support::cash::TestCash;
use support::exchange::{FUNDING, LoggedBlock, genesis};
use support::verifier::rerandomised;
use support::{MIDDLE, TestExchange, TestTrader, buy, sell};
use tally_exchange::market::{BlockError, Checkpoint, Market, SnapshotError, StateHash};
use tally_exchange::message::{ChainId, Transaction};
use tally_exchange::receipt::{Phase, Receipt};
use tally_exchange::units::Time;

/// A whole day of random doings, from the pre-open to after the close.
fn day(seed: u8) -> Simulation {
    let mut runner = TestRunner::new_with_rng(
        proptest::test_runner::Config::default(),
        proptest::test_runner::TestRng::from_seed(
            proptest::test_runner::RngAlgorithm::ChaCha,
            &[seed; 32],
        ),
    );
    let mut simulation = Simulation::new([5_000_000; TRADERS], true);
    for _ in 0..4 {
        let tree = steps(&near(), 6, 20)
            .new_tree(&mut runner)
            .expect("steps can be made");
        for step in tree
            .current()
            .iter()
            .filter(|step| !matches!(step, Step::NextPhase))
        {
            simulation.step(step);
        }
        simulation.step(&Step::NextPhase);
    }
    assert_eq!(simulation.exchange.market.phase(), Phase::Closed);
    simulation.close_everything();
    simulation.exchange.next_block();
    simulation
}

/// The cash accounts as they were before the first block.
fn funded() -> TestCash {
    let mut cash = TestCash::default();
    for number in 1..=TRADERS as u64 {
        cash.set(TestTrader::new(number).account(), FUNDING);
    }
    cash
}

/// Feeds one block; returns its receipts and the state hash.
fn feed(
    market: &mut Market,
    block: &LoggedBlock,
    verifier: &support::verifier::TestVerifier,
    cash: &mut TestCash,
) -> (Vec<Receipt>, StateHash) {
    let mut events = Vec::new();
    market
        .begin_block(block.height, block.time, &mut events)
        .expect("the block follows");
    let receipts = block
        .transactions
        .iter()
        .map(|bytes| market.apply_bytes(bytes, verifier, cash, &mut events))
        .collect();
    (receipts, market.end_block(&mut events))
}

#[test]
fn two_markets_fed_the_same_blocks_agree_on_every_receipt_and_state_hash() {
    for seed in 0..4 {
        let leader = day(seed).exchange;
        let mut market = Market::new(genesis()).expect("the genesis is sound");
        let mut cash = funded();
        for block in &leader.log {
            let (receipts, hash) = feed(&mut market, block, &leader.verifier, &mut cash);
            assert_eq!((receipts, hash), (block.receipts.clone(), block.hash));
            assert_eq!(market.last_state_hash(), hash);
        }
        assert!(cash == leader.cash);
    }
}

#[test]
fn a_market_restored_after_every_block_goes_on_as_if_nothing_had_happened() {
    let leader = day(9).exchange;
    let mut market = Market::new(genesis()).expect("the genesis is sound");
    let mut cash = funded();
    for block in &leader.log {
        let (receipts, hash) = feed(&mut market, block, &leader.verifier, &mut cash);
        assert_eq!((receipts, hash), (block.receipts.clone(), block.hash));
        let bytes = market.snapshot();
        market = Market::restore(genesis(), &bytes, market.checkpoint())
            .expect("a snapshot can be taken up");
        assert!(market.snapshot() == bytes, "one state, one snapshot");
        assert_eq!(
            (market.height(), market.last_state_hash()),
            (block.height, hash)
        );
    }
}

#[test]
fn a_market_restored_from_any_block_reaches_the_same_end() {
    let leader = day(3).exchange;
    let mut market = Market::new(genesis()).expect("the genesis is sound");
    let mut cash = funded();
    for (place, block) in leader.log.iter().enumerate() {
        feed(&mut market, block, &leader.verifier, &mut cash);
        if place % 16 != 0 {
            continue;
        }
        let (bytes, mut cash) = (market.snapshot(), cash.clone());
        let mut restored = Market::restore(genesis(), &bytes, market.checkpoint())
            .expect("a snapshot can be taken up");
        for block in &leader.log[place + 1..] {
            assert_eq!(
                feed(&mut restored, block, &leader.verifier, &mut cash).1,
                block.hash
            );
        }
    }
}

#[test]
fn the_state_hash_does_not_depend_on_proof_bytes() {
    let leader = day(5).exchange;
    let mut market = Market::new(genesis()).expect("the genesis is sound");
    let mut cash = funded();
    let mut changed = 0;
    for block in &leader.log {
        let mut other = block.clone();
        for bytes in &mut other.transactions {
            let mut transaction =
                Transaction::from_bytes(bytes).expect("the leader sent transactions");
            if let Transaction::Act(act) = &mut transaction {
                act.proof = rerandomised(act.proof, 1);
                changed += 1;
            }
            *bytes = transaction.to_bytes();
        }
        assert_eq!(
            feed(&mut market, &other, &leader.verifier, &mut cash).1,
            block.hash
        );
    }
    assert!(changed > 50);
}

/// Where nothing depends on block ends, it does not matter how transactions are cut into blocks. What does depend on
/// them: which roots Acts may name, the mark (once there are trades), the time that orders and locks date from.
#[test]
fn the_state_hash_does_not_depend_on_how_blocks_are_cut() {
    let mut exchange = TestExchange::open_for_trading();
    let traders: Vec<_> = (0..6).map(|_| exchange.trader(10_000_000)).collect();
    exchange.next_block();
    let mut transactions: Vec<_> = Vec::new();
    for (step, trader) in (1..).zip(&traders) {
        let action = exchange.posting(trader, &[buy(MIDDLE - step, 2), sell(MIDDLE + step, 3)]);
        let act = exchange.prepare(trader, action).act;
        transactions.push(Transaction::Act(Box::new(act)));
    }
    let first = tally_exchange::units::OrderId(1);
    transactions.push(Transaction::Instruction(exchange.instruction(
        first,
        tally_exchange::message::OrderChange::Cancel,
        &support::cancel_key(),
    )));
    let mut hashes = Vec::new();
    for cut in [1, 2, 3, 7] {
        let mut market = exchange.market.clone();
        let (mut cash, mut events) = (exchange.cash.clone(), Vec::new());
        for block in transactions.chunks(cut) {
            for transaction in block {
                let receipt = market.apply(transaction, &exchange.verifier, &mut cash, &mut events);
                assert!(!matches!(receipt, Receipt::Refused(_)));
            }
            market.end_block(&mut events);
            let height = market.height() + 1;
            market
                .begin_block(height, market.time(), &mut events)
                .expect("the block follows");
        }
        hashes.push(market.end_block(&mut events));
    }
    assert!(hashes.iter().all(|hash| *hash == hashes[0]));
}

/// The state hash is a new one, and empty blocks leave it as it is.
fn assert_new(exchange: &mut TestExchange, seen: &mut Vec<StateHash>) {
    let hash = exchange.market.state_hash();
    assert!(!seen.contains(&hash));
    exchange.next_block();
    exchange.next_block();
    assert_eq!(exchange.market.state_hash(), hash);
    seen.push(hash);
}

#[test]
fn empty_blocks_do_not_change_the_state_hash_and_every_transaction_that_counts_does() {
    let mut exchange = TestExchange::open_for_trading();
    let mut trader = exchange.trader(10_000_000);
    let mut seen = vec![];
    assert_new(&mut exchange, &mut seen);
    let ids = exchange.post(&mut trader, &[buy(MIDDLE, 3), buy(MIDDLE, 4)]);
    assert_new(&mut exchange, &mut seen);
    exchange.reduce(ids[0], 2);
    assert_new(&mut exchange, &mut seen);
    exchange.cancel(ids[0]);
    assert_new(&mut exchange, &mut seen);
    exchange.move_rest(&mut trader, &[ids[1]]);
    assert_new(&mut exchange, &mut seen);
    exchange.close(&mut trader, &[ids[1]]);
    assert_new(&mut exchange, &mut seen);
    exchange.close(&mut trader, &[ids[0]]);
    assert_new(&mut exchange, &mut seen);
}

#[test]
fn a_block_that_does_not_follow_is_refused_and_changes_nothing() {
    let mut market = TestExchange::open_for_trading().market;
    let mut events = Vec::new();
    market.end_block(&mut events);
    let (before, told) = (market.snapshot(), events.len());
    let (height, time) = (market.height(), market.time());
    for given in [0, height - 1, height, height + 2, u64::MAX] {
        let error = market.begin_block(given, time, &mut events);
        assert_eq!(
            error,
            Err(BlockError::Height {
                given,
                last: height
            })
        );
    }
    for given in [0, time.0 - 1] {
        let error = market.begin_block(height + 1, Time(given), &mut events);
        assert_eq!(
            error,
            Err(BlockError::Time {
                given,
                last: time.0
            })
        );
    }
    assert!(before == market.snapshot() && told == events.len());
    assert_eq!(market.begin_block(height + 1, time, &mut events), Ok(()));
}

/// A market at a block end with orders, fills and a note for each trader, and its checkpoint.
fn snapshot() -> (Vec<u8>, Checkpoint) {
    let mut exchange = TestExchange::open_for_trading();
    let mut maker = exchange.trader(10_000_000);
    let mut taker = exchange.trader(10_000_000);
    exchange.post(
        &mut maker,
        &[sell(MIDDLE, 5), sell(MIDDLE + 1, 5), buy(MIDDLE - 3, 1)],
    );
    exchange.post_one(&mut taker, buy(MIDDLE, 2));
    exchange.market.end_block(&mut Vec::new());
    (exchange.market.snapshot(), exchange.market.checkpoint())
}

#[test]
fn a_snapshot_with_any_bit_flipped_is_refused() {
    let (good, checkpoint) = snapshot();
    assert!(Market::restore(genesis(), &good, checkpoint).is_ok());
    let mut bytes = good.clone();
    for place in 0..bytes.len() {
        for bit in 0..8 {
            bytes[place] ^= 1 << bit;
            let error = Market::restore(genesis(), &bytes, checkpoint).err();
            let expected = if place == 0 {
                SnapshotError::Version
            } else {
                SnapshotError::Malformed
            };
            assert_eq!(error, Some(expected), "byte {place}, bit {bit}");
            bytes[place] ^= 1 << bit;
        }
    }
}

#[test]
fn a_snapshot_truncated_or_with_trailing_bytes_is_refused() {
    let (mut bytes, checkpoint) = snapshot();
    for length in 0..bytes.len() {
        let error = Market::restore(genesis(), &bytes[..length], checkpoint).err();
        assert_eq!(error, Some(SnapshotError::Malformed), "{length} bytes");
    }
    bytes.push(0);
    let error = Market::restore(genesis(), &bytes, checkpoint).err();
    assert_eq!(error, Some(SnapshotError::Malformed));
}

#[test]
fn a_snapshot_of_another_state_or_market_is_refused() {
    let (bytes, checkpoint) = snapshot();
    let (found, expected) = (checkpoint.state, StateHash([3; 32]));
    let error = Market::restore(
        genesis(),
        &bytes,
        Checkpoint {
            state: expected,
            ..checkpoint
        },
    )
    .err();
    assert_eq!(error, Some(SnapshotError::StateHash { found, expected }));

    let mut other = genesis();
    other.chain = ChainId::of_genesis(b"other");
    let error = Market::restore(other, &bytes, checkpoint).err();
    assert!(matches!(error, Some(SnapshotError::StateHash { .. })));
    let mut other = genesis();
    other.prior_settlement.0 += 1;
    let error = Market::restore(other, &bytes, checkpoint).err();
    assert!(matches!(error, Some(SnapshotError::StateHash { .. })));
}

#[test]
fn a_snapshot_of_another_height_time_or_list_of_roots_is_refused() {
    let (bytes, good) = snapshot();
    let mut roots = good.roots;
    roots[9] ^= 1;
    for checkpoint in [
        Checkpoint {
            height: good.height + 1,
            ..good
        },
        Checkpoint {
            time: Time(good.time.0 - 1),
            ..good
        },
        Checkpoint { roots, ..good },
    ] {
        let error = Market::restore(genesis(), &bytes, checkpoint).err();
        assert_eq!(error, Some(SnapshotError::Checkpoint));
    }
}

#[test]
fn a_snapshot_from_the_middle_of_a_block_is_refused() {
    let mut exchange = TestExchange::open_for_trading();
    exchange.trader(10_000_000);
    let (state, checkpoint) = (exchange.market.state_hash(), exchange.market.checkpoint());
    let checkpoint = Checkpoint {
        state,
        ..checkpoint
    };
    let error = Market::restore(genesis(), &exchange.market.snapshot(), checkpoint).err();
    assert_eq!(error, Some(SnapshotError::Inconsistent));
}

/// A forger who mends the checksum still meets the checkpoint: no byte of a snapshot is outside it.
#[test]
fn a_forged_snapshot_with_a_good_checksum_is_refused_and_never_panics() {
    // Version and checksum.
    const BODY: usize = 33;
    let (mut bytes, checkpoint) = snapshot();
    let restore = |bytes: &mut Vec<u8>| {
        let mut checksum = Sha256::new();
        checksum.update(b"tally/market/snapshot/2");
        checksum.update(&bytes[BODY..]);
        bytes[1..BODY].copy_from_slice(&checksum.finalize());
        Market::restore(genesis(), bytes, checkpoint).is_ok()
    };
    assert!(
        restore(&mut bytes),
        "the checksum is made as the market makes it"
    );
    for place in BODY..bytes.len() {
        let mask = if place % 2 == 0 { 0x01 } else { 0x80 };
        bytes[place] ^= mask;
        assert!(!restore(&mut bytes), "byte {place} is in nobody's hash");
        bytes[place] ^= mask;
    }
}
