//! What can be proven.

use ark_bls12_381::Fr;
use ark_relations::gr1cs::ConstraintSynthesizer;
use tally_circuits::act::{self, ActCircuit};
use tally_circuits::lapse::{self, LapseCircuit};
use tally_circuits::refresh::{self, RefreshCircuit};

/// A statement: its name, its circuit, and how many public inputs a proof of it has.
pub trait Statement: 'static {
    /// The name in files and messages: lower-case letters, digits and hyphens, at most 32 bytes.
    const NAME: &'static str;
    /// The number of public inputs, without the constant one.
    const PUBLIC_INPUTS: usize;
    /// The circuit with (to prove) or without (to make keys) its witness.
    type Circuit: ConstraintSynthesizer<Fr>;

    /// The circuit without a witness. It must produce the same constraints as every circuit with one.
    fn blank() -> Self::Circuit;
}

/// Act: the statement behind every open, deposit, withdrawal, post, claim and transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {}

impl Statement for Act {
    const NAME: &'static str = "act";
    const PUBLIC_INPUTS: usize = act::PUBLIC_INPUTS;
    type Circuit = ActCircuit;

    fn blank() -> ActCircuit {
        ActCircuit::blank()
    }
}

/// Refresh: a note's revalidation into the next epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {}

impl Statement for Refresh {
    const NAME: &'static str = "refresh";
    const PUBLIC_INPUTS: usize = refresh::PUBLIC_INPUTS;
    type Circuit = RefreshCircuit;

    fn blank() -> RefreshCircuit {
        RefreshCircuit::blank()
    }
}

/// Lapse: the way back of a note that was not refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lapse {}

impl Statement for Lapse {
    const NAME: &'static str = "lapse";
    const PUBLIC_INPUTS: usize = lapse::PUBLIC_INPUTS;
    type Circuit = LapseCircuit;

    fn blank() -> LapseCircuit {
        LapseCircuit::blank()
    }
}
