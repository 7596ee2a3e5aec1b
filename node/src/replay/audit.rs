//! The audit at the end of a replay: the ledger is executed anew from its first block, every wallet rebuilt from its
//! seed, and everybody's money counted.

use super::error::ReplayError;
use super::ledger::Blocks;
use super::plan::ReplayPlan;
use super::traders::Trader;
use super::watch::EpochWatch;
use crate::replica::{Answer, Outcome, Replica};
use crate::verifier::BlockVerifier;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tally_exchange::market::{Market, StateHash};
use tally_exchange::message::{Action, RecordClaim, Symbol, Transaction};
use tally_exchange::receipt::{Event, Receipt};
use tally_exchange::units::OrderId;
use tally_trader::history::History;
use tally_trader::wallet::Wallet;

/// All records are compared with the claims after so many blocks, and at the end; those of a claim right after it.
const BLOCKS_BETWEEN_LOOKS: u64 = 256;

/// What must hold at the end of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Checks {
    /// All positions together, the clearing account's included, contracts: zero, since every contract bought was sold.
    pub positions_sum: i64,
    /// Cash in notes, funds, bonds and on its way, with what late notes are owed, equals deposits minus withdrawals, to
    /// the cent.
    pub cash_conserved: bool,
    /// Every fill was claimed exactly once; of those who dropped out and did not come back, at most once.
    pub fills_claimed_once: bool,
    /// Wallets that were rebuilt from seed and ledger and equal the live ones.
    pub wallets_recovered: u32,
    /// Wallets there are.
    pub wallets: u32,
    /// The ledger, executed anew, leads to the same state.
    pub state_reproduced: bool,
    /// Every opened L is what absent and distressed traders left, by their secrets.
    pub liquidated_as_left: bool,
    /// Every turnstile read exactly what is owed to the absent plus haircuts, by their secrets, and none alarmed.
    pub turnstile_ok: bool,
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
    /// The clearing account got what was left to it.
    Liquidated,
    /// The turnstiles read what they should.
    Turnstile,
}

impl Check {
    /// All checks, in the order of the report.
    pub const ALL: [Self; 7] = [
        Self::Positions,
        Self::Cash,
        Self::Claims,
        Self::Wallets,
        Self::State,
        Self::Liquidated,
        Self::Turnstile,
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
            Self::Liquidated => "liquidated as left",
            Self::Turnstile => "turnstile exact",
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
            Self::Liquidated => checks.liquidated_as_left,
            Self::Turnstile => checks.turnstile_ok,
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
    pub(super) replica: Replica,
    /// Transactions on the ledger.
    pub(super) transactions: u64,
}

/// The end of a replay as it was lived through.
pub(super) struct Lived<'a> {
    pub(super) replica: &'a Replica,
    pub(super) traders: &'a [Trader],
    pub(super) watch: &'a EpochWatch,
}

pub(super) fn audit(
    plan: &ReplayPlan,
    log: &dyn Blocks,
    lived: &Lived<'_>,
    verifier: &dyn BlockVerifier,
) -> Result<Audit, ReplayError> {
    let mut replica = plan.replica()?;
    let symbols: Vec<Symbol> = replica.markets().map(Market::symbol).collect();
    let mut histories: BTreeMap<Symbol, History> = BTreeMap::new();
    let mut claims: BTreeMap<Symbol, ClaimedFills> = BTreeMap::new();
    let mut transactions = 0;
    for height in 1..=log.height() {
        let Some(block) = log.block(height)? else {
            break;
        };
        if height % BLOCKS_BETWEEN_LOOKS == 1 {
            look(&replica, &mut claims);
        }
        let outcome = replica.execute(&block, verifier)?;
        transactions += outcome.answers.len() as u64;
        for symbol in &symbols {
            let Some(market) = replica.market(*symbol) else {
                continue;
            };
            let history = histories.entry(*symbol).or_default();
            take_block(history, market, &outcome)?;
            claims.entry(*symbol).or_default().take(market, &outcome);
        }
    }
    look(&replica, &mut claims);
    let recovered = count_recovered(plan, &replica, &histories, lived.traders)?;
    let mut claimed_once = true;
    for market in replica.markets() {
        let unclaimed = unclaimed(market, lived.traders);
        let all_there = market
            .records()
            .all(|(order, _)| unclaimed.contains(&order));
        let claims = claims.entry(market.symbol()).or_default();
        claimed_once &= all_there && claims.all_once(&unclaimed);
    }
    let alarmed = replica.markets().any(Market::is_halted);
    let checks = Checks {
        positions_sum: positions(&replica, lived),
        cash_conserved: cash_is_conserved(&replica, lived),
        fills_claimed_once: claimed_once,
        wallets_recovered: recovered,
        // At most MOST_TRADERS.
        wallets: u32::try_from(lived.traders.len()).unwrap_or(u32::MAX),
        state_reproduced: replica.state_hash() == lived.replica.state_hash(),
        liquidated_as_left: lived.watch.all_liquidated_as_left,
        turnstile_ok: lived.watch.all_turnstiles_exact && !alarmed,
    };
    Ok(Audit {
        checks,
        final_state_hash: replica.state_hash(),
        replica,
        transactions,
    })
}

/// Compares all records with the claims so far.
fn look(replica: &Replica, claims: &mut BTreeMap<Symbol, ClaimedFills>) {
    for market in replica.markets() {
        let claims = claims.entry(market.symbol()).or_default();
        for (order, record) in market.records() {
            claims.look(order, record.credited);
        }
    }
}

fn take_block(
    history: &mut History,
    market: &Market,
    outcome: &Outcome,
) -> Result<(), ReplayError> {
    for (trader, answer) in (0..).zip(&outcome.answers) {
        if let Answer::Market(transaction, receipt) = answer
            && transaction.market() == market.symbol()
        {
            history
                .take(market, transaction, receipt)
                .map_err(ReplayError::of_wallet(trader))?;
        }
    }
    history.end_block(market);
    Ok(())
}

/// Traders whose wallets of all contract months come back from seed and ledger as they are.
fn count_recovered(
    plan: &ReplayPlan,
    replica: &Replica,
    histories: &BTreeMap<Symbol, History>,
    traders: &[Trader],
) -> Result<u32, ReplayError> {
    let none = History::default();
    let mut recovered = 0;
    for (trader, state) in (0..).zip(traders) {
        let mut is_same = true;
        for (symbol, live) in state.wallets() {
            let Some(market) = replica.market(symbol) else {
                continue;
            };
            let history = histories.get(&symbol).unwrap_or(&none);
            let rebuilt = Wallet::recover(plan.seed(trader), market, history)
                .map_err(ReplayError::of_wallet(trader))?;
            is_same &= rebuilt == *live;
        }
        recovered += u32::from(is_same);
    }
    Ok(recovered)
}

/// Whether a wallet's note stands in its market's present epoch.
fn is_present(market: &Market, wallet: &Wallet) -> bool {
    wallet.main().epoch() == Some(market.epoch())
}

/// Wallets of a contract month.
fn wallets_of<'a>(
    symbol: Symbol,
    traders: &'a [Trader],
) -> impl Iterator<Item = &'a Wallet> + use<'a> {
    let wallets = traders.iter().flat_map(Trader::wallets);
    wallets
        .filter(move |(own, _)| *own == symbol)
        .map(|(_, wallet)| wallet)
}

/// Orders of those whose notes stayed behind: nobody else can claim them.
fn unclaimed(market: &Market, traders: &[Trader]) -> BTreeSet<OrderId> {
    wallets_of(market.symbol(), traders)
        .filter(|wallet| !is_present(market, wallet))
        .flat_map(|wallet| wallet.main().orders().keys().copied())
        .collect()
}

/// All positions of all contract months: notes in their present epochs, clearing accounts, and what pending sums hold.
fn positions(replica: &Replica, lived: &Lived<'_>) -> i64 {
    let of_market = |market: &Market| {
        let notes: i64 = wallets_of(market.symbol(), lived.traders)
            .filter(|wallet| is_present(market, wallet))
            .map(|wallet| i64::from(wallet.main().note().position))
            .sum();
        notes + market.clearing().position + lived.watch.pending_contracts(market.symbol())
    };
    replica.markets().map(of_market).sum()
}

/// The traders open their notes to the report, locally: what is in notes, funds, bonds and on its way, and what is owed
/// to notes that stayed behind, against what came in and went out.
fn cash_is_conserved(replica: &Replica, lived: &Lived<'_>) -> bool {
    let (mut came, mut went) = (0_i128, 0_i128);
    for market in replica.markets() {
        let symbol = market.symbol();
        let funds = market.funds();
        let present = |wallet: &&Wallet| is_present(market, wallet);
        let notes = || wallets_of(symbol, lived.traders).filter(present);
        let in_notes: i128 = notes()
            .map(|wallet| i128::from(wallet.main().note().cash))
            .sum();
        let reserved: u64 = notes()
            .map(|wallet| wallet.main().note())
            .map(|note| u64::from(note.buy_quantity) + u64::from(note.sell_quantity))
            .sum();
        let waiting: i128 = market
            .transfers()
            .values()
            .map(|t| i128::from(t.amount))
            .sum();
        let held = in_notes
            + i128::from(funds.insurance)
            + i128::from(market.clearing().cash)
            + i128::from(market.seats().total())
            + waiting
            + lived.watch.outstanding(symbol);
        let expected = i128::from(funds.deposits) - i128::from(funds.withdrawals);
        if reserved != 0 || held != expected {
            tracing::warn!(market = %symbol, reserved, %held, %expected, "cash is not conserved");
            return false;
        }
        came += i128::from(funds.deposits);
        went += i128::from(funds.withdrawals);
    }
    // What went from month to month is in both sums. The seed capital is in the accounts' totals from the start.
    let totals = replica.accounts().totals();
    let net = i128::from(totals.moved_into_notes) - i128::from(totals.returned_from_notes);
    net == came - went
}

/// Counts for every order how many fills it had and how many of them were claimed, in order and without overlap.
#[derive(Default)]
struct ClaimedFills {
    filled: BTreeMap<OrderId, u32>,
    claimed: BTreeMap<OrderId, u32>,
    overlap: bool,
}

impl ClaimedFills {
    /// A record has exactly those fills credited that were claimed.
    fn look(&mut self, order: OrderId, credited: u32) {
        let claimed = self.claimed.get(&order).copied().unwrap_or(0);
        self.overlap |= credited != claimed;
    }

    /// Takes in a block that the market has executed.
    fn take(&mut self, market: &Market, outcome: &Outcome) {
        let symbol = market.symbol();
        for (_, event) in outcome.events.iter().filter(|(own, _)| *own == symbol) {
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
            if act.message.market != symbol {
                continue;
            }
            if let Action::Trade {
                claim: Some(claim), ..
            } = &act.message.action
            {
                for entry in &claim.records {
                    self.claim(entry);
                    // A later claim of the same block may have gone on.
                    if let Some(record) = market.record(entry.order) {
                        self.overlap |= record.credited < entry.fills;
                    }
                }
            }
        }
    }

    fn claim(&mut self, entry: &RecordClaim) {
        let before = self.claimed.insert(entry.order, entry.fills).unwrap_or(0);
        self.overlap |= entry.fills < before;
    }

    /// Whether every fill is in exactly one claim; of the orders in `unclaimed` some may be in none.
    fn all_once(&self, unclaimed: &BTreeSet<OrderId>) -> bool {
        let every = self.filled.iter().all(|(order, fills)| {
            self.claimed.get(order) == Some(fills) || unclaimed.contains(order)
        });
        let no_more = self
            .claimed
            .iter()
            .all(|(order, fills)| *fills <= self.filled.get(order).copied().unwrap_or(0));
        every && no_more && !self.overlap
    }
}

#[cfg(test)]
mod tests;
