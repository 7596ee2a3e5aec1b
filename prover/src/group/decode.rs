//! Compressed points: decoded, and checked to be canonical and in the group.

use ark_bls12_381::{Fq, Fq2, G1Affine, G2Affine, g1, g2};
use ark_ec::short_weierstrass::SWCurveConfig;
use ark_ff::{BigInt, Field, PrimeField};

use super::root::{root, root_in_fq2};

/// Bytes of an element of the base field.
const FIELD_BYTES: usize = 48;
/// Set in the first byte: the point is compressed.
const COMPRESSED: u8 = 0x80;
/// Set in the first byte: the point is the identity, all other bits are zero.
const IDENTITY: u8 = 0x40;
/// Set in the first byte: y is the larger of the two roots.
const LARGER: u8 = 0x20;

/// Why bytes are not a point that a proof may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DecodePointError {
    /// Not the encoding of a point of the prime-order group.
    NotInGroup,
    /// The encoding of the identity.
    Identity,
}

/// A point of G1 other than the identity.
///
/// A point has one encoding: its three flags follow from y, for there are no points of order two with
/// y = 0 in the group, and coordinates must be below the modulus.
pub(crate) fn decode_g1(bytes: &[u8; FIELD_BYTES]) -> Result<G1Affine, DecodePointError> {
    let (larger, [x]) = coordinates(bytes.as_chunks().0)?;
    let y = root(x.square() * x + g1::Config::COEFF_B).ok_or(DecodePointError::NotInGroup)?;
    let opposite = -y;
    let y = if (y > opposite) == larger {
        y
    } else {
        opposite
    };
    let point = G1Affine::new_unchecked(x, y);
    // By an endomorphism: Scott, https://eprint.iacr.org/2021/1130, section 6.
    if point.is_in_correct_subgroup_assuming_on_curve() {
        Ok(point)
    } else {
        Err(DecodePointError::NotInGroup)
    }
}

/// A point of G2 other than the identity; the coefficient of u comes first.
pub(crate) fn decode_g2(bytes: &[u8; 2 * FIELD_BYTES]) -> Result<G2Affine, DecodePointError> {
    let (larger, [c1, c0]) = coordinates(bytes.as_chunks().0)?;
    let x = Fq2::new(c0, c1);
    let y =
        root_in_fq2(x.square() * x + g2::Config::COEFF_B).ok_or(DecodePointError::NotInGroup)?;
    let opposite = -y;
    // Ordered by the coefficient of u first.
    let y = if (y > opposite) == larger {
        y
    } else {
        opposite
    };
    let point = G2Affine::new_unchecked(x, y);
    // By an endomorphism: the same paper, section 4.
    if point.is_in_correct_subgroup_assuming_on_curve() {
        Ok(point)
    } else {
        Err(DecodePointError::NotInGroup)
    }
}

/// Whether y is the larger root, and the coefficients of x.
fn coordinates<const N: usize>(
    bytes: &[[u8; FIELD_BYTES]],
) -> Result<(bool, [Fq; N]), DecodePointError> {
    let not_in_group = DecodePointError::NotInGroup;
    let mut coefficients = [[0; FIELD_BYTES]; N];
    coefficients.copy_from_slice(bytes);
    let flags = coefficients[0][0] & (COMPRESSED | IDENTITY | LARGER);
    coefficients[0][0] ^= flags;
    if flags & COMPRESSED == 0 {
        return Err(not_in_group);
    }
    if flags & IDENTITY != 0 {
        let is_canonical = flags & LARGER == 0 && coefficients == [[0; FIELD_BYTES]; N];
        return Err(if is_canonical {
            DecodePointError::Identity
        } else {
            not_in_group
        });
    }
    let mut x = [Fq::from(0u64); N];
    for (x, bytes) in x.iter_mut().zip(&coefficients) {
        *x = field_element(bytes).ok_or(not_in_group)?;
    }
    Ok((flags & LARGER != 0, x))
}

/// A number below the modulus, big-endian.
fn field_element(bytes: &[u8; FIELD_BYTES]) -> Option<Fq> {
    let (limbs, _) = bytes.as_chunks::<8>();
    let mut number = [0; FIELD_BYTES / 8];
    for (limb, bytes) in number.iter_mut().rev().zip(limbs) {
        *limb = u64::from_be_bytes(*bytes);
    }
    Fq::from_bigint(BigInt(number))
}
