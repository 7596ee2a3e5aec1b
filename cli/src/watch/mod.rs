//! `tally watch`: a trader's screen.
//!
//! * [`source`]: whom the screen asks; a thread of its own does, so that nothing freezes while a proof is made.
//! * [`app`]: what is known and chosen, moved by answers and by the clock; [`keys`] moves it by keys.
//! * [`selection`]: what the arrows have chosen. [`form`]: an order on its way from a key to a confirmation.
//! * [`draw`]: the screen, a function of the app and nothing else.
//! * [`terminal`]: the loop around them, and the terminal as it was found.

mod app;
mod draw;
mod form;
mod keys;
mod look;
mod selection;
mod source;
mod terminal;
#[cfg(test)]
mod tests;
mod told;

pub use source::Source;

use tally_exchange::message::Symbol;

/// Shows the screen until its user leaves it. `market` may be left out where one contract month trades.
///
/// # Errors
/// There is no terminal, or it is gone.
pub fn run(source: Box<dyn Source + Send>, market: Option<Symbol>) -> anyhow::Result<()> {
    terminal::run(source, market)
}
