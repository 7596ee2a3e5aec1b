//! Which constraints define a variable and which check.
//!
//! A constraint whose factors are known and whose product holds one unknown variable defines that
//! variable: its value is then a function of what is known. Everything else is a check. Hence all
//! witness variables follow from the free ones, and none has two values for the same free ones.

use std::collections::BTreeSet;

use super::fixture::Parts;
use super::system::{FIRST_WITNESS, System};

pub struct Structure {
    /// Witness columns that no constraint defines.
    free: BTreeSet<usize>,
    /// Constraints that define a variable.
    definitions: usize,
    /// All other constraints.
    pub checks: BTreeSet<usize>,
}

impl Structure {
    /// Takes the constraints in order: variables are allocated before they are used.
    pub fn of(system: &System) -> Self {
        let mut known: BTreeSet<usize> = (0..FIRST_WITNESS).collect();
        let mut structure = Self {
            free: BTreeSet::new(),
            definitions: 0,
            checks: BTreeSet::new(),
        };
        for row in 0..system.rows() {
            let [a, b, c] = [0, 1, 2].map(|matrix| {
                let entries = system.matrices[matrix][row].iter();
                entries.map(|(_, column)| *column).collect::<BTreeSet<_>>()
            });
            // Whatever first appears in a factor is free.
            for column in a.union(&b).copied() {
                if known.insert(column) {
                    structure.free.insert(column);
                }
            }
            let unknown: Vec<usize> = c.difference(&known).copied().collect();
            match unknown[..] {
                [] => {
                    structure.checks.insert(row);
                }
                [column] if c.len() == 1 => {
                    known.insert(column);
                    structure.definitions += 1;
                }
                _ => panic!("constraint {row} in {}", system.clause(row)),
            }
        }
        assert_eq!(
            known.len(),
            system.z.len(),
            "a variable is in no constraint"
        );
        structure
    }
}

#[test]
fn every_variable_is_free_or_defined_once() {
    let system = Parts::member().system();
    let structure = Structure::of(&system);
    let bits = 2 * 216 + 4 * 64 + 2 * 24 + 2 * 10;
    let children = 4 * 10;
    let key_rho_and_nullifier = 3;
    let free = bits + children + key_rho_and_nullifier;
    assert_eq!(structure.free.len(), free);
    let products = 2 * 10 + 1;
    let hashes = 12 * 297 + 294 + 2 * 240;
    assert_eq!(structure.definitions, products + hashes);
    assert_eq!(free + structure.definitions, system.z.len() - FIRST_WITNESS);
    // Flag, deltas, selections, root, opening, nullifier, commitment, tags, inequalities.
    let equalities = 1 + 6 + 10 + 1 + 2 + 1 + 1 + 2 + 6;
    assert_eq!(structure.checks.len(), bits + equalities);
    let booleans = (0..system.rows())
        .filter(|row| system.boolean(*row).is_some())
        .count();
    assert_eq!(booleans, bits + 1);
}
