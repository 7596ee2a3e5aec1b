//! Two small statements and their circuits.
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]
#![allow(dead_code, reason = "every test file uses another part of this")]

use ark_bls12_381::Fr;
use ark_ff::Field;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError, Variable,
};
use ark_relations::lc;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use std::sync::OnceLock;
use tally_prover::{Keys, Proof, SeededTest, Statement, prove};

/// "I know x and y with x·y = product and x + y = sum, and x to the 2^STEPS-th is power."
#[derive(Clone, Debug)]
pub struct Factors<const STEPS: usize> {
    pub witness: Option<(Fr, Fr)>,
    pub public: [Fr; 3],
}

impl<const STEPS: usize> Factors<STEPS> {
    /// A circuit with witness (x, y) and the public inputs that follow.
    pub fn new(x: u64, y: u64) -> Self {
        let (x, y) = (Fr::from(x), Fr::from(y));
        let power = (0..STEPS).fold(x, |value, _| value.square());
        Self {
            witness: Some((x, y)),
            public: [x * y, x + y, power],
        }
    }
}

impl<const STEPS: usize> ConstraintSynthesizer<Fr> for Factors<STEPS> {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let missing = SynthesisError::AssignmentMissing;
        let public: Vec<Variable> = self
            .public
            .iter()
            .map(|value| cs.new_input_variable(|| Ok(*value)))
            .collect::<Result<_, _>>()?;
        let x = cs.new_witness_variable(|| self.witness.map(|w| w.0).ok_or(missing))?;
        let y = cs.new_witness_variable(|| self.witness.map(|w| w.1).ok_or(missing))?;
        cs.enforce_r1cs_constraint(|| lc!() + x, || lc!() + y, || lc!() + public[0])?;
        let one = || LinearCombination::from(Variable::One);
        cs.enforce_r1cs_constraint(|| lc!() + x + y, one, || lc!() + public[1])?;
        let (mut last, mut value) = (x, self.witness.map(|w| w.0));
        for _ in 0..STEPS {
            value = value.map(|v| v.square());
            let next = cs.new_witness_variable(|| value.ok_or(missing))?;
            cs.enforce_r1cs_constraint(|| lc!() + last, || lc!() + last, || lc!() + next)?;
            last = next;
        }
        cs.enforce_r1cs_constraint(|| lc!() + last, one, || lc!() + public[2])
    }
}

/// The small statement.
#[derive(Debug)]
pub enum Small {}

impl Statement for Small {
    const NAME: &'static str = "small";
    const PUBLIC_INPUTS: usize = 3;
    type Circuit = Factors<20>;
    fn blank() -> Factors<20> {
        blank()
    }
}

/// The small statement after a change of its circuit: same name, one step more.
#[derive(Debug)]
pub enum SmallChanged {}

impl Statement for SmallChanged {
    const NAME: &'static str = "small";
    const PUBLIC_INPUTS: usize = 3;
    type Circuit = Factors<21>;
    fn blank() -> Factors<21> {
        blank()
    }
}

pub fn blank<const STEPS: usize>() -> Factors<STEPS> {
    Factors {
        witness: None,
        public: [Fr::from(0u64); 3],
    }
}

pub fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// Keys for [`Small`] from seed 7.
pub fn keys() -> &'static Keys<SeededTest> {
    static KEYS: OnceLock<Keys<SeededTest>> = OnceLock::new();
    KEYS.get_or_init(|| tally_prover::seeded_test_setup::<Small>(7).unwrap())
}

/// A proof for factors that depend on `i`, with its public inputs.
pub fn proof(i: u64) -> ([Fr; 3], Proof) {
    let circuit = Factors::<20>::new(i + 2, 3 * i + 5);
    let public = circuit.public;
    let proof = prove(&keys().proving, circuit, &mut rng(i)).unwrap();
    (public, proof)
}
