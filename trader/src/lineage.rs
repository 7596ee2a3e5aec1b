//! One lineage: the chain of notes that grows from one nullifier key in one market, through all its epochs.

mod follow;
mod orders;
mod place;
mod state;

pub use orders::OwnOrder;
pub use place::{Place, Standing};
pub(crate) use state::LineageState;

use crate::error::WalletError;
use crate::halted::HaltedOrder;
use crate::history::History;
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::{BTreeMap, BTreeSet};
use tally_circuits::field::Element;
use tally_circuits::note::{Note, NullifierKey};
use tally_exchange::market::Market;
use tally_exchange::message::Symbol;
use tally_exchange::units::OrderId;

/// Cash that this lineage sent to another contract month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OwnTransfer {
    /// Nullifier of the Act that sent it: the transfer's tag derives from it.
    pub nullifier: Element,
    /// Where it went.
    pub to: Symbol,
    /// Cents.
    pub amount: u64,
}

/// The state of one lineage. Equal states come from equal histories: live keeping and recovery are one function.
#[derive(Clone, PartialEq)]
pub struct Lineage {
    key: NullifierKey,
    market: Element,
    note: Note,
    /// Follows from key, market and note; every transaction of a ledger is compared with it.
    nullifier: Element,
    place: Option<Place>,
    orders: BTreeMap<OrderId, OwnOrder>,
    /// Those of `orders` whose rest was moved to another tag: their records may go without a word, all others go only
    /// with a claim of this lineage.
    moved: BTreeSet<OrderId>,
    halted: BTreeMap<OrderId, HaltedOrder>,
    /// Seat numbers by the nullifier of the Act that posted the bond.
    bonds: BTreeMap<Element, u32>,
    transfers: Vec<OwnTransfer>,
    /// Deposits after the opening in the epoch of the present note, cents.
    deposited: u64,
    steps: u64,
}

impl Lineage {
    /// The lineage of `key` in `market` before its opening.
    #[must_use]
    pub fn unopened(key: NullifierKey, market: Element) -> Self {
        let note = Note::opening();
        Self {
            nullifier: Element(note.nullifier(market.0, &key)),
            key,
            market,
            note,
            place: None,
            orders: BTreeMap::new(),
            moved: BTreeSet::new(),
            halted: BTreeMap::new(),
            bonds: BTreeMap::new(),
            transfers: Vec::new(),
            deposited: 0,
            steps: 0,
        }
    }

    /// Walks the lineage of `key` through a history from its opening to its present note.
    ///
    /// # Errors
    /// [`WalletError::Contradiction`] if the history is not a true one.
    pub fn recover(
        key: NullifierKey,
        market: Element,
        history: &History,
    ) -> Result<Self, WalletError> {
        let mut lineage = Self::unopened(key, market);
        // It ends: no nullifier comes up twice, and the history is finite.
        while let Some(step) = history.step(&lineage.nullifier) {
            if history.is_disputed(&lineage.nullifier) {
                return Err(WalletError::Contradiction);
            }
            let spent = lineage.nullifier;
            lineage.follow(step)?;
            lineage.recall_halted(history, spent);
        }
        Ok(lineage)
    }

    /// Whether the lineage stands in the market as a true history leaves it: its note unspent and in its epoch's tree,
    /// its orders' records under its tags.
    ///
    /// # Errors
    /// [`WalletError::HistoryIncomplete`] or [`WalletError::Contradiction`].
    pub fn check_against(&self, market: &Market) -> Result<(), WalletError> {
        if market.is_spent(&self.nullifier) {
            let height = market.height();
            return Err(WalletError::HistoryIncomplete { height });
        }
        let commitment = self.note.commitment(self.market.0, &self.key);
        let stands = |place: Place| {
            place
                .tree(market)
                .is_some_and(|tree| tree.leaf(place.leaf) == Some(commitment))
        };
        if self.place.is_none_or(stands) && self.orders_stand(market) {
            Ok(())
        } else {
            Err(WalletError::Contradiction)
        }
    }

    /// Looks at the market at the end of a block: forgets orders whose records are gone (a moved record that was
    /// credited to the end leaves nothing), and remembers those that a halt has cancelled.
    pub fn end_block(&mut self, market: &Market) {
        self.retain_orders(market);
        self.remember_halted(market);
    }

    /// The nullifier of the present note; before the opening that of the opening itself.
    #[must_use]
    pub const fn nullifier(&self) -> Element {
        self.nullifier
    }

    /// The present note; all zero before the opening.
    #[must_use]
    pub const fn note(&self) -> &Note {
        &self.note
    }

    /// Where the present note stands; none before the opening.
    #[must_use]
    pub const fn place(&self) -> Option<Place> {
        self.place
    }

    /// The leaf of the present note in its epoch's tree; none before the opening.
    #[must_use]
    pub fn leaf(&self) -> Option<u32> {
        self.place.map(|place| place.leaf)
    }

    /// The epoch in whose tree the present note stands; none before the opening.
    #[must_use]
    pub fn epoch(&self) -> Option<u64> {
        self.place.map(|place| place.epoch)
    }

    /// The market's name inside commitments and nullifiers.
    #[must_use]
    pub const fn market(&self) -> Element {
        self.market
    }

    /// The lineage's nullifier key.
    #[must_use]
    pub const fn key(&self) -> &NullifierKey {
        &self.key
    }

    /// Own orders whose records may still stand, by id.
    #[must_use]
    pub const fn orders(&self) -> &BTreeMap<OrderId, OwnOrder> {
        &self.orders
    }

    /// Own day orders that the last halt cancelled and that were not posted again, by their old ids.
    #[must_use]
    pub const fn halted(&self) -> &BTreeMap<OrderId, HaltedOrder> {
        &self.halted
    }

    /// Seat numbers of own bonds that were not taken back, by the nullifier of the Act that posted the bond.
    #[must_use]
    pub const fn bonds(&self) -> &BTreeMap<Element, u32> {
        &self.bonds
    }

    /// What this lineage sent to other contract months, oldest first.
    #[must_use]
    pub fn transfers(&self) -> &[OwnTransfer] {
        &self.transfers
    }

    /// Deposits after the opening that were made since the present note's epoch began for this lineage, cents.
    #[must_use]
    pub const fn deposited(&self) -> u64 {
        self.deposited
    }

    /// How many statements of this lineage were included.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.steps
    }
}

impl std::fmt::Debug for Lineage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lineage")
            .field("steps", &self.steps)
            .finish_non_exhaustive()
    }
}
