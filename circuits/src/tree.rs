//! The 4-ary append-only tree of note commitments of one epoch.
//!
//! Depth 10, hence 4^10 = 1,048,576 leaves. An empty leaf is zero; a node is one Poseidon
//! permutation over its four children.

use std::fmt;
use std::io::{Read, Write};
use std::sync::LazyLock;

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;
use borsh::{BorshDeserialize, BorshSerialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::field::Element;
use crate::poseidon::{self, Domain};

/// Levels of nodes above the leaves.
pub const DEPTH: usize = 10;
/// Children of a node.
pub const ARITY: usize = 4;
/// Leaves that fit: 4^10.
pub const CAPACITY: u32 = 1 << (2 * DEPTH);

/// Roots of the empty subtrees, by height; the last is the root of the empty tree.
static EMPTY: LazyLock<[Fr; DEPTH + 1]> = LazyLock::new(|| {
    let mut roots = [Fr::ZERO; DEPTH + 1];
    for height in 1..=DEPTH {
        roots[height] = node([roots[height - 1]; ARITY]);
    }
    roots
});

/// A node from its children.
pub(crate) fn node(children: [Fr; ARITY]) -> Fr {
    poseidon::hash4(Domain::Node, children)
}

/// The tree has no free leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the note tree is full: it holds {CAPACITY} leaves; wait for the next epoch's tree")]
pub struct Full;

/// The tree with all its nodes, so that a path is read and never recomputed.
///
/// In borsh it is the list of its leaves; decoding hashes the whole tree again.
#[derive(Clone, PartialEq, Eq)]
pub struct Tree {
    /// `levels[0]` are the leaves, `levels[DEPTH]` the root; nodes of empty subtrees are left out.
    levels: [Vec<Fr>; DEPTH + 1],
}

impl Default for Tree {
    fn default() -> Self {
        Self::new()
    }
}

impl Tree {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self {
            levels: std::array::from_fn(|_| Vec::new()),
        }
    }

    /// The tree with these leaves, in this order.
    ///
    /// # Errors
    /// [`Full`] if there are more than [`CAPACITY`].
    pub fn from_leaves(leaves: &[Fr]) -> Result<Self, Full> {
        let mut tree = Self::new();
        tree.extend(leaves)?;
        Ok(tree)
    }

    /// Number of leaves.
    #[must_use]
    pub fn len(&self) -> u32 {
        // `extend` lets no more than CAPACITY = 2^20 leaves in.
        u32::try_from(self.levels[0].len()).unwrap_or(CAPACITY)
    }

    /// True if there is no leaf.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.levels[0].is_empty()
    }

    /// Appends a leaf and says at which index: one permutation a level.
    ///
    /// # Errors
    /// [`Full`] if there is no room; the tree is unchanged.
    pub fn append(&mut self, leaf: Fr) -> Result<u32, Full> {
        let index = self.len();
        self.extend(&[leaf])?;
        Ok(index)
    }

    /// Appends leaves in order; nodes that they share are hashed once.
    ///
    /// # Errors
    /// [`Full`] if there is no room for all of them; the tree is unchanged.
    pub fn extend(&mut self, leaves: &[Fr]) -> Result<(), Full> {
        if leaves.is_empty() {
            return Ok(());
        }
        let mut first = self.levels[0].len();
        if first + leaves.len() > CAPACITY as usize {
            return Err(Full);
        }
        self.levels[0].extend_from_slice(leaves);
        for height in 1..=DEPTH {
            first /= ARITY;
            let (below, above) = self.levels.split_at_mut(height);
            let (children, nodes) = (&below[height - 1], &mut above[0]);
            nodes.truncate(first);
            nodes.extend(
                children[first * ARITY..]
                    .chunks(ARITY)
                    .map(|present| node(four(present, height - 1))),
            );
        }
        Ok(())
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Fr {
        self.levels[DEPTH].first().copied().unwrap_or(EMPTY[DEPTH])
    }

    /// The leaf at `index`, if there is one.
    #[must_use]
    pub fn leaf(&self, index: u32) -> Option<Fr> {
        self.levels[0].get(index as usize).copied()
    }

    /// All leaves in order.
    #[must_use]
    pub fn leaves(&self) -> &[Fr] {
        &self.levels[0]
    }

    /// The path from the leaf at `index` to the root, if there is such a leaf.
    #[must_use]
    pub fn path(&self, index: u32) -> Option<Path> {
        self.leaf(index)?;
        let mut siblings = [[Fr::ZERO; ARITY - 1]; DEPTH];
        let mut position = index as usize;
        for (height, siblings) in siblings.iter_mut().enumerate() {
            let start = position - position % ARITY;
            let level = &self.levels[height];
            let present = &level[start..level.len().min(start + ARITY)];
            let mut others = (0..ARITY).filter(|child| *child != position % ARITY);
            let children = four(present, height);
            *siblings = std::array::from_fn(|_| others.next().map_or(Fr::ZERO, |i| children[i]));
            position /= ARITY;
        }
        Some(Path { index, siblings })
    }
}

/// One to four children at `height`, filled up with the root of the empty subtree.
fn four(present: &[Fr], height: usize) -> [Fr; ARITY] {
    std::array::from_fn(|child| present.get(child).copied().unwrap_or(EMPTY[height]))
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("len", &self.len())
            .field("root", &Element(self.root()))
            .finish()
    }
}

impl BorshSerialize for Tree {
    fn serialize<W: Write>(&self, writer: &mut W) -> std::io::Result<()> {
        self.len().serialize(writer)?;
        for leaf in self.leaves() {
            Element(*leaf).serialize(writer)?;
        }
        Ok(())
    }
}

impl BorshDeserialize for Tree {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        let invalid = |error| std::io::Error::new(std::io::ErrorKind::InvalidData, error);
        let count = u32::deserialize_reader(reader)?;
        if count > CAPACITY {
            return Err(invalid(Full));
        }
        // No reservation: a false count must not cost memory.
        let mut leaves = Vec::new();
        for _ in 0..count {
            leaves.push(Element::deserialize_reader(reader)?.0);
        }
        Self::from_leaves(&leaves).map_err(invalid)
    }
}

/// The way from a leaf to the root. Private: it tells which note is spent, so `Debug` shows
/// nothing and the content is wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Path {
    /// Index of the leaf. Two bits a level, lowest first, say which child is on the path; only the
    /// lowest 20 bits count.
    pub index: u32,
    /// The other three children of each node on the path, from the leaf's level up, in order.
    pub siblings: [[Fr; ARITY - 1]; DEPTH],
}

impl Path {
    /// A path of zeros, for an opening, which spends no leaf.
    #[must_use]
    pub fn zero() -> Self {
        Self {
            index: 0,
            siblings: [[Fr::ZERO; ARITY - 1]; DEPTH],
        }
    }

    /// Which of the four children is on the path at `height` (0 is the leaf): 0 to 3.
    #[must_use]
    pub fn digit(&self, height: usize) -> usize {
        (self.index as usize >> (2 * height)) % ARITY
    }

    /// The four children at `height`, `current` being the one on the path.
    #[must_use]
    pub(crate) fn children(&self, height: usize, current: Fr) -> [Fr; ARITY] {
        let digit = self.digit(height);
        let siblings = &self.siblings[height];
        std::array::from_fn(|child| match child.cmp(&digit) {
            std::cmp::Ordering::Less => siblings[child],
            std::cmp::Ordering::Equal => current,
            std::cmp::Ordering::Greater => siblings[child - 1],
        })
    }

    /// The root to which this path leads from `leaf`.
    #[must_use]
    pub fn root(&self, leaf: Fr) -> Fr {
        (0..DEPTH).fold(leaf, |current, height| node(self.children(height, current)))
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Path(private)")
    }
}

#[cfg(test)]
mod tests;
