//! Complaints about wrong shares, and their judgement.

use merlin::Transcript;
use tally_circuits::jubjub::PointError;

use super::share::{decrypt, matches_commitments};
use super::{CheckedDealing, Complaint, Participants};
use crate::arithmetic::multiple;
use crate::dleq::EqualLogarithms;
use crate::schnorr::{ProofError, SeatKey};
use crate::subgroup::in_subgroup;
use crate::transcript::{Context, begin};

/// The domain of complaints.
const COMPLAINT: &str = "tally/mpc/dealing/complaint/1";

/// What a complaint shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The share does not match the commitments: the dealer is excluded.
    DealerAtFault,
    /// The share matches: the complainer is at fault. It has given away this one share of its own.
    ComplaintFalse,
}

/// Why a complaint shows nothing: the complainer is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComplaintError {
    /// The complaint is about another dealer.
    #[error(
        "complaint is about dealer {named}, it was put against the dealing of {dealer}; look up the dealing it names"
    )]
    OtherDealer {
        /// The dealer that the complaint names.
        named: u32,
        /// The dealer whose dealing it was put against.
        dealer: u32,
    },
    /// The complainer is no participant.
    #[error("complainer {index} is no participant; use its index in the list")]
    NoSuchParticipant {
        /// The index, from 0.
        index: u32,
    },
    /// The opened key is outside of the subgroup of prime order.
    #[error("opened Diffie-Hellman key of the complaint: {0}")]
    Shared(PointError),
    /// The opened key is not shown to be the one of complainer and dealer.
    #[error("proof of the opened Diffie-Hellman key: {0}")]
    ComplaintInvalid(#[from] ProofError),
}

/// Complains about the share in a dealing for the participant with index `me`, whose key is `seat`.
///
/// This opens the share for everybody: complain only if [`super::open_share`] says that it does not match.
#[must_use]
pub fn complain(context: &Context, seat: &SeatKey, me: u32, dealing: &CheckedDealing) -> Complaint {
    sealed(context, seat, me, dealing, &claim(seat, dealing))
}

/// Judges a complaint of the participant with index `complainer`.
///
/// # Errors
/// [`ComplaintError`] for a complaint that shows nothing, whose complainer is at fault.
pub fn judge(
    context: &Context,
    participants: &Participants,
    complainer: u32,
    dealing: &CheckedDealing,
    complaint: &Complaint,
) -> Result<Verdict, ComplaintError> {
    let dealer = dealing.dealer();
    if complaint.dealer != dealer {
        return Err(ComplaintError::OtherDealer {
            named: complaint.dealer,
            dealer,
        });
    }
    let nobody = ComplaintError::NoSuchParticipant { index: complainer };
    let key = participants.key(complainer).ok_or(nobody)?;
    let shared =
        in_subgroup(complaint.shared).ok_or(ComplaintError::Shared(PointError::NotInSubgroup))?;
    let claim = EqualLogarithms {
        key,
        base: dealing.ephemeral(),
        image: shared,
    };
    claim.verify(
        begin_complaint(context, complainer, dealer),
        &complaint.proof,
    )?;
    let value = decrypt(context, dealing, complainer, key, shared.affine()).ok_or(nobody)?;
    Ok(if matches_commitments(dealing, complainer, &value) {
        Verdict::ComplaintFalse
    } else {
        Verdict::DealerAtFault
    })
}

/// That the opened key is the Diffie-Hellman key of this seat and the dealing.
fn claim(seat: &SeatKey, dealing: &CheckedDealing) -> EqualLogarithms {
    EqualLogarithms {
        key: seat.public(),
        base: dealing.ephemeral(),
        image: multiple(seat.secret(), dealing.ephemeral()),
    }
}

/// The complaint with the proof of its claim.
fn sealed(
    context: &Context,
    seat: &SeatKey,
    me: u32,
    dealing: &CheckedDealing,
    claim: &EqualLogarithms,
) -> Complaint {
    let dealer = dealing.dealer();
    Complaint {
        dealer,
        shared: claim.image.into(),
        proof: claim.prove(begin_complaint(context, me, dealer), seat.secret()),
    }
}

fn begin_complaint(context: &Context, complainer: u32, dealer: u32) -> Transcript {
    let mut transcript = begin(COMPLAINT, context);
    transcript.append_u64(b"complainer", complainer.into());
    transcript.append_u64(b"dealer", dealer.into());
    transcript
}

/// A complaint of a cheat: `tamper` changes the opened key before the proof is made over it.
#[cfg(test)]
pub(super) fn complain_with(
    context: &Context,
    seat: &SeatKey,
    me: u32,
    dealing: &CheckedDealing,
    tamper: impl FnOnce(&mut tally_circuits::jubjub::Point),
) -> Complaint {
    let mut claim = claim(seat, dealing);
    tamper(&mut claim.image);
    sealed(context, seat, me, dealing, &claim)
}
