//! The messages of a replayed day with their senders: what is true, and no node is told.

use super::{Micros, SECOND};
use crate::replay::{Dispatch, DispatchedDay};
use rand::Rng;
use std::collections::BTreeMap;
use tally_circuits::field::Element;
use tally_exchange::message::{Action, OrderChange, OrderTerms, Transaction};
use tally_exchange::receipt::Receipt;
use tally_exchange::units::{OrderId, TimeInForce};

/// What a wallet does by itself (claims, Refreshes) it does at a random time within so long: the replay has it at the same
/// instant as another trader's message, which would say that it is not his.
pub const OWN_BUSINESS_WITHIN: Micros = 30 * SECOND;

/// What a message is, as everybody who reads it can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// New orders that may rest, with nothing claimed.
    Limit,
    /// New orders that don't rest, with nothing claimed.
    Market,
    /// New orders, and a claim that names the old ones.
    Replace,
    /// A claim alone.
    Claim,
    /// A cancel.
    Cancel,
    /// A reduction.
    Reduce,
    /// A Refresh.
    Refresh,
}

impl Kind {
    /// How many there are.
    pub const COUNT: usize = 7;

    /// Whether it posts orders and names no earlier message: such a message the adversary has to place.
    #[must_use]
    pub const fn is_new_order(self) -> bool {
        matches!(self, Self::Limit | Self::Market)
    }

    /// Whether it spends a note: such a message names a root, and the block height at which it expires.
    #[must_use]
    pub const fn spends(self) -> bool {
        !matches!(self, Self::Cancel | Self::Reduce)
    }
}

/// The terms of the first order that a message posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether it buys.
    pub buys: bool,
    /// The limit, ticks.
    pub limit: i32,
    /// Contracts.
    pub quantity: u32,
    /// Whether it rests if it does not trade at once.
    pub rests: bool,
    /// Whether it may only rest.
    pub post_only: bool,
}

/// Terms for tests.
#[cfg(test)]
pub(super) const TERMS: Terms = Terms {
    buys: true,
    limit: 2_600,
    quantity: 1,
    rests: true,
    post_only: false,
};

/// A message and its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The sender: the truth.
    pub trader: u32,
    /// When the sender wanted to send it.
    pub wanted: Micros,
    /// What it is.
    pub kind: Kind,
    /// The terms of the order that it posts.
    pub terms: Option<Terms>,
    /// Bytes.
    pub bytes: usize,
    /// The place of the earlier message that it names, by tag or order: a link by protocol.
    pub names: Option<usize>,
    /// When its orders traded, in order.
    pub fills: Vec<Micros>,
}

/// The messages of a replayed day that a trader sends for trading: orders, instructions, claims, Refreshes.
///
/// Openings and bonds come before the session. Duties of decryptors' seats are signed by their seats, which links those of
/// one seat, and are left out, as is the cash of whoever tops up.
pub fn sent(day: &DispatchedDay, random: &mut impl Rng) -> Vec<Sent> {
    let mut index = Index::default();
    let mut all = Vec::with_capacity(day.messages.len());
    for dispatch in &day.messages {
        if let Some(mut sent) = index.read(dispatch) {
            if matches!(sent.kind, Kind::Claim | Kind::Refresh) && !dispatch.is_of_flow {
                sent.wanted += random.gen_range(0..OWN_BUSINESS_WITHIN);
            }
            index.remember(dispatch, all.len());
            all.push(sent);
        }
    }
    for (order, time) in &day.fills {
        if let Some(place) = index.orders.get(order) {
            all[*place].fills.push(signed(*time));
        }
    }
    all
}

/// Which message posted an order, and under which tag.
#[derive(Default)]
struct Index {
    orders: BTreeMap<OrderId, usize>,
    tags: BTreeMap<[u8; 32], usize>,
}

impl Index {
    fn read(&self, dispatch: &Dispatch) -> Option<Sent> {
        let (kind, terms, names) = match &dispatch.transaction {
            Transaction::Act(act) => self.trade(&act.message.action)?,
            Transaction::Instruction(instruction) => {
                let kind = match instruction.change {
                    OrderChange::Cancel => Kind::Cancel,
                    OrderChange::Reduce(_) => Kind::Reduce,
                };
                (kind, None, self.orders.get(&instruction.order).copied())
            }
            Transaction::Refresh(_) => (Kind::Refresh, None, None),
            _ => return None,
        };
        Some(Sent {
            trader: dispatch.trader,
            wanted: signed(dispatch.wanted),
            kind,
            terms,
            bytes: dispatch.bytes,
            names,
            fills: Vec::new(),
        })
    }

    fn trade(&self, action: &Action) -> Option<(Kind, Option<Terms>, Option<usize>)> {
        let Action::Trade { claim, orders, .. } = action else {
            return None;
        };
        let terms = orders.first().map(terms);
        let kind = match (claim, terms) {
            (Some(_), Some(_)) => Kind::Replace,
            (Some(_), None) => Kind::Claim,
            (None, Some(Terms { rests: false, .. })) => Kind::Market,
            (None, _) => Kind::Limit,
        };
        let named = claim.as_ref().map(|claim| key(claim.tag));
        let names = named.and_then(|tag| self.tags.get(&tag).copied());
        Some((kind, terms, names))
    }

    fn remember(&mut self, dispatch: &Dispatch, place: usize) {
        let (Transaction::Act(act), Receipt::Act(receipt)) =
            (&dispatch.transaction, &dispatch.receipt)
        else {
            return;
        };
        if let Action::Trade { tag: Some(tag), .. } = &act.message.action {
            self.tags.insert(key(*tag), place);
        }
        for order in &receipt.orders {
            self.orders.insert(*order, place);
        }
    }
}

fn terms(order: &OrderTerms) -> Terms {
    Terms {
        buys: order.side == tally_exchange::units::Side::Buy,
        limit: order.limit.0,
        quantity: order.quantity.0,
        rests: order.time_in_force == TimeInForce::Day,
        post_only: order.post_only,
    }
}

fn key(tag: Element) -> [u8; 32] {
    tag.to_bytes()
}

fn signed(time: u64) -> Micros {
    Micros::try_from(time).unwrap_or(Micros::MAX)
}
