//! Including an Act: after the last check everything takes effect, before it nothing.

use super::{Market, OutgoingTransfer};
use crate::message::{ActTransaction, Action, Claim, RecordClaim, Rest};
use crate::ports::{CashAccounts, Debit, Verifier};
use crate::receipt::{ActReceipt, Event};
use crate::record::OrderStatus;
use crate::refusal::Refusal;
use crate::units::OrderId;
use tally_circuits::field::Element;

impl Market {
    pub(super) fn apply_act(
        &mut self,
        act: &ActTransaction,
        verifier: &dyn Verifier,
        cash: &mut dyn CashAccounts,
        events: &mut Vec<Event>,
    ) -> Result<ActReceipt, Refusal> {
        let statement = self.statement(act)?;
        if !verifier.verify_act(&statement, &act.proof) {
            return Err(Refusal::Proof);
        }
        if let Action::Trade {
            claim: Some(claim), ..
        } = &act.message.action
        {
            self.close_live_orders(claim, events);
            self.check_no_later_fills(claim)?;
        }
        self.move_cash(act, cash)?;
        let leaf = self.replace_note(act)?;
        let (orders, seat) = self.carry_out(&act.message.action, events);
        Ok(ActReceipt {
            leaf,
            deltas: statement.deltas,
            orders,
            seat,
        })
    }

    /// A claim that closes a live record cancels its order in any case, so that proving again is over a final record.
    fn close_live_orders(&mut self, claim: &Claim, events: &mut Vec<Event>) {
        for entry in claim
            .records
            .iter()
            .filter(|entry| entry.rest == Rest::Close)
        {
            self.withdraw_order(entry.order, OrderStatus::Cancelled, events);
        }
    }

    /// The fill-count rule: a record that closes must not hold a fill that the proof did not count.
    fn check_no_later_fills(&self, claim: &Claim) -> Result<(), Refusal> {
        for entry in claim
            .records
            .iter()
            .filter(|entry| entry.rest == Rest::Close)
        {
            let fills = self
                .record(entry.order)
                .map_or(0, super::Record::fill_count);
            if fills > entry.fills {
                return Err(Refusal::FillsSince {
                    order: entry.order,
                    claimed: entry.fills,
                    fills,
                });
            }
        }
        Ok(())
    }

    fn move_cash(
        &mut self,
        act: &ActTransaction,
        cash: &mut dyn CashAccounts,
    ) -> Result<(), Refusal> {
        match act.message.action {
            Action::Open { account, amount } | Action::Deposit { account, amount } => {
                let signature = act.cash_signature.ok_or(Refusal::CashSignature)?;
                let context = act.message.context();
                let deposits = signed(amount).and_then(|a| self.funds.deposits.checked_add(a));
                let deposits = deposits.ok_or(Refusal::Range)?;
                cash.debit(&Debit {
                    account,
                    amount,
                    context,
                    signature,
                })
                .map_err(Refusal::Cash)?;
                self.funds.deposits = deposits;
            }
            Action::Withdraw { payee, amount } => {
                let withdrawals =
                    signed(amount).and_then(|a| self.funds.withdrawals.checked_add(a));
                let withdrawals = withdrawals.ok_or(Refusal::Range)?;
                cash.credit(payee, amount).map_err(Refusal::Cash)?;
                self.funds.withdrawals = withdrawals;
            }
            Action::Transfer { amount, .. } => {
                let withdrawals =
                    signed(amount).and_then(|a| self.funds.withdrawals.checked_add(a));
                self.funds.withdrawals = withdrawals.ok_or(Refusal::Range)?;
            }
            // Within the market: between notes, bonds and waiting transfers.
            Action::Trade { .. }
            | Action::Bond { .. }
            | Action::Unbond { .. }
            | Action::Receive { .. } => {}
        }
        Ok(())
    }

    fn replace_note(&mut self, act: &ActTransaction) -> Result<u32, Refusal> {
        // `statement` has seen the epoch, room in its tree and the nullifier unspent.
        let message = &act.message;
        let leaf = self
            .notes_of_mut(message.epoch)
            .and_then(|notes| notes.append(message.new_commitment).ok())
            .ok_or(Refusal::TreeFull)?;
        self.nullifiers.insert(message.nullifier);
        if message.action.opens() {
            self.members += 1;
            // The fee is part of the amount that the statement has accounted for.
            self.funds.insurance += self.specification.opening_fee;
        }
        Ok(leaf)
    }

    /// The orders that were posted and the seat that was taken.
    fn carry_out(
        &mut self,
        action: &Action,
        events: &mut Vec<Event>,
    ) -> (Vec<OrderId>, Option<u32>) {
        match action {
            Action::Trade { claim, tag, orders } => {
                let tag = tag.unwrap_or(Element::ZERO);
                for entry in claim.iter().flat_map(|claim| &claim.records) {
                    self.settle_claim(entry, tag);
                }
                return (self.post_orders(tag, orders, events), None);
            }
            Action::Bond { tag, seat_key, .. } => {
                let (bond, seats) = (self.specification.decryptor_bond, &mut self.committee.seats);
                // The statement has checked key, tag and room.
                let key = seat_key.in_subgroup_unchecked();
                return (Vec::new(), seats.register(key, *tag, bond).ok());
            }
            Action::Unbond { bond, .. } => {
                // The statement has seen the bond released and the amount right.
                let paid = self.committee.seats.withdraw(*bond);
                debug_assert!(paid.is_ok(), "a released bond can be withdrawn");
            }
            Action::Transfer { tag, to, amount } => {
                self.transfers.outgoing.push(OutgoingTransfer {
                    to: *to,
                    tag: *tag,
                    amount: *amount,
                });
            }
            Action::Receive { transfer, .. } => {
                self.transfers.waiting.remove(transfer);
            }
            Action::Open { .. } | Action::Deposit { .. } | Action::Withdraw { .. } => {}
        }
        (Vec::new(), None)
    }

    fn settle_claim(&mut self, entry: &RecordClaim, tag: Element) {
        let Some(record) = self.records.get_mut(&entry.order) else {
            // In a closed epoch's lane records are closed only.
            self.closed_records.remove(&entry.order);
            return;
        };
        let keep = entry.rest == Rest::Move && record.move_rest(entry.fills, tag);
        if !keep {
            self.records.remove(&entry.order);
        }
    }
}

fn signed(amount: u64) -> Option<i64> {
    i64::try_from(amount).ok()
}
