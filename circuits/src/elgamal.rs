//! Exponential ElGamal on Jubjub: ciphertexts of small integers that can be added without opening them.
//!
//! ```text
//! Enc(value; k) = (k * G, value * G + k * Y)        Y the joint key, G the generator
//! ```
//!
//! The sum of ciphertexts is a ciphertext of the sum of their values.

use std::ops::Add;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::jubjub::{CurvePoint, Point, PointError, Scalar};

/// A ciphertext whose points are in the subgroup of prime order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Ciphertext {
    /// `k * G`.
    pub ephemeral: Point,
    /// `value * G + k * Y`.
    pub masked: Point,
}

/// A ciphertext as it comes from outside: 128 bytes, its points on the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct WireCiphertext {
    /// `k * G`.
    pub ephemeral: CurvePoint,
    /// `value * G + k * Y`.
    pub masked: CurvePoint,
}

impl Ciphertext {
    /// Encrypts a signed integer under `key` with randomness that is used once.
    #[must_use]
    pub fn encrypt(value: i64, randomness: &Scalar, key: Point) -> Self {
        Self {
            ephemeral: Point::of_scalar(randomness),
            masked: Point::of_integer(value) + key * *randomness,
        }
    }

    /// The ciphertext of zero without randomness: where a sum begins, and what stands where nothing is encrypted.
    #[must_use]
    pub fn neutral() -> Self {
        Self {
            ephemeral: Point::identity(),
            masked: Point::identity(),
        }
    }
}

impl Add for Ciphertext {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            ephemeral: self.ephemeral + other.ephemeral,
            masked: self.masked + other.masked,
        }
    }
}

impl From<Ciphertext> for WireCiphertext {
    fn from(ciphertext: Ciphertext) -> Self {
        Self {
            ephemeral: ciphertext.ephemeral.into(),
            masked: ciphertext.masked.into(),
        }
    }
}

impl WireCiphertext {
    /// The ciphertext with both points checked.
    ///
    /// # Errors
    /// [`PointError::NotInSubgroup`].
    pub fn in_subgroup(self) -> Result<Ciphertext, PointError> {
        Ok(Ciphertext {
            ephemeral: self.ephemeral.in_subgroup()?,
            masked: self.masked.in_subgroup()?,
        })
    }
}
