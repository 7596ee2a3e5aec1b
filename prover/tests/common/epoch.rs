//! Lifelike notes at the end of an epoch: a lean hog trader who refreshes, in time and whole or cut,
//! and one who comes back late.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]
#![allow(dead_code, reason = "every file uses another part of this")]

use ark_bls12_381::Fr;
use ark_ff::UniformRand;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha20Rng;
use tally_circuits::jubjub::{Point, Scalar, scalar_of_uniform_bytes};
use tally_circuits::lapse::{self, LapseCircuit, LapseStatement, LapseTerms, LapseWitness};
use tally_circuits::margin::BandCents;
use tally_circuits::note::{Note, NullifierKey};
use tally_circuits::refresh::{
    self, Randomness, RefreshCircuit, RefreshStatement, RefreshTerms, RefreshWitness,
};
use tally_circuits::tree::{Path, Tree};

/// Cents per tick per contract.
const TAU: i64 = 1000;

/// A note in a tree, and what else a statement about it needs.
struct Member {
    rng: ChaCha20Rng,
    market: Fr,
    context: Fr,
    key: NullifierKey,
    note: Note,
    root: Fr,
    path: Path,
}

impl Member {
    /// Long ten contracts, bought at 65.000 cents/lb, with this much paid in, cents.
    fn new(seed: u64, paid_in: i64) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let [market, context, key, rho] = std::array::from_fn(|_| Fr::rand(&mut rng));
        let key = NullifierKey::from_element(key);
        let mut note = Note::empty(rho);
        note.position = 10;
        note.cash = paid_in - 10 * 2600 * TAU;
        let mut leaves: Vec<Fr> = (0..50).map(|_| Fr::rand(&mut rng)).collect();
        leaves[37] = note.commitment(market, &key);
        let tree = Tree::from_leaves(&leaves).unwrap();
        Self {
            rng,
            market,
            context,
            key,
            note,
            root: tree.root(),
            path: tree.path(37).unwrap(),
        }
    }

    fn exponent(&mut self) -> Scalar {
        let mut bytes = [0; 64];
        self.rng.fill_bytes(&mut bytes);
        scalar_of_uniform_bytes(&bytes)
    }
}

/// A Refresh that holds, different for every seed: cut from ten contracts to eight if the seed is odd,
/// with the cash encrypted at the daily settlement only.
pub fn refresh(seed: u64, is_daily: bool) -> RefreshCircuit {
    let paid_in = if seed % 2 == 1 { 1_000_000 } else { 5_000_000 };
    let mut member = Member::new(seed, paid_in);
    let mark = 2580 * TAU;
    let terms = RefreshTerms {
        mark,
        haircut: 5_000,
        band: BandCents {
            lo: mark - 80 * TAU,
            hi: mark + 80 * TAU,
        },
        maintenance: 10_000,
        forced: false,
    };
    let joint_key = Point::of_scalar(&member.exponent());
    let mut randomness = Randomness([Scalar::from(0_u64); 3]);
    let count = if is_daily { 3 } else { 1 };
    for scalar in &mut randomness.0[..count] {
        *scalar = member.exponent();
    }
    let nullifier = member.note.nullifier(member.market, &member.key);
    let (new_note, position, cash) = RefreshStatement::encrypt(
        &terms,
        &member.note,
        nullifier,
        joint_key,
        &randomness,
        is_daily,
    )
    .unwrap();
    assert_eq!(new_note.position, if seed % 2 == 1 { 8 } else { 10 });
    let statement = RefreshStatement {
        market: member.market,
        root: member.root,
        nullifier,
        new_commitment: new_note.commitment(member.market, &member.key),
        terms,
        joint_key,
        position,
        cash,
        context: member.context,
    };
    let witness = RefreshWitness {
        key: member.key,
        old_note: member.note,
        path: member.path,
        randomness,
    };
    statement.check_parameters().unwrap();
    refresh::check(&statement, &witness).unwrap();
    RefreshCircuit { statement, witness }
}

/// A Lapse that holds, different for every seed: nothing is left if the seed is odd.
pub fn lapse(seed: u64) -> LapseCircuit {
    let paid_in = if seed % 2 == 1 { 100_000 } else { 5_000_000 };
    let member = Member::new(seed, paid_in);
    let terms = LapseTerms {
        long_price: 2580 * TAU,
        short_price: 2590 * TAU,
        haircut: 7_000,
        opening_fee: 500,
    };
    let nullifier = member.note.nullifier(member.market, &member.key);
    let new_note = terms.successor(&member.note, nullifier).unwrap();
    assert_eq!(new_note.cash == 0, seed % 2 == 1);
    let statement = LapseStatement {
        market: member.market,
        root: member.root,
        nullifier,
        new_commitment: new_note.commitment(member.market, &member.key),
        terms,
        context: member.context,
    };
    let witness = LapseWitness {
        key: member.key,
        old_note: member.note,
        path: member.path,
    };
    statement.check_parameters().unwrap();
    lapse::check(&statement, &witness).unwrap();
    LapseCircuit { statement, witness }
}
