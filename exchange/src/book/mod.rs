//! The limit order book of one contract month: price-time priority, pure and deterministic.
//!
//! The book knows prices (ticks), quantities (contracts) and identifiers; of owners, notes and money it
//! knows nothing. The same calls give the same answers and the same snapshot bytes on every machine.
//!
//! What always holds between two calls:
//!
//! 1. the book is not crossed: the best bid is below the best offer;
//! 2. every resting order lies in the band and has a quantity above zero;
//! 3. at one price, orders wait in the order in which they arrived, and a reduction keeps the place;
//! 4. quantity is conserved: what was submitted was filled, rests, was cancelled or has expired.
//!
//! Prices are a dense table over the band, so a level is found by one subtraction; the occupied levels are
//! a bit set, so the next best price is found by counting zeros; orders at one level are a doubly linked
//! list in a slab, so a cancellation anywhere in the queue takes constant time.
//!
//! ```
//! use tally_exchange::book::{Book, NewOrder, Placement};
//! use tally_exchange::units::{Band, OrderId, Price, Quantity, Side, Time, TimeInForce};
//!
//! let mut book = Book::new(Band { lo: Price(2_500), hi: Price(2_740) })?;
//! let offer = NewOrder {
//!     id: OrderId(1),
//!     side: Side::Sell,
//!     limit: Price(2_620),
//!     quantity: Quantity(3),
//!     time_in_force: TimeInForce::Day,
//!     post_only: false,
//!     time: Time(0),
//! };
//! let bid = NewOrder { id: OrderId(2), side: Side::Buy, limit: Price(2_625), quantity: Quantity(5), ..offer };
//! let mut fills = Vec::new();
//! assert_eq!(book.submit(offer, &mut fills)?, Placement::Rested(Quantity(3)));
//! assert_eq!(book.submit(bid, &mut fills)?, Placement::Rested(Quantity(2)));
//! assert_eq!((fills[0].price, fills[0].quantity), (Price(2_620), Quantity(3)));
//! # Ok::<(), tally_exchange::book::BookError>(())
//! ```

mod bitset;
mod error;
mod ladder;
mod matching;
mod order;
mod slab;
mod snapshot;
pub mod uncrossing;
mod view;

pub use error::BookError;
pub use order::{Fill, Level, NewOrder, Placement, RestingOrder};
pub use snapshot::SnapshotError;

use crate::units::{Band, OrderId, Quantity, Side};
use ladder::Ladder;
use slab::Slab;
use std::collections::BTreeMap;

/// The greatest number of ticks a band may have, both edges counted: 65,536.
///
/// A daily limit of 3.000 cents either side is 241 ticks of 0.025; the table of levels of the widest band
/// takes 3 MiB.
pub const MAX_BAND_TICKS: u32 = 1 << 16;

/// The greatest number of orders that may rest at a time: 1,048,576.
pub const MAX_RESTING_ORDERS: usize = 1 << 20;

// Every sum of quantities in this module is over at most `MAX_RESTING_ORDERS` orders of at most 2^32 - 1
// contracts, so it stays below 2^52 and can't overflow 64 bits.
const _: () = assert!(MAX_RESTING_ORDERS.ilog2() + u32::BITS < u64::BITS);

/// The orders that wait for a counterparty in one contract month, within one band.
///
/// Two books are equal when they have the same band and the same orders in the same priority.
#[derive(Clone)]
pub struct Book {
    band: Band,
    bids: Ladder,
    offers: Ladder,
    slab: Slab,
    /// Where each resting order is in the slab. Looked up, never iterated.
    places: BTreeMap<OrderId, u32>,
}

impl Book {
    /// An empty book over `band`.
    ///
    /// # Errors
    /// [`BookError::EmptyBand`] if the band's edges are reversed, [`BookError::BandTooWide`] if it has more
    /// than [`MAX_BAND_TICKS`] ticks.
    pub fn new(band: Band) -> Result<Self, BookError> {
        check_band(band)?;
        Ok(Self {
            band,
            bids: Ladder::new(Side::Buy, band),
            offers: Ladder::new(Side::Sell, band),
            slab: Slab::default(),
            places: BTreeMap::new(),
        })
    }

    /// The band outside which no order rests and no trade prints.
    #[must_use]
    pub const fn band(&self) -> Band {
        self.band
    }

    /// The number of resting orders.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether no order rests.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many more orders may rest before the book is full.
    #[must_use]
    pub fn room(&self) -> usize {
        MAX_RESTING_ORDERS.saturating_sub(self.len())
    }

    /// Takes the order out and returns the quantity that was left of it; `None` if it does not rest.
    pub fn cancel(&mut self, id: OrderId) -> Option<Quantity> {
        let place = self.places.remove(&id)?;
        Some(self.take_out(place))
    }

    /// Lowers what is left of a resting order to `remaining` and returns the quantity released. The order
    /// keeps its place in the queue; zero takes it out; the same quantity as before changes nothing.
    ///
    /// # Errors
    /// [`BookError::NotResting`] if there is no such order, [`BookError::WouldRaise`] if less than
    /// `remaining` is left of it. The book is then unchanged.
    pub fn reduce(&mut self, id: OrderId, remaining: Quantity) -> Result<Quantity, BookError> {
        let &place = self.places.get(&id).ok_or(BookError::NotResting { id })?;
        let order = *self.slab.get(place);
        let Some(released) = order.remaining.0.checked_sub(remaining.0) else {
            return Err(BookError::WouldRaise {
                id,
                left: order.remaining,
                requested: remaining,
            });
        };
        if remaining.0 == 0 {
            self.places.remove(&id);
            self.take_out(place);
        } else {
            let side = order.side;
            self.ladder_and_slab(side).0.lower(order.level, released);
            self.slab.get_mut(place).remaining = remaining;
        }
        Ok(Quantity(released))
    }

    /// Takes out every order and returns identifiers and remaining quantities: bids from the best price
    /// down, then offers from the best price up, in time priority at each price.
    pub fn cancel_all(&mut self) -> Vec<(OrderId, Quantity)> {
        let cancelled = self
            .orders()
            .map(|order| (order.id, order.remaining))
            .collect();
        self.bids.clear();
        self.offers.clear();
        self.slab.clear();
        self.places.clear();
        cancelled
    }

    /// Puts an order that must not trade at the end of the queue at its limit: what an uncrossing left over
    /// (in the order of [`Uncrossing::remainders`](uncrossing::Uncrossing::remainders)), or an order read from a snapshot.
    ///
    /// # Errors
    /// Those of [`Book::check`], and [`BookError::WouldMatch`] if the order would trade with a resting one.
    /// The book is then unchanged.
    pub fn insert_resting(&mut self, order: RestingOrder) -> Result<(), BookError> {
        self.check_resting(order.id, order.limit, order.remaining)?;
        if let Some(opposite) = self.would_take(order.side, order.limit) {
            let RestingOrder { id, limit, .. } = order;
            return Err(BookError::WouldMatch {
                id,
                limit,
                opposite,
            });
        }
        self.append(order);
        Ok(())
    }

    const fn ladder(&self, side: Side) -> &Ladder {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.offers,
        }
    }

    const fn ladder_and_slab(&mut self, side: Side) -> (&mut Ladder, &mut Slab) {
        match side {
            Side::Buy => (&mut self.bids, &mut self.slab),
            Side::Sell => (&mut self.offers, &mut self.slab),
        }
    }

    /// Puts a checked order at the end of its queue.
    fn append(&mut self, order: RestingOrder) {
        let (ladder, slab) = self.ladder_and_slab(order.side);
        let place = ladder.append(slab, order);
        self.places.insert(order.id, place);
    }

    /// Unlinks the order at `place`, whose identifier the caller has removed, and returns what was left.
    fn take_out(&mut self, place: u32) -> Quantity {
        let side = self.slab.get(place).side;
        let (ladder, slab) = self.ladder_and_slab(side);
        ladder.unlink(slab, place)
    }
}

/// Whether a book can be kept over the band, see [`Book::new`].
fn check_band(band: Band) -> Result<(), BookError> {
    if band.lo > band.hi {
        return Err(BookError::EmptyBand {
            lo: band.lo,
            hi: band.hi,
        });
    }
    let ticks = u64::from(band.lo.0.abs_diff(band.hi.0)) + 1;
    if ticks > u64::from(MAX_BAND_TICKS) {
        return Err(BookError::BandTooWide {
            lo: band.lo,
            hi: band.hi,
            ticks,
        });
    }
    Ok(())
}
