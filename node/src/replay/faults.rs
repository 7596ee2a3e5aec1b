//! What goes wrong in a replay on demand, and to whom.

use super::arguments::LEAST_TRADERS;
use super::error::ReplayError;
use serde::{Deserialize, Serialize};

/// How many traders each fault befalls. Nobody has more than one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// Traders who vanish before the first window and come back late.
    pub drop_out: u32,
    /// Traders who take a position that their margin just allows, on the side that the day's move breaks.
    pub distress: u32,
    /// Seats that post false decryption shares.
    pub bad_share: u32,
    /// Seats that post no decryption share.
    pub no_share: u32,
    /// Seats that deal one wrong share to another seat.
    pub bad_dealer: u32,
}

/// How a trader behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// As the protocol asks.
    Honest,
    /// Takes a position at the edge of its margin and sends nothing else of its own.
    Distressed,
    /// Posts false decryption shares.
    BadShare,
    /// Posts no decryption share.
    NoShare,
    /// Deals a wrong share.
    BadDealer,
}

impl Faults {
    /// The counts with the names of their arguments.
    #[must_use]
    pub const fn named(&self) -> [(u32, &'static str); 5] {
        [
            (self.drop_out, "drop-out"),
            (self.distress, "distress"),
            (self.bad_share, "bad-share"),
            (self.no_share, "no-share"),
            (self.bad_dealer, "bad-dealer"),
        ]
    }

    /// Whether nothing goes wrong.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Traders that some fault befalls.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.named()
            .iter()
            .map(|(count, _)| u64::from(*count))
            .sum()
    }

    /// Checks that enough honest traders are left to trade and to make a joint key.
    ///
    /// # Errors
    /// [`ReplayError::Faults`] names the counts and what is allowed.
    pub fn check(&self, traders: u32) -> Result<(), ReplayError> {
        let most = traders.saturating_sub(LEAST_TRADERS);
        if self.total() > u64::from(most) {
            return Err(ReplayError::Faults {
                faults: *self,
                traders,
                most,
            });
        }
        Ok(())
    }

    /// Traders to whom the flow is dealt: all but the distressed, who only hold their position.
    #[must_use]
    pub const fn flow_traders(&self, traders: u32) -> u32 {
        traders.saturating_sub(self.distress)
    }

    /// How a trader behaves from the start: the distressed are the last ones, before them those whose seats fail.
    /// Drop-outs are picked when the first window is near, from the honest who hold a position then.
    #[must_use]
    pub const fn conduct(&self, trader: u32, traders: u32) -> Conduct {
        let mut first = traders.saturating_sub(self.distress);
        if trader >= first {
            return Conduct::Distressed;
        }
        first = first.saturating_sub(self.bad_share);
        if trader >= first {
            return Conduct::BadShare;
        }
        first = first.saturating_sub(self.no_share);
        if trader >= first {
            return Conduct::NoShare;
        }
        if trader >= first.saturating_sub(self.bad_dealer) {
            return Conduct::BadDealer;
        }
        Conduct::Honest
    }
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut first = true;
        for (count, name) in self.named() {
            if count != 0 {
                let comma = if first { "" } else { ", " };
                write!(f, "{comma}--{name} {count}")?;
                first = false;
            }
        }
        if first {
            f.write_str("none")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_two_faults() {
        let faults = Faults {
            drop_out: 1,
            distress: 2,
            bad_share: 3,
            no_share: 1,
            bad_dealer: 2,
        };
        assert_eq!(faults.total(), 9);
        assert!(faults.check(12).is_ok());
        assert!(faults.check(11).is_err());
        let count = |conduct| {
            (0..12)
                .filter(|t| faults.conduct(*t, 12) == conduct)
                .count()
        };
        assert_eq!(count(Conduct::Distressed), 2);
        assert_eq!(count(Conduct::BadShare), 3);
        assert_eq!(count(Conduct::NoShare), 1);
        assert_eq!(count(Conduct::BadDealer), 2);
        assert_eq!(count(Conduct::Honest), 4);
        assert_eq!(faults.conduct(11, 12), Conduct::Distressed);
        assert_eq!(faults.flow_traders(12), 10);
    }

    #[test]
    fn counts_do_not_overflow() {
        let faults = Faults {
            drop_out: u32::MAX,
            distress: u32::MAX,
            ..Faults::default()
        };
        assert!(faults.check(1_000).is_err());
        assert!(faults.to_string().contains("--drop-out 4294967295"));
        assert_eq!(Faults::default().to_string(), "none");
    }
}
