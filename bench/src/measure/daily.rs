//! The burden of a trading day and the choice of bands, from what was measured before.

use super::BenchError;
use super::plan::BenchPlan;
use super::steps::Steps;
use super::timing::{median, timed};
use crate::burden::{Sessions, Sha256Depth, TRADERS, UnitInputs, measure_sha256_event};
use crate::results::{BandChoice, BenchReport, Burden, EpochCost, StatementCost};
use ed25519_dalek::{Signer, SigningKey};
use rand::rngs::OsRng;
use std::hint::black_box;

/// Steps of this part.
pub(super) const STEPS: usize = 3;
/// Signatures that are timed.
const SIGNATURES: usize = 200;
/// Bytes that a cancel signs, about.
const SIGNED_BYTES: usize = 128;

/// The burden and the bands; none if statements or epochs were not measured.
pub(super) fn measure(
    plan: &BenchPlan,
    report: &BenchReport,
    steps: &mut Steps<'_>,
) -> Result<Option<(Burden, Vec<BandChoice>)>, BenchError> {
    let Some(inputs) = inputs(report) else {
        return Ok(None);
    };
    let depth = if plan.full_sha256 {
        Sha256Depth::Full
    } else {
        Sha256Depth::Quick
    };
    let sha256 = steps.step("a SHA-256 membership proof", || {
        measure_sha256_event(depth, &mut |_, _| ())
    })?;
    let inputs = inputs.with_sha256(&sha256);
    inputs.check()?;
    let sessions = steps.step("the messages of 62 sessions", || {
        Sessions::generate(&mut |_, _| ())
    })?;
    let both = steps.step("burden and bands", || {
        let burden = sessions.burden(&inputs)?;
        Ok::<_, BenchError>((burden, sessions.bands(&mut |_, _| ())?))
    })?;
    Ok(Some(both))
}

/// The unit costs of what was measured, on one core: wall time there is processor time.
fn inputs(report: &BenchReport) -> Option<UnitInputs> {
    let act = statement(report, "act")?;
    let refresh = statement(report, "refresh")?;
    let epoch = epoch_for(&report.epochs, u32::try_from(TRADERS).unwrap_or(u32::MAX))?;
    let command = &report.provenance.command;
    Some(UnitInputs {
        act_s: act.prove_one_core_ms_median / 1e3,
        cancel_s: signature_s(),
        refresh_s: refresh.prove_one_core_ms_median / 1e3,
        share_s: epoch.share_ms / 1e3,
        key_generation_s: epoch.key_generation_trader_ms / 1e3,
        sha256_event_s: 0.0,
        sha256_source: String::new(),
        measured_by: format!(
            "measured here by `{command}` on one core; share and key generation among {} traders",
            epoch.traders
        ),
    })
}

fn statement<'a>(report: &'a BenchReport, name: &str) -> Option<&'a StatementCost> {
    report
        .statements
        .iter()
        .find(|statement| statement.name == name)
}

/// The smallest epoch with at least so many traders, or else the largest there is.
fn epoch_for(epochs: &[EpochCost], traders: u32) -> Option<&EpochCost> {
    let large_enough = epochs.iter().filter(|epoch| epoch.traders >= traders);
    let largest = || epochs.iter().max_by_key(|epoch| epoch.traders);
    large_enough
        .min_by_key(|epoch| epoch.traders)
        .or_else(largest)
}

/// One Ed25519 signature, median, seconds: what a cancel or a reduction costs its sender.
fn signature_s() -> f64 {
    let key = SigningKey::generate(&mut OsRng);
    let message = [7; SIGNED_BYTES];
    let times: Vec<f64> = (0..SIGNATURES)
        .map(|_| timed(|| black_box(key.sign(black_box(&message)))).1)
        .collect();
    median(&times) / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_that_is_large_enough() {
        let epoch = |traders| EpochCost {
            traders,
            trader_ms: 0.0,
            refresh_ms: 0.0,
            share_ms: 0.0,
            key_generation_trader_ms: 0.0,
            node_ms: 0.0,
            key_generation_node_ms: 0.0,
            discrete_log_ms: 0.0,
        };
        let epochs = [10, 500, 200, 100].map(epoch);
        let chosen = |traders| epoch_for(&epochs, traders).map(|epoch| epoch.traders);
        assert_eq!(chosen(101), Some(200));
        assert_eq!(chosen(100), Some(100));
        assert_eq!(chosen(300), Some(500));
        assert_eq!(chosen(501), Some(500));
        assert_eq!(epoch_for(&[], 3).map(|epoch| epoch.traders), None);
    }

    #[test]
    fn a_signature_takes_some_microseconds() {
        let seconds = signature_s();
        assert!(seconds > 1e-7 && seconds < 0.1, "{seconds}");
    }
}
