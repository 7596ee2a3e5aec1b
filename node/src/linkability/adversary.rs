//! The node as adversary: it knows from other days how the population behaves, and weighs what it sees.
//!
//! For each comparison it has counted, on days whose senders it knows, how often a pair of one trader falls into each cell and
//! how often a pair of two: the logarithm of the quotient is what the cell says. The sum, each comparison with a weight of its
//! own, is the score of a pair. Nothing in it is hidden: it is a table of cells and a weight for each comparison.

use super::arrival::{Seen, SeenDay};
use super::evidence::{ALL, COUNT};
use super::weights::{self, Example, TERMS};

/// A new order is compared with so many messages before it. Enough that a trader's message before the last is often among
/// them: the circuits made in advance point there.
pub const LAST: usize = 250;
/// Added to every cell's count, so that what was never seen is unlikely and not impossible.
const SMOOTHING: f64 = 0.5;

/// The node's knowledge.
#[derive(Clone, Debug, PartialEq)]
pub struct Adversary {
    tables: Vec<Vec<f64>>,
    weights: [f64; TERMS],
}

/// The cells of a pair, and whether one trader sent both.
type Pair = ([u8; COUNT], bool);

impl Adversary {
    /// Learns from days whose senders are known.
    #[must_use]
    pub fn trained(days: &[SeenDay]) -> Self {
        let mut pairs = Vec::new();
        for day in days {
            for new in targets(day) {
                for earlier in candidates(new) {
                    let is_same = day.senders[earlier] == day.senders[new];
                    pairs.push((cells(&day.messages[earlier], &day.messages[new]), is_same));
                }
            }
        }
        let tables = tables(&pairs);
        let examples: Vec<Example> = pairs
            .iter()
            .map(|(cells, is_same)| (terms(&tables, cells), *is_same))
            .collect();
        Self {
            weights: weights::fit(&examples),
            tables,
        }
    }

    /// How much speaks for one sender of both; only comparisons of scores mean something.
    #[must_use]
    pub fn score(&self, earlier: &Seen, new: &Seen) -> f64 {
        weights::dot(&self.weights, &terms(&self.tables, &cells(earlier, new)))
    }

    /// What the comparison with this place in [`ALL`] says by itself.
    #[must_use]
    pub fn score_alone(&self, place: usize, earlier: &Seen, new: &Seen) -> f64 {
        self.tables[place][usize::from(ALL[place].cell(earlier, new))]
    }

    /// The weight of each comparison, in the order of [`ALL`].
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights[..COUNT]
    }
}

/// The places of the messages that the adversary has to place: new orders that name no earlier message, each with enough
/// messages before it.
pub fn targets(day: &SeenDay) -> impl Iterator<Item = usize> + '_ {
    let is_target = |place: &usize| day.messages[*place].kind.is_new_order();
    (LAST..day.messages.len()).filter(is_target)
}

/// The messages with which the one at this place is compared, the latest last.
pub fn candidates(place: usize) -> impl Iterator<Item = usize> {
    place.saturating_sub(LAST)..place
}

fn cells(earlier: &Seen, new: &Seen) -> [u8; COUNT] {
    ALL.map(|evidence| evidence.cell(earlier, new))
}

fn tables(pairs: &[Pair]) -> Vec<Vec<f64>> {
    let of_one = |evidence: usize| {
        let mut counts = vec![[SMOOTHING; 2]; ALL[evidence].cells];
        for (cells, is_same) in pairs {
            counts[usize::from(cells[evidence])][usize::from(*is_same)] += 1.0;
        }
        let all: [f64; 2] = [0, 1].map(|same| counts.iter().map(|cell| cell[same]).sum());
        let says = |cell: &[f64; 2]| (cell[1] / all[1]).ln() - (cell[0] / all[0]).ln();
        counts.iter().map(says).collect()
    };
    (0..COUNT).map(of_one).collect()
}

fn terms(tables: &[Vec<f64>], cells: &[u8; COUNT]) -> [f64; TERMS] {
    let mut terms = [1.0; TERMS];
    for ((term, table), cell) in terms.iter_mut().zip(tables).zip(cells) {
        *term = table[usize::from(*cell)];
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkability::SECOND;
    use crate::linkability::guesses::guesses;
    use crate::linkability::sent::{Kind, Terms};

    /// Orders of traders who each have a quantity of their own.
    fn day(messages: u32) -> SeenDay {
        let mut day = SeenDay::default();
        for place in 0..messages {
            // A step that visits the traders in no simple order.
            let trader = place * place % 11;
            let arrival = i64::from(place) * SECOND;
            day.messages.push(Seen {
                arrival,
                kind: Kind::Limit,
                terms: Some(Terms {
                    buys: place % 3 == 0,
                    limit: 2_600,
                    quantity: trader + 1,
                    rests: true,
                    post_only: false,
                }),
                bytes: 400,
                is_linked: false,
                built_on: Some((arrival, arrival)),
                included: arrival,
                circuit: arrival,
                fills: Vec::new(),
            });
            day.senders.push(trader);
        }
        day
    }

    #[test]
    fn it_learns_what_gives_traders_away() {
        let adversary = Adversary::trained(&[day(400)]);
        let found = guesses(&adversary, &day(500));
        assert_eq!(found.new_orders, 500 - LAST);
        assert!(found.right.value > 0.99, "{found:?}");
        assert!(found.ranked_right.value > 0.99, "{found:?}");
        assert!(found.by_chance < 0.3, "{found:?}");
    }
}
