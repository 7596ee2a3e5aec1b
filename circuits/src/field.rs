//! The scalar field of BLS12-381 and its one encoding: 32 bytes, little-endian, below the modulus.
//!
//! A value has exactly one encoding, so that two different byte strings are never the same
//! nullifier or commitment.

use std::cmp::Ordering;
use std::fmt;
use std::io::{Read, Write};
use std::str::FromStr;

use ark_bls12_381::Fr;
use ark_ff::{BigInt, PrimeField};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Length of an encoded field element, in bytes.
pub const ELEMENT_BYTES: usize = 32;

/// Bytes of a SHA-256 digest that [`hash_to_field`] keeps: 248 bits are always below the modulus.
const HASH_BYTES: usize = 31;

/// Why bytes or text are not a field element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// The integer is not below the field's modulus.
    #[error(
        "field element is not canonical: the 32 little-endian bytes are not below the modulus of the BLS12-381 scalar field; encode the residue"
    )]
    NotCanonical,
    /// The text is not 64 hexadecimal digits.
    #[error("field element has to be 64 lower-case hexadecimal digits (32 bytes, little-endian)")]
    NotHex,
}

/// The canonical encoding of `value`.
#[must_use]
pub fn to_bytes(value: &Fr) -> [u8; ELEMENT_BYTES] {
    let mut out = [0; ELEMENT_BYTES];
    for (chunk, limb) in out.chunks_exact_mut(8).zip(value.into_bigint().0) {
        chunk.copy_from_slice(&limb.to_le_bytes());
    }
    out
}

/// Decodes a canonical encoding.
///
/// # Errors
/// [`FieldError::NotCanonical`] if the integer is not below the modulus.
pub fn from_bytes(bytes: &[u8; ELEMENT_BYTES]) -> Result<Fr, FieldError> {
    let mut limbs = [0_u64; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        *limb = u64::from_le_bytes(word);
    }
    Fr::from_bigint(BigInt::new(limbs)).ok_or(FieldError::NotCanonical)
}

/// The field element of a signed integer: a negative one is the modulus minus its magnitude.
#[must_use]
pub fn from_i64(value: i64) -> Fr {
    from_i128(i128::from(value))
}

/// As [`from_i64`], for sums and products of such integers.
#[must_use]
pub fn from_i128(value: i128) -> Fr {
    let magnitude = Fr::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

/// SHA-256 over a domain string and length-prefixed parts, cut to 31 bytes and read little-endian.
///
/// Collision resistance is that of a 248-bit hash. The domain and every part are preceded by their
/// length in bytes (64 bits, little-endian), so no two lists of parts give the same input.
#[must_use]
pub fn hash_to_field(domain: &str, parts: &[&[u8]]) -> Fr {
    let mut hasher = Sha256::new();
    hasher.update((domain.len() as u64).to_le_bytes());
    hasher.update(domain.as_bytes());
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    Fr::from_le_bytes_mod_order(&hasher.finalize()[..HASH_BYTES])
}

/// A public field element as data: canonical in borsh, hexadecimal in text, ordered by its bytes.
///
/// For public values only: `Debug` and `Display` print it.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Element(pub Fr);

impl Element {
    /// Zero, which stands for "none" where a tag may be absent.
    pub const ZERO: Self = Self(<Fr as ark_ff::AdditiveGroup>::ZERO);

    /// Whether this is zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// The canonical encoding.
    #[must_use]
    pub fn to_bytes(self) -> [u8; ELEMENT_BYTES] {
        to_bytes(&self.0)
    }

    /// Decodes a canonical encoding.
    ///
    /// # Errors
    /// [`FieldError::NotCanonical`] if the integer is not below the modulus.
    pub fn from_bytes(bytes: &[u8; ELEMENT_BYTES]) -> Result<Self, FieldError> {
        from_bytes(bytes).map(Self)
    }
}

impl From<Fr> for Element {
    fn from(value: Fr) -> Self {
        Self(value)
    }
}

impl From<Element> for Fr {
    fn from(value: Element) -> Self {
        value.0
    }
}

impl Ord for Element {
    fn cmp(&self, other: &Self) -> Ordering {
        self.to_bytes().cmp(&other.to_bytes())
    }
}

impl PartialOrd for Element {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.to_bytes()))
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Element {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        // One text per value: upper-case digits are refused.
        if text.bytes().any(|digit| digit.is_ascii_uppercase()) {
            return Err(FieldError::NotHex);
        }
        let mut bytes = [0; ELEMENT_BYTES];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| FieldError::NotHex)?;
        Self::from_bytes(&bytes)
    }
}

impl BorshSerialize for Element {
    fn serialize<W: Write>(&self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(&self.to_bytes())
    }
}

impl BorshDeserialize for Element {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        let bytes = <[u8; ELEMENT_BYTES]>::deserialize_reader(reader)?;
        Self::from_bytes(&bytes)
            .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))
    }
}

impl Serialize for Element {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{AdditiveGroup, BigInteger, Field};
    use proptest::prelude::*;

    fn modulus_bytes() -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(&Fr::MODULUS.to_bytes_le());
        out
    }

    #[test]
    fn the_modulus_and_everything_above_is_refused() {
        let mut bytes = modulus_bytes();
        assert_eq!(from_bytes(&bytes), Err(FieldError::NotCanonical));
        assert_eq!(from_bytes(&[0xff; 32]), Err(FieldError::NotCanonical));
        bytes[0] -= 1;
        assert_eq!(from_bytes(&bytes), Ok(-Fr::ONE));
        assert!(borsh::from_slice::<Element>(&modulus_bytes()).is_err());
    }

    #[test]
    fn trailing_bytes_are_refused() {
        assert!(borsh::from_slice::<Element>(&[0; 33]).is_err());
        assert!(borsh::from_slice::<Element>(&[0; 31]).is_err());
    }

    #[test]
    fn signed_integers() {
        assert_eq!(from_i64(-1) + Fr::ONE, Fr::ZERO);
        assert_eq!(from_i64(i64::MIN) + Fr::from(1_u64 << 63), Fr::ZERO);
        assert_eq!(from_i128(i128::MIN) + Fr::from(1_u128 << 127), Fr::ZERO);
        assert_eq!(from_i64(i64::MAX), Fr::from(i64::MAX.unsigned_abs()));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let of = |parts: &[&[u8]]| hash_to_field("d", parts);
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"a", b"bc"]));
        assert_ne!(of(&[b"abc"]), of(&[b"abc", b""]));
        assert_ne!(of(&[b"abc"]), hash_to_field("e", &[b"abc"]));
        assert!(of(&[b"abc"]).into_bigint().num_bits() <= 248);
    }

    #[test]
    fn text_is_the_hex_of_the_bytes() {
        let one = Element(Fr::ONE);
        let text = format!("01{}", "0".repeat(62));
        assert_eq!(one.to_string(), text);
        assert_eq!(serde_json::to_string(&one).unwrap(), format!("\"{text}\""));
        assert_eq!(text.parse::<Element>(), Ok(one));
        assert_eq!("01".parse::<Element>(), Err(FieldError::NotHex));
        let upper = format!("0A{}", "0".repeat(62));
        assert_eq!(upper.parse::<Element>(), Err(FieldError::NotHex));
    }

    proptest! {
        #[test]
        fn encoding_round_trips_and_is_canonical(bytes in any::<[u8; 32]>()) {
            match from_bytes(&bytes) {
                Ok(value) => {
                    prop_assert_eq!(to_bytes(&value), bytes);
                    let element = Element(value);
                    prop_assert_eq!(borsh::to_vec(&element).unwrap(), bytes.to_vec());
                    prop_assert_eq!(borsh::from_slice::<Element>(&bytes).unwrap(), element);
                    prop_assert_eq!(element.to_string().parse::<Element>(), Ok(element));
                }
                Err(error) => {
                    prop_assert_eq!(error, FieldError::NotCanonical);
                    let big_endian: Vec<u8> = bytes.iter().rev().copied().collect();
                    let modulus: Vec<u8> = modulus_bytes().iter().rev().copied().collect();
                    prop_assert!(big_endian >= modulus);
                }
            }
        }
    }
}
