//! Who drops out, and how they come back.

use super::{Driver, Stage};
use crate::replay::error::ReplayError;
use crate::replay::faults::Conduct;
use crate::replay::work::{Batch, Body, Purpose, Work};
use tally_exchange::market::{Market, Stage as MarketStage};
use tally_exchange::receipt::Phase;
use tally_ledger_adapter::accounts::AccountBook;
use tally_trader::prepared::Prepared;

impl Driver<'_> {
    /// Once the first revalidation is triggered, as many as asked for vanish: honest traders with a position first, among
    /// them by a hash of the seed.
    pub(super) fn pick_drop_outs(&mut self, market: &Market) {
        if self.has_dropped_out || market.stage() == MarketStage::Open {
            return;
        }
        self.has_dropped_out = true;
        let mut candidates: Vec<(bool, [u8; 32], u32)> = (0..)
            .zip(&self.traders)
            .filter(|(trader, state)| state.conduct == Conduct::Honest && *trader != self.passive)
            .map(|(trader, state)| {
                let is_flat = state.holding(market).position == 0;
                let rank = self.plan.arguments.derive("drop-out", trader);
                (is_flat, rank, trader)
            })
            .collect();
        candidates.sort_unstable();
        let count = self.plan.arguments.faults.drop_out as usize;
        for (_, _, trader) in candidates.into_iter().take(count) {
            self.traders[trader as usize].absent = true;
        }
    }

    /// The morning after, whoever dropped out comes back as soon as the market takes it.
    pub(super) fn return_batch(
        &mut self,
        market: &Market,
        accounts: &AccountBook,
    ) -> Result<Option<Batch>, ReplayError> {
        let is_trading = matches!(market.phase(), Phase::Continuous | Phase::AfterSettlement);
        if self.day == 0 || !is_trading || market.stage() != MarketStage::Open {
            return Ok(None);
        }
        self.comeback_batch(market, accounts)
    }

    /// Lets those come back who may.
    pub(super) fn comeback_batch(
        &mut self,
        market: &Market,
        accounts: &AccountBook,
    ) -> Result<Option<Batch>, ReplayError> {
        for trader in &mut self.traders {
            if trader.absent && trader.may_return(market) {
                trader.absent = false;
                trader.returning = true;
            }
            if trader.returning && !trader.is_behind(market) {
                trader.returning = false;
            }
        }
        if !self.traders.iter().any(|trader| trader.returning) {
            return Ok(None);
        }
        self.duties(market, accounts)
    }

    /// At the end of the replay those who dropped out wait for the next uncrossing: seats leave, so that no key
    /// generation asks anything of them, and the time moves to the next session's open.
    pub(super) fn leaving_batch(&self, market: &Market) -> Result<Option<Batch>, ReplayError> {
        debug_assert_eq!(self.stage, Stage::Leaving);
        let waits = |trader: &crate::replay::traders::Trader| {
            trader.absent && trader.is_behind(market) && !trader.may_return(market)
        };
        let is_coming = matches!(market.phase(), Phase::BeforeSession | Phase::PreOpen);
        if !self.traders.iter().any(waits) || !is_coming {
            return Ok(None);
        }
        let leaves = self.each(|trader, state| {
            let seats = state.wallet().main().seats();
            let leave = seats.iter().find_map(|seat| seat.leave(market));
            Ok(leave.map(|leave| {
                let body = Body::Prepared(Prepared::Ready(Box::new(leave)));
                Work::new(trader, Purpose::Leave, body)
            }))
        })?;
        if let Some(batch) = Batch::of(market.time().0, leaves) {
            return Ok(Some(batch));
        }
        Ok(self.next_instant(market).map(Batch::tick))
    }

    /// The last claims of those who are here.
    pub(super) fn claiming_batch(&self, market: &Market) -> Result<Option<Batch>, ReplayError> {
        let work = self.each(|trader, state| {
            if state.absent || state.is_behind(market) {
                return Ok(None);
            }
            self.claim(market, trader)
        })?;
        Ok(Batch::of(market.time().0, work))
    }
}
