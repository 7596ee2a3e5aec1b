//! Deals events to traders, by weight, so that nobody trades with themselves.

use super::book::{Book, Match};
use super::event::Side;
use super::random::Stream;
use crate::commitments::TraderProfile;

/// Draws before all traders are looked through.
const DRAWS: usize = 16;

/// Draws traders by weight.
pub(crate) struct Dealer {
    cumulative: Vec<u64>,
    /// For each trader the round in which it was last marked.
    marks: Vec<u32>,
    round: u32,
}

impl Dealer {
    pub(crate) fn new(profiles: &[TraderProfile]) -> Self {
        let mut sum = 0u64;
        let cumulative = profiles.iter().map(|profile| {
            sum += u64::from(profile.weight);
            sum
        });
        Self {
            cumulative: cumulative.collect(),
            marks: vec![0; profiles.len()],
            round: 0,
        }
    }

    /// A trader, by weight.
    pub(crate) fn draw(&self, stream: &mut Stream) -> u32 {
        let drawn = stream.below(self.cumulative.last().copied().unwrap_or(0));
        u32::try_from(self.cumulative.partition_point(|sum| *sum <= drawn)).unwrap_or(0)
    }

    /// A trader other than that one, by weight; there are at least two.
    pub(crate) fn draw_other(&mut self, trader: u32, stream: &mut Stream) -> Option<u32> {
        self.new_round();
        self.mark(trader);
        self.draw_unmarked(stream)
    }

    /// A trader for an order that takes `matches`. Preferably one with no opposite order of its own within reach of the
    /// order (up to `reach`), whether it gets there or not; at least one that owns none of the orders taken.
    pub(crate) fn draw_taker(
        &mut self,
        book: &Book,
        side: Side,
        matches: &[Match],
        reach: i32,
        stream: &mut Stream,
    ) -> Option<u32> {
        self.new_round();
        for price in book.prices_to(side.opposite(), reach) {
            for order in book.queue(side.opposite(), price) {
                self.mark(book.order(order).owner);
            }
        }
        if let Some(trader) = self.draw_unmarked(stream) {
            return Some(trader);
        }
        self.new_round();
        for found in matches {
            self.mark(book.order(found.order).owner);
        }
        self.draw_unmarked(stream)
    }

    fn new_round(&mut self) {
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.marks.fill(0);
            self.round = 1;
        }
    }

    fn mark(&mut self, trader: u32) {
        self.marks[trader as usize] = self.round;
    }

    /// An unmarked trader, by weight if a few draws find one, else the first from a random place on.
    fn draw_unmarked(&self, stream: &mut Stream) -> Option<u32> {
        for _ in 0..DRAWS {
            let trader = self.draw(stream);
            if self.marks[trader as usize] != self.round {
                return Some(trader);
            }
        }
        let traders = u32::try_from(self.marks.len()).unwrap_or(u32::MAX);
        let start = u32::try_from(stream.below(u64::from(traders))).unwrap_or(0);
        let mut from_start = (start..traders).chain(0..start);
        from_start.find(|trader| self.marks[*trader as usize] != self.round)
    }
}
