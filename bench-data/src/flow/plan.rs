//! What a flow must reach, settled before the first event: volume, event times, turning points, price path.

use std::ops::Range;

use super::arrivals;
use super::random::{Purpose, Seed, Stream};
use super::real;
use super::{FULL_DAY_MESSAGES_PER_CONTRACT, SETTLEMENT_WINDOW};
use crate::table::DailyRow;

/// How far beyond the day's range orders may rest, ticks: keeps the book small in a wide band.
const MARGIN_TICKS: i32 = 150;

/// Fewest contracts of a flow: open, high, low and close need one each, and one is left to choose.
const LEAST_VOLUME: u32 = 5;

/// Messages from one knot of the price path to the next.
const KNOT_SPACING: usize = 60;

/// Messages that suffice for a print at a price that no order stands in the way of: place, meet, and a message more in
/// case the order that was met must be taken away.
pub(crate) const PRINT_MESSAGES: usize = 3;

/// The day's figures and the bounds of its orders. Prices in ticks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Day {
    pub(crate) open: i32,
    pub(crate) high: i32,
    pub(crate) low: i32,
    pub(crate) close: i32,
    /// Lowest price of any order.
    pub(crate) floor: i32,
    /// Highest price of any order.
    pub(crate) ceiling: i32,
    /// Contracts that the flow trades, exactly.
    pub(crate) volume: u32,
    /// Messages of the whole flow.
    pub(crate) messages: usize,
    /// Messages of the full day for each message of this flow, at least 1.
    pub(crate) thinning: f64,
}

impl Day {
    pub(crate) fn new(row: &DailyRow, messages: usize, band: (i32, i32)) -> Self {
        let full = full_messages(row);
        let volume = if messages >= full {
            row.volume
        } else {
            let share = messages / FULL_DAY_MESSAGES_PER_CONTRACT;
            u32::try_from(share)
                .unwrap_or(u32::MAX)
                .clamp(LEAST_VOLUME, row.volume.max(LEAST_VOLUME))
        };
        Self {
            open: row.open,
            high: row.high,
            low: row.low,
            close: row.close,
            floor: row.low.saturating_sub(MARGIN_TICKS).max(band.0),
            ceiling: row.high.saturating_add(MARGIN_TICKS).min(band.1),
            volume,
            messages,
            thinning: (real_count(full) / real_count(messages)).max(1.0),
        }
    }
}

/// Messages of a session's full day.
pub(crate) fn full_messages(row: &DailyRow) -> usize {
    row.volume as usize * FULL_DAY_MESSAGES_PER_CONTRACT
}

fn real_count(count: usize) -> f64 {
    real::from_u64(u64::try_from(count).unwrap_or(u64::MAX))
}

/// A price that must print before a message index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) price: i32,
    /// One past the last message that may print it.
    pub(crate) deadline: usize,
}

/// The plan of a flow; message indices count from the first message after the open.
pub(crate) struct Plan {
    /// Times of the messages after the open, microseconds.
    pub(crate) times: Vec<i64>,
    /// The messages in the settlement window.
    pub(crate) window: Range<usize>,
    /// High and low, in the order in which they are reached; without those that open or close print anyway.
    pub(crate) extremes: Vec<Anchor>,
    /// The price path: for each message the price that trading is drawn to.
    pub(crate) targets: Vec<i32>,
}

impl Plan {
    /// A plan for `count` messages after the open, of which `resting` orders may stand in the way from the start.
    pub(crate) fn new(day: &Day, count: usize, resting: usize, seed: Seed) -> Self {
        let times = arrivals::times(count, &mut Stream::new(seed, Purpose::Arrivals));
        let start = times.partition_point(|time| *time < SETTLEMENT_WINDOW.start);
        let end = times.partition_point(|time| *time < SETTLEMENT_WINDOW.end);
        let mut stream = Stream::new(seed, Purpose::Path);
        let extremes = extremes(day, start, resting, &mut stream);
        let targets = targets(day, &extremes, start, count, &mut stream);
        Self {
            times,
            window: start..end,
            extremes,
            targets,
        }
    }
}

/// The high and the low, each with a deadline before the settlement window.
fn extremes(day: &Day, window: usize, resting: usize, stream: &mut Stream) -> Vec<Anchor> {
    let upward = day.close > day.open;
    // A day that rises more often makes its low first.
    let low_first = stream.permille(if upward { 750 } else { 250 });
    let mut prices = if low_first {
        vec![day.low, day.high]
    } else {
        vec![day.high, day.low]
    };
    prices.retain(|price| *price != day.open && *price != day.close);
    let shares: &[(i32, i32)] = if prices.len() == 2 {
        &[(120, 480), (550, 920)]
    } else {
        &[(150, 850)]
    };
    let mut earliest = resting + PRINT_MESSAGES + 1;
    let mut anchors = Vec::with_capacity(prices.len());
    for (index, (price, (from, to))) in prices.iter().zip(shares).enumerate() {
        let share = usize::try_from(stream.between(*from, *to)).unwrap_or(0);
        let room_after = (prices.len() - 1 - index) * (PRINT_MESSAGES + 1);
        let latest = window.saturating_sub(room_after).max(earliest);
        let deadline = (window * share / 1000).clamp(earliest, latest);
        anchors.push(Anchor {
            price: *price,
            deadline,
        });
        earliest = deadline + PRINT_MESSAGES + 1;
    }
    anchors
}

/// The path: a Brownian bridge from the open through the extremes to the close, which it holds from the settlement
/// window on. It stays within the day's range.
fn targets(
    day: &Day,
    extremes: &[Anchor],
    window: usize,
    count: usize,
    stream: &mut Stream,
) -> Vec<i32> {
    let mut path = vec![day.open; count];
    // An extreme is held for a while before its deadline, so that it can be printed in passing.
    let hold = count / 100;
    let mut legs: Vec<(usize, usize, i32)> = Vec::new();
    for anchor in extremes {
        legs.push((
            anchor.deadline.saturating_sub(hold),
            anchor.deadline,
            anchor.price,
        ));
    }
    legs.push((window.saturating_sub(hold), count, day.close));
    let (mut from, mut price) = (0, day.open);
    for (arrival, until, next) in legs {
        let arrival = arrival.clamp(from, count);
        bridge(&mut path[from..arrival], price, next, day, stream);
        let until = until.clamp(arrival, count);
        path[arrival..until].fill(next);
        (from, price) = (until, next);
    }
    path
}

/// Fills `path` with a bridge from one price to another, by knots with straight lines between them, folded into the
/// day's range.
fn bridge(path: &mut [i32], from: i32, to: i32, day: &Day, stream: &mut Stream) {
    let knots = path.len() / KNOT_SPACING + 1;
    let (low, high) = (f64::from(day.low), f64::from(day.high));
    // The range of a Brownian motion is on average 1.6 standard deviations (Feller 1951); one leg is part of a day.
    let deviation =
        (high - low) / 1.6 * (real_count(path.len()) / real_count(day.messages.max(1))).sqrt();
    let step = deviation / real_count(knots).sqrt();
    let (mut value, end) = (f64::from(from), f64::from(to));
    let mut start = 0;
    for knot in 0..knots {
        let left = real_count(knots - knot);
        let drift = (end - value) / left;
        // The variance of a bridge's step shrinks towards the end, where it is nil.
        let noise = step * ((left - 1.0) / left).sqrt() * stream.normal();
        let next = fold(value + drift + noise, low, high);
        let stop = path.len() * (knot + 1) / knots;
        let width = real_count(stop - start).max(1.0);
        for (offset, place) in path[start..stop].iter_mut().enumerate() {
            let between = value + (next - value) * real_count(offset) / width;
            *place = i32::try_from(real::round(between))
                .unwrap_or(from)
                .clamp(day.low, day.high);
        }
        (value, start) = (next, stop);
    }
}

/// Reflects a value at the ends of a range until it lies within.
fn fold(value: f64, low: f64, high: f64) -> f64 {
    let reflected = if value > high {
        2.0 * high - value
    } else {
        value
    };
    let reflected = if reflected < low {
        2.0 * low - reflected
    } else {
        reflected
    };
    reflected.clamp(low, high)
}

#[cfg(test)]
mod tests {
    use super::{Day, PRINT_MESSAGES, Plan, full_messages};
    use crate::flow::random::Seed;
    use crate::table::sessions;

    #[test]
    fn every_plan_reaches_its_prices_in_time() {
        for session in sessions().unwrap() {
            let row = &session.row;
            for (count, resting) in [(18, 0), (48, 1), (390, 8), (3000, 30)] {
                for seed in 0..5 {
                    let day = Day::new(row, count + 2 + resting, (row.low, row.high));
                    let seed = Seed {
                        seed,
                        date: row.date.number(),
                        messages: 0,
                        traders: 2,
                    };
                    let plan = Plan::new(&day, count, resting, seed);
                    assert_eq!((plan.times.len(), plan.targets.len()), (count, count));
                    assert!(
                        plan.targets
                            .iter()
                            .all(|price| (row.low..=row.high).contains(price))
                    );
                    assert!(
                        plan.targets[plan.window.start..]
                            .iter()
                            .all(|price| *price == row.close)
                    );
                    let mut needed = resting;
                    for anchor in &plan.extremes {
                        needed += PRINT_MESSAGES;
                        assert!(anchor.deadline >= needed && anchor.deadline <= plan.window.start);
                    }
                    assert!(plan.window.end >= needed + PRINT_MESSAGES && plan.window.len() >= 2);
                    assert!(count >= plan.window.end + PRINT_MESSAGES);
                }
            }
        }
    }

    #[test]
    fn only_the_full_day_has_the_full_volume() {
        for session in sessions().unwrap() {
            let full = full_messages(&session.row);
            let band = (session.row.low, session.row.high);
            assert_eq!(
                Day::new(&session.row, full, band).volume,
                session.row.volume
            );
            assert!(Day::new(&session.row, full - 1, band).volume < session.row.volume);
            assert_eq!(Day::new(&session.row, 20, band).volume, 5);
        }
    }
}
