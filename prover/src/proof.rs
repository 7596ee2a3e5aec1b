//! The proof: three group elements, 192 bytes.

use std::fmt;

use ark_bls12_381::{Bls12_381, G1Affine, G2Affine};
use ark_serialize::CanonicalSerialize;

use crate::group::{DecodePointError, decode_g1, decode_g2};

/// Bytes of a compressed point of G1.
const G1_BYTES: usize = 48;
/// Bytes of a compressed point of G2.
const G2_BYTES: usize = 96;

/// Which of a proof's three group elements an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// A in G1, bytes 0 to 48.
    A,
    /// B in G2, bytes 48 to 144.
    B,
    /// C in G1, bytes 144 to 192.
    C,
}

impl Element {
    const fn error(self, error: DecodePointError) -> ProofDecodeError {
        match error {
            DecodePointError::NotInGroup => ProofDecodeError::NotInGroup { element: self },
            DecodePointError::Identity => ProofDecodeError::Identity { element: self },
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A (bytes 0 to 48)",
            Self::B => "B (bytes 48 to 144)",
            Self::C => "C (bytes 144 to 192)",
        })
    }
}

/// Why bytes are not a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofDecodeError {
    /// A proof has exactly [`Proof::BYTES`] bytes.
    #[error("a proof has exactly 192 bytes, got {got}")]
    Length {
        /// What was offered.
        got: usize,
    },
    /// Wrong flags, a coordinate not below the field's modulus, no point with that coordinate, or a
    /// point outside the subgroup of prime order.
    #[error("proof element {element} is not the canonical encoding of a point of the group")]
    NotInGroup {
        /// The element.
        element: Element,
    },
    /// The point at infinity.
    #[error("proof element {element} is the identity, which no honest prover produces")]
    Identity {
        /// The element.
        element: Element,
    },
}

/// A Groth16 proof whose elements are known to be points of the prime-order groups, none the identity.
///
/// **Encoding**: A, B, C in the compressed form of BLS12-381 that Zcash introduced (big-endian x
/// coordinate, three flag bits on top): 48 + 96 + 48 = 192 bytes. One proof has one encoding.
///
/// **Identity elements are refused.** Over the prover's randomness each of A, B, C is the identity with
/// probability about 2^-255, so an honest proof is never refused, and everything after decoding may
/// take the elements to be of prime order. (Groth16 would stay sound without this.)
///
/// **Malleability**: anyone can re-randomise a proof into another of the same public inputs.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    pub(crate) a: G1Affine,
    pub(crate) b: G2Affine,
    pub(crate) c: G1Affine,
}

impl Proof {
    /// Length of the encoding.
    pub const BYTES: usize = 2 * G1_BYTES + G2_BYTES;

    /// Decodes and checks: length, canonical encoding, on the curve, in the subgroup, not the identity.
    ///
    /// # Errors
    /// If any of these fails; the error names the element.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofDecodeError> {
        if bytes.len() != Self::BYTES {
            return Err(ProofDecodeError::Length { got: bytes.len() });
        }
        let (a, rest) = bytes.split_at(G1_BYTES);
        let (b, c) = rest.split_at(G2_BYTES);
        // The lengths are right: they add up to that of the whole.
        let (Ok(a), Ok(b), Ok(c)) = (a.try_into(), b.try_into(), c.try_into()) else {
            return Err(ProofDecodeError::Length { got: bytes.len() });
        };
        Ok(Self {
            a: decode_g1(a).map_err(|e| Element::A.error(e))?,
            b: decode_g2(b).map_err(|e| Element::B.error(e))?,
            c: decode_g1(c).map_err(|e| Element::C.error(e))?,
        })
    }

    /// Encodes in [`Proof::BYTES`] bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let (a, rest) = bytes.split_at_mut(G1_BYTES);
        let (b, c) = rest.split_at_mut(G2_BYTES);
        encode_point(&self.a, a);
        encode_point(&self.b, b);
        encode_point(&self.c, c);
        bytes
    }

    /// The same proof as `ark-groth16` knows it, for other verifiers.
    #[must_use]
    pub fn to_ark(&self) -> ark_groth16::Proof<Bls12_381> {
        let Self { a, b, c } = *self;
        ark_groth16::Proof { a, b, c }
    }

    /// Takes over a proof just made by our own prover: in the groups by construction, and not the
    /// identity except with the probability above.
    pub(crate) const fn from_prover(proof: &ark_groth16::Proof<Bls12_381>) -> Self {
        Self {
            a: proof.a,
            b: proof.b,
            c: proof.c,
        }
    }
}

impl TryFrom<[u8; Proof::BYTES]> for Proof {
    type Error = ProofDecodeError;
    fn try_from(bytes: [u8; Self::BYTES]) -> Result<Self, ProofDecodeError> {
        Self::from_bytes(&bytes)
    }
}

impl TryFrom<&[u8]> for Proof {
    type Error = ProofDecodeError;
    fn try_from(bytes: &[u8]) -> Result<Self, ProofDecodeError> {
        Self::from_bytes(bytes)
    }
}

impl From<&Proof> for [u8; Proof::BYTES] {
    fn from(proof: &Proof) -> Self {
        proof.to_bytes()
    }
}

impl From<Proof> for [u8; Proof::BYTES] {
    fn from(proof: Proof) -> Self {
        proof.to_bytes()
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proof({})", hex::encode(self.to_bytes()))
    }
}

/// Writes one compressed point; `out` has exactly its length.
fn encode_point<G: CanonicalSerialize>(point: &G, out: &mut [u8]) {
    // Writing to a slice fails only when it is too short.
    point
        .serialize_compressed(out)
        .expect("the slice has exactly the length of the point");
}
