//! The first figure: what each session costs a trader under the three arrangements.

use super::BurdenError;
use super::inputs::UnitInputs;
use super::published::{GENERIC_MPC_HIGH_S, GENERIC_MPC_LOW_S, GENERIC_MPC_SOURCE};
use super::retail::{RetailMessages, retail_trader};
use super::revalidations::{Pace, intraday};
use super::sessions::Sessions;
use crate::results::{Burden, BurdenDay, UnitCost};
use rayon::prelude::*;

/// What a day has, in counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    /// Messages of everybody.
    pub(super) events: u64,
    /// Revalidations within the session; the daily one comes on top.
    pub(super) intraday: u32,
    /// What the retail trader sends.
    pub(super) retail: RetailMessages,
}

/// What a day costs one trader, seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Costs {
    pub(super) generic_mpc_low: f64,
    pub(super) generic_mpc_high: f64,
    pub(super) revalidate_every_event: f64,
    pub(super) tally: f64,
    pub(super) tally_passive: f64,
}

impl Counts {
    /// The daily revalidation included.
    pub(super) const fn epochs(&self) -> u32 {
        self.intraday.saturating_add(1)
    }

    /// Counts times unit costs.
    pub(super) fn costs(&self, unit: &UnitInputs) -> Costs {
        let halts = u64::from(self.intraday);
        let events = times(self.events);
        let passive =
            f64::from(self.epochs()) * (unit.refresh_s + unit.share_s) + unit.key_generation_s;
        let own = times(self.retail.acts(halts)) * unit.act_s
            + times(self.retail.cancels) * unit.cancel_s;
        Costs {
            generic_mpc_low: events * GENERIC_MPC_LOW_S,
            generic_mpc_high: events * GENERIC_MPC_HIGH_S,
            revalidate_every_event: events * unit.sha256_event_s,
            tally: passive + own,
            tally_passive: passive,
        }
    }
}

/// A count as a factor: counts of a day are far below 2^52.
fn times(count: u64) -> f64 {
    count as f64
}

impl Sessions {
    /// What each session costs.
    ///
    /// # Errors
    /// A unit cost that is no time.
    pub fn burden(&self, unit: &UnitInputs) -> Result<Burden, BurdenError> {
        unit.check()?;
        let rules = &self.specification;
        let days = self.sessions.par_iter().map(|session| {
            let epochs = intraday(session, rules, Pace::of(rules));
            let counts = Counts {
                events: session.events,
                intraday: u32::try_from(epochs.len()).unwrap_or(u32::MAX),
                retail: session.retail,
            };
            let costs = counts.costs(unit);
            BurdenDay {
                date: session.session.date.to_string(),
                market: session.session.contract.clone(),
                events: counts.events,
                epochs: counts.epochs(),
                own_messages: counts.retail.messages(u64::from(counts.intraday)),
                generic_mpc_low_s: costs.generic_mpc_low,
                generic_mpc_high_s: costs.generic_mpc_high,
                revalidate_every_event_s: costs.revalidate_every_event,
                tally_s: costs.tally,
                tally_passive_s: costs.tally_passive,
            }
        });
        Ok(Burden {
            trader: retail_trader(),
            unit_costs: unit_costs(unit),
            days: days.collect(),
        })
    }
}

/// The unit costs with their sources.
fn unit_costs(unit: &UnitInputs) -> Vec<UnitCost> {
    let measured = |what: &str, seconds: f64, source: &str| UnitCost {
        what: what.to_owned(),
        low_s: seconds,
        high_s: seconds,
        source: source.to_owned(),
    };
    let by = unit.measured_by.as_str();
    vec![
        UnitCost {
            what: "(a) one joint computation for one event, each party".to_owned(),
            low_s: GENERIC_MPC_LOW_S,
            high_s: GENERIC_MPC_HIGH_S,
            source: GENERIC_MPC_SOURCE.to_owned(),
        },
        measured(
            "(b) one proof after one event: SHA-256 membership and solvency, nothing else",
            unit.sha256_event_s,
            &unit.sha256_source,
        ),
        measured(
            "(c) Act: one proof for each post, claim or replace",
            unit.act_s,
            by,
        ),
        measured("(c) cancel or reduce: one signature", unit.cancel_s, by),
        measured("(c) Refresh: one proof for each epoch", unit.refresh_s, by),
        measured("(c) decryption share: one for each epoch", unit.share_s, by),
        measured(
            "(c) key generation: one each day",
            unit.key_generation_s,
            by,
        ),
    ]
}
