//! Square roots in the fields of the two groups.

use ark_bls12_381::{Fq, Fq2};
use ark_ff::{Field, PrimeField, Zero};

/// Bits of a window.
const WINDOW: usize = 5;
/// (p − 3)/4, lowest limb first.
const EXPONENT: [u64; 6] = {
    // (p − 1)/2 is odd, so halving it rounds (p − 1)/4 down to (p − 3)/4.
    let half = Fq::MODULUS_MINUS_ONE_DIV_TWO.0;
    let mut result = [0; 6];
    let mut i = 0;
    while i < 6 {
        let above = if i < 5 { half[i + 1] } else { 0 };
        result[i] = half[i] >> 1 | above << 63;
        i += 1;
    }
    result
};
const EXPONENT_BITS: usize = 379;

/// −1/2.
const MINUS_HALF: Fq = Fq::new(Fq::MODULUS_MINUS_ONE_DIV_TWO);

/// A square root, if there is one.
pub(super) fn root(x: Fq) -> Option<Fq> {
    let root = x * exponentiate(x);
    (root.square() == x).then_some(root)
}

/// A square root in Fq2, if there is one.
///
/// This is the complex method (Adj and Rodríguez-Henríquez, <https://eprint.iacr.org/2012/685>,
/// algorithm 8) with its test for a square, its root and its inversion in one exponentiation.
pub(super) fn root_in_fq2(x: Fq2) -> Option<Fq2> {
    if x.c1.is_zero() {
        return x.sqrt();
    }
    // Squares are the elements whose norm is a square.
    let norm = root(x.c0.square() + x.c1.square())?;
    // Were delta zero, the norm would be c0² and c1 zero.
    let delta = -(norm + x.c0) * MINUS_HALF;
    let power = exponentiate(delta);
    let s = delta * power;
    // power = delta^((p − 3)/4), so s·power = delta^((p − 1)/2) is 1 or −1.
    let candidate = if s.square() == delta {
        // s² = delta and 1/s = power: the root is s + c1/(2·s)·u.
        Fq2::new(s, -(x.c1 * power * MINUS_HALF))
    } else {
        // s² = −delta and 1/s = −power. The other choice of delta is (c0 − norm)/2 =
        // −c1²/(4·delta) = (c1/(2·s))²: the root is c1/(2·s) + s·u.
        Fq2::new(x.c1 * power * MINUS_HALF, s)
    };
    (candidate.square() == x).then_some(candidate)
}

/// x to the power (p − 3)/4, by sliding windows: 379 squarings and about 80 products.
fn exponentiate(x: Fq) -> Fq {
    let square = x.square();
    let mut odd = [x; 1 << (WINDOW - 1)];
    for i in 1..odd.len() {
        odd[i] = odd[i - 1] * square;
    }
    let bit = |i: usize| usize::from(EXPONENT[i / 64] >> (i % 64) & 1 == 1);
    let mut result = Fq::ONE;
    let mut begun = false;
    let mut rest = EXPONENT_BITS;
    while rest > 0 {
        if bit(rest - 1) == 0 {
            result.square_in_place();
            rest -= 1;
            continue;
        }
        // The longest window from here that ends in a one.
        let mut low = rest.saturating_sub(WINDOW);
        while bit(low) == 0 {
            low += 1;
        }
        let value = (low..rest).rev().fold(0, |value, i| 2 * value + bit(i));
        if begun {
            for _ in low..rest {
                result.square_in_place();
            }
            result *= odd[value / 2];
        } else {
            result = odd[value / 2];
            begun = true;
        }
        rest = low;
    }
    result
}
