//! What there is to compare between a new order and a message before it: each comparison falls into one of a few cells.

use super::arrival::Seen;
use super::sent::{Kind, Terms};
use super::{Micros, SECOND};

/// One comparison.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    /// What is compared.
    pub name: &'static str,
    /// Into how many cells it falls.
    pub cells: usize,
    compare: fn(&Seen, &Seen) -> usize,
}

impl Evidence {
    /// The cell of an earlier message and a new order.
    #[must_use]
    pub fn cell(&self, earlier: &Seen, new: &Seen) -> u8 {
        let cell = (self.compare)(earlier, new).min(self.cells - 1);
        // No comparison has more cells than a byte can number: a test counts them.
        u8::try_from(cell).unwrap_or(u8::MAX)
    }
}

/// How many comparisons there are.
pub const COUNT: usize = 11;

/// All comparisons.
pub const ALL: [Evidence; COUNT] = [
    Evidence {
        name: "kind of the earlier message and the sides",
        cells: Kind::COUNT * 4,
        compare: kind_and_sides,
    },
    Evidence {
        name: "distance of the prices, ticks",
        cells: 2 * 8,
        compare: prices,
    },
    Evidence {
        name: "quantities",
        cells: QUANTITIES.len() + 3,
        compare: quantities,
    },
    Evidence {
        name: "time in force and post-only",
        cells: 5,
        compare: conditions,
    },
    Evidence {
        name: "sizes, bytes",
        cells: 2,
        compare: |earlier, new| usize::from(earlier.bytes == new.bytes),
    },
    Evidence {
        name: "kind of the earlier message and time since its arrival",
        cells: Kind::COUNT * (TIMES.len() + 1),
        compare: time_since,
    },
    Evidence {
        name: "the block that the new order was built on and the one that has the earlier message",
        cells: 2 * TIMES.len() + 4,
        compare: built_after,
    },
    Evidence {
        name: "when the new order's circuit was made and when the earlier message arrived",
        cells: 2 * TIMES.len() + 2,
        compare: |earlier, new| signed(new.circuit - earlier.arrival),
    },
    Evidence {
        name: "when the two circuits were made",
        cells: 2 * TIMES.len() + 2,
        compare: |earlier, new| signed(new.circuit - earlier.circuit),
    },
    Evidence {
        name: "time from the block that each was built on to its arrival",
        cells: 2 * (TIMES.len() + 1) + 1,
        compare: ages,
    },
    Evidence {
        name: "time since an order of the earlier message traded",
        cells: TIMES.len() + 2,
        compare: since_fill,
    },
];

/// Ends of the cells of times.
const TIMES: [Micros; 16] = [
    20_000,
    50_000,
    100_000,
    200_000,
    400_000,
    700_000,
    SECOND,
    3 * SECOND / 2,
    5 * SECOND / 2,
    4 * SECOND,
    7 * SECOND,
    12 * SECOND,
    25 * SECOND,
    60 * SECOND,
    180 * SECOND,
    480 * SECOND,
];

/// Ends of the cells of distances between prices.
const PRICES: [u32; 6] = [1, 2, 3, 6, 12, 25];

/// Ends of the cells of equal quantities: an odd one says more than a common one.
const QUANTITIES: [u32; 6] = [2, 3, 5, 10, 11, 25];

fn cell_of<T: PartialOrd + Copy>(value: T, ends: &[T]) -> usize {
    ends.partition_point(|end| *end <= value)
}

/// The cell of a time that may be negative.
fn signed(time: Micros) -> usize {
    let cell = cell_of(time.abs(), &TIMES);
    if time < 0 {
        TIMES.len() - cell
    } else {
        TIMES.len() + 1 + cell
    }
}

fn both(earlier: &Seen, new: &Seen) -> Option<(Terms, Terms)> {
    earlier.terms.zip(new.terms)
}

fn kind_and_sides(earlier: &Seen, new: &Seen) -> usize {
    let sides = both(earlier, new).map_or(0, |(old, new)| match (old.buys == new.buys, new.buys) {
        (true, _) => 1,
        (false, true) if new.limit >= old.limit => 2,
        (false, false) if new.limit <= old.limit => 2,
        (false, _) => 3,
    });
    earlier.kind as usize * 4 + sides
}

fn prices(earlier: &Seen, new: &Seen) -> usize {
    both(earlier, new).map_or(0, |(old, new)| {
        let distance = cell_of(old.limit.abs_diff(new.limit), &PRICES) + 1;
        distance + 8 * usize::from(old.buys == new.buys)
    })
}

fn quantities(earlier: &Seen, new: &Seen) -> usize {
    both(earlier, new).map_or(0, |(old, new)| {
        if old.quantity == new.quantity {
            2 + cell_of(new.quantity, &QUANTITIES)
        } else {
            1
        }
    })
}

fn conditions(earlier: &Seen, new: &Seen) -> usize {
    both(earlier, new).map_or(0, |(old, new)| {
        1 + usize::from(old.rests == new.rests) + 2 * usize::from(old.post_only == new.post_only)
    })
}

fn time_since(earlier: &Seen, new: &Seen) -> usize {
    let time = cell_of(new.arrival - earlier.arrival, &TIMES);
    earlier.kind as usize * (TIMES.len() + 1) + time
}

/// A trader's next message is built on a block that has the one before: what is in no such block is another's.
fn built_after(earlier: &Seen, new: &Seen) -> usize {
    let Some((built, _)) = new.built_on.filter(|_| earlier.kind.spends()) else {
        return 0;
    };
    match built - earlier.included {
        before if before < 0 => 1,
        0 => 2,
        after => 3 + cell_of(after, &TIMES),
    }
}

/// A slow machine is slow each time. Where blocks are rare the time since one says little.
fn ages(earlier: &Seen, new: &Seen) -> usize {
    let age = |seen: &Seen| {
        let (from, until) = seen.built_on?;
        let is_sharp = until.saturating_sub(from) < SECOND / 4;
        Some((seen.arrival - from, is_sharp))
    };
    age(earlier)
        .zip(age(new))
        .map_or(0, |((old, old_sharp), (new, new_sharp))| {
            let apart = cell_of((old - new).abs(), &TIMES) + 1;
            apart + usize::from(old_sharp && new_sharp) * (TIMES.len() + 1)
        })
}

/// Who has just traded may have a next order ready.
fn since_fill(earlier: &Seen, new: &Seen) -> usize {
    let before = earlier.fills.partition_point(|fill| *fill <= new.arrival);
    let last = before
        .checked_sub(1)
        .and_then(|place| earlier.fills.get(place));
    last.map_or(0, |fill| 1 + cell_of(new.arrival - fill, &TIMES))
}

#[cfg(test)]
mod tests {
    use super::super::sent::TERMS;
    use super::*;

    fn seen(arrival: Micros) -> Seen {
        Seen {
            arrival,
            kind: Kind::Limit,
            terms: Some(TERMS),
            bytes: 400,
            is_linked: false,
            built_on: Some((arrival - SECOND, arrival - SECOND / 2)),
            included: arrival + 1,
            circuit: arrival - 10 * SECOND,
            fills: Vec::new(),
        }
    }

    #[test]
    fn a_byte_numbers_the_cells() {
        assert!(ALL.iter().all(|evidence| evidence.cells <= 256));
    }

    #[test]
    fn times_fall_into_cells_of_their_own_on_either_side_of_now() {
        let cells: Vec<usize> = [-900, -1, 0, 1, 900].map(|s| signed(s * SECOND)).to_vec();
        assert!(cells.windows(2).all(|pair| pair[0] < pair[1]), "{cells:?}");
        assert_eq!((cells[0], cells[4]), (0, 2 * TIMES.len() + 1));
    }

    #[test]
    fn what_the_block_does_not_have_is_another_s() {
        let new = seen(100 * SECOND);
        let mut earlier = seen(99 * SECOND);
        for (included, cell) in [(100, 1), (99, 2), (50, 3 + cell_of(49 * SECOND, &TIMES))] {
            earlier.included = included * SECOND;
            assert_eq!(built_after(&earlier, &new), cell);
        }
        earlier.kind = Kind::Cancel;
        assert_eq!(built_after(&earlier, &new), 0, "a cancel spends no note");
    }

    #[test]
    fn opposite_sides_meet_or_don_t() {
        let old = seen(0);
        let mut new = seen(SECOND);
        let mut sides = |buys, limit| {
            if let Some(terms) = new.terms.as_mut() {
                (terms.buys, terms.limit) = (buys, limit);
            }
            kind_and_sides(&old, &new) % 4
        };
        assert_eq!(
            [sides(true, 2_599), sides(false, 2_600), sides(false, 2_601)],
            [1, 2, 3]
        );
    }

    #[test]
    fn the_last_fill_counts() {
        let mut old = seen(0);
        let new = seen(100 * SECOND);
        assert_eq!(since_fill(&old, &new), 0);
        old.fills = vec![10 * SECOND, 99 * SECOND, 200 * SECOND];
        assert_eq!(since_fill(&old, &new), 1 + cell_of(SECOND, &TIMES));
    }
}
