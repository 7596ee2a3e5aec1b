//! Where the wall time of a replay's first day goes, block by block, for the model of other runs.

use super::model::{FlowShape, MeasuredDay, ProofShare};
use super::source::Made;
use super::work::Purpose;
use crate::replica::{Answer, Outcome};
use std::time::Duration;
use tally_exchange::message::Transaction;
use tally_trader::agent;

/// What one block took.
pub(super) struct BlockTime<'a> {
    /// What was proved; none if the block was found on the ledger.
    pub(super) made: Option<&'a Made>,
    /// The verifier's time.
    pub(super) verification: Duration,
    /// All of it, these included.
    pub(super) wall: Duration,
}

/// Times of the first day so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DayTimes {
    pub(super) measured: MeasuredDay,
    verification: Duration,
    verified: u64,
}

/// What the audit of all days took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AuditTime {
    pub(super) wall: Duration,
    pub(super) verification: Duration,
    pub(super) transactions: u64,
}

impl DayTimes {
    /// Takes in a block of the first day.
    pub(super) fn take(
        &mut self,
        pieces: &[(u32, Purpose)],
        outcome: &Outcome,
        time: &BlockTime<'_>,
    ) {
        let day = &mut self.measured;
        day.transactions += pieces.len() as u64;
        let proofs = time
            .made
            .map_or(0, |made| made.proofs.iter().flatten().count());
        let share = u32::try_from(proofs).ok().filter(|count| *count > 0);
        let share = share.and_then(|count| Some(time.made?.wall / count));
        for (index, ((_, purpose), answer)) in pieces.iter().zip(&outcome.answers).enumerate() {
            day.messages += u64::from(matches!(purpose, Purpose::Event(_)));
            if !carries_proof(answer) {
                continue;
            }
            self.verified += 1;
            let place = day.place(*purpose);
            place.proofs += 1;
            let is_made = time.made.is_some_and(|made| made.proofs[index].is_some());
            if let Some(share) = share.filter(|_| is_made) {
                place.timed += 1;
                place.wall_s += share.as_secs_f64();
            }
        }
        self.verification += time.verification;
        let proving = time.made.map_or(Duration::ZERO, |made| made.wall);
        let rest = time.wall.saturating_sub(proving + time.verification);
        let is_trading = pieces.iter().any(|(_, p)| matches!(p, Purpose::Event(_)));
        let sum = if is_trading {
            &mut day.trading_s
        } else {
            &mut day.other_s
        };
        *sum += rest.as_secs_f64();
    }

    /// The day with its part of the audit.
    pub(super) fn measured(&self, flow: FlowShape, audit: &AuditTime) -> MeasuredDay {
        let mut day = self.measured;
        day.flow = flow;
        let transactions = audit.transactions.max(1);
        let part = super::model::float(day.transactions) / super::model::float(transactions);
        let rest = audit.wall.saturating_sub(audit.verification);
        day.audit_s = rest.as_secs_f64() * part;
        if self.verified > 0 {
            let once_more = audit.verification.as_secs_f64() * part;
            let all = self.verification.as_secs_f64() + once_more;
            day.verify_s = all / super::model::float(self.verified);
        }
        day
    }
}

impl MeasuredDay {
    /// To which kind a message's proof belongs.
    const fn place(&mut self, purpose: Purpose) -> &mut ProofShare {
        match purpose {
            Purpose::Event(_) => &mut self.posts,
            Purpose::Claim | Purpose::Agent(agent::Purpose::Claim) => &mut self.claims,
            _ => &mut self.others,
        }
    }
}

/// Whether an answered entry came with a proof.
pub(super) fn carries_proof(answer: &Answer) -> bool {
    matches!(answer, Answer::Market(transaction, _) if matches!(
        **transaction,
        Transaction::Act(_) | Transaction::Refresh(_) | Transaction::Lapse(_)
    ))
}
