//! Before the first session: cash, notes, seats, and what distressed traders take on.

use super::{Driver, FUNDING_LEAD_SECONDS};
use crate::entry::Entry;
use crate::replay::deposits::DISTRESSED_CONTRACTS;
use crate::replay::error::ReplayError;
use crate::replay::faults::Conduct;
use crate::replay::traders::Trader;
use crate::replay::work::{Batch, Body, Purpose, Work};
use tally_exchange::market::Market;
use tally_exchange::receipt::Phase;
use tally_exchange::units::{Price, Quantity, Side};
use tally_ledger_adapter::accounts::CashierRequest;
use tally_trader::prepared::Prepared;
use tally_trader::request::OrderRequest;

impl Driver<'_> {
    /// Time of what happens before the session: an hour before its pre-open, or now if that is over.
    fn before_session(&self, market: &Market) -> u64 {
        let lead = self
            .today()
            .session
            .pre_open
            .minus_seconds(FUNDING_LEAD_SECONDS);
        lead.0.max(market.time().0)
    }

    pub(super) fn funding_batch(&self) -> Option<Batch> {
        if self.is_funded {
            return None;
        }
        let mut faucet = self.plan.faucet();
        let chain = self.plan.chain().0;
        let fund = |(trader, state): (u32, &Trader)| {
            let amount = self.deposits[trader as usize];
            let credit = faucet.credit(&chain, state.account(), amount);
            let entry = Entry::Cashier(CashierRequest::Credit(credit));
            Work::new(trader, Purpose::Fund, Body::Ready(entry))
        };
        let work = (0..).zip(&self.traders).map(fund).collect();
        let lead = self.today().session.pre_open;
        Batch::of(lead.minus_seconds(FUNDING_LEAD_SECONDS).0, work)
    }

    pub(super) fn opening_batch(&self, market: &Market) -> Result<Option<Batch>, ReplayError> {
        let work = self.each(|trader, state| {
            let lineage = state.wallet().main();
            if lineage.leaf().is_some() {
                return Ok(None);
            }
            let amount = self.deposits[trader as usize];
            let act = lineage
                .open(market, &state.wallet().account(), amount)
                .map_err(ReplayError::of_wallet(trader))?;
            Ok(Some(act_of(trader, Purpose::Open, act)))
        })?;
        Ok(Batch::of(self.before_session(market), work))
    }

    pub(super) fn bonding_batch(&self, market: &Market) -> Result<Option<Batch>, ReplayError> {
        let work = self.each(|trader, state| {
            let lineage = state.wallet().main();
            if lineage.leaf().is_none() || !lineage.bonds().is_empty() {
                return Ok(None);
            }
            match lineage.bond(market) {
                Ok(act) => Ok(Some(act_of(trader, Purpose::Bond, act))),
                // Whoever lost a bond in the month before may not have the cash for another.
                Err(_) if self.month > 0 => Ok(None),
                Err(error) => Err(ReplayError::of_wallet(trader)(error)),
            }
        })?;
        Ok(Batch::of(self.before_session(market), work))
    }

    /// The distressed traders' orders and the other side of them, in the first pre-open.
    pub(super) fn position_batch(&self, market: &Market) -> Result<Option<Batch>, ReplayError> {
        let count = self.plan.arguments.faults.distress;
        let is_due = self.day == 0 && market.phase() == Phase::PreOpen;
        let Some(distress) = self.plan.distress().filter(|_| is_due) else {
            return Ok(None);
        };
        // The counterparty takes all of it in one order, after the distressed.
        if self.positions_taken > count {
            return Ok(None);
        }
        let mut work = Vec::new();
        let order = |trader: u32, side: Side, contracts: u32| {
            let request = OrderRequest::limit(side, Quantity(contracts), distress.price);
            let act = self.traders[trader as usize]
                .wallet()
                .main()
                .trade(market, None, &[request])
                .map_err(ReplayError::of_wallet(trader))?;
            Ok::<Work, ReplayError>(act_of(trader, Purpose::Position, act))
        };
        let distressed = (0..self.plan.arguments.traders)
            .filter(|trader| self.plan.conduct(*trader) == Conduct::Distressed);
        for trader in distressed.skip(self.positions_taken as usize) {
            if work.len() + 1 == super::LARGEST_BLOCK {
                return Ok(Batch::of(market.time().0, work));
            }
            work.push(order(trader, distress.side, DISTRESSED_CONTRACTS)?);
        }
        let all = count.saturating_mul(DISTRESSED_CONTRACTS);
        work.push(order(distress.counterparty, distress.side.opposite(), all)?);
        Ok(Batch::of(market.time().0, work))
    }

    /// Whether the distressed traders' positions can break: whether some price at which everybody was revalued is
    /// farther from the first band's centre than initial margin carries.
    pub(in crate::replay) fn breaks(&self, prices: &[Price]) -> bool {
        let Some(distress) = self.plan.distress() else {
            return false;
        };
        let centre = self.plan.days[0].figures.prior.price();
        let distance = self.plan.specification.trigger_distance;
        prices.iter().any(|price| match distress.side {
            Side::Buy => centre - price.0 > distance,
            Side::Sell => price.0 - centre > distance,
        })
    }
}

/// A trader's Act as a piece of a block.
pub(super) fn act_of(
    trader: u32,
    purpose: Purpose,
    act: tally_trader::prepared::PreparedAct,
) -> Work {
    Work::new(
        trader,
        purpose,
        Body::Prepared(Prepared::Act(Box::new(act))),
    )
}
