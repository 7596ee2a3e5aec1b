//! A lifelike Act: a trader who is long three lean hog contracts claims one fill and posts two orders.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use ark_bls12_381::Fr;
use ark_ff::UniformRand;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use tally_circuits::act::{ActCircuit, ActStatement, ActWitness, check};
use tally_circuits::margin::{BandCents, MarginRequirement};
use tally_circuits::note::{Deltas, Note, NullifierKey, tag};
use tally_circuits::tree::Tree;

/// Cents per tick per contract.
const TAU: i64 = 1000;
/// Cents per contract and fill.
const FEE: i64 = 150;

/// An Act that holds, different for every seed.
pub fn example(seed: u64) -> ActCircuit {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut element = || Fr::rand(&mut rng);
    let (market, context, old_tag_nullifier) = (element(), element(), element());
    let key = NullifierKey::from_element(element());
    let old_note = Note {
        // $50,000 paid in, three contracts bought at 65.000 cents/lb, i.e. 2600 ticks.
        cash: 5_000_000 - 3 * (2600 * TAU + FEE),
        position: 3,
        buy_quantity: 1,
        buy_cost: 2598 * TAU + FEE,
        rho: element(),
        ..Note::opening()
    };
    let mut leaves: Vec<Fr> = (0..50).map(|_| element()).collect();
    leaves[37] = old_note.commitment(market, &key);
    let tree = Tree::from_leaves(&leaves).unwrap();

    // The buy at 2598 is filled; new ones: buy 2 at 2595, sell 1 at 2610.
    let deltas = Deltas {
        cash: -(2598 * TAU + FEE),
        position: 1,
        buy_quantity: -1 + 2,
        buy_cost: -(2598 * TAU + FEE) + 2 * (2595 * TAU + FEE),
        sell_quantity: 1,
        sell_cost: 2610 * TAU - FEE,
    };
    let nullifier = old_note.nullifier(market, &key);
    let new_note = old_note.apply(&deltas, nullifier).unwrap();
    let statement = ActStatement {
        market,
        root: tree.root(),
        nullifier,
        new_commitment: new_note.commitment(market, &key),
        is_open: false,
        old_tag: tag(&key, old_tag_nullifier),
        new_tag: tag(&key, nullifier),
        deltas,
        band: BandCents {
            lo: 2520 * TAU,
            hi: 2680 * TAU,
        },
        requirement: MarginRequirement {
            lo: 70_000,
            hi: 70_000,
        },
        position_limit: 4_000,
        context,
    };
    let witness = ActWitness {
        key,
        old_note,
        path: tree.path(37).unwrap(),
        old_tag_nullifier,
    };
    statement.check_parameters().unwrap();
    check(&statement, &witness).unwrap();
    ActCircuit { statement, witness }
}
