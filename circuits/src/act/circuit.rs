//! The statement Act as constraints.
//!
//! | clause | constraints |
//! |---|---|
//! | both notes in range: 2 * 216 bits | 432 |
//! | new note = old note + deltas | 6 |
//! | old commitment | 297 |
//! | path: 10 * (2 bits, 3 products, 1 hash of 297) | 3,020 |
//! | root, or opening: flag, root, amounts, rho | 4 |
//! | nullifier and new commitment: 294 + 297, 2 equalities | 593 |
//! | two tags: 2 * (240 + 1) | 482 |
//! | solvency: 4 * (64 bits, 1 product), 2 * (24 bits, 1 sum) | 310 |
//! | context | 1 |

mod clauses;
#[cfg(test)]
mod tests;

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{ActStatement, ActWitness};
use crate::margin::{BandCents, MarginRequirement};
use crate::note::{Deltas, Note, NullifierKey};
use crate::r1cs::{Builder, Clauses, PathValues, climb, commitment};
use crate::tree::Path;

/// Act for the proof system: a statement and what its sender knows.
///
/// Synthesis never fails for want of a value: a statement that does not hold gives constraints
/// that are not satisfied. Check [`super::check`] before proving.
#[derive(Clone, Debug)]
pub struct ActCircuit {
    /// What the verifier knows.
    pub statement: ActStatement,
    /// What only the prover knows.
    pub witness: ActWitness,
}

impl ActCircuit {
    /// A valid opening with well-formed dummy values, for set-up.
    #[must_use]
    pub fn blank() -> Self {
        let witness = ActWitness {
            key: NullifierKey::from_element(Fr::ZERO),
            old_note: Note::opening(),
            path: Path::zero(),
            old_tag_nullifier: Fr::ZERO,
        };
        let market = Fr::ZERO;
        let nullifier = witness.old_note.nullifier(market, &witness.key);
        let statement = ActStatement {
            market,
            root: Fr::ZERO,
            nullifier,
            new_commitment: Note::empty(nullifier).commitment(market, &witness.key),
            is_open: true,
            old_tag: Fr::ZERO,
            new_tag: Fr::ZERO,
            deltas: Deltas::default(),
            band: BandCents::default(),
            requirement: MarginRequirement::default(),
            position_limit: 0,
            context: Fr::ZERO,
        };
        Self { statement, witness }
    }
}

impl ConstraintSynthesizer<Fr> for ActCircuit {
    fn generate_constraints(self, system: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let assignment = Assignment::new(&self.statement, &self.witness);
        synthesize(system, &self.statement, &assignment).map(|_| ())
    }
}

/// The private values from which all witness variables follow. The amounts are wider than those of
/// a note, and the new ones, the path's bits and its nodes are values of their own, as they are
/// for whoever forges a proof.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
struct Assignment {
    key: Fr,
    rho: Fr,
    old_tag_nullifier: Fr,
    old: [i128; 6],
    new: [i128; 6],
    path: PathValues,
}

impl Assignment {
    fn new(statement: &ActStatement, witness: &ActWitness) -> Self {
        let old = witness.old_note.amounts();
        let mut new = old;
        for (amount, delta) in new.iter_mut().zip(statement.deltas.in_order()) {
            *amount += i128::from(delta);
        }
        let leaf = witness.old_note.commitment(statement.market, &witness.key);
        Self {
            key: witness.key.element(),
            rho: witness.old_note.rho,
            old_tag_nullifier: witness.old_tag_nullifier,
            old,
            new,
            path: PathValues::of(&witness.path, leaf),
        }
    }
}

/// Builds the whole circuit: public inputs, then clause by clause in the order of the relation.
fn synthesize(
    system: ConstraintSystemRef<Fr>,
    statement: &ActStatement,
    assignment: &Assignment,
) -> Result<Clauses, SynthesisError> {
    let mut builder = Builder::new(system);
    let public = clauses::PublicInputs::allocate(&mut builder, statement)?;

    // Private values that are no amounts, bits or nodes.
    let key = builder.witness(assignment.key)?;
    let rho = builder.witness(assignment.rho)?;
    let old_tag_nullifier = builder.witness(assignment.old_tag_nullifier)?;

    // Both notes in range, and the new one is the old one plus the deltas.
    builder.clause("old note range");
    let old = clauses::Amounts::allocate(&mut builder, &assignment.old)?;
    builder.clause("new note range");
    let new = clauses::Amounts::allocate(&mut builder, &assignment.new)?;
    builder.clause("deltas");
    for ((new, old), delta) in new.in_order.iter().zip(&old.in_order).zip(&public.deltas) {
        builder.enforce_equal(new, &old.plus(delta))?;
    }

    // The old note is empty, or in the tree.
    builder.clause("old commitment");
    let leaf = commitment(&mut builder, &public.market, &old.packed, [&key, &rho])?;
    builder.clause("path");
    let root = climb(&mut builder, leaf, &assignment.path)?;
    clauses::opening_or_member(&mut builder, &public, &old, &rho, &root)?;

    // It is nullified, and its successor, whose rho is the nullifier, committed to.
    public
        .spend()
        .succeed(&mut builder, [&key, &rho], &new.packed)?;

    // Both tags, where there are any, are the owner's.
    builder.clause("old tag");
    clauses::tag(&mut builder, &public.old_tag, &key, &old_tag_nullifier)?;
    builder.clause("new tag");
    clauses::tag(&mut builder, &public.new_tag, &key, &public.nullifier)?;

    clauses::solvency(&mut builder, &public, &new, statement, &assignment.new)?;

    // The context occurs in no other clause. This square ties it into the quadratic program, so
    // that binding it does not rest on how the proof system treats an input without constraints.
    builder.clause("context");
    builder.product(&public.context, &public.context)?;

    builder.clause("end");
    Ok(builder.into_clauses())
}
