//! The record that a drawn report is made of: complete, bounded, and the same for the same arguments.

#![allow(clippy::unwrap_used)]

mod common;

use common::{dry_recorded, faulty, keys, smallest};
use tally_node::replay::{
    DataDirectory, Faults, MOST_DEPTH_SAMPLES, ReplayArguments, ReplayRecord, ReplayReport,
    run_recorded,
};

/// Microseconds from the session's open to its close.
const CLOSE: i64 = 16_500_000_000;

fn of_a_falling_day() -> (ReplayReport, ReplayRecord) {
    dry_recorded(&faulty("2017-01-03", 150, 12, Faults::default()))
}

#[test]
fn bands_cover_the_session_and_follow_the_epochs() {
    let (report, record) = of_a_falling_day();
    let (first, last) = (record.bands.first().unwrap(), record.bands.last().unwrap());
    assert!(first.from_us < 0, "the pre-open is there: {first:?}");
    assert_eq!(last.to_us, CLOSE);
    for pair in record.bands.windows(2) {
        assert_eq!(pair[0].to_us, pair[1].from_us);
        assert!(pair[0].epoch <= pair[1].epoch && pair[0].from_us < pair[0].to_us);
    }
    for band in &record.bands {
        assert!(band.lo <= band.centre && band.centre <= band.hi, "{band:?}");
        assert!(band.trigger_lo.is_none_or(|price| price < band.centre));
        assert!(band.trigger_hi.is_none_or(|price| price > band.centre));
    }
    // A new band for each halt that ended before the close.
    assert!(report.days[0].halts > 0);
    let reopened = record
        .epochs
        .iter()
        .filter(|epoch| epoch.reopened_us.is_some());
    assert_eq!(record.bands.len(), reopened.count() + 1, "{record:?}");
    assert!(record.bands.len() > 1);
    assert_eq!(record.tick_mills, 25);
}

#[test]
fn epochs_are_there_with_their_times() {
    let (report, record) = of_a_falling_day();
    assert_eq!(record.epochs.len(), report.epochs.len());
    for (mark, epoch) in record.epochs.iter().zip(&report.epochs) {
        assert_eq!(mark.epoch, epoch.epoch);
        let word = serde_json::to_value(epoch.trigger).unwrap();
        assert_eq!(Some(mark.trigger.as_str()), word.as_str());
        assert!(mark.closed_us.unwrap() >= mark.triggered_us);
        if let Some(reopened) = mark.reopened_us {
            assert!(epoch.trigger.is_intraday());
            let halt = reopened - mark.triggered_us;
            assert!((epoch.halt_s * 1e6 - f64::from(u32::try_from(halt).unwrap())).abs() < 1e3);
        }
    }
    let settled = record.epochs.last().unwrap();
    assert!(settled.triggered_us >= CLOSE && settled.trigger == "settlement");
}

#[test]
fn trades_marks_books_and_queues() {
    let (report, record) = of_a_falling_day();
    let volume: u64 = record.trades.iter().map(|trade| trade.quantity).sum();
    assert_eq!(volume, report.contracts_traded);
    assert!(record.trades.is_sorted_by_key(|trade| trade.at_us));
    assert!(record.marks.len() > 1);
    for pair in record.marks.windows(2) {
        assert!(pair[0].at_us <= pair[1].at_us && pair[0].price != pair[1].price);
    }
    assert!((10..=MOST_DEPTH_SAMPLES).contains(&record.depth.len()));
    for book in &record.depth {
        assert_eq!(book.best_bid.is_some(), book.bid_depth > 0);
        assert_eq!(book.best_ask.is_some(), book.ask_depth > 0);
    }
    // One delay for each message of the flow that carries a proof.
    assert!(!record.queue.is_empty() && record.queue.len() as u64 <= report.orders_posted);
    assert!(record.queue.iter().all(|point| point.delay_ms > 0.0));
    let traders: u32 = record.classes.iter().map(|class| class.traders).sum();
    assert_eq!(traders, report.traders);
}

#[test]
fn a_dry_run_claims_no_proof() {
    let (report, record) = of_a_falling_day();
    assert!(record.dry_run && report.dry_run);
    assert!(record.verdict.sentence.starts_with("No proof was made"));
    assert!(record.queue_basis.contains("not measured"));
    assert_eq!(record.verdict.projected_hours_full_day, None);
    assert!(record.classes.iter().all(|class| class.proof_s == 0.0));
    assert_eq!(report.projected_full_day, None);
    assert_eq!(report.proofs_per_second, None);
    assert!(report.passive_trader_reading.transactions > report.messages);
    // An opening, a bond and a Refresh an epoch.
    let own = 2 + report.epochs.len() as u64;
    assert!(report.passive_trader_reading.own >= own);
}

/// All but what a clock has measured.
#[test]
fn the_same_arguments_the_same_record() {
    let (first, second) = (of_a_falling_day().1, of_a_falling_day().1);
    // A dry run measures nothing that is in the record.
    assert_eq!(first, second);
    let text = serde_json::to_string(&first).unwrap();
    let back: ReplayRecord = serde_json::from_str(&text).unwrap();
    assert_eq!(back, first);
}

/// Of several days the first.
#[test]
fn of_several_days_the_first() {
    let one = faulty("2017-01-03", 60, 12, Faults::default());
    let two = ReplayArguments {
        days: 2,
        ..one.clone()
    };
    let (alone, both) = (dry_recorded(&one).1, dry_recorded(&two).1);
    assert_eq!(both.day, "2017-01-03");
    // The chain's id is in every tag, and so in the uncrossing's ranks: prices and times need not be the same.
    assert_eq!(alone.bands.len(), both.bands.len());
    assert_eq!(both.bands.last().unwrap().to_us, CLOSE);
    assert!(both.trades.iter().all(|trade| trade.at_us <= CLOSE));
    assert_eq!(alone.epochs.len(), both.epochs.len());
}

/// Proved: rates, projections and the verdict are there, and agree with each other.
#[test]
fn a_proved_run_is_projected() {
    let folder = tempfile::tempdir().unwrap();
    let data = DataDirectory::open(folder.path()).unwrap();
    let arguments = smallest("2017-02-14", 1);
    let (report, record) = run_recorded(&arguments, Some((&data, &keys())), &mut |_| ()).unwrap();
    assert!(!record.dry_run && record.queue_basis.contains("measured"));
    let rate = report.proofs_per_second.unwrap();
    assert!(rate > 0.0 && (record.verdict.proofs_per_second - rate).abs() < 1e-3);
    let full = report.projected_full_day.clone().unwrap();
    assert!(full.messages > 10_000 && full.proofs > full.messages / 2);
    assert_eq!(record.verdict.projected_hours_full_day, Some(full.hours));
    assert!(record.verdict.needed_per_second_peak > 1.0);
    let check = report.projected_check.clone().unwrap();
    assert!(check.messages == 2_000 && check.wall_s < full.wall_s);
    // Projected onto itself, the run takes what it took, but for looking days up and writing the report.
    let model = report.model.clone().unwrap();
    let again = model.predict(arguments.messages).unwrap().unwrap();
    assert_eq!(again.messages, 20);
    assert_eq!(again.proofs, report.proofs);
    assert!(
        again.wall_s <= report.wall_s + 0.01 && again.wall_s > report.wall_s * 0.5,
        "{} of {}",
        again.wall_s,
        report.wall_s
    );
    if let Some(cost) = report.passive_trader_cpu {
        assert!((cost.total_s() - cost.crypto_s() - cost.follow_s).abs() < 1e-9);
        assert_eq!(report.passive_trader_reading.cpu_s, Some(cost.follow_s));
    }
    let paid: f64 = record.classes.iter().map(|class| class.proof_s).sum();
    assert!(paid > 0.0);
}
