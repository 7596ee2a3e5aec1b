//! What a decryption answers: refusals, offences, deadlines, the opened sums.

use borsh::{BorshDeserialize, BorshSerialize};

/// Why a share is refused without any consequence for its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareRefusal {
    /// Shares are no longer taken.
    #[error("shares of this epoch's sum are no longer taken")]
    Closed,
    /// The seat has no part in the key.
    #[error("seat {0} has no share of this epoch's key")]
    NotParticipant(u32),
    /// The seat is excluded.
    #[error("seat {0} is excluded from this epoch's key")]
    Excluded(u32),
    /// The seat has posted its share.
    #[error("seat {0} has posted its share; one is enough")]
    Twice(u32),
}

/// What a share was, if it was no good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareFault {
    /// Refused; nothing has changed.
    Refused(ShareRefusal),
    /// Refused, and the seat that signed it has cheated: it is excluded, and its bond is to be slashed.
    Offence,
}

impl From<ShareRefusal> for ShareFault {
    fn from(refusal: ShareRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Why posted values are not those of the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpeningRefusal {
    /// Too few shares are in.
    #[error("the sum is not open yet: {shares} of {needed} shares are in")]
    TooFewShares {
        /// Shares that are in.
        shares: u32,
        /// Shares that are needed.
        needed: u32,
    },
    /// Values of another epoch.
    #[error("the values are those of epoch {given}, the sum is that of epoch {expected}")]
    Epoch {
        /// Epoch of the message.
        given: u64,
        /// Epoch of the sum.
        expected: u64,
    },
    /// Cash where none was encrypted, or none where it was.
    #[error("cash is opened exactly in epochs that encrypt it; give both limbs or none")]
    Cash,
    /// A value outside the bounds of any sum.
    #[error("value {0} is outside the bounds of this sum; decrypt it again")]
    Bounds(i64),
    /// A value that is not the one encrypted.
    #[error("value {0} is not the one encrypted; decrypt it again")]
    Value(i64),
}

/// The sums of the refreshed notes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OpenedSums {
    /// The sum of v', contracts.
    pub position: i64,
    /// The sum of m', cents, where the epoch opens it.
    pub cash: Option<i128>,
}

/// What a deadline brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShareDeadline {
    /// The duty is over, the sum is open. Shares are no longer taken; the pot is to be shared among
    /// [`super::SumOpening::completers`].
    Over {
        /// The seats to be slashed: those without a share that were not slashed before.
        offenders: Vec<u32>,
    },
    /// Too few shares: there is a second deadline for the same ciphertexts.
    Extended {
        /// The seats to be slashed.
        offenders: Vec<u32>,
    },
    /// Too few shares and no further deadline: L stays pending. The pot is to be shared all the same.
    Pending {
        /// The seats to be slashed.
        offenders: Vec<u32>,
    },
}
