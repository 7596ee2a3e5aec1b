//! What one epoch costs a node: N Refresh proofs verified, N decryption shares verified and combined, the opened sums
//! checked; and, apart from that, a key generation among N seats.
//!
//! ```sh
//! cargo run --release -p tally-node --example epoch_cost -- 500
//! ```
//!
//! N is 50 unless given. Every Refresh is of a note of its own with a proof of its own, made here and not counted as the
//! node's work. Openings and bonds, which only set the scene, carry no proofs. Prints one JSON document. `tally bench`
//! measures the same with fewer proofs: see [`tally_node::epoch_cost`].

use std::error::Error;
use std::io::Write;
use std::num::NonZeroU32;
use tally_node::epoch_cost::{EpochCostPlan, measure_epoch};
use tally_node::keys::MarketKeys;
use tally_prover::KeyCache;

/// Traders whose work is timed while nothing else goes on.
const TIMED: NonZeroU32 = NonZeroU32::new(8).unwrap();

fn main() -> Result<(), Box<dyn Error>> {
    let seats: u32 = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 50,
    };
    let cache = KeyCache::open(std::env::temp_dir().join("tally-epoch-cost-keys"))?;
    let keys = MarketKeys::load_or_create(&cache)?;
    let plan = EpochCostPlan {
        seats,
        proofs: seats,
        timed: TIMED,
    };
    let costs = measure_epoch(&plan, &keys, &mut |_| ())?;
    let text = serde_json::to_string_pretty(&costs)?;
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}
