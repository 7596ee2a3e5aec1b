//! The parts of the day, and the order in which what is due happens between blocks.

use super::Market;
use crate::receipt::{Event, Phase};
use crate::record::OrderStatus;
use crate::units::{OrderId, Side, Time};

/// Something that the session's clock makes due. At one instant they come in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    PreOpen,
    Open,
    Settle,
    Close,
}

impl Market {
    /// Does everything that is due at the block's time: parts of the day, windows, deadlines, triggers.
    ///
    /// Every step leads to another state, and only instants that have come lead on: new deadlines lie in the future.
    pub(super) fn advance(&mut self, events: &mut Vec<Event>) {
        while self.advance_keys(events)
            || self.advance_sharing(events)
            || self.advance_window(events)
            || self.advance_phase(events)
            || self.trigger_after_close(events)
        {}
    }

    fn advance_phase(&mut self, events: &mut Vec<Event>) -> bool {
        let due = match self.next_due() {
            Some((at, due)) if self.time >= at && !self.halted => due,
            _ => return false,
        };
        match due {
            Due::PreOpen => {
                self.enter(Phase::PreOpen, events);
                self.delay_late_open();
                self.start_key_round(events);
            }
            Due::Open => {
                self.enter(self.trading_phase(), events);
                self.open_book(events);
            }
            Due::Settle => {
                if self.phase == Phase::Continuous {
                    self.enter(Phase::AfterSettlement, events);
                }
                self.settle(events);
            }
            Due::Close => self.close_session(events),
        }
        true
    }

    /// After a revalidation that ended late there is still a pre-open: the uncrossing gives absent notes their price.
    fn delay_late_open(&mut self) {
        if self
            .closed
            .values()
            .any(|closed| closed.reopening().is_none())
        {
            let soonest = self.time.plus_seconds(self.specification.reopen_pre_open);
            self.day.opens_at = self.day.opens_at.max(soonest);
        }
    }

    /// When the session's clock makes something due next. A market that is halted for good has no clock any more.
    pub(super) fn next_phase_instant(&self) -> Option<Time> {
        let due = self.next_due().filter(|_| !self.halted);
        due.map(|(at, _)| at)
    }

    /// What the session's clock makes due next, and when.
    fn next_due(&self) -> Option<(Time, Due)> {
        let settle = (self.session.settlement, Due::Settle);
        let settle = self.day.settlement.is_none().then_some(settle);
        let close = (self.session.close, Due::Close);
        match self.phase {
            Phase::BeforeSession => Some((self.session.pre_open, Due::PreOpen)),
            Phase::PreOpen => [Some((self.day.opens_at, Due::Open)), settle, Some(close)]
                .into_iter()
                .flatten()
                .min(),
            Phase::Continuous | Phase::AfterSettlement => settle.or(Some(close)),
            // Without a key a halt ends with the session: the daily revalidation takes its place.
            Phase::Halted => settle.or(self.is_awaiting_key().then_some(close)),
            Phase::Closed | Phase::Expired => None,
        }
    }

    /// The part of the day in which orders match now.
    fn trading_phase(&self) -> Phase {
        if self.day.settlement.is_some() {
            Phase::AfterSettlement
        } else {
            Phase::Continuous
        }
    }

    pub(super) fn enter(&mut self, phase: Phase, events: &mut Vec<Event>) {
        self.phase = phase;
        events.push(Event::Phase { phase });
    }

    fn settle(&mut self, events: &mut Vec<Event>) {
        let cutoff = self
            .session
            .settlement
            .minus_seconds(self.specification.settlement_rest);
        let settlement = self.day.window.settle(
            self.day.book.best_rested(Side::Buy, cutoff),
            self.day.book.best_rested(Side::Sell, cutoff),
            self.day.band,
        );
        self.day.settlement = Some(settlement);
        events.push(Event::Settlement {
            price: settlement.price,
            tier: settlement.tier,
        });
    }

    /// The end of trading. A halt that still waits for a key is given up: nobody was revalued in it.
    pub(super) fn close_session(&mut self, events: &mut Vec<Event>) {
        self.revalidation = None;
        self.enter(Phase::Closed, events);
        self.cancel_all_orders(OrderStatus::SessionEnd, events);
    }

    pub(super) fn cancel_all_orders(&mut self, status: OrderStatus, events: &mut Vec<Event>) {
        self.stop_working_off();
        let live: Vec<OrderId> = self
            .records
            .iter()
            .filter(|(_, r)| r.status.is_live())
            .map(|(id, _)| *id)
            .collect();
        for id in live {
            self.withdraw_order(id, status, events);
        }
    }
}
