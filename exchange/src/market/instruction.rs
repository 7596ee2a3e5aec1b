//! Cancels and reductions: no proof, only the order's one-time key.

use super::Market;
use crate::message::{Instruction, OrderChange};
use crate::receipt::{Event, Receipt};
use crate::record::OrderStatus;
use crate::refusal::Refusal;
use crate::units::{OrderId, Quantity};
use ed25519_dalek::{Signature, VerifyingKey};

impl Market {
    pub(super) fn apply_instruction(
        &mut self,
        instruction: &Instruction,
        events: &mut Vec<Event>,
    ) -> Result<Receipt, Refusal> {
        self.check_instruction(instruction)?;
        let order = instruction.order;
        let removed = match instruction.change {
            OrderChange::Cancel => self.withdraw_order(order, OrderStatus::Cancelled, events),
            OrderChange::Reduce(total) => self.reduce(order, total, events)?,
        };
        Ok(Receipt::Instruction { order, removed })
    }

    /// Everything that an instruction can be refused for; nothing changes.
    pub(super) fn check_instruction(&self, instruction: &Instruction) -> Result<(), Refusal> {
        if instruction.chain != self.chain {
            return Err(Refusal::Chain);
        }
        if instruction.market != self.symbol {
            return Err(Refusal::Market);
        }
        let order = instruction.order;
        let record = self.record(order).ok_or(Refusal::UnknownOrder(order))?;
        check_signature(instruction, &record.terms.cancel_key)?;
        if !record.status.is_live() {
            return Err(Refusal::NotLive(order));
        }
        match instruction.change {
            OrderChange::Reduce(given) if given >= record.total => Err(Refusal::NotLower {
                order,
                given,
                total: record.total,
            }),
            OrderChange::Cancel | OrderChange::Reduce(_) => Ok(()),
        }
    }

    /// Lowers an order's total, as [`Market::check_instruction`] has allowed; at or below what is filled the rest is cancelled.
    fn reduce(
        &mut self,
        order: OrderId,
        given: Quantity,
        events: &mut Vec<Event>,
    ) -> Result<Quantity, Refusal> {
        let record = self
            .records
            .get_mut(&order)
            .ok_or(Refusal::UnknownOrder(order))?;
        let total = record.total;
        if given <= record.filled {
            return Ok(self.withdraw_order(order, OrderStatus::Cancelled, events));
        }
        let remaining = Quantity(given.0 - record.filled.0);
        if !self.auction.contains(&order) {
            // A live order outside the pre-open rests in the book with more than this.
            self.day
                .book
                .reduce(order, remaining)
                .map_err(|_| Refusal::NotLive(order))?;
        }
        record.total = given;
        events.push(Event::Reduced {
            order,
            total: given,
        });
        Ok(Quantity(total.0 - given.0))
    }
}

fn check_signature(instruction: &Instruction, cancel_key: &[u8; 32]) -> Result<(), Refusal> {
    let refusal = Refusal::Signature(instruction.order);
    let key = VerifyingKey::from_bytes(cancel_key).map_err(|_| refusal.clone())?;
    let signed = Instruction::signed_bytes(
        instruction.chain,
        instruction.market,
        instruction.order,
        instruction.change,
    );
    let signature = Signature::from_bytes(&instruction.signature);
    key.verify_strict(&signed, &signature).map_err(|_| refusal)
}
