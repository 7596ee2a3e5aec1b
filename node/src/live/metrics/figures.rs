//! The figures of a node, read when they are asked for.

use crate::live::engine::{Engine, Progress};
use crate::process;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::encoding::{EncodeCounterValue, EncodeGaugeValue};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::Registry;
use serde::Serialize;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tally_exchange::market::Market;
use tally_transport::server::ServerCounts;

/// The content type of [`text`].
pub(super) const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// Whether a node does its work, in short.
#[derive(Debug, Serialize)]
pub(super) struct Health {
    /// Height of the newest block.
    height: u64,
    /// Its time, microseconds.
    time: u64,
    /// Whether blocks are made.
    pub(super) producing: bool,
    /// Entries that wait.
    queued: usize,
    /// How long it runs, seconds.
    uptime_s: u64,
}

impl Health {
    pub(super) fn of(engine: &Engine) -> Self {
        let Progress { height, time } = *engine.progress().borrow();
        Self {
            height,
            time,
            producing: engine.is_producing(),
            queued: engine.queued(),
            uptime_s: engine.uptime().as_secs(),
        }
    }

    pub(super) fn json(&self) -> String {
        // Numbers and a flag encode.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// All figures as Prometheus text.
///
/// # Errors
/// None while memory lasts: it writes to a string.
pub(super) fn text(engine: &Engine, server: ServerCounts) -> Result<String, fmt::Error> {
    let mut figures = Figures(Registry::with_prefix("tally"));
    chain(&mut figures, engine);
    work(&mut figures, engine);
    markets(&mut figures, engine);
    connections(&mut figures, server);
    process(&mut figures, engine);
    let mut text = String::new();
    prometheus_text::encode(&mut text, &figures.0)?;
    Ok(text)
}

struct Figures(Registry);

impl Figures {
    fn gauge<N>(&mut self, name: &str, help: &str, value: N)
    where
        N: EncodeGaugeValue + fmt::Debug + Send + Sync + 'static,
    {
        self.0.register(name, help, ConstGauge::new(value));
    }

    /// The name gets `_total` at its end.
    fn counter<N>(&mut self, name: &str, help: &str, value: N)
    where
        N: EncodeCounterValue + fmt::Debug + Send + Sync + 'static,
    {
        self.0.register(name, help, ConstCounter::new(value));
    }

    fn of_markets<'a>(
        &mut self,
        name: &str,
        help: &str,
        markets: impl Iterator<Item = &'a Market>,
        value: impl Fn(&Market) -> u64,
    ) {
        let family = Family::<[(&'static str, String); 1], Gauge<u64, AtomicU64>>::default();
        for market in markets {
            let label = [("market", market.symbol().as_str().to_owned())];
            family.get_or_create(&label).set(value(market));
        }
        self.0.register(name, help, family);
    }
}

fn chain(figures: &mut Figures, engine: &Engine) {
    let Progress { height, time } = *engine.progress().borrow();
    figures.gauge("height", "Height of the newest block", height);
    figures.gauge(
        "block_time_seconds",
        "Time of the newest block by the market's clock, since 1970",
        Duration::from_micros(time).as_secs_f64(),
    );
    figures.gauge(
        "snapshot_height",
        "Height of the newest snapshot of the state; 0 if there is none",
        engine.snapshot_height(),
    );
    figures.gauge(
        "producing",
        "1 while blocks are made",
        u32::from(engine.is_producing()),
    );
}

fn work(figures: &mut Figures, engine: &Engine) {
    let counters = engine.counters();
    let counts = [
        ("blocks", "Blocks made", &counters.blocks),
        ("entries", "Entries ordered", &counters.entries),
        (
            "entries_refused",
            "Entries ordered and refused by the market or the cashier's book",
            &counters.refused,
        ),
        (
            "entries_declined",
            "Entries declined before they were ordered",
            &counters.declined,
        ),
        (
            "false_proofs",
            "Entries declined because their proof does not hold",
            &counters.false_proofs,
        ),
    ];
    for (name, help, count) in counts {
        figures.counter(name, help, count.load(Ordering::Relaxed));
    }
    figures.gauge("queue_entries", "Entries that wait", engine.queued());
    let cost = engine.verification();
    figures.counter("proofs_verified", "Proofs verified", cost.proofs);
    figures.counter(
        "proof_verification_seconds",
        "Time spent verifying proofs, from wire bytes",
        cost.time.as_secs_f64(),
    );
}

fn markets(figures: &mut Figures, engine: &Engine) {
    let replica = engine.replica();
    figures.of_markets(
        "notes",
        "Notes of the present epoch, by contract month",
        replica.markets(),
        Market::expected,
    );
    figures.of_markets(
        "records",
        "Records of orders that are not claimed to the end, by contract month",
        replica.markets(),
        |market| u64::try_from(market.record_count()).unwrap_or(u64::MAX),
    );
}

fn connections(figures: &mut Figures, server: ServerCounts) {
    figures.gauge(
        "api_connections_open",
        "Connections of the API that are open",
        server.open,
    );
    let counts = [
        ("accepted", "that were given a place", server.accepted),
        ("displaced", "dropped to make room", server.displaced),
        ("timed_out", "dropped for being too slow", server.timed_out),
        ("idle", "closed because nothing more was asked", server.idle),
        (
            "oversized",
            "dropped for too long a request",
            server.oversized,
        ),
    ];
    for (name, help, count) in counts {
        let (name, help) = (
            format!("api_connections_{name}"),
            format!("Connections of the API {help}"),
        );
        figures.counter(&name, &help, count);
    }
    figures.counter(
        "api_requests",
        "Requests that the API received whole",
        server.requests,
    );
}

fn process(figures: &mut Figures, engine: &Engine) {
    // Not every system tells.
    if let Some(kib) = process::resident_memory_kib() {
        figures.gauge(
            "resident_memory_bytes",
            "Resident memory of the process",
            kib.saturating_mul(1024),
        );
    }
    figures.gauge(
        "uptime_seconds",
        "How long the node runs",
        engine.uptime().as_secs_f64(),
    );
}
