//! What a node says of its market, as JSON: its word, for whoever does not execute the ledger.

use super::engine::Engine;
use crate::replay::market_view;
use crate::replica::Answer;
use serde::Serialize;
use serde_json::{Value, json};
use tally_exchange::book::Level;
use tally_exchange::market::Market;
use tally_exchange::message::Symbol;
use tally_exchange::receipt::Event;
use tally_exchange::units::Side;

/// The receipt of an entry of a recent block.
pub(super) fn receipt(engine: &Engine, height: u64, index: u32) -> Option<Vec<u8>> {
    let block = engine.recent(height)?;
    Some(answer(block.answers.get(index as usize)?))
}

/// A receipt.
pub(super) fn answer(answer: &Answer) -> Vec<u8> {
    bytes(&match answer {
        Answer::Market(_, receipt) => to_value(receipt),
        Answer::Cashier(Ok(())) => json!({ "outcome": "booked" }),
        Answer::Cashier(Err(error)) => json!({ "outcome": "refused", "reason": error.to_string() }),
        Answer::Garbage => json!({ "outcome": "refused", "reason": "malformed" }),
    })
}

/// The book of a contract month.
pub(super) fn book(engine: &Engine, market: Symbol, levels: u16) -> Option<Vec<u8>> {
    let replica = engine.replica();
    let market = replica.market(market)?;
    let side = |side| -> Vec<Value> {
        let levels = market.depth(side, usize::from(levels));
        levels
            .iter()
            .map(|level| self::level(market, level))
            .collect()
    };
    Some(bytes(&json!({
        "market": market.symbol(),
        "height": market.height(),
        "bids": side(Side::Buy),
        "asks": side(Side::Sell),
        "mark": market.specification().format_price(market.mark()),
    })))
}

fn level(market: &Market, level: &Level) -> Value {
    json!({
        "price": market.specification().format_price(level.price),
        "quantity": level.quantity,
        "orders": level.orders,
    })
}

#[derive(Serialize)]
struct BlockEvents<'a> {
    height: u64,
    time: u64,
    events: Vec<MarketEvent<'a>>,
}

#[derive(Serialize)]
struct MarketEvent<'a> {
    market: Symbol,
    #[serde(flatten)]
    event: &'a Event,
}

/// Events of one answer, about: whoever wants more asks from the block after the last.
const MOST_EVENTS: usize = 10_000;

/// What happened in recent blocks; blocks without events are left out.
pub(super) fn events(engine: &Engine, from: u64, blocks: u32) -> Vec<u8> {
    let mut recent = engine.recent_from(from, blocks as usize);
    recent.truncate(fitting(recent.iter().map(|block| block.events.len())));
    let blocks: Vec<BlockEvents<'_>> = recent
        .iter()
        .filter(|block| !block.events.is_empty())
        .map(|block| BlockEvents {
            height: block.height,
            time: block.time,
            events: block
                .events
                .iter()
                .map(|(market, event)| MarketEvent {
                    market: *market,
                    event,
                })
                .collect(),
        })
        .collect();
    let last = recent.last().map(|block| block.height);
    bytes(&json!({ "blocks": blocks, "last": last }))
}

/// How many blocks with so many events each one answer holds: all whose first event is among the first [`MOST_EVENTS`]. A
/// block is told whole, so the first always is.
fn fitting(events: impl Iterator<Item = usize>) -> usize {
    let mut before = 0_usize;
    let fits = events.take_while(|count| {
        let is_room = before < MOST_EVENTS;
        before += count;
        is_room
    });
    fits.count()
}

/// The epoch of every contract month.
pub(super) fn epochs(engine: &Engine) -> Vec<u8> {
    let replica = engine.replica();
    let markets: Vec<_> = replica.markets().map(market_view).collect();
    bytes(&json!({ "height": replica.height(), "markets": markets }))
}

fn to_value(value: &impl Serialize) -> Value {
    // Receipts and events are plain data with text keys: they encode.
    serde_json::to_value(value).unwrap_or(Value::Null)
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{MOST_EVENTS, fitting};

    #[test]
    fn an_answer_ends_with_the_block_that_fills_it() {
        let fit = |events: &[usize]| fitting(events.iter().copied());
        assert_eq!(fit(&[]), 0);
        assert_eq!(fit(&[0; 1_000]), 1_000);
        assert_eq!(fit(&[MOST_EVENTS - 1, 1, 1]), 2);
        assert_eq!(fit(&[MOST_EVENTS - 1, 0, 500, 0, 1]), 3);
        // However many happened in it: who follows gets on.
        assert_eq!(fit(&[5 * MOST_EVENTS, 1]), 1);
    }
}
