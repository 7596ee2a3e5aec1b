//! Jubjub: the twisted Edwards curve over the scalar field of BLS12-381, so that its arithmetic is cheap in a circuit.
//!
//! The curve has order 8 * r. Points of the subgroup of prime order r are [`Point`]; points that are only known to lie on
//! the curve are [`CurvePoint`], the form in which they come from outside. Both are encoded as their two coordinates, 64
//! bytes in canonical form: decoding then needs no square root.

use std::fmt;
use std::io::{Error, ErrorKind, Read, Write};
use std::ops::{Add, Mul, Neg, Sub};

use ark_bls12_381::Fr;
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsProjective};
use ark_ff::{AdditiveGroup, PrimeField};
use borsh::{BorshDeserialize, BorshSerialize};

use crate::field::{self, ELEMENT_BYTES, Element};

/// The field of exponents: integers modulo the order r of the subgroup, 252 bits.
pub type Scalar = ark_ed_on_bls12_381::Fr;

/// Length of an encoded point, bytes.
pub const POINT_BYTES: usize = 2 * ELEMENT_BYTES;

/// Why coordinates are no point that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// A coordinate is not canonical.
    #[error("point coordinate is not canonical; encode the residue below the modulus")]
    NotCanonical,
    /// The coordinates do not satisfy the curve's equation.
    #[error("point is not on the curve Jubjub; take the coordinates again")]
    NotOnCurve,
    /// The point is outside the subgroup of prime order.
    #[error("point is not in the subgroup of prime order; a multiple of the generator is needed")]
    NotInSubgroup,
    /// The point is the neutral element, which is no key.
    #[error("point is the neutral element, which is no key; make a fresh key")]
    Identity,
}

/// A point that is on the curve, in whatever subgroup.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CurvePoint(EdwardsAffine);

/// A point of the subgroup of prime order, the neutral element included.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Point(EdwardsAffine);

impl CurvePoint {
    /// The point with these coordinates.
    ///
    /// # Errors
    /// [`PointError::NotOnCurve`].
    pub fn from_coordinates(x: Fr, y: Fr) -> Result<Self, PointError> {
        let point = EdwardsAffine::new_unchecked(x, y);
        if point.is_on_curve() {
            Ok(Self(point))
        } else {
            Err(PointError::NotOnCurve)
        }
    }

    /// The point as one of the subgroup.
    ///
    /// # Errors
    /// [`PointError::NotInSubgroup`].
    pub fn in_subgroup(self) -> Result<Point, PointError> {
        if self.0.is_in_correct_subgroup_assuming_on_curve() {
            Ok(Point(self.0))
        } else {
            Err(PointError::NotInSubgroup)
        }
    }

    /// The point as a key: in the subgroup and not neutral.
    ///
    /// # Errors
    /// [`PointError`].
    pub fn as_key(self) -> Result<Point, PointError> {
        let point = self.in_subgroup()?;
        if point.is_identity() {
            Err(PointError::Identity)
        } else {
            Ok(point)
        }
    }

    /// The point of arkworks, for arithmetic.
    pub const fn affine(self) -> EdwardsAffine {
        self.0
    }

    /// Takes the point to be in the subgroup.
    ///
    /// The caller has checked it, for many points at once for instance.
    #[must_use]
    pub const fn in_subgroup_unchecked(self) -> Point {
        Point(self.0)
    }

    /// The two coordinates.
    #[must_use]
    pub const fn coordinates(self) -> [Fr; 2] {
        [self.0.x, self.0.y]
    }

    /// The canonical encoding: x, then y.
    #[must_use]
    pub fn to_bytes(self) -> [u8; POINT_BYTES] {
        let mut bytes = [0; POINT_BYTES];
        bytes[..ELEMENT_BYTES].copy_from_slice(&field::to_bytes(&self.0.x));
        bytes[ELEMENT_BYTES..].copy_from_slice(&field::to_bytes(&self.0.y));
        bytes
    }

    /// Reads [`CurvePoint::to_bytes`].
    ///
    /// # Errors
    /// [`PointError`] unless the coordinates are canonical and on the curve.
    pub fn from_bytes(bytes: &[u8; POINT_BYTES]) -> Result<Self, PointError> {
        let coordinate = |part: &[u8]| {
            let mut exact = [0; ELEMENT_BYTES];
            exact.copy_from_slice(part);
            field::from_bytes(&exact).map_err(|_| PointError::NotCanonical)
        };
        let (x, y) = bytes.split_at(ELEMENT_BYTES);
        Self::from_coordinates(coordinate(x)?, coordinate(y)?)
    }
}

impl Point {
    /// The neutral element.
    #[must_use]
    pub fn identity() -> Self {
        Self(EdwardsAffine::zero())
    }

    /// The generator of the subgroup, as arkworks has it.
    #[must_use]
    pub fn generator() -> Self {
        Self(EdwardsAffine::generator())
    }

    /// The multiple of the generator by `scalar`.
    #[must_use]
    pub fn of_scalar(scalar: &Scalar) -> Self {
        Self((EdwardsProjective::generator() * scalar).into_affine())
    }

    /// The multiple of the generator by a signed integer.
    #[must_use]
    pub fn of_integer(value: i64) -> Self {
        Self::of_scalar(&scalar_of_integer(value))
    }

    /// Whether this is the neutral element.
    #[must_use]
    pub fn is_identity(self) -> bool {
        self.0.is_zero()
    }

    /// The point of arkworks, for arithmetic.
    pub const fn affine(self) -> EdwardsAffine {
        self.0
    }

    /// Takes a result of subgroup arithmetic: sums and multiples of points of the subgroup are in it.
    #[must_use]
    pub fn of_subgroup_arithmetic(point: EdwardsProjective) -> Self {
        Self(point.into_affine())
    }

    /// The two coordinates.
    #[must_use]
    pub const fn coordinates(self) -> [Fr; 2] {
        [self.0.x, self.0.y]
    }

    /// The canonical encoding: x, then y.
    #[must_use]
    pub fn to_bytes(self) -> [u8; POINT_BYTES] {
        CurvePoint::from(self).to_bytes()
    }
}

/// The exponent of a signed integer.
#[must_use]
pub fn scalar_of_integer(value: i64) -> Scalar {
    let magnitude = Scalar::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

/// An exponent from 64 uniform bytes; the bias is below 2^-256.
#[must_use]
pub fn scalar_of_uniform_bytes(bytes: &[u8; 64]) -> Scalar {
    Scalar::from_le_bytes_mod_order(bytes)
}

impl From<Point> for CurvePoint {
    fn from(point: Point) -> Self {
        Self(point.0)
    }
}

impl Add for Point {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self((self.0 + other.0).into_affine())
    }
}

impl Sub for Point {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self((self.0 - other.0).into_affine())
    }
}

impl Neg for Point {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Mul<Scalar> for Point {
    type Output = Self;
    fn mul(self, scalar: Scalar) -> Self {
        Self((EdwardsProjective::from(self.0) * scalar).into_affine())
    }
}

impl BorshSerialize for CurvePoint {
    fn serialize<W: Write>(&self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(&self.to_bytes())
    }
}

impl BorshDeserialize for CurvePoint {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        let bytes = <[u8; POINT_BYTES]>::deserialize_reader(reader)?;
        Self::from_bytes(&bytes).map_err(|error| Error::new(ErrorKind::InvalidData, error))
    }
}

impl BorshSerialize for Point {
    fn serialize<W: Write>(&self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(&self.to_bytes())
    }
}

/// Checks the subgroup: for snapshots and small messages. Long lists come as [`CurvePoint`] and are checked together.
impl BorshDeserialize for Point {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        CurvePoint::deserialize_reader(reader)?
            .in_subgroup()
            .map_err(|error| Error::new(ErrorKind::InvalidData, error))
    }
}

impl fmt::Debug for CurvePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CurvePoint")
            .field(&Element(self.0.x))
            .field(&Element(self.0.y))
            .finish()
    }
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Point")
            .field(&Element(self.0.x))
            .field(&Element(self.0.y))
            .finish()
    }
}

/// The sum of many points.
#[must_use]
pub fn sum(points: impl IntoIterator<Item = Point>) -> Point {
    let total = points
        .into_iter()
        .fold(EdwardsProjective::ZERO, |sum, point| sum + point.0);
    Point::of_subgroup_arithmetic(total)
}
