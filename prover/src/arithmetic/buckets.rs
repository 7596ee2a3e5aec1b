//! From scalars to lists of points: signed digits, buckets, weighted sums.
//!
//! A scalar s is written in digits d_j from -2^(c-1) to 2^(c-1) of c bits, so that s·P is the sum of d_j·(2^(cj)·P): each
//! digit puts one point of a table into the bucket of its size. The sum of all buckets, each times its number, is what
//! is wanted. That last sum splits: with bucket number i = row·columns + column it is the weighted sum of the rows'
//! sums, `columns` times, plus that of the columns' sums, each of them a much shorter sum of the same kind.

use ark_bls12_381::Fr;
use ark_ec::AdditiveGroup;
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use ark_ff::{BigInt, BigInteger, PrimeField, Zero};
use rayon::prelude::*;

use super::batch::{NEGATIVE, Scratch};
use super::engine::Engine;
use super::lanes::Point;
use super::sums::{Lists, sum_lists, to_affine};

/// Bits of a scalar that was replaced by its negative if that is smaller: (r - 1)/2 has 254, and a signed digit can
/// carry into one more.
const SCALAR_BITS: u32 = 255;
/// Entries that one task sums: enough for full batches, few enough that their sums stay in the second cache.
const TASK: usize = 8_192;
/// Weighted sums of at most so many points are done one after the other.
const SERIAL: usize = 8;

/// How scalars are cut into digits, and which digits share a set of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Bits of a digit, c.
    pub(crate) bits: u32,
    /// Sets of buckets: digit j goes to set j mod `sets`, with the table's multiple 2^(c·(j - j mod sets)).
    pub(crate) sets: u32,
}

impl Shape {
    /// Digits of a scalar.
    pub(crate) const fn digits(self) -> u32 {
        SCALAR_BITS.div_ceil(self.bits)
    }

    /// Multiples of each base in the table.
    pub(crate) const fn levels(self) -> u32 {
        self.digits().div_ceil(self.sets)
    }

    /// Buckets of a set: one for every size of a digit.
    pub(crate) const fn buckets(self) -> usize {
        1 << (self.bits - 1)
    }
}

/// Writes the digits of a scalar, lowest first: 0, or bucket number plus one, negative by the top bit.
fn recode(scalar: &BigInt<4>, bits: u32, digits: &mut [u32]) {
    let mut value = *scalar;
    let mut sign = 0;
    if value > Fr::MODULUS_MINUS_ONE_DIV_TWO {
        value = Fr::MODULUS;
        value.sub_with_borrow(scalar);
        sign = NEGATIVE;
    }
    let half = 1_u32 << (bits - 1);
    let mask = (1_u64 << bits) - 1;
    let mut carry = 0;
    for (index, digit) in digits.iter_mut().enumerate() {
        let bit = index * bits as usize;
        let (word, shift) = (bit / 64, bit % 64);
        let mut window = value.0.get(word).map_or(0, |low| low >> shift);
        if shift + bits as usize > 64 {
            window |= value.0.get(word + 1).map_or(0, |high| high << (64 - shift));
        }
        // At most 2^bits, and bits are at most 20.
        let window = u32::try_from(window & mask).unwrap_or(0) + carry;
        carry = u32::from(window > half);
        *digit = if carry == 1 {
            match (1 << bits) - window {
                0 => 0,
                size => size | (sign ^ NEGATIVE),
            }
        } else if window == 0 {
            0
        } else {
            window | sign
        };
    }
}

/// Lists of table entries by bucket, all sets one after the other.
struct Sorted {
    entries: Vec<u32>,
    lengths: Vec<u32>,
}

impl Drop for Sorted {
    /// The lists are the scalars in another order.
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.entries);
        zeroize::Zeroize::zeroize(&mut self.lengths);
    }
}

/// Sorts the digits of all scalars into buckets. Multiple `level` of base i is entry i·levels + level of the table.
fn sort(shape: Shape, scalars: &[BigInt<4>]) -> Sorted {
    let (digits, levels, sets) = (shape.digits() as usize, shape.levels(), shape.sets);
    let buckets = shape.buckets();
    let mut recoded = zeroize::Zeroizing::new(vec![0_u32; scalars.len() * digits]);
    recoded
        .par_chunks_mut(digits * 256)
        .zip(scalars.par_chunks(256))
        .for_each(|(digits_of_chunk, chunk)| {
            for (digits, scalar) in digits_of_chunk.chunks_exact_mut(digits).zip(chunk) {
                recode(scalar, shape.bits, digits);
            }
        });
    let place = |window: usize, digit: u32| {
        let set = window % sets as usize;
        set * buckets + (digit & !NEGATIVE) as usize - 1
    };
    let mut lengths = vec![0_u32; sets as usize * buckets];
    for digits in recoded.chunks_exact(digits) {
        for (window, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
            lengths[place(window, *digit)] += 1;
        }
    }
    let mut next = 0;
    let mut starts: Vec<u32> = Vec::with_capacity(lengths.len());
    for length in &lengths {
        starts.push(next);
        next += length;
    }
    let mut entries = vec![0_u32; next as usize];
    let mut base = 0;
    for digits in recoded.chunks_exact(digits) {
        for (window, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
            let start = &mut starts[place(window, *digit)];
            // Windows are few.
            let level = u32::try_from(window).unwrap_or(0) / sets;
            entries[*start as usize] = (base + level) | (digit & NEGATIVE);
            *start += 1;
        }
        base += levels;
    }
    zeroize::Zeroize::zeroize(&mut starts);
    Sorted { entries, lengths }
}

/// The sum of all scalars times their bases.
pub(super) fn multiply<P, E>(
    shape: Shape,
    table: &[Point<E::Stored>],
    scalars: &[BigInt<4>],
) -> Projective<P>
where
    P: SWCurveConfig,
    E: Engine<P>,
{
    let mut sorted = sort(shape, scalars);
    let Sorted { entries, lengths } = &mut sorted;
    let buckets = in_tasks::<P, E>(table, entries, lengths);
    let sets = weighted::<P, E>(&buckets, shape.buckets());
    sets.into_iter()
        .rev()
        .fold(Projective::zero(), |mut sum, set| {
            for _ in 0..shape.bits {
                sum.double_in_place();
            }
            sum + set
        })
}

/// Sums lists, some thousand entries a task.
fn in_tasks<P, E>(
    table: &[Point<E::Stored>],
    mut entries: &mut [u32],
    mut lengths: &mut [u32],
) -> Vec<Option<Point<E::Stored>>>
where
    P: SWCurveConfig,
    E: Engine<P>,
{
    let mut tasks = Vec::new();
    while !lengths.is_empty() {
        let (mut lists, mut count) = (0, 0);
        while lists < lengths.len() && (count == 0 || count + lengths[lists] as usize <= TASK) {
            count += lengths[lists] as usize;
            lists += 1;
        }
        let (these, others) = entries.split_at_mut(count);
        let (these_lengths, other_lengths) = lengths.split_at_mut(lists);
        tasks.push(Lists {
            entries: these,
            lengths: these_lengths,
        });
        (entries, lengths) = (others, other_lengths);
    }
    let sums: Vec<_> = tasks
        .into_par_iter()
        .map_init(Scratch::default, |scratch, lists| {
            sum_lists::<P, E>(table, lists, scratch)
        })
        .collect();
    sums.concat()
}

/// For each set of `size` points the sum of (i + 1) times point i.
fn weighted<P, E>(points: &[Option<Point<E::Stored>>], size: usize) -> Vec<Projective<P>>
where
    P: SWCurveConfig,
    E: Engine<P>,
{
    if size <= SERIAL {
        return points
            .chunks_exact(size)
            .map(|set| one_by_one::<P, E>(set))
            .collect();
    }
    let columns = 1_usize << size.ilog2().div_ceil(2);
    let present: Vec<Point<E::Stored>> = points.iter().flatten().copied().collect();
    if present.is_empty() {
        return vec![Projective::zero(); points.len() / size];
    }
    let (mut entries, mut lengths) = rows_and_columns(points, size, columns);
    let halves = in_tasks::<P, E>(&present, &mut entries, &mut lengths);
    let sums = weighted::<P, E>(&halves, columns);
    sums.chunks_exact(2)
        .map(|pair| {
            let mut sum = pair[0];
            for _ in 0..columns.ilog2() {
                sum.double_in_place();
            }
            sum + pair[1]
        })
        .collect()
}

/// For each set of `size` points the lists of its rows but the first, whose weight is 0, then those of its columns: two
/// sets of `columns` lists, the first one filled up with empty ones.
fn rows_and_columns<T>(points: &[Option<T>], size: usize, columns: usize) -> (Vec<u32>, Vec<u32>) {
    let rows = size / columns;
    let mut entries = Vec::with_capacity(2 * points.len());
    let mut lengths = Vec::with_capacity(points.len() / size * 2 * columns);
    let mut next = 0_u32;
    for set in points.chunks_exact(size) {
        let numbers: Vec<Option<u32>> = set
            .iter()
            .map(|point| {
                point.as_ref().map(|_| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        let mut list = |members: &mut dyn Iterator<Item = Option<u32>>| {
            let before = entries.len();
            entries.extend(members.flatten());
            // No longer than a set of buckets.
            lengths.push(u32::try_from(entries.len() - before).unwrap_or(u32::MAX));
        };
        for row in 1..=columns {
            let start = row.min(rows) * columns;
            list(&mut numbers[start..].iter().take(columns).copied());
        }
        for column in 0..columns {
            list(&mut numbers[column..].iter().step_by(columns).copied());
        }
    }
    (entries, lengths)
}

/// The sum of (i + 1) times point i: each suffix's sum once.
fn one_by_one<P, E>(points: &[Option<Point<E::Stored>>]) -> Projective<P>
where
    P: SWCurveConfig,
    E: Engine<P>,
{
    let (mut suffix, mut sum) = (Projective::<P>::zero(), Projective::<P>::zero());
    for point in points.iter().rev() {
        if let Some(point) = point {
            suffix += to_affine::<P, _>(point);
        }
        sum += suffix;
    }
    sum
}
