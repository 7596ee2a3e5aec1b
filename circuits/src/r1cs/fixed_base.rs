//! Multiples of the generator: windows of three bits.
//!
//! The point that three bits choose is a polynomial in them, linear in each, with constant
//! coefficients. With the product of two of the bits given, each coordinate is one product of the
//! third bit with a combination: two constraints a window, and six to add the point.

use std::sync::LazyLock;

use ark_bls12_381::Fr;
use ark_ec::{CurveGroup, PrimeGroup};
use ark_ed_on_bls12_381::{EdwardsAffine, EdwardsProjective};
use ark_ff::AdditiveGroup;
use ark_relations::gr1cs::SynthesisError;

use super::elgamal::{EXPONENT_BITS, has_negative_weight};
use super::{Affine, Builder, Linear};

/// Bits of a window.
const WIDTH: usize = 3;
/// Points of a window.
const POINTS: usize = 1 << WIDTH;

/// The points of one window: coefficients of 1, u, v, uv, w, uw, vw, uvw for either coordinate,
/// where u, v, w are the bits in the order of [`places`].
pub(super) struct Window {
    x: [Fr; POINTS],
    y: [Fr; POINTS],
}

/// The bits u, v, w of window `i`. The first two are always an aligned pair `(2j, 2j + 1)`, so that
/// their product is shared with windows of two bits.
pub(super) const fn places(i: usize) -> [usize; WIDTH] {
    let first = WIDTH * i;
    if first.is_multiple_of(2) {
        [first, first + 1, first + 2]
    } else {
        [first + 1, first + 2, first]
    }
}

/// Windows for an exponent: bit j weighs 2^j or -2^j, see [`has_negative_weight`].
pub(super) static EXPONENT: LazyLock<Vec<Window>> =
    LazyLock::new(|| windows(EXPONENT_BITS, has_negative_weight, EdwardsProjective::ZERO));

/// Windows for a non-negative integer of 24 bits.
pub(super) static UNSIGNED: LazyLock<Vec<Window>> =
    LazyLock::new(|| windows(24, |_| false, EdwardsProjective::ZERO));

/// Windows for an integer plus 2^23 as 24 bits; they add up to the integer itself.
pub(super) static SIGNED: LazyLock<Vec<Window>> = LazyLock::new(|| {
    let offset = -EdwardsProjective::generator().mul_bigint([1_u64 << 23]);
    windows(24, |_| false, offset)
});

/// Windows for `bits` bits, a multiple of three; `offset` is added in the first.
fn windows(
    bits: usize,
    is_negative: impl Fn(usize) -> bool,
    offset: EdwardsProjective,
) -> Vec<Window> {
    let mut power = EdwardsProjective::generator();
    let mut weights = Vec::with_capacity(bits);
    for place in 0..bits {
        weights.push(if is_negative(place) { -power } else { power });
        power.double_in_place();
    }
    let mut points = Vec::with_capacity(bits / WIDTH * POINTS);
    for i in 0..bits / WIDTH {
        let chosen = places(i).map(|place| weights[place]);
        let start = if i == 0 {
            offset
        } else {
            EdwardsProjective::ZERO
        };
        for index in 0..POINTS {
            let with = |sum, (bit, weight): (usize, &EdwardsProjective)| {
                if index >> bit & 1 == 1 {
                    sum + weight
                } else {
                    sum
                }
            };
            points.push(chosen.iter().enumerate().fold(start, with));
        }
    }
    EdwardsProjective::normalize_batch(&points)
        .chunks_exact(POINTS)
        .map(Window::through)
        .collect()
}

impl Window {
    /// The window with these points, the first bit lowest.
    fn through(points: &[EdwardsAffine]) -> Self {
        let coefficients = |coordinate: fn(&EdwardsAffine) -> Fr| {
            let mut values: [Fr; POINTS] = std::array::from_fn(|i| coordinate(&points[i]));
            // From values to coefficients, one bit after the other: f(b) = f(0) + b * (f(1) - f(0)).
            for bit in 0..WIDTH {
                for i in (0..POINTS).filter(|i| i >> bit & 1 == 1) {
                    values[i] -= values[i ^ (1 << bit)];
                }
            }
            values
        };
        Self {
            x: coefficients(|point| point.x),
            y: coefficients(|point| point.y),
        }
    }

    /// The point for the bits u, v, w, given the product uv: 2 constraints.
    pub fn choose(
        &self,
        builder: &mut Builder,
        [u, v, w]: [&Linear; WIDTH],
        uv: &Linear,
    ) -> Result<Affine, SynthesisError> {
        let mut coordinate = |coefficients: &[Fr; POINTS]| {
            let combine = |four: &[Fr]| {
                let mut sum = Linear::constant(four[0]);
                for (factor, term) in four[1..].iter().zip([u, v, uv]) {
                    sum.add_scaled(*factor, term);
                }
                sum
            };
            let (without, with) = coefficients.split_at(POINTS / 2);
            let change = builder.product(&combine(with), w)?;
            Ok(combine(without).plus(&change))
        };
        Ok(Affine {
            x: coordinate(&self.x)?,
            y: coordinate(&self.y)?,
        })
    }
}
