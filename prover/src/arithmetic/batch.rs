//! A batch of affine additions that share one inversion.

use super::lanes::{Lanes, MOST, Point};

/// Additions that share an inversion: that takes as long as some hundred multiplications, and what a batch needs of
/// memory should stay in the second cache.
pub(super) const BATCH: usize = 1_024;

/// A reference to a point is an index and two bits: whether it lies in the pool of sums instead of the table, and
/// whether its negative is meant.
pub(super) const NEGATIVE: u32 = 1 << 31;
pub(super) const POOL: u32 = 1 << 30;

/// Memory for additions, which one task leaves to the next: fresh memory costs the system's work page by page.
pub(crate) struct Scratch<L: Lanes> {
    /// Sums, in the order in which their additions were asked for.
    pub(super) pool: Vec<Point<L::Stored>>,
    /// Pairs that wait for a full batch.
    pub(super) pairs: Vec<[u32; 2]>,
    /// What the way forward leaves for the way back.
    steps: Vec<Step<L>>,
}

/// One vector of additions.
#[derive(Clone, Copy)]
struct Step<L> {
    x1: L,
    /// x₂ - x₁.
    difference: L,
    /// The product of the differences of all vectors before.
    product: L,
}

impl<L: Lanes> Default for Scratch<L> {
    fn default() -> Self {
        Self {
            pool: Vec::new(),
            pairs: Vec::with_capacity(BATCH + MOST),
            steps: Vec::with_capacity(BATCH / L::COUNT),
        }
    }
}

impl<L: Lanes> Scratch<L> {
    /// The point behind a reference, whatever its sign.
    #[inline(always)]
    pub(super) fn place<'a>(
        &'a self,
        table: &'a [Point<L::Stored>],
        reference: u32,
    ) -> &'a Point<L::Stored> {
        let index = (reference & (POOL - 1)) as usize;
        if reference & POOL == 0 {
            &table[index]
        } else {
            &self.pool[index]
        }
    }

    /// One side's x of the pairs of a vector.
    #[inline(always)]
    fn xs(&self, table: &[Point<L::Stored>], pairs: &[[u32; 2]], side: usize) -> L {
        L::gather(
            #[inline(always)]
            |lane| &self.place(table, pairs[lane][side]).x,
        )
    }

    /// One side's y, with its sign.
    #[inline(always)]
    fn ys(&self, table: &[Point<L::Stored>], pairs: &[[u32; 2]], side: usize) -> L {
        let ys = L::gather(
            #[inline(always)]
            |lane| &self.place(table, pairs[lane][side]).y,
        );
        let mut signs = 0;
        for (lane, pair) in pairs[..L::COUNT].iter().enumerate() {
            signs |= u8::from(pair[side] & NEGATIVE != 0) << lane;
        }
        ys.neg_where(signs)
    }

    /// Adds the pairs that wait and appends the sums to the pool. If two of a pair have the same x, nothing is done and
    /// the answer is `false`.
    ///
    /// There must be a pair, and at most [`BATCH`].
    #[inline(always)]
    pub(super) fn add(&mut self, table: &[Point<L::Stored>]) -> bool {
        let count = self.pairs.len();
        // The last vector is filled with more of the first pair.
        let first = self.pairs[0];
        self.pairs.resize(count.next_multiple_of(L::COUNT), first);
        let inverse = self.forward(table).invert();
        if let Some(inverse) = inverse {
            let base = self.pool.len();
            self.pool.resize(base + self.pairs.len(), table[0]);
            self.backward(table, base, inverse);
            self.pool.truncate(base + count);
        }
        self.pairs.truncate(count);
        inverse.is_some()
    }

    /// The product of all differences of x, lane by lane.
    #[inline(always)]
    fn forward(&mut self, table: &[Point<L::Stored>]) -> L {
        let mut product = L::one();
        self.steps.clear();
        for pairs in self.pairs.chunks_exact(L::COUNT) {
            let x1 = self.xs(table, pairs, 0);
            let difference = self.xs(table, pairs, 1).sub(&x1);
            self.steps.push(Step {
                x1,
                difference,
                product,
            });
            product = product.mul(&difference);
        }
        product
    }

    /// The sums, last vector first; `inverse` is that of the product of all differences.
    #[inline(always)]
    fn backward(&mut self, table: &[Point<L::Stored>], base: usize, mut inverse: L) {
        for vector in (0..self.steps.len()).rev() {
            let Step {
                x1,
                difference,
                product,
            } = self.steps[vector];
            let start = vector * L::COUNT;
            let pairs = &self.pairs[start..start + L::COUNT];
            let over = inverse.mul(&product);
            inverse = inverse.mul(&difference);
            let y1 = self.ys(table, pairs, 0);
            let slope = self.ys(table, pairs, 1).sub(&y1).mul(&over);
            let x_sum = x1.add(&x1).add(&difference);
            let x3 = slope.square().sub_reduced(&x_sum);
            let y3 = slope.mul(&x1.sub(&x3)).sub_reduced(&y1);
            let out = &mut self.pool[base + start..base + start + L::COUNT];
            x3.scatter(
                #[inline(always)]
                |lane, x| out[lane].x = *x,
            );
            y3.scatter(
                #[inline(always)]
                |lane, y| out[lane].y = *y,
            );
        }
    }
}
