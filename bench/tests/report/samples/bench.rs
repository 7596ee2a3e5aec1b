//! A benchmark.

use super::{Noise, provenance};
use tally_bench::results::{
    BandChoice, BatchCost, BenchReport, Burden, BurdenDay, EpochCost, FORMAT, PeerCost, PhaseCost,
    ScalingPoint, StatementCost, UnitCost,
};

fn statement(name: &str, constraints: usize, ms: f64, count: usize) -> StatementCost {
    let mut noise = Noise::new(constraints as u64);
    let prove_ms: Vec<f64> = (0..count)
        .map(|_| ms * (0.96 + 0.1 * noise.next() + 0.12 * noise.next().powi(6)))
        .collect();
    let parts = [
        ("witness", 0.06),
        ("rows", 0.02),
        ("transforms", 0.15),
        ("sums", 0.72),
        ("assembly", 0.01),
        ("self-check", 0.04),
    ];
    let phases = parts.map(|(name, part)| PhaseCost {
        name: name.to_owned(),
        ms_median: ms * part,
    });
    StatementCost {
        name: name.to_owned(),
        constraints,
        witnesses: constraints - 120,
        public_inputs: 21,
        non_zero: constraints * 5,
        proving_key_bytes: constraints as u64 * 700,
        verifying_key_bytes: 1_500,
        table_bytes: constraints as u64 * 15_000,
        setup_ms: ms * 12.0,
        load_ms: ms * 3.0,
        first_prove_ms: ms * 1.3,
        prove_ms_median: ms,
        prove_ms_p95: ms * 1.09,
        prove_one_core_ms_median: ms * 1.8,
        prove_ms,
        prove_one_core_ms: vec![ms * 1.8; 10],
        phases: phases.into(),
        verify_ms: 1.31,
        verify_from_wire_ms: 1.62,
        resident_mib: Some(90),
    }
}

fn peer(name: &str, statement: &str, ms: f64, ours: f64) -> PeerCost {
    PeerCost {
        name: name.to_owned(),
        statement: statement.to_owned(),
        prove_ms_median: ms,
        prove_ms_p10: ms * 0.96,
        prove_ms_p90: ms * 1.08,
        prove_ms: vec![ms * 0.95, ms, ms * 1.12],
        ratio_median: ms / ours,
    }
}

fn burden() -> Burden {
    let mut noise = Noise::new(7);
    let days = (0..62).map(|n| {
        let events = 20_000 + (40_000.0 * noise.next()) as u64;
        let own = 40 + (60.0 * noise.next()) as u64;
        let epochs = 1 + u32::from(noise.next() > 0.85);
        BurdenDay {
            date: format!("2017-{:02}-{:02}", 1 + n / 21, 1 + n % 21),
            market: "HEJ7".to_owned(),
            events,
            epochs,
            own_messages: own,
            generic_mpc_low_s: events as f64 * 0.095,
            generic_mpc_high_s: events as f64 * 180.0,
            revalidate_every_event_s: events as f64 * 0.4,
            tally_s: own as f64 * 0.08 + f64::from(epochs) * 0.35,
            tally_passive_s: 1.4 + f64::from(epochs) * 0.35,
        }
    });
    let unit = |what: &str, low_s, high_s| UnitCost {
        what: what.to_owned(),
        low_s,
        high_s,
        source: "made up for a test".to_owned(),
    };
    Burden {
        trader: "the median trader below the reporting level".to_owned(),
        unit_costs: vec![
            unit("one event by generic computation", 0.095, 180.0),
            unit("one Act proof", 0.08, 0.08),
        ],
        days: days.collect(),
    }
}

fn bands() -> Vec<BandChoice> {
    let choices = [40, 50, 60, 70, 80, 90, 100, 110, 120].into_iter();
    choices
        .flat_map(|half: i64| [(1, 2), (3, 4), (7, 8)].map(|(n, d)| (half, half * n / d)))
        .map(|(half, trigger)| BandChoice {
            half_width: half * 25,
            trigger_distance: trigger * 25,
            margin_cents: (10 + trigger + half) * 1_000,
            intraday_epochs: (60_000 / (trigger * trigger)) as u32,
            most_in_a_session: 4,
        })
        .collect()
}

/// A benchmark in full.
pub fn bench() -> BenchReport {
    let batch = |size: usize| BatchCost {
        size,
        ms_per_proof: 0.33 + 1.0 / size as f64,
        ms_per_proof_from_wire: 0.52 + 1.1 / size as f64,
        ms_per_proof_one_bad: 0.7 + 1.2 * (size as f64).log2() / size as f64 + 0.6 / size as f64,
    };
    let scaling = |circuit: &str, constraints: usize| ScalingPoint {
        circuit: circuit.to_owned(),
        constraints,
        prove_ms_median: 0.025 * (constraints as f64).powf(0.93),
        table_bytes: constraints as u64 * 15_000,
    };
    let epoch = |traders: u32| {
        let n = f64::from(traders);
        EpochCost {
            traders,
            trader_ms: 320.0 + 0.01 * n,
            refresh_ms: 310.0,
            share_ms: 1.2,
            key_generation_trader_ms: 8.0 * n,
            node_ms: 40.0 + 2.2 * n,
            key_generation_node_ms: 9.0 * n * n.sqrt(),
            discrete_log_ms: 95.0,
        }
    };
    BenchReport {
        format: FORMAT,
        provenance: provenance(),
        quick: false,
        statements: vec![
            statement("act", 5_312, 79.8, 60),
            statement("refresh", 22_950, 318.0, 30),
            statement("lapse", 6_020, 92.0, 30),
        ],
        batch_verify: (0..=10).map(|power| batch(1 << power)).collect(),
        scaling: vec![
            scaling("chain of 4 Poseidon hashes", 1_000),
            scaling("chain of 8 Poseidon hashes", 2_000),
            scaling("chain of 17 Poseidon hashes", 4_050),
            scaling("chain of 34 Poseidon hashes", 8_110),
            scaling("chain of 68 Poseidon hashes", 16_220),
            scaling("chain of 272 Poseidon hashes", 64_900),
        ],
        peers: vec![
            peer("tally", "act", 79.8, 79.8),
            peer("ark-groth16 0.6.0", "act", 402.0, 79.8),
            peer("bellperson 0.26.0", "act", 455.0, 79.8),
            peer("tally", "refresh", 318.0, 318.0),
            peer("ark-groth16 0.6.0", "refresh", 1_350.0, 318.0),
            peer("bellperson 0.26.0", "refresh", 1_480.0, 318.0),
        ],
        epochs: [10, 20, 50, 100, 200, 500].map(epoch).into(),
        latency: Vec::new(),
        burden: Some(burden()),
        bands: bands(),
        peak_rss_mib: Some(1_234),
        notes: vec!["Made up for a test: <nothing> here was measured.".to_owned()],
    }
}

/// A benchmark that measured nothing.
pub fn empty_bench() -> BenchReport {
    BenchReport {
        quick: true,
        statements: Vec::new(),
        batch_verify: Vec::new(),
        scaling: Vec::new(),
        peers: Vec::new(),
        epochs: Vec::new(),
        latency: Vec::new(),
        burden: None,
        bands: Vec::new(),
        peak_rss_mib: None,
        notes: Vec::new(),
        ..bench()
    }
}
