//! One day's flow: which event is due to whom, and which of the market's orders is which of the flow's.

use super::day::Day;
use crate::flow::{self, new_order};
use tally_bench_data::FlowEvent;
use tally_exchange::market::Market;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::OrderId;
use tally_trader::error::WalletError;
use tally_trader::lineage::Lineage;
use tally_trader::prepared::Prepared;

/// What became of the flow's events.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FlowCounts {
    pub(super) sent: u32,
    /// Their order was gone.
    pub(super) gone: u32,
    /// They were too late.
    pub(super) late: u32,
    /// Declined by a wallet or the market.
    pub(super) declined: u32,
}

/// A day's flow while it is sent.
pub(super) struct DayFlow {
    pub(super) day: Day,
    /// The next event that is due to nobody yet.
    cursor: usize,
    /// The market's id of each of the flow's orders.
    orders: Vec<Option<OrderId>>,
    pub(super) counts: FlowCounts,
}

impl DayFlow {
    /// The flow from `now` on, microseconds: what was before is over.
    pub(super) fn new(day: Day, now: u64) -> Self {
        let events = &day.flow.events;
        let orders = events.iter().filter_map(|event| new_order(&event.intent));
        let count = orders.max().map_or(0, |order| order as usize + 1);
        let cursor = events.partition_point(|event| day.time_of(event) < now);
        Self {
            cursor,
            orders: vec![None; count],
            counts: FlowCounts::default(),
            day,
        }
    }

    /// The next event that has become due, with its index.
    pub(super) fn next_due(&mut self, now: u64) -> Option<(usize, FlowEvent)> {
        let event = *self.day.flow.events.get(self.cursor)?;
        if self.day.time_of(&event) > now {
            return None;
        }
        self.cursor += 1;
        Some((self.cursor - 1, event))
    }

    /// The event with this index.
    pub(super) fn event(&self, index: usize) -> Option<FlowEvent> {
        self.day.flow.events.get(index).copied()
    }

    /// Notes which of the market's orders an event has posted.
    pub(super) fn posted(&mut self, index: usize, id: OrderId) {
        let order = self.event(index).and_then(|event| new_order(&event.intent));
        let slot = order.and_then(|order| self.orders.get_mut(order as usize));
        if let Some(slot) = slot {
            *slot = Some(id);
        }
    }

    /// An order was posted again under another number.
    pub(super) fn renamed(&mut self, old: OrderId, new: OrderId) {
        let slot = self.orders.iter_mut().find(|slot| **slot == Some(old));
        if let Some(slot) = slot {
            *slot = Some(new);
        }
    }

    /// The message of a trader for an event; a price outside the band is moved to its edge. An order takes the trader's
    /// oldest finished records along, so that claiming them costs no proof of its own.
    ///
    /// # Errors
    /// [`WalletError`]: why it can't be sent.
    pub(super) fn message(
        &self,
        event: &FlowEvent,
        lineage: &Lineage,
        market: &Market,
    ) -> Result<Prepared, WalletError> {
        let finished = lineage.finished_claims(market);
        flow::message(
            &event.intent,
            lineage,
            market,
            &self.orders,
            finished.first(),
        )
    }
}

/// Whether an event was declined since its order is gone.
pub(super) const fn is_gone(error: &WalletError) -> bool {
    matches!(
        error,
        WalletError::UnknownOrder(_)
            | WalletError::Refused(Refusal::NotLive(_) | Refusal::NotLower { .. })
    )
}
