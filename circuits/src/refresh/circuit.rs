//! The statement Refresh as constraints.

mod clauses;
mod revaluation;
#[cfg(test)]
mod tests;

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Randomness, RefreshStatement, RefreshTerms, RefreshWitness};
use crate::elgamal::Ciphertext;
use crate::jubjub::{Point, Scalar};
use crate::note::{Note, NullifierKey};
use crate::r1cs::{
    Builder, Clauses, EXPONENT_BITS, PathValues, SidedNote, SidedValues, Spend, exponent_bits,
};
use crate::tree::Path;

/// Refresh for the proof system: a statement and what its sender knows.
///
/// Synthesis never fails for want of a value: a statement that does not hold gives constraints
/// that are not satisfied. Check [`super::check`] before proving.
#[derive(Clone, Debug)]
pub struct RefreshCircuit {
    /// What the verifier knows.
    pub statement: RefreshStatement,
    /// What only the prover knows.
    pub witness: RefreshWitness,
}

impl RefreshCircuit {
    /// A valid Refresh of an empty note with well-formed dummy values, for set-up.
    #[must_use]
    pub fn blank() -> Self {
        let market = Fr::ZERO;
        let witness = RefreshWitness {
            key: NullifierKey::from_element(Fr::ZERO),
            old_note: Note::opening(),
            path: Path::zero(),
            randomness: Randomness([Scalar::ZERO; 3]),
        };
        let nullifier = witness.old_note.nullifier(market, &witness.key);
        let leaf = witness.old_note.commitment(market, &witness.key);
        let statement = RefreshStatement {
            market,
            root: witness.path.root(leaf),
            nullifier,
            new_commitment: Note::empty(nullifier).commitment(market, &witness.key),
            terms: RefreshTerms::default(),
            joint_key: Point::generator(),
            position: Ciphertext::neutral(),
            cash: None,
            context: Fr::ZERO,
        };
        Self { statement, witness }
    }
}

impl ConstraintSynthesizer<Fr> for RefreshCircuit {
    fn generate_constraints(self, system: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let assignment = Assignment::new(&self.statement, &self.witness);
        synthesize(system, &self.statement, &assignment).map(|_| ())
    }
}

/// The private values from which all witness variables follow. Amounts are wider than those of a
/// note, and values that an honest prover computes are values of their own, as they are for
/// whoever forges a proof.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Assignment {
    key: Fr,
    rho: Fr,
    old: SidedValues,
    /// Contracts that are kept, without sign.
    kept: i128,
    /// One if all are kept.
    is_whole: Fr,
    new_cash: i128,
    path: PathValues,
    exponents: [[bool; EXPONENT_BITS]; 3],
}

impl Assignment {
    fn new(statement: &RefreshStatement, witness: &RefreshWitness) -> Self {
        let note = &witness.old_note;
        let old = SidedValues::of(note);
        let terms = &statement.terms;
        let (kept, new_cash) = match terms.apply(note.cash, note.position) {
            Some(after) => (i128::from(after.position).abs(), after.cash),
            None => (0, terms.equity_when_closed(note.cash, note.position)),
        };
        Self {
            key: witness.key.element(),
            rho: note.rho,
            is_whole: Fr::from(kept == old.size),
            old,
            kept,
            new_cash,
            path: PathValues::of(
                &witness.path,
                note.commitment(statement.market, &witness.key),
            ),
            exponents: std::array::from_fn(|i| exponent_bits(&witness.randomness.0[i])),
        }
    }
}

/// Builds the whole circuit: public inputs, then clause by clause in the order of the relation.
fn synthesize(
    system: ConstraintSystemRef<Fr>,
    statement: &RefreshStatement,
    assignment: &Assignment,
) -> Result<Clauses, SynthesisError> {
    let mut builder = Builder::new(system);
    let public = clauses::PublicInputs::allocate(&mut builder, &statement.inputs())?;
    let key = builder.witness(assignment.key)?;
    let rho = builder.witness(assignment.rho)?;

    // What the terms make of the old note.
    let old = SidedNote::allocate(&mut builder, &assignment.old)?;
    let new = revaluation::revalue(&mut builder, &public, &old, &statement.terms, assignment)?;

    // The old note is in the tree, is nullified, and its successor committed to.
    let spend = Spend {
        market: &public.market,
        root: &public.root,
        nullifier: &public.nullifier,
        new_commitment: &public.new_commitment,
    };
    spend.enforce(
        &mut builder,
        [&key, &rho],
        &old.bare,
        &assignment.path,
        &new.bare,
    )?;

    // The ciphertexts hold the new note's position and, at the daily settlement, its cash.
    clauses::encryptions(&mut builder, &public, &new, &assignment.exponents)?;

    // The context occurs in no other clause. This square ties it into the quadratic program, so
    // that binding it does not rest on how the proof system treats an input without constraints.
    builder.clause("context");
    builder.product(&public.context, &public.context)?;

    builder.clause("end");
    Ok(builder.into_clauses())
}
