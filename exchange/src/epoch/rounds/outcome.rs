//! What a key generation answers: refusals, offences, and what time brings.

use super::RoundKey;

/// Why a message of a round is refused without any consequence for its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoundRefusal {
    /// Dealings are over, or complaints have not begun.
    #[error("the key generation does not take this message now; see its phase and deadline")]
    Phase,
    /// The seat was not active when the round began.
    #[error("seat {0} is no participant of this key generation; wait for the next one")]
    NotParticipant(u32),
    /// The seat is excluded.
    #[error("seat {0} is excluded from this key generation")]
    Excluded(u32),
    /// A second dealing where one counts.
    #[error("the seat has dealt before; the first dealing counts")]
    Twice,
    /// A complaint about a dealing that does not exist or no longer counts, or about the complainer's own.
    #[error("dealer {0} has no dealing to complain about; name another participant's index")]
    NoDealing(u32),
    /// The complaint proves nothing.
    #[error("the complaint's proof does not hold; build it anew from the dealing on the ledger")]
    Proof,
}

/// What a message was, if it was no good dealing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoundFault {
    /// Refused; nothing has changed.
    Refused(RoundRefusal),
    /// Refused, and the seat that sent it has cheated: it is excluded from the round, and its bond is to be slashed.
    Offence,
}

impl From<RoundRefusal> for RoundFault {
    fn from(refusal: RoundRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What became of a round by the passing of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It goes on.
    Running,
    /// There is a joint key.
    Done(Box<RoundKey>),
    /// Too few good dealings: there is no key from this round.
    Failed,
}

/// The outcome of [`super::KeyRound::advance`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advance {
    /// The seats that owed a dealing and made none: their bonds are to be slashed.
    pub offenders: Vec<u32>,
    /// Where the round stands now.
    pub progress: Progress,
}

impl Advance {
    pub(super) const fn running(offenders: Vec<u32>) -> Self {
        Self {
            offenders,
            progress: Progress::Running,
        }
    }
}
