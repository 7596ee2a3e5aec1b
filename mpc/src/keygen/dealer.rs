//! What a dealer does.

use ark_ec::CurveGroup;
use ark_ed_on_bls12_381::EdwardsProjective;
use ark_ff::Field;
use merlin::Transcript;
use tally_circuits::jubjub::{Point, Scalar};
use zeroize::Zeroizing;

use super::dealing::Parts;
use super::share::{encrypt, pad};
use super::{Dealing, Participants};
use crate::arithmetic::interleaved;
use crate::polynomial::{Polynomial, place};
use crate::schnorr::{SeatKey, Signature, proof_of};
use crate::transcript::{Absorb, Context, begin};

/// The domain of a dealer's secrets.
const SECRETS: &str = "tally/mpc/dealing/secrets/1";

/// Why nothing is dealt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DealError {
    /// The key is not the one of the participant with this index.
    #[error(
        "seat key is not that of participant {index}; deal with the key that the seat was registered with"
    )]
    NotThisSeat {
        /// The index, from 0.
        index: u32,
    },
}

/// Deals for the participant with index `dealer`, whose key is `seat`.
///
/// Polynomial and ephemeral key are hashed from the seat's secret, the context, the participants and the index: a dealer
/// that is killed and restarted deals the same again, and never deals the same polynomial elsewhere.
///
/// # Errors
/// [`DealError`].
pub fn deal(
    context: &Context,
    participants: &Participants,
    dealer: u32,
    seat: &SeatKey,
) -> Result<Dealing, DealError> {
    if participants.key(dealer) != Some(seat.public()) {
        return Err(DealError::NotThisSeat { index: dealer });
    }
    let secrets = Secrets::new(context, participants, dealer, seat);
    let parts = secrets.parts(context, participants, dealer);
    let transcript = parts.absorbed(context, participants, dealer);
    let knowledge = secrets.prove_knowledge(transcript, seat);
    Ok(parts.sealed(knowledge))
}

/// What only the dealer knows.
struct Secrets {
    polynomial: Polynomial,
    ephemeral: Zeroizing<Scalar>,
}

impl Secrets {
    fn new(context: &Context, participants: &Participants, dealer: u32, seat: &SeatKey) -> Self {
        let mut transcript = begin(SECRETS, context);
        transcript.append_message(b"participants", participants.digest());
        transcript.append_u64(b"dealer", dealer.into());
        let polynomial = Polynomial::new(participants.threshold(), |exponent| {
            transcript.append_u64(b"exponent", exponent as u64);
            transcript.secret_scalar(b"coefficient", seat.secret())
        });
        let ephemeral = Zeroizing::new(transcript.secret_scalar(b"ephemeral", seat.secret()));
        Self {
            polynomial,
            ephemeral,
        }
    }

    /// Commitments, ephemeral key and encrypted shares.
    fn parts(&self, context: &Context, participants: &Participants, dealer: u32) -> Parts {
        let ephemeral = Point::of_scalar(&self.ephemeral);
        let multiples: Vec<_> = participants
            .keys()
            .iter()
            .map(|&key| interleaved(&[(*self.ephemeral, key)]))
            .collect();
        let multiples = Zeroizing::new(multiples);
        let shared = Zeroizing::new(EdwardsProjective::normalize_batch(&multiples));
        let shares = (0..)
            .zip(participants.keys().iter().zip(shared.iter()))
            .map(|(recipient, (&key, &shared))| {
                let pad = pad(context, dealer, recipient, key, ephemeral, shared);
                encrypt(&self.polynomial.at(place(recipient)), &pad)
            })
            .collect();
        Parts {
            commitments: self.polynomial.commitments(),
            ephemeral,
            shares,
        }
    }

    /// One proof for both secrets; see the documentation of [`crate::keygen`].
    fn prove_knowledge(&self, mut transcript: Transcript, seat: &SeatKey) -> Signature {
        let nonce = Zeroizing::new(transcript.secret_scalar(b"nonce", seat.secret()));
        transcript.point(b"commitment", Point::of_scalar(&nonce));
        let challenge = transcript.challenge(b"challenge");
        let constant = Zeroizing::new(self.polynomial.constant());
        let response = *nonce + challenge * *constant + challenge.square() * *self.ephemeral;
        proof_of(&challenge, &response)
    }
}

/// A dealing of a cheat: `tamper` changes it before the proof is made over it, with the secrets of an honest one.
#[cfg(any(test, feature = "misconduct"))]
pub(super) fn deal_tampered(
    context: &Context,
    participants: &Participants,
    dealer: u32,
    seat: &SeatKey,
    tamper: impl FnOnce(&mut Vec<Point>, &mut Point, &mut Vec<[u8; 32]>),
) -> Dealing {
    let secrets = Secrets::new(context, participants, dealer, seat);
    let mut parts = secrets.parts(context, participants, dealer);
    tamper(
        &mut parts.commitments,
        &mut parts.ephemeral,
        &mut parts.shares,
    );
    let transcript = parts.absorbed(context, participants, dealer);
    let knowledge = secrets.prove_knowledge(transcript, seat);
    parts.sealed(knowledge)
}

/// The dealing of a cheat: everything that the public can check holds, but the share of the participant `victim` is wrong.
///
/// For simulations that show what becomes of a cheating dealer: only `victim` can tell, and complains. It harms nobody but
/// the seat that sends it.
#[cfg(feature = "misconduct")]
#[must_use]
pub fn deal_with_wrong_share(
    context: &Context,
    participants: &Participants,
    dealer: u32,
    seat: &SeatKey,
    victim: u32,
) -> Dealing {
    deal_tampered(context, participants, dealer, seat, |_, _, shares| {
        if let Some(share) = usize::try_from(victim)
            .ok()
            .and_then(|index| shares.get_mut(index))
        {
            // Another number, and canonical unless it was one less than the group's order.
            share[0] ^= 1;
        }
    })
}
