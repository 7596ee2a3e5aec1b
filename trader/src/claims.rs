//! Which records a lineage can claim, and how: closing what is final, crediting what goes on trading.

use crate::error::WalletError;
use crate::lineage::{Lineage, OwnOrder};
use std::collections::BTreeMap;
use tally_circuits::field::Element;
use tally_exchange::market::Market;
use tally_exchange::message::{MAX_CLAIMS, RecordClaim, Rest};
use tally_exchange::record::Record;
use tally_exchange::units::OrderId;

/// The records of one tag that a message is to claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPlan {
    /// Nullifier of the Act under whose tag the records stand.
    pub tag_nullifier: Element,
    /// The records, in increasing order of their ids, at most [`MAX_CLAIMS`].
    pub records: Vec<RecordClaim>,
}

impl ClaimPlan {
    /// Whether the plan closes this order: it can't trade any more once the claim is included.
    #[must_use]
    pub fn closes(&self, order: OrderId) -> bool {
        let closes = |entry: &RecordClaim| entry.order == order && entry.rest == Rest::Close;
        self.records.iter().any(closes)
    }

    /// Whether the plan moves the rest of some record to a new tag.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.records.iter().any(|entry| entry.rest == Rest::Move)
    }
}

impl Lineage {
    /// The claims that close final records, one per tag, oldest first.
    ///
    /// A tag with more than [`MAX_CLAIMS`] of them gets the oldest; the others follow once these are claimed.
    #[must_use]
    pub fn finished_claims(&self, market: &Market) -> Vec<ClaimPlan> {
        self.claims(market, |record| {
            (!record.status.is_live()).then_some(Rest::Close)
        })
    }

    /// The claims that credit the fills of live orders and move their rest, one per tag, oldest first.
    #[must_use]
    pub fn partial_claims(&self, market: &Market) -> Vec<ClaimPlan> {
        let partial = |record: &Record| record.status.is_live() && !record.fills.is_empty();
        self.claims(market, |record| partial(record).then_some(Rest::Move))
    }

    /// The claim that closes one order, live or final: half of a replace.
    ///
    /// # Errors
    /// [`WalletError::UnknownOrder`] if it is none of this lineage's.
    pub fn closing_claim(&self, market: &Market, order: OrderId) -> Result<ClaimPlan, WalletError> {
        let (own, record) = self.own(market, order)?;
        let entry = RecordClaim {
            order,
            fills: record.fill_count(),
            rest: Rest::Close,
        };
        Ok(ClaimPlan {
            tag_nullifier: own.tag_nullifier,
            records: vec![entry],
        })
    }

    /// An order of this lineage with its record.
    pub(crate) fn own<'m>(
        &self,
        market: &'m Market,
        order: OrderId,
    ) -> Result<(OwnOrder, &'m Record), WalletError> {
        let own = self.orders().get(&order).copied();
        own.zip(market.record(order))
            .ok_or(WalletError::UnknownOrder(order))
    }

    fn claims(&self, market: &Market, rest: impl Fn(&Record) -> Option<Rest>) -> Vec<ClaimPlan> {
        // Grouped by tag in the order of each tag's first order, so that the oldest records come first.
        let mut order_of_tags: Vec<Element> = Vec::new();
        let mut groups: BTreeMap<Element, Vec<RecordClaim>> = BTreeMap::new();
        for (order, own) in self.orders() {
            let Some(record) = market.record(*order) else {
                continue;
            };
            let Some(rest) = rest(record) else { continue };
            let group = groups.entry(own.tag_nullifier).or_insert_with(|| {
                order_of_tags.push(own.tag_nullifier);
                Vec::new()
            });
            if group.len() < MAX_CLAIMS {
                group.push(RecordClaim {
                    order: *order,
                    fills: record.fill_count(),
                    rest,
                });
            }
        }
        let plan = |tag_nullifier: Element| {
            groups.remove(&tag_nullifier).map(|records| ClaimPlan {
                tag_nullifier,
                records,
            })
        };
        order_of_tags.into_iter().filter_map(plan).collect()
    }
}
