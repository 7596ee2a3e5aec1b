//! Synthetic flow conditioned on real prices and volume.
//!
//! For one session of the daily table, a flow is a sequence of messages (adds, market orders, replaces, reduces, cancels)
//! whose trades reproduce the session's real open, high, low and close and, for the full day, its real volume exactly. A
//! thinned flow has fewer messages and volume in proportion, along the same prices. Everything else (who, when, which
//! side, which size) is drawn from the shapes documented in `data/lean-hog/ORDER-FLOW.md` and claims no more than that.
//!
//! # What holds for every flow
//! - Exactly the asked number of messages, times strictly ascending, order numbers 0, 1, 2, ... in order of appearance.
//! - All prices within the asked band, all prints within the day's range.
//! - The pre-open holds one buy and one sell of equal quantity at the real open, which meet each other in the uncrossing,
//!   and perhaps resting orders, at most one at each price: no result depends on the rank of pre-open orders.
//! - High, low and close print. In the settlement window there is at least one print, and from its start on every print
//!   is at the table's close, which therefore is the settlement price and the last price.
//! - Nobody trades with themselves; replaces, reduces and cancels name an order of the same trader that rests at
//!   that moment; an order that rests never meets the other side when it is posted.
//!
//! The generator matches on a book of its own by exact rules: pre-open uncrossing at the open; then price, then time;
//! trades at the resting price; a market order is immediate-or-cancel and reaches [`MARKET_REACH_TICKS`] beyond the best
//! opposite price, within the band; a replace goes to the back of the queue; a reduce keeps its place. A venue with
//! these rules that processes the events in order produces exactly [`Flow::fills`].
//!
//! # Same request, same bytes
//! All randomness comes from ChaCha20 streams, one for each purpose, seeded by domain, date, seed, messages and
//! traders. Real numbers occur only in shapes, and only through operations whose result IEEE 754 fixes to the last bit;
//! logarithm and exponential are built from those. Nothing depends on addresses, hash order, threads or the clock. So a
//! request gives the same [`Flow::to_bytes`] on every machine.

mod arrivals;
mod book;
mod dealer;
mod event;
mod figures;
mod generator;
mod obligations;
mod opening;
mod ordinary;
mod plan;
mod pressing;
mod random;
mod real;
mod shapes;

use std::ops::Range;

use serde::Serialize;

use crate::commitments::{self, TraderProfile};
use crate::date::Date;
use crate::error::FlowError;
use crate::table::{self, Session};

pub use event::{FlowEvent, Intent, Side};
pub use figures::{FlowFigures, TraderFigures};

/// Length of the session, microseconds: 08:30 to 13:05 US Central.
pub const SESSION_MICROSECONDS: i64 = 16_500_000_000;

/// The settlement window, microseconds from the open: 12:59:30 to 13:00:00 US Central.
pub const SETTLEMENT_WINDOW: Range<i64> = 16_170_000_000..16_200_000_000;

/// Pre-open orders arrive within this time before the open, microseconds.
pub const PRE_OPEN_MICROSECONDS: i64 = 60_000_000;

/// How far a market order reaches beyond the best opposite price, ticks.
pub const MARKET_REACH_TICKS: i32 = 20;

/// Fewest messages of a flow: two for each of open, high, low and close, and room for what may stand in their way.
pub const LEAST_MESSAGES: usize = 20;

/// Messages of the full day for each contract of the real volume. `ORDER-FLOW.md` arrives at 90,000 to 150,000 messages
/// for 14,806 contracts; this gives 103,642.
pub const FULL_DAY_MESSAGES_PER_CONTRACT: usize = 7;

/// Fewest traders: with one nobody could trade.
pub const LEAST_TRADERS: usize = 2;

/// Most traders of a flow: a bound on memory, far above the reported number of traders.
pub const MOST_TRADERS: usize = 100_000;

/// Which flow is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowRequest {
    /// One of the sessions of [`crate::table::sessions`].
    pub date: Date,
    /// How many messages, at least [`LEAST_MESSAGES`] and at most those of the full day; `None` is the full day.
    pub messages: Option<usize>,
    /// To how many traders the flow is dealt, [`LEAST_TRADERS`] to [`MOST_TRADERS`].
    pub traders: usize,
    /// Seed of all randomness.
    pub seed: u64,
    /// Lowest and highest allowed price, ticks. Must hold the day's range.
    pub band: (i32, i32),
}

/// A trade that a venue with the rules of this module makes of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ExpectedFill {
    /// Index of the event that caused it; `None`: the uncrossing at the open.
    pub event: Option<u32>,
    /// Number of the buy order.
    pub buy: u32,
    /// Number of the sell order.
    pub sell: u32,
    /// Side of the incoming order; `None`: the uncrossing.
    pub aggressor: Option<Side>,
    /// Price, ticks.
    pub price: i32,
    /// Contracts.
    pub quantity: u32,
}

/// Synthetic flow conditioned on real prices and volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// What was asked for.
    pub request: FlowRequest,
    /// The real session that the flow is conditioned on.
    pub session: Session,
    /// Whether this is the full day, with the real volume.
    pub full_day: bool,
    /// The traders; events name them by index.
    pub profiles: Vec<TraderProfile>,
    /// The messages, in order.
    pub events: Vec<FlowEvent>,
    /// The trades they make, in order.
    pub fills: Vec<ExpectedFill>,
    /// Totals.
    pub figures: FlowFigures,
}

/// Number of messages of a session's full day.
///
/// # Errors
/// [`FlowError::Table`] if the date is no session.
pub fn full_day_messages(date: Date) -> Result<usize, FlowError> {
    Ok(plan::full_messages(&table::session(date)?.row))
}

/// Generates synthetic flow conditioned on the real prices and volume of a session.
///
/// # Errors
/// A date that is no session; messages or traders out of range; a band that does not hold the day's range.
pub fn generate(request: &FlowRequest) -> Result<Flow, FlowError> {
    let session = table::session(request.date)?;
    let full = plan::full_messages(&session.row);
    let messages = request.messages.unwrap_or(full);
    check(request, &session, messages, full)?;
    let profiles = commitments::weights(request.traders)?;
    let day = plan::Day::new(&session.row, messages, request.band);
    let seed = random::Seed {
        seed: request.seed,
        date: request.date.number(),
        messages: messages as u64,
        traders: request.traders as u64,
    };
    let mut generator = generator::Generator::new(day, &profiles, seed);
    generator.open();
    generator.run();
    let (events, fills) = (generator.events, generator.fills);
    let figures = FlowFigures::new(&events, &fills, session.prior.price());
    // The obligations make sure of this; a flow that broke its promise would spoil whatever is measured with it.
    let row = &session.row;
    let prices = [
        figures.open,
        figures.high,
        figures.low,
        figures.close,
        figures.settlement,
    ];
    let kept = prices == [row.open, row.high, row.low, row.close, row.close]
        && figures.contracts_traded == u64::from(day.volume)
        && figures.window_contracts > 0;
    if !kept {
        let FlowRequest {
            date,
            traders,
            seed,
            ..
        } = *request;
        return Err(FlowError::Missed {
            date,
            messages,
            traders,
            seed,
        });
    }
    Ok(Flow {
        request: *request,
        session,
        full_day: messages == full,
        profiles,
        events,
        fills,
        figures,
    })
}

fn check(
    request: &FlowRequest,
    session: &Session,
    messages: usize,
    full: usize,
) -> Result<(), FlowError> {
    let date = request.date;
    if !(LEAST_MESSAGES..=full).contains(&messages) {
        return Err(FlowError::Messages {
            date,
            messages,
            least: LEAST_MESSAGES,
            full,
        });
    }
    let traders = request.traders;
    if !(LEAST_TRADERS..=MOST_TRADERS).contains(&traders) {
        return Err(FlowError::Traders {
            traders,
            least: LEAST_TRADERS,
            most: MOST_TRADERS,
        });
    }
    let ((lowest, highest), (low, high)) = (request.band, (session.row.low, session.row.high));
    if lowest > low || highest < high {
        return Err(FlowError::Band {
            date,
            lowest,
            highest,
            low,
            high,
        });
    }
    Ok(())
}

impl Flow {
    /// The flow's canonical bytes: the eight bytes `hogflow1`; date as `YYYYMMDD`, traders and number of events (32 bits
    /// each), seed (64), lowest and highest price (32 each); then the events, each `at` (64), trader (32), kind (8) and
    /// its fields in declaration order. All integers little-endian, sides and flags one byte.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let mut bytes = Vec::with_capacity(36 + 29 * self.events.len());
        bytes.extend(b"hogflow1");
        bytes.extend(self.request.date.number().to_le_bytes());
        bytes.extend(narrow(self.request.traders).to_le_bytes());
        bytes.extend(narrow(self.events.len()).to_le_bytes());
        bytes.extend(self.request.seed.to_le_bytes());
        bytes.extend(self.request.band.0.to_le_bytes());
        bytes.extend(self.request.band.1.to_le_bytes());
        for event in &self.events {
            event.write(&mut bytes);
        }
        bytes
    }

    /// What each trader does, by index into [`Flow::profiles`].
    #[must_use]
    pub fn trader_figures(&self) -> Vec<TraderFigures> {
        figures::by_trader(self)
    }
}
