//! Moduli and their friends in limbs of 52 bits, computed by the compiler: the base field's, and what the scalar field's are
//! made with.

use ark_bls12_381::Fq;
use ark_ff::PrimeField;

/// Bits of a limb: what the processor's integer multiply-add takes.
pub(super) const LIMB_BITS: u32 = 52;
/// Limbs of an element: 416 bits, so 35 more than the modulus has.
pub(super) const LIMBS: usize = 8;
/// The bits of a limb.
pub(super) const MASK: u64 = (1 << LIMB_BITS) - 1;

/// p.
pub(super) const MODULUS: [u64; LIMBS] = split(Fq::MODULUS.0);
/// 2^416 - p: adding it q times and forgetting what overflows subtracts q·p.
pub(super) const NEG_MODULUS: [u64; LIMBS] = negate(MODULUS);
/// 2p, 64p, 128p.
pub(super) const TIMES_2: [u64; LIMBS] = times(MODULUS, 2);
pub(super) const TIMES_64: [u64; LIMBS] = times(MODULUS, 64);
pub(super) const TIMES_128: [u64; LIMBS] = times(MODULUS, 128);
/// -1/p mod 2^52.
pub(super) const NEG_INVERSE: u64 = neg_inverse(MODULUS[0]);
/// floor(2^52 / (floor(p / 2^364) + 1)): times the highest limb, above bit 52, a quotient by p that is never too large.
pub(super) const QUOTIENT: u64 = (1 << LIMB_BITS) / (MODULUS[LIMBS - 1] + 1);

/// From limbs of 64 bits to limbs of 52.
pub(super) const fn split(value: [u64; 6]) -> [u64; LIMBS] {
    let mut limbs = [0; LIMBS];
    let mut i = 0;
    while i < LIMBS {
        let bit = LIMB_BITS as usize * i;
        let (word, shift) = (bit / 64, bit % 64);
        let mut limb = 0;
        if word < 6 {
            limb = value[word] >> shift;
            if shift > 12 && word + 1 < 6 {
                limb |= value[word + 1] << (64 - shift);
            }
        }
        limbs[i] = limb & MASK;
        i += 1;
    }
    limbs
}

/// Back to limbs of 64 bits; the value must be below 2^384 and its limbs in range.
pub(super) const fn join(limbs: &[u64; LIMBS]) -> [u64; 6] {
    let mut value = [0; 6];
    let mut i = 0;
    while i < LIMBS {
        let bit = LIMB_BITS as usize * i;
        let (word, shift) = (bit / 64, bit % 64);
        if word < 6 {
            value[word] |= limbs[i] << shift;
            if shift > 12 && word + 1 < 6 {
                value[word + 1] |= limbs[i] >> (64 - shift);
            }
        }
        i += 1;
    }
    value
}

/// A small multiple; the factor is at most 128, so that a limb times it has 59 bits.
pub(super) const fn times<const N: usize>(value: [u64; N], factor: u64) -> [u64; N] {
    let mut limbs = [0; N];
    let mut carry = 0;
    let mut i = 0;
    while i < N {
        let sum = value[i] * factor + carry;
        limbs[i] = sum & MASK;
        carry = sum >> LIMB_BITS;
        i += 1;
    }
    limbs
}

/// 2^(52 N) less the value.
pub(super) const fn negate<const N: usize>(value: [u64; N]) -> [u64; N] {
    let mut limbs = [0; N];
    let mut carry = 1;
    let mut i = 0;
    while i < N {
        let sum = (value[i] ^ MASK) + carry;
        limbs[i] = sum & MASK;
        carry = sum >> LIMB_BITS;
        i += 1;
    }
    limbs
}

/// -1/value mod 2^52, by Newton's iteration: each step doubles the number of right bits.
pub(super) const fn neg_inverse(value: u64) -> u64 {
    let mut inverse: u64 = 1;
    let mut step = 0;
    while step < 6 {
        let product = value.wrapping_mul(inverse);
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(product));
        step += 1;
    }
    inverse.wrapping_neg() & MASK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limbs_round_trip() {
        assert_eq!(join(&MODULUS), Fq::MODULUS.0);
        let all = [u64::MAX, 0, u64::MAX, 1, 1 << 63, 0x0fff_ffff_ffff_ffff];
        assert_eq!(join(&split(all)), all);
    }

    #[test]
    fn inverse_of_the_modulus() {
        assert_eq!(MODULUS[0].wrapping_mul(NEG_INVERSE) & MASK, MASK);
    }
}
