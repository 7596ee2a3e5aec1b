//! A lineage as it is written down: without its key, and without what follows from key and note.

use super::{Lineage, OwnOrder, OwnTransfer, Place};
use crate::halted::HaltedOrder;
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::{BTreeMap, BTreeSet};
use tally_circuits::field::Element;
use tally_circuits::note::{Note, NullifierKey};
use tally_exchange::units::OrderId;

/// What a lineage has beside its key and its market.
#[derive(BorshSerialize, BorshDeserialize)]
pub(crate) struct LineageState {
    note: Note,
    place: Option<Place>,
    orders: BTreeMap<OrderId, OwnOrder>,
    moved: BTreeSet<OrderId>,
    halted: BTreeMap<OrderId, HaltedOrder>,
    bonds: BTreeMap<Element, u32>,
    transfers: Vec<OwnTransfer>,
    deposited: u64,
    steps: u64,
}

impl Lineage {
    /// The lineage as it is written down.
    pub(crate) fn state(&self) -> LineageState {
        LineageState {
            note: self.note.clone(),
            place: self.place,
            orders: self.orders.clone(),
            moved: self.moved.clone(),
            halted: self.halted.clone(),
            bonds: self.bonds.clone(),
            transfers: self.transfers.clone(),
            deposited: self.deposited,
            steps: self.steps,
        }
    }

    /// The lineage of `key` in `market` with this state; none if no lineage ever is in it.
    pub(crate) fn from_state(
        key: NullifierKey,
        market: Element,
        state: LineageState,
    ) -> Option<Self> {
        let LineageState {
            note,
            place,
            orders,
            moved,
            halted,
            bonds,
            transfers,
            deposited,
            steps,
        } = state;
        let lineage = Self {
            nullifier: Element(note.nullifier(market.0, &key)),
            key,
            market,
            note,
            place,
            orders,
            moved,
            halted,
            bonds,
            transfers,
            deposited,
            steps,
        };
        lineage.is_possible().then_some(lineage)
    }

    /// Whether the parts fit together: before the opening there is nothing, and only own orders are moved.
    fn is_possible(&self) -> bool {
        let is_unopened = || *self == Self::unopened(self.key.clone(), self.market);
        let opened = self.place.is_some() && self.steps > 0;
        let owns_moved = self.moved.iter().all(|id| self.orders.contains_key(id));
        (opened || is_unopened()) && owns_moved
    }
}
