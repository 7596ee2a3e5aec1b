//! The extension fields of a Miller loop, over any base field.
//!
//! The tower is that of `ark-bls12-381`, of RFC draft-irtf-cfrg-pairing-friendly-curves, section 4.2.1:
//! Fp2 = Fp\[u\]/(u² + 1), Fp6 = Fp2\[v\]/(v³ − xi) with xi = 1 + u, Fp12 = Fp6\[w\]/(w² − v).
//!
//! Only what a Miller loop asks for is here: additions, products, squares, and the product of a dense
//! element by one or two lines. Counts of products in the comments are in Fp2.

use std::ops::{Add, Mul, Neg, Sub};

/// What the tower asks of its base field.
pub(super) trait Base:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// Twice the element.
    fn double(self) -> Self;

    /// (a0 + a1·u)(b0 + b1·u).
    fn complex_product(a: [Self; 2], b: [Self; 2]) -> [Self; 2];
}

/// c0 + c1·u.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fp2<F> {
    pub c0: F,
    pub c1: F,
}

impl<F: Base> Fp2<F> {
    #[inline(always)]
    pub(super) fn new(c0: F, c1: F) -> Self {
        Self { c0, c1 }
    }

    #[inline(always)]
    pub(super) fn double(self) -> Self {
        Self::new(self.c0.double(), self.c1.double())
    }

    /// (c0 + c1·u)² = (c0 + c1)(c0 − c1) + 2·c0·c1·u.
    #[inline(never)]
    pub(super) fn square(self) -> Self {
        let product = self.c0 * self.c1;
        Self::new((self.c0 + self.c1) * (self.c0 - self.c1), product.double())
    }

    /// Times xi = 1 + u.
    #[inline(always)]
    pub(super) fn times_xi(self) -> Self {
        Self::new(self.c0 - self.c1, self.c0 + self.c1)
    }

    /// Times an element of the base field.
    #[inline(always)]
    pub(super) fn scale(self, by: F) -> Self {
        Self::new(self.c0 * by, self.c1 * by)
    }
}

impl<F: Base> Add for Fp2<F> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self::new(self.c0 + other.c0, self.c1 + other.c1)
    }
}

impl<F: Base> Sub for Fp2<F> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self::new(self.c0 - other.c0, self.c1 - other.c1)
    }
}

impl<F: Base> Neg for Fp2<F> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::new(-self.c0, -self.c1)
    }
}

impl<F: Base> Mul for Fp2<F> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let [c0, c1] = F::complex_product([self.c0, self.c1], [other.c0, other.c1]);
        Self::new(c0, c1)
    }
}

/// c0 + c1·v + c2·v².
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fp6<F> {
    pub c0: Fp2<F>,
    pub c1: Fp2<F>,
    pub c2: Fp2<F>,
}

impl<F: Base> Fp6<F> {
    #[inline(always)]
    pub(super) fn new(c0: Fp2<F>, c1: Fp2<F>, c2: Fp2<F>) -> Self {
        Self { c0, c1, c2 }
    }

    #[inline(always)]
    fn double(self) -> Self {
        Self::new(self.c0.double(), self.c1.double(), self.c2.double())
    }

    /// Times v: a rotation.
    #[inline(always)]
    fn times_v(self) -> Self {
        Self::new(self.c2.times_xi(), self.c0, self.c1)
    }

    /// Times b0 + b1·v: five products.
    #[inline]
    fn times_01(self, b0: Fp2<F>, b1: Fp2<F>) -> Self {
        let low = self.c0 * b0;
        let middle = self.c1 * b1;
        Self::new(
            ((self.c1 + self.c2) * b1 - middle).times_xi() + low,
            (self.c0 + self.c1) * (b0 + b1) - low - middle,
            (self.c0 + self.c2) * b0 - low + middle,
        )
    }

    /// Times b1·v: three products.
    #[inline]
    fn times_1(self, b1: Fp2<F>) -> Self {
        Self::new((self.c2 * b1).times_xi(), self.c0 * b1, self.c1 * b1)
    }

    /// Times b1·v + b2·v²: five products.
    #[inline]
    fn times_12(self, b1: Fp2<F>, b2: Fp2<F>) -> Self {
        // (c0 + c1·v + c2·v²)(b1·v + b2·v²).
        let middle = self.c1 * b1;
        let high = self.c2 * b2;
        Self::new(
            ((self.c1 + self.c2) * (b1 + b2) - middle - high).times_xi(),
            (self.c0 + self.c1) * b1 - middle + high.times_xi(),
            (self.c0 + self.c2) * b2 - high + middle,
        )
    }
}

impl<F: Base> Add for Fp6<F> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self::new(self.c0 + other.c0, self.c1 + other.c1, self.c2 + other.c2)
    }
}

impl<F: Base> Sub for Fp6<F> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self::new(self.c0 - other.c0, self.c1 - other.c1, self.c2 - other.c2)
    }
}

impl<F: Base> Mul for Fp6<F> {
    type Output = Self;
    /// Six products: Karatsuba.
    #[inline]
    fn mul(self, other: Self) -> Self {
        let low = self.c0 * other.c0;
        let middle = self.c1 * other.c1;
        let high = self.c2 * other.c2;
        Self::new(
            ((self.c1 + self.c2) * (other.c1 + other.c2) - middle - high).times_xi() + low,
            (self.c0 + self.c1) * (other.c0 + other.c1) - low - middle + high.times_xi(),
            (self.c0 + self.c2) * (other.c0 + other.c2) - low + middle - high,
        )
    }
}

/// c0 + c1·w.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fp12<F> {
    pub c0: Fp6<F>,
    pub c1: Fp6<F>,
}

/// A line b0 + b1·v + b4·v·w through points of the twist, evaluated at a point of G1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<F> {
    pub b0: Fp2<F>,
    pub b1: Fp2<F>,
    pub b4: Fp2<F>,
}

/// A line b0 + b1·v + v·w.
#[derive(Clone, Copy, Debug)]
pub(super) struct MonicLine<F> {
    pub b0: Fp2<F>,
    pub b1: Fp2<F>,
}

/// The product of two lines: an element of Fp12 without a term in w.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinePair<F> {
    c0: Fp6<F>,
    b4: Fp2<F>,
    b5: Fp2<F>,
}

impl<F: Base> Line<F> {
    /// The product of two lines: six products.
    #[inline]
    pub(super) fn times(self, other: Self) -> LinePair<F> {
        let (x0, x1, x4) = (self.b0 * other.b0, self.b1 * other.b1, self.b4 * other.b4);
        let cross = |a: Fp2<F>, b: Fp2<F>, c: Fp2<F>, d: Fp2<F>| (a + b) * (c + d);
        // (vw)² = v³ = xi.
        LinePair {
            c0: Fp6::new(
                x0 + x4.times_xi(),
                cross(self.b0, self.b1, other.b0, other.b1) - x0 - x1,
                x1,
            ),
            b4: cross(self.b0, self.b4, other.b0, other.b4) - x0 - x4,
            b5: cross(self.b1, self.b4, other.b1, other.b4) - x1 - x4,
        }
    }
}

impl<F: Base> Fp12<F> {
    /// Two products in Fp6, that is twelve.
    #[inline]
    pub(super) fn square(self) -> Self {
        // (c0 + c1·w)² = c0² + v·c1² + 2·c0·c1·w.
        let product = self.c0 * self.c1;
        let sum = (self.c0 + self.c1) * (self.c0 + self.c1.times_v());
        Self {
            c0: sum - product - product.times_v(),
            c1: product.double(),
        }
    }

    /// Times a line: thirteen products.
    #[inline]
    pub(super) fn times_line(self, line: Line<F>) -> Self {
        let low = self.c0.times_01(line.b0, line.b1);
        let high = self.c1.times_1(line.b4);
        let sum = (self.c0 + self.c1).times_01(line.b0, line.b1 + line.b4);
        Self {
            c0: low + high.times_v(),
            c1: sum - low - high,
        }
    }

    /// Times a monic line: ten products. `one` is the one of the base field.
    #[inline]
    pub(super) fn times_monic(self, line: MonicLine<F>, one: F) -> Self {
        let low = self.c0.times_01(line.b0, line.b1);
        let high = self.c1.times_v();
        let b1 = Fp2::new(line.b1.c0 + one, line.b1.c1);
        let sum = (self.c0 + self.c1).times_01(line.b0, b1);
        Self {
            c0: low + high.times_v(),
            c1: sum - low - high,
        }
    }

    /// Times two lines: seventeen products, twenty-three with the product of the lines.
    #[inline]
    pub(super) fn times_pair(self, pair: LinePair<F>) -> Self {
        let low = self.c0 * pair.c0;
        let high = self.c1.times_12(pair.b4, pair.b5);
        let other = Fp6::new(pair.c0.c0, pair.c0.c1 + pair.b4, pair.c0.c2 + pair.b5);
        let sum = (self.c0 + self.c1) * other;
        Self {
            c0: low + high.times_v(),
            c1: sum - low - high,
        }
    }
}

impl<F: Base> Mul for Fp12<F> {
    type Output = Self;
    /// Three products in Fp6, that is eighteen.
    #[inline]
    fn mul(self, other: Self) -> Self {
        let low = self.c0 * other.c0;
        let high = self.c1 * other.c1;
        let sum = (self.c0 + self.c1) * (other.c0 + other.c1);
        Self {
            c0: low + high.times_v(),
            c1: sum - low - high,
        }
    }
}
