//! The verifying key, always held prepared for pairings.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use ark_bls12_381::{Bls12_381, Fq12, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ec::pairing::Pairing;
use ark_serialize::{CanonicalSerialize, SerializationError};
use sha2::{Digest, Sha256};

use super::KeyDecodeError;
use super::header::{Header, MAX_NAME, Reader};
use crate::group::InputTable;
use crate::kind::{KeyKind, LocalKind};
use crate::pairing::FixedLines;
use crate::r1cs::{CircuitDigest, R1cs};

/// First bytes of an encoded verifying key; the last one is the version.
const MAGIC: [u8; 8] = *b"TALLYVK\x01";
/// Most public inputs a key may have: bounds what a decoder allocates.
const MAX_PUBLIC_INPUTS: u16 = 1024;

/// Checks proofs of one statement. Cloning shares the key.
///
/// **Memory**: tables for the combination of the public inputs take 25 kB for each input and for the
/// constant one, at most 1.6 MB (490 kB for Act), the lines of the key's three points of G2 39 kB.
pub struct VerifyingKey<K: KeyKind> {
    inner: Arc<Inner>,
    kind: PhantomData<fn() -> K>,
}

struct Inner {
    header: Header,
    key: ark_groth16::VerifyingKey<Bls12_381>,
    /// e(alpha, beta).
    alpha_beta: Fq12,
    beta: FixedLines,
    neg_gamma: FixedLines,
    neg_delta: FixedLines,
    inputs: InputTable,
    /// The encoding.
    bytes: Vec<u8>,
    sha256: [u8; 32],
}

impl<K: KeyKind> VerifyingKey<K> {
    /// The longest encoding there is.
    pub const MAX_BYTES: usize =
        8 + 1 + 1 + MAX_NAME + 32 + 2 + 48 + 3 * 96 + (MAX_PUBLIC_INPUTS as usize + 1) * 48;

    /// Takes over a key that is known to be well formed and prepares it.
    pub(super) fn prepare(
        header: Header,
        key: ark_groth16::VerifyingKey<Bls12_381>,
    ) -> Result<Self, KeyDecodeError> {
        let bytes = encode::<K>(&header, &key)?;
        let alpha_beta = Bls12_381::pairing(key.alpha_g1, key.beta_g2).0;
        let inner = Inner {
            header,
            alpha_beta,
            beta: FixedLines::new(&key.beta_g2),
            neg_gamma: FixedLines::new(&-key.gamma_g2),
            neg_delta: FixedLines::new(&-key.delta_g2),
            inputs: InputTable::new(&key.gamma_abc_g1),
            sha256: Sha256::digest(&bytes).into(),
            bytes,
            key,
        };
        Ok(Self {
            inner: Arc::new(inner),
            kind: PhantomData,
        })
    }

    /// The name of the statement whose proofs this key checks.
    #[must_use]
    pub fn statement(&self) -> &str {
        &self.inner.header.statement
    }

    /// The digest of the circuit that this key was made for.
    #[must_use]
    pub fn circuit_digest(&self) -> CircuitDigest {
        self.inner.header.circuit
    }

    /// The number of public inputs of a proof.
    #[must_use]
    pub fn num_public_inputs(&self) -> usize {
        self.inner.key.gamma_abc_g1.len() - 1
    }

    /// SHA-256 of the encoding: what two parties compare to know that they use one key.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.inner.sha256
    }

    /// The same key as `ark-groth16` knows it, for other verifiers.
    #[must_use]
    pub fn to_ark(&self) -> ark_groth16::VerifyingKey<Bls12_381> {
        self.inner.key.clone()
    }

    /// Encodes: magic, kind, statement, circuit digest, number of public inputs (2 bytes, little
    /// endian), then alpha, beta, gamma, delta and one point of G1 for the constant and for each
    /// public input, all compressed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.inner.bytes.clone()
    }

    /// Refuses a key that was made for another statement or circuit.
    ///
    /// # Errors
    /// Names what differs.
    pub fn check_circuit(&self, r1cs: &R1cs) -> Result<(), KeyDecodeError> {
        self.inner.header.check(r1cs)?;
        let (expected, found) = (r1cs.num_public_inputs(), self.num_public_inputs());
        if expected != found {
            return Err(KeyDecodeError::PublicInputs { expected, found });
        }
        Ok(())
    }

    pub(super) fn header(&self) -> &Header {
        &self.inner.header
    }

    /// The encoding, borrowed.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.inner.bytes
    }

    pub(crate) fn alpha(&self) -> G1Affine {
        self.inner.key.alpha_g1
    }

    /// e(alpha, beta).
    pub(crate) fn alpha_beta(&self) -> &Fq12 {
        &self.inner.alpha_beta
    }

    pub(crate) fn beta(&self) -> &FixedLines {
        &self.inner.beta
    }

    pub(crate) fn neg_gamma(&self) -> &FixedLines {
        &self.inner.neg_gamma
    }

    pub(crate) fn neg_delta(&self) -> &FixedLines {
        &self.inner.neg_delta
    }

    /// Tables of one point for the constant one, then one for each public input.
    pub(crate) fn input_table(&self) -> &InputTable {
        &self.inner.inputs
    }
}

impl<K: LocalKind> VerifyingKey<K> {
    /// Decodes and checks every point: canonical, on the curve, in the subgroup, not the identity.
    ///
    /// # Errors
    /// If the bytes are cut off, have a tail, are of another kind, or hold a bad point.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyDecodeError> {
        let mut reader = Reader::new(bytes);
        let header = Header::decode::<K>(MAGIC, "verifying key", &mut reader)?;
        let inputs = u16::from_le_bytes(reader.array()?);
        if inputs > MAX_PUBLIC_INPUTS {
            let (expected, found) = (usize::from(MAX_PUBLIC_INPUTS), usize::from(inputs));
            return Err(KeyDecodeError::PublicInputs { expected, found });
        }
        let alpha_g1 = read_point(&mut reader, "alpha", 0)?;
        let beta_g2 = read_point(&mut reader, "beta", 0)?;
        let gamma_g2 = read_point(&mut reader, "gamma", 0)?;
        let delta_g2 = read_point(&mut reader, "delta", 0)?;
        let gamma_abc_g1 = (0..=usize::from(inputs))
            .map(|i| read_point(&mut reader, "input", i))
            .collect::<Result<_, _>>()?;
        reader.finish()?;
        let key = ark_groth16::VerifyingKey {
            alpha_g1,
            beta_g2,
            gamma_g2,
            delta_g2,
            gamma_abc_g1,
        };
        let decoded = Self::prepare(header, key)?;
        // One key has one encoding.
        if decoded.inner.bytes != bytes {
            return Err(KeyDecodeError::Magic {
                what: "canonical verifying key",
            });
        }
        Ok(decoded)
    }
}

impl<K: KeyKind> Clone for VerifyingKey<K> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            kind: PhantomData,
        }
    }
}

impl<K: KeyKind> PartialEq for VerifyingKey<K> {
    fn eq(&self, other: &Self) -> bool {
        self.inner.bytes == other.inner.bytes
    }
}

impl<K: KeyKind> Eq for VerifyingKey<K> {}

impl<K: KeyKind> fmt::Display for VerifyingKey<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} key {} ({})",
            self.statement(),
            hex::encode(&self.inner.sha256[..8]),
            K::KIND
        )
    }
}

impl<K: KeyKind> fmt::Debug for VerifyingKey<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({self})")
    }
}

fn encode<K: KeyKind>(
    header: &Header,
    key: &ark_groth16::VerifyingKey<Bls12_381>,
) -> Result<Vec<u8>, KeyDecodeError> {
    let too_many = || KeyDecodeError::PublicInputs {
        expected: usize::from(MAX_PUBLIC_INPUTS),
        found: key.gamma_abc_g1.len(),
    };
    let inputs = key.gamma_abc_g1.len().checked_sub(1).ok_or_else(too_many)?;
    let inputs = u16::try_from(inputs)
        .ok()
        .filter(|inputs| *inputs <= MAX_PUBLIC_INPUTS)
        .ok_or_else(too_many)?;
    let mut out = Vec::new();
    header.encode::<K>(MAGIC, &mut out);
    out.extend_from_slice(&inputs.to_le_bytes());
    write_points(key, &mut out).map_err(|_| KeyDecodeError::Point {
        field: "any",
        index: 0,
    })?;
    Ok(out)
}

fn write_points(
    key: &ark_groth16::VerifyingKey<Bls12_381>,
    out: &mut Vec<u8>,
) -> Result<(), SerializationError> {
    key.alpha_g1.serialize_compressed(&mut *out)?;
    let twisted: [G2Affine; 3] = [key.beta_g2, key.gamma_g2, key.delta_g2];
    for point in twisted {
        point.serialize_compressed(&mut *out)?;
    }
    for point in &key.gamma_abc_g1 {
        point.serialize_compressed(&mut *out)?;
    }
    Ok(())
}

/// Reads a compressed point that is in its subgroup and not the identity: with gamma or delta at
/// infinity anybody could make proofs.
fn read_point<G: AffineRepr>(
    reader: &mut Reader<'_>,
    field: &'static str,
    index: usize,
) -> Result<G, KeyDecodeError> {
    let bytes = reader.take(G::zero().compressed_size())?;
    G::deserialize_compressed(bytes)
        .ok()
        .filter(|point| !point.is_zero())
        .ok_or(KeyDecodeError::Point { field, index })
}
