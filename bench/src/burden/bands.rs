//! The second figure: how wide a band, against the margin that it asks for and the revalidations that it saves.
//!
//! Initial margin is the least that lets a note survive an intraday revalidation without a call: maintenance margin plus
//! the trigger distance. It is due at the edge of the band; at its centre the way to the edge comes on top. A buyer of
//! one contract at the centre c needs, by the second inequality of `docs/protocol/margin.md` without the fee,
//! m >= c*tau - lo*tau + initial, and c - lo is the half-width.

use super::BurdenError;
use super::revalidations::{Pace, intraday};
use super::sessions::Sessions;
use crate::results::BandChoice;
use rayon::prelude::*;
use tally_exchange::specification::Specification;

/// Half-widths, ticks: 1.000 to 3.000 cents per pound in steps of 0.250.
const HALF_WIDTHS: [i32; 9] = [40, 50, 60, 70, 80, 90, 100, 110, 120];

/// Trigger distances as parts of the half-width, rounded down to ticks: numerator and denominator. The contract's own is
/// three quarters.
const TRIGGER_PARTS: [(i32, i32); 3] = [(1, 2), (3, 4), (7, 8)];

impl Sessions {
    /// Every choice of band with its margin and its intraday revalidations over the sessions.
    ///
    /// # Errors
    /// A choice that the contract's own checks refuse.
    pub fn bands(
        &self,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<BandChoice>, BurdenError> {
        let choices: Vec<(i32, i32)> = HALF_WIDTHS
            .into_iter()
            .flat_map(|half| TRIGGER_PARTS.map(|(part, of)| (half, half * part / of)))
            .collect();
        let mut bands = Vec::with_capacity(choices.len());
        progress(0, choices.len());
        for (half_width, trigger) in &choices {
            let rules = with_band(&self.specification, *half_width, *trigger)?;
            bands.push(self.band(&rules));
            progress(bands.len(), choices.len());
        }
        Ok(bands)
    }

    fn band(&self, rules: &Specification) -> BandChoice {
        let counts: Vec<u32> = self
            .sessions
            .par_iter()
            // Far fewer than a session has seconds.
            .map(|session| {
                let epochs = intraday(session, rules, Pace::of(rules));
                u32::try_from(epochs.len()).unwrap_or(u32::MAX)
            })
            .collect();
        let tick = rules.grid.tick();
        BandChoice {
            half_width: i64::from(rules.band_half_width) * tick,
            trigger_distance: i64::from(rules.trigger_distance) * tick,
            margin_cents: margin_at_centre(rules),
            intraday_epochs: counts.iter().sum(),
            most_in_a_session: counts.iter().copied().max().unwrap_or(0),
        }
    }
}

/// The contract with another band: initial margin is the least that its checks allow.
fn with_band(
    contract: &Specification,
    half_width: i32,
    trigger: i32,
) -> Result<Specification, BurdenError> {
    let mut rules = contract.clone();
    rules.band_half_width = half_width;
    rules.trigger_distance = trigger;
    // The contract's own proportion: 1.000 of 1.500.
    rules.warning_distance = trigger * 2 / 3;
    rules.initial_margin =
        rules.maintenance_margin + i64::from(trigger).saturating_mul(rules.tick_value);
    rules.check()?;
    Ok(rules)
}

/// What one contract bought or sold at the centre of the band asks for, cents, without the fee.
fn margin_at_centre(rules: &Specification) -> i64 {
    let to_edge = i64::from(rules.band_half_width).saturating_mul(rules.tick_value);
    to_edge.saturating_add(rules.initial_margin)
}
