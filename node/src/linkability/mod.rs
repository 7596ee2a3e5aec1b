//! How well a node that receives a day's messages can tell which of them one trader sent.
//!
//! A day is replayed; [`sent`] takes its messages with their true senders. [`arrival`] says when each reaches the node, over
//! a circuit of [`circuits`], and what the node sees of it. The node then plays [`adversary`]: trained on days whose senders it
//! knows, it compares each new order with the messages before it by what [`evidence`] there is, and [`guesses`] counts how
//! often it is right, against chance. [`habits`] gives traders habits that the flow lacks. [`measure`](mod@measure) puts it together.
//!
//! What the protocol itself links (a cancel, a claim or a replace names the order that it is about) is no guess: it is
//! counted apart, and the orders that name nothing are what the adversary has to place.
//!
//! Real numbers are at home here: this measures, and nothing of it enters a market's state.

pub mod adversary;
pub mod arguments;
pub mod arrival;
pub mod circuits;
pub mod evidence;
pub mod guesses;
pub mod habits;
pub mod measure;
pub mod report;
pub mod sent;
pub mod statistics;
mod weights;

/// Microseconds since the Unix epoch, or between two times.
pub type Micros = i64;

/// Microseconds of a second.
pub const SECOND: Micros = 1_000_000;

/// Microseconds of a duration.
pub(crate) fn micros(duration: std::time::Duration) -> Micros {
    Micros::try_from(duration.as_micros()).unwrap_or(Micros::MAX)
}
