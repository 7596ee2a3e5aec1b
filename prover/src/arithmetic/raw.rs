//! Field elements as bytes, limb by limb as they lie in memory.
//!
//! Loading a table must be much faster than making it, so nothing is multiplied: what is written is the representation of the
//! arithmetic that made the table ([`Stored::to_raw`](super::lanes::Stored::to_raw)), and only that can read it. One
//! element has one encoding in each.

use ark_bls12_381::{Fq, Fq2};
use ark_ff::{BigInt, Field, PrimeField};

/// Bytes of an element of the base field.
const BASE_BYTES: usize = 48;

/// A field element that can be written down.
pub(crate) trait Raw: Field {
    /// Bytes of an element.
    const BYTES: usize;

    /// Appends the element.
    fn write(&self, out: &mut Vec<u8>);
    /// Reads an element of exactly [`BYTES`](Self::BYTES); `None` if it is not below the modulus.
    fn read(bytes: &[u8]) -> Option<Self>;
}

impl Raw for Fq {
    const BYTES: usize = BASE_BYTES;

    fn write(&self, out: &mut Vec<u8>) {
        for limb in self.0.0 {
            out.extend_from_slice(&limb.to_le_bytes());
        }
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut limbs = [0; 6];
        let (chunks, []) = bytes.as_chunks::<8>() else {
            return None;
        };
        if chunks.len() != limbs.len() {
            return None;
        }
        for (limb, chunk) in limbs.iter_mut().zip(chunks) {
            *limb = u64::from_le_bytes(*chunk);
        }
        let value = BigInt(limbs);
        (value < Self::MODULUS).then(|| Self::new_unchecked(value))
    }
}

impl Raw for Fq2 {
    const BYTES: usize = 2 * BASE_BYTES;

    fn write(&self, out: &mut Vec<u8>) {
        self.c0.write(out);
        self.c1.write(out);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (c0, c1) = bytes.split_at_checked(BASE_BYTES)?;
        Some(Self::new(Fq::read(c0)?, Fq::read(c1)?))
    }
}
