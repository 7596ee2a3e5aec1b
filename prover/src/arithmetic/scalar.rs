//! Eight lanes of the scalar field on AVX-512 IFMA, for transforms.
//!
//! Five limbs of 52 bits; a value x stands for x·2^-260 (Montgomery form). 260 bits are five more than the order has, so
//! values below 4r may be multiplied by values below r. In memory values are below 2r.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_load_si512, _mm512_madd52hi_epu64,
    _mm512_madd52lo_epu64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_srai_epi64,
    _mm512_srli_epi64, _mm512_store_si512, _mm512_sub_epi64,
};

use ark_bls12_381::Fr;
use ark_ff::{BigInt, PrimeField};

use super::constants::{LIMB_BITS, MASK, neg_inverse, negate, times};
use super::ifma::transpose;

/// Limbs of an element.
const LIMBS: usize = 5;
/// Elements side by side.
pub(super) const LANES: usize = 8;

const MODULUS: [u64; LIMBS] = split(Fr::MODULUS.0);
/// 2r.
const TWICE: [u64; LIMBS] = times(MODULUS, 2);
/// 2^260 - r.
const NEG_MODULUS: [u64; LIMBS] = negate(MODULUS);
/// -1/r mod 2^52.
const NEG_INVERSE: u64 = neg_inverse(MODULUS[0]);
/// floor(2^52 / (floor(r / 2^208) + 1)): times the highest limb, above bit 52, a quotient by r that is never too large.
const QUOTIENT: u64 = (1 << LIMB_BITS) / (MODULUS[LIMBS - 1] + 1);

const fn split(value: [u64; 4]) -> [u64; LIMBS] {
    let [a, b, c, d] = value;
    [
        a & MASK,
        (a >> 52 | b << 12) & MASK,
        (b >> 40 | c << 24) & MASK,
        (c >> 28 | d << 36) & MASK,
        d >> 16,
    ]
}

/// The value must be below 2^256, with limbs in range.
const fn join(limbs: [u64; LIMBS]) -> [u64; 4] {
    let [a, b, c, d, e] = limbs;
    [
        a | b << 52,
        b >> 12 | c << 40,
        c >> 24 | d << 28,
        d >> 36 | e << 16,
    ]
}

/// Eight elements in memory, limb by limb, below 2r.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Block([[u64; LANES]; LIMBS]);

impl Block {
    pub(super) const ZERO: Self = Self([[0; LANES]; LIMBS]);

    /// Puts the library's representation of an element, x·2^256, into a lane: here it stands for x/16.
    pub(super) fn set(&mut self, lane: usize, value: &Fr) {
        for (limbs, limb) in self.0.iter_mut().zip(split(value.0.0)) {
            limbs[lane] = limb;
        }
    }

    /// The element that the library represents as a lane's value.
    pub(super) fn get(&self, lane: usize) -> Fr {
        let limbs = self.0.map(|limbs| limbs[lane]);
        let mut value = BigInt(join(limbs));
        // Below 2r, so once is enough.
        if value >= Fr::MODULUS {
            ark_ff::BigInteger::sub_with_borrow(&mut value, &Fr::MODULUS);
        }
        Fr::new_unchecked(value)
    }

    /// The same element in all lanes, in this module's form.
    pub(super) fn all(value: &Fr) -> Self {
        let mut block = Self::ZERO;
        for lane in 0..LANES {
            block.set_element(lane, value);
        }
        block
    }

    /// Puts an element into a lane, in this module's form: the library represents 16·x as we do x.
    pub(super) fn set_element(&mut self, lane: usize, value: &Fr) {
        self.set(lane, &(*value * Fr::from(16u64)));
    }
}

impl zeroize::DefaultIsZeroes for Block {}

impl Default for Block {
    fn default() -> Self {
        Self::ZERO
    }
}

/// Eight elements in registers.
///
/// Invariant: a value exists only in functions compiled for the extension.
#[derive(Clone, Copy)]
pub(super) struct Eight([__m512i; LIMBS]);

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn broadcast(limbs: &[u64; LIMBS]) -> [__m512i; LIMBS] {
    [
        _mm512_set1_epi64(limbs[0].cast_signed()),
        _mm512_set1_epi64(limbs[1].cast_signed()),
        _mm512_set1_epi64(limbs[2].cast_signed()),
        _mm512_set1_epi64(limbs[3].cast_signed()),
        _mm512_set1_epi64(limbs[4].cast_signed()),
    ]
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn load(block: &Block) -> Eight {
    let [a, b, c, d, e] = &block.0;
    // SAFETY: each reference is to 64 bytes, as many as are loaded, aligned to 64 as blocks are.
    unsafe {
        Eight([
            _mm512_load_si512(a.as_ptr().cast()),
            _mm512_load_si512(b.as_ptr().cast()),
            _mm512_load_si512(c.as_ptr().cast()),
            _mm512_load_si512(d.as_ptr().cast()),
            _mm512_load_si512(e.as_ptr().cast()),
        ])
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn store(value: Eight, block: &mut Block) {
    for (limbs, row) in block.0.iter_mut().zip(value.0) {
        // SAFETY: the reference is to 64 bytes, as many as are stored, aligned to 64 as blocks are.
        unsafe { _mm512_store_si512(limbs.as_mut_ptr().cast(), row) };
    }
}

/// Brings limbs into range; what overflows 260 bits is dropped.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn carry(mut limbs: [__m512i; LIMBS]) -> Eight {
    let mask = _mm512_set1_epi64(MASK.cast_signed());
    for i in 0..LIMBS - 1 {
        let over = _mm512_srai_epi64::<LIMB_BITS>(limbs[i]);
        limbs[i] = _mm512_and_si512(limbs[i], mask);
        limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], over);
    }
    limbs[LIMBS - 1] = _mm512_and_si512(limbs[LIMBS - 1], mask);
    Eight(limbs)
}

/// Subtracts a multiple of r, so that what is left is below 2r; `limbs` from 0 to 8r, but for carries of at most 2.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn reduce(limbs: [__m512i; LIMBS]) -> Eight {
    // Carries first: the quotient must not be too large, and the value may be near zero.
    let mut limbs = carry(limbs).0;
    let zero = _mm512_setzero_si512();
    let constant = _mm512_set1_epi64(QUOTIENT.cast_signed());
    let quotient = _mm512_madd52hi_epu64(zero, limbs[LIMBS - 1], constant);
    let negative = broadcast(&NEG_MODULUS);
    for i in 0..LIMBS {
        limbs[i] = _mm512_madd52lo_epu64(limbs[i], quotient, negative[i]);
    }
    for i in 0..LIMBS - 1 {
        limbs[i + 1] = _mm512_madd52hi_epu64(limbs[i + 1], quotient, negative[i]);
    }
    carry(limbs)
}

/// Sum, below 2r; both below 4r.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn add(a: Eight, b: Eight) -> Eight {
    reduce(std::array::from_fn(|i| _mm512_add_epi64(a.0[i], b.0[i])))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn difference(a: Eight, b: Eight) -> [__m512i; LIMBS] {
    let twice = broadcast(&TWICE);
    std::array::from_fn(|i| _mm512_sub_epi64(_mm512_add_epi64(a.0[i], twice[i]), b.0[i]))
}

/// Difference, below 4r; both below 2r.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn sub_lazily(a: Eight, b: Eight) -> Eight {
    carry(difference(a, b))
}

/// Difference, below 2r; both below 2r.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn sub(a: Eight, b: Eight) -> Eight {
    reduce(difference(a, b))
}

/// Montgomery product, below 2r; the product of both below 32·r².
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn mul(a: Eight, b: Eight) -> Eight {
    let modulus = broadcast(&MODULUS);
    let mut sum = [_mm512_setzero_si512(); LIMBS];
    sum = mul_limb(sum, a.0[0], &b.0, &modulus);
    sum = mul_limb(sum, a.0[1], &b.0, &modulus);
    sum = mul_limb(sum, a.0[2], &b.0, &modulus);
    sum = mul_limb(sum, a.0[3], &b.0, &modulus);
    sum = mul_limb(sum, a.0[4], &b.0, &modulus);
    carry(sum)
}

/// (sum + limb·b + q·r) / 2^52 with the q that makes this whole.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn mul_limb(
    mut sum: [__m512i; LIMBS],
    limb: __m512i,
    b: &[__m512i; LIMBS],
    modulus: &[__m512i; LIMBS],
) -> [__m512i; LIMBS] {
    let zero = _mm512_setzero_si512();
    let neg_inverse = _mm512_set1_epi64(NEG_INVERSE.cast_signed());
    for j in 0..LIMBS {
        sum[j] = _mm512_madd52lo_epu64(sum[j], limb, b[j]);
    }
    let quotient = _mm512_madd52lo_epu64(zero, sum[0], neg_inverse);
    let mut high = [zero; LIMBS];
    for j in 0..LIMBS - 1 {
        high[j] = _mm512_madd52hi_epu64(sum[j + 1], limb, b[j]);
    }
    high[LIMBS - 1] = _mm512_madd52hi_epu64(zero, limb, b[LIMBS - 1]);
    let lowest = _mm512_madd52lo_epu64(sum[0], quotient, modulus[0]);
    for j in 1..LIMBS {
        high[j - 1] = _mm512_madd52lo_epu64(high[j - 1], quotient, modulus[j]);
    }
    for j in 0..LIMBS {
        high[j] = _mm512_madd52hi_epu64(high[j], quotient, modulus[j]);
    }
    high[0] = _mm512_add_epi64(high[0], _mm512_srli_epi64::<LIMB_BITS>(lowest));
    high
}

/// Element j of vector i becomes element i of vector j.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn transpose_all(vectors: [Eight; LANES]) -> [Eight; LANES] {
    let mut out = vectors;
    for limb in 0..LIMBS {
        let columns = transpose(std::array::from_fn(|i| vectors[i].0[limb]));
        for (vector, column) in out.iter_mut().zip(columns) {
            vector.0[limb] = column;
        }
    }
    out
}
