//! One day's flow as intent: what was sent, what a halt moved or dropped, which of the market's orders is which of the
//! flow's.

use crate::flow::new_order;
use crate::replay::plan::ReplayDay;
use crate::replica::Answer;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use tally_bench_data::FlowEvent;
use tally_exchange::market::Market;
use tally_exchange::message::{Action, OrderTerms, Transaction};
use tally_exchange::receipt::Receipt;
use tally_exchange::record::OrderStatus;
use tally_exchange::units::OrderId;

/// What became of the flow's events. Every event is sent or in exactly one of the other counts but the first two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FlowCounts {
    /// Sent after a halt instead of in it.
    pub delayed: u64,
    /// Sent at the edge of the band instead of beyond it.
    pub moved: u64,
    /// Skipped: their order was gone, cancelled by a halt or traded otherwise than the flow foresaw.
    pub gone: u64,
    /// Skipped: their trader had dropped out.
    pub absent: u64,
    /// Not sent before the close.
    pub late: u64,
    /// Declined by a wallet (margin, no counterparty, own orders) or refused by the market.
    pub declined: u64,
}

impl FlowCounts {
    /// Whether every event was sent as the flow has it.
    #[must_use]
    pub fn is_undisturbed(&self) -> bool {
        *self == Self::default()
    }
}

/// Why an event is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skip {
    Gone,
    Absent,
    Declined,
}

/// One day's flow and how far it has come.
pub(super) struct DayFlow<'a> {
    pub(super) day: &'a ReplayDay,
    /// Next event.
    pub(super) cursor: usize,
    /// Market orders that wait for the end of a pre-open, oldest first.
    pub(super) waiting: VecDeque<usize>,
    /// The market's id of each of the flow's orders.
    pub(super) orders: Vec<Option<OrderId>>,
    /// Events whose price was moved to the edge of the band.
    pub(super) moved: BTreeSet<usize>,
    /// Time at which the last halt ended, microseconds.
    pub(super) resumed_at: u64,
    /// Times at which a part of the day begins, microseconds.
    pub(super) boundaries: [u64; 5],
    /// Longest span of one block, microseconds.
    pub(super) interval: u64,
    pub(super) counts: FlowCounts,
}

impl<'a> DayFlow<'a> {
    pub(super) fn new(day: &'a ReplayDay) -> Self {
        let session = &day.session;
        // The settlement window begins within a part of the day: what trades in it is told by the block's time.
        let window = day.settlement_window_start;
        let boundaries = [
            session.pre_open,
            session.open,
            window,
            session.settlement,
            session.close,
        ];
        let events = &day.flow.events;
        let count = events
            .iter()
            .map(|event| new_order(&event.intent).map_or(0, |order| order + 1))
            .max();
        let length = session.close.0.saturating_sub(session.open.0);
        // About eight messages a block, between one second and five minutes.
        let interval = (length * 8 / (events.len() as u64).max(1)).clamp(1_000_000, 300_000_000);
        Self {
            day,
            cursor: 0,
            waiting: VecDeque::new(),
            orders: vec![None; count.unwrap_or(0) as usize],
            moved: BTreeSet::new(),
            resumed_at: 0,
            boundaries: boundaries.map(|time| time.0),
            interval,
            counts: FlowCounts::default(),
        }
    }

    /// When the flow has an event, microseconds.
    pub(super) fn time_of(&self, event: &FlowEvent) -> u64 {
        self.day.session.open.0.saturating_add_signed(event.at)
    }

    /// Leaves out the event with this index.
    pub(super) fn skip(&mut self, index: usize, why: Skip) {
        match why {
            Skip::Gone => self.counts.gone += 1,
            Skip::Absent => self.counts.absent += 1,
            Skip::Declined => self.counts.declined += 1,
        }
        self.done(index);
    }

    fn done(&mut self, index: usize) {
        match self.waiting.front() {
            Some(first) if *first == index => {
                self.waiting.pop_front();
            }
            _ => self.cursor = self.cursor.max(index + 1),
        }
    }

    /// Puts a market order off until the pre-open is over.
    pub(super) fn put_off(&mut self, index: usize) {
        self.waiting.push_back(index);
        self.cursor = self.cursor.max(index + 1);
    }

    /// Nothing more of the day is sent.
    pub(super) fn give_up(&mut self) {
        let left = self.day.flow.events.len() - self.cursor + self.waiting.len();
        self.counts.late += left as u64;
        self.cursor = self.day.flow.events.len();
        self.waiting.clear();
    }

    /// Takes in the answer to an event.
    pub(super) fn take(&mut self, index: usize, answer: &Answer) {
        let event = &self.day.flow.events[index];
        let was_put_off = self.waiting.front() == Some(&index);
        if was_put_off || self.time_of(event) < self.resumed_at {
            self.counts.delayed += 1;
        }
        self.counts.moved += u64::from(self.moved.remove(&index));
        let order = new_order(&event.intent);
        self.done(index);
        let Answer::Market(_, receipt) = answer else {
            return;
        };
        match (receipt, order) {
            (Receipt::Act(receipt), Some(order)) => {
                self.orders[order as usize] = receipt.orders.first().copied();
            }
            (Receipt::Refused(refusal), _) => {
                tracing::info!(event = index, %refusal, "the market refuses an event of the flow");
                self.counts.declined += 1;
            }
            _ => {}
        }
    }
}

/// The flow's orders that the last halt cancelled, so that they are known again when their traders post them again.
#[derive(Debug, Default)]
pub(super) struct HaltedOrders {
    by_trader: BTreeMap<u32, Vec<(usize, OrderTerms, u32)>>,
}

impl HaltedOrders {
    /// Looks at the records right after the halt began.
    pub(super) fn remember(
        &mut self,
        market: &Market,
        orders: &[Option<OrderId>],
        day: &ReplayDay,
    ) {
        self.by_trader.clear();
        for event in &day.flow.events {
            let Some(number) = new_order(&event.intent).map(|order| order as usize) else {
                continue;
            };
            let id = orders.get(number).copied().flatten();
            let Some(record) = id.and_then(|id| market.record(id)) else {
                continue;
            };
            let rest = record.total.0.saturating_sub(record.filled.0);
            if record.status == OrderStatus::Revalidation && rest > 0 {
                let halted = self.by_trader.entry(event.trader).or_default();
                halted.push((number, record.terms, rest));
            }
        }
    }

    /// Takes in a message that posts a trader's halted orders again.
    pub(super) fn take_back(
        &mut self,
        trader: u32,
        transaction: &Transaction,
        receipt: &Receipt,
        orders: &mut [Option<OrderId>],
    ) {
        let (Transaction::Act(act), Receipt::Act(receipt)) = (transaction, receipt) else {
            return;
        };
        let Action::Trade { orders: posted, .. } = &act.message.action else {
            return;
        };
        let Some(halted) = self.by_trader.get_mut(&trader) else {
            return;
        };
        for (terms, id) in posted.iter().zip(&receipt.orders) {
            let fits = |(_, old, rest): &(usize, OrderTerms, u32)| {
                old.side == terms.side && *rest == terms.quantity.0
            };
            let same_limit =
                |old: &(usize, OrderTerms, u32)| fits(old) && old.1.limit == terms.limit;
            // A limit may have been moved into the new band.
            let place = halted
                .iter()
                .position(same_limit)
                .or_else(|| halted.iter().position(fits));
            if let Some(place) = place {
                let (number, _, _) = halted.remove(place);
                orders[number] = Some(*id);
            }
        }
    }
}
