//! Including an Act: after the last check everything takes effect, before it nothing.

use super::Market;
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
        let orders = self.carry_out(&act.message.action, events);
        Ok(ActReceipt {
            leaf,
            deltas: statement.deltas,
            orders,
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
                .records
                .get(&entry.order)
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
                if matches!(act.message.action, Action::Open { .. }) {
                    // The fee is part of the amount that the statement has just accounted for.
                    self.funds.insurance += self.specification.opening_fee;
                }
            }
            Action::Withdraw { payee, amount } => {
                let withdrawals =
                    signed(amount).and_then(|a| self.funds.withdrawals.checked_add(a));
                let withdrawals = withdrawals.ok_or(Refusal::Range)?;
                cash.credit(payee, amount).map_err(Refusal::Cash)?;
                self.funds.withdrawals = withdrawals;
            }
            Action::Trade { .. } => {}
        }
        Ok(())
    }

    fn replace_note(&mut self, act: &ActTransaction) -> Result<u32, Refusal> {
        // `statement` has seen room in the tree and the nullifier unspent.
        let leaf = self
            .tree
            .append(act.message.new_commitment.0)
            .map_err(|_| Refusal::TreeFull)?;
        self.nullifiers.insert(act.message.nullifier);
        Ok(leaf)
    }

    fn carry_out(&mut self, action: &Action, events: &mut Vec<Event>) -> Vec<OrderId> {
        let Action::Trade { claim, tag, orders } = action else {
            return Vec::new();
        };
        let tag = tag.unwrap_or(Element::ZERO);
        for entry in claim.iter().flat_map(|claim| &claim.records) {
            self.settle_claim(entry, tag);
        }
        self.post_orders(tag, orders, events)
    }

    fn settle_claim(&mut self, entry: &RecordClaim, tag: Element) {
        let Some(record) = self.records.get_mut(&entry.order) else {
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
