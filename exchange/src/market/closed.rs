//! Closed epochs: their records are claimed in them, and from them late notes come back.

use super::note_tree::{NoteTree, NoteTreeParts};
use crate::epoch::terms::EpochTerms;
use crate::epoch::turnstile::Turnstile;
use crate::units::{Band, Price};
use borsh::{BorshDeserialize, BorshSerialize};
use tally_circuits::field::Element;
use tally_circuits::tree::Tree;

/// An epoch after its CLOSE. Kept for the life of the market: notes left in it come back until a year after expiry.
#[derive(Clone, Debug)]
pub struct ClosedEpoch {
    pub(super) notes: NoteTree,
    pub(super) state: ClosedState,
}

/// Its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct ClosedState {
    pub(super) number: u64,
    pub(super) band: Band,
    pub(super) maintenance: i64,
    pub(super) terms: EpochTerms,
    pub(super) expected: u64,
    pub(super) refreshed: u64,
    pub(super) outage: bool,
    pub(super) day: u64,
    pub(super) reopening: Option<Price>,
    pub(super) liquidated: Option<i64>,
    pub(super) turnstile: Option<Turnstile>,
}

/// As it is written down.
#[derive(BorshSerialize, BorshDeserialize)]
pub(super) struct ClosedParts {
    notes: NoteTreeParts,
    state: ClosedState,
}

impl ClosedEpoch {
    /// The epoch's number.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.state.number
    }

    /// Its note tree; claims in the epoch's lane still append to it.
    #[must_use]
    pub const fn tree(&self) -> &Tree {
        self.notes.tree()
    }

    /// Whether messages for this epoch may name `root`.
    #[must_use]
    pub fn is_root(&self, root: &Element) -> bool {
        self.notes.is_root(root)
    }

    /// All its block-end roots, oldest first.
    #[must_use]
    pub fn roots(&self) -> &[Element] {
        self.notes.roots()
    }

    /// The band in which its orders were posted, ticks: claims in its lane are proven in it.
    #[must_use]
    pub const fn band(&self) -> Band {
        self.state.band
    }

    /// Maintenance margin in that band, cents per contract.
    #[must_use]
    pub const fn maintenance(&self) -> i64 {
        self.state.maintenance
    }

    /// The terms of its revalidation.
    #[must_use]
    pub const fn terms(&self) -> &EpochTerms {
        &self.state.terms
    }

    /// Notes that were expected in the window.
    #[must_use]
    pub const fn expected(&self) -> u64 {
        self.state.expected
    }

    /// Notes that were refreshed.
    #[must_use]
    pub const fn refreshed(&self) -> u64 {
        self.state.refreshed
    }

    /// Whether a third or more of the expected notes were missing to the end.
    #[must_use]
    pub const fn outage(&self) -> bool {
        self.state.outage
    }

    /// The trading day on which it was closed, counted from 1 in this market.
    #[must_use]
    pub const fn day(&self) -> u64 {
        self.state.day
    }

    /// The reopening price, ticks: the price of the first uncrossing after it, or P if nothing traded there.
    #[must_use]
    pub const fn reopening(&self) -> Option<Price> {
        self.state.reopening
    }

    /// L, the clearing account's position after it, contracts; none while its sums are closed.
    #[must_use]
    pub const fn liquidated(&self) -> Option<i64> {
        self.state.liquidated
    }

    /// The turnstile, where cash was opened.
    #[must_use]
    pub const fn turnstile(&self) -> Option<Turnstile> {
        self.state.turnstile
    }

    pub(super) fn parts(&self) -> ClosedParts {
        ClosedParts {
            notes: self.notes.parts(),
            state: self.state,
        }
    }

    pub(super) fn from_parts(parts: ClosedParts) -> Option<Self> {
        Some(Self {
            notes: NoteTree::from_parts(parts.notes, true)?,
            state: parts.state,
        })
    }
}
