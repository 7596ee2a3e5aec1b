//! What must still happen, and how many messages that takes at most.
//!
//! A flow must print the day's high and low and, in the settlement window, the close, and must trade an exact volume.
//! Each of these has a deadline, counted in messages. The *slack* is the least number of messages by which the remaining
//! ones exceed what is needed in the worst case. Ordinary messages are generated only while the slack allows the
//! worst that one of them can do; then messages are generated that make progress and so never lower it.

use std::collections::VecDeque;

use super::book::Book;
use super::event::Side;
use super::plan::{Anchor, PRINT_MESSAGES, Plan};

/// An ordinary message lowers the slack by at most 4: itself, an order that comes to stand in the way, and the loss of
/// the only order at a price to be printed, which costs two messages more.
pub(crate) const ORDINARY_SLACK: i64 = 4;

/// A price that must print.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Duty {
    pub(crate) anchor: Anchor,
    /// Whether only a print in the settlement window counts.
    pub(crate) window: bool,
}

/// All that is still due.
pub(crate) struct Obligations {
    duties: VecDeque<Duty>,
    close: i32,
    /// Number of messages after the open.
    end: usize,
}

impl Obligations {
    pub(crate) fn new(plan: &Plan, close: i32) -> Self {
        let mut duties: VecDeque<Duty> = plan
            .extremes
            .iter()
            .map(|anchor| Duty {
                anchor: *anchor,
                window: false,
            })
            .collect();
        duties.push_back(Duty {
            anchor: Anchor {
                price: close,
                deadline: plan.window.end,
            },
            window: true,
        });
        Self {
            duties,
            close,
            end: plan.times.len(),
        }
    }

    /// The duty with the earliest deadline.
    pub(crate) fn first(&self) -> Option<Duty> {
        self.duties.front().copied()
    }

    /// Contracts that must be kept back for the prints still due.
    pub(crate) fn reserve(&self) -> u32 {
        u32::try_from(self.duties.len()).unwrap_or(u32::MAX)
    }

    /// Strikes off what a print fulfils.
    pub(crate) fn record(&mut self, price: i32, in_window: bool) {
        self.duties
            .retain(|duty| duty.anchor.price != price || (duty.window && !in_window));
    }

    /// Lowest and highest of the prices still due, the close included.
    pub(crate) fn range(&self) -> (i32, i32) {
        let prices = self.duties.iter().map(|duty| duty.anchor.price);
        prices.fold((self.close, self.close), |(low, high), price| {
            (low.min(price), high.max(price))
        })
    }

    /// Whether the next message may be an ordinary one.
    pub(crate) fn allow_ordinary(&self, index: usize, book: &Book, contracts: u32) -> bool {
        // Every order standing in the way is the worst case; mostly it suffices to look no closer.
        let all = book.live().len() + PRINT_MESSAGES * (self.duties.len() + 1);
        let nearest = self
            .duties
            .front()
            .map_or(self.end, |duty| duty.anchor.deadline);
        distance(nearest, index) - signed(all) >= ORDINARY_SLACK
            || self.slack(index, book, contracts) >= ORDINARY_SLACK
    }

    /// Messages left beyond what is needed in the worst case, over all deadlines.
    ///
    /// Needed for a deadline: one message for each order that stands in the way of any price due until then, and for each
    /// such price [`PRINT_MESSAGES`], or one if it is the next and an order to meet rests there already.
    fn slack(&self, index: usize, book: &Book, contracts: u32) -> i64 {
        let mut slack = i64::MAX;
        let (mut lowest, mut highest, mut prints) = (i32::MAX, i32::MIN, 0);
        for (position, duty) in self.duties.iter().enumerate() {
            let price = duty.anchor.price;
            (lowest, highest) = (lowest.min(price), highest.max(price));
            let meets = position == 0
                && (book.orders_at(Side::Buy, price) > 0 || book.orders_at(Side::Sell, price) > 0);
            prints += if meets { 1 } else { PRINT_MESSAGES };
            let above = book.orders_through(Side::Buy, lowest.saturating_add(1));
            let below = book.orders_through(Side::Sell, highest.saturating_sub(1));
            slack =
                slack.min(distance(duty.anchor.deadline, index) - signed(above + below + prints));
        }
        if contracts > 0 {
            let (low, high) = self.range();
            // The last contracts may need the close's own level empty: an order from everybody may rest there.
            let resting =
                book.orders_through(Side::Buy, low) + book.orders_through(Side::Sell, high);
            slack =
                slack.min(distance(self.end, index) - signed(resting + prints + PRINT_MESSAGES));
        }
        slack
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Messages from `index` up to a deadline.
fn distance(deadline: usize, index: usize) -> i64 {
    signed(deadline) - signed(index)
}
