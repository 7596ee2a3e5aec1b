//! The audit at the end of a replay: the ledger is executed anew from its first block, every wallet rebuilt from its
//! seed, and everybody's money counted.

use super::day::ReplayDay;
use super::error::ReplayError;
use crate::replica::{Answer, Outcome, Replica};
use crate::verifier::BlockVerifier;
use serde::Serialize;
use std::collections::BTreeMap;
use tally_exchange::market::{Market, StateHash};
use tally_exchange::message::{Action, RecordClaim, Transaction};
use tally_exchange::receipt::{Event, Receipt};
use tally_exchange::units::OrderId;
use tally_ledger_adapter::log::OrderedLog;
use tally_trader::history::History;
use tally_trader::wallet::Wallet;

/// What must hold at the end of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Checks {
    /// All positions together, contracts: zero, since every contract bought was sold.
    pub positions_sum: i64,
    /// Cash in notes and funds equals deposits minus withdrawals, to the cent.
    pub cash_conserved: bool,
    /// Every fill was claimed exactly once.
    pub fills_claimed_once: bool,
    /// Wallets that were rebuilt from seed and ledger and equal the live ones.
    pub wallets_recovered: u32,
    /// Wallets there are.
    pub wallets: u32,
    /// The ledger, executed anew, leads to the same state.
    pub state_reproduced: bool,
}

/// One of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// All positions together are zero.
    Positions,
    /// Cash in notes and funds equals deposits minus withdrawals.
    Cash,
    /// Every fill was claimed exactly once.
    Claims,
    /// Every wallet was rebuilt.
    Wallets,
    /// The ledger leads to the same state again.
    State,
}

impl Check {
    /// All checks, in the order of the report.
    pub const ALL: [Self; 5] = [
        Self::Positions,
        Self::Cash,
        Self::Claims,
        Self::Wallets,
        Self::State,
    ];

    /// What must hold, in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Positions => "positions sum to zero",
            Self::Cash => "cash conserved",
            Self::Claims => "fills claimed once",
            Self::Wallets => "wallets recovered",
            Self::State => "state reproduced",
        }
    }

    /// Whether it holds.
    #[must_use]
    pub const fn holds(self, checks: &Checks) -> bool {
        match self {
            Self::Positions => checks.positions_sum == 0,
            Self::Cash => checks.cash_conserved,
            Self::Claims => checks.fills_claimed_once,
            Self::Wallets => checks.wallets_recovered == checks.wallets,
            Self::State => checks.state_reproduced,
        }
    }
}

impl Checks {
    /// The names of the checks that fail, in the order of the report.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        let failing = Check::ALL.into_iter().filter(|check| !check.holds(self));
        failing.map(Check::name).collect()
    }

    /// Whether all of them hold.
    #[must_use]
    pub fn all_hold(&self) -> bool {
        self.failed().is_empty()
    }
}

/// What the audit found.
pub(super) struct Audit {
    pub(super) checks: Checks,
    pub(super) final_state_hash: StateHash,
    pub(super) market: Market,
}

pub(super) fn audit(
    day: &ReplayDay,
    log: &dyn OrderedLog,
    live: &Replica,
    wallets: &[Wallet],
    verifier: &dyn BlockVerifier,
) -> Result<Audit, ReplayError> {
    let mut replica = day.replica()?;
    let mut history = History::default();
    let mut claims = ClaimedFills::default();
    for height in 1..=log.tip().height {
        let Some(block) = log.block(height)? else {
            break;
        };
        claims.before(replica.market());
        let outcome = replica.execute(&block, verifier)?;
        for answer in &outcome.answers {
            if let Answer::Market(transaction, receipt) = answer {
                history.take(transaction, receipt);
            }
        }
        claims.take(&outcome);
    }
    let market = replica.market();
    let recovered = count_recovered(day, market, &history, wallets)?;
    let checks = Checks {
        positions_sum: wallets
            .iter()
            .map(|w| i64::from(w.main().note().position))
            .sum(),
        cash_conserved: cash_is_conserved(market, &replica, wallets),
        fills_claimed_once: claims.all_once() && market.records().next().is_none(),
        wallets_recovered: recovered,
        // At most MOST_TRADERS.
        wallets: u32::try_from(wallets.len()).unwrap_or(u32::MAX),
        state_reproduced: replica.state_hash() == live.state_hash(),
    };
    Ok(Audit {
        checks,
        final_state_hash: replica.state_hash(),
        market: market.clone(),
    })
}

fn count_recovered(
    day: &ReplayDay,
    market: &Market,
    history: &History,
    wallets: &[Wallet],
) -> Result<u32, ReplayError> {
    let mut recovered = 0;
    for (trader, live) in (0..).zip(wallets) {
        let rebuilt = Wallet::recover(day.seed(trader), market, history)
            .map_err(ReplayError::of_wallet(trader))?;
        recovered += u32::from(rebuilt == *live);
    }
    Ok(recovered)
}

/// The traders open their notes to the report, locally: cash in notes and funds against what came in and went out.
fn cash_is_conserved(market: &Market, replica: &Replica, wallets: &[Wallet]) -> bool {
    let funds = market.funds();
    let in_notes: i64 = wallets.iter().map(|wallet| wallet.main().note().cash).sum();
    let reserved: u64 = wallets
        .iter()
        .map(|w| u64::from(w.main().note().buy_quantity) + u64::from(w.main().note().sell_quantity))
        .sum();
    let totals = replica.accounts().totals();
    // The accounts know nothing of the fund's seed, which never was in one.
    let moved = i64::try_from(totals.in_notes()).ok();
    let seed = market.specification().fund_seed;
    reserved == 0
        && in_notes + funds.insurance == funds.deposits - funds.withdrawals
        && moved.and_then(|moved| moved.checked_add(seed))
            == Some(funds.deposits - funds.withdrawals)
}

/// Counts for every order how many fills it had and how many of them were claimed, in order and without overlap.
#[derive(Default)]
struct ClaimedFills {
    filled: BTreeMap<OrderId, u32>,
    claimed: BTreeMap<OrderId, u32>,
    overlap: bool,
}

impl ClaimedFills {
    /// Before a block nothing is to be noted but that no record has more fills credited than were claimed.
    fn before(&mut self, market: &Market) {
        for (order, record) in market.records() {
            let claimed = self.claimed.get(&order).copied().unwrap_or(0);
            self.overlap |= record.credited != claimed;
        }
    }

    fn take(&mut self, outcome: &Outcome) {
        for event in &outcome.events {
            if let Event::Fill { order, index, .. } = event {
                let count = self.filled.entry(*order).or_default();
                self.overlap |= *index != *count;
                *count += 1;
            }
        }
        for answer in &outcome.answers {
            let Answer::Market(transaction, Receipt::Act(_)) = answer else {
                continue;
            };
            let Transaction::Act(act) = &**transaction else {
                continue;
            };
            if let Action::Trade {
                claim: Some(claim), ..
            } = &act.message.action
            {
                claim.records.iter().for_each(|entry| self.claim(entry));
            }
        }
    }

    fn claim(&mut self, entry: &RecordClaim) {
        let before = self.claimed.insert(entry.order, entry.fills).unwrap_or(0);
        self.overlap |= entry.fills < before;
    }

    fn all_once(&self) -> bool {
        let every = self
            .filled
            .iter()
            .all(|(order, fills)| self.claimed.get(order) == Some(fills));
        let no_more = self
            .claimed
            .iter()
            .all(|(order, fills)| *fills == self.filled.get(order).copied().unwrap_or(0));
        every && no_more && !self.overlap
    }
}

#[cfg(test)]
mod tests;
