//! Spending a note and committing to its successor: the part that every statement shares.

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;
use ark_relations::gr1cs::SynthesisError;
use zeroize::Zeroize;

use super::{BareNote, Builder, Linear, hash3, hash4};
use crate::poseidon::Domain;
use crate::tree::{self, ARITY, DEPTH, Path};

/// A path as the private values of a circuit. They are values of their own, not functions of each
/// other, as they are for whoever forges a proof.
#[derive(Clone, Zeroize)]
pub(crate) struct PathValues {
    /// Low and high bit of the child's position, by height.
    pub digits: [[Fr; 2]; DEPTH],
    /// The four children, by height.
    pub children: [[Fr; ARITY]; DEPTH],
}

impl PathValues {
    /// The values of `path` from `leaf` up.
    pub fn of(path: &Path, leaf: Fr) -> Self {
        let mut current = leaf;
        Self {
            digits: std::array::from_fn(|height| {
                let digit = path.digit(height);
                [Fr::from(digit % 2 == 1), Fr::from(digit / 2 == 1)]
            }),
            children: std::array::from_fn(|height| {
                let children = path.children(height, current);
                current = tree::node(children);
                children
            }),
        }
    }
}

/// What is public about a spending.
pub(crate) struct Spend<'a> {
    /// The market.
    pub market: &'a Linear,
    /// The root of the tree in which the old note is.
    pub root: &'a Linear,
    /// The old note's nullifier.
    pub nullifier: &'a Linear,
    /// The new note's commitment.
    pub new_commitment: &'a Linear,
}

impl Spend<'_> {
    /// The old note, owned by `key` and unique by `rho`, is in the tree; the nullifier is its own;
    /// and the commitment is that of the new note with the same key and the nullifier as its rho.
    pub fn enforce(
        &self,
        builder: &mut Builder,
        [key, rho]: [&Linear; 2],
        old: &BareNote,
        path: &PathValues,
        new: &BareNote,
    ) -> Result<(), SynthesisError> {
        builder.clause("old commitment");
        let leaf = commitment(builder, self.market, &old.packed, [key, rho])?;
        builder.clause("path");
        let root = climb(builder, leaf, path)?;
        builder.clause("root");
        builder.enforce_equal(&root, self.root)?;

        self.succeed(builder, [key, rho], &new.packed)
    }

    /// The nullifier is that of the note of `key` and `rho`, and the commitment that of the successor with the packed
    /// amounts `new`, the same key, and the nullifier as its rho.
    pub fn succeed(
        &self,
        builder: &mut Builder,
        [key, rho]: [&Linear; 2],
        new: &Linear,
    ) -> Result<(), SynthesisError> {
        builder.clause("nullifier");
        let nullifier = hash3(builder, Domain::Nullifier, [self.market, key, rho])?;
        builder.enforce_equal(&nullifier, self.nullifier)?;

        builder.clause("new commitment");
        let committed = commitment(builder, self.market, new, [key, self.nullifier])?;
        builder.enforce_equal(&committed, self.new_commitment)
    }
}

/// The commitment of a note with these packed amounts.
pub(crate) fn commitment(
    builder: &mut Builder,
    market: &Linear,
    packed: &Linear,
    [key, rho]: [&Linear; 2],
) -> Result<Linear, SynthesisError> {
    hash4(builder, Domain::Note, [market, packed, key, rho])
}

/// The root of the path from `leaf`. At each level two bits choose which of the four children is
/// the current node: `children[2 * high + low]`.
pub(crate) fn climb(
    builder: &mut Builder,
    leaf: Linear,
    path: &PathValues,
) -> Result<Linear, SynthesisError> {
    let mut current = leaf;
    for ([low, high], nodes) in path.digits.iter().zip(&path.children) {
        let low = builder.boolean(*low)?;
        let high = builder.boolean(*high)?;
        let mut children = [(); ARITY].map(|()| Linear::constant(Fr::ZERO));
        for (child, value) in children.iter_mut().zip(nodes) {
            *child = builder.witness(*value)?;
        }
        let [c0, c1, c2, c3] = &children;
        let lower = c0.plus(&builder.product(&c1.minus(c0), &low)?);
        let upper = c2.plus(&builder.product(&c3.minus(c2), &low)?);
        builder.enforce(&upper.minus(&lower), &high, &current.minus(&lower))?;
        current = hash4(builder, Domain::Node, [c0, c1, c2, c3])?;
    }
    Ok(current)
}
