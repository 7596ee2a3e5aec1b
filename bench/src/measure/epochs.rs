//! An epoch by the number of traders.

use super::BenchError;
use super::plan::BenchPlan;
use super::steps::Steps;
use crate::results::EpochCost;
use std::num::NonZeroU32;
use tally_node::epoch_cost::{EpochCostPlan, EpochCosts, measure_epoch};
use tally_node::keys::MarketKeys;
use tally_prover::InsecureOneParty;

/// Steps of one epoch: what [`measure_epoch`] announces.
pub(super) const STEPS: usize = 5;

/// Measures an epoch of each size of the plan.
pub(super) fn measure(
    plan: &BenchPlan,
    keys: &MarketKeys<InsecureOneParty>,
    steps: &mut Steps<'_>,
) -> Result<Vec<EpochCost>, BenchError> {
    let mut costs = Vec::new();
    for seats in &plan.epoch_sizes {
        let epoch = EpochCostPlan {
            seats: *seats,
            proofs: plan.epoch_proofs,
            timed: NonZeroU32::new(plan.epoch_timed).unwrap_or(NonZeroU32::MIN),
        };
        let mut announced = 0;
        let cost = measure_epoch(&epoch, keys, &mut |what| {
            if announced > 0 {
                steps.count();
            }
            announced += 1;
            steps.say(format!("an epoch of {seats} traders: {what}"));
        })?;
        steps.count();
        costs.push(in_milliseconds(&cost));
    }
    Ok(costs)
}

fn in_milliseconds(cost: &EpochCosts) -> EpochCost {
    let ms = |seconds: f64| seconds * 1e3;
    EpochCost {
        traders: cost.seats,
        trader_ms: ms(cost.refresh_prove_s_each + cost.share_s_each),
        refresh_ms: ms(cost.refresh_prove_s_each),
        share_ms: ms(cost.share_s_each),
        key_generation_trader_ms: ms(cost.deal_s_each + cost.check_dealings_s_each),
        node_ms: ms(cost.node_epoch_s),
        key_generation_node_ms: ms(cost.key_generation_node_s),
        discrete_log_ms: ms(cost.discrete_log_s),
    }
}
