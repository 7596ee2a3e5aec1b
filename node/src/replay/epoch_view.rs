//! The present or last epoch of the last replay in a data directory, for a person to look at.
//!
//! The ledger is executed anew. Its proofs were verified when it was made and are not looked at again: after each block
//! the state is compared with the one on record then, which a false proof would have changed.

use super::arguments::ReplayArguments;
use super::epochs::ReportedBand;
use super::error::ReplayError;
use super::plan::ReplayPlan;
use super::storage::DataDirectory;
use crate::replica::Replica;
use crate::verifier::Recorded;
use serde::Serialize;
use tally_exchange::calendar::format_time;
use tally_exchange::epoch::rounds::{RoundKey, RoundPhase};
use tally_exchange::epoch::seats::SeatStatus;
use tally_exchange::epoch::terms::Trigger;
use tally_exchange::market::{ClosedEpoch, Funds, Market, Stage};
use tally_exchange::message::Symbol;
use tally_exchange::receipt::Phase;
use tally_exchange::units::Price;
use tally_ledger_adapter::embedded::EmbeddedLog;
use tally_ledger_adapter::log::OrderedLog;

/// The markets of a replay at the end of its ledger.
#[derive(Clone, Debug, Serialize)]
pub struct EpochView {
    /// The replay's folder in the data directory.
    pub replay: String,
    /// Height of the last block.
    pub height: u64,
    /// Time of the last block, UTC.
    pub time: String,
    /// Each contract month.
    pub markets: Vec<MarketView>,
}

/// One contract month: its epoch, its decryptors, its funds.
#[derive(Clone, Debug, Serialize)]
pub struct MarketView {
    /// The contract month.
    pub market: Symbol,
    /// The trading day.
    pub session: String,
    /// The part of the day.
    pub phase: Phase,
    /// The epoch whose notes can be spent.
    pub epoch: u64,
    /// Where a revalidation stands.
    pub stage: Stage,
    /// Why the revalidation under way, or else the last one, was triggered; none before the first.
    pub trigger: Option<Trigger>,
    /// P of that revalidation, cents per pound.
    pub price: Option<String>,
    /// The band in which orders are posted, cents per pound.
    pub band: ReportedBand,
    /// The mark, cents per pound.
    pub mark: String,
    /// Notes that the next revalidation expects.
    pub expected: u64,
    /// Notes refreshed so far in the one under way.
    pub refreshed: u64,
    /// The last closed epoch.
    pub last: Option<ClosedView>,
    /// The key generation that made the joint key.
    pub key_round: Option<u64>,
    /// The key generation under way.
    pub running_round: Option<RunningRound>,
    /// Decryptors' seats that are active.
    pub seats: u64,
    /// Their shares that open a sum.
    pub threshold: u64,
    /// The clearing account's position, contracts.
    pub clearing_position: i64,
    /// Its cash, cents.
    pub clearing_cash: i64,
    /// The insurance fund and what came in and went out, cents.
    pub funds: Funds,
    /// The last turnstile's X, cents.
    #[serde(rename = "turnstile_X")]
    pub turnstile: Option<i64>,
    /// Whether the turnstile has halted the market for good.
    pub is_halted: bool,
}

/// An epoch that was closed.
#[derive(Clone, Debug, Serialize)]
pub struct ClosedView {
    /// Its number.
    pub epoch: u64,
    /// Notes that were expected.
    pub expected: u64,
    /// Notes that came.
    pub refreshed: u64,
    /// L, contracts; none while its sums are closed.
    #[serde(rename = "liquidated_L")]
    pub liquidated: Option<i64>,
    /// The reopening price, cents per pound.
    pub reopening: Option<String>,
}

/// A key generation under way.
#[derive(Clone, Debug, Serialize)]
pub struct RunningRound {
    /// Its number.
    pub round: u64,
    /// Seats that take part.
    pub seats: u64,
    /// Seats whose dealings are there.
    pub dealt: u64,
    /// Whether complaints are taken.
    pub complaining: bool,
}

/// The present or last epoch of the last replay in `data`; none if there is no replay.
///
/// # Errors
/// [`ReplayError`] if the ledger is in use, damaged, or no replay's of this version.
pub fn last_epoch(data: &DataDirectory) -> Result<Option<EpochView>, ReplayError> {
    let Some((folder, ledger)) = data.last_replay()? else {
        return Ok(None);
    };
    let log = EmbeddedLog::open(&ledger)?;
    let foreign = || ReplayError::ForeignLedger {
        path: ledger.clone(),
    };
    let arguments = ReplayArguments::of_genesis(log.genesis()).ok_or_else(foreign)?;
    let plan = ReplayPlan::new(&arguments)?;
    let mut replica = plan.replica()?;
    for height in 1..=log.tip().height {
        let Some(block) = log.block(height)? else {
            break;
        };
        let outcome = replica.execute(&block, &Recorded::own_copy())?;
        let recorded = log.outcome(height)?;
        // The last block's may not have reached the disk.
        if recorded.is_some_and(|recorded| recorded != outcome.state_hash.0) {
            return Err(ReplayError::StateDiffers {
                height,
                path: ledger,
            });
        }
    }
    Ok(Some(view(folder, &replica)))
}

fn view(replay: String, replica: &Replica) -> EpochView {
    let time = replica.markets().map(Market::time).max();
    EpochView {
        replay,
        height: replica.height(),
        time: time.map(format_time).unwrap_or_default(),
        markets: replica.markets().map(market_view).collect(),
    }
}

/// A contract month as everybody sees it.
#[must_use]
pub fn market_view(market: &Market) -> MarketView {
    let text = |price: Price| market.specification().format_price(price);
    let last = market.closed_epochs().last();
    let terms = market
        .epoch_terms()
        .or_else(|| last.map(ClosedEpoch::terms));
    let band = market.band();
    let clearing = market.clearing();
    let active = market
        .seats()
        .iter()
        .filter(|(_, seat)| seat.status == SeatStatus::Active);
    let key = market.joint_key();
    MarketView {
        market: market.symbol(),
        session: market.session().date.to_string(),
        phase: market.phase(),
        epoch: market.epoch(),
        stage: market.stage(),
        trigger: terms.map(|terms| terms.trigger),
        price: terms.map(|terms| text(terms.price)),
        band: ReportedBand {
            lo: text(band.lo),
            hi: text(band.hi),
        },
        mark: text(market.mark()),
        expected: market.expected(),
        refreshed: market.refreshed(),
        last: last.map(|epoch| ClosedView {
            epoch: epoch.number(),
            expected: epoch.expected(),
            refreshed: epoch.refreshed(),
            liquidated: epoch.liquidated(),
            reopening: epoch.reopening().map(text),
        }),
        key_round: key.map(RoundKey::round),
        running_round: market.key_round().map(|round| RunningRound {
            round: round.round(),
            seats: round.seats().len() as u64,
            dealt: round.completers().len() as u64,
            complaining: matches!(round.phase(), RoundPhase::Complaining { .. }),
        }),
        seats: active.count() as u64,
        threshold: key.map_or(0, |key| key.joint().threshold() as u64),
        clearing_position: clearing.position,
        clearing_cash: clearing.cash,
        funds: market.funds(),
        turnstile: market.last_turnstile().map(|turnstile| turnstile.x_cents()),
        is_halted: market.is_halted(),
    }
}
