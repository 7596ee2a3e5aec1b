//! Poseidon over the BLS12-381 scalar field (Grassi et al., eprint 2019/458).
//!
//! Two instances, both with S-box x^5 and 8 full rounds: width 3 with 57 partial rounds for two
//! inputs, width 5 with 60 partial rounds for four. Fixed arity: the capacity element `state[0]`
//! holds a [`Domain`] constant, the inputs fill the rest, the digest is `state[1]`. One
//! permutation hashes a whole 4-ary tree node.

mod grain;
pub(crate) mod permutation;

use std::sync::LazyLock;

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;

pub(crate) use grain::Parameters;
pub(crate) use permutation::Permutation;

/// Full rounds of both instances, half of them before the partial rounds and half after.
pub const FULL_ROUNDS: usize = 8;
/// Partial rounds of the instance of width 3.
pub const PARTIAL_ROUNDS_3: usize = 57;
/// Partial rounds of the instance of width 5.
pub const PARTIAL_ROUNDS_5: usize = 60;

/// The instance of width 3, generated at first use.
pub(crate) static WIDTH_3: LazyLock<Permutation<3>> =
    LazyLock::new(|| Permutation::new(&Parameters::generate(PARTIAL_ROUNDS_3)));
/// The instance of width 5, generated at first use.
pub(crate) static WIDTH_5: LazyLock<Permutation<5>> =
    LazyLock::new(|| Permutation::new(&Parameters::generate(PARTIAL_ROUNDS_5)));

/// What a hash is for. Hashes of different domains or arities never collide by construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// An inner node of the note commitment tree.
    Node,
    /// A note commitment.
    Note,
    /// A note's nullifier.
    Nullifier,
    /// The owner mark of an order, bond or transfer.
    Tag,
}

impl Domain {
    /// The capacity element: four ASCII letters, read big-endian, times 256, plus the number of
    /// inputs.
    #[must_use]
    pub fn constant(self, arity: u8) -> Fr {
        let letters = match self {
            Self::Node => *b"NODE",
            Self::Note => *b"NOTE",
            Self::Nullifier => *b"NULL",
            Self::Tag => *b"TAG ",
        };
        Fr::from((u64::from(u32::from_be_bytes(letters)) << 8) | u64::from(arity))
    }
}

/// Hashes two elements with the instance of width 3.
#[must_use]
pub fn hash2(domain: Domain, inputs: [Fr; 2]) -> Fr {
    let mut state = [domain.constant(2), inputs[0], inputs[1]];
    WIDTH_3.permute(&mut state);
    state[1]
}

/// Hashes three elements with the instance of width 5; the fourth input is zero, and the domain
/// constant says that there are three.
#[must_use]
pub fn hash3(domain: Domain, inputs: [Fr; 3]) -> Fr {
    let mut state = [
        domain.constant(3),
        inputs[0],
        inputs[1],
        inputs[2],
        Fr::ZERO,
    ];
    WIDTH_5.permute(&mut state);
    state[1]
}

/// Hashes four elements with the instance of width 5.
#[must_use]
pub fn hash4(domain: Domain, inputs: [Fr; 4]) -> Fr {
    let mut state = [
        domain.constant(4),
        inputs[0],
        inputs[1],
        inputs[2],
        inputs[3],
    ];
    WIDTH_5.permute(&mut state);
    state[1]
}

#[cfg(test)]
mod tests;
