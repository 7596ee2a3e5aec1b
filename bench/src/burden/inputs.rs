//! What each piece of work costs, as measured by the rest of the benchmark.

use super::BurdenError;
use super::sha256::Sha256Cost;

/// Unit costs, seconds of processor time of one trader's machine.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitInputs {
    /// An Act: witness, proof, check of the finished proof.
    pub act_s: f64,
    /// A cancel or a reduce: one signature, no proof.
    pub cancel_s: f64,
    /// A Refresh: witness, proof, check of the finished proof.
    pub refresh_s: f64,
    /// A decryption share with its proof.
    pub share_s: f64,
    /// A seat's part in one key generation: its dealing, and checking those of all others.
    pub key_generation_s: f64,
    /// One proof of [`super::sha256::Sha256Membership`]: what arrangement (b) asks after every event.
    pub sha256_event_s: f64,
    /// How [`Self::sha256_event_s`] came about: [`Sha256Cost::source`].
    pub sha256_source: String,
    /// Which command measured the others, and for how many traders the key generation is.
    pub measured_by: String,
}

impl UnitInputs {
    /// The same with the cost of a SHA-256 proof as measured.
    #[must_use]
    pub fn with_sha256(self, cost: &Sha256Cost) -> Self {
        Self {
            sha256_event_s: cost.event_s(),
            sha256_source: cost.source(),
            ..self
        }
    }

    /// Checks that all of them are times.
    ///
    /// # Errors
    /// [`BurdenError::UnitCost`] names the first that is not finite or is negative.
    pub fn check(&self) -> Result<(), BurdenError> {
        let fields = [
            ("act_s", self.act_s),
            ("cancel_s", self.cancel_s),
            ("refresh_s", self.refresh_s),
            ("share_s", self.share_s),
            ("key_generation_s", self.key_generation_s),
            ("sha256_event_s", self.sha256_event_s),
        ];
        let bad = fields
            .into_iter()
            .find(|(_, seconds)| !seconds.is_finite() || *seconds < 0.0);
        match bad {
            Some((field, seconds)) => Err(BurdenError::UnitCost { field, seconds }),
            None => Ok(()),
        }
    }
}
