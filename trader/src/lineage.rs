//! One lineage: the chain of notes that grows from one nullifier key in one market.

use crate::error::WalletError;
use crate::history::History;
use crate::keys::cancel_key;
use crate::self_trade::posted;
use std::collections::BTreeMap;
use tally_circuits::field::Element;
use tally_circuits::note::{Note, NullifierKey};
use tally_exchange::market::Market;
use tally_exchange::message::{ActMessage, Action, Rest};
use tally_exchange::receipt::ActReceipt;
use tally_exchange::record::Record;
use tally_exchange::units::OrderId;

/// Where an own order's record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnOrder {
    /// Nullifier of the Act under whose tag the record stands now.
    pub tag_nullifier: Element,
    /// Nullifier of the Act that posted the order: its cancel key derives from it.
    pub posted_by: Element,
    /// The order's position in that Act.
    pub position: u32,
}

/// The state of one lineage. Equal states come from equal histories: live keeping and recovery are one function.
#[derive(Clone, PartialEq)]
pub struct Lineage {
    key: NullifierKey,
    market: Element,
    note: Note,
    /// Follows from key, market and note; every transaction of a ledger is compared with it.
    nullifier: Element,
    leaf: Option<u32>,
    orders: BTreeMap<OrderId, OwnOrder>,
    acts: u64,
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
            leaf: None,
            orders: BTreeMap::new(),
            acts: 0,
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
        while let Some((message, receipt)) = history.act(&lineage.nullifier) {
            if history.is_disputed(&lineage.nullifier) {
                return Err(WalletError::Contradiction);
            }
            lineage.follow(message, receipt)?;
        }
        Ok(lineage)
    }

    /// Moves on by one included Act of this lineage.
    ///
    /// # Errors
    /// [`WalletError::Contradiction`] unless the Act spends the present note and commits to the one that its receipt
    /// leads to, with one order id for each order posted; nothing has changed then.
    pub fn follow(
        &mut self,
        message: &ActMessage,
        receipt: &ActReceipt,
    ) -> Result<(), WalletError> {
        let spent = self.nullifier;
        let opens = matches!(message.action, Action::Open { .. });
        if message.nullifier != spent
            || opens != self.leaf.is_none()
            || posted(&message.action).len() != receipt.orders.len()
        {
            return Err(WalletError::Contradiction);
        }
        let note = self
            .note
            .apply(&receipt.deltas, spent.0)
            .map_err(|_| WalletError::Contradiction)?;
        if note.commitment(self.market.0, &self.key) != message.new_commitment.0 {
            return Err(WalletError::Contradiction);
        }
        self.nullifier = Element(note.nullifier(self.market.0, &self.key));
        self.note = note;
        self.leaf = Some(receipt.leaf);
        self.acts += 1;
        self.follow_orders(message, receipt, spent);
        Ok(())
    }

    fn follow_orders(&mut self, message: &ActMessage, receipt: &ActReceipt, nullifier: Element) {
        let Action::Trade { claim, .. } = &message.action else {
            return;
        };
        for entry in claim.iter().flat_map(|claim| &claim.records) {
            match entry.rest {
                Rest::Close => {
                    self.orders.remove(&entry.order);
                }
                Rest::Move => {
                    if let Some(order) = self.orders.get_mut(&entry.order) {
                        order.tag_nullifier = nullifier;
                    }
                }
            }
        }
        for (position, order) in (0..).zip(&receipt.orders) {
            let own = OwnOrder {
                tag_nullifier: nullifier,
                posted_by: nullifier,
                position,
            };
            self.orders.insert(*order, own);
        }
    }

    /// Whether the lineage stands in the market as a true history leaves it: its note unspent and in the tree, its
    /// orders' records under its tags.
    ///
    /// # Errors
    /// [`WalletError::HistoryIncomplete`] or [`WalletError::Contradiction`].
    pub fn check_against(&self, market: &Market) -> Result<(), WalletError> {
        if market.is_spent(&self.nullifier) {
            let height = market.height();
            return Err(WalletError::HistoryIncomplete { height });
        }
        let commitment = || self.note.commitment(self.market.0, &self.key);
        let stands = |leaf| market.tree().leaf(leaf) == Some(commitment());
        let fits = |(order, own): (&OrderId, &OwnOrder)| match market.record(*order) {
            Some(record) => self.owns(own, record),
            // Only a move can credit a record to the end without naming that end.
            None => own.tag_nullifier != own.posted_by,
        };
        if self.leaf.is_none_or(stands) && self.orders.iter().all(fits) {
            Ok(())
        } else {
            Err(WalletError::Contradiction)
        }
    }

    fn owns(&self, own: &OwnOrder, record: &Record) -> bool {
        let key = cancel_key(&self.key, own.posted_by, own.position);
        record.tag == self.tag(own.tag_nullifier)
            && record.terms.cancel_key == key.verifying_key().to_bytes()
    }

    /// Forgets orders whose records no longer exist: a moved record that was credited to the end leaves nothing.
    pub fn retain_orders(&mut self, exists: impl Fn(OrderId) -> bool) {
        self.orders.retain(|order, _| exists(*order));
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

    /// The leaf of the present note in the epoch's tree; none before the opening.
    #[must_use]
    pub const fn leaf(&self) -> Option<u32> {
        self.leaf
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

    /// How many Acts of this lineage were included.
    #[must_use]
    pub const fn acts(&self) -> u64 {
        self.acts
    }
}

impl std::fmt::Debug for Lineage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lineage")
            .field("acts", &self.acts)
            .finish_non_exhaustive()
    }
}
