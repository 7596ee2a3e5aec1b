//! The clearing account in the book: it works off what absent and distressed traders left.

use super::Market;
use super::orders::CLEARING;
use crate::book::NewOrder;
use crate::epoch::clearing::{Quote, QuoteTerms, TradedVolume};
use crate::receipt::Event;
use crate::units::{Price, TimeInForce};
use borsh::{BorshDeserialize, BorshSerialize};

/// Since the last uncrossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct WorkingOff {
    pub(super) terms: QuoteTerms,
    /// Block ends since the uncrossing.
    pub(super) blocks: u64,
    pub(super) volume: TradedVolume,
}

impl Market {
    pub(super) fn quote_terms(&self, reopening: Price) -> QuoteTerms {
        QuoteTerms {
            price: self.day.reference,
            reopening,
            band: self.day.band,
            haircut: self.specification.haircut,
            tick_value: self.specification.tick_value,
            clearing_share: self.specification.clearing_share,
        }
    }

    pub(super) fn begin_working_off(&mut self, reopening: Price) {
        self.working = (self.clearing.position != 0).then(|| WorkingOff {
            terms: self.quote_terms(reopening),
            blocks: 0,
            volume: TradedVolume::default(),
        });
    }

    /// Trading stops: the quote is withdrawn.
    pub(super) fn stop_working_off(&mut self) {
        self.working = None;
        self.day.book.cancel(CLEARING);
    }

    /// At a block end while the market trades: the quote moves by a tick at most. An unchanged one keeps its priority.
    pub(super) fn work_off(&mut self, events: &mut Vec<Event>) {
        if !self.phase.is_trading() {
            return;
        }
        if self.clearing.position == 0 {
            self.working = None;
        }
        let Some(working) = &mut self.working else {
            return;
        };
        let WorkingOff {
            terms,
            blocks,
            volume,
        } = *working;
        working.blocks = blocks.saturating_add(1);
        let wanted = self.clearing.quote(&terms, blocks, volume);
        let standing = self.day.book.resting(CLEARING).map(|order| Quote {
            side: order.side,
            price: order.limit,
            quantity: order.remaining,
        });
        if wanted == standing {
            return;
        }
        self.day.book.cancel(CLEARING);
        if let Some(quote) = wanted {
            self.submit_quote(&quote, events);
        }
    }

    /// Whether the quote's limit moves at the next block end, whatever else the block brings. Where it has come to its
    /// bound only trades change the quote, and those come with messages.
    pub(super) fn is_walking(&self) -> bool {
        let walks = |working: &WorkingOff| {
            let side = self.clearing.closing_side()?;
            // `blocks` counts block ends: the quote that stands was made with one less.
            let present = working.terms.limit(side, working.blocks.saturating_sub(1));
            Some(present != working.terms.limit(side, u64::MAX))
        };
        self.phase.is_trading() && self.working.as_ref().and_then(walks).unwrap_or(false)
    }

    fn submit_quote(&mut self, quote: &Quote, events: &mut Vec<Event>) {
        let order = NewOrder {
            id: CLEARING,
            side: quote.side,
            limit: quote.price,
            quantity: quote.quantity,
            time_in_force: TimeInForce::Day,
            post_only: false,
            time: self.time,
        };
        let mut fills = Vec::new();
        // A full book refuses it: then the account waits.
        let placed = self.day.book.submit(order, &mut fills);
        debug_assert!(placed.is_ok() || self.day.book.room() == 0);
        for fill in &fills {
            self.take_match(fill, Some(quote.side), events);
        }
    }
}
