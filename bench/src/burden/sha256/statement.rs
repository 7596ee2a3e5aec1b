//! The statement: some inventory in the tree is worth something at the public price.

use super::bits::{Bit, Word, combination, weighted};
use super::compression::{BLOCK_WORDS, STATE_WORDS, compress, witness_words};
use super::inventory::{HASH_BYTES, Inventory, MerklePath};
use ark_bls12_381::Fr;
use ark_ff::{Field, PrimeField};
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError,
};
use tally_prover::Statement;

/// Public inputs: the root in two halves of 128 bits, the upper one first, and the price.
pub(super) const PUBLIC_INPUTS: usize = 3;

/// Bits of an equity that is not negative. With 64-bit cash and position and a price below 2^62 cents it fits.
const EQUITY_BITS: usize = 126;

/// Membership in a tree of SHA-256 compressions: what arrangement (b) proves after every event.
///
/// Public: the root and the price of a contract, cents. Relation: the leaf that commits to the inventory leads to the
/// root, and the inventory's equity at that price is not negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sha256Membership<const DEPTH: usize> {}

impl<const DEPTH: usize> Statement for Sha256Membership<DEPTH> {
    const NAME: &'static str = "sha256-membership";
    const PUBLIC_INPUTS: usize = PUBLIC_INPUTS;
    type Circuit = Sha256Circuit<DEPTH>;

    fn blank() -> Self::Circuit {
        Sha256Circuit::example(0, 0)
    }
}

/// The circuit with its witness.
#[derive(Clone)]
pub struct Sha256Circuit<const DEPTH: usize> {
    /// The root, public.
    pub root: [u8; HASH_BYTES],
    /// What a contract is worth, cents, public.
    pub price: i64,
    /// The inventory, secret.
    pub inventory: Inventory,
    /// Its way to the root, secret.
    pub path: MerklePath<DEPTH>,
}

impl<const DEPTH: usize> Sha256Circuit<DEPTH> {
    /// A statement that holds: an inventory with `position` contracts at `price` cents and some cash more than they
    /// cost, in a tree of arbitrary hashes.
    #[must_use]
    pub fn example(position: i64, price: i64) -> Self {
        let byte = |index: usize| u8::try_from(index % 251).unwrap_or(0);
        let inventory = Inventory {
            cash: position
                .saturating_mul(price)
                .saturating_neg()
                .saturating_add(1),
            position,
            nonce: std::array::from_fn(|index| byte(7 * index + 1)),
            key: std::array::from_fn(|index| byte(11 * index + 5)),
        };
        let path = MerklePath {
            siblings: std::array::from_fn(|level| {
                std::array::from_fn(|index| byte(31 * level + 3 * index))
            }),
            is_right: std::array::from_fn(|level| level % 3 == 1),
        };
        Self {
            root: path.root(inventory.commitment()),
            price,
            inventory,
            path,
        }
    }

    /// What the verifier checks a proof against.
    #[must_use]
    pub fn public_inputs(&self) -> [Fr; PUBLIC_INPUTS] {
        let (upper, lower) = self.root.split_at(HASH_BYTES / 2);
        [
            Fr::from_be_bytes_mod_order(upper),
            Fr::from_be_bytes_mod_order(lower),
            Fr::from(self.price),
        ]
    }
}

impl<const DEPTH: usize> ConstraintSynthesizer<Fr> for Sha256Circuit<DEPTH> {
    fn generate_constraints(self, system: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        let [upper, lower, price] = self.public_inputs();
        let upper = system.new_input_variable(|| Ok(upper))?;
        let lower = system.new_input_variable(|| Ok(lower))?;
        let price = system.new_input_variable(|| Ok(price))?;

        // The leaf commits to the inventory.
        let block: [Word; BLOCK_WORDS] = witness_words(&self.inventory.block(), &system)?;
        let mut node = compress(&block, &system)?;

        // The leaf leads to the root.
        for (sibling, is_right) in self.path.siblings.iter().zip(self.path.is_right) {
            let sibling: [Word; STATE_WORDS] = witness_words(sibling, &system)?;
            node = parent(&node, &sibling, Bit::witness(&system, is_right)?, &system)?;
        }
        let (front, back) = node.split_at(STATE_WORDS / 2);
        for (half, input) in [(front, upper), (back, lower)] {
            system.enforce_r1cs_constraint(
                || integer(half),
                || combination(&[(Fr::ONE, Bit::ONE)]),
                || input.into(),
            )?;
        }

        // Its equity is not negative.
        let product = Fr::from(self.inventory.position) * Fr::from(self.price);
        let product = system.new_witness_variable(|| Ok(product))?;
        system.enforce_r1cs_constraint(
            || signed(&block[2..4]),
            || price.into(),
            || product.into(),
        )?;
        // Of a negative equity the lowest bits alone: then the next constraint does not hold.
        let equity = self.inventory.equity(self.price);
        let bits = (0..EQUITY_BITS)
            .map(|place| Bit::witness(&system, equity >> place & 1 == 1))
            .collect::<Result<Vec<Bit>, _>>()?;
        system.enforce_r1cs_constraint(
            || signed(&block[..2]) + product,
            || combination(&[(Fr::ONE, Bit::ONE)]),
            || combination(&weighted(&bits)),
        )
    }
}

/// The node above `node` and `sibling`.
fn parent(
    node: &[Word; STATE_WORDS],
    sibling: &[Word; STATE_WORDS],
    is_right: Bit,
    system: &ConstraintSystemRef<Fr>,
) -> Result<[Word; STATE_WORDS], SynthesisError> {
    let mut block = [[Bit::Constant(false); 32]; BLOCK_WORDS];
    let (left, right) = block.split_at_mut(STATE_WORDS);
    for word in 0..STATE_WORDS {
        for place in 0..32 {
            let (node, sibling) = (node[word][place], sibling[word][place]);
            left[word][place] = is_right.choose(sibling, node, system)?;
            right[word][place] = is_right.choose(node, sibling, system)?;
        }
    }
    compress(&block, system)
}

/// The bits of big-endian words, the least significant one first.
fn little_endian(words: &[Word]) -> impl Iterator<Item = &Bit> {
    words.iter().rev().flatten()
}

/// The integer that big-endian words are.
fn integer(words: &[Word]) -> LinearCombination<Fr> {
    combination(&weighted(little_endian(words)))
}

/// The signed integer that big-endian words are: the highest bit counts negative.
fn signed(words: &[Word]) -> LinearCombination<Fr> {
    let mut terms = weighted(little_endian(words));
    if let Some((weight, _)) = terms.last_mut() {
        *weight = -*weight;
    }
    combination(&terms)
}
