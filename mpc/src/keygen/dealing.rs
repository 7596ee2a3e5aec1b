//! Dealings, and what everybody checks of them.

use std::io::{Read, Write};

use ark_ff::Field;
use borsh::{BorshDeserialize, BorshSerialize};
use merlin::Transcript;
use tally_circuits::jubjub::{CurvePoint, Point};

use super::{Dealing, Participants};
use crate::arithmetic::linear_combination;
use crate::encoding::{
    DecodeError, SCALAR_BYTES, read_key, read_length, read_points, scalar_from_bytes, write_points,
};
use crate::schnorr::{ProofError, Signature, scalars_of};
use crate::subgroup::{all_in_subgroup, in_subgroup};
use crate::transcript::{Absorb, Context, begin};

/// The domain of the proof of knowledge.
const KNOWLEDGE: &str = "tally/mpc/dealing/knowledge/1";

/// Why a dealing is refused: its dealer is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DealingError {
    /// There is no participant with the dealer's index.
    #[error("dealer {dealer} is no participant of the {seats}; use its index in the list")]
    NoSuchDealer {
        /// The index, from 0.
        dealer: u32,
        /// How many participants there are.
        seats: usize,
    },
    /// There is not one commitment for every coefficient.
    #[error(
        "dealing has {length} commitments, exactly {expected} are needed: one for every share that will decrypt"
    )]
    Commitments {
        /// How many it has.
        length: usize,
        /// The threshold.
        expected: usize,
    },
    /// There is not one share for every participant.
    #[error(
        "dealing has {length} encrypted shares, exactly {expected} are needed: one for every participant"
    )]
    Shares {
        /// How many it has.
        length: usize,
        /// The number of participants.
        expected: usize,
    },
    /// A commitment is outside the subgroup of prime order.
    #[error(
        "commitment {index} is not in the subgroup of prime order; deal multiples of the generator"
    )]
    CommitmentNotInSubgroup {
        /// The exponent of its coefficient.
        index: usize,
    },
    /// The constant term is zero.
    #[error("commitment of the constant term is the neutral element; deal a fresh polynomial")]
    IdentityConstant,
    /// The ephemeral key is outside the subgroup of prime order, or neutral.
    #[error("ephemeral key of the dealing is no key; deal with a fresh multiple of the generator")]
    EphemeralNoKey,
    /// An encrypted share is not below the order of the subgroup.
    #[error(
        "encrypted share of participant {index} is not a canonical scalar; encode the residue below the order"
    )]
    ShareNotCanonical {
        /// The participant's index.
        index: usize,
    },
    /// The dealer does not show that it knows its constant term and its ephemeral secret.
    #[error("proof of knowledge of the dealing: {0}")]
    Knowledge(#[from] ProofError),
}

/// A dealing all of whose parts hold that everybody can check. Whether the encrypted shares match the commitments, only
/// their recipients can tell.
///
/// Decoding checks lengths against the bound, points and scalars, but not the proof, which is not kept: decode only what
/// this very type encoded into a trusted snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedDealing {
    dealer: u32,
    parts: Parts,
}

/// A dealing without its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// The commitments to the coefficients, constant term first.
    pub commitments: Vec<Point>,
    /// The ephemeral key of the encrypted shares.
    pub ephemeral: Point,
    /// The encrypted shares.
    pub shares: Vec<[u8; SCALAR_BYTES]>,
}

impl CheckedDealing {
    /// The dealer's index, from 0.
    #[must_use]
    pub const fn dealer(&self) -> u32 {
        self.dealer
    }

    /// The commitments to the coefficients, constant term first.
    #[must_use]
    pub fn commitments(&self) -> &[Point] {
        &self.parts.commitments
    }

    /// The ephemeral key of the encrypted shares.
    #[must_use]
    pub const fn ephemeral(&self) -> Point {
        self.parts.ephemeral
    }

    /// How many participants were dealt to.
    #[must_use]
    pub fn seats(&self) -> usize {
        self.parts.shares.len()
    }

    /// The encrypted share of one participant.
    pub(super) fn share(&self, index: u32) -> Option<&[u8; SCALAR_BYTES]> {
        self.parts.shares.get(index as usize)
    }
}

/// Checks a dealing, cheap clauses first.
///
/// # Errors
/// [`DealingError`], and the dealer is at fault.
pub fn verify_dealing(
    context: &Context,
    participants: &Participants,
    dealer: u32,
    dealing: &Dealing,
) -> Result<CheckedDealing, DealingError> {
    check_lengths(participants, dealer, dealing)?;
    let not_canonical = |share: &[u8; SCALAR_BYTES]| scalar_from_bytes(share).is_none();
    if let Some(index) = dealing.shares.iter().position(not_canonical) {
        return Err(DealingError::ShareNotCanonical { index });
    }
    let ephemeral = in_subgroup(dealing.ephemeral).ok_or(DealingError::EphemeralNoKey)?;
    if ephemeral.is_identity() {
        return Err(DealingError::EphemeralNoKey);
    }
    let commitments = all_in_subgroup(&dealing.commitments)
        .map_err(|index| DealingError::CommitmentNotInSubgroup { index })?;
    // The threshold is at least one, so that there is a first commitment.
    let constant = commitments
        .first()
        .copied()
        .filter(|constant| !constant.is_identity());
    let constant = constant.ok_or(DealingError::IdentityConstant)?;
    let parts = Parts {
        commitments,
        ephemeral,
        shares: dealing.shares.clone(),
    };
    let transcript = parts.absorbed(context, participants, dealer);
    verify_knowledge(transcript, constant, ephemeral, &dealing.knowledge)?;
    Ok(CheckedDealing { dealer, parts })
}

fn check_lengths(
    participants: &Participants,
    dealer: u32,
    dealing: &Dealing,
) -> Result<(), DealingError> {
    let seats = participants.seats();
    if participants.key(dealer).is_none() {
        return Err(DealingError::NoSuchDealer { dealer, seats });
    }
    if dealing.commitments.len() != participants.threshold() {
        return Err(DealingError::Commitments {
            length: dealing.commitments.len(),
            expected: participants.threshold(),
        });
    }
    if dealing.shares.len() != seats {
        return Err(DealingError::Shares {
            length: dealing.shares.len(),
            expected: seats,
        });
    }
    Ok(())
}

impl Parts {
    /// What the proof of knowledge is bound to: everything.
    pub(super) fn absorbed(
        &self,
        context: &Context,
        participants: &Participants,
        dealer: u32,
    ) -> Transcript {
        let mut transcript = begin(KNOWLEDGE, context);
        transcript.append_message(b"participants", participants.digest());
        transcript.append_u64(b"dealer", dealer.into());
        transcript.points(b"coefficient", &self.commitments);
        transcript.point(b"ephemeral", self.ephemeral);
        transcript.append_message(b"shares", self.shares.as_flattened());
        transcript
    }

    /// The message.
    pub(super) fn sealed(self, knowledge: Signature) -> Dealing {
        Dealing {
            commitments: self.commitments.into_iter().map(CurvePoint::from).collect(),
            knowledge,
            ephemeral: self.ephemeral.into(),
            shares: self.shares,
        }
    }
}

fn verify_knowledge(
    mut transcript: Transcript,
    constant: Point,
    ephemeral: Point,
    proof: &Signature,
) -> Result<(), ProofError> {
    let (challenge, response) = scalars_of(proof)?;
    let commitment = linear_combination(&[
        (response, Point::generator()),
        (-challenge, constant),
        (-challenge.square(), ephemeral),
    ]);
    transcript.point(b"commitment", commitment);
    if transcript.challenge(b"challenge") == challenge {
        Ok(())
    } else {
        Err(ProofError::DoesNotHold)
    }
}

impl BorshSerialize for CheckedDealing {
    fn serialize<W: Write>(&self, writer: &mut W) -> std::io::Result<()> {
        self.dealer.serialize(writer)?;
        write_points(&self.parts.commitments, writer)?;
        self.parts.ephemeral.serialize(writer)?;
        self.parts.shares.serialize(writer)
    }
}

impl BorshDeserialize for CheckedDealing {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        let dealer = u32::deserialize_reader(reader)?;
        let commitments = read_points(reader)?;
        let ephemeral = read_key(reader)?;
        let seats = read_length(reader)?;
        let expected = crate::threshold(seats);
        if commitments.len() != expected || seats == 0 {
            return Err(DecodeError::WrongLength {
                length: commitments.len(),
                expected,
            }
            .into());
        }
        let shares = (0..seats)
            .map(|index| {
                let share = <[u8; SCALAR_BYTES]>::deserialize_reader(reader)?;
                match scalar_from_bytes(&share) {
                    Some(_) => Ok(share),
                    None => Err(DecodeError::ScalarNotCanonical { index }.into()),
                }
            })
            .collect::<std::io::Result<_>>()?;
        let parts = Parts {
            commitments,
            ephemeral,
            shares,
        };
        Ok(Self { dealer, parts })
    }
}
