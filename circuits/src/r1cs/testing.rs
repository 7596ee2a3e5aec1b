//! A synthesized circuit as matrices and an assignment that tests can tamper with.
//!
//! [`System`] evaluates; [`Structure`] tells definitions from checks; [`Forger`] changes values and
//! lets everything that follows from them follow anew.

mod forger;
mod structure;

use std::sync::Arc;

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::{
    ConstraintSystem, ConstraintSystemRef, Matrix, R1CS_PREDICATE_LABEL, SynthesisError,
    SynthesisMode,
};

use super::Clauses;

pub(crate) use forger::Forger;
pub(crate) use structure::Structure;

#[derive(Clone)]
pub(crate) struct System {
    pub matrices: Arc<Vec<Matrix<Fr>>>,
    pub z: Vec<Fr>,
    /// Columns before the first witness variable: the constant one and the public inputs.
    pub first_witness: usize,
    clauses: Arc<Clauses>,
}

impl System {
    /// The circuit with its matrices.
    pub fn of(
        synthesize: impl FnOnce(ConstraintSystemRef<Fr>) -> Result<Clauses, SynthesisError>,
    ) -> Self {
        let system = ConstraintSystem::<Fr>::new_ref();
        let clauses = synthesize(system.clone()).unwrap();
        let matrices = system
            .to_matrices()
            .unwrap()
            .remove(R1CS_PREDICATE_LABEL)
            .unwrap();
        let mut z = system.instance_assignment().unwrap();
        let first_witness = z.len();
        z.extend(system.witness_assignment().unwrap());
        let built = Self {
            matrices: Arc::new(matrices),
            z,
            first_witness,
            clauses: Arc::new(clauses),
        };
        // Our own evaluation and that of the library agree.
        assert_eq!(built.failing().is_empty(), system.is_satisfied().unwrap());
        built
    }

    /// The same circuit with another assignment, synthesized as a prover does who has the matrices.
    pub fn again(
        &self,
        synthesize: impl FnOnce(ConstraintSystemRef<Fr>) -> Result<Clauses, SynthesisError>,
    ) -> Self {
        let system = ConstraintSystem::<Fr>::new_ref();
        system.set_mode(SynthesisMode::Prove {
            construct_matrices: false,
            generate_lc_assignments: false,
        });
        synthesize(system.clone()).unwrap();
        let mut z = system.instance_assignment().unwrap();
        z.extend(system.witness_assignment().unwrap());
        assert_eq!(z.len(), self.z.len());
        Self { z, ..self.clone() }
    }

    pub fn rows(&self) -> usize {
        self.matrices[0].len()
    }

    /// The three factors of constraint `row`.
    pub fn factors(&self, row: usize) -> [Fr; 3] {
        [0, 1, 2].map(|m| {
            self.matrices[m][row]
                .iter()
                .map(|(coefficient, column)| {
                    if *coefficient == Fr::ONE {
                        self.z[*column]
                    } else {
                        *coefficient * self.z[*column]
                    }
                })
                .sum::<Fr>()
        })
    }

    /// `a * b - c` of constraint `row`: zero if it holds.
    pub fn residue(&self, row: usize) -> Fr {
        let [a, b, c] = self.factors(row);
        a * b - c
    }

    /// True if constraint `row` holds.
    pub fn holds(&self, row: usize) -> bool {
        self.residue(row) == Fr::ZERO
    }

    /// All constraints that do not hold.
    pub fn failing(&self) -> Vec<usize> {
        (0..self.rows()).filter(|row| !self.holds(*row)).collect()
    }

    /// The clause to which constraint `row` belongs.
    pub fn clause(&self, row: usize) -> &'static str {
        let next = self.clauses.partition_point(|(first, _)| *first <= row);
        self.clauses[next - 1].1
    }

    /// The clauses of the constraints that do not hold, each once.
    pub fn failing_clauses(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.failing().iter().map(|row| self.clause(*row)).collect();
        names.dedup();
        names
    }

    /// Number of constraints of each clause, in order.
    pub fn sizes(&self) -> Vec<(&'static str, usize)> {
        self.clauses
            .windows(2)
            .map(|pair| (pair[0].1, pair[1].0 - pair[0].0))
            .collect()
    }

    /// Constraints by column, for witness variables and public inputs alike.
    pub fn rows_by_column(&self) -> Vec<Vec<usize>> {
        let mut by_column = vec![Vec::new(); self.z.len()];
        for row in 0..self.rows() {
            for matrix in self.matrices.iter() {
                for (_, column) in &matrix[row] {
                    if by_column[*column].last() != Some(&row) {
                        by_column[*column].push(row);
                    }
                }
            }
        }
        by_column
    }

    /// If constraint `row` is `b * (b - 1) = 0`: the column of `b`.
    pub fn boolean(&self, row: usize) -> Option<usize> {
        let [a, b, c] = [0, 1, 2].map(|m| self.matrices[m][row].as_slice());
        let [(coefficient, column)] = b else {
            return None;
        };
        let is_boolean = *coefficient == Fr::ONE
            && c.is_empty()
            && a.len() == 2
            && a.contains(&(Fr::ONE, *column))
            && a.contains(&(-Fr::ONE, 0))
            && *column != 0;
        is_boolean.then_some(*column)
    }

    /// Constraints and columns of the bits that a clause allocates, lowest first.
    pub fn bits_of(&self, clause: &str) -> Vec<(usize, usize)> {
        (0..self.rows())
            .filter(|row| self.clause(*row) == clause)
            .filter_map(|row| self.boolean(row).map(|column| (row, column)))
            .collect()
    }

    /// Every witness variable by itself, with all others kept, has to be what it is.
    pub fn no_single_variable_can_change(&mut self) {
        assert!(self.failing().is_empty());
        let rows = self.rows_by_column();
        for (column, rows) in rows.iter().enumerate().skip(self.first_witness) {
            let value = self.z[column];
            for other in [value + Fr::ONE, value - Fr::ONE, arbitrary(column as u64)] {
                self.z[column] = other;
                let noticed = rows.iter().any(|row| !self.holds(*row));
                assert!(noticed, "column {column} in {}", self.clause(rows[0]));
            }
            self.z[column] = value;
        }
    }

    /// Every public input is in some constraint that notices another value.
    pub fn every_public_input_is_bound(&mut self) {
        let rows = self.rows_by_column();
        for (column, rows) in rows.iter().enumerate().take(self.first_witness).skip(1) {
            let value = self.z[column];
            self.z[column] += Fr::ONE;
            let noticed = rows.iter().any(|row| !self.holds(*row));
            assert!(noticed, "public input {column}");
            self.z[column] = value;
        }
    }
}

/// A field element that no honest value is likely to equal.
pub(crate) fn arbitrary(seed: u64) -> Fr {
    let mut value = Fr::from(seed) + Fr::from(0x9e37_79b9_7f4a_7c15_u64);
    for _ in 0..8 {
        value = value.square() + Fr::from(seed);
    }
    assert_ne!(value, Fr::ZERO);
    value
}
