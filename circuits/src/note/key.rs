//! The owner's secret.

use std::fmt;

use ark_bls12_381::Fr;
use ark_ff::PrimeField;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::field::{self, FieldError};

/// The secret that owns a lineage of notes: spends them, hides them, and marks their orders.
///
/// Never published in any form. Wiped when dropped; `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct NullifierKey(Fr);

impl NullifierKey {
    /// The key with this value, as a circuit test or a decryptor of a wallet knows it.
    #[must_use]
    pub fn from_element(value: Fr) -> Self {
        Self(value)
    }

    /// Decodes [`NullifierKey::to_bytes`].
    ///
    /// # Errors
    /// [`FieldError::NotCanonical`] if the integer is not below the modulus.
    pub fn from_bytes(bytes: &[u8; field::ELEMENT_BYTES]) -> Result<Self, FieldError> {
        field::from_bytes(bytes).map(Self)
    }

    /// A key from 64 uniform bytes (the output of a key derivation function), reduced modulo the
    /// field's modulus: the bias is below 2^-256.
    #[must_use]
    pub fn from_uniform_bytes(bytes: &[u8; 64]) -> Self {
        Self(Fr::from_le_bytes_mod_order(bytes))
    }

    /// The canonical encoding, wiped when dropped: for an encrypted wallet file only.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; field::ELEMENT_BYTES]> {
        Zeroizing::new(field::to_bytes(&self.0))
    }

    /// The secret value, for the hashes and the circuits of this crate.
    pub(crate) fn element(&self) -> Fr {
        self.0
    }
}

impl fmt::Debug for NullifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NullifierKey(secret)")
    }
}
