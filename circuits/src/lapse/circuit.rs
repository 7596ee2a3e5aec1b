//! The statement Lapse as constraints.

mod clauses;
#[cfg(test)]
mod tests;

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{LapseStatement, LapseTerms, LapseWitness};
use crate::note::{Note, NullifierKey};
use crate::r1cs::{Builder, Clauses, PathValues, SidedNote, SidedValues, Spend};
use crate::tree::Path;

/// Lapse for the proof system: a statement and what its sender knows.
///
/// Synthesis never fails for want of a value: a statement that does not hold gives constraints
/// that are not satisfied. Check [`super::check`] before proving.
#[derive(Clone, Debug)]
pub struct LapseCircuit {
    /// What the verifier knows.
    pub statement: LapseStatement,
    /// What only the prover knows.
    pub witness: LapseWitness,
}

impl LapseCircuit {
    /// A valid Lapse of an empty note with well-formed dummy values, for set-up.
    #[must_use]
    pub fn blank() -> Self {
        let market = Fr::ZERO;
        let witness = LapseWitness {
            key: NullifierKey::from_element(Fr::ZERO),
            old_note: Note::opening(),
            path: Path::zero(),
        };
        let nullifier = witness.old_note.nullifier(market, &witness.key);
        let leaf = witness.old_note.commitment(market, &witness.key);
        let statement = LapseStatement {
            market,
            root: witness.path.root(leaf),
            nullifier,
            new_commitment: Note::empty(nullifier).commitment(market, &witness.key),
            terms: LapseTerms::default(),
            context: Fr::ZERO,
        };
        Self { statement, witness }
    }
}

impl ConstraintSynthesizer<Fr> for LapseCircuit {
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
    /// What is left, without sign, cents.
    magnitude: i128,
    /// One if it is not negative.
    is_left: Fr,
    path: PathValues,
}

impl Assignment {
    fn new(statement: &LapseStatement, witness: &LapseWitness) -> Self {
        let note = &witness.old_note;
        let left = statement.terms.left(note.cash, note.position);
        Self {
            key: witness.key.element(),
            rho: note.rho,
            old: SidedValues::of(note),
            magnitude: left.saturating_abs(),
            is_left: Fr::from(left >= 0),
            path: PathValues::of(
                &witness.path,
                note.commitment(statement.market, &witness.key),
            ),
        }
    }
}

/// Builds the whole circuit: public inputs, then clause by clause in the order of the relation.
fn synthesize(
    system: ConstraintSystemRef<Fr>,
    statement: &LapseStatement,
    assignment: &Assignment,
) -> Result<Clauses, SynthesisError> {
    let mut builder = Builder::new(system);
    let public = clauses::PublicInputs::allocate(&mut builder, &statement.inputs())?;
    let key = builder.witness(assignment.key)?;
    let rho = builder.witness(assignment.rho)?;

    // What the terms make of the old note.
    let old = SidedNote::allocate(&mut builder, &assignment.old)?;
    let new = clauses::close(&mut builder, &public, &old, assignment)?;

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
        &new,
    )?;

    // The context occurs in no other clause. This square ties it into the quadratic program, so
    // that binding it does not rest on how the proof system treats an input without constraints.
    builder.clause("context");
    builder.product(&public.context, &public.context)?;

    builder.clause("end");
    Ok(builder.into_clauses())
}
