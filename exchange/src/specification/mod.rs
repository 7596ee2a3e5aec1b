//! The contract specification: every number of a market, as data with its unit, its source and its reason.
//!
//! A specification is a TOML text. [`Specification::from_toml`] reads it exactly (integers and decimal strings, never a
//! floating-point number), refuses unknown keys, and checks every relation on which the margin theorem and the
//! 64-bit arithmetic of the circuit depend. [`Specification::entries`] gives back each parameter with the reason for
//! its value, so that a user can judge what no document sets.

mod checks;
mod decimal;
mod entry;
mod error;
mod reader;

pub(crate) use decimal::excerpt;
pub use decimal::{Grid, PriceError};
pub use entry::{Entry, Source};
pub use error::SpecificationError;

use crate::calendar::Calendar;
use crate::mark::MarkWindow;
use crate::units::{Price, Quantity};
use reader::Reader;
use sha2::{Digest, Sha256};

/// The largest amount of a parameter in cents, and of `|price * tick_value|`: with positions below 2^24 contracts every
/// product of the margin inequalities then stays below 1.5 * 2^60 and every sum below 2^62.
pub const MAX_CENTS: i64 = 1 << 36;

/// The largest position limit, contracts: a note holds its position in 24 bits with sign.
pub const MAX_POSITION_LIMIT: i64 = (1 << 23) - 1;

/// The largest number of orders in one message; an order's place in its message is encoded in four bits.
pub const MAX_ORDERS_PER_MESSAGE: i64 = 16;

/// The longest specification text accepted, bytes.
pub const MAX_TEXT_BYTES: usize = 1 << 20;

/// The specification of one product and its trading calendar.
///
/// Values made by [`Specification::from_toml`] are in range and satisfy every relation; whoever changes a field
/// afterwards (tests do) calls [`Specification::check`], which checks the relations again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Specification {
    /// Symbol root, such as `HE`; a contract month appends a month letter and a year digit.
    pub symbol: String,
    /// The product's name in plain words.
    pub name: String,
    /// Size of one contract, pounds.
    pub contract_size: u32,
    /// The price grid: tick, decimals, largest price.
    pub grid: Grid,
    /// Value of one tick for one contract (tau), cents.
    pub tick_value: i64,
    /// Fee per contract and side, cents.
    pub fee: i64,
    /// Fee for opening a note, cents.
    pub opening_fee: i64,
    /// Smallest deposit that opens a note, cents.
    pub minimum_deposit: i64,
    /// Initial margin above the worst price of the band, cents per contract.
    pub initial_margin: i64,
    /// Maintenance margin above the worst price of the band, cents per contract.
    pub maintenance_margin: i64,
    /// Haircut when a position is closed at revalidation, cents per contract.
    pub haircut: i64,
    /// Haircut of a note that first comes back one epoch late, cents per contract.
    pub late_haircut_first: i64,
    /// Haircut of a note that was absent for long, cents per contract.
    pub late_haircut_last: i64,
    /// Distance from the centre of an intraday band to its edges, ticks.
    pub band_half_width: i32,
    /// Distance of the mark from the centre at which revalidation is triggered, ticks.
    pub trigger_distance: i32,
    /// Distance of the mark from the centre at which traders are warned, ticks.
    pub warning_distance: i32,
    /// How long the mark stays beyond the trigger distance before the trigger, seconds.
    pub trigger_hold: u64,
    /// Least time from one trigger to the next, seconds.
    pub trigger_spacing: u64,
    /// The mark is the median price of this many last contracts.
    pub mark_window: MarkWindow,
    /// How long a side is locked at the band edge before it counts for the mark, seconds.
    pub lock_time: u64,
    /// Daily limit: largest distance from the prior settlement, ticks.
    pub daily_limit: i32,
    /// Daily limit after a limit settlement, ticks.
    pub expanded_limit: i32,
    /// Finite stand-in for "no limit" in the last two days of the expiring month, ticks.
    pub expiring_limit: i32,
    /// How far through the best opposite price a market order may trade, ticks.
    pub market_protection: i32,
    /// Length of the settlement window before the settlement time, seconds.
    pub settlement_window: u64,
    /// How long a bid or ask rests before it can move a settlement, seconds.
    pub settlement_rest: u64,
    /// Length of the pre-open before the open, seconds.
    pub pre_open: u64,
    /// Largest quantity of one order, contracts.
    pub order_limit: Quantity,
    /// Largest position with all resting orders of one side filled (v_max), contracts.
    pub position_limit: u32,
    /// Most orders in one message.
    pub orders_per_message: u32,
    /// Bond of a decryptor's seat, cents.
    pub decryptor_bond: i64,
    /// Most that one completer earns from slashed bonds in one epoch, cents.
    pub reward_cap: i64,
    /// Seed capital of the insurance fund, cents.
    pub fund_seed: i64,
    /// How far ahead of the present height a message may expire, blocks.
    pub expiry_horizon: u64,
    /// Length of the window for claims and refreshes of an intraday epoch, and of each of its extensions, seconds.
    pub refresh_window: u64,
    /// How long before the next session's pre-open the window of a daily epoch ends, seconds.
    pub daily_window_end: u64,
    /// Length of each extension of a daily window, seconds.
    pub window_extension_daily: u64,
    /// Length of the window of a daily epoch that no session of the calendar follows, and of that at expiry, seconds.
    pub window_without_next_session: u64,
    /// How long the decryptors have for their shares, and how long the deadline is extended once, seconds.
    pub share_time: u64,
    /// How long participants of a key generation have for their dealings, seconds.
    pub dealing_time: u64,
    /// How long they have afterwards for complaints, seconds.
    pub complaint_time: u64,
    /// Fewest seats that make a key.
    pub minimum_seats: u32,
    /// Length of the pre-open after an intraday epoch, seconds.
    pub reopen_pre_open: u64,
    /// The clearing account trades at most one contract for this many that others trade since the reopening.
    pub clearing_share: u32,
    /// Trading days of absence in which the late haircut rises from its first to its last value.
    pub late_haircut_days: u32,
    /// How long after the last trading day's close the signed final settlement is waited for, seconds.
    pub final_settlement_wait: u64,
    /// How long after the last trading day's close notes that were left behind may come back, seconds.
    pub lapse_year: u64,
    /// Sessions, holidays and contract months.
    pub calendar: Calendar,
    /// SHA-256 of the text that this specification was read from.
    pub text_digest: [u8; 32],
    entries: Vec<Entry>,
}

impl Specification {
    /// Reads and checks a specification.
    ///
    /// # Errors
    /// The first thing wrong with the text, naming field, value and remedy.
    pub fn from_toml(text: &str) -> Result<Self, SpecificationError> {
        if text.len() > MAX_TEXT_BYTES {
            return Err(SpecificationError::TooLong {
                bytes: text.len(),
                limit: MAX_TEXT_BYTES,
            });
        }
        let specification = Reader::new(text)?.specification(Sha256::digest(text).into())?;
        specification.check()?;
        Ok(specification)
    }

    /// CME Lean Hogs (HE) with the sessions of the first quarter of 2017, from the embedded `contracts/he.toml`.
    #[must_use]
    pub fn lean_hogs() -> Self {
        // The text is part of the program and does not depend on any input; a test loads it.
        Self::from_toml(LEAN_HOGS).expect("the embedded specification passes its checks")
    }

    /// Every parameter with value, unit, source and reason, in the order of reading.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Reads a price such as `66.150` or `-1.025` exactly.
    ///
    /// # Errors
    /// The text is no decimal number, off the grid or beyond the largest price.
    pub fn parse_price(&self, text: &str) -> Result<Price, PriceError> {
        self.grid.parse(text)
    }

    /// The price in cents per pound, with all its decimals.
    #[must_use]
    pub fn format_price(&self, price: Price) -> String {
        self.grid.format(price)
    }
}

/// The text of the embedded Lean Hog specification.
pub const LEAN_HOGS: &str = include_str!("../../contracts/he.toml");

/// Reads a price such as `66.150` or `-1.025` exactly, on the grid of `specification`.
///
/// # Errors
/// The text is no decimal number, off the grid or beyond the largest price.
pub fn parse_price(text: &str, specification: &Specification) -> Result<Price, PriceError> {
    specification.grid.parse(text)
}

/// The price in cents per pound with all the decimals of `specification`, such as `66.150`.
#[must_use]
pub fn format_price(price: Price, specification: &Specification) -> String {
    specification.grid.format(price)
}
