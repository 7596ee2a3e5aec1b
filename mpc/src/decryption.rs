//! Decryption shares of one epoch's summed ciphertexts.
//!
//! A participant's part of the ciphertext (E, M) is its secret share times E. From [`threshold`](crate::threshold) such
//! parts, the joint secret times E is interpolated, and M less that is the value times the generator, which
//! [`crate::discrete_log`] or a guess with [`matches()`] makes an integer.
//!
//! # One proof for all parts
//!
//! The transcript absorbs context, index, joint key, verification key, all ciphertexts and all parts; it then gives every
//! pair but the first a random weight of 128 bits, and one proof of equal logarithms is made for the weighted sums. If some
//! part is not the secret times its E, the weighted sums match for at most one in 2^128 weights.
//!
//! # The sum of nothing
//!
//! The ephemeral point of a sum may be neutral: nothing was added, or the randomness cancels. Its part is then neutral for
//! every secret, the proof still shows exactly that, and the sum opens to M itself. The ciphertext of nothing opens to
//! zero. It needs no special treatment.
//!
//! # What a share must not be made for
//!
//! Shares of two sums that differ by one ciphertext open that ciphertext. This module computes what it is asked for: the
//! state machine accepts one share per participant and epoch number, and a participant makes none for a second sum.

use std::io::{Read, Write};

use borsh::{BorshDeserialize, BorshSerialize};
use merlin::Transcript;
use tally_circuits::elgamal::Ciphertext;
use tally_circuits::jubjub::{CurvePoint, Point, Scalar};

use crate::arithmetic::{interleaved, linear_combination, normalise};
use crate::dleq::EqualLogarithms;
use crate::encoding::{read_points, write_points};
use crate::keygen::{JointKey, KeyShare};
use crate::polynomial::{lagrange_at_zero, place};
use crate::schnorr::{ProofError, Signature};
use crate::subgroup::all_in_subgroup;
use crate::transcript::{Absorb, Context, begin};

/// The domain of decryption shares.
const SHARE: &str = "tally/mpc/decryption/share/1";

/// One decryptor's share: its secret share times the ephemeral point of each summed ciphertext, with one proof for all.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DecryptionShare {
    /// One point for each ciphertext: position, and at the daily settlement low and high limb of the cash.
    pub parts: Vec<CurvePoint>,
    /// The batched proof of equal discrete logarithms.
    pub proof: Signature,
}

/// A share whose proof holds. Decoding checks its points, but not the proof, which is not kept: decode trusted snapshots
/// only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedShare {
    index: u32,
    parts: Vec<Point>,
}

impl CheckedShare {
    /// The participant's index, from 0.
    #[must_use]
    pub const fn index(&self) -> u32 {
        self.index
    }
}

/// Why a share is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// There is nothing to decrypt.
    #[error("no ciphertext to decrypt; a share is for at least one")]
    NoCiphertext,
    /// The joint key has no such participant.
    #[error(
        "joint key has no participant {index} among {seats}; use the index in the list of participants"
    )]
    NoSuchParticipant {
        /// The index, from 0.
        index: u32,
        /// How many participants there are.
        seats: usize,
    },
    /// There is not one part for every ciphertext.
    #[error("share has {length} parts, exactly {expected} are needed: one for every ciphertext")]
    Parts {
        /// How many it has.
        length: usize,
        /// The number of ciphertexts.
        expected: usize,
    },
    /// A part is outside the subgroup of prime order.
    #[error(
        "part {index} of the share is not in the subgroup of prime order; multiply the ciphertext's ephemeral point"
    )]
    PartNotInSubgroup {
        /// The number of its ciphertext, from 0.
        index: usize,
    },
    /// The proof does not hold.
    #[error("proof of the share: {0}")]
    Proof(#[from] ProofError),
}

/// Why shares open nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CombineError {
    /// Too few shares.
    #[error("{shares} shares are there, {needed} are needed; wait for more")]
    TooFewShares {
        /// How many there are.
        shares: usize,
        /// The threshold.
        needed: usize,
    },
    /// A participant's share occurs twice, or the shares are not in the participants' order.
    #[error(
        "share of participant {index} is out of order; give each share once, in the order of the participants"
    )]
    OutOfOrder {
        /// The index, from 0.
        index: u32,
    },
    /// A share is for other ciphertexts or of another joint key.
    #[error(
        "share of participant {index} is for another key or another number of ciphertexts; take this epoch's shares"
    )]
    OtherCiphertexts {
        /// The index, from 0.
        index: u32,
    },
}

/// A participant's share of these ciphertexts. Asked again, it makes the same again.
///
/// # Errors
/// [`ShareError::NoCiphertext`], [`ShareError::NoSuchParticipant`].
pub fn share(
    context: &Context,
    key_share: &KeyShare,
    joint: &JointKey,
    ciphertexts: &[Ciphertext],
) -> Result<DecryptionShare, ShareError> {
    let share_key = share_key_of(joint, key_share.index(), ciphertexts)?;
    let secret = key_share.secret();
    let parts: Vec<_> = ciphertexts
        .iter()
        .map(|ciphertext| interleaved(&[(*secret, ciphertext.ephemeral)]))
        .collect();
    let parts = normalise(&parts);
    let mut transcript = begin_share(context, key_share.index(), joint, ciphertexts, &parts);
    let claim = weighted(&mut transcript, share_key, ciphertexts, &parts);
    Ok(DecryptionShare {
        parts: parts.into_iter().map(CurvePoint::from).collect(),
        proof: claim.prove(transcript, secret),
    })
}

/// Checks the share of the participant with this index.
///
/// # Errors
/// [`ShareError`].
pub fn verify_share(
    context: &Context,
    index: u32,
    joint: &JointKey,
    ciphertexts: &[Ciphertext],
    share: &DecryptionShare,
) -> Result<CheckedShare, ShareError> {
    let share_key = share_key_of(joint, index, ciphertexts)?;
    if share.parts.len() != ciphertexts.len() {
        return Err(ShareError::Parts {
            length: share.parts.len(),
            expected: ciphertexts.len(),
        });
    }
    let parts =
        all_in_subgroup(&share.parts).map_err(|index| ShareError::PartNotInSubgroup { index })?;
    let mut transcript = begin_share(context, index, joint, ciphertexts, &parts);
    let claim = weighted(&mut transcript, share_key, ciphertexts, &parts);
    claim.verify(transcript, &share.proof)?;
    Ok(CheckedShare { index, parts })
}

/// Opens the ciphertexts with the first [`JointKey::threshold`] of these shares, which are in the participants' order: for
/// each ciphertext its value times the generator. All choices of shares give the same.
///
/// # Errors
/// [`CombineError`].
pub fn combine<'a>(
    joint: &JointKey,
    shares: impl IntoIterator<Item = &'a CheckedShare>,
    ciphertexts: &[Ciphertext],
) -> Result<Vec<Point>, CombineError> {
    let needed = joint.threshold();
    let shares: Vec<&CheckedShare> = shares.into_iter().take(needed).collect();
    if shares.len() < needed {
        let shares = shares.len();
        return Err(CombineError::TooFewShares { shares, needed });
    }
    for share in &shares {
        let index = share.index;
        if share.parts.len() != ciphertexts.len() || joint.share_key(index).is_none() {
            return Err(CombineError::OtherCiphertexts { index });
        }
    }
    if let Some(pair) = shares
        .windows(2)
        .find(|pair| pair[0].index >= pair[1].index)
    {
        let index = pair[1].index;
        return Err(CombineError::OutOfOrder { index });
    }
    let places: Vec<u32> = shares.iter().map(|share| place(share.index)).collect();
    let factors = lagrange_at_zero(&places);
    let open = |(number, ciphertext): (usize, &Ciphertext)| {
        let parts = shares.iter().map(|share| share.parts[number]);
        let terms: Vec<(Scalar, Point)> = factors.iter().copied().zip(parts).collect();
        ciphertext.masked - linear_combination(&terms)
    };
    Ok(ciphertexts.iter().enumerate().map(open).collect())
}

/// Whether an opened point is the generator times `value`: one multiplication.
#[must_use]
pub fn matches(point: Point, value: i64) -> bool {
    Point::of_integer(value) == point
}

fn share_key_of(
    joint: &JointKey,
    index: u32,
    ciphertexts: &[Ciphertext],
) -> Result<Point, ShareError> {
    if ciphertexts.is_empty() {
        return Err(ShareError::NoCiphertext);
    }
    let seats = joint.seats();
    joint
        .share_key(index)
        .ok_or(ShareError::NoSuchParticipant { index, seats })
}

/// The transcript of a share with everything that the weights depend on.
fn begin_share(
    context: &Context,
    index: u32,
    joint: &JointKey,
    ciphertexts: &[Ciphertext],
    parts: &[Point],
) -> Transcript {
    let mut transcript = begin(SHARE, context);
    transcript.append_u64(b"index", index.into());
    transcript.point(b"joint key", joint.key);
    transcript.append_u64(b"ciphertexts", ciphertexts.len() as u64);
    for ciphertext in ciphertexts {
        transcript.point(b"ephemeral", ciphertext.ephemeral);
        transcript.point(b"masked", ciphertext.masked);
    }
    transcript.points(b"part", parts);
    transcript
}

/// The claim about the weighted sums of all ephemeral points and of all parts.
fn weighted(
    transcript: &mut Transcript,
    key: Point,
    ciphertexts: &[Ciphertext],
    parts: &[Point],
) -> EqualLogarithms {
    transcript.point(b"verification key", key);
    let weights: Vec<Scalar> = (0..ciphertexts.len())
        .map(|number| {
            if number == 0 {
                Scalar::from(1_u64)
            } else {
                weight(transcript)
            }
        })
        .collect();
    let sum = |points: &mut dyn Iterator<Item = Point>| {
        let terms: Vec<(Scalar, Point)> = weights.iter().copied().zip(points).collect();
        linear_combination(&terms)
    };
    EqualLogarithms {
        key,
        base: sum(&mut ciphertexts.iter().map(|ciphertext| ciphertext.ephemeral)),
        image: sum(&mut parts.iter().copied()),
    }
}

/// A weight of 128 bits.
fn weight(transcript: &mut Transcript) -> Scalar {
    let mut bytes = [0; 16];
    transcript.challenge_bytes(b"weight", &mut bytes);
    Scalar::from(u128::from_le_bytes(bytes))
}

impl BorshSerialize for CheckedShare {
    fn serialize<W: Write>(&self, writer: &mut W) -> std::io::Result<()> {
        self.index.serialize(writer)?;
        write_points(&self.parts, writer)
    }
}

impl BorshDeserialize for CheckedShare {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        let index = u32::deserialize_reader(reader)?;
        let parts = read_points(reader)?;
        Ok(Self { index, parts })
    }
}

#[cfg(test)]
mod tests;
