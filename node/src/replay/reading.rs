//! What it costs a wallet to read a day's ledger for its own notes.
//!
//! The wallet takes the blocks in bulk, decodes every transaction, indexes what each has spent, and walks its own chain of
//! nullifiers through the index. It asks nobody for anything that is its own, so that reading is all it does, and all that
//! grows with other people's messages. Executing the market and verifying other people's proofs is the node's work, whose
//! wallet trusts it or runs one: that is not counted here.

use super::error::ReplayError;
use super::ledger::Blocks;
use crate::entry::Entry;
use crate::process::measured_alone;
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tally_circuits::Fr;
use tally_circuits::field::Element;
use tally_circuits::note::{Note, nullifier};
use tally_exchange::message::Symbol;
use tally_trader::lineage::Lineage;
use tally_trader::step::spent_by;

/// A short ledger is read again and again for so long, and the mean counts: the system counts processor time in hundredths of
/// a second.
const LEAST_READING: Duration = Duration::from_millis(200);

/// What reading a day's ledger costs one wallet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ReadingCost {
    /// Transactions read.
    pub transactions: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Those that spent a note of the wallet's.
    pub own: u64,
    /// Processor time, seconds; none where the system does not tell it.
    pub cpu_s: Option<f64>,
}

/// Reads the blocks up to `height` for a lineage of the contract month `symbol`, while the process does nothing else.
///
/// # Errors
/// [`ReplayError`] if the ledger can't be read.
pub(super) fn read(
    ledger: &dyn Blocks,
    height: u64,
    symbol: Symbol,
    lineage: &Lineage,
) -> Result<ReadingCost, ReplayError> {
    let start = Instant::now();
    let (read, took) = measured_alone(|| {
        let mut cost = walk(ledger, height, symbol, lineage)?;
        let mut times = 1_u32;
        while start.elapsed() < LEAST_READING {
            cost = walk(ledger, height, symbol, lineage)?;
            times += 1;
        }
        Ok::<_, ReplayError>((cost, times))
    });
    let (cost, times) = read?;
    Ok(ReadingCost {
        cpu_s: took.map(|took| (took / times).as_secs_f64()),
        ..cost
    })
}

fn walk(
    ledger: &dyn Blocks,
    height: u64,
    symbol: Symbol,
    lineage: &Lineage,
) -> Result<ReadingCost, ReplayError> {
    let mut cost = ReadingCost {
        transactions: 0,
        bytes: 0,
        own: 0,
        cpu_s: None,
    };
    let mut spent: BTreeSet<Element> = BTreeSet::new();
    for height in 1..=height {
        let Some(block) = ledger.block(height)? else {
            break;
        };
        for bytes in &block.transactions {
            cost.transactions += 1;
            cost.bytes += bytes.len() as u64;
            if let Ok(Entry::Market(transaction)) = Entry::from_bytes(bytes)
                && transaction.market() == symbol
            {
                spent.extend(spent_by(&transaction));
            }
        }
    }
    let after = |rho: Fr| Element(nullifier(lineage.market().0, lineage.key(), rho));
    let mut next = after(Note::opening().rho);
    while spent.contains(&next) {
        cost.own += 1;
        next = after(next.0);
    }
    Ok(cost)
}
