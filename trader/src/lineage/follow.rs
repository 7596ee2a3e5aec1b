//! Moving on: what an included statement makes of a lineage.

use super::{Lineage, OwnTransfer, Place, orders};
use crate::error::WalletError;
use crate::step::Step;
use tally_circuits::field::Element;
use tally_circuits::note::Note;
use tally_exchange::message::{ActMessage, Action, LapseMessage, RefreshMessage};
use tally_exchange::receipt::ActReceipt;

impl Lineage {
    /// Moves on by one included statement of this lineage.
    ///
    /// # Errors
    /// [`WalletError::Contradiction`] unless the step spends the present note where it stands and commits to the one
    /// that receipt or terms lead to, with one order id for each order posted; nothing has changed then.
    pub fn follow(&mut self, step: &Step) -> Result<(), WalletError> {
        if step.nullifier() != self.nullifier {
            return Err(WalletError::Contradiction);
        }
        match step {
            Step::Act { message, receipt } => self.follow_act(message, receipt)?,
            Step::Refresh {
                message,
                leaf,
                terms,
            } => {
                let note = terms.successor(&self.note, self.nullifier.0);
                self.follow_refresh(message, *leaf, note)?;
            }
            Step::Lapse {
                message,
                leaf,
                terms,
            } => {
                let is_committed = |note: &Note| self.commits(note, message.new_commitment);
                let note = terms
                    .iter()
                    .filter_map(|terms| terms.successor(&self.note, self.nullifier.0))
                    .find(is_committed);
                self.follow_lapse(message, *leaf, note)?;
            }
        }
        self.steps += 1;
        Ok(())
    }

    fn follow_act(
        &mut self,
        message: &ActMessage,
        receipt: &ActReceipt,
    ) -> Result<(), WalletError> {
        let stands = match self.place {
            None => message.action.opens(),
            Some(place) => !message.action.opens() && place.epoch == message.epoch,
        };
        if !stands || !orders::answers(message, receipt) {
            return Err(WalletError::Contradiction);
        }
        let spent = self.nullifier;
        let note = self
            .note
            .apply(&receipt.deltas, spent.0)
            .map_err(|_| WalletError::Contradiction)?;
        let place = Place {
            epoch: message.epoch,
            leaf: receipt.leaf,
        };
        self.succeed(note, message.new_commitment, place)?;
        self.follow_orders(message, receipt, spent);
        self.follow_cash(&message.action, receipt, spent);
        Ok(())
    }

    fn follow_refresh(
        &mut self,
        message: &RefreshMessage,
        leaf: u32,
        note: Option<Note>,
    ) -> Result<(), WalletError> {
        let stands = self.place.is_some_and(|place| place.epoch == message.epoch);
        let next = message.epoch.checked_add(1);
        let (true, Some(note), Some(epoch)) = (stands, note, next) else {
            return Err(WalletError::Contradiction);
        };
        self.succeed(note, message.new_commitment, Place { epoch, leaf })
    }

    fn follow_lapse(
        &mut self,
        message: &LapseMessage,
        leaf: u32,
        note: Option<Note>,
    ) -> Result<(), WalletError> {
        let stands = self
            .place
            .is_some_and(|place| place.epoch == message.left_in && place.epoch < message.epoch);
        let (true, Some(note)) = (stands, note) else {
            return Err(WalletError::Contradiction);
        };
        let epoch = message.epoch;
        self.succeed(note, message.new_commitment, Place { epoch, leaf })?;
        // Orders of a position that is gone are not wanted any more.
        self.halted.clear();
        Ok(())
    }

    /// Takes `note` as the present one if it is what the message committed to.
    fn succeed(
        &mut self,
        note: Note,
        commitment: Element,
        place: Place,
    ) -> Result<(), WalletError> {
        if !self.commits(&note, commitment) {
            return Err(WalletError::Contradiction);
        }
        if self.place.is_some_and(|old| old.epoch != place.epoch) {
            self.deposited = 0;
        }
        self.nullifier = Element(note.nullifier(self.market.0, &self.key));
        self.note = note;
        self.place = Some(place);
        Ok(())
    }

    /// Whether a commitment is to this note of this lineage.
    fn commits(&self, note: &Note, commitment: Element) -> bool {
        note.commitment(self.market.0, &self.key) == commitment.0
    }

    /// Bonds, transfers and deposits of an included Act.
    fn follow_cash(&mut self, action: &Action, receipt: &ActReceipt, nullifier: Element) {
        match action {
            Action::Deposit { amount, .. } => {
                self.deposited = self.deposited.saturating_add(*amount);
            }
            Action::Bond { .. } => {
                if let Some(seat) = receipt.seat {
                    self.bonds.insert(nullifier, seat);
                }
            }
            Action::Unbond { bond, .. } => {
                let key = &self.key;
                self.bonds
                    .retain(|own, _| tally_circuits::note::tag(key, own.0) != bond.0);
            }
            Action::Transfer { to, amount, .. } => self.transfers.push(OwnTransfer {
                nullifier,
                to: *to,
                amount: *amount,
            }),
            Action::Open { .. }
            | Action::Withdraw { .. }
            | Action::Trade { .. }
            | Action::Receive { .. } => {}
        }
    }
}
