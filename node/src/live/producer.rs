//! Block production: at every tick of the interval at which something waits or the market itself has something to do.
//!
//! A block is made in this order: proofs are checked, all of the block together; what fails is declined and reaches no
//! ledger; the rest is made durable; then it is executed; then whoever sent it is told. Killed anywhere in between, the
//! node executes the block when it starts again.

use super::engine::{EngineError, Shared};
use super::queue::{Body, Queued, Verdict};
use super::screen::screen;
use crate::api::Decline;
use crate::entry::Entry;
use crate::replica::Replica;
use crate::verifier::{BlockVerifier, Prepared};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tally_circuits::field::Element;
use tally_exchange::market::Market;
use tally_exchange::refusal::Refusal;
use tally_ledger_adapter::accounts::{CashierRequest, Credit};
use tally_ledger_adapter::log::OrderedLog;
use tally_trader::step::spent_by;

/// Longest sleep of an idle producer: a clock may be set, and a sandbox changes its speed.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);
/// Bytes of entries in one block: half of what a block can have.
const BLOCK_BYTES: usize = 4 * 1024 * 1024;

/// Makes blocks until the queue is closed and empty.
pub(super) fn run(shared: &Shared) -> Result<(), EngineError> {
    let mut last = Instant::now();
    loop {
        let is_closing = shared.queue.is_closed();
        let asleep = sleep(shared);
        let has_work = shared.queue.wait(asleep);
        if is_closing && !has_work {
            return Ok(());
        }
        if (has_work || asleep.is_zero()) && !is_closing {
            // Until the next tick: whoever comes by then is in the same block, and a market with much to catch up on
            // makes no more blocks than others.
            let tick = last + shared.options.interval;
            std::thread::sleep(tick.saturating_duration_since(Instant::now()));
        }
        last = Instant::now();
        let queued = shared.queue.take(shared.options.block_entries, BLOCK_BYTES);
        if !queued.is_empty() || is_due(shared) {
            make_block(shared, queued)?;
        }
    }
}

/// How long until the market itself acts.
fn sleep(shared: &Shared) -> Duration {
    let instant = next_instant(&shared.replica());
    let sleep = instant.map_or(LONGEST_SLEEP, |instant| shared.clock.until(instant));
    sleep.min(LONGEST_SLEEP)
}

fn is_due(shared: &Shared) -> bool {
    next_instant(&shared.replica()).is_some_and(|instant| instant <= shared.clock.now())
}

fn next_instant(replica: &Replica) -> Option<u64> {
    let instants = replica.markets().filter_map(Market::next_instant);
    instants.min().map(|time| time.0)
}

fn make_block(shared: &Shared, queued: Vec<Queued>) -> Result<(), EngineError> {
    let (senders, entries, twins) = {
        let replica = shared.replica();
        let (queued, twins) = prove(shared, &replica, queued);
        let (senders, entries) = encode(shared, &replica, queued);
        (senders, entries, twins)
    };
    let result = order(shared, senders, entries);
    // Whoever sends a message once more, having missed the answer, looks for the first one when this one is declined:
    // its block must be there by then.
    for twin in twins {
        decline(shared, twin, Decline::Refused(Refusal::Spent));
    }
    result
}

/// Makes the block of what has been checked, and answers its senders.
fn order(shared: &Shared, senders: Vec<Queued>, entries: Vec<Vec<u8>>) -> Result<(), EngineError> {
    if entries.is_empty() && !is_due(shared) {
        return Ok(());
    }
    let time = shared.clock.now().max(shared.log.tip().time);
    let block = shared.log.commit(time, entries)?;
    let outcome = shared
        .replica_mut()
        .execute(&block, &Prepared(&shared.verifier))?;
    shared
        .log
        .put_outcome(block.height, &outcome.state_hash.0)?;
    let recent = shared.recent().take(block.height, block.time, outcome);
    shared.counters.count(&recent);
    shared.announce(block.height, block.time);
    for ((index, queued), answer) in (0_u32..).zip(senders).zip(&recent.answers) {
        queued.answer(Verdict::Included {
            height: block.height,
            index,
            answer: answer.clone(),
        });
    }
    if block.height - shared.snapshot_at.load(Ordering::Relaxed) >= shared.options.snapshot_blocks {
        shared.put_snapshot()?;
    }
    Ok(())
}

/// Checks the proofs of a block together; what the market would not take any more, or what proves nothing, is declined.
/// Second come those that spend what another one of the same block spends before them.
fn prove(shared: &Shared, replica: &Replica, queued: Vec<Queued>) -> (Vec<Queued>, Vec<Queued>) {
    let mut kept: Vec<Queued> = Vec::with_capacity(queued.len());
    for queued in queued {
        // The market may have moved on since it was queued.
        let checked = match &queued.body {
            Body::Entry(entry, _) => screen(replica, entry),
            Body::Faucet(..) => Ok(()),
        };
        match checked {
            Ok(()) => kept.push(queued),
            Err(why) => decline(shared, queued, why),
        }
    }
    let entries = kept.iter().map(|queued| match &queued.body {
        Body::Entry(entry, _) => Some(&**entry),
        Body::Faucet(..) => None,
    });
    let holds = replica.check_proofs(entries, &shared.verifier);
    let mut spent = BTreeSet::new();
    let mut proved = Vec::with_capacity(kept.len());
    let mut twins = Vec::new();
    for (queued, holds) in kept.into_iter().zip(holds) {
        if !holds {
            shared.counters.false_proofs.fetch_add(1, Ordering::Relaxed);
            decline(shared, queued, Decline::Refused(Refusal::Proof));
        } else if nullifier(&queued).is_some_and(|nullifier| !spent.insert(nullifier)) {
            // Of two messages that spend one note only one can count. Looked at last: one that proves nothing, from
            // somebody who has seen the true one on its way, must not keep it out.
            twins.push(queued);
        } else {
            proved.push(queued);
        }
    }
    (proved, twins)
}

fn nullifier(queued: &Queued) -> Option<Element> {
    match &queued.body {
        Body::Entry(entry, _) => match &**entry {
            Entry::Market(transaction) => spent_by(transaction),
            Entry::Cashier(_) => None,
        },
        Body::Faucet(..) => None,
    }
}

fn decline(shared: &Shared, queued: Queued, why: Decline) {
    shared.counters.declined.fetch_add(1, Ordering::Relaxed);
    queued.decline(why);
}

/// The bytes of what is ordered, beside who sent them; practice cash is signed with the next numbers.
fn encode(shared: &Shared, replica: &Replica, queued: Vec<Queued>) -> (Vec<Queued>, Vec<Vec<u8>>) {
    let mut sequence = replica.accounts().last_sequence();
    let (mut senders, mut entries) = (Vec::new(), Vec::new());
    for mut queued in queued {
        let bytes = match &mut queued.body {
            Body::Entry(_, bytes) => std::mem::take(bytes),
            Body::Faucet(account, amount) => {
                let Some(faucet) = &shared.faucet else {
                    decline(shared, queued, Decline::NoFaucet);
                    continue;
                };
                sequence = sequence.saturating_add(1);
                let credit = Credit::sign(faucet, &replica.chain().0, *account, *amount, sequence);
                Entry::Cashier(CashierRequest::Credit(credit)).to_bytes()
            }
        };
        entries.push(bytes);
        senders.push(queued);
    }
    (senders, entries)
}

/// What the verifier has checked so far is what a node reports as its cost.
pub(super) fn verification(shared: &Shared) -> crate::verifier::VerificationCost {
    shared.verifier.cost()
}
