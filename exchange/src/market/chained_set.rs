//! A set that only grows, with a hash chain over its members in their order of arrival.

use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use tally_circuits::field::Element;

/// A growing set and the hash that stands for it: equal hashes, equal histories.
#[derive(Clone, Debug)]
pub(super) struct ChainedSet {
    domain: &'static [u8],
    members: BTreeSet<Element>,
    in_order: Vec<Element>,
    hash: [u8; 32],
}

impl ChainedSet {
    /// The empty set; `domain` keeps the chains of different sets apart.
    pub(super) const fn new(domain: &'static [u8]) -> Self {
        Self {
            domain,
            members: BTreeSet::new(),
            in_order: Vec::new(),
            hash: [0; 32],
        }
    }

    /// Adds a member; false if it is there already.
    pub(super) fn insert(&mut self, member: Element) -> bool {
        if !self.members.insert(member) {
            return false;
        }
        self.in_order.push(member);
        let mut hash = Sha256::new();
        hash.update(self.domain);
        hash.update(self.hash);
        hash.update(member.to_bytes());
        self.hash = hash.finalize().into();
        true
    }

    /// Adds members in order; false if one is there already.
    pub(super) fn extend(&mut self, members: impl IntoIterator<Item = Element>) -> bool {
        members.into_iter().all(|member| self.insert(member))
    }

    pub(super) fn contains(&self, member: &Element) -> bool {
        self.members.contains(member)
    }

    pub(super) fn in_order(&self) -> &[Element] {
        &self.in_order
    }

    /// The chain's present hash.
    pub(super) const fn hash(&self) -> [u8; 32] {
        self.hash
    }
}
