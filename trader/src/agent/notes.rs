//! What is to be done with each note.

use super::{Agent, Job, Purpose, View};
use crate::error::WalletError;
use crate::lineage::{Lineage, Standing};
use crate::prepared::Prepared;
use tally_exchange::epoch::seats::SeatStatus;
use tally_exchange::market::Stage;
use tally_exchange::receipt::Phase;

impl Agent {
    /// The one message that spends this lineage's note next; none if there is nothing to do, or one is on its way.
    pub(super) fn note_job(
        &self,
        index: usize,
        view: &View<'_>,
    ) -> Result<Option<Job>, WalletError> {
        let market = view.market;
        let lineage = &self.wallet.lineages()[index];
        let Some(place) = lineage.place() else {
            return Ok(None);
        };
        let is_last_chance = self.last_chance(market).is_some_and(|at| view.time() >= at);
        if view.is_busy(lineage.nullifier(), is_last_chance) {
            return Ok(None);
        }
        let job = match place.standing(market) {
            Standing::Ahead => None,
            Standing::Behind => self.come_back(lineage, view)?,
            Standing::Present => match market.stage() {
                Stage::Window { .. } => self.revalidate(lineage, view)?,
                Stage::AwaitingKey if market.phase() == Phase::Halted => claim(lineage, view)?,
                Stage::Open | Stage::AwaitingKey | Stage::Sharing { .. } => {
                    self.trade_on(index, view)?
                }
            },
        };
        Ok(job.map(|(purpose, message)| Job {
            lineage: Some(index),
            purpose,
            message,
        }))
    }

    /// In a window: claims, then a deposit if the position would be cut back, then the Refresh at its instant.
    fn revalidate(
        &self,
        lineage: &Lineage,
        view: &View<'_>,
    ) -> Result<Option<(Purpose, Prepared)>, WalletError> {
        if let Some(job) = claim(lineage, view)? {
            return Ok(Some(job));
        }
        if let Some(amount) = self.call(lineage, view) {
            let account = self.wallet.account();
            let deposit = lineage.deposit(view.market, &account, amount)?;
            return Ok(Some((Purpose::TopUp, Prepared::Act(Box::new(deposit)))));
        }
        let at = self.refresh_at(lineage, view.market);
        if at.is_none_or(|at| view.time() < at) {
            return Ok(None);
        }
        let refresh = lineage.refresh(view.market)?;
        Ok(Some((
            Purpose::Refresh,
            Prepared::Refresh(Box::new(refresh)),
        )))
    }

    /// After an absence: what is left to be claimed in the closed epoch, then the way back as soon as it is open.
    fn come_back(
        &self,
        lineage: &Lineage,
        view: &View<'_>,
    ) -> Result<Option<(Purpose, Prepared)>, WalletError> {
        if let Some(job) = claim(lineage, view)? {
            return Ok(Some(job));
        }
        let epoch = lineage.epoch().ok_or(WalletError::NotOpen)?;
        if view.market.lapse_terms(epoch).is_err() {
            return Ok(None);
        }
        let lapse = lineage.lapse(view.market)?;
        Ok(Some((Purpose::Lapse, Prepared::Lapse(Box::new(lapse)))))
    }

    /// Outside of revalidations: claims, day orders again after a halt, bonds.
    fn trade_on(
        &self,
        index: usize,
        view: &View<'_>,
    ) -> Result<Option<(Purpose, Prepared)>, WalletError> {
        let lineage = &self.wallet.lineages()[index];
        if self.options.claims
            && let Some(job) = claim(lineage, view)?
        {
            return Ok(Some(job));
        }
        if self.options.repost
            && let Some(act) = self.repost(index, view)
        {
            return Ok(Some((Purpose::Repost, Prepared::Act(Box::new(act)))));
        }
        self.take_back(lineage, view)
    }

    /// The bond of a seat that is released, if the agent was told to take it back and cash may leave notes.
    fn take_back(
        &self,
        lineage: &Lineage,
        view: &View<'_>,
    ) -> Result<Option<(Purpose, Prepared)>, WalletError> {
        let market = view.market;
        if !self.options.retire || market.is_halted() || market.funds().insurance < 0 {
            return Ok(None);
        }
        let is_released = |seat: u32| {
            let seat = market.seats().get(seat);
            seat.is_some_and(|seat| seat.status == SeatStatus::Released)
        };
        let released = lineage.bonds().iter().find(|(_, seat)| is_released(**seat));
        let Some((bond, _)) = released else {
            return Ok(None);
        };
        let unbond = lineage.unbond(market, *bond)?;
        Ok(Some((Purpose::Unbond, Prepared::Act(Box::new(unbond)))))
    }
}

/// The claim of the oldest finished records.
fn claim(lineage: &Lineage, view: &View<'_>) -> Result<Option<(Purpose, Prepared)>, WalletError> {
    let plans = lineage.finished_claims(view.market);
    let Some(plan) = plans.first() else {
        return Ok(None);
    };
    let act = lineage.trade(view.market, Some(plan), &[])?;
    Ok(Some((Purpose::Claim, Prepared::Act(Box::new(act)))))
}
