//! A set of small numbers as bits in words, to find the next occupied level quickly.

/// Bits in a word.
const WORD: u32 = u64::BITS;

/// A set of numbers below a bound fixed at creation.
#[derive(Clone)]
pub(super) struct Bitset {
    words: Vec<u64>,
}

impl Bitset {
    /// The empty set of numbers below `bound`.
    pub fn new(bound: u32) -> Self {
        Self {
            words: vec![0; bound.div_ceil(WORD) as usize],
        }
    }

    pub fn insert(&mut self, number: u32) {
        self.words[(number / WORD) as usize] |= 1 << (number % WORD);
    }

    pub fn remove(&mut self, number: u32) {
        self.words[(number / WORD) as usize] &= !(1 << (number % WORD));
    }

    pub fn clear(&mut self) {
        self.words.fill(0);
    }

    /// The smallest member that is at least `from`.
    pub fn next(&self, from: u32) -> Option<u32> {
        let mut index = from / WORD;
        let mut word = self.words.get(index as usize)? & (u64::MAX << (from % WORD));
        while word == 0 {
            index += 1;
            word = *self.words.get(index as usize)?;
        }
        Some(index * WORD + word.trailing_zeros())
    }
}

#[cfg(test)]
mod tests {
    use super::Bitset;
    use proptest::prelude::{any, prop, proptest};
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn agrees_with_an_ordered_set(
            bound in 1_u32..300,
            changes in prop::collection::vec((any::<bool>(), any::<u32>()), 0..200),
            from in 0_u32..400,
        ) {
            let mut bits = Bitset::new(bound);
            let mut model = BTreeSet::new();
            for (insert, number) in changes {
                let number = number % bound;
                if insert {
                    bits.insert(number);
                    model.insert(number);
                } else {
                    bits.remove(number);
                    model.remove(&number);
                }
            }
            assert_eq!(bits.next(from), model.range(from..).next().copied());
            bits.clear();
            assert_eq!(bits.next(0), None);
        }
    }
}
