//! The lines of a Miller loop: tangents and chords of the twist, and where they are evaluated.
//!
//! Formulas: Costello, Lange and Naehrig, "Faster Pairing Computations on Curves with High-Degree
//! Twists" (<https://eprint.iacr.org/2009/615>), in the homogeneous coordinates of Aranha et al.
//! (<https://eprint.iacr.org/2010/526>), all scaled by four so that nothing is halved. A line may be
//! scaled by any element of Fp2: the final exponentiation maps these to one.

use ark_bls12_381::{Config, Fq, Fq2, G2Affine};
use ark_ec::bls12::Bls12Config;

use super::inverse::invert_all;
use super::tower::{Base, Fp2, Line, MonicLine};

/// The absolute value of the curve's parameter, the length of the Miller loop.
pub(super) const LOOP: u64 = Config::X[0];
/// Lines of a Miller loop: one for every bit of [`LOOP`] but the first, one for each further set bit.
const LINES: usize = (LOOP.ilog2() + LOOP.count_ones() - 1) as usize;

/// The bits of [`LOOP`] below the highest, from the top.
pub(super) fn loop_bits() -> impl Iterator<Item = bool> {
    (0..LOOP.ilog2()).rev().map(|bit| LOOP >> bit & 1 == 1)
}

/// A point (x, y) of G1 other than the identity as lines need it: 1/y and x/y.
///
/// A line b0 + b1·x·v + b4·y·vw is divided by y, so that its last coefficient is the same for every
/// point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evaluation<F> {
    pub(super) inverse_y: F,
    pub(super) x_over_y: F,
}

impl<F: Base> Evaluation<F> {
    #[inline(always)]
    fn line(&self, b0: Fp2<F>, b1: Fp2<F>, b4: Fp2<F>) -> Line<F> {
        Line {
            b0: b0.scale(self.inverse_y),
            b1: b1.scale(self.x_over_y),
            b4,
        }
    }

    #[inline(always)]
    pub(super) fn monic(&self, line: MonicLine<F>) -> MonicLine<F> {
        MonicLine {
            b0: line.b0.scale(self.inverse_y),
            b1: line.b1.scale(self.x_over_y),
        }
    }
}

/// A point of G2 on its way through the Miller loop, and the point of G1 that it is paired with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk<F> {
    base: [Fp2<F>; 2],
    x: Fp2<F>,
    y: Fp2<F>,
    z: Fp2<F>,
    at: Evaluation<F>,
}

impl<F: Base> Walk<F> {
    /// Begins at the point with these coordinates; `one` is the one of Fp2.
    pub(super) fn new(base: [Fp2<F>; 2], one: Fp2<F>, at: Evaluation<F>) -> Self {
        let [x, y] = base;
        Self {
            base,
            x,
            y,
            z: one,
            at,
        }
    }

    /// Doubles the point; the tangent at it.
    #[inline]
    pub(super) fn double(&mut self) -> Line<F> {
        let (b0, b1, b4) = self.tangent();
        self.at.line(b0, b1, b4)
    }

    /// Adds the point from which the walk began; the chord through both.
    #[inline]
    pub(super) fn add(&mut self) -> Line<F> {
        let (b0, b1, b4) = self.chord();
        self.at.line(b0, b1, b4)
    }

    /// Two products and seven squares.
    #[inline]
    fn tangent(&mut self) -> (Fp2<F>, Fp2<F>, Fp2<F>) {
        let xx = self.x.square();
        let yy = self.y.square();
        let zz = self.z.square();
        let two_xy = (self.x + self.y).square() - xx - yy;
        let two_yz = (self.y + self.z).square() - yy - zz;
        // The twist is y² = x³ + 4·xi; e = 3·(4·xi)·z².
        let four = zz.times_xi().double().double();
        let e = four.double() + four;
        let e3 = e.double() + e;
        let four_ee3 = e.square().double().double();
        self.x = two_xy * (yy - e3);
        self.y = (yy + e3).square() - (four_ee3.double() + four_ee3);
        self.z = yy.double().double() * two_yz;
        (e - yy, xx.double() + xx, -two_yz)
    }

    /// Eleven products and two squares. The point is neither the base nor its opposite: both are of
    /// prime order, and the point is the base times a number between one and that order.
    #[inline]
    fn chord(&mut self) -> (Fp2<F>, Fp2<F>, Fp2<F>) {
        let [base_x, base_y] = self.base;
        let theta = self.y - base_y * self.z;
        let lambda = self.x - base_x * self.z;
        let square = lambda.square();
        let cube = lambda * square;
        let f = self.z * theta.square();
        let g = self.x * square;
        let h = cube + f - g.double();
        self.x = lambda * h;
        self.y = theta * (g - h) - cube * self.y;
        self.z = self.z * cube;
        (theta * base_x - lambda * base_y, -theta, lambda)
    }
}

/// All lines of the Miller loop of a fixed point of G2, made monic: 13 kB.
#[derive(Clone)]
pub(crate) struct FixedLines(Vec<MonicLine<Fq>>);

impl FixedLines {
    /// The lines of `point`, of prime order and not the identity.
    pub(crate) fn new(point: &G2Affine) -> Self {
        let one = Fp2::from(<Fq2 as ark_ff::Field>::ONE);
        let unit = <Fq as ark_ff::Field>::ONE;
        let at = Evaluation {
            inverse_y: unit,
            x_over_y: unit,
        };
        let mut walk = Walk::new([point.x.into(), point.y.into()], one, at);
        let mut lines = Vec::with_capacity(LINES);
        for bit in loop_bits() {
            lines.push(walk.tangent());
            if bit {
                lines.push(walk.chord());
            }
        }
        // The last coefficient is twice y·z, or a difference of x coordinates: not zero, for no multiple
        // of the point on the way is of order two, the base, or its opposite.
        let mut inverses: Vec<Fq2> = lines.iter().map(|line| line.2.into()).collect();
        invert_all(&mut inverses);
        let monic = lines.iter().zip(inverses).map(|((b0, b1, _), inverse)| {
            let inverse = Fp2::from(inverse);
            MonicLine {
                b0: *b0 * inverse,
                b1: *b1 * inverse,
            }
        });
        Self(monic.collect())
    }

    /// The lines in the order of the loop.
    pub(super) fn as_slice(&self) -> &[MonicLine<Fq>] {
        &self.0
    }
}
