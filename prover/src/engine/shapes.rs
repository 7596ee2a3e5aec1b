//! How the tables of a key are shaped: time against memory.

use crate::arithmetic::bases::Shape;

/// Most bytes of one key's tables, as long as each base is there once. With more, cache misses eat what fewer additions save.
const MOST_BYTES: usize = 48 << 20;
/// Digits considered, bits.
const BITS: std::ops::RangeInclusive<u32> = 6..=16;

/// The shape for a query of `count` bases of `size` bytes each, in a key whose queries have `total` bytes of bases.
///
/// Additions are counted: one for each digit of each scalar (as if all scalars were long, though bits are not), and two
/// for each bucket.
pub(super) fn choose(count: usize, total: usize) -> Shape {
    let levels = (MOST_BYTES / total.max(1)).max(1);
    // Levels are few.
    let levels = u32::try_from(levels).unwrap_or(u32::MAX);
    let shape = |bits: u32| {
        let digits = Shape { bits, sets: 1 }.digits();
        Shape {
            bits,
            sets: digits.div_ceil(levels),
        }
    };
    let additions = |shape: &Shape| {
        let buckets = 2 * shape.sets as usize * shape.buckets();
        count
            .saturating_mul(shape.digits() as usize)
            .saturating_add(buckets)
    };
    BITS.map(shape)
        .min_by_key(additions)
        .unwrap_or(Shape { bits: 8, sets: 1 })
}
