//! What can be read of epochs, decryption and funds.

use super::note_tree::NoteTree;
use super::{ClosedEpoch, Market};
use crate::epoch::clearing::Clearing;
use crate::epoch::opening::SumOpening;
use crate::epoch::terms::EpochTerms;
use crate::epoch::turnstile::Turnstile;
use tally_circuits::field::Element;
use tally_circuits::tree::Tree;

impl Market {
    /// The number of the epoch whose notes are spendable; it increases with the result of a revalidation.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether the epoch's note tree has no room left.
    #[must_use]
    pub fn is_tree_full(&self) -> bool {
        self.current().is_full()
    }

    /// The note tree of the present epoch.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        self.current().tree()
    }

    /// The note tree of the present or a closed epoch.
    #[must_use]
    pub fn tree_of(&self, epoch: u64) -> Option<&Tree> {
        self.notes_of(epoch).map(NoteTree::tree)
    }

    /// The next epoch's note tree, during a revalidation.
    #[must_use]
    pub fn next_tree(&self) -> Option<&Tree> {
        let revalidation = self.revalidation.as_ref()?;
        Some(if revalidation.is_sharing() {
            self.notes.tree()
        } else {
            &revalidation.next
        })
    }

    /// Whether a root is one that messages for the present epoch may name.
    #[must_use]
    pub fn is_root(&self, root: &Element) -> bool {
        self.current().is_root(root)
    }

    /// The terms of the revalidation under way.
    #[must_use]
    pub fn epoch_terms(&self) -> Option<&EpochTerms> {
        Some(&self.revalidation.as_ref()?.terms)
    }

    /// Notes that the present epoch's revalidation expects: refreshed into the epoch, or opened since.
    #[must_use]
    pub const fn expected(&self) -> u64 {
        self.members
    }

    /// Notes refreshed so far in the revalidation under way.
    #[must_use]
    pub fn refreshed(&self) -> u64 {
        self.revalidation
            .as_ref()
            .map_or(0, |revalidation| revalidation.refreshed)
    }

    /// A closed epoch.
    #[must_use]
    pub fn closed_epoch(&self, number: u64) -> Option<&ClosedEpoch> {
        self.closed.get(&number)
    }

    /// All closed epochs, oldest first.
    pub fn closed_epochs(&self) -> impl Iterator<Item = &ClosedEpoch> {
        self.closed.values()
    }

    /// The decryption of the last closed epoch's sums, as long as its shares are taken.
    #[must_use]
    pub const fn opening(&self) -> Option<&SumOpening> {
        self.opening.as_ref()
    }

    /// The account that takes what absent and distressed traders left.
    #[must_use]
    pub const fn clearing(&self) -> Clearing {
        self.clearing
    }

    /// The last turnstile.
    #[must_use]
    pub const fn last_turnstile(&self) -> Option<Turnstile> {
        self.turnstile
    }

    /// Whether the turnstile has halted the market for good.
    #[must_use]
    pub const fn is_halted(&self) -> bool {
        self.halted
    }

    /// The notes of the epoch [`Market::epoch`].
    pub(super) fn current(&self) -> &NoteTree {
        self.notes_of(self.epoch).unwrap_or(&self.notes)
    }

    /// The notes of the present or a closed epoch. From CLOSE to the result the present epoch is a closed one.
    pub(super) fn notes_of(&self, epoch: u64) -> Option<&NoteTree> {
        match self.closed.get(&epoch) {
            Some(closed) => Some(&closed.notes),
            None if epoch == self.epoch => Some(&self.notes),
            None => None,
        }
    }

    pub(super) fn notes_of_mut(&mut self, epoch: u64) -> Option<&mut NoteTree> {
        match self.closed.get_mut(&epoch) {
            Some(closed) => Some(&mut closed.notes),
            None if epoch == self.epoch => Some(&mut self.notes),
            None => None,
        }
    }
}
