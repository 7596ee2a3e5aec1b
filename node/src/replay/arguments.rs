//! What a replay is asked for.

use super::error::ReplayError;
use serde::{Deserialize, Serialize};

/// Fewest messages of a replayed day: below, the day's shape is gone.
pub const LEAST_MESSAGES: u32 = 20;
/// Fewest traders: one on either side, and one more so that nobody has to trade with himself.
pub const LEAST_TRADERS: u32 = 3;
/// Most traders: three times the reportable traders of the real market.
pub const MOST_TRADERS: u32 = 1_000;

/// The arguments that decide a replay's outcome to the last byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayArguments {
    /// The day, `YYYY-MM-DD`: one of the 62 sessions of the first quarter of 2017.
    pub day: String,
    /// Messages of the thinned day; none for all of it.
    pub messages: Option<u32>,
    /// Traders.
    pub traders: u32,
    /// Where all randomness but the proofs' own comes from.
    pub seed: u64,
}

impl ReplayArguments {
    /// Checks the counts; the day is checked when its figures are looked up.
    ///
    /// # Errors
    /// [`ReplayError`] names the argument, its value and what is allowed.
    pub fn check(&self) -> Result<(), ReplayError> {
        if let Some(messages) = self.messages.filter(|messages| *messages < LEAST_MESSAGES) {
            return Err(ReplayError::Messages { messages });
        }
        if !(LEAST_TRADERS..=MOST_TRADERS).contains(&self.traders) {
            return Err(ReplayError::Traders {
                traders: self.traders,
            });
        }
        Ok(())
    }

    /// The arguments as the ledger's genesis and, by its hash, the chain's id.
    #[must_use]
    pub fn genesis(&self) -> Vec<u8> {
        // Four plain fields: encoding does not fail, and their order is fixed by the type.
        serde_json::to_vec(self).expect("plain fields encode as JSON")
    }

    /// A folder name that tells replays apart.
    #[must_use]
    pub fn folder(&self) -> String {
        let messages = self
            .messages
            .map_or_else(|| "full".to_owned(), |m| format!("{m}-messages"));
        format!(
            "{}-{messages}-{}-traders-seed-{}",
            self.day, self.traders, self.seed
        )
    }

    /// 32 secret bytes for `purpose` number `index`, from the seed.
    #[must_use]
    pub fn derive(&self, purpose: &str, index: u32) -> [u8; 32] {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        hash.update(b"tally/replay/seed/1");
        hash.update((purpose.len() as u64).to_le_bytes());
        hash.update(purpose.as_bytes());
        hash.update(self.seed.to_le_bytes());
        hash.update(index.to_le_bytes());
        hash.finalize().into()
    }
}
