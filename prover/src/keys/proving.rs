//! The proving key: tens of thousands of points, stored uncompressed, loaded in parallel.

use std::fmt;
use std::sync::Arc;

use ark_bls12_381::{Bls12_381, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ec::pairing::Pairing;
use ark_ff::Zero;
use ark_serialize::SerializationError;
use rayon::prelude::*;

use super::header::{Header, Reader};
use super::verifying::VerifyingKey;
use super::{KeyDecodeError, Keys};
use crate::engine::{ArkKey, Precomputed, Quotients, Tables};
use crate::kind::{KeyKind, LocalKind};
use crate::r1cs::R1cs;

/// First bytes of an encoded proving key; the last one is the version.
const MAGIC: [u8; 8] = *b"TALLYPK\x01";
/// Bytes of an uncompressed point of G1.
const G1_BYTES: usize = 96;
/// Bytes of an uncompressed point of G2.
const G2_BYTES: usize = 192;

/// Makes proofs of one statement. Cloning shares the key.
pub struct ProvingKey<K: KeyKind> {
    inner: Arc<Inner>,
    verifying: VerifyingKey<K>,
}

struct Inner {
    key: ArkKey,
    r1cs: R1cs,
    precomputed: Precomputed,
}

/// How many points each field of a proving key for a given constraint system has.
struct Counts {
    /// A, B in G1 and B in G2: one point for every variable.
    variables: usize,
    /// H: one less than the size of the evaluation domain.
    domain: usize,
    /// L: one for every private variable.
    witness: usize,
}

impl Counts {
    fn of(r1cs: &R1cs) -> Self {
        let domain = r1cs.domain_size();
        Self {
            variables: r1cs.num_instance + r1cs.num_witness,
            domain: domain - 1,
            witness: r1cs.num_witness,
        }
    }

    /// Bytes of all points that are not in the verifying key.
    const fn bytes(&self) -> usize {
        (2 + 2 * self.variables + self.domain + self.witness) * G1_BYTES + self.variables * G2_BYTES
    }
}

impl<K: KeyKind> ProvingKey<K> {
    /// What checks the proofs that this key makes.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey<K> {
        &self.verifying
    }

    /// The name of the statement that this key proves.
    #[must_use]
    pub fn statement(&self) -> &str {
        self.verifying.statement()
    }

    /// The constraint system that this key was made for.
    #[must_use]
    pub fn r1cs(&self) -> &R1cs {
        &self.inner.r1cs
    }

    /// The same key as `ark-groth16` knows it, for other provers.
    #[must_use]
    pub fn as_ark(&self) -> &ark_groth16::ProvingKey<Bls12_381> {
        &self.inner.key
    }

    /// Bytes of the tables that make proving fast, in memory.
    #[must_use]
    pub fn table_bytes(&self) -> u64 {
        self.inner.precomputed.bytes() as u64
    }

    pub(crate) fn tables(&self) -> &dyn Tables {
        &*self.inner.precomputed.tables
    }

    pub(crate) fn precomputed(&self) -> &Precomputed {
        &self.inner.precomputed
    }

    /// Takes over a key fresh from set-up.
    pub(crate) fn of_setup(key: ArkKey, r1cs: R1cs) -> Result<Keys<K>, KeyDecodeError> {
        let verifying = VerifyingKey::prepare(Header::of(&r1cs)?, key.vk.clone())?;
        let proving = Self::assemble(key, r1cs, verifying.clone(), |_| None)?;
        Ok(Keys { proving, verifying })
    }

    /// Puts together a key and the verifying key that is in it. Tables are made if `tables` has none.
    fn assemble(
        key: ArkKey,
        r1cs: R1cs,
        verifying: VerifyingKey<K>,
        tables: impl FnOnce(&ArkKey) -> Option<Box<dyn Tables>>,
    ) -> Result<Self, KeyDecodeError> {
        verifying.check_circuit(&r1cs)?;
        check_counts(&key, &Counts::of(&r1cs))?;
        let tables = match tables(&key) {
            Some(tables) => tables,
            None => <dyn Tables>::of(&key).map_err(|_| KeyDecodeError::Order)?,
        };
        let quotients = Quotients::new(r1cs.domain_size()).ok_or(KeyDecodeError::Order)?;
        let precomputed = Precomputed { tables, quotients };
        let inner = Arc::new(Inner {
            key,
            r1cs,
            precomputed,
        });
        Ok(Self { inner, verifying })
    }

    /// Encodes: magic, kind, statement, circuit digest, length and bytes of the verifying key, then
    /// beta and delta in G1 and the five queries A, B in G1, B in G2, H, L, uncompressed. Their
    /// lengths follow from the circuit.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, SerializationError> {
        let verifying = self.verifying.to_bytes();
        let mut out = Vec::with_capacity(encoded_len(&self.inner.r1cs, verifying.len()));
        self.verifying.header().encode::<K>(MAGIC, &mut out);
        let length = u32::try_from(verifying.len()).map_err(|_| SerializationError::InvalidData)?;
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&verifying);
        let key = &self.inner.key;
        write_points(&[key.beta_g1, key.delta_g1], &mut out)?;
        write_points(&key.a_query, &mut out)?;
        write_points(&key.b_g1_query, &mut out)?;
        write_points(&key.b_g2_query, &mut out)?;
        write_points(&key.h_query, &mut out)?;
        write_points(&key.l_query, &mut out)?;
        Ok(out)
    }
}

impl<K: LocalKind> ProvingKey<K> {
    /// Decodes a key that this software has made, or has taken up by [`from_outside`](Self::from_outside), and whose
    /// SHA-256 has been compared with the one recorded then. It must hold `verifying`.
    ///
    /// Some thirty thousand points are not checked for the curve and the subgroup: that takes a second, and the
    /// matching hash says that these are the bytes which the generator wrote or which were checked before. Whoever can
    /// forge hash and file together can give us a wrong key of perfectly good points as well, so the check would not stop
    /// them; and a proof from a damaged key fails the check that every proof gets before it leaves the prover.
    pub(crate) fn from_hashed_bytes(
        bytes: &[u8],
        r1cs: R1cs,
        verifying: &VerifyingKey<K>,
        tables: impl FnOnce(&ArkKey) -> Option<Box<dyn Tables>>,
    ) -> Result<Self, KeyDecodeError> {
        let key = decode(bytes, &r1cs, verifying, PointChecks::Coordinates)?;
        Self::assemble(key, r1cs, verifying.clone(), tables)
    }

    /// Decodes a key that somebody else has made and checks every point for the curve and the subgroup, and that beta and
    /// delta are those of `verifying`, which the key must hold.
    ///
    /// A proof hides the witness as long as its elements A and B are blinded by multiples of a delta that is not the
    /// identity, and have no part outside the group: that is what is checked here. C then follows from A, B and
    /// the public inputs, for the prover hands out no proof that does not verify. What a bad maker can still do is to
    /// make a key with which some witnesses find no proof; and, as ever with one-party keys, forge proofs.
    pub(crate) fn from_outside(
        bytes: &[u8],
        r1cs: R1cs,
        verifying: &VerifyingKey<K>,
    ) -> Result<Self, KeyDecodeError> {
        let key = decode(bytes, &r1cs, verifying, PointChecks::Group)?;
        check_twins(&key)?;
        Self::assemble(key, r1cs, verifying.clone(), |_| None)
    }
}

/// Reads the key for `r1cs` that holds `verifying`.
fn decode<K: LocalKind>(
    bytes: &[u8],
    r1cs: &R1cs,
    verifying: &VerifyingKey<K>,
    checks: PointChecks,
) -> Result<ArkKey, KeyDecodeError> {
    let mut reader = Reader::new(bytes);
    let header = Header::decode::<K>(MAGIC, "proving key", &mut reader)?;
    header.check(r1cs)?;
    let length = u32::from_le_bytes(reader.array()?);
    // u32 to usize never loses anything on the platforms that can hold a key; if it did, the
    // bound below would refuse it.
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    // A verifying key has one encoding, so equal bytes are equal keys, and `verifying` has been checked.
    if reader.take(length)? != verifying.as_bytes() {
        return Err(KeyDecodeError::Mismatch);
    }
    // Before anything is allocated for the points.
    reader.expect(Counts::of(r1cs).bytes())?;
    let key = read_queries(&mut reader, r1cs, verifying, checks)?;
    reader.finish()?;
    Ok(key)
}

/// Reads beta, delta and the five queries.
fn read_queries<K: KeyKind>(
    reader: &mut Reader<'_>,
    r1cs: &R1cs,
    verifying: &VerifyingKey<K>,
    checks: PointChecks,
) -> Result<ArkKey, KeyDecodeError> {
    let counts = Counts::of(r1cs);
    let n = counts.variables;
    let beta_g1 = read_points::<G1Affine>(reader, "beta_g1", 1, checks)?[0];
    let delta_g1 = read_points::<G1Affine>(reader, "delta_g1", 1, checks)?[0];
    Ok(ark_groth16::ProvingKey {
        vk: verifying.to_ark(),
        beta_g1,
        delta_g1,
        a_query: read_points(reader, "a_query", n, checks)?,
        b_g1_query: read_points(reader, "b_g1_query", n, checks)?,
        b_g2_query: read_points(reader, "b_g2_query", n, checks)?,
        h_query: read_points(reader, "h_query", counts.domain, checks)?,
        l_query: read_points(reader, "l_query", counts.witness, checks)?,
    })
}

/// Refuses a key whose beta and delta in G1 are other multiples of the generator than those in G2.
fn check_twins(key: &ArkKey) -> Result<(), KeyDecodeError> {
    let twins = [
        ("beta_g1", key.beta_g1, key.vk.beta_g2),
        ("delta_g1", key.delta_g1, key.vk.delta_g2),
    ];
    for (field, in_g1, in_g2) in twins {
        let sides = Bls12_381::multi_pairing(
            [in_g1, -G1Affine::generator()],
            [G2Affine::generator(), in_g2],
        );
        if !sides.is_zero() {
            return Err(KeyDecodeError::Twin { field });
        }
    }
    Ok(())
}

impl<K: KeyKind> Clone for ProvingKey<K> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            verifying: self.verifying.clone(),
        }
    }
}

impl<K: KeyKind> fmt::Display for ProvingKey<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "proving {}", self.verifying)
    }
}

impl<K: KeyKind> fmt::Debug for ProvingKey<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProvingKey({self})")
    }
}

/// The exact length of an encoded proving key.
fn encoded_len(r1cs: &R1cs, verifying: usize) -> usize {
    Header::encoded_len(r1cs.statement) + 4 + verifying + Counts::of(r1cs).bytes()
}

/// An upper bound on the length of a proving key for this circuit: what a reader may read.
pub(crate) fn max_encoded_len(r1cs: &R1cs) -> usize {
    encoded_len(r1cs, VerifyingKey::<crate::kind::Ceremony>::MAX_BYTES)
}

fn check_counts(
    key: &ark_groth16::ProvingKey<Bls12_381>,
    counts: &Counts,
) -> Result<(), KeyDecodeError> {
    let fields = [
        (key.a_query.len(), counts.variables),
        (key.b_g1_query.len(), counts.variables),
        (key.b_g2_query.len(), counts.variables),
        (key.h_query.len(), counts.domain),
        (key.l_query.len(), counts.witness),
    ];
    match fields.into_iter().find(|(got, expected)| got != expected) {
        Some((got, expected)) => Err(KeyDecodeError::Length { expected, got }),
        None => Ok(()),
    }
}

fn write_points<G: AffineRepr>(points: &[G], out: &mut Vec<u8>) -> Result<(), SerializationError> {
    points
        .iter()
        .try_for_each(|point| point.serialize_uncompressed(&mut *out))
}

/// How closely points are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PointChecks {
    /// Flags and coordinates.
    Coordinates,
    /// Curve and subgroup as well.
    Group,
}

/// Reads `count` uncompressed points.
fn read_points<G: AffineRepr>(
    reader: &mut Reader<'_>,
    field: &'static str,
    count: usize,
    checks: PointChecks,
) -> Result<Vec<G>, KeyDecodeError> {
    let size = G::zero().uncompressed_size();
    let bytes = reader.take(size.saturating_mul(count))?;
    bytes
        .par_chunks_exact(size)
        .enumerate()
        .map(|(index, bytes)| {
            G::deserialize_uncompressed_unchecked(bytes)
                .ok()
                .filter(|point| checks == PointChecks::Coordinates || point.check().is_ok())
                .ok_or(KeyDecodeError::Point { field, index })
        })
        .collect()
}
