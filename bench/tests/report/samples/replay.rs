//! A replayed day.

use super::Noise;
use tally_exchange::epoch::terms::Trigger;
use tally_exchange::message::Symbol;
use tally_node::replay::{
    BandSpan, Checks, ClassCost, DepthSample, EpochMark, EpochReport, Faults, FlowCounts,
    MarkPoint, PriorSettlementSource, Projection, QueuePoint, ReadingCost, ReplayRecord,
    ReplayReport, ReportedBand, TradePoint, Verdict,
};

/// Microseconds of so many minutes.
fn minutes(minutes: i64) -> i64 {
    minutes * 60_000_000
}

/// A day in full: the price falls through the trigger twice.
pub fn record() -> ReplayRecord {
    let mut noise = Noise::new(3);
    let path: Vec<i64> = (0..270 * 4)
        .scan(2_659.0, |price, n| {
            *price += (noise.next() - 0.5) * 4.0 - if (200..700).contains(&n) { 0.28 } else { 0.0 };
            Some(*price as i64)
        })
        .collect();
    let halts = [(minutes(98), minutes(110)), (minutes(156), minutes(168))];
    let is_halted = |at: i64| halts.iter().any(|(from, to)| (*from..*to).contains(&at));
    let times = (0..).step_by(15_000_000).zip(&path);
    let open: Vec<(i64, i64)> = times
        .map(|(at, price)| (at, *price))
        .filter(|(at, _)| !is_halted(*at))
        .collect();
    let trades = open.iter().flat_map(|(at, price)| {
        let size = (noise.next() * 30.0) as u64;
        [-2, 0, 1].map(|step| TradePoint {
            at_us: at + 1_000_000 * (step + 2),
            price: price + step,
            quantity: 1 + size,
        })
    });
    let trades: Vec<TradePoint> = trades.collect();
    let marks = open
        .iter()
        .step_by(4)
        .map(|&(at_us, price)| MarkPoint { at_us, price });
    let band = |epoch, from, to, centre: i64| BandSpan {
        epoch,
        from_us: from,
        to_us: to,
        lo: centre - 80,
        hi: centre + 80,
        centre,
        trigger_lo: Some(centre - 60),
        trigger_hi: (epoch != 2).then_some(centre + 60),
    };
    let epoch = |epoch, trigger: &str, (from, to), price| EpochMark {
        epoch,
        trigger: trigger.to_owned(),
        triggered_us: from,
        closed_us: Some(to - minutes(2)),
        reopened_us: Some(to),
        price: Some(price),
    };
    let mut depth_noise = Noise::new(11);
    let depth = (-20..540).map(|n| DepthSample {
        at_us: n * 30_000_000,
        best_bid: (n % 97 != 0).then_some(2_600),
        best_ask: Some(2_601 + (depth_noise.next() * 3.0) as i64),
        bid_depth: (300.0 * depth_noise.next()) as u64,
        ask_depth: (260.0 * depth_noise.next()) as u64,
    });
    let mut queue_noise = Noise::new(13);
    let queue = (0..1_500).map(|n| {
        let burst = if (400..460).contains(&n) { 24.0 } else { 3.0 };
        let waiting = (burst * queue_noise.next().powi(3)) as u64;
        QueuePoint {
            at_us: n * 10_800_000,
            delay_ms: 80.0 * (waiting as f64 + 1.0),
            waiting,
        }
    });
    ReplayRecord {
        day: "2017-01-03".to_owned(),
        market: "HEG7".to_owned(),
        tick_mills: 25,
        threads: 2,
        dry_run: false,
        bands: vec![
            band(1, minutes(-60), halts[0].0, 2_659),
            band(2, halts[0].0, halts[1].0, 2_610),
            band(3, halts[1].0, minutes(1_300), 2_560),
        ],
        trades,
        marks: marks.collect(),
        epochs: vec![
            epoch(1, "mark", halts[0], 2_600),
            epoch(2, "mark", halts[1], 2_552),
            epoch(3, "settlement", (minutes(280), minutes(1_300)), 2_570),
        ],
        depth: depth.collect(),
        queue: queue.collect(),
        queue_basis: "each trader has one machine of two cores; a proof takes the median that this run measured."
            .to_owned(),
        classes: classes(),
        verdict: Verdict {
            provable_in_real_time: true,
            sentence: "This market is provable in real time on this machine.".to_owned(),
            proofs_per_second: 12.4,
            needed_per_second_peak: 3.25,
            projected_hours_full_day: Some(1.63),
            basis: "Every trader proves for himself; the busiest minute is the one with most proofs.".to_owned(),
        },
    }
}

fn classes() -> Vec<ClassCost> {
    let class = |class: &str, traders: u32, each: f64, most: f64| ClassCost {
        class: class.to_owned(),
        traders,
        proofs: u64::from(traders) * (each / 0.08) as u64,
        proof_s: f64::from(traders) * each,
        per_trader_s: each,
        most_s: most,
    };
    vec![
        class("sends nothing", 40, 0.71, 0.9),
        class("1 to 10 messages", 160, 1.3, 1.9),
        class("11 to 100 messages", 90, 4.2, 9.1),
        class("more than 100 messages", 22, 38.0, 211.0),
    ]
}

/// A dry run in which nothing happened.
pub fn empty_record() -> ReplayRecord {
    ReplayRecord {
        dry_run: true,
        bands: Vec::new(),
        trades: Vec::new(),
        marks: Vec::new(),
        epochs: Vec::new(),
        depth: Vec::new(),
        queue: Vec::new(),
        classes: Vec::new(),
        verdict: Verdict {
            provable_in_real_time: false,
            sentence:
                "No proof was made: whether this market is provable in real time was not measured."
                    .to_owned(),
            proofs_per_second: 0.0,
            needed_per_second_peak: 0.0,
            projected_hours_full_day: None,
            basis: "Nothing was measured.".to_owned(),
        },
        ..record()
    }
}

fn projection(messages: u64, wall_s: f64) -> Projection {
    Projection {
        messages,
        proofs: messages * 2,
        hours: wall_s / 3_600.0,
        wall_s,
        passive_trader_cpu_s: Some(2.6),
        basis: "this run's proofs".to_owned(),
    }
}

fn epoch_report(epoch: u64) -> EpochReport {
    EpochReport {
        market: Symbol::new("HEG7").unwrap(),
        epoch,
        trigger: Trigger::Mark,
        band: ReportedBand {
            lo: "63.250".to_owned(),
            hi: "67.250".to_owned(),
        },
        price: "65.000".to_owned(),
        expected: 312,
        refreshed: 310,
        extended: 0,
        outage: false,
        liquidated: (epoch != 2).then_some(-12),
        left: -12,
        turnstile: None,
        owed: None,
        absent: 2,
        distressed: 1,
        shares_ok: 300,
        slashed: Vec::new(),
        halt_s: if epoch == 3 { 0.0 } else { 720.0 },
    }
}

/// What the replay says of the same day.
pub fn replay() -> ReplayReport {
    ReplayReport {
        day: "2017-01-03".to_owned(),
        market: "HEG7".to_owned(),
        contracts: vec![Symbol::new("HEG7").unwrap()],
        flow: "synthetic flow",
        dry_run: false,
        keys: Some("INSECURE one-party set-up".to_owned()),
        seed: 1,
        traders: 312,
        faults: Faults::default(),
        messages: 2_000,
        orders_posted: 1_400,
        cancels: 300,
        fills: 800,
        contracts_traded: 1_900,
        contracts_expected: 1_900,
        settlement: Some("64.250".to_owned()),
        settlement_tier: Some("average of the last 30 s".to_owned()),
        table_close: "64.250".to_owned(),
        prior_settlement: "66.475".to_owned(),
        prior_settlement_source: PriorSettlementSource::PreviousClose,
        days: vec![tally_node::replay::DayReport {
            day: "2017-01-03".to_owned(),
            market: "HEG7".to_owned(),
            prior_settlement: "66.475".to_owned(),
            prior_settlement_source: PriorSettlementSource::PreviousClose,
            settlement: Some("64.250".to_owned()),
            settlement_tier: Some("average".to_owned()),
            table_close: "64.250".to_owned(),
            difference: None,
            halts: 2,
            flow: FlowCounts::default(),
            contracts_expected: 1_900,
        }],
        final_settlements: Vec::new(),
        epochs: [1, 2, 3].map(epoch_report).into(),
        key_generations: Vec::new(),
        warnings: vec!["a warning with <angle> brackets".to_owned()],
        passive_trader_cpu_s: Some(2.4),
        passive_trader_cpu: Some(tally_node::replay::PassiveCost {
            deal_s: 0.4,
            check_dealings_s: 1.1,
            refresh_s: 0.7,
            share_s: 0.1,
            discrete_log_s: 0.1,
            follow_s: 0.02,
            epochs: 3,
        }),
        passive_trader_reading: ReadingCost {
            transactions: 2_500,
            bytes: 1_200_000,
            own: 3,
            cpu_s: Some(0.02),
        },
        proofs_per_second: Some(12.4),
        projected_full_day: Some(projection(61_000, 5_870.0)),
        projected_check: Some(projection(2_000, 288.0)),
        model: None,
        drop_out_recovery_s: Some(1.5),
        proofs: 3_456,
        proofs_made: 3_456,
        prove_ms_median: Some(80.5),
        prove_ms_p95: Some(91.0),
        verify_ms_per_proof: Some(0.55),
        rejected: 3,
        checks: Checks {
            positions_sum: 0,
            cash_conserved: true,
            fills_claimed_once: true,
            wallets_recovered: 312,
            wallets: 312,
            state_reproduced: true,
            liquidated_as_left: true,
            turnstile_ok: true,
        },
        final_state_hash: "ab".repeat(32),
        wall_s: 290.0,
        peak_rss_mb: Some(900),
    }
}
