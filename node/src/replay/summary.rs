//! What a run's measurements come to: proofs per second, projections of other runs, the verdict.

use super::arguments::ReplayArguments;
use super::error::ReplayError;
use super::model::{CHECKED_MESSAGES, Projection, ReplayModel, float};
use super::plan::ReplayPlan;
use super::proving::Cores;
use super::record::ReplayRecord;
use super::recorder::{Capacity, Recorder, verdict};
use super::run::Ended;
use tally_bench_data::FlowEvent;

/// What was measured and what follows.
pub(super) struct Measures {
    /// Proofs that this run made each second; none if it made none.
    pub(super) proofs_per_second: Option<f64>,
    /// The model of other runs; none if this run made no proof.
    pub(super) model: Option<ReplayModel>,
    /// A run of the complete first day.
    pub(super) full_day: Option<Projection>,
    /// The run that the model is checked with by hand.
    pub(super) checked: Option<Projection>,
    /// The flow that the verdict is on: of the complete day, or in a dry run the one replayed.
    flow: Vec<FlowEvent>,
    is_complete: bool,
    proofs_per_post: f64,
}

pub(super) fn measures(
    plan: &ReplayPlan,
    is_proved: bool,
    ended: &Ended,
) -> Result<Measures, ReplayError> {
    let day = &ended.day;
    let made = ended.figures.prove_times.len() as u64;
    let proving = ended.figures.proving.as_secs_f64();
    let posts = float(day.posts.proofs.max(1));
    // A plan has at least one day.
    let mut measures = Measures {
        proofs_per_second: (is_proved && made > 0 && proving > 0.0).then(|| float(made) / proving),
        model: None,
        full_day: None,
        checked: None,
        flow: plan.days[0].flow.events.clone(),
        is_complete: plan.days[0].flow.full_day,
        proofs_per_post: (posts + float(day.claims.proofs)) / posts,
    };
    if measures.proofs_per_second.is_none() {
        return Ok(measures);
    }
    let reading = ended.reading;
    let model = ReplayModel {
        measured: *day,
        passive_crypto_s: ended.figures.passive.map(|cost| cost.crypto_s()),
        reading_s_per_transaction: reading
            .cpu_s
            .map(|seconds| seconds / float(reading.transactions.max(1))),
        arguments: plan.arguments.clone(),
    };
    if !measures.is_complete {
        measures.flow = complete_flow(&plan.arguments)?;
        measures.is_complete = true;
    }
    measures.full_day = model.project(&measures.flow);
    // A quiet day may not have as many.
    if measures.flow.len() > CHECKED_MESSAGES as usize {
        measures.checked = model.predict(Some(CHECKED_MESSAGES))?;
    }
    measures.model = Some(model);
    Ok(measures)
}

/// The flow of the complete first day.
fn complete_flow(arguments: &ReplayArguments) -> Result<Vec<FlowEvent>, ReplayError> {
    let complete = ReplayArguments {
        messages: None,
        days: 1,
        ..arguments.clone()
    };
    let mut plan = ReplayPlan::new(&complete)?;
    // A plan has at least one day.
    Ok(std::mem::take(&mut plan.days[0].flow.events))
}

pub(super) fn record(
    plan: &ReplayPlan,
    measures: &Measures,
    recorder: Recorder<'_>,
    cores: &Cores,
    is_dry: bool,
) -> ReplayRecord {
    let service = recorder.service();
    let capacity = Capacity {
        proofs_per_second: measures.proofs_per_second,
        proofs_per_post: measures.proofs_per_post,
        traders: plan.arguments.traders,
        window_s: plan.specification.refresh_window,
        hours: measures
            .full_day
            .as_ref()
            .map(|projection| projection.hours),
        is_complete: measures.is_complete,
    };
    let verdict = verdict(&capacity, &measures.flow, &recorder.queue(&service));
    recorder.finish(&service, cores.count(), is_dry, verdict)
}
