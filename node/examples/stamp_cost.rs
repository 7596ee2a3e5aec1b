//! What a stamp costs whoever sends an entry, and what an entry that is none costs the node that looks at it.
//!
//! ```sh
//! cargo run --release -p tally-node --example stamp_cost
//! ```
//!
//! Both on one core, medians; processor time where it is long enough to be counted, else wall time. The node's part is what a live node does before it declines: stamp, decoding,
//! screening twice, then the proofs of a block together. What a false proof costs beside others is the time of the block
//! with it less that of the block without.

use ed25519_dalek::SigningKey;
use rand::RngCore;
use rand::rngs::OsRng;
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};
use tally_exchange::market::{Genesis, Market, SettlementSigners};
use tally_exchange::message::{ChainId, MAX_TRANSACTION_BYTES, PROOF_BYTES, Transaction};
use tally_exchange::ports::Verifier;
use tally_exchange::specification::Specification;
use tally_ledger_adapter::accounts::{AccountBook, AccountId, CashierRequest, Credit};
use tally_node::entry::Entry;
use tally_node::keys::MarketKeys;
use tally_node::process::measured_alone;
use tally_node::stamp::{OTHER_BITS, PROOF_BITS, is_stamped, make_stamp};
use tally_node::verifier::{BlockVerifier, Claimed, Groth16Verifier};
use tally_prover::{InsecureOneParty, KeyCache};
use tally_trader::seed::Seed;
use tally_trader::wallet::Wallet;

const CHAIN: ChainId = ChainId([1; 32]);
/// Stamps made for each difficulty.
const STAMPS: usize = 200;
/// Repetitions of what the node does.
const REPEATS: usize = 10;
/// From when on processor time is counted finely enough.
const COUNTED: Duration = Duration::from_millis(20);
/// Entries of a block.
const BLOCK: usize = 256;
/// Cash of an opening, cents.
const CASH: u64 = 1_000_000;

/// Errors pass between threads here.
type Fault = Box<dyn Error + Send + Sync>;

type Verifying = Groth16Verifier<InsecureOneParty>;

fn main() -> Result<(), Fault> {
    // Sender and node get one core each, or the comparison says nothing.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let cache = KeyCache::open(std::env::temp_dir().join("tally-stamp-cost-keys"))?;
    let keys = MarketKeys::load_or_create(&cache)?;
    let market = market()?;
    let openings = openings(&market, &keys)?;
    let lines = pool.install(|| measure(&market, &Verifying::new(keys.verifying()), &openings))?;
    let mut out = std::io::stdout().lock();
    for (what, time) in lines {
        writeln!(out, "{what:<66} {:>9} us", time.as_micros())?;
    }
    Ok(())
}

fn measure(
    market: &Market,
    verifier: &Verifying,
    openings: &[Vec<u8>],
) -> Result<Vec<(String, Duration)>, Fault> {
    let mut lines = Vec::new();
    for bits in [OTHER_BITS, PROOF_BITS] {
        let (median, mean) = stamp_times(bits);
        lines.push((format!("sender: a stamp of {bits} bits, median"), median));
        lines.push((format!("sender: a stamp of {bits} bits, mean"), mean));
    }
    let mut node = |what: &str, time| lines.push((format!("node: {what}"), time));
    let long = vec![0xa5; MAX_TRANSACTION_BYTES];
    node("no stamp, the longest entry", median(|| stamped(&long)));
    node(
        "stamp, 300 bytes of garbage",
        median(|| decoded(&long[..300])),
    );
    let mut costly = long.clone();
    costly[0] = 0;
    node("stamp, the longest garbage", median(|| decoded(&costly)));
    let cashier = false_credit();
    let book = AccountBook::new(AccountId::of(&SigningKey::from_bytes(&[7; 32])))?;
    node(
        "stamp, a false signature of the cashier",
        median(|| credited(&book, &cashier)),
    );
    for (kind, proof) in [
        ("undecodable", [0xff; PROOF_BYTES]),
        ("false", other_proof(&openings[1])?),
    ] {
        let bad = with_proof(&openings[0], proof)?;
        let alone = [bad.clone()];
        node(
            &format!("stamp, {kind} proof, alone"),
            median(|| block(market, verifier, &alone)),
        );
        let good = &openings[1..];
        let base = median(|| block(market, verifier, good));
        let mut mixed = good.to_vec();
        mixed.insert(BLOCK / 2, bad);
        let with = median(|| block(market, verifier, &mixed));
        node(
            &format!("stamp, {kind} proof, among {} good ones", good.len()),
            with.saturating_sub(base),
        );
    }
    for count in [16, BLOCK] {
        let good = median(|| block(market, verifier, &openings[count..]));
        let mixed = spoiled(openings, count)?;
        let with = median(|| block(market, verifier, &mixed));
        let each = with.saturating_sub(good) / u32::try_from(count)?;
        node(
            &format!(
                "stamp, false proof, each of {count} among {} good ones",
                BLOCK - count
            ),
            each,
        );
    }
    let all = median(|| block(market, verifier, openings)) / u32::try_from(BLOCK)?;
    node(&format!("stamp, good proof, each of {BLOCK}"), all);
    Ok(lines)
}

/// The block with a false proof at every so many places; each has the proof of another, which decodes.
fn spoiled(openings: &[Vec<u8>], count: usize) -> Result<Vec<Vec<u8>>, Fault> {
    let mut entries = openings.to_vec();
    for place in (0..BLOCK).step_by(BLOCK / count) {
        let other = other_proof(&openings[(place + 1) % BLOCK])?;
        entries[place] = with_proof(&openings[place], other)?;
    }
    Ok(entries)
}

/// Median and mean of many: the mean is what somebody who makes many pays.
fn stamp_times(bits: u8) -> (Duration, Duration) {
    let mut entry = [0; 300];
    let mut times: Vec<Duration> = (0..STAMPS)
        .map(|_| {
            OsRng.fill_bytes(&mut entry);
            cost(|| {
                black_box(make_stamp(&CHAIN.0, &entry, bits, &mut OsRng));
            })
        })
        .collect();
    times.sort_unstable();
    let sum: Duration = times.iter().sum();
    (
        times[STAMPS / 2],
        sum / u32::try_from(STAMPS).unwrap_or(u32::MAX),
    )
}

fn stamped(entry: &[u8]) {
    black_box(is_stamped(&CHAIN.0, black_box(entry), 1, OTHER_BITS));
}

fn decoded(entry: &[u8]) {
    stamped(entry);
    let _ = black_box(Entry::from_bytes(black_box(entry)));
}

fn credited(book: &AccountBook, entry: &[u8]) {
    stamped(entry);
    if let Ok(Entry::Cashier(request)) = Entry::from_bytes(entry) {
        let _ = black_box(book.check(&request, &CHAIN.0));
    }
}

/// A block's way up to the point where it would be made durable.
fn block(market: &Market, verifier: &Verifying, entries: &[Vec<u8>]) {
    let decoded: Vec<Transaction> = entries
        .iter()
        .filter_map(|entry| {
            stamped(entry);
            stamped(entry);
            match Entry::from_bytes(entry) {
                Ok(Entry::Market(transaction)) => Some(transaction),
                _ => None,
            }
        })
        .collect();
    for transaction in decoded.iter().chain(&decoded) {
        let _ = black_box(market.screen(transaction));
    }
    let claimed: Vec<Claimed<'_>> = decoded
        .iter()
        .filter_map(|transaction| match transaction {
            Transaction::Act(act) => {
                let statement = market.statement(act).ok()?;
                Some(Claimed::Act(Box::new(statement), &act.proof))
            }
            _ => None,
        })
        .collect();
    verifier.prepare(&claimed);
    for claim in &claimed {
        if let Claimed::Act(statement, proof) = claim {
            black_box(verifier.verify_act(statement, proof));
        }
    }
}

fn market() -> Result<Market, Fault> {
    let specification = Specification::lean_hogs();
    let session = specification.calendar.session_named("2017-01-03")?.clone();
    Ok(Market::new(Genesis {
        chain: CHAIN,
        prior_settlement: specification.parse_price("66.150")?,
        session,
        specification,
        after_limit_settlement: false,
        settlement: SettlementSigners::default(),
        siblings: Vec::new(),
    })?)
}

/// A block of openings, proved.
fn openings(market: &Market, keys: &MarketKeys<InsecureOneParty>) -> Result<Vec<Vec<u8>>, Fault> {
    (0..BLOCK)
        .map(|number| {
            let mut entropy = [0; 32];
            entropy[..8].copy_from_slice(&(number as u64).to_le_bytes());
            let wallet = Wallet::new(Seed::from_entropy(entropy), market.market_element());
            let open = wallet.main().open(market, &wallet.account(), CASH)?;
            let proved = open.prove(&keys.act.proving, &mut OsRng)?;
            Ok(Entry::Market(proved).to_bytes())
        })
        .collect()
}

fn other_proof(entry: &[u8]) -> Result<[u8; PROOF_BYTES], Fault> {
    match Entry::from_bytes(entry)? {
        Entry::Market(Transaction::Act(act)) => Ok(act.proof),
        _ => Err("no Act".into()),
    }
}

fn with_proof(entry: &[u8], proof: [u8; PROOF_BYTES]) -> Result<Vec<u8>, Fault> {
    match Entry::from_bytes(entry)? {
        Entry::Market(Transaction::Act(mut act)) => {
            act.proof = proof;
            Ok(Entry::Market(Transaction::Act(act)).to_bytes())
        }
        _ => Err("no Act".into()),
    }
}

/// Signed by somebody who is not the cashier.
fn false_credit() -> Vec<u8> {
    let key = SigningKey::from_bytes(&[8; 32]);
    let credit = Credit::sign(&key, &CHAIN.0, AccountId::of(&key), CASH, 1);
    Entry::Cashier(CashierRequest::Credit(credit)).to_bytes()
}

/// Median of some repetitions.
fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..=REPEATS).map(|_| cost(&mut work)).collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Processor time, which others on this machine do not lengthen, where that is long enough to be counted, else wall time.
fn cost(work: impl FnOnce()) -> Duration {
    // The clock stands still while the system is asked for processor times.
    let (wall, spent) = measured_alone(|| {
        let start = Instant::now();
        work();
        start.elapsed()
    });
    match spent {
        Some(spent) if wall >= COUNTED => spent.min(wall),
        _ => wall,
    }
}
