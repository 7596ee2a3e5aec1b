//! Sums of many lists of points at once, by affine additions that share their inversions.
//!
//! An affine addition needs the inverse of x₂ - x₁, and inverses are cheap in numbers: of n values one inversion and
//! 3(n - 1) multiplications (Montgomery's trick). So each list is halved by adding its neighbours in pairs, all lists
//! together, round after round: 5 multiplications and a square an addition, against 11 of mixed Jacobian coordinates.
//!
//! **Exceptions.** The formula fails for P + P and P - P. Then x₂ - x₁ is zero, and so is the product of the batch's
//! denominators: that batch, and only that, is added again by the library's complete formulas. A pair that cancels
//! leaves its list.

use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};

use super::batch::{BATCH, NEGATIVE, POOL, Scratch};
use super::engine::Engine;
use super::lanes::{Lanes, Point, Stored};

/// Lists of references to points of a table: `entries` one after the other, `lengths` how many each list has.
pub(super) struct Lists<'a> {
    pub(super) entries: &'a mut [u32],
    pub(super) lengths: &'a mut [u32],
}

/// The sum of every list; `None` for an empty list and for one whose sum is the identity.
///
/// What `entries` and `lengths` hold afterwards is of no use. References must be below the table's length, and that
/// below [`POOL`].
pub(super) fn sum_lists<P, E>(
    table: &[Point<E::Stored>],
    lists: Lists<'_>,
    scratch: &mut Scratch<E::Lanes>,
) -> Vec<Option<Point<E::Stored>>>
where
    P: SWCurveConfig,
    E: Engine<P>,
{
    let Lists { entries, lengths } = lists;
    scratch.pool.clear();
    let mut adder = Adder::<P, E> {
        table,
        scratch,
        cancelled: Vec::new(),
    };
    while lengths.iter().any(|length| *length > 1) {
        adder.halve(entries, lengths);
    }
    let mut start = 0;
    let mut sums = Vec::with_capacity(lengths.len());
    // After every round the lists lie one after the other without gaps.
    for length in lengths.iter() {
        sums.push((*length == 1).then(|| adder.resolve(entries[start])));
        start += *length as usize;
    }
    sums
}

/// Additions under way.
struct Adder<'a, P: SWCurveConfig, E: Engine<P>> {
    table: &'a [Point<E::Stored>],
    scratch: &'a mut Scratch<E::Lanes>,
    /// References to sums that are the identity, ascending: those places of the pool hold nothing of use.
    cancelled: Vec<u32>,
}

impl<P: SWCurveConfig, E: Engine<P>> Adder<'_, P, E> {
    /// One round: neighbours are added, an odd one out stays; lists are moved together.
    fn halve(&mut self, entries: &mut [u32], lengths: &mut [u32]) {
        let (mut from, mut to) = (0, 0);
        for length in lengths.iter_mut() {
            let end = from + *length as usize;
            let start = to;
            while from + 1 < end {
                entries[to] = self.push(entries[from], entries[from + 1]);
                (from, to) = (from + 2, to + 1);
            }
            if from < end {
                entries[to] = entries[from];
                (from, to) = (from + 1, to + 1);
            }
            // A list is never longer than the entries it came from, whose number has 32 bits.
            *length = u32::try_from(to - start).unwrap_or(u32::MAX);
        }
        self.flush();
        if !self.cancelled.is_empty() {
            self.remove_cancelled(entries, lengths);
        }
    }

    /// Asks for a sum and says where it will be.
    fn push(&mut self, first: u32, second: u32) -> u32 {
        E::Lanes::prefetch(self.scratch.place(self.table, first));
        E::Lanes::prefetch(self.scratch.place(self.table, second));
        let index = self.scratch.pool.len() + self.scratch.pairs.len();
        self.scratch.pairs.push([first, second]);
        if self.scratch.pairs.len() == BATCH {
            self.flush();
        }
        // There are fewer sums than entries, and of those fewer than 2^30: a task's.
        POOL | u32::try_from(index).unwrap_or(POOL - 1)
    }

    /// Does the additions that wait.
    fn flush(&mut self) {
        if self.scratch.pairs.is_empty() {
            return;
        }
        if !E::add_batch(self.table, self.scratch) {
            self.add_one_by_one();
        }
        self.scratch.pairs.clear();
    }

    /// The sums by complete formulas.
    #[cold]
    fn add_one_by_one(&mut self) {
        for index in 0..self.scratch.pairs.len() {
            let [first, second] = self.scratch.pairs[index].map(|one| self.resolve(one));
            let sum = to_affine::<P, _>(&first) + to_affine::<P, _>(&second);
            let place = self.scratch.pool.len();
            let sum = from_affine::<P, _>(&sum.into()).unwrap_or_else(|| {
                self.cancelled
                    .push(POOL | u32::try_from(place).unwrap_or(POOL - 1));
                first
            });
            self.scratch.pool.push(sum);
        }
    }

    /// Takes references to sums that are the identity out of their lists.
    #[cold]
    fn remove_cancelled(&mut self, entries: &mut [u32], lengths: &mut [u32]) {
        let (mut from, mut to) = (0, 0);
        for length in lengths.iter_mut() {
            let end = from + *length as usize;
            *length = 0;
            for index in from..end {
                if self.cancelled.binary_search(&entries[index]).is_err() {
                    entries[to] = entries[index];
                    to += 1;
                    *length += 1;
                }
            }
            from = end;
        }
        self.cancelled.clear();
    }

    /// The point that a reference means.
    fn resolve(&self, reference: u32) -> Point<E::Stored> {
        let point = *self.scratch.place(self.table, reference);
        if reference & NEGATIVE == 0 {
            return point;
        }
        Point {
            x: point.x,
            y: E::Stored::from_ark(&-point.y.to_ark()),
        }
    }
}

/// A point as the library knows it.
pub(super) fn to_affine<P, S>(point: &Point<S>) -> Affine<P>
where
    P: SWCurveConfig,
    S: Stored<Ark = P::BaseField>,
{
    Affine::new_unchecked(point.x.to_ark(), point.y.to_ark())
}

/// A point as it is stored; `None` for the identity.
pub(super) fn from_affine<P, S>(point: &Affine<P>) -> Option<Point<S>>
where
    P: SWCurveConfig,
    S: Stored<Ark = P::BaseField>,
{
    let (x, y) = point.xy()?;
    Some(Point {
        x: S::from_ark(&x),
        y: S::from_ark(&y),
    })
}
