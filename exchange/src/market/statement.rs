//! What an Act must have proved: the state machine works it out from the message and its own records.

use super::Market;
use crate::message::{
    ActMessage, ActTransaction, Action, Claim, MAX_CLAIMS, OrderTerms, RecordClaim, Rest,
};
use crate::record::Record;
use crate::refusal::Refusal;
use crate::units::{Band, Side, TimeInForce};
use ed25519_dalek::VerifyingKey;
use tally_circuits::act::ActStatement;
use tally_circuits::field::Element;
use tally_circuits::note::Deltas;

impl Market {
    /// Checks everything about an Act but its proof, its cash signature and late fills, and says what the proof must prove.
    ///
    /// # Errors
    /// The [`Refusal`] that including the Act now would give.
    pub fn statement(&self, act: &ActTransaction) -> Result<ActStatement, Refusal> {
        let message = &act.message;
        self.check_envelope(message)?;
        let pays_in = matches!(message.action, Action::Open { .. } | Action::Deposit { .. });
        if pays_in != act.cash_signature.is_some() {
            return Err(Refusal::CashSignature);
        }
        self.message_statement(message)
    }

    /// The statement of a message in the present state, whatever stands in its root, nullifier and commitment.
    ///
    /// Wallets build their proofs on it.
    ///
    /// # Errors
    /// The [`Refusal`] that the message's action would meet.
    pub fn message_statement(&self, message: &ActMessage) -> Result<ActStatement, Refusal> {
        let (deltas, requirement) = self.action_effect_in(message.epoch, &message.action)?;
        let (old_tag, new_tag) = tags(&message.action);
        Ok(ActStatement {
            market: self.market_element.0,
            root: message.root.0,
            nullifier: message.nullifier.0,
            new_commitment: message.new_commitment.0,
            is_open: message.action.opens(),
            old_tag: old_tag.0,
            new_tag: new_tag.0,
            deltas,
            band: self.band_in_cents(self.band_of(message.epoch)),
            requirement,
            position_limit: i64::from(self.specification.position_limit),
            context: message.context().0,
        })
    }

    /// The band in which messages for `epoch` are proven.
    fn band_of(&self, epoch: u64) -> Band {
        self.closed
            .get(&epoch)
            .map_or(self.day.band, super::ClosedEpoch::band)
    }

    fn check_envelope(&self, message: &ActMessage) -> Result<(), Refusal> {
        if message.chain != self.chain {
            return Err(Refusal::Chain);
        }
        if message.market != self.symbol {
            return Err(Refusal::Market);
        }
        let notes = self.notes_of(message.epoch).ok_or(Refusal::Epoch {
            given: message.epoch,
            current: self.epoch,
        })?;
        if message.expiry < self.height {
            return Err(Refusal::Expired {
                expiry: message.expiry,
                height: self.height,
            });
        }
        let latest = self
            .height
            .saturating_add(self.specification.expiry_horizon);
        if message.expiry > latest {
            return Err(Refusal::ExpiryTooFar {
                expiry: message.expiry,
                latest,
            });
        }
        if !notes.is_root(&message.root) {
            return Err(Refusal::Root);
        }
        if self.nullifiers.contains(&message.nullifier) {
            return Err(Refusal::Spent);
        }
        if notes.is_full() {
            return Err(Refusal::TreeFull);
        }
        Ok(())
    }

    pub(super) fn trade_deltas(
        &self,
        epoch: u64,
        claim: Option<&Claim>,
        tag: Option<Element>,
        orders: &[OrderTerms],
    ) -> Result<Deltas, Refusal> {
        if claim.is_none() && orders.is_empty() {
            return Err(Refusal::Nothing);
        }
        let moves = claim.is_some_and(|claim| claim.records.iter().any(|r| r.rest == Rest::Move));
        if tag.is_some() != (moves || !orders.is_empty()) {
            return Err(Refusal::Tag);
        }
        if tag.is_some_and(Element::is_zero) {
            return Err(Refusal::ZeroTag);
        }
        self.check_orders(orders)?;
        let mut sum = match claim {
            Some(claim) => self.claim_deltas(epoch, claim)?,
            None => Deltas::default(),
        };
        for order in orders {
            let reserved = self
                .money
                .reservation(order.side, order.limit, order.quantity, 1);
            sum = reserved
                .and_then(|r| sum.checked_add(&r))
                .ok_or(Refusal::Range)?;
        }
        Ok(sum)
    }

    fn check_orders(&self, orders: &[OrderTerms]) -> Result<(), Refusal> {
        let count = u32::try_from(orders.len()).unwrap_or(u32::MAX);
        let limit = self.specification.orders_per_message;
        if count > limit {
            return Err(Refusal::TooManyOrders { count, limit });
        }
        orders
            .iter()
            .try_for_each(|order| self.check_terms(order))?;
        let best_buy = orders
            .iter()
            .filter(|o| o.side == Side::Buy)
            .map(|o| o.limit)
            .max();
        let best_sell = orders
            .iter()
            .filter(|o| o.side == Side::Sell)
            .map(|o| o.limit)
            .min();
        match (best_buy, best_sell) {
            (Some(buy), Some(sell)) if buy >= sell => Err(Refusal::OwnCross { buy, sell }),
            _ => Ok(()),
        }
    }

    fn check_terms(&self, order: &OrderTerms) -> Result<(), Refusal> {
        if !self.day.band.contains(order.limit) {
            return Err(Refusal::Price {
                price: order.limit,
                lo: self.day.band.lo,
                hi: self.day.band.hi,
            });
        }
        let limit = self.order_limit();
        if order.quantity.0 == 0 || order.quantity > limit {
            return Err(Refusal::Quantity {
                quantity: order.quantity,
                limit,
            });
        }
        if order.post_only && order.time_in_force != TimeInForce::Day {
            return Err(Refusal::Contradiction);
        }
        match VerifyingKey::from_bytes(&order.cancel_key) {
            Ok(key) if !key.is_weak() => Ok(()),
            _ => Err(Refusal::CancelKey),
        }
    }

    fn claim_deltas(&self, epoch: u64, claim: &Claim) -> Result<Deltas, Refusal> {
        let count = claim.records.len();
        if count == 0 || count > MAX_CLAIMS {
            return Err(Refusal::ClaimSize(u32::try_from(count).unwrap_or(u32::MAX)));
        }
        if let Some(pair) = claim
            .records
            .windows(2)
            .find(|pair| pair[0].order >= pair[1].order)
        {
            return Err(Refusal::ClaimOrder(pair[1].order));
        }
        let mut sum = Deltas::default();
        for entry in &claim.records {
            let record = self
                .record(entry.order)
                .ok_or(Refusal::UnknownOrder(entry.order))?;
            if record.epoch != epoch {
                return Err(Refusal::RecordEpoch {
                    order: entry.order,
                    epoch: record.epoch,
                });
            }
            if record.tag != claim.tag {
                return Err(Refusal::NotOwner(entry.order));
            }
            let deltas = self.record_deltas(entry, record)?;
            sum = sum.checked_add(&deltas).ok_or(Refusal::Range)?;
        }
        Ok(sum)
    }

    fn record_deltas(&self, entry: &RecordClaim, record: &Record) -> Result<Deltas, Refusal> {
        if record.fills_to_credit(entry.fills).is_none() {
            return Err(Refusal::FillCount {
                order: entry.order,
                claimed: entry.fills,
                fills: record.fill_count(),
                credited: record.credited,
            });
        }
        match entry.rest {
            Rest::Close => record.closing_deltas(self.money, entry.fills),
            Rest::Move => record.moving_deltas(self.money, entry.fills),
        }
        .ok_or(Refusal::Range)
    }
}

/// The old and the new tag of an action; zero stands for none.
fn tags(action: &Action) -> (Element, Element) {
    match action {
        Action::Trade { claim, tag, .. } => (
            claim.as_ref().map_or(Element::ZERO, |claim| claim.tag),
            tag.unwrap_or(Element::ZERO),
        ),
        Action::Bond { tag, .. } | Action::Transfer { tag, .. } => (Element::ZERO, *tag),
        Action::Unbond { bond, .. } => (*bond, Element::ZERO),
        Action::Receive { transfer, .. } => (*transfer, Element::ZERO),
        Action::Open { .. } | Action::Deposit { .. } | Action::Withdraw { .. } => {
            (Element::ZERO, Element::ZERO)
        }
    }
}
