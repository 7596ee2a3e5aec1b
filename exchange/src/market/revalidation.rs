//! A revalidation from its trigger to its result.

use super::Market;
use crate::epoch::opening::SumOpening;
use crate::epoch::terms::EpochTerms;
use crate::units::Time;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use tally_circuits::elgamal::Ciphertext;
use tally_circuits::tree::Tree;

/// Where the market stands between two epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "stage")]
pub enum Stage {
    /// No revalidation is under way.
    Open,
    /// Triggered; the window opens as soon as there is a joint key. After the close everything goes on until then.
    AwaitingKey,
    /// Claims, deposits and Refreshes are taken.
    Window {
        /// Its end.
        until: Time,
        /// How often it was extended.
        extensions: u8,
    },
    /// The set is frozen; the decryptors post their shares.
    Sharing {
        /// Until when.
        until: Time,
        /// Whether the deadline was extended.
        extended: bool,
    },
}

/// What is known of a revalidation under way.
#[derive(Clone, BorshSerialize, BorshDeserialize)]
pub(super) struct Revalidation {
    /// Fixed at the trigger.
    pub(super) terms: EpochTerms,
    pub(super) progress: Progress,
    /// The next epoch's notes; moved to the market at CLOSE.
    pub(super) next: Tree,
    /// Notes refreshed so far.
    pub(super) refreshed: u64,
    /// The running sums: position, and low and high limb of the cash where they are opened.
    pub(super) sums: Vec<Ciphertext>,
}

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub(super) enum Progress {
    AwaitingKey = 0,
    Window { until: Time, extensions: u8 } = 1,
    Sharing = 2,
}

impl Revalidation {
    pub(super) fn triggered(terms: EpochTerms) -> Self {
        let ciphertexts = if terms.with_cash { 3 } else { 1 };
        Self {
            terms,
            progress: Progress::AwaitingKey,
            next: Tree::new(),
            refreshed: 0,
            sums: vec![Ciphertext::neutral(); ciphertexts],
        }
    }

    /// Adds the ciphertexts of one note. There are as many as sums: the caller has checked it.
    pub(super) fn add(&mut self, ciphertexts: &[Ciphertext]) {
        for (sum, ciphertext) in self.sums.iter_mut().zip(ciphertexts) {
            *sum = *sum + *ciphertext;
        }
        self.refreshed += 1;
    }

    pub(super) const fn is_sharing(&self) -> bool {
        matches!(self.progress, Progress::Sharing)
    }
}

impl Market {
    /// Where the market stands between two epochs.
    #[must_use]
    pub fn stage(&self) -> Stage {
        let Some(revalidation) = &self.revalidation else {
            return Stage::Open;
        };
        match revalidation.progress {
            Progress::AwaitingKey => Stage::AwaitingKey,
            Progress::Window { until, extensions } => Stage::Window { until, extensions },
            Progress::Sharing => {
                let opening = self.opening.as_ref();
                Stage::Sharing {
                    until: opening.map_or(self.time, SumOpening::until),
                    extended: opening.is_some_and(SumOpening::is_extended),
                }
            }
        }
    }

    /// Whether the set of refreshed notes is frozen and not opened yet.
    pub(super) fn is_sharing(&self) -> bool {
        self.revalidation
            .as_ref()
            .is_some_and(Revalidation::is_sharing)
    }
}
