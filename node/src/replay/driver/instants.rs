//! When something happens next by itself.

use super::Driver;
use tally_exchange::epoch::opening::SumOpening;
use tally_exchange::epoch::rounds::RoundPhase;
use tally_exchange::epoch::terms::Trigger;
use tally_exchange::market::{Market, Stage};
use tally_exchange::receipt::Phase;
use tally_exchange::units::{Price, Time};

/// Microseconds in a second.
const SECOND: u64 = 1_000_000;
/// Refreshes that a block of a window waits for.
const REFRESHES_A_BLOCK: usize = 8;

impl Driver<'_> {
    /// The next instant after now at which the market or an agent acts, microseconds; none if neither ever does.
    pub(super) fn next_instant(&self, market: &Market) -> Option<u64> {
        let now = market.time().0;
        self.market_instants(market)
            .into_iter()
            .flatten()
            .filter(|time| *time > now)
            .min()
    }

    /// When the next few agents have all reached their instants: their Refreshes share a block.
    fn wake(&self, market: &Market) -> Option<u64> {
        let wakes = self.traders.iter().filter_map(|trader| trader.wake(market));
        let mut wakes: Vec<u64> = wakes.collect();
        wakes.sort_unstable();
        wakes.truncate(REFRESHES_A_BLOCK);
        wakes.pop()
    }

    fn market_instants(&self, market: &Market) -> [Option<u64>; 6] {
        let session = market.session();
        let phase = match market.phase() {
            Phase::BeforeSession => Some(session.pre_open.0),
            Phase::PreOpen => Some(self.opening_instant(market)),
            Phase::Continuous => Some(session.settlement.0),
            Phase::AfterSettlement => Some(session.close.0),
            Phase::Halted => {
                let next = [session.settlement.0, session.close.0];
                next.into_iter().find(|time| *time > market.time().0)
            }
            Phase::Closed | Phase::Expired => None,
        };
        let stage = match market.stage() {
            Stage::Open | Stage::AwaitingKey => None,
            Stage::Window { until, .. } | Stage::Sharing { until, .. } => Some(until.0),
        };
        let round = market.key_round().map(|round| match round.phase() {
            RoundPhase::Dealing { until } | RoundPhase::Complaining { until } => until.0,
        });
        let shares = market
            .opening()
            .filter(|opening| !opening.is_closed())
            .map(|opening| opening.until().0);
        [
            phase,
            stage,
            round,
            shares,
            self.trigger_due(market),
            self.wake(market),
        ]
    }

    /// When the pre-open ends: the session's open, or a while after the last halt.
    fn opening_instant(&self, market: &Market) -> u64 {
        let now = market.time().0;
        let open = market.session().open.0;
        let resumed = self.flow.resumed_at + market.specification().reopen_pre_open * SECOND;
        let reopens = self.flow.resumed_at >= market.session().pre_open.0;
        let instant = if reopens { resumed.max(open) } else { open };
        if instant > now { instant } else { now + SECOND }
    }

    /// When the mark has been beyond the trigger distance for long enough; none if it is not beyond.
    fn trigger_due(&self, market: &Market) -> Option<u64> {
        let specification = market.specification();
        let held = self.beyond_since? + specification.trigger_hold * SECOND;
        let spaced = self.last_trigger + specification.trigger_spacing * SECOND;
        Some(if self.last_trigger == 0 {
            held
        } else {
            held.max(spaced)
        })
    }

    /// Notes since when the mark has been so far from the centre of the band that everybody will be revalued: with
    /// sparse blocks nobody else would look when the time has come.
    pub(super) fn watch_mark(&mut self, market: &Market) {
        let is_trading = matches!(market.phase(), Phase::Continuous | Phase::AfterSettlement);
        let centre = centre(market);
        let distance = market.mark().0.abs_diff(centre.0);
        let beyond = distance >= market.specification().trigger_distance.unsigned_abs();
        if is_trading && beyond && market.stage() == Stage::Open {
            self.beyond_since.get_or_insert(market.time().0);
        } else {
            self.beyond_since = None;
        }
    }

    /// Whether the day's last epoch is over and its offenders have paid.
    pub(super) fn is_day_over(&self, market: &Market) -> bool {
        let is_open =
            market.stage() == Stage::Open && market.opening().is_none_or(SumOpening::is_closed);
        let moved_on = market.session().date != self.today().session.date;
        let close: Time = self.today().session.close;
        let closed = market.phase() == Phase::Closed
            && market.closed_epochs().any(|epoch| {
                let terms = epoch.terms();
                matches!(terms.trigger, Trigger::Settlement | Trigger::Expiry) && terms.at >= close
            });
        market.is_halted() || is_open && (moved_on || closed || market.phase() == Phase::Expired)
    }
}

/// The centre of the band: the last revalidation's, or the settlement before.
fn centre(market: &Market) -> Price {
    let last = market.closed_epochs().last();
    last.map_or_else(|| market.prior_settlement(), |epoch| epoch.terms().centre)
}
