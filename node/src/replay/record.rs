//! What a drawn report needs of a replayed day: plain data, bounded however long the day was.
//!
//! The record is of the replay's first day. Times are microseconds since its session's open and can be negative: the
//! pre-open comes before. Prices are in ticks.

use serde::{Deserialize, Serialize};

/// Most samples of the book: a full day has tens of thousands of blocks, and a page has a few hundred points of width.
pub const MOST_DEPTH_SAMPLES: usize = 2_000;
/// Most points of the proof queue; in each stretch of the day the worst is kept.
pub const MOST_QUEUE_POINTS: usize = 2_000;
/// Most trades; of a busier stretch the first, the lowest, the highest and the last are kept.
pub const MOST_TRADES: usize = 8_000;
/// Most changes of the mark; of a busier stretch the first, the lowest, the highest and the last are kept.
pub const MOST_MARKS: usize = 4_000;

/// A replayed day, as far as a report draws it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplayRecord {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// The contract month.
    pub market: String,
    /// A tick, thousandths of a cent per pound.
    pub tick_mills: i64,
    /// Cores that the replay could use.
    pub threads: usize,
    /// Whether no proof was made.
    pub dry_run: bool,
    /// The bands, in order; one begins where the one before ends.
    pub bands: Vec<BandSpan>,
    /// Trades: one a price and block.
    pub trades: Vec<TradePoint>,
    /// The mark, whenever it changed.
    pub marks: Vec<MarkPoint>,
    /// Revalidations, in order.
    pub epochs: Vec<EpochMark>,
    /// The book over the day.
    pub depth: Vec<DepthSample>,
    /// What messages waited for proofs.
    pub queue: Vec<QueuePoint>,
    /// How that was found, in words.
    pub queue_basis: String,
    /// What each class of traders paid in proofs.
    pub classes: Vec<ClassCost>,
    /// Whether one machine can prove the market in real time.
    pub verdict: Verdict,
}

/// A price band and when it was in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BandSpan {
    /// The epoch whose band it is.
    pub epoch: u64,
    /// From when, microseconds since the session's open.
    pub from_us: i64,
    /// Until when, microseconds since the session's open.
    pub to_us: i64,
    /// Lower edge, ticks.
    pub lo: i64,
    /// Upper edge, ticks.
    pub hi: i64,
    /// The price that the band was drawn around, ticks; a daily limit may have cut one side.
    pub centre: i64,
    /// A mark at or below this triggers a revalidation, ticks; none where the lower edge is a daily limit.
    pub trigger_lo: Option<i64>,
    /// A mark at or above this triggers a revalidation, ticks; none where the upper edge is a daily limit.
    pub trigger_hi: Option<i64>,
}

/// Contracts traded at one price in one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradePoint {
    /// When, microseconds since the session's open.
    pub at_us: i64,
    /// The price, ticks.
    pub price: i64,
    /// Contracts, each match counted once.
    pub quantity: u64,
}

/// The mark after a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkPoint {
    /// When, microseconds since the session's open.
    pub at_us: i64,
    /// The mark, ticks.
    pub price: i64,
}

/// A revalidation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochMark {
    /// The epoch that it closed.
    pub epoch: u64,
    /// Why: the trigger's name as in the replay's report.
    pub trigger: String,
    /// When it was triggered, microseconds since the session's open.
    pub triggered_us: i64,
    /// When the window closed; none if the replay ended before.
    pub closed_us: Option<i64>,
    /// When the pre-open ended and trading went on; none if it did not within the record.
    pub reopened_us: Option<i64>,
    /// P, the price at which everybody was revalued, ticks.
    pub price: Option<i64>,
}

/// The book after a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepthSample {
    /// When, microseconds since the session's open.
    pub at_us: i64,
    /// The best bid, ticks.
    pub best_bid: Option<i64>,
    /// The best ask, ticks.
    pub best_ask: Option<i64>,
    /// Contracts bid within 10 ticks of the best bid, itself included.
    pub bid_depth: u64,
    /// Contracts offered within 10 ticks of the best ask, itself included.
    pub ask_depth: u64,
}

/// What a message waited, had it been sent when its trader wanted to send it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueuePoint {
    /// When the trader wanted to send, microseconds since the session's open.
    pub at_us: i64,
    /// From then until its proof was there, milliseconds.
    pub delay_ms: f64,
    /// Proofs of the same trader that were waiting or being made before it.
    pub waiting: u64,
}

/// What a class of traders paid in proofs over the day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassCost {
    /// The class, by the messages that its traders sent.
    pub class: String,
    /// Traders in it.
    pub traders: u32,
    /// Their proofs.
    pub proofs: u64,
    /// What these took, seconds; zero in a dry run.
    pub proof_s: f64,
    /// The same for each trader of the class, seconds.
    pub per_trader_s: f64,
    /// The most that one of them paid, seconds.
    pub most_s: f64,
}

/// Whether one machine can prove the market in real time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether it can; false in a dry run, which measures no proof.
    pub provable_in_real_time: bool,
    /// The verdict in words. A dry run's says that no proof was made.
    pub sentence: String,
    /// Proofs that this machine made each second while it did nothing else; zero in a dry run.
    pub proofs_per_second: f64,
    /// Proofs that the market needed each second in its busiest minute.
    pub needed_per_second_peak: f64,
    /// What proving a complete day takes on this one machine, hours; none where nothing was measured.
    pub projected_hours_full_day: Option<f64>,
    /// What the figures rest on.
    pub basis: String,
}
