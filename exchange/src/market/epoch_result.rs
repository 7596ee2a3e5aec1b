//! RESULT: what was left goes to the clearing account, the turnstile is read, and the market goes on.

use super::Market;
use super::day::Day;
use super::revalidation::Revalidation;
use crate::book::Book;
use crate::calendar::Session;
use crate::epoch::opening::OpenedSums;
use crate::epoch::terms::{EpochTerms, Trigger};
use crate::epoch::turnstile::{Holdings, Turnstile};
use crate::mark::{LockWatch, Mark};
use crate::receipt::{Event, Phase};

impl Market {
    /// The sums are open: L, turnstile, sweep; then tear-up, or the market goes on.
    pub(super) fn result(&mut self, sums: &OpenedSums, events: &mut Vec<Event>) {
        let Some(revalidation) = self.revalidation.take() else {
            return;
        };
        let (closed, terms) = (self.epoch, revalidation.terms);
        // Positions are zero-sum; the sum is bounded by 2^33 when it is checked.
        let liquidated = -sums.position;
        let before = self.clearing;
        if self
            .clearing
            .take(liquidated, terms.price, self.money)
            .is_err()
        {
            self.clearing = before;
            self.halt(events);
        }
        let turnstile = sums.cash.map(|notes| self.read_turnstile(notes, events));
        self.sweep(&terms, events);
        if let Some(closed) = self.closed.get_mut(&closed) {
            closed.state.liquidated = Some(liquidated);
            closed.state.turnstile = turnstile;
        }
        events.push(Event::Opened {
            epoch: closed,
            liquidated,
            turnstile: turnstile.map(|turnstile| turnstile.x_cents()),
        });
        self.begin_epoch(&revalidation);
        if self.halted {
            return;
        }
        let fund = self.funds.insurance;
        let is_covered = self.clearing.is_covered(fund, terms.band, self.money);
        if is_covered || self.clearing.position == 0 {
            self.go_on(&terms, events);
        } else {
            self.trigger(terms.tear_up(self.time), events);
        }
    }

    /// Too few shares: the sums stay closed. The market goes on without them, with a new key to come; the next epoch's
    /// sums contain them.
    pub(super) fn stay_pending(&mut self, events: &mut Vec<Event>) {
        let Some(revalidation) = self.revalidation.take() else {
            return;
        };
        events.push(Event::Pending { epoch: self.epoch });
        self.pending_sums = true;
        self.begin_epoch(&revalidation);
        self.drop_key(events);
        self.go_on(&revalidation.terms, events);
    }

    /// X of the turnstile. Below zero somebody has made money: the market is halted. Except after sums that stayed
    /// closed, whose contracts were closed at an earlier price: then the fund makes good what is missing, once, as far as
    /// it goes.
    fn read_turnstile(&mut self, notes: i128, events: &mut Vec<Event>) -> Turnstile {
        let holdings = Holdings {
            deposits: self.funds.deposits,
            withdrawals: self.funds.withdrawals,
            fund: self.funds.insurance,
            bonds: self.committee.seats.total(),
            transfers: self.transfers.total(),
        };
        let read = Turnstile::new(&holdings, notes, self.clearing.cash);
        let excused = std::mem::take(&mut self.pending_sums);
        let turnstile = match read.made_good() {
            Some((made_good, paid)) if excused && paid <= self.funds.insurance => {
                self.funds.insurance -= paid;
                made_good
            }
            _ => read,
        };
        self.turnstile = Some(turnstile);
        if !turnstile.is_ok() {
            self.halt(events);
        }
        turnstile
    }

    fn sweep(&mut self, terms: &EpochTerms, events: &mut Vec<Event>) {
        let before = self.clearing;
        let fund = match self.clearing.sweep(terms.price, self.money) {
            Ok(equity) => self.funds.insurance.checked_add(equity),
            Err(_) => None,
        };
        match fund {
            Some(fund) => self.funds.insurance = fund,
            None => {
                self.clearing = before;
                self.halt(events);
            }
        }
    }

    pub(super) fn halt(&mut self, events: &mut Vec<Event>) {
        if !std::mem::replace(&mut self.halted, true) {
            events.push(Event::Halted);
        }
    }

    /// The refreshed notes are spendable, in the new band.
    fn begin_epoch(&mut self, revalidation: &Revalidation) {
        let terms = &revalidation.terms;
        self.epoch += 1;
        self.members = revalidation.refreshed;
        self.returned = 0;
        self.opened = None;
        let day = &mut self.day;
        day.centre = terms.centre;
        day.band = terms.band;
        day.reference = terms.price;
        day.mark = Mark::seeded(terms.price, self.specification.mark_window);
        day.lock = LockWatch::new(
            self.specification.mark_window,
            self.specification.lock_time,
            terms.band,
        );
        // Every order was cancelled. The band is within the daily limit, which a book has room for.
        if let Ok(book) = Book::new(terms.band) {
            day.book = book;
        }
    }

    fn go_on(&mut self, terms: &EpochTerms, events: &mut Vec<Event>) {
        if self.phase == Phase::Halted {
            return self.reopen(events);
        }
        match terms.trigger {
            // Positions are closed; without the sum of cash the turnstile is still to be read.
            Trigger::Expiry if self.pending_sums => {}
            Trigger::Expiry => self.expire(terms, events),
            _ => self.begin_next_session(events),
        }
    }

    /// Trading goes on within the session, after a short pre-open; or not, if the close has come.
    fn reopen(&mut self, events: &mut Vec<Event>) {
        let opens_at = self
            .time
            .plus_seconds(self.specification.reopen_pre_open)
            .max(self.session.open);
        if opens_at >= self.session.close {
            return self.close_session(events);
        }
        self.day.opens_at = opens_at;
        self.enter(Phase::PreOpen, events);
    }

    fn begin_next_session(&mut self, events: &mut Vec<Event>) {
        let next: Option<Session> = self.next_session().cloned();
        let price = self.day.reference;
        let day = next.as_ref().and_then(|session| {
            let (number, widened) = (self.day.number + 1, self.widens_limit(price));
            Day::begin(session, price, widened, number, &self.specification).ok()
        });
        let (Some(session), Some(day)) = (next, day) else {
            // The calendar ends here, or prices have left what a note can hold: late notes come back at P.
            self.day.finished = true;
            self.set_reopening(price);
            return;
        };
        events.push(Event::NextSession { date: session.date });
        self.session = session;
        self.day = day;
        self.enter(Phase::BeforeSession, events);
    }

    fn expire(&mut self, terms: &EpochTerms, events: &mut Vec<Event>) {
        self.set_reopening(terms.price);
        self.day.finished = true;
        self.enter(Phase::Expired, events);
        events.push(Event::Expired { price: terms.price });
        self.dissolve_committee();
    }
}
