//! Which constraints define a variable and which check.
//!
//! A constraint with one unknown variable, that occurs in one of its three factors only, defines
//! that variable: as a product, or as a quotient by a factor that is never zero. Everything else is
//! a check. Hence all witness variables follow from the free ones, and none has two values for the
//! same free ones.

use std::collections::BTreeSet;

use super::System;

/// What a constraint does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Defines the variable in this column by a product.
    Product(usize),
    /// Defines the variable in this column by a quotient.
    Quotient(usize),
    /// Restricts what is known.
    Check,
}

#[derive(Clone)]
pub(crate) struct Structure {
    /// The role of each constraint.
    pub roles: Vec<Role>,
    /// Witness columns that no constraint defines.
    pub free: BTreeSet<usize>,
}

impl Structure {
    /// Takes the constraints in order: variables are allocated before they are used.
    pub fn of(system: &System) -> Self {
        let mut known: BTreeSet<usize> = (0..system.first_witness).collect();
        let mut structure = Self {
            roles: Vec::with_capacity(system.rows()),
            free: BTreeSet::new(),
        };
        for row in 0..system.rows() {
            let [a, b, c] = [0, 1, 2].map(|matrix| {
                let entries = system.matrices[matrix][row].iter();
                entries
                    .map(|(_, column)| *column)
                    .filter(|column| !known.contains(column))
                    .collect::<BTreeSet<_>>()
            });
            let role = match (a.len(), b.len(), c.len()) {
                (1, 0, 0) | (0, 1, 0) => {
                    let column = *a.union(&b).next().unwrap();
                    known.insert(column);
                    Role::Quotient(column)
                }
                (_, _, 0 | 1) => {
                    // Whatever first appears in a factor is free.
                    for column in a.union(&b).copied() {
                        known.insert(column);
                        structure.free.insert(column);
                    }
                    match c.first() {
                        Some(column) if known.insert(*column) => Role::Product(*column),
                        _ => Role::Check,
                    }
                }
                _ => panic!("constraint {row} in {}", system.clause(row)),
            };
            structure.roles.push(role);
        }
        assert_eq!(
            known.len(),
            system.z.len(),
            "a variable is in no constraint"
        );
        structure
    }

    /// The constraints that define nothing.
    pub fn checks(&self) -> BTreeSet<usize> {
        let roles = self.roles.iter().enumerate();
        roles
            .filter(|(_, role)| **role == Role::Check)
            .map(|(row, _)| row)
            .collect()
    }

    /// Number of variables that are defined by products and by quotients.
    pub fn definitions(&self) -> [usize; 2] {
        let count = |wanted: fn(&Role) -> bool| self.roles.iter().filter(|r| wanted(r)).count();
        [
            count(|role| matches!(role, Role::Product(_))),
            count(|role| matches!(role, Role::Quotient(_))),
        ]
    }
}
