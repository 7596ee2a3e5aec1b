//! A synthesized circuit as matrices and an assignment that tests can tamper with.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::{ConstraintSystem, Matrix, R1CS_PREDICATE_LABEL};

use crate::act::circuit::{Assignment, synthesize};
use crate::act::{ActStatement, PUBLIC_INPUTS};
use crate::r1cs::Clauses;

/// Columns before the first witness variable: the constant one and the public inputs.
pub const FIRST_WITNESS: usize = 1 + PUBLIC_INPUTS;

pub struct System {
    pub matrices: Vec<Matrix<Fr>>,
    pub z: Vec<Fr>,
    clauses: Clauses,
}

impl System {
    pub fn of(statement: &ActStatement, assignment: &Assignment) -> Self {
        let system = ConstraintSystem::<Fr>::new_ref();
        let clauses = synthesize(system.clone(), statement, assignment).unwrap();
        let matrices = system
            .to_matrices()
            .unwrap()
            .remove(R1CS_PREDICATE_LABEL)
            .unwrap();
        let mut z = system.instance_assignment().unwrap();
        assert_eq!(z.len(), FIRST_WITNESS);
        z.extend(system.witness_assignment().unwrap());
        let built = Self {
            matrices,
            z,
            clauses,
        };
        // Our own evaluation and that of the library agree.
        assert_eq!(built.failing().is_empty(), system.is_satisfied().unwrap());
        built
    }

    pub fn rows(&self) -> usize {
        self.matrices[0].len()
    }

    /// True if constraint `row` holds.
    pub fn holds(&self, row: usize) -> bool {
        let [a, b, c] = [0, 1, 2].map(|m| {
            self.matrices[m][row]
                .iter()
                .map(|(coefficient, column)| *coefficient * self.z[*column])
                .sum::<Fr>()
        });
        a * b == c
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

    /// Constraints by column, for witness variables and public inputs alike.
    pub fn rows_by_column(&self) -> Vec<Vec<usize>> {
        let mut by_column = vec![Vec::new(); self.z.len()];
        for matrix in &self.matrices {
            for (row, entries) in matrix.iter().enumerate() {
                for (_, column) in entries {
                    by_column[*column].push(row);
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

    /// Sets one column, says whether any of `rows` then fails, and restores it.
    pub fn notices(&mut self, column: usize, value: Fr, rows: &[usize]) -> bool {
        let before = std::mem::replace(&mut self.z[column], value);
        assert_ne!(before, value, "a perturbation has to change something");
        let noticed = rows.iter().any(|row| !self.holds(*row));
        self.z[column] = before;
        noticed
    }
}

/// A field element that no honest value is likely to equal.
pub fn arbitrary(seed: u64) -> Fr {
    let mut value = Fr::from(seed) + Fr::from(0x9e37_79b9_7f4a_7c15_u64);
    for _ in 0..8 {
        value = value.square() + Fr::from(seed);
    }
    assert_ne!(value, Fr::ZERO);
    value
}
