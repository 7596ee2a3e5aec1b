//! When in a window the Refresh is sent.

use super::Agent;
use crate::keys::refresh_delay;
use crate::lineage::{Lineage, Standing};
use tally_exchange::market::{Market, Stage};
use tally_exchange::units::{MICROSECONDS_PER_SECOND, Time};

impl Agent {
    /// The instant of a lineage's Refresh in the window that is open; none if there is none or it is done.
    ///
    /// It is drawn uniformly from the window less its reserve, by a hash of the lineage's key: whoever watches when
    /// Refreshes come learns nothing of who sends them, and a restarted trader keeps its instant. An extended window is
    /// for latecomers: the Refresh is due at once.
    pub(super) fn refresh_at(&self, lineage: &Lineage, market: &Market) -> Option<Time> {
        let place = lineage.place()?;
        let Stage::Window { until, extensions } = market.stage() else {
            return None;
        };
        if place.standing(market) != Standing::Present {
            return None;
        }
        let terms = market.epoch_terms()?;
        if extensions > 0 {
            return Some(terms.at);
        }
        // A window that had to wait for a key begins later than its trigger.
        let earliest = if terms.trigger.is_intraday() {
            until.minus_seconds(market.specification().refresh_window)
        } else {
            terms.at
        };
        let start = terms.at.max(earliest);
        let span = self.latest(start, until).0 - start.0;
        let draw = refresh_delay(lineage.key(), market.market_element(), place.epoch);
        // The upper half of a product of two 64-bit numbers: below `span`, and as good as uniform.
        let delay = (u128::from(draw) * u128::from(span)) >> 64;
        Some(Time(
            start.0.saturating_add(u64::try_from(delay).unwrap_or(span)),
        ))
    }

    /// The instant in the window that is open from which nothing is worth waiting for.
    pub(super) fn last_chance(&self, market: &Market) -> Option<Time> {
        let Stage::Window { until, .. } = market.stage() else {
            return None;
        };
        let terms = market.epoch_terms()?;
        Some(self.latest(terms.at.min(until), until))
    }

    /// The end of a window less its reserve; at most half of it is kept.
    fn latest(&self, start: Time, until: Time) -> Time {
        let reserve = self
            .options
            .refresh_margin
            .saturating_mul(MICROSECONDS_PER_SECOND)
            .min(until.0.saturating_sub(start.0) / 2);
        Time(until.0 - reserve).max(start)
    }
}
