//! Statements that hold, lifelike and different for every number: what is proved in a benchmark.
//!
//! A trader is long three lean hog contracts, claims a fill and posts two orders (Act); is long ten at the end of an epoch
//! and refreshes, every second one cut back to eight (Refresh); or comes back late (Lapse).

use ark_bls12_381::Fr;
use ark_ff::UniformRand;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use tally_circuits::act::{self, ActCircuit, ActStatement, ActWitness};
use tally_circuits::jubjub::{Point, Scalar, scalar_of_uniform_bytes};
use tally_circuits::lapse::{self, LapseCircuit, LapseStatement, LapseTerms, LapseWitness};
use tally_circuits::margin::{BandCents, MarginRequirement};
use tally_circuits::note::{Deltas, Note, NullifierKey, tag};
use tally_circuits::r1cs::HashChain;
use tally_circuits::refresh::{
    self, Randomness, RefreshCircuit, RefreshStatement, RefreshTerms, RefreshWitness,
};
use tally_circuits::tree::{Path, Tree};
use tally_prover::{Act, Lapse, Refresh, Statement};

/// Cents per tick per contract.
const TAU: i64 = 1000;
/// Cents per contract and fill.
const FEE: i64 = 150;
/// Price at which contracts were bought, ticks: 65.000 cents/lb.
const BOUGHT: i64 = 2_600;
/// Notes in the tree.
const LEAVES: usize = 50;
/// Place of the trader's note.
const PLACE: usize = 37;

/// A statement's circuit with a witness, and its public inputs.
pub struct Sample<S: Statement> {
    /// The circuit.
    pub circuit: S::Circuit,
    /// What a verifier gets.
    pub public_inputs: Vec<Fr>,
}

/// A statement of which as many samples can be had as are wanted.
pub trait Sampled: Statement<Circuit: Send> {
    /// The sample with this number: the same number, the same statement and witness. None if the sample's numbers broke a
    /// rule of the statement.
    fn sample(number: u64) -> Option<Sample<Self>>
    where
        Self: Sized;
}

impl Sampled for Act {
    fn sample(number: u64) -> Option<Sample<Self>> {
        let circuit = act_circuit(number)?;
        let public_inputs = circuit.statement.public_inputs();
        Some(Sample {
            circuit,
            public_inputs,
        })
    }
}

impl Sampled for Refresh {
    fn sample(number: u64) -> Option<Sample<Self>> {
        let circuit = refresh_circuit(number)?;
        let public_inputs = circuit.statement.public_inputs();
        Some(Sample {
            circuit,
            public_inputs,
        })
    }
}

impl Sampled for Lapse {
    fn sample(number: u64) -> Option<Sample<Self>> {
        let circuit = lapse_circuit(number)?;
        let public_inputs = circuit.statement.public_inputs();
        Some(Sample {
            circuit,
            public_inputs,
        })
    }
}

/// A chain of `LENGTH` hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain<const LENGTH: usize> {}

impl<const LENGTH: usize> Statement for Chain<LENGTH> {
    const NAME: &'static str = "hash-chain";
    const PUBLIC_INPUTS: usize = HashChain::<LENGTH>::PUBLIC_INPUTS;
    type Circuit = HashChain<LENGTH>;

    fn blank() -> HashChain<LENGTH> {
        HashChain::new(Fr::from(0_u64), Fr::from(0_u64))
    }
}

impl<const LENGTH: usize> Sampled for Chain<LENGTH> {
    fn sample(number: u64) -> Option<Sample<Self>> {
        let circuit = HashChain::new(Fr::from(number), Fr::from(1_u64));
        let public_inputs = vec![circuit.end()];
        Some(Sample {
            circuit,
            public_inputs,
        })
    }
}

fn act_circuit(number: u64) -> Option<ActCircuit> {
    let mut rng = StdRng::seed_from_u64(number);
    let mut element = || Fr::rand(&mut rng);
    let (market, context, old_tag_nullifier) = (element(), element(), element());
    let key = NullifierKey::from_element(element());
    let filled = (2_598, 1);
    let old_note = Note {
        // $50,000 paid in, three contracts bought, one order to buy another.
        cash: 5_000_000 - 3 * (BOUGHT * TAU + FEE),
        position: 3,
        buy_quantity: 1,
        buy_cost: filled.0 * TAU + FEE,
        rho: element(),
        ..Note::opening()
    };
    let (root, path) = planted(&mut rng, old_note.commitment(market, &key))?;

    // The order is filled; new ones: buy 2 at 2595, sell 1 at 2610.
    let deltas = Deltas {
        cash: -(filled.0 * TAU + FEE),
        position: filled.1,
        buy_quantity: -filled.1 + 2,
        buy_cost: -(filled.0 * TAU + FEE) + 2 * (2_595 * TAU + FEE),
        sell_quantity: 1,
        sell_cost: 2_610 * TAU - FEE,
    };
    let nullifier = old_note.nullifier(market, &key);
    let new_note = old_note.apply(&deltas, nullifier).ok()?;
    let statement = ActStatement {
        market,
        root,
        nullifier,
        new_commitment: new_note.commitment(market, &key),
        is_open: false,
        old_tag: tag(&key, old_tag_nullifier),
        new_tag: tag(&key, nullifier),
        deltas,
        band: BandCents {
            lo: 2_520 * TAU,
            hi: 2_680 * TAU,
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
        path,
        old_tag_nullifier,
    };
    statement.check_parameters().ok()?;
    act::check(&statement, &witness).ok()?;
    Some(ActCircuit { statement, witness })
}

/// A note in a tree, and what else a statement about it needs.
struct Member {
    rng: StdRng,
    market: Fr,
    context: Fr,
    key: NullifierKey,
    note: Note,
    root: Fr,
    path: Path,
}

impl Member {
    /// Long ten contracts, with this much paid in, cents.
    fn new(number: u64, paid_in: i64) -> Option<Self> {
        let mut rng = StdRng::seed_from_u64(number);
        let [market, context, key, rho] = std::array::from_fn(|_| Fr::rand(&mut rng));
        let key = NullifierKey::from_element(key);
        let mut note = Note::empty(rho);
        note.position = 10;
        note.cash = paid_in - 10 * BOUGHT * TAU;
        let (root, path) = planted(&mut rng, note.commitment(market, &key))?;
        Some(Self {
            rng,
            market,
            context,
            key,
            note,
            root,
            path,
        })
    }

    fn exponent(&mut self) -> Scalar {
        let mut bytes = [0; 64];
        self.rng.fill_bytes(&mut bytes);
        scalar_of_uniform_bytes(&bytes)
    }
}

/// A tree with this leaf among others: its root, and the leaf's path.
fn planted(rng: &mut StdRng, leaf: Fr) -> Option<(Fr, Path)> {
    let mut leaves: Vec<Fr> = (0..LEAVES).map(|_| Fr::rand(rng)).collect();
    leaves[PLACE] = leaf;
    let tree = Tree::from_leaves(&leaves).ok()?;
    Some((tree.root(), tree.path(u32::try_from(PLACE).ok()?)?))
}

/// At the daily settlement: position and cash are encrypted, which is as much as a Refresh ever does.
fn refresh_circuit(number: u64) -> Option<RefreshCircuit> {
    let paid_in = if number % 2 == 1 {
        1_000_000
    } else {
        5_000_000
    };
    let mut member = Member::new(number, paid_in)?;
    let mark = 2_580 * TAU;
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
    let randomness = Randomness(std::array::from_fn(|_| member.exponent()));
    let nullifier = member.note.nullifier(member.market, &member.key);
    let note = &member.note;
    let (new_note, position, cash) =
        RefreshStatement::encrypt(&terms, note, nullifier, joint_key, &randomness, true)?;
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
    statement.check_parameters().ok()?;
    refresh::check(&statement, &witness).ok()?;
    Some(RefreshCircuit { statement, witness })
}

fn lapse_circuit(number: u64) -> Option<LapseCircuit> {
    let paid_in = if number % 2 == 1 { 100_000 } else { 5_000_000 };
    let member = Member::new(number, paid_in)?;
    let terms = LapseTerms {
        long_price: 2_580 * TAU,
        short_price: 2_590 * TAU,
        haircut: 7_000,
        opening_fee: 500,
    };
    let nullifier = member.note.nullifier(member.market, &member.key);
    let new_note = terms.successor(&member.note, nullifier)?;
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
    statement.check_parameters().ok()?;
    lapse::check(&statement, &witness).ok()?;
    Some(LapseCircuit { statement, witness })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystem};

    /// Native checks have passed if there is a sample; here the circuit agrees, and numbers make a difference.
    fn samples_hold<S: Sampled>() {
        let mut seen = Vec::new();
        for number in [0, 1, 2, 1_000_003] {
            let sample = S::sample(number).expect("it holds");
            let system = ConstraintSystem::<Fr>::new_ref();
            sample.circuit.generate_constraints(system.clone()).unwrap();
            system.finalize();
            assert!(system.is_satisfied().unwrap(), "{} {number}", S::NAME);
            assert_eq!(sample.public_inputs.len(), S::PUBLIC_INPUTS);
            let inputs = system
                .borrow()
                .unwrap()
                .assignments
                .instance_assignment
                .clone();
            assert_eq!(inputs[1..], sample.public_inputs, "{} {number}", S::NAME);
            assert_eq!(
                S::sample(number).unwrap().public_inputs,
                sample.public_inputs
            );
            seen.push(sample.public_inputs);
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count, "{} repeats itself", S::NAME);
    }

    #[test]
    fn all_samples_hold() {
        samples_hold::<Act>();
        samples_hold::<Refresh>();
        samples_hold::<Lapse>();
        samples_hold::<Chain<4>>();
    }
}
