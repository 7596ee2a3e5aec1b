//! The final exponentiation.
//!
//! The exponent is three times (p¹² − 1)/r, as in `ark-ec`, so that results are the same; the formula of
//! the hard part is that of Hayashida, Hayasaka and Teruya (<https://eprint.iacr.org/2020/875>). What
//! differs is the power by the curve's parameter x: its squarings are those of Karabina
//! (<https://eprint.iacr.org/2010/542>), which work on four of the six coordinates of an element of the
//! cyclotomic subgroup: six squares in Fp2 rather than six products. All elements that the power is made
//! of are then completed with one inversion.

use ark_bls12_381::{Fq, Fq2, Fq12};
use ark_ff::{CyclotomicMultSubgroup, Field, Zero};

use super::inverse::invert_all;
use super::line::LOOP;
use super::tower::{Fp2, Fp6, Fp12};

/// `f` to the power 3·(p¹² − 1)/r; nothing if `f` is zero, which no Miller loop yields.
pub(crate) fn final_exponentiation(f: Fq12) -> Option<Fq12> {
    // The easy part: to the power (p⁶ − 1)(p² + 1).
    let g = conjugate(f) * f.inverse()?;
    let r = frobenius(g, 2) * g;
    // The hard part: to the power (x − 1)²(x + p)(x² + p² − 1) + 3.
    let a = power_of_x(r) * conjugate(r);
    let b = power_of_x(a) * conjugate(a);
    let c = power_of_x(b) * frobenius(b, 1);
    let d = power_of_x(power_of_x(c)) * frobenius(c, 2) * conjugate(c);
    Some(d * r.cyclotomic_square() * r)
}

/// The p⁶-th power: the inverse of an element of the cyclotomic subgroup.
fn conjugate(f: Fq12) -> Fq12 {
    Fq12::new(f.c0, -f.c1)
}

fn frobenius(mut f: Fq12, power: usize) -> Fq12 {
    f.frobenius_map_in_place(power);
    f
}

/// `f` to the power x, which is negative; `f` is in the cyclotomic subgroup.
fn power_of_x(f: Fq12) -> Fq12 {
    let mut square = Compressed::from(&f);
    let mut factors = [square; LOOP.count_ones() as usize];
    let mut found = 0;
    for bit in 0..=LOOP.ilog2() {
        if bit > 0 {
            square = square.square();
        }
        if LOOP >> bit & 1 == 1 {
            factors[found] = square;
            found += 1;
        }
    }
    conjugate(product(&factors).unwrap_or_else(|| f.cyclotomic_exp([LOOP])))
}

/// Four of the six coordinates of an element of the cyclotomic subgroup.
///
/// Named as in Granger and Scott (<https://eprint.iacr.org/2009/565>): the element is
/// z0 + z4·v + z3·v² + (z2 + z1·v + z5·v²)·w.
#[derive(Clone, Copy)]
struct Compressed {
    z2: Fp2<Fq>,
    z3: Fp2<Fq>,
    z4: Fp2<Fq>,
    z5: Fp2<Fq>,
}

impl From<&Fq12> for Compressed {
    fn from(f: &Fq12) -> Self {
        Self {
            z2: f.c1.c0.into(),
            z3: f.c0.c2.into(),
            z4: f.c0.c1.into(),
            z5: f.c1.c2.into(),
        }
    }
}

impl Compressed {
    /// These coordinates of the square depend on no others.
    fn square(&self) -> Self {
        let (a0, a1) = square_over_fp4(self.z2, self.z3);
        let (b0, b1) = square_over_fp4(self.z4, self.z5);
        let b1 = b1.times_xi();
        Self {
            z2: (b1 + self.z2).double() + b1,
            z3: (b0 - self.z3).double() + b0,
            z4: (a0 - self.z4).double() + a0,
            z5: (a1 + self.z5).double() + a1,
        }
    }

    /// The element, given the inverse of 4·z2.
    fn complete(&self, inverse: Fp2<Fq>) -> Fp12<Fq> {
        let Self { z2, z3, z4, z5 } = *self;
        let z44 = z4.square();
        let z1 = (z5.square().times_xi() + z44.double() + z44 - z3.double()) * inverse;
        let z34 = z3 * z4;
        let z0 = (z1.square().double() + z2 * z5 - z34.double() - z34).times_xi();
        let one = Fp2::from(Fq2::ONE);
        Fp12 {
            c0: Fp6::new(z0 + one, z4, z3),
            c1: Fp6::new(z2, z1, z5),
        }
    }
}

/// The product of the elements; nothing if one of them has z2 = 0 (one itself, for instance), where
/// completing takes other formulas.
fn product(factors: &[Compressed]) -> Option<Fq12> {
    let mut inverses: Vec<Fq2> = factors
        .iter()
        .map(|f| f.z2.double().double().into())
        .collect();
    if inverses.iter().any(Zero::is_zero) {
        return None;
    }
    invert_all(&mut inverses);
    let completed = factors.iter().zip(inverses);
    completed
        .map(|(f, inverse)| f.complete(inverse.into()))
        .reduce(|product, f| product * f)
        .map(Into::into)
}

/// (a + b·t)² with t² = xi.
#[inline]
fn square_over_fp4(a: Fp2<Fq>, b: Fp2<Fq>) -> (Fp2<Fq>, Fp2<Fq>) {
    let (aa, bb) = (a.square(), b.square());
    (aa + bb.times_xi(), (a + b).square() - aa - bb)
}
