//! Linear combinations of variables that carry their value.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::{LinearCombination, Variable};

/// A linear combination and its value under the assignment.
#[derive(Clone)]
pub(crate) struct Linear {
    /// The value under the assignment.
    pub value: Fr,
    /// True if no variable occurs: the value is then part of the circuit.
    constant: bool,
    /// Coefficients and variables; nothing when only the assignment is wanted.
    terms: Option<Vec<(Fr, Variable)>>,
}

impl Linear {
    /// One variable; without terms if only the assignment is wanted.
    pub fn variable(variable: Variable, value: Fr, with_terms: bool) -> Self {
        Self {
            value,
            constant: false,
            terms: with_terms.then(|| vec![(Fr::ONE, variable)]),
        }
    }

    /// A constant.
    pub fn constant(value: Fr) -> Self {
        let terms = if value == Fr::ZERO {
            Vec::new()
        } else {
            vec![(value, Variable::One)]
        };
        Self {
            value,
            constant: true,
            terms: Some(terms),
        }
    }

    /// True if no variable occurs.
    pub fn is_constant(&self) -> bool {
        self.constant
    }

    /// Adds `factor * other`.
    pub fn add_scaled(&mut self, factor: Fr, other: &Self) {
        self.value += factor * other.value;
        self.constant &= other.constant;
        match (&mut self.terms, &other.terms) {
            (Some(terms), Some(others)) => terms.extend(
                others
                    .iter()
                    .map(|(coefficient, variable)| (factor * coefficient, *variable)),
            ),
            (terms, _) => *terms = None,
        }
    }

    /// Adds a constant.
    pub fn add_constant(&mut self, constant: Fr) {
        self.value += constant;
        if let Some(terms) = &mut self.terms {
            terms.push((constant, Variable::One));
        }
    }

    /// The sum.
    pub fn plus(&self, other: &Self) -> Self {
        let mut sum = self.clone();
        sum.add_scaled(Fr::ONE, other);
        sum
    }

    /// The difference.
    pub fn minus(&self, other: &Self) -> Self {
        let mut difference = self.clone();
        difference.add_scaled(-Fr::ONE, other);
        difference
    }

    /// The sum with a constant.
    pub fn plus_constant(&self, constant: Fr) -> Self {
        let mut sum = self.clone();
        sum.add_constant(constant);
        sum
    }

    /// Adds up the coefficients of each variable, so that the combination stays as short as the
    /// number of its variables.
    pub fn merge(&mut self) {
        let Some(terms) = &mut self.terms else {
            return;
        };
        // Stable sorting is quick on the sorted runs of which a sum of combinations consists.
        terms.sort_by_key(|(_, variable)| *variable);
        let mut merged: Vec<(Fr, Variable)> = Vec::with_capacity(terms.len());
        for (coefficient, variable) in terms.iter() {
            match merged.last_mut() {
                Some((sum, last)) if last == variable => *sum += coefficient,
                _ => merged.push((*coefficient, *variable)),
            }
        }
        merged.retain(|(coefficient, _)| *coefficient != Fr::ZERO);
        *terms = merged;
    }

    /// For a constraint: merged, and empty if only the assignment is wanted.
    pub fn combination(&self) -> LinearCombination<Fr> {
        let mut merged = self.clone();
        merged.merge();
        LinearCombination(merged.terms.unwrap_or_default())
    }
}
