//! Forgeries: some values are changed, all that follows from them follows anew, and public values
//! that only one constraint sees are made to fit.

use std::collections::{BTreeMap, BTreeSet};

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::structure::Role;
use super::{Structure, System, arbitrary};

pub(crate) struct Forger {
    pub system: System,
    pub structure: Structure,
    /// Checks that are the only constraint of a public input, and its column: what the statement
    /// says is the outcome.
    outcomes: BTreeMap<usize, usize>,
}

impl Forger {
    /// From a satisfied system.
    pub fn new(system: System) -> Self {
        assert!(system.failing().is_empty());
        let structure = Structure::of(&system);
        let rows = system.rows_by_column();
        let outcomes = (1..system.first_witness)
            .filter_map(|column| match rows[column][..] {
                [row] if structure.roles[row] == Role::Check => Some((row, column)),
                _ => None,
            })
            .collect();
        Self {
            system,
            structure,
            outcomes,
        }
    }

    /// The constraints that fail when these columns have these values and the rest follows: no
    /// more than the first `most`. If `fits`, the statement's outcomes are changed too.
    fn failing(&mut self, edits: &[(usize, Fr)], fits: bool, most: usize) -> Vec<usize> {
        let honest = self.system.z.clone();
        let mut changed = vec![false; honest.len()];
        for (column, value) in edits {
            assert_ne!(honest[*column], *value, "a forgery has to change something");
            self.system.z[*column] = *value;
            changed[*column] = true;
        }
        let mut failing = Vec::new();
        let matrices = self.system.matrices.clone();
        for row in 0..self.system.rows() {
            let mut entries = matrices.iter().flat_map(|matrix| &matrix[row]);
            if !entries.any(|(_, column)| changed[*column]) {
                continue;
            }
            let follows = match self.structure.roles[row] {
                Role::Product(column) | Role::Quotient(column) => Some(column),
                Role::Check if fits => self.outcomes.get(&row).copied(),
                Role::Check => None,
            };
            if let Some(column) = follows {
                let before = self.system.z[column];
                self.solve(row, column);
                changed[column] |= self.system.z[column] != before;
            } else if !self.system.holds(row) {
                failing.push(row);
                if failing.len() == most {
                    break;
                }
            }
        }
        self.system.z = honest;
        failing
    }

    /// The only constraint that fails when these columns have these values, the rest follows and
    /// the statement's outcomes fit.
    pub fn only(&mut self, edits: &[(usize, Fr)]) -> Option<usize> {
        match self.failing(edits, true, 2)[..] {
            [row] => Some(row),
            _ => None,
        }
    }

    /// Makes `row` hold by the value in `column`, which is in one of its three factors only.
    fn solve(&mut self, row: usize, column: usize) {
        self.system.z[column] = Fr::ZERO;
        let at_zero = self.system.residue(row);
        self.system.z[column] = Fr::ONE;
        let slope = self.system.residue(row) - at_zero;
        self.system.z[column] = -at_zero * slope.inverse().unwrap();
    }

    /// The names of the clauses whose free variables can be something else, everything that
    /// follows from them following, with no constraint to notice.
    pub fn free_clauses(&mut self) -> Vec<&'static str> {
        let rows = self.system.rows_by_column();
        let mut found = Vec::new();
        for column in self.structure.free.clone() {
            let value = self.system.z[column];
            for other in [value + Fr::ONE, Fr::ONE - value, arbitrary(column as u64)] {
                if other != value && self.failing(&[(column, other)], false, 1).is_empty() {
                    found.push(self.system.clause(rows[column][0]));
                }
            }
        }
        found.dedup();
        found
    }

    /// Checks for which some simple forgery is stopped by them alone: a statement with another
    /// outcome, any public input changed, the lowest bit of a clause flipped, any bit made unreal,
    /// by itself or with a neighbour making up for it.
    pub fn sole(&mut self) -> BTreeSet<usize> {
        let mut found: BTreeSet<usize> = self.outcomes.keys().copied().collect();
        for column in 1..self.system.first_witness {
            let other = self.system.z[column] + Fr::ONE;
            found.extend(self.only(&[(column, other)]));
        }
        let bits: Vec<(usize, usize)> = (0..self.system.rows())
            .filter_map(|row| self.system.boolean(row).map(|column| (row, column)))
            .collect();
        let (two, half) = (Fr::from(2_u64), Fr::from(2_u64).inverse().unwrap());
        let mut clause = "";
        for (i, (row, bit)) in bits.iter().enumerate() {
            let value = self.system.z[*bit];
            if std::mem::replace(&mut clause, self.system.clause(*row)) != clause {
                found.extend(self.only(&[(*bit, Fr::ONE - value)]));
            }
            let neighbours = [(i.wrapping_sub(1), half), (i + 1, two)];
            for (neighbour, ratio) in neighbours {
                let Some((_, other)) = bits.get(neighbour) else {
                    continue;
                };
                let flipped = Fr::ONE - self.system.z[*other];
                let made_up = (flipped - self.system.z[*other]) * ratio;
                if found.contains(row) {
                    break;
                }
                found.extend(self.only(&[(*other, flipped), (*bit, value - made_up)]));
            }
            if !found.contains(row) {
                found.extend(self.only(&[(*bit, value + two)]));
            }
        }
        found
    }
}
