//! What a replay is asked for.

use super::error::ReplayError;
use super::faults::Faults;
use serde::{Deserialize, Serialize};

/// Fewest messages of a replayed day: below, the day's shape is gone.
pub const LEAST_MESSAGES: u32 = 20;
/// Fewest traders: one on either side, and one more so that nobody has to trade with himself. It is also the fewest
/// seats with which a joint key is made.
pub const LEAST_TRADERS: u32 = 3;
/// Most traders: three times the reportable traders of the real market.
pub const MOST_TRADERS: u32 = 1_000;
/// Most days: the sessions of the quarter.
pub const MOST_DAYS: u32 = 62;

/// The arguments that decide a replay's outcome to the last byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayArguments {
    /// The first day, `YYYY-MM-DD`: one of the 62 sessions of the first quarter of 2017.
    pub day: String,
    /// Messages of each thinned day; none for all of them.
    pub messages: Option<u32>,
    /// Traders.
    pub traders: u32,
    /// Where all randomness but the proofs' own comes from.
    pub seed: u64,
    /// Sessions, the first included.
    pub days: u32,
    /// What goes wrong on demand.
    pub faults: Faults,
}

impl ReplayArguments {
    /// One day without faults.
    #[must_use]
    pub fn of_day(day: &str, messages: Option<u32>, traders: u32, seed: u64) -> Self {
        Self {
            day: day.to_owned(),
            messages,
            traders,
            seed,
            days: 1,
            faults: Faults::default(),
        }
    }

    /// Checks the counts; the days are checked when their figures are looked up.
    ///
    /// # Errors
    /// [`ReplayError`] names the argument, its value and what is allowed.
    pub fn check(&self) -> Result<(), ReplayError> {
        if let Some(messages) = self.messages.filter(|messages| *messages < LEAST_MESSAGES) {
            return Err(ReplayError::Messages { messages });
        }
        let traders = self.traders;
        if !(LEAST_TRADERS..=MOST_TRADERS).contains(&traders) {
            return Err(ReplayError::Traders { traders });
        }
        if !(1..=MOST_DAYS).contains(&self.days) {
            return Err(ReplayError::Days { days: self.days });
        }
        self.faults.check(traders)
    }

    /// The arguments as the ledger's genesis and, by its hash, the chain's id.
    #[must_use]
    pub fn genesis(&self) -> Vec<u8> {
        // Plain fields: encoding does not fail, and their order is fixed by the types.
        serde_json::to_vec(self).expect("plain fields encode as JSON")
    }

    /// The arguments that a ledger was begun with; none if it is no replay's of this version.
    #[must_use]
    pub fn of_genesis(genesis: &[u8]) -> Option<Self> {
        let arguments: Self = serde_json::from_slice(genesis).ok()?;
        (arguments.genesis() == genesis && arguments.check().is_ok()).then_some(arguments)
    }

    /// A folder name that tells replays apart.
    #[must_use]
    pub fn folder(&self) -> String {
        let messages = self
            .messages
            .map_or_else(|| "full".to_owned(), |m| format!("{m}-messages"));
        let mut name = format!(
            "{}-{messages}-{}-traders-seed-{}",
            self.day, self.traders, self.seed
        );
        if self.days != 1 {
            name.push_str(&format!("-{}-days", self.days));
        }
        for (count, fault) in self.faults.named() {
            if count != 0 {
                name.push_str(&format!("-{count}-{fault}"));
            }
        }
        name
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

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments() -> ReplayArguments {
        ReplayArguments::of_day("2017-01-03", Some(20), 9, 1)
    }

    #[test]
    fn every_argument_is_in_the_folder_and_in_the_genesis() {
        let base = arguments();
        assert_eq!(
            base.folder(),
            "2017-01-03-20-messages-9-traders-seed-1",
            "a plain replay has a plain name"
        );
        let mut all = vec![base.clone()];
        all.push(ReplayArguments {
            days: 2,
            ..base.clone()
        });
        all.push(ReplayArguments {
            messages: None,
            ..base.clone()
        });
        for fault in 0..5 {
            let mut faulty = base.clone();
            let faults = &mut faulty.faults;
            *[
                &mut faults.drop_out,
                &mut faults.distress,
                &mut faults.bad_share,
                &mut faults.no_share,
                &mut faults.bad_dealer,
            ][fault] = 1;
            all.push(faulty);
        }
        for (index, one) in all.iter().enumerate() {
            assert_eq!(
                ReplayArguments::of_genesis(&one.genesis()).as_ref(),
                Some(one)
            );
            for other in &all[..index] {
                assert_ne!(one.folder(), other.folder());
                assert_ne!(one.genesis(), other.genesis());
            }
        }
    }

    #[test]
    fn genesis_of_something_else() {
        assert_eq!(ReplayArguments::of_genesis(b"something else"), None);
        let too_few = ReplayArguments {
            traders: 2,
            ..arguments()
        };
        assert_eq!(ReplayArguments::of_genesis(&too_few.genesis()), None);
        let mut spaced = arguments().genesis();
        spaced.push(b' ');
        assert_eq!(ReplayArguments::of_genesis(&spaced), None);
    }
}
