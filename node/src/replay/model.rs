//! How long another run of the same day would take on this machine: a model of wall time from what one run measured.
//!
//! The model is explained in `docs/replay-model.md`. It knows how many messages of each kind another flow has, since the
//! flow is generated and not guessed, and what each kind took in the run at hand.

use super::arguments::ReplayArguments;
use super::error::ReplayError;
use super::plan::ReplayPlan;
use serde::Serialize;
use tally_bench_data::{FlowEvent, Intent};

/// Messages of the run that the model is checked against by hand.
pub const CHECKED_MESSAGES: u32 = 2_000;

/// Proofs of one kind: how many there were, and what those took that this run made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ProofShare {
    /// Proofs on the ledger.
    pub proofs: u64,
    /// Proofs made by this run.
    pub timed: u64,
    /// Wall time of making these, seconds: a block's, divided evenly among its proofs.
    pub wall_s: f64,
}

impl ProofShare {
    /// Wall time of one, seconds; none if there were some and none was made by this run.
    fn each(&self) -> Option<f64> {
        match (self.proofs, self.timed) {
            (0, _) => Some(0.0),
            (_, 0) => None,
            (_, timed) => Some(self.wall_s / float(timed)),
        }
    }
}

/// A flow's messages, as it was generated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FlowShape {
    /// All messages.
    pub messages: u64,
    /// Those that post an order, and so carry a proof.
    pub posts: u64,
    /// Those of the posts that close another order with the same proof.
    pub replaces: u64,
}

impl FlowShape {
    /// The shape of a flow.
    #[must_use]
    pub fn of(events: &[FlowEvent]) -> Self {
        let mut shape = Self::default();
        for event in events {
            shape.messages += 1;
            match event.intent {
                Intent::Add { .. } | Intent::Market { .. } => shape.posts += 1,
                Intent::Replace { .. } => {
                    shape.posts += 1;
                    shape.replaces += 1;
                }
                Intent::Reduce { .. } | Intent::Cancel { .. } => {}
            }
        }
        shape
    }

    /// Orders that no replace has closed: each needs a claim of its own.
    const fn unclosed(&self) -> u64 {
        self.posts.saturating_sub(self.replaces)
    }
}

/// What a run measured of its first day, wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct MeasuredDay {
    /// The day's flow.
    pub flow: FlowShape,
    /// Messages of it that were sent: halts and absent traders drop some.
    pub messages: u64,
    /// The proofs of its posts.
    pub posts: ProofShare,
    /// Claims of finished records.
    pub claims: ProofShare,
    /// All other proofs: openings, bonds, Refreshes, orders posted again after halts, ways back.
    pub others: ProofShare,
    /// Time of the verifier for one proof, seconds: as its block was executed, and once more in the audit.
    pub verify_s: f64,
    /// All else in blocks with messages of the flow, seconds: building, ledger, execution, wallets.
    pub trading_s: f64,
    /// The same in all other blocks: key generations, windows, shares.
    pub other_s: f64,
    /// Transactions on the ledger.
    pub transactions: u64,
    /// The audit but its verification, seconds.
    pub audit_s: f64,
}

/// What the model says of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// Proofs.
    pub proofs: f64,
    /// Transactions on the ledger.
    pub transactions: f64,
    /// Wall time, seconds.
    pub wall_s: f64,
}

impl MeasuredDay {
    /// What a run with this flow would take; none where this run did not measure what that needs.
    #[must_use]
    pub fn predict(&self, flow: FlowShape) -> Option<Prediction> {
        let scaled = |count: u64, of: u64, here: u64| ratio(count, here).map(|r| r * float(of));
        let messages = scaled(self.messages, flow.messages, self.flow.messages)?;
        let posts = scaled(self.posts.proofs, flow.posts, self.flow.posts)?;
        let claims = scaled(self.claims.proofs, flow.unclosed(), self.flow.unclosed())?;
        let others = float(self.others.proofs);
        let proofs = posts + claims + others;
        let proving = posts * self.posts.each()?
            + claims * self.claims.each()?
            + others * self.others.each()?;
        // What is no message of the flow and no claim stays as it is.
        let fixed = self
            .transactions
            .saturating_sub(self.messages + self.claims.proofs);
        let transactions = messages + claims + float(fixed);
        let trading = self.trading_s * messages / float(self.messages);
        let audit = self.audit_s * transactions / float(self.transactions);
        let wall_s = proving + proofs * self.verify_s + trading + self.other_s + audit;
        wall_s.is_finite().then_some(Prediction {
            proofs,
            transactions,
            wall_s,
        })
    }
}

/// The model of other runs of a replay's first day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplayModel {
    /// What was measured.
    pub measured: MeasuredDay,
    /// Processor time of a passive trader's cryptography, seconds, where it was measured: other runs' is the same.
    pub passive_crypto_s: Option<f64>,
    /// Processor time of reading one transaction of the ledger for one's own, seconds.
    pub reading_s_per_transaction: Option<f64>,
    #[serde(skip)]
    pub(super) arguments: ReplayArguments,
}

/// A run as the model sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Projection {
    /// Messages of the flow.
    pub messages: u64,
    /// Proofs.
    pub proofs: u64,
    /// Wall time, hours.
    pub hours: f64,
    /// Wall time, seconds.
    pub wall_s: f64,
    /// Processor time of a passive trader, seconds: the cryptography as measured here, with as many epochs, and reading the
    /// ledger as measured here for each transaction; none where one of them was not measured.
    pub passive_trader_cpu_s: Option<f64>,
    /// What it rests on.
    pub basis: String,
}

impl ReplayModel {
    /// Projects a run of the first day with so many messages, or all of them; none where this run did not measure enough.
    ///
    /// # Errors
    /// [`ReplayError`] if there is no such flow.
    pub fn predict(&self, messages: Option<u32>) -> Result<Option<Projection>, ReplayError> {
        let arguments = ReplayArguments {
            messages,
            days: 1,
            ..self.arguments.clone()
        };
        let plan = ReplayPlan::new(&arguments)?;
        // A plan has at least one day.
        Ok(self.project(&plan.days[0].flow.events))
    }

    /// Projects a run of this flow.
    pub(super) fn project(&self, flow: &[FlowEvent]) -> Option<Projection> {
        let shape = FlowShape::of(flow);
        self.measured.predict(shape).map(|prediction| {
            let reading = self.reading_s_per_transaction;
            let reading = reading.map(|each| each * prediction.transactions);
            let passive = self.passive_crypto_s.zip(reading).map(|(a, b)| a + b);
            Projection {
                messages: shape.messages,
                proofs: whole(prediction.proofs),
                hours: rounded(prediction.wall_s / 3_600.0),
                wall_s: rounded(prediction.wall_s),
                passive_trader_cpu_s: passive.map(rounded),
                basis: format!(
                    "this run's {} messages and {} proofs, each kind at its measured time; model in docs/replay-model.md",
                    self.measured.messages,
                    self.measured.posts.proofs
                        + self.measured.claims.proofs
                        + self.measured.others.proofs
                ),
            }
        })
    }
}

fn ratio(count: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| float(count) / float(of))
}

/// Counts as real numbers: they are far below 2^32.
pub(super) fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// To three decimals.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// The nearest whole number; predictions are positive and far below 2^52.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded, at least zero, far below 2^52"
)]
fn whole(value: f64) -> u64 {
    value.round().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(proofs: u64, timed: u64, wall_s: f64) -> ProofShare {
        ProofShare {
            proofs,
            timed,
            wall_s,
        }
    }

    fn measured() -> MeasuredDay {
        MeasuredDay {
            flow: FlowShape {
                messages: 400,
                posts: 250,
                replaces: 50,
            },
            messages: 400,
            posts: share(250, 250, 25.0),
            claims: share(200, 200, 10.0),
            others: share(300, 300, 60.0),
            verify_s: 0.002,
            trading_s: 4.0,
            other_s: 3.0,
            transactions: 1_000,
            audit_s: 5.0,
        }
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn known_answers() {
        let same = measured().predict(measured().flow).unwrap();
        // 25 + 10 + 60 proving, 750 * 0.002 verifying, 4 + 3 + 5 the rest.
        assert!(near(same.wall_s, 108.5), "{same:?}");
        assert!(near(same.proofs, 750.0) && near(same.transactions, 1_000.0));

        let more = FlowShape {
            messages: 2_000,
            posts: 1_200,
            replaces: 400,
        };
        let more = measured().predict(more).unwrap();
        // 1,200 posts at 0.1, 800 claims at 0.05, the others as they were: 2,300 proofs.
        assert!(near(more.proofs, 2_300.0));
        // 2,000 messages, 800 claims, 400 others.
        assert!(near(more.transactions, 3_200.0));
        let wall = 120.0 + 40.0 + 60.0 + 2_300.0 * 0.002 + 20.0 + 3.0 + 16.0;
        assert!(near(more.wall_s, wall), "{more:?}");
    }

    /// A resumed run timed some of its proofs only; a part that it did not time at all can't be projected.
    #[test]
    fn proofs_of_an_earlier_run() {
        let half = MeasuredDay {
            posts: share(250, 125, 12.5),
            ..measured()
        };
        assert_eq!(half.predict(half.flow), measured().predict(half.flow));
        let none = MeasuredDay {
            posts: share(250, 0, 0.0),
            ..measured()
        };
        assert_eq!(none.predict(none.flow), None);
        let no_claims = MeasuredDay {
            claims: share(0, 0, 0.0),
            ..measured()
        };
        let predicted = no_claims.predict(no_claims.flow).unwrap();
        assert!(near(predicted.proofs, 550.0));
    }

    #[test]
    fn nothing_measured() {
        assert_eq!(MeasuredDay::default().predict(measured().flow), None);
    }

    #[test]
    fn a_flow_is_counted_as_it_is_generated() {
        let arguments = ReplayArguments::of_day("2017-01-03", Some(400), 50, 1);
        let plan = ReplayPlan::new(&arguments).unwrap();
        let shape = FlowShape::of(&plan.days[0].flow.events);
        assert_eq!(shape.messages, 400);
        assert!(shape.replaces < shape.posts && shape.posts < shape.messages);
        let model = ReplayModel {
            measured: MeasuredDay {
                flow: shape,
                ..measured()
            },
            passive_crypto_s: Some(1.0),
            reading_s_per_transaction: Some(0.000_01),
            arguments,
        };
        let again = model.predict(Some(400)).unwrap().unwrap();
        assert_eq!((again.messages, again.proofs), (400, 750));
        assert!(near(again.wall_s, 108.5) && near(again.hours, 0.03));
        assert_eq!(again.passive_trader_cpu_s, Some(1.01));
        let full = model.predict(None).unwrap().unwrap();
        assert!(full.messages > 100_000 && full.hours > 1.0);
        assert!(model.predict(Some(1)).is_err());
    }
}
