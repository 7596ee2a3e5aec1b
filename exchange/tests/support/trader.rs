//! A trader: one lineage of notes, the tags it has made, and a cash account.

use super::cash::account_of;
use ed25519_dalek::SigningKey;
use std::collections::BTreeMap;
use tally_circuits::act::ActWitness;
use tally_circuits::field::Element;
use tally_circuits::note::{Note, NullifierKey, tag};
use tally_circuits::tree::Path;
use tally_exchange::market::Market;
use tally_exchange::message::{Account, ActMessage, ActTransaction, Action};
use tally_exchange::receipt::ActReceipt;

/// What a wallet keeps, as far as the tests need it.
#[derive(Clone)]
pub struct TestTrader {
    /// The key of the lineage.
    pub key: NullifierKey,
    /// The present note.
    pub note: Note,
    /// Where the note stands in its epoch's tree; nothing before the opening.
    pub leaf: Option<u32>,
    /// The epoch in whose tree it stands.
    pub epoch: u64,
    /// The key of the cash account.
    pub cash_key: SigningKey,
    /// The nullifiers of the Acts that made the tags.
    pub tags: BTreeMap<Element, Element>,
}

/// A message before its proof is made, with the witness for it. A cheat changes either.
#[derive(Clone)]
pub struct Draft {
    /// What will be proved and sent.
    pub message: ActMessage,
    /// By whom.
    pub witness: ActWitness,
    /// Signs if the message pays in.
    pub cash_key: SigningKey,
}

/// An Act whose proof is made and that has not been included yet.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What is sent.
    pub act: ActTransaction,
}

impl TestTrader {
    /// A trader with keys made from `number`.
    pub fn new(number: u64) -> Self {
        let mut seed = [0; 64];
        seed[..8].copy_from_slice(&number.to_le_bytes());
        seed[32..40].copy_from_slice(b"tests nk");
        let mut cash_seed = [0xc4; 32];
        cash_seed[..8].copy_from_slice(&number.to_le_bytes());
        Self {
            key: NullifierKey::from_uniform_bytes(&seed),
            note: Note::opening(),
            leaf: None,
            epoch: 1,
            cash_key: SigningKey::from_bytes(&cash_seed),
            tags: BTreeMap::new(),
        }
    }

    /// The cash account.
    pub fn account(&self) -> Account {
        account_of(&self.cash_key)
    }

    /// The nullifier of the present note.
    pub fn nullifier(&self, market: &Market) -> Element {
        Element(self.note.nullifier(market.market_element().0, &self.key))
    }

    /// The tag of the Act that spends the present note.
    pub fn tag(&self, market: &Market) -> Element {
        Element(tag(&self.key, self.nullifier(market).0))
    }

    /// The epoch that a message about the present note is for; an opening is for the market's.
    pub fn epoch(&self, market: &Market) -> u64 {
        self.leaf.map_or(market.epoch(), |_| self.epoch)
    }

    /// The path of the present note in its epoch's tree.
    pub fn path(&self, market: &Market) -> Path {
        let tree = market.tree_of(self.epoch(market));
        self.leaf
            .and_then(|leaf| tree?.path(leaf))
            .unwrap_or_else(Path::zero)
    }

    /// The witness for an Act of this action on the present note, under the tree's present root.
    pub fn witness(&self, market: &Market, action: &Action) -> ActWitness {
        let old_tag = match action {
            Action::Trade {
                claim: Some(claim), ..
            } => Some(claim.tag),
            Action::Unbond { bond, .. } => Some(*bond),
            Action::Receive { transfer, .. } => Some(*transfer),
            _ => None,
        };
        let old_tag_nullifier = old_tag.and_then(|tag| self.tags.get(&tag).copied());
        ActWitness {
            key: self.key.clone(),
            old_note: self.note.clone(),
            path: self.path(market),
            old_tag_nullifier: old_tag_nullifier.unwrap_or(Element::ZERO).0,
        }
    }

    /// Takes note of an Act of this trader that was accepted.
    pub fn accepted(&mut self, act: &ActTransaction, receipt: &ActReceipt) {
        let nullifier = act.message.nullifier;
        match act.message.action {
            Action::Trade { tag: Some(tag), .. }
            | Action::Bond { tag, .. }
            | Action::Transfer { tag, .. } => {
                self.tags.insert(tag, nullifier);
            }
            _ => {}
        }
        let next = self.note.apply(&receipt.deltas, nullifier.0);
        self.note = next.expect("an accepted Act leaves the note in range");
        self.leaf = Some(receipt.leaf);
        self.epoch = act.message.epoch;
    }
}
