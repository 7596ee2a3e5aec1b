//! What happened in the market, numbered, for whoever follows along.

use crate::reply::EventLine;
use serde_json::Value;
use std::collections::VecDeque;
use std::fs;
use std::io::Write;
use std::path::Path;
use tally_exchange::calendar::format_time;
use tally_exchange::market::Market;
use tally_exchange::message::Symbol;
use tally_exchange::receipt::{DutyKind, Event};
use tally_exchange::units::{OrderId, Price, Time};
use tally_node::replica::{Outcome, Replica};

/// How many events are remembered.
const EVENTS_KEPT: usize = 20_000;
/// How many are written down with a snapshot, so that the next start has a tape.
const EVENTS_SAVED: usize = 1_000;
/// An event's number is the height of its block times this, plus its place in the block.
const EVENTS_A_BLOCK: u64 = 1 << 20;
/// Longest file of events that is read, bytes.
const MOST_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// The events of late.
#[derive(Debug, Default)]
pub struct Feed {
    events: VecDeque<Remembered>,
}

#[derive(Clone, Debug)]
struct Remembered {
    line: EventLine,
    /// The order that it is about.
    order: Option<OrderId>,
}

impl Feed {
    /// Takes in what happened in a block.
    pub fn take(&mut self, replica: &Replica, height: u64, time: u64, outcome: &Outcome) {
        let time = format_time(Time(time));
        for (index, (symbol, event)) in (0..EVENTS_A_BLOCK).zip(&outcome.events) {
            let Some(market) = replica.market(*symbol) else {
                continue;
            };
            self.events.push_back(Remembered {
                line: EventLine {
                    seq: height * EVENTS_A_BLOCK + index,
                    height,
                    time: time.clone(),
                    market: *symbol,
                    own: false,
                    what: in_decimals(market, event),
                    text: text(market, event),
                },
                order: order_of(event),
            });
        }
        let surplus = self.events.len().saturating_sub(EVENTS_KEPT);
        self.events.drain(..surplus);
    }

    /// Up to `most` events from a number on, or the newest ones, that `keep` keeps; `is_own` says whose orders.
    #[must_use]
    pub fn lines(
        &self,
        from: Option<u64>,
        most: usize,
        is_own: &dyn Fn(Symbol, OrderId) -> bool,
        keep: &dyn Fn(&EventLine) -> bool,
    ) -> Vec<EventLine> {
        let line = |remembered: &Remembered| {
            let mut line = remembered.line.clone();
            line.own = remembered
                .order
                .is_some_and(|order| is_own(line.market, order));
            line
        };
        let mut lines: Vec<EventLine> = match from {
            Some(from) => {
                let start = self
                    .events
                    .partition_point(|remembered| remembered.line.seq < from);
                let later = self.events.range(start..);
                later
                    .map(line)
                    .filter(|line| keep(line))
                    .take(most)
                    .collect()
            }
            None => {
                let newest_first = self.events.iter().rev();
                newest_first
                    .map(line)
                    .filter(|line| keep(line))
                    .take(most)
                    .collect()
            }
        };
        if from.is_none() {
            lines.reverse();
        }
        lines
    }

    /// The number from which everything that is yet to come begins, at this height.
    #[must_use]
    pub const fn next(height: u64) -> u64 {
        (height + 1) * EVENTS_A_BLOCK
    }

    /// Price of the last trade of a market, if it is remembered.
    #[must_use]
    pub fn last_trade(&self, market: Symbol) -> Option<&str> {
        let mut newest_first = self.events.iter().rev();
        let trade = newest_first.find(|remembered| {
            remembered.line.market == market && remembered.line.what["event"] == "trade"
        })?;
        trade.line.what["price"].as_str()
    }

    /// Writes the last events down. They are public; without the file a tape is empty at first, and nothing else.
    pub fn save(&self, path: &Path) {
        let start = self.events.len().saturating_sub(EVENTS_SAVED);
        let last: Vec<(&EventLine, Option<u64>)> = self
            .events
            .range(start..)
            .map(|remembered| (&remembered.line, remembered.order.map(|order| order.0)))
            .collect();
        let folder = path.parent().unwrap_or(Path::new("."));
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec(&last)?)?;
            file.persist(path).map_err(|error| error.error)?;
            Ok(())
        };
        if let Err(error) = write() {
            tracing::debug!(%error, "the tape is not written down");
        }
    }

    /// Reads what was written down, up to a height.
    pub fn load(&mut self, path: &Path, height: u64) {
        let is_short = fs::metadata(path).is_ok_and(|file| file.len() <= MOST_FILE_BYTES);
        let Some(bytes) = is_short.then(|| fs::read(path).ok()).flatten() else {
            return;
        };
        let Ok(lines) = serde_json::from_slice::<Vec<(EventLine, Option<u64>)>>(&bytes) else {
            return;
        };
        let known = lines.into_iter().filter(|(line, _)| line.height <= height);
        self.events = known
            .map(|(line, order)| Remembered {
                line,
                order: order.map(OrderId),
            })
            .collect();
    }
}

fn order_of(event: &Event) -> Option<OrderId> {
    match event {
        Event::Fill { order, .. } | Event::Final { order, .. } | Event::Reduced { order, .. } => {
            Some(*order)
        }
        _ => None,
    }
}

/// The event as the state machine says it, with prices as the contract writes them.
fn in_decimals(market: &Market, event: &Event) -> Value {
    // Events are plain data with text keys: they encode.
    let mut value = serde_json::to_value(event).unwrap_or(Value::Null);
    let decimal = |value: &mut Value| {
        if let Some(ticks) = value.as_i64().and_then(|ticks| i32::try_from(ticks).ok()) {
            *value = Value::String(market.specification().format_price(Price(ticks)));
        }
    };
    if let Some(fields) = value.as_object_mut() {
        for name in ["price", "mark"] {
            if let Some(price) = fields.get_mut(name) {
                decimal(price);
            }
        }
        if let Some(band) = fields.get_mut("band").and_then(Value::as_object_mut) {
            for edge in band.values_mut() {
                decimal(edge);
            }
        }
    }
    value
}

/// The event in words.
fn text(market: &Market, event: &Event) -> String {
    let price = |price: Price| market.specification().format_price(price);
    match event {
        Event::Phase { phase } => format!("{} begins", word(phase)),
        Event::Fill {
            order,
            price: at,
            quantity,
            ..
        } => format!("order {order} filled: {quantity} @ {}", price(*at)),
        Event::Trade {
            price: at,
            quantity,
            aggressor,
        } => {
            let aggressor =
                aggressor.map_or_else(|| "uncrossing".to_owned(), |side| side.to_string());
            format!("{quantity} @ {} ({aggressor})", price(*at))
        }
        Event::Final { order, status } => format!("order {order} is final: {}", word(status)),
        Event::Reduced { order, total } => format!("order {order} reduced to {total}"),
        Event::Mark { price: at } => format!("mark {}", price(*at)),
        Event::Settlement { price: at, tier } => {
            format!("settlement {} ({})", price(*at), word(tier))
        }
        Event::Warning { mark } => format!("warning: mark {} nears the trigger", price(*mark)),
        Event::Triggered {
            epoch,
            trigger,
            price: at,
            band,
        } => format!(
            "epoch {epoch} closes ({}): revalidation at {}, next band {} to {}",
            word(trigger),
            price(*at),
            price(band.lo),
            price(band.hi)
        ),
        Event::WindowOpened { epoch, until, .. } => format!(
            "epoch {epoch}: window for Refreshes until {}",
            format_time(*until)
        ),
        Event::Extended { epoch, until } => {
            format!(
                "epoch {epoch}: window extended until {}",
                format_time(*until)
            )
        }
        Event::WindowClosed {
            epoch,
            expected,
            refreshed,
            ..
        } => format!("epoch {epoch}: {refreshed} of {expected} notes refreshed"),
        Event::Opened {
            epoch, liquidated, ..
        } => format!("epoch {epoch}: sums opened, L = {liquidated}"),
        Event::Pending { epoch } => format!("epoch {epoch}: sums stay closed"),
        Event::Reopened { epoch, price: at } => {
            format!("epoch {epoch} begins, reopening at {}", price(*at))
        }
        Event::Slashed { seat, offence } => format!("seat {seat} lost its bond: {}", word(offence)),
        Event::KeyRoundStarted { round, seats } => {
            format!("key generation {round} among {} seats", seats.len())
        }
        Event::KeyMade { round, .. } => format!("joint key of generation {round} is there"),
        Event::KeyFailed { round } => format!("key generation {round} failed"),
        Event::Halted => "HALTED for good: the books don't balance".to_owned(),
        Event::NextSession { date } => format!("next session: {date}"),
        Event::Expired { price: at } => format!("expired at {}", price(*at)),
    }
}

/// The word as which a plain value is written in JSON.
pub fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// The duty's name.
#[must_use]
pub fn duty(kind: DutyKind) -> String {
    word(&kind)
}
