//! `sandbox.json`: what a sandbox was made with.

use super::error::SandboxError;
use super::files::{read, write_private};
use super::options::{
    DEFAULT_DAY, DEFAULT_MESSAGES, DEFAULT_SPEED, DEFAULT_TRADERS, LEAST_TRADERS, MOST_MESSAGES,
    MOST_SPEED, MOST_TRADERS, SandboxOptions,
};
use rand::RngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;
use tally_exchange::calendar::Session;
use tally_exchange::specification::Specification;
use tally_trader::seed::Seed;

/// Name of the file in the market's folder.
pub(super) const RECORD_FILE: &str = "sandbox.json";
/// The version of its layout, and of all that is derived from it.
const FORMAT: u32 = 1;

/// What a sandbox was made with. There is no money in it, so its seed is kept as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxRecord {
    /// The version of this layout.
    pub format: u32,
    /// The first day, `YYYY-MM-DD`.
    pub day: String,
    /// Seconds that passed in one when it was made.
    pub speed: u32,
    /// Simulated traders.
    pub traders: u32,
    /// Messages of each day's flow.
    pub messages: u32,
    /// What flow and wallets are made from.
    pub seed: u64,
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl SandboxRecord {
    /// What a new sandbox with these options is made with.
    ///
    /// # Errors
    /// [`SandboxError::Range`] or [`SandboxError::Day`].
    pub(super) fn new(options: &SandboxOptions) -> Result<Self, SandboxError> {
        let record = Self {
            format: FORMAT,
            day: options
                .day
                .clone()
                .unwrap_or_else(|| DEFAULT_DAY.to_owned()),
            speed: options.speed.unwrap_or(DEFAULT_SPEED),
            traders: options.traders.unwrap_or(DEFAULT_TRADERS),
            messages: options.messages.unwrap_or(DEFAULT_MESSAGES),
            seed: options.seed.unwrap_or_else(|| OsRng.next_u64()),
        };
        record.check()?;
        Ok(record)
    }

    fn check(&self) -> Result<(), SandboxError> {
        check_speed(self.speed)?;
        range("traders", self.traders, LEAST_TRADERS, MOST_TRADERS)?;
        // At most LEAST_MESSAGES of the generator, which is far below 2^32.
        let least = u32::try_from(tally_bench_data::flow::LEAST_MESSAGES).unwrap_or(u32::MAX);
        range("messages", self.messages, least, MOST_MESSAGES)?;
        self.session(&Specification::lean_hogs()).map(drop)
    }

    /// What is in a folder; none if there is no sandbox in it.
    ///
    /// # Errors
    /// [`SandboxError`] if it is of another version, damaged or unreadable.
    pub(super) fn load(folder: &Path) -> Result<Option<Self>, SandboxError> {
        let path = folder.join(RECORD_FILE);
        let Some(bytes) = read(&path)? else {
            return Ok(None);
        };
        let damaged = |source| SandboxError::Record {
            path: path.clone(),
            source,
        };
        let Format { format: found } = serde_json::from_slice(&bytes).map_err(damaged)?;
        if found != FORMAT {
            let read = FORMAT;
            return Err(SandboxError::Format { path, found, read });
        }
        let record: Self = serde_json::from_slice(&bytes).map_err(damaged)?;
        record.check()?;
        Ok(Some(record))
    }

    pub(super) fn store(&self, folder: &Path) -> Result<(), SandboxError> {
        let path = folder.join(RECORD_FILE);
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|source| SandboxError::Record {
            path: path.clone(),
            source,
        })?;
        bytes.push(b'\n');
        write_private(&path, &bytes)
    }

    /// Whether what is asked for is what it was made with; the speed may be another.
    ///
    /// # Errors
    /// [`SandboxError::Differs`] names the first argument that is not.
    pub(super) fn compare(&self, options: &SandboxOptions) -> Result<(), SandboxError> {
        if let Some(speed) = options.speed {
            check_speed(speed)?;
        }
        let number = |value: Option<u32>| value.map(|value| value.to_string());
        let arguments = [
            ("day", self.day.clone(), options.day.clone()),
            ("traders", self.traders.to_string(), number(options.traders)),
            (
                "messages",
                self.messages.to_string(),
                number(options.messages),
            ),
            (
                "seed",
                self.seed.to_string(),
                options.seed.map(|seed| seed.to_string()),
            ),
        ];
        for (field, kept, asked) in arguments {
            if let Some(asked) = asked.filter(|asked| *asked != kept) {
                let path = options.folder.clone();
                return Err(SandboxError::Differs {
                    path,
                    field,
                    kept,
                    asked,
                });
            }
        }
        Ok(())
    }

    /// The session of the first day.
    ///
    /// # Errors
    /// [`SandboxError::Day`].
    pub(super) fn session(&self, specification: &Specification) -> Result<Session, SandboxError> {
        let session = specification.calendar.session_named(&self.day);
        session.cloned().map_err(|source| SandboxError::Day {
            day: self.day.clone(),
            source,
        })
    }

    /// The seed of a simulated trader's wallet.
    pub(super) fn wallet(&self, trader: u32) -> Seed {
        let mut hash = Sha256::new();
        hash.update(b"tally/sandbox/wallet/1");
        hash.update(self.seed.to_le_bytes());
        hash.update(trader.to_le_bytes());
        Seed::from_entropy(hash.finalize().into())
    }
}

fn check_speed(speed: u32) -> Result<(), SandboxError> {
    range("speed", speed, 1, MOST_SPEED)
}

fn range(field: &'static str, value: u32, least: u32, most: u32) -> Result<(), SandboxError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(SandboxError::Range {
        field,
        value,
        least,
        most,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(folder: &Path) -> SandboxOptions {
        SandboxOptions::at(folder)
    }

    #[test]
    fn it_is_kept_and_compared() {
        let folder = tempfile::tempdir().unwrap();
        assert!(SandboxRecord::load(folder.path()).unwrap().is_none());
        let record = SandboxRecord::new(&options(folder.path())).unwrap();
        record.store(folder.path()).unwrap();
        let kept = SandboxRecord::load(folder.path()).unwrap().unwrap();
        assert_eq!(kept, record);
        kept.compare(&options(folder.path())).unwrap();
        let mut other = options(folder.path());
        other.speed = Some(7);
        kept.compare(&other).unwrap();
        other.traders = Some(5);
        let error = kept.compare(&other).unwrap_err().to_string();
        assert!(error.contains("traders 12, not 5"), "{error}");
        let seeds = [kept.wallet(0), kept.wallet(1)];
        assert!(seeds[0] != seeds[1] && seeds[0] == record.wallet(0));
    }

    #[test]
    fn another_format_and_what_is_out_of_range_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(RECORD_FILE);
        std::fs::write(&file, "{\"format\": 2, \"new\": 1}").unwrap();
        let error = SandboxRecord::load(folder.path()).unwrap_err();
        assert!(matches!(error, SandboxError::Format { found: 2, .. }));
        for change in [
            |options: &mut SandboxOptions| options.traders = Some(3),
            |options: &mut SandboxOptions| options.messages = Some(19),
            |options: &mut SandboxOptions| options.speed = Some(0),
            |options: &mut SandboxOptions| options.day = Some("2017-01-02".to_owned()),
        ] {
            let mut options = options(folder.path());
            change(&mut options);
            assert!(SandboxRecord::new(&options).is_err());
        }
    }
}
