//! The encodings of this crate: canonical scalars of 32 bytes, bounded lists of points of the subgroup.

use std::io::{Error, ErrorKind, Read, Write};

use ark_ff::{BigInt, PrimeField};
use borsh::{BorshDeserialize, BorshSerialize};
use tally_circuits::jubjub::{CurvePoint, Point, Scalar};

use crate::MAX_SEATS;
use crate::keygen::ParticipantsError;
use crate::subgroup::all_in_subgroup;

/// Length of an encoded scalar, bytes.
pub(crate) const SCALAR_BYTES: usize = 32;

/// Why stored bytes are not what they are read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A list is longer than any seat count.
    #[error("list has {length} entries, at most {MAX_SEATS} are possible; take the bytes again")]
    TooLong {
        /// The entries that the bytes announce.
        length: u64,
    },
    /// Two lists that belong together do not match.
    #[error("list has {length} entries where {expected} belong; take the bytes again")]
    WrongLength {
        /// The entries that the bytes hold.
        length: usize,
        /// The entries that belong there.
        expected: usize,
    },
    /// A point is outside the subgroup of prime order.
    #[error("point {index} is not in the subgroup of prime order; take the bytes again")]
    NotInSubgroup {
        /// Its place in the list, from 0.
        index: usize,
    },
    /// A key is the neutral element.
    #[error("key is the neutral element, which is no key; take the bytes again")]
    IdentityKey,
    /// Keys are no list of participants.
    #[error("participants are refused: {0}")]
    Participants(#[from] ParticipantsError),
    /// A scalar is not below the order of the subgroup.
    #[error("scalar {index} is not below the order of the subgroup; take the bytes again")]
    ScalarNotCanonical {
        /// Its place in the list, from 0.
        index: usize,
    },
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::new(ErrorKind::InvalidData, error)
    }
}

/// The canonical encoding: little-endian, below the order of the subgroup.
pub(crate) fn scalar_to_bytes(scalar: &Scalar) -> [u8; SCALAR_BYTES] {
    let mut bytes = [0; SCALAR_BYTES];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(scalar.into_bigint().0) {
        chunk.copy_from_slice(&limb.to_le_bytes());
    }
    bytes
}

/// Reads [`scalar_to_bytes`]; `None` unless the integer is below the order.
pub(crate) fn scalar_from_bytes(bytes: &[u8; SCALAR_BYTES]) -> Option<Scalar> {
    let mut limbs = [0_u64; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        *limb = u64::from_le_bytes(word);
    }
    Scalar::from_bigint(BigInt::new(limbs))
}

/// Writes a list of points; [`read_points`] reads it.
pub(crate) fn write_points<W: Write>(points: &[Point], writer: &mut W) -> std::io::Result<()> {
    points.serialize(writer)
}

/// Reads at most [`MAX_SEATS`] points, each of the subgroup.
pub(crate) fn read_points<R: Read>(reader: &mut R) -> std::io::Result<Vec<Point>> {
    let length = read_length(reader)?;
    let points = (0..length)
        .map(|_| CurvePoint::deserialize_reader(reader))
        .collect::<std::io::Result<Vec<_>>>()?;
    Ok(all_in_subgroup(&points).map_err(|index| DecodeError::NotInSubgroup { index })?)
}

/// Reads one point that is a key: of the subgroup and not neutral.
pub(crate) fn read_key<R: Read>(reader: &mut R) -> std::io::Result<Point> {
    let point = CurvePoint::deserialize_reader(reader)?;
    let point =
        crate::subgroup::in_subgroup(point).ok_or(DecodeError::NotInSubgroup { index: 0 })?;
    if point.is_identity() {
        return Err(DecodeError::IdentityKey.into());
    }
    Ok(point)
}

/// Reads the length of a list: at most [`MAX_SEATS`].
pub(crate) fn read_length<R: Read>(reader: &mut R) -> std::io::Result<usize> {
    let length = u32::deserialize_reader(reader)? as usize;
    if length > MAX_SEATS {
        return Err(DecodeError::TooLong {
            length: length as u64,
        }
        .into());
    }
    Ok(length)
}
