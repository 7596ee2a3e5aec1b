//! Full days: exact volume and prices, and the shapes of the notes within loose tolerances.

// Test helpers may panic like the tests they serve.
#![allow(clippy::unwrap_used)]

mod venue;

use std::collections::BTreeMap;

use tally_bench_data::{Flow, Intent, Session, Side, session, sessions};
use venue::{Venue, check_promises, flow};

fn day(text: &str) -> Session {
    session(text.parse().unwrap()).unwrap()
}

#[test]
fn volume_and_prices_are_the_real_ones() {
    // The first session, the narrowest range with little volume, the largest volume, the least volume, the last session.
    for text in [
        "2017-01-03",
        "2017-02-14",
        "2017-02-22",
        "2017-02-13",
        "2017-03-31",
    ] {
        let session = day(text);
        let flow = flow(&session, None, 300, 1);
        assert!(flow.full_day);
        check_promises(&flow);
        assert_eq!(flow.figures.contracts_traded, u64::from(session.row.volume));
        assert_eq!(flow.events.len(), session.row.volume as usize * 7);
        assert!(
            flow.figures.largest_quantity <= 150,
            "{text}: {}",
            flow.figures.largest_quantity
        );
    }
}

#[test]
fn few_traders_share_a_full_day() {
    let session = day("2017-02-13");
    for traders in [2, 5] {
        check_promises(&flow(&session, None, traders, 3));
    }
}

#[test]
fn asking_for_all_messages_is_asking_for_the_full_day() {
    let session = day("2017-02-13");
    let all = tally_bench_data::flow::full_day_messages(session.row.date).unwrap();
    let (named, unnamed) = (
        flow(&session, Some(all), 20, 5),
        flow(&session, None, 20, 5),
    );
    assert!(named.full_day && named.events == unnamed.events);
}

#[test]
fn a_mean_day_has_the_messages_of_the_notes() {
    let all = sessions().unwrap();
    let volume: usize = all.iter().map(|session| session.row.volume as usize).sum();
    let messages = volume * 7 / all.len();
    assert!((90_000..=150_000).contains(&messages), "{messages}");
}

/// Share of `part` in `whole`, percent.
fn percent(part: usize, whole: usize) -> f64 {
    part as f64 * 100.0 / whole as f64
}

fn within(name: &str, value: f64, low: f64, high: f64) {
    assert!(
        (low..=high).contains(&value),
        "{name}: {value}, expected {low} to {high}"
    );
}

#[test]
fn shapes_are_near_the_notes() {
    // 14,806 contracts are the mean day; this one has 15,329.
    let flow = flow(&day("2017-03-06"), None, 300, 1);
    check_mix(&flow);
    check_sizes(&flow);
    check_gaps(&flow);
    check_book(&flow);
}

/// Per trade 6.8 adds, 4.2 to 6.0 cancels (those after a fill are no messages here), 4.1 modifies.
fn check_mix(flow: &Flow) {
    let figures = &flow.figures;
    let takers: std::collections::BTreeSet<_> =
        flow.fills.iter().filter_map(|fill| fill.event).collect();
    let trades = takers.len() as f64;
    within(
        "messages per trade",
        figures.messages as f64 / trades,
        14.0,
        20.0,
    );
    within("adds per trade", figures.adds as f64 / trades, 5.8, 8.0);
    within(
        "cancels per trade",
        figures.cancels as f64 / trades,
        4.2,
        6.2,
    );
    within(
        "modifies per trade",
        (figures.replaces + figures.reduces) as f64 / trades,
        3.5,
        5.0,
    );
    let mut prices = BTreeMap::new();
    let (mut moved, mut modified) = (0, figures.reduces);
    for event in &flow.events {
        match event.intent {
            Intent::Add { order, price, .. } => {
                prices.insert(order, price);
            }
            Intent::Replace {
                order,
                new_order,
                price,
                ..
            } => {
                modified += 1;
                moved += usize::from(prices[&order] != price);
                prices.insert(new_order, price);
            }
            _ => {}
        }
    }
    within("modifies of price, %", percent(moved, modified), 75.0, 90.0);
}

fn check_sizes(flow: &Flow) {
    let adds: Vec<u32> = flow
        .events
        .iter()
        .filter_map(|event| match event.intent {
            Intent::Add { quantity, .. } => Some(quantity),
            _ => None,
        })
        .collect();
    let ones = adds.iter().filter(|size| **size == 1).count();
    within("one-lot adds, %", percent(ones, adds.len()), 70.0, 80.0);
    within(
        "mean add",
        f64::from(adds.iter().sum::<u32>()) / adds.len() as f64,
        1.9,
        2.5,
    );
    let mut trades: BTreeMap<u32, u32> = BTreeMap::new();
    for fill in &flow.fills {
        *trades.entry(fill.event.unwrap_or(u32::MAX)).or_default() += fill.quantity;
    }
    let ones = trades.values().filter(|size| **size == 1).count();
    within("one-lot trades, %", percent(ones, trades.len()), 54.0, 66.0);
    within(
        "mean trade",
        f64::from(trades.values().sum::<u32>()) / trades.len() as f64,
        2.0,
        3.35,
    );
}

fn check_gaps(flow: &Flow) {
    let times: Vec<i64> = flow
        .events
        .iter()
        .map(|event| event.at)
        .filter(|at| *at >= 0)
        .collect();
    let gaps: Vec<f64> = times
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) as f64)
        .collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    within(
        "gaps, coefficient of variation",
        variance.sqrt() / mean,
        3.3,
        5.5,
    );
    let half_hour = 1_800_000_000;
    let first = times.iter().filter(|at| **at < half_hour).count();
    let middle = times
        .iter()
        .filter(|at| (7_350_000_000..7_350_000_000 + half_hour).contains(*at))
        .count();
    assert!(
        first > middle,
        "the first half hour ({first}) should be livelier than a middle one ({middle})"
    );
}

/// Placement, life and spread, seen on the independent venue.
fn check_book(flow: &Flow) {
    let mut venue = Venue::new(flow.request.band);
    let mut distances = Vec::new();
    let mut lives = Vec::new();
    let mut born: BTreeMap<u32, i64> = BTreeMap::new();
    let (mut spreads, mut books) = (0, 0);
    let early = flow.events.partition_point(|event| event.at < 0);
    for (index, event) in flow.events.iter().enumerate() {
        match event.intent {
            Intent::Add {
                order, side, price, ..
            } => {
                let opposite = venue.best(side.opposite());
                let distance = opposite.map(|best| {
                    if side == Side::Buy {
                        best - price
                    } else {
                        price - best
                    }
                });
                if let Some(distance) = distance.filter(|distance| *distance > 0 && index >= early)
                {
                    distances.push(distance);
                }
                born.insert(order, event.at);
            }
            Intent::Replace {
                order, new_order, ..
            } => {
                born.insert(new_order, born[&order]);
            }
            Intent::Cancel { order } => lives.push((event.at - born[&order]) as f64 / 1e6),
            _ => {}
        }
        venue.process(u32::try_from(index).unwrap(), event);
        if let (Some(bid), Some(ask), true) = (
            venue.best(Side::Buy),
            venue.best(Side::Sell),
            index >= early,
        ) {
            spreads += ask - bid;
            books += 1;
        }
    }
    let share = |low: i32, high: i32| {
        percent(
            distances
                .iter()
                .filter(|distance| (low..=high).contains(*distance))
                .count(),
            distances.len(),
        )
    };
    within("placed at 1 tick, %", share(1, 1), 45.0, 67.0);
    within("placed at 2 ticks, %", share(2, 2), 4.0, 14.0);
    within("placed beyond 12 ticks, %", share(13, 400), 15.0, 28.0);
    lives.sort_by(f64::total_cmp);
    within(
        "median life of a cancelled order, s",
        lives[lives.len() / 2],
        1.5,
        7.0,
    );
    within("75 % life, s", lives[lives.len() * 3 / 4], 10.0, 50.0);
    within("90 % life, s", lives[lives.len() * 9 / 10], 50.0, 450.0);
    within(
        "mean spread, ticks",
        f64::from(spreads) / f64::from(books),
        1.0,
        3.0,
    );
}
