//! From one contract month to the next: final settlement, bonds back, cash over.

use super::setup::act_of;
use super::{Driver, Stage};
use crate::replay::error::ReplayError;
use crate::replay::work::{Batch, Body, Purpose, Work};
use crate::replica::Replica;
use ed25519_dalek::Signer;
use tally_exchange::epoch::seats::SeatStatus;
use tally_exchange::market::{Market, Stage as MarketStage};
use tally_exchange::message::{FinalSettlement, Transaction};
use tally_exchange::receipt::Phase;
use tally_trader::prepared::Prepared;

impl Driver<'_> {
    /// The final settlement of an expiring month, signed by the replay's key: the last day's own settlement.
    pub(super) fn final_settlement_batch(&self, market: &Market) -> Option<Batch> {
        let session = market.session();
        let calendar = &market.specification().calendar;
        let is_last = calendar
            .last_trading_day(&session.contract)
            .is_ok_and(|last| last == session.date);
        let waits = market.phase() == Phase::Closed && market.stage() == MarketStage::Open;
        let already = market
            .closed_epochs()
            .any(|epoch| epoch.terms().trigger == tally_exchange::epoch::terms::Trigger::Expiry);
        if !is_last || !waits || already || self.refused.contains(&0) {
            return None;
        }
        let price = market.settlement()?.price;
        let (chain, symbol) = (market.chain(), market.symbol());
        let signed = FinalSettlement::signed_bytes(chain, symbol, price);
        let signature = self.plan.settlement_key().sign(&signed).to_bytes();
        let settlement = Transaction::FinalSettlement(Box::new(FinalSettlement {
            chain,
            market: symbol,
            price,
            signatures: vec![(0, signature)],
        }));
        let body = Body::Prepared(Prepared::Ready(Box::new(settlement)));
        let work = Work::new(0, Purpose::FinalSettlement, body);
        Batch::of(market.time().0, vec![work])
    }

    /// Whoever is in the month's present epoch takes the bond back.
    pub(super) fn unbonding_batch(&self, market: &Market) -> Result<Option<Batch>, ReplayError> {
        let work = self.each(|trader, state| {
            let lineage = state.wallet().main();
            let released = lineage.bonds().iter().find(|(_, seat)| {
                let seat = market.seats().get(**seat);
                seat.is_some_and(|seat| seat.status == SeatStatus::Released)
            });
            let Some((bond, _)) = released.filter(|_| !state.is_behind(market)) else {
                return Ok(None);
            };
            let act = lineage
                .unbond(market, *bond)
                .map_err(ReplayError::of_wallet(trader))?;
            Ok(Some(act_of(trader, Purpose::Unbond, act)))
        })?;
        Ok(Batch::of(market.time().0, work))
    }

    /// All cash goes to the next contract month.
    pub(super) fn transferring_batch(&self, market: &Market) -> Result<Option<Batch>, ReplayError> {
        let Some(next) = self.plan.months.get(self.month + 1) else {
            return Ok(None);
        };
        let work = self.each(|trader, state| {
            let lineage = state.wallet().main();
            let amount = u64::try_from(lineage.note().cash).unwrap_or(0);
            if amount == 0 || state.is_behind(market) || !lineage.transfers().is_empty() {
                return Ok(None);
            }
            let act = lineage
                .transfer(market, next.symbol, amount)
                .map_err(ReplayError::of_wallet(trader))?;
            Ok(Some(act_of(trader, Purpose::Transfer, act)))
        })?;
        Ok(Batch::of(market.time().0, work))
    }

    /// Everybody goes over to the next contract month.
    pub(super) fn next_month(&mut self, replica: &Replica) -> Result<(), ReplayError> {
        self.month += 1;
        let market = self.market(replica)?;
        let passive = self.passive;
        for (trader, state) in (0..).zip(&mut self.traders) {
            state.move_on(market, trader == passive);
            state.absent = false;
            state.returning = false;
        }
        self.last_trigger = 0;
        self.finished = super::finished::Finished::default();
        self.beyond_since = None;
        Ok(())
    }

    /// Cash that arrived opens a note.
    pub(super) fn receiving_batch(
        &self,
        replica: &Replica,
        market: &Market,
    ) -> Result<Option<Batch>, ReplayError> {
        debug_assert_eq!(self.stage, Stage::Receiving);
        let here = self.this_month().symbol;
        let work = self.each(|trader, state| {
            let lineage = state.wallet().main();
            let earlier = state.earlier_wallet();
            let transfer = earlier.and_then(|wallet| wallet.transfers_to(here).into_iter().next());
            let Some((_, transfer)) = transfer.filter(|_| lineage.leaf().is_none()) else {
                return Ok(None);
            };
            let act = lineage
                .receive(market, &transfer)
                .map_err(ReplayError::of_wallet(trader))?;
            Ok(Some(act_of(trader, Purpose::Receive, act)))
        })?;
        let time = replica.markets().map(|market| market.time().0).max();
        Ok(Batch::of(time.unwrap_or(0).max(market.time().0), work))
    }
}
