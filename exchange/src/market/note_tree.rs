//! The note tree of one epoch with the roots that its messages may name.

use super::ROOTS;
use super::chained_set::ChainedSet;
use borsh::{BorshDeserialize, BorshSerialize};
use tally_circuits::field::Element;
use tally_circuits::tree::{CAPACITY, Full, Tree};

/// A tree and its block-end roots, all of which are kept.
#[derive(Clone, Debug)]
pub(super) struct NoteTree {
    tree: Tree,
    roots: ChainedSet,
}

/// As it is written down: the chain of roots is computed anew.
#[derive(BorshSerialize, BorshDeserialize)]
pub(super) struct NoteTreeParts {
    tree: Tree,
    roots: Vec<Element>,
}

impl NoteTree {
    /// A tree of which no root may be named yet.
    pub(super) const fn unpublished(tree: Tree) -> Self {
        Self {
            tree,
            roots: ChainedSet::new(ROOTS),
        }
    }

    /// An empty tree whose root may be named, as openings do.
    pub(super) fn published() -> Self {
        let mut notes = Self::unpublished(Tree::new());
        notes.publish();
        notes
    }

    pub(super) const fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(super) fn append(&mut self, commitment: Element) -> Result<u32, Full> {
        self.tree.append(commitment.0)
    }

    /// Lets messages name the present root. Called between blocks.
    pub(super) fn publish(&mut self) {
        self.roots.insert(Element(self.tree.root()));
    }

    pub(super) fn is_root(&self, root: &Element) -> bool {
        self.roots.contains(root)
    }

    pub(super) fn roots(&self) -> &[Element] {
        self.roots.in_order()
    }

    pub(super) const fn roots_hash(&self) -> [u8; 32] {
        self.roots.hash()
    }

    pub(super) fn is_full(&self) -> bool {
        self.tree.len() >= CAPACITY
    }

    /// Whether the last quarter has begun: time for a new tree.
    pub(super) fn is_nearly_full(&self) -> bool {
        self.tree.len() >= CAPACITY / 4 * 3
    }

    pub(super) fn parts(&self) -> NoteTreeParts {
        NoteTreeParts {
            tree: self.tree.clone(),
            roots: self.roots.in_order().to_vec(),
        }
    }

    /// The tree of a block end. `None` if a root is named twice, or if `is_published` and its present root is missing,
    /// or if it is not and there are roots.
    pub(super) fn from_parts(parts: NoteTreeParts, is_published: bool) -> Option<Self> {
        let mut roots = ChainedSet::new(ROOTS);
        let are_distinct = roots.extend(parts.roots);
        let notes = Self {
            tree: parts.tree,
            roots,
        };
        let fits = if is_published {
            notes.is_root(&Element(notes.tree.root()))
        } else {
            notes.roots().is_empty()
        };
        (are_distinct && fits).then_some(notes)
    }
}
