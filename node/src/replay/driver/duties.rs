//! What agents do by themselves: deal, complain, claim and refresh in a window, post orders again, share, open sums, and
//! come back.

use super::{Driver, LARGEST_BLOCK};
use crate::process::measured_alone;
use crate::replay::error::ReplayError;
use crate::replay::traders::{Plans, Trader};
use crate::replay::work::{Batch, Work};
use rayon::prelude::*;
use tally_exchange::market::{Market, Stage};
use tally_ledger_adapter::accounts::AccountBook;

/// So many agents are asked together, on all cores.
const ASKED_TOGETHER: usize = 16;

impl Driver<'_> {
    /// A block of what agents want to send now; none if none of them has anything to do.
    pub(super) fn duties(
        &mut self,
        market: &Market,
        accounts: &AccountBook,
    ) -> Result<Option<Batch>, ReplayError> {
        let asks_everybody = asks(market);
        let stuck = &self.stuck;
        let passive = self.passive;
        let measures = self.measures();
        let mut candidates: Vec<(u32, &mut Trader)> = (0..)
            .zip(&mut self.traders)
            .filter(|(trader, state)| {
                let is_asked = asks_everybody || state.returning || state.reposts(market);
                is_asked && !state.absent && !stuck.contains(trader)
            })
            .collect();
        let ask = |(trader, state): &mut (u32, &mut Trader)| {
            let balance = accounts.balance(&state.account());
            (*trader, state.plan(*trader, market, balance))
        };
        let mut work: Vec<Work> = Vec::new();
        // The measured trader is asked alone, so that nobody else's work is counted.
        let place = candidates.iter().position(|(trader, _)| *trader == passive);
        if let Some(mut candidate) = place.map(|place| candidates.remove(place)) {
            let ((_, plans), took) = measured_alone(|| ask(&mut candidate));
            if measures {
                self.passive_time.planned(market, &plans, took);
            }
            take(passive, plans, &mut work);
        }
        for together in candidates.chunks_mut(ASKED_TOGETHER) {
            if work.len() >= LARGEST_BLOCK {
                break;
            }
            let plans: Vec<(u32, Plans)> = together.par_iter_mut().map(ask).collect();
            for (trader, plans) in plans {
                take(trader, plans, &mut work);
            }
        }
        Ok(Batch::of(market.time().0, work))
    }
}

/// Whether every agent has to be asked: something is going on in which they have a part.
fn asks(market: &Market) -> bool {
    market.stage() != Stage::Open
        || market.key_round().is_some()
        || market.opening().is_some_and(|opening| !opening.is_closed())
}

/// Takes over what an agent wants to send.
fn take(trader: u32, mut plans: Plans, work: &mut Vec<Work>) {
    for error in &plans.declined {
        tracing::info!(trader, %error, "an agent declines");
    }
    work.append(&mut plans.work);
}
