//! Every measured figure, as plain data: what `--json` prints and what reports are drawn from.
//!
//! Times are wall clock in milliseconds unless the name says otherwise; sizes are bytes.

use serde::{Deserialize, Serialize};

/// Version of this document; it grows when a field changes its meaning or goes.
pub const FORMAT: u32 = 2;

/// Where, when and how something was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The processor.
    pub machine: Machine,
    /// The commit of the program, `unknown` if it was built outside a repository; `-dirty` is appended if files differed.
    pub commit: String,
    /// The command line.
    pub command: String,
    /// UTC, `YYYY-MM-DD`.
    pub date: String,
    /// Whether the program was built with optimisation (`release`) or not (`dev`): figures of `dev` mean little.
    pub profile: String,
}

/// The machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// Cores that the program may use.
    pub cores: usize,
    /// Memory, MiB; none where the system does not tell.
    pub memory_mib: Option<u64>,
    /// Operating system and architecture.
    pub system: String,
    /// What the prover's field arithmetic runs on: `avx512-ifma` or `portable`.
    pub arithmetic: String,
}

/// The whole of `tally bench`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BenchReport {
    /// [`FORMAT`].
    pub format: u32,
    /// Where, when and how.
    #[serde(flatten)]
    pub provenance: Provenance,
    /// Whether the run was shortened: fewer repetitions and sizes.
    pub quick: bool,
    /// Act, Refresh and Lapse.
    pub statements: Vec<StatementCost>,
    /// Batch verification of Act proofs on one core.
    pub batch_verify: Vec<BatchCost>,
    /// Proving against the number of constraints.
    pub scaling: Vec<ScalingPoint>,
    /// Other provers on the same constraint system and witness, interleaved with ours; empty without `--peers`.
    pub peers: Vec<PeerCost>,
    /// An epoch by the number of traders.
    pub epochs: Vec<EpochCost>,
    /// From an order to its receipt, through a live node on this machine.
    #[serde(default)]
    pub latency: Vec<Latency>,
    /// What privacy costs a retail trader a day.
    pub burden: Option<Burden>,
    /// Half-width and trigger distance against margin and number of epochs.
    pub bands: Vec<BandChoice>,
    /// Largest resident memory of the process, MiB.
    pub peak_rss_mib: Option<u64>,
    /// What a reader should know: other load, figures left out, insecure keys.
    pub notes: Vec<String>,
}

/// From sending to the receipt that the sender's own replica gives, through a live node in this process, with nobody else
/// proving.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// The way to the node: `tcp` on this machine; `tor, circuit ready` or `tor, new circuit` for each message.
    pub way: String,
    /// The node's least time between two blocks, ms.
    pub interval_ms: u64,
    /// Orders and cancels timed.
    pub samples: usize,
    /// An order: built, proved, written down, stamped, ordered, verified, executed by node and client; median, ms.
    pub order_ms_median: f64,
    /// 95th percentile, ms.
    pub order_ms_p95: f64,
    /// The proof's part of it, median, ms.
    pub proof_ms_median: f64,
    /// A cancel, median, ms.
    pub cancel_ms_median: f64,
    /// 95th percentile, ms.
    pub cancel_ms_p95: f64,
}

/// What one statement costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatementCost {
    /// `act`, `refresh` or `lapse`.
    pub name: String,
    /// Constraints.
    pub constraints: usize,
    /// Private variables.
    pub witnesses: usize,
    /// Public inputs.
    pub public_inputs: usize,
    /// Non-zero entries of the three matrices.
    pub non_zero: usize,
    /// Encoded proving key, bytes.
    pub proving_key_bytes: u64,
    /// Encoded verifying key, bytes.
    pub verifying_key_bytes: u64,
    /// Tables of the proving key in memory, bytes.
    pub table_bytes: u64,
    /// Making the keys once (one party), ms.
    pub setup_ms: f64,
    /// Loading keys and tables from disk, hashes checked, ms.
    pub load_ms: f64,
    /// The first proof after loading, ms.
    pub first_prove_ms: f64,
    /// All of a proof, check of the finished proof included, median, ms.
    pub prove_ms_median: f64,
    /// 95th percentile, ms.
    pub prove_ms_p95: f64,
    /// On one core, median, ms.
    pub prove_one_core_ms_median: f64,
    /// Every measured proof, ms, in the order of measurement.
    pub prove_ms: Vec<f64>,
    /// Every measured proof on one core, ms, in the order of measurement.
    pub prove_one_core_ms: Vec<f64>,
    /// The phases of a proof, medians, in order.
    pub phases: Vec<PhaseCost>,
    /// A single verification from a checked proof on one core, median, ms.
    pub verify_ms: f64,
    /// The same from wire bytes: decoding and subgroup checks included, on one core, median, ms.
    pub verify_from_wire_ms: f64,
    /// Resident memory that the loaded keys take, MiB; none where the system does not tell.
    pub resident_mib: Option<u64>,
}

/// A phase of a proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseCost {
    /// The phase.
    pub name: String,
    /// Median, ms.
    pub ms_median: f64,
}

/// Batch verification on one core.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchCost {
    /// Proofs in the batch.
    pub size: usize,
    /// From checked points, ms a proof.
    pub ms_per_proof: f64,
    /// From wire bytes, ms a proof.
    pub ms_per_proof_from_wire: f64,
    /// With one bad proof that has to be found, from checked points, ms a proof.
    pub ms_per_proof_one_bad: f64,
}

/// Proving at one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScalingPoint {
    /// What the circuit is.
    pub circuit: String,
    /// Constraints.
    pub constraints: usize,
    /// Median of a whole proof, ms.
    pub prove_ms_median: f64,
    /// Tables in memory, bytes.
    pub table_bytes: u64,
}

/// Another prover beside ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeerCost {
    /// The prover and its version; ours is the entry `tally`.
    pub name: String,
    /// The statement that was proved.
    pub statement: String,
    /// Median, ms.
    pub prove_ms_median: f64,
    /// 10th percentile, ms.
    pub prove_ms_p10: f64,
    /// 90th percentile, ms.
    pub prove_ms_p90: f64,
    /// Every measured proof, ms.
    pub prove_ms: Vec<f64>,
    /// Theirs by ours, of the medians: above one, ours is faster.
    pub ratio_median: f64,
}

/// What an epoch costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochCost {
    /// Traders, each with one seat.
    pub traders: u32,
    /// Processor time of one passive trader: Refresh and decryption share, ms.
    pub trader_ms: f64,
    /// The Refresh proof of it, ms.
    pub refresh_ms: f64,
    /// The decryption share of it, ms.
    pub share_ms: f64,
    /// Processor time of a trader for the day's key generation, ms.
    pub key_generation_trader_ms: f64,
    /// Wall time of the node for the epoch: proofs, shares, result, ms.
    pub node_ms: f64,
    /// Wall time of the node for the key generation, ms.
    pub key_generation_node_ms: f64,
    /// Finding the opened sums, ms.
    pub discrete_log_ms: f64,
}

/// What privacy costs a retail trader a day, under three arrangements of the same events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Burden {
    /// What a retail trader is here, in words.
    pub trader: String,
    /// What each unit costs and where that is from.
    pub unit_costs: Vec<UnitCost>,
    /// The 62 sessions, in order.
    pub days: Vec<BurdenDay>,
}

/// A unit cost of the burden.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitCost {
    /// What is done.
    pub what: String,
    /// At least, seconds.
    pub low_s: f64,
    /// At most, seconds; the same if it was measured.
    pub high_s: f64,
    /// Measured here by which command, or published where.
    pub source: String,
}

/// One session of the burden.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BurdenDay {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// The contract month.
    pub market: String,
    /// Messages of the day: posts, replaces, cancels, market orders.
    pub events: u64,
    /// Revalidations, the daily one included.
    pub epochs: u32,
    /// Messages that the retail trader sends, claims included.
    pub own_messages: u64,
    /// Generic multi-party computation for every event, seconds: least.
    pub generic_mpc_low_s: f64,
    /// The same: most.
    pub generic_mpc_high_s: f64,
    /// Everybody proves anew after every event, seconds.
    pub revalidate_every_event_s: f64,
    /// Tally: the trader's own messages and the epochs, seconds.
    pub tally_s: f64,
    /// Tally, for one who posts nothing, seconds.
    pub tally_passive_s: f64,
}

/// A choice of band for the 62 sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BandChoice {
    /// Half-width, thousandths of a cent per pound.
    pub half_width: i64,
    /// Trigger distance, thousandths of a cent per pound.
    pub trigger_distance: i64,
    /// Initial margin at the centre, cents per contract.
    pub margin_cents: i64,
    /// Intraday epochs over the 62 sessions.
    pub intraday_epochs: u32,
    /// Most in one session.
    pub most_in_a_session: u32,
}
