//! Eight lanes of the base field on AVX-512 with integer multiply-add of 52 bits (IFMA).
//!
//! An element is x·2^416 mod p (Montgomery form) in eight limbs of 52 bits, limb i of all lanes in one register. 416 bits
//! are 35 more than p has, so that sums and differences of products need no reduction before they are multiplied again:
//! see the bounds in [`Lanes`].
//!
//! This is the one place with `unsafe`. It is of two kinds: calls of functions that need the processor's extension, and
//! loads and stores through pointers. The first kind is sound because values of [`Eight`] come into being in functions
//! that [`is_available`] guards, see [`Lanes for Eight`](Eight); the second because every pointer comes from a reference
//! to as many bytes as are moved.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_add_epi64, _mm512_and_si512, _mm512_loadu_si512,
    _mm512_madd52hi_epu64, _mm512_madd52lo_epu64, _mm512_mask_sub_epi64, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_shuffle_i64x2, _mm512_srai_epi64, _mm512_srli_epi64,
    _mm512_storeu_si512, _mm512_sub_epi64, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

use ark_bls12_381::Fq;
use ark_ff::{BigInt, Field, MontFp};

use super::constants::{
    LIMB_BITS, LIMBS, MASK, MODULUS, NEG_INVERSE, NEG_MODULUS, QUOTIENT, TIMES_2, TIMES_64,
    TIMES_128, join, split,
};
use super::lanes::{Lanes, MOST, Stored};

/// Whether this processor has what [`Eight`] needs.
pub(super) fn is_available() -> bool {
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512ifma")
}

/// One element in memory: x·2^416 mod p in limbs of 52 bits, below 2p.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Limbs([u64; LIMBS]);

/// 2^32: the library's Montgomery form is x·2^384, ours x·2^416.
const UP: Fq = MontFp!("4294967296");

impl Stored for Limbs {
    type Ark = Fq;
    const FORM: u32 = 2;

    fn from_ark(value: &Fq) -> Self {
        // The library's representation of 2^32·x is our representation of x.
        Self(split((*value * UP).0.0))
    }

    fn to_ark(&self) -> Fq {
        self.to_raw() * DOWN
    }

    fn to_raw(&self) -> Fq {
        let mut value = BigInt::<6>(join(&self.0));
        let modulus = BigInt::<6>(join(&MODULUS));
        while value >= modulus {
            ark_ff::BigInteger::sub_with_borrow(&mut value, &modulus);
        }
        Fq::new_unchecked(value)
    }

    fn from_raw(raw: &Fq) -> Self {
        Self(split(raw.0.0))
    }
}

/// 2^-32.
const DOWN: Fq = MontFp!(
    "4002226336656582029087256104932590323395596554049799347740589821185271874195946455303686366462020333114954887637676"
);

#[cfg(test)]
impl Limbs {
    /// The same element, larger by p: what reduction may leave.
    pub(super) fn plus_modulus(self) -> Self {
        let mut carry = 0;
        Self(std::array::from_fn(|i| {
            let sum = self.0[i] + MODULUS[i] + carry;
            carry = sum >> LIMB_BITS;
            sum & MASK
        }))
    }
}

/// Eight elements.
///
/// Invariant: a value exists only where [`is_available`] has answered yes. The type is private to the arithmetic, whose
/// only entries ask first.
#[derive(Clone, Copy)]
pub(crate) struct Eight([__m512i; LIMBS]);

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn broadcast(limbs: &[u64; LIMBS]) -> [__m512i; LIMBS] {
    limbs.map(|limb| _mm512_set1_epi64(limb.cast_signed()))
}

/// Brings limbs into range. They may be negative or too large by carries; the value must not be negative, and fits into
/// 416 bits after its overflow is dropped.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn carry(mut limbs: [__m512i; LIMBS]) -> [__m512i; LIMBS] {
    let mask = _mm512_set1_epi64(MASK.cast_signed());
    for i in 0..LIMBS - 1 {
        let over = _mm512_srai_epi64::<LIMB_BITS>(limbs[i]);
        limbs[i] = _mm512_and_si512(limbs[i], mask);
        limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], over);
    }
    limbs[LIMBS - 1] = _mm512_and_si512(limbs[LIMBS - 1], mask);
    limbs
}

/// Subtracts a multiple of p, so that what is left is below 2p. `limbs` is raw, from 2p to 200p.
///
/// The quotient comes from the highest limb. That one is off by the carries that are still to come, less than 4 as each
/// of the terms behind `limbs` is in range but for its sign; with 4 subtracted it is never too large, so the rest is
/// not negative, and too small by less than one.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn reduce(mut limbs: [__m512i; LIMBS]) -> [__m512i; LIMBS] {
    let zero = _mm512_setzero_si512();
    let high = _mm512_sub_epi64(limbs[LIMBS - 1], _mm512_set1_epi64(4));
    let quotient = _mm512_madd52hi_epu64(zero, high, _mm512_set1_epi64(QUOTIENT.cast_signed()));
    let negative = broadcast(&NEG_MODULUS);
    for i in 0..LIMBS {
        limbs[i] = _mm512_madd52lo_epu64(limbs[i], quotient, negative[i]);
    }
    for i in 0..LIMBS - 1 {
        limbs[i + 1] = _mm512_madd52hi_epu64(limbs[i + 1], quotient, negative[i]);
    }
    carry(limbs)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn sums(a: &Eight, b: &[__m512i; LIMBS]) -> [__m512i; LIMBS] {
    std::array::from_fn(|i| _mm512_add_epi64(a.0[i], b[i]))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn differences(a: &[__m512i; LIMBS], b: &Eight) -> [__m512i; LIMBS] {
    std::array::from_fn(|i| _mm512_sub_epi64(a[i], b.0[i]))
}

/// Montgomery's multiplication, limb of `a` by limb: a·b/2^416 mod p. With both below 2^16 p the result is below
/// ab/2^416 + p < 2p. No sum exceeds 64 bits: a limb gets at most 36 terms of 52 bits.
///
/// Not inlined: it is three hundred instructions long, and a processor's instruction cache holds few copies.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply(a: &Eight, b: &Eight) -> Eight {
    let modulus = broadcast(&MODULUS);
    let mut sum = [_mm512_setzero_si512(); LIMBS];
    // Written out: the compiler does not unroll a loop of this size, and registers have no index.
    sum = multiply_limb(sum, a.0[0], &b.0, &modulus);
    sum = multiply_limb(sum, a.0[1], &b.0, &modulus);
    sum = multiply_limb(sum, a.0[2], &b.0, &modulus);
    sum = multiply_limb(sum, a.0[3], &b.0, &modulus);
    sum = multiply_limb(sum, a.0[4], &b.0, &modulus);
    sum = multiply_limb(sum, a.0[5], &b.0, &modulus);
    sum = multiply_limb(sum, a.0[6], &b.0, &modulus);
    sum = multiply_limb(sum, a.0[7], &b.0, &modulus);
    Eight(carry(sum))
}

/// (sum + limb·b + q·p) / 2^52 with the q that makes this whole.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply_limb(
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
    // The high halves belong one limb higher: in the shifted sum they are at their own index.
    let mut high = [zero; LIMBS];
    for j in 0..LIMBS - 1 {
        high[j] = _mm512_madd52hi_epu64(sum[j + 1], limb, b[j]);
    }
    high[LIMBS - 1] = _mm512_madd52hi_epu64(zero, limb, b[LIMBS - 1]);
    // The lowest limb becomes a multiple of 2^52: it goes, its carry stays.
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

/// Rows to columns: element j of row i becomes element i of row j.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn transpose(rows: [__m512i; 8]) -> [__m512i; 8] {
    let mut pairs = rows;
    for i in 0..4 {
        pairs[2 * i] = _mm512_unpacklo_epi64(rows[2 * i], rows[2 * i + 1]);
        pairs[2 * i + 1] = _mm512_unpackhi_epi64(rows[2 * i], rows[2 * i + 1]);
    }
    // pairs[2i + s] holds, in 128-bit part k, column 2k + s of rows 2i and 2i + 1.
    let mut columns = rows;
    for s in 0..2 {
        let [a, b, c, d] = [pairs[s], pairs[2 + s], pairs[4 + s], pairs[6 + s]];
        let even_ab = _mm512_shuffle_i64x2::<0b10_00_10_00>(a, b);
        let odd_ab = _mm512_shuffle_i64x2::<0b11_01_11_01>(a, b);
        let even_cd = _mm512_shuffle_i64x2::<0b10_00_10_00>(c, d);
        let odd_cd = _mm512_shuffle_i64x2::<0b11_01_11_01>(c, d);
        // even_ab: parts a0 a2 b0 b2; odd_ab: a1 a3 b1 b3.
        columns[s] = _mm512_shuffle_i64x2::<0b10_00_10_00>(even_ab, even_cd);
        columns[4 + s] = _mm512_shuffle_i64x2::<0b11_01_11_01>(even_ab, even_cd);
        columns[2 + s] = _mm512_shuffle_i64x2::<0b10_00_10_00>(odd_ab, odd_cd);
        columns[6 + s] = _mm512_shuffle_i64x2::<0b11_01_11_01>(odd_ab, odd_cd);
    }
    columns
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn load(from: [&Limbs; MOST]) -> Eight {
    let [a, b, c, d, e, f, g, h] = from;
    Eight(transpose([
        load_one(a),
        load_one(b),
        load_one(c),
        load_one(d),
        load_one(e),
        load_one(f),
        load_one(g),
        load_one(h),
    ]))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn load_one(limbs: &Limbs) -> __m512i {
    // SAFETY: the reference is to 64 bytes, as many as are loaded.
    unsafe { _mm512_loadu_si512(limbs.0.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn store(value: &Eight) -> [Limbs; MOST] {
    let mut out = [Limbs([0; LIMBS]); MOST];
    for (row, limbs) in transpose(value.0).into_iter().zip(&mut out) {
        // SAFETY: the reference is to 64 bytes, as many as are stored.
        unsafe { _mm512_storeu_si512(limbs.0.as_mut_ptr().cast(), row) };
    }
    out
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn add(a: &Eight, b: &Eight) -> Eight {
    Eight(carry(sums(a, &b.0)))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn sub(a: &Eight, b: &Eight) -> Eight {
    Eight(carry(differences(&sums(a, &broadcast(&TIMES_64)), b)))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn sub_two(a: &Eight, b: &Eight, c: &Eight) -> Eight {
    let raised = sums(a, &broadcast(&TIMES_128));
    Eight(carry(differences(&differences(&raised, b), c)))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn sub_two_reduced(a: &Eight, b: &Eight, c: &Eight) -> Eight {
    let raised = sums(a, &broadcast(&TIMES_128));
    Eight(reduce(differences(&differences(&raised, b), c)))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn sub_reduced(a: &Eight, b: &Eight) -> Eight {
    let raised = sums(a, &broadcast(&TIMES_128));
    Eight(reduce(differences(&raised, b)))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn neg_where(a: &Eight, mask: u8) -> Eight {
    let twice = broadcast(&TIMES_2);
    Eight(std::array::from_fn(|i| {
        _mm512_mask_sub_epi64(a.0[i], mask, twice[i], a.0[i])
    }))
}

/// Asks for all cache lines of a value.
#[inline(always)]
pub(super) fn prefetch_lines<T>(value: &T) {
    let address = std::ptr::from_ref(value).cast::<i8>();
    for line in 0..size_of::<T>().div_ceil(64) {
        // SAFETY: a prefetch changes nothing that a program can see, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.wrapping_add(64 * line)) };
    }
}

// SAFETY of all calls below: an `Eight`, or a request for one, exists only where the extension does.
impl Lanes for Eight {
    const COUNT: usize = 8;
    type Stored = Limbs;

    #[inline(always)]
    fn one() -> Self {
        let one = Limbs::from_ark(&Fq::ONE);
        Self::gather(|_| &one)
    }

    #[inline(always)]
    fn prefetch<T>(value: &T) {
        prefetch_lines(value);
    }

    #[inline(always)]
    fn gather<'a>(from: impl Fn(usize) -> &'a Limbs) -> Self {
        // Written out: as a loop it is left one, with a call a lane.
        let rows = [
            from(0),
            from(1),
            from(2),
            from(3),
            from(4),
            from(5),
            from(6),
            from(7),
        ];
        unsafe { load(rows) }
    }

    #[inline(always)]
    fn scatter(&self, mut put: impl FnMut(usize, &Limbs)) {
        for (lane, limbs) in unsafe { store(self) }.iter().enumerate() {
            put(lane, limbs);
        }
    }

    #[inline(always)]
    fn add(&self, other: &Self) -> Self {
        unsafe { add(self, other) }
    }

    #[inline(always)]
    fn sub(&self, other: &Self) -> Self {
        unsafe { sub(self, other) }
    }

    #[inline(always)]
    fn sub_two(&self, b: &Self, c: &Self) -> Self {
        unsafe { sub_two(self, b, c) }
    }

    #[inline(always)]
    fn sub_two_reduced(&self, b: &Self, c: &Self) -> Self {
        unsafe { sub_two_reduced(self, b, c) }
    }

    #[inline(always)]
    fn sub_reduced(&self, b: &Self) -> Self {
        unsafe { sub_reduced(self, b) }
    }

    #[inline(always)]
    fn mul(&self, other: &Self) -> Self {
        unsafe { multiply(self, other) }
    }

    #[inline(always)]
    fn square(&self) -> Self {
        self.mul(self)
    }

    #[inline(always)]
    fn neg_where(&self, mask: u8) -> Self {
        unsafe { neg_where(self, mask) }
    }

    fn invert(&self) -> Option<Self> {
        // Products of all that come before, one inversion, and back: Montgomery's trick over the lanes.
        let mut lanes = [Fq::ONE; MOST];
        self.scatter(|lane, limbs| lanes[lane] = limbs.to_ark());
        let mut products = [Fq::ONE; MOST];
        for i in 1..MOST {
            products[i] = products[i - 1] * lanes[i - 1];
        }
        let mut inverse = (products[MOST - 1] * lanes[MOST - 1]).inverse()?;
        for i in (0..MOST).rev() {
            products[i] *= inverse;
            inverse *= lanes[i];
        }
        let limbs = products.map(|value| Limbs::from_ark(&value));
        Some(Self::gather(|lane| &limbs[lane]))
    }
}
