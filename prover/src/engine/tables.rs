//! The tables of one proving key and the sums over them.

use ark_bls12_381::{Bls12_381, Fr, G1Affine, G1Projective, G2Affine, G2Projective, g1, g2};
use ark_ec::AffineRepr;
use zeroize::Zeroizing;

use super::shapes;
use crate::arithmetic::bases::{FixedBases, Shape};
use crate::arithmetic::engine::{Engines, Portable, has_vector};

/// The key as the library knows it.
pub(crate) type ArkKey = ark_groth16::ProvingKey<Bls12_381>;

/// Why a key has no tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a point of the proving key has even order, or the key has too many points")]
pub(crate) struct TablesError;

/// The four sums of a proof, blinding terms included.
pub(crate) struct Sums {
    /// sum z_i·A_i + r·delta.
    pub(crate) a: G1Projective,
    /// sum z_i·B_i + s·delta in G1.
    pub(crate) b_g1: G1Projective,
    /// The same in G2.
    pub(crate) b_g2: G2Projective,
    /// sum h_i·H_i + sum w_i·L_i - rs·delta.
    pub(crate) c: G1Projective,
}

/// The tables of a key.
pub(crate) trait Tables: Send + Sync {
    /// The sums for an assignment, of which the first `num_instance` are public, and the quotient's coefficients.
    fn sums(
        &self,
        assignment: &[Fr],
        quotient: &[Fr],
        num_instance: usize,
        blinding: [Fr; 2],
    ) -> Sums;
    /// Bytes in memory.
    fn bytes(&self) -> usize;
    /// The tables as [`decode`](dyn Tables::decode) takes them.
    fn encode(&self) -> Vec<u8>;
}

impl dyn Tables {
    /// Makes the tables of `key` for the arithmetic of this processor.
    pub(crate) fn of(key: &ArkKey) -> Result<Box<Self>, TablesError> {
        #[cfg(target_arch = "x86_64")]
        if has_vector() {
            use crate::arithmetic::engine::Vector;
            return Ok(Box::new(TablesOf::<Vector>::new(key).ok_or(TablesError)?));
        }
        Ok(Box::new(TablesOf::<Portable>::new(key).ok_or(TablesError)?))
    }

    /// Reads tables of `key` that [`encode`](Tables::encode) has written; `None` if they are another key's, of another
    /// shape, or damaged in a way that shows. Their hash must have been compared.
    pub(crate) fn decode(key: &ArkKey, bytes: &[u8]) -> Option<Box<Self>> {
        #[cfg(target_arch = "x86_64")]
        if has_vector() {
            use crate::arithmetic::engine::Vector;
            return Some(Box::new(TablesOf::<Vector>::decode(key, bytes)?));
        }
        Some(Box::new(TablesOf::<Portable>::decode(key, bytes)?))
    }
}

/// The bases of the four sums and the shapes of their tables.
struct Bases {
    a: Vec<G1Affine>,
    b_g1: Vec<G1Affine>,
    b_g2: Vec<G2Affine>,
    c: Vec<G1Affine>,
    shapes: [Shape; 4],
}

impl Bases {
    fn of<E: Engines>(key: &ArkKey) -> Self {
        let with = |query: &[G1Affine]| [query, &[key.delta_g1]].concat();
        let (a, b_g1) = (with(&key.a_query), with(&key.b_g1_query));
        let c = [&key.h_query, &*with(&key.l_query)].concat();
        let b_g2 = [&*key.b_g2_query, &[key.vk.delta_g2]].concat();
        // Variables that a matrix does not mention have the identity, which is no base.
        let g1 = |bases: &[G1Affine]| bases.iter().filter(|base| !base.is_zero()).count();
        let in_g2 = b_g2.iter().filter(|base| !base.is_zero()).count();
        let counts = [g1(&a), g1(&b_g1), in_g2, g1(&c)];
        let [g1_size, g2_size] = [
            FixedBases::<g1::Config, E>::POINT_BYTES,
            FixedBases::<g2::Config, E>::POINT_BYTES,
        ];
        let total = (counts[0] + counts[1] + counts[3]) * g1_size + counts[2] * g2_size;
        let shapes = counts.map(|count| shapes::choose(count, total));
        Self {
            a,
            b_g1,
            b_g2,
            c,
            shapes,
        }
    }
}

/// The tables for one implementation of the arithmetic.
pub(crate) struct TablesOf<E: Engines> {
    a: FixedBases<g1::Config, E>,
    b_g1: FixedBases<g1::Config, E>,
    b_g2: FixedBases<g2::Config, E>,
    c: FixedBases<g1::Config, E>,
}

impl<E: Engines> TablesOf<E> {
    pub(crate) fn new(key: &ArkKey) -> Option<Self> {
        let bases = Bases::of::<E>(key);
        let [a, b_g1, b_g2, c] = bases.shapes;
        Some(Self {
            a: FixedBases::new(&bases.a, a)?,
            b_g1: FixedBases::new(&bases.b_g1, b_g1)?,
            b_g2: FixedBases::new(&bases.b_g2, b_g2)?,
            c: FixedBases::new(&bases.c, c)?,
        })
    }

    pub(crate) fn decode(key: &ArkKey, mut bytes: &[u8]) -> Option<Self> {
        let bases = Bases::of::<E>(key);
        let [a, b_g1, b_g2, c] = bases.shapes;
        let tables = Self {
            a: FixedBases::decode(&bases.a, a, &mut bytes)?,
            b_g1: FixedBases::decode(&bases.b_g1, b_g1, &mut bytes)?,
            b_g2: FixedBases::decode(&bases.b_g2, b_g2, &mut bytes)?,
            c: FixedBases::decode(&bases.c, c, &mut bytes)?,
        };
        bytes.is_empty().then_some(tables)
    }
}

impl<E: Engines> Tables for TablesOf<E> {
    fn sums(
        &self,
        assignment: &[Fr],
        quotient: &[Fr],
        num_instance: usize,
        [r, s]: [Fr; 2],
    ) -> Sums {
        let with = |blinding: Fr| Zeroizing::new([assignment, &[blinding]].concat());
        let (with_r, with_s) = (with(r), with(s));
        // One coefficient less than the domain has points: the highest is zero.
        let (quotient, witness) = (&quotient[..quotient.len() - 1], &assignment[num_instance..]);
        let of_c = Zeroizing::new([quotient, witness, &[-(r * s)]].concat());
        let ((b_g2, a), (c, b_g1)) = rayon::join(
            || (self.b_g2.multiply(&with_s), self.a.multiply(&with_r)),
            || (self.c.multiply(&of_c), self.b_g1.multiply(&with_s)),
        );
        Sums { a, b_g1, b_g2, c }
    }

    fn bytes(&self) -> usize {
        self.a.bytes() + self.b_g1.bytes() + self.b_g2.bytes() + self.c.bytes()
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes());
        self.a.encode(&mut out);
        self.b_g1.encode(&mut out);
        self.b_g2.encode(&mut out);
        self.c.encode(&mut out);
        out
    }
}
