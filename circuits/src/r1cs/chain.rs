//! A chain of hashes: a circuit of the same make as the statements' in whatever size is wanted.
//!
//! It is no statement of the protocol. It shows how proving time grows with the number of constraints, where the
//! statements themselves have one size each.

use ark_bls12_381::Fr;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError};

use super::{Builder, hash2};
use crate::poseidon::{self, Domain};

/// "I know x and y with h(... h(h(x, y), y) ..., y) = end", h being Poseidon with two inputs, `LENGTH` times.
///
/// 240 constraints a hash, and one more: the sizes of `LENGTH` 4, 8, 17, 34, 68, 136 and 272 are just below the powers of
/// two from 2^10 to 2^16.
#[derive(Clone, Debug)]
pub struct HashChain<const LENGTH: usize> {
    start: Fr,
    salt: Fr,
    end: Fr,
}

impl<const LENGTH: usize> HashChain<LENGTH> {
    /// Public inputs: the end.
    pub const PUBLIC_INPUTS: usize = 1;

    /// The chain from x = `start` with y = `salt`.
    #[must_use]
    pub fn new(start: Fr, salt: Fr) -> Self {
        let step = |value, _| poseidon::hash2(Domain::Node, [value, salt]);
        Self {
            start,
            salt,
            end: (0..LENGTH).fold(start, step),
        }
    }

    /// Its last value, the public input.
    #[must_use]
    pub const fn end(&self) -> Fr {
        self.end
    }
}

impl<const LENGTH: usize> ConstraintSynthesizer<Fr> for HashChain<LENGTH> {
    fn generate_constraints(self, system: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let mut builder = Builder::new(system);
        let end = builder.public(self.end)?;
        let mut value = builder.witness(self.start)?;
        let salt = builder.witness(self.salt)?;
        for _ in 0..LENGTH {
            value = hash2(&mut builder, Domain::Node, [&value, &salt])?;
        }
        builder.enforce_equal(&value, &end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_relations::gr1cs::ConstraintSystem;

    fn synthesised<const LENGTH: usize>(chain: HashChain<LENGTH>) -> ConstraintSystemRef<Fr> {
        let system = ConstraintSystem::new_ref();
        chain.generate_constraints(system.clone()).unwrap();
        system.finalize();
        system
    }

    #[test]
    fn a_chain_holds_and_its_size_is_known() {
        let chain = HashChain::<4>::new(Fr::from(3), Fr::from(5));
        let system = synthesised(chain.clone());
        assert!(system.is_satisfied().unwrap());
        assert_eq!(system.num_constraints(), 4 * 240 + 1);
        assert_eq!(system.num_instance_variables(), 1 + 1);

        // The same by hand.
        let by_hand = (0..4).fold(Fr::from(3), |value, _| {
            poseidon::hash2(Domain::Node, [value, Fr::from(5)])
        });
        assert_eq!(chain.end(), by_hand);
    }

    #[test]
    fn another_end_does_not_hold() {
        let mut chain = HashChain::<2>::new(Fr::from(3), Fr::from(5));
        chain.end += Fr::from(1);
        assert!(!synthesised(chain).is_satisfied().unwrap());
    }
}
