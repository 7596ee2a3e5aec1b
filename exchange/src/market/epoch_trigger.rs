//! TRIGGER: between blocks, by the mark, a filling tree, or the end of the day.

use super::Market;
use super::revalidation::{Progress, Revalidation};
use crate::calendar::{Session, daily_band, is_limit_settlement};
use crate::epoch::terms::{EpochTerms, Trigger};
use crate::epoch::watch::Signal;
use crate::receipt::{Event, Phase};
use crate::record::OrderStatus;
use crate::units::{Band, Price, Time};

impl Market {
    /// Whether a trigger waits for a joint key.
    pub(super) fn is_awaiting_key(&self) -> bool {
        self.revalidation
            .as_ref()
            .is_some_and(|revalidation| revalidation.progress == Progress::AwaitingKey)
    }

    /// At a block end: what mark and tree call for.
    pub(super) fn watch_triggers(&mut self, events: &mut Vec<Event>) {
        if self.halted || self.revalidation.is_some() {
            return;
        }
        if self.phase.is_trading() {
            let mark = self.day.mark.current();
            let signal = self.day.watch.observe(
                self.time,
                mark,
                self.day.centre,
                self.day.band,
                self.day.limit_band,
                &self.specification,
            );
            match signal {
                Some(Signal::Warning) => events.push(Event::Warning { mark }),
                Some(Signal::Trigger) => return self.trigger_intraday(Trigger::Mark, events),
                None => {}
            }
        }
        if self.fills_up() {
            self.trigger_intraday(Trigger::TreeFull, events);
        }
    }

    /// Whether the next block end triggers for the sake of the note tree.
    pub(super) fn fills_up(&self) -> bool {
        let takes_orders = self.phase == Phase::PreOpen || self.phase.is_trading();
        let is_watched = !self.halted && self.revalidation.is_none();
        takes_orders && is_watched && self.notes.is_nearly_full()
    }

    /// When the mark triggers a revalidation if it holds until then; none while it is not beyond the trigger distance, or
    /// while nothing is triggered by it.
    #[must_use]
    pub fn trigger_due(&self) -> Option<Time> {
        let is_watched = self.phase.is_trading() && !self.halted && self.revalidation.is_none();
        let due = || self.day.watch.due_at(&self.specification);
        is_watched.then(due).flatten()
    }

    /// The prices at which the mark triggers a revalidation once it has held there or beyond, ticks: below and above the
    /// centre of the band. Towards an edge that stands on the daily limit nothing is triggered.
    #[must_use]
    pub const fn trigger_prices(&self) -> (Price, Price) {
        let (centre, distance) = (self.day.centre.0, self.specification.trigger_distance);
        (
            Price(centre.saturating_sub(distance)),
            Price(centre.saturating_add(distance)),
        )
    }

    /// Trading halts, resting orders are cancelled, records are final.
    fn trigger_intraday(&mut self, trigger: Trigger, events: &mut Vec<Event>) {
        let terms = EpochTerms::intraday(
            trigger,
            self.day.mark.current(),
            self.day.centre,
            self.day.band,
            self.day.limit_band,
            &self.specification,
            self.time,
        );
        self.day.watch.triggered(self.time);
        self.trigger(terms, events);
        self.enter(Phase::Halted, events);
        self.cancel_all_orders(OrderStatus::Revalidation, events);
    }

    pub(super) fn trigger(&mut self, terms: EpochTerms, events: &mut Vec<Event>) {
        self.revalidation = Some(Revalidation::triggered(terms));
        events.push(Event::Triggered {
            epoch: self.epoch,
            trigger: terms.trigger,
            price: terms.price,
            band: terms.band,
        });
    }

    /// After the close: the daily revalidation at once, the last one as soon as the final settlement is known.
    pub(super) fn trigger_after_close(&mut self, events: &mut Vec<Event>) -> bool {
        let is_due = self.phase == Phase::Closed
            && self.revalidation.is_none()
            && !self.day.finished
            && !self.halted;
        let terms = if is_due { self.closing_terms() } else { None };
        let Some(terms) = terms else {
            return false;
        };
        self.trigger(terms, events);
        true
    }

    fn closing_terms(&self) -> Option<EpochTerms> {
        let (band, rules) = (self.day.band, &self.specification);
        if self.is_last_day() {
            let price = self.final_price()?;
            return Some(EpochTerms::expiry(price, band, rules, self.time));
        }
        let price = self.day.settlement?.price;
        let limit = self.next_limit_band(band.clamp(price));
        Some(EpochTerms::daily(price, band, limit, rules, self.time))
    }

    /// Whether the session is the contract month's last.
    pub(super) fn is_last_day(&self) -> bool {
        let last = self
            .specification
            .calendar
            .last_trading_day(&self.session.contract);
        last == Ok(self.session.date)
    }

    /// The contract month's next session in the calendar.
    pub(super) fn next_session(&self) -> Option<&Session> {
        self.specification
            .calendar
            .next_of(&self.session.contract, self.session.date)
    }

    /// Whether a settlement at `price` widens the next session's limit.
    pub(super) fn widens_limit(&self, price: Price) -> bool {
        is_limit_settlement(price, self.day.limit_band, &self.session)
    }

    /// The daily limit of the next session around `settlement`. Without a next session that of one like this.
    fn next_limit_band(&self, settlement: Price) -> Band {
        daily_band(
            settlement,
            self.next_session().unwrap_or(&self.session),
            self.widens_limit(settlement),
            &self.specification,
        )
    }
}

#[cfg(test)]
mod tests;
