//! Accounts are Ed25519 public keys.

use std::fmt;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use serde::de::{Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{KeyFault, SIGNATURE_BYTES};

/// 2^255 - 19, the prime of the curve's field, little-endian.
const FIELD_PRIME: [u8; 32] = {
    let mut prime = [0xff; 32];
    prime[0] = 0xed;
    prime[31] = 0x7f;
    prime
};

/// A public cash account: the bytes of an Ed25519 public key (RFC 8032).
///
/// Any 32 bytes can be held; [`AccountId::check`] tells whether they can sign. As text, in JSON and on the
/// command line, 64 hexadecimal digits; in Borsh the 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct AccountId(pub [u8; 32]);

impl AccountId {
    /// The account of this key.
    #[must_use]
    pub fn of(key: &SigningKey) -> Self {
        Self(key.verifying_key().to_bytes())
    }

    /// Checks that the key is a point of the curve, not of small order, in its one canonical encoding.
    ///
    /// # Errors
    /// [`KeyFault`] with what it is not.
    pub fn check(&self) -> Result<(), KeyFault> {
        self.verifying_key().map(drop)
    }

    /// Strict verification: canonical, and neither key nor nonce of small order.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        self.verifying_key().is_ok_and(|key| {
            key.verify_strict(message, &Signature::from_bytes(signature))
                .is_ok()
        })
    }

    fn verifying_key(&self) -> Result<VerifyingKey, KeyFault> {
        if !self.is_canonical() {
            return Err(KeyFault::NotCanonical);
        }
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| KeyFault::NotOnCurve)?;
        if key.is_weak() {
            return Err(KeyFault::SmallOrder);
        }
        Ok(key)
    }

    /// Whether the coordinate, which is all but the topmost bit, is below the prime.
    fn is_canonical(&self) -> bool {
        let mut coordinate = self.0;
        coordinate[31] &= 0x7f;
        coordinate.iter().rev().lt(FIELD_PRIME.iter().rev())
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "AccountId({self})")
    }
}

impl FromStr for AccountId {
    type Err = hex::FromHexError;

    /// Reads 64 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AccountId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(HexVisitor)
    }
}

struct HexVisitor;

impl Visitor<'_> for HexVisitor {
    type Value = AccountId;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an account as 64 hexadecimal digits")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<AccountId, E> {
        text.parse()
            .map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}
