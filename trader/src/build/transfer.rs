//! Cash between the contract months of one chain.

use crate::error::WalletError;
use crate::lineage::{Lineage, OwnTransfer};
use crate::prepared::PreparedAct;
use tally_circuits::field::Element;
use tally_exchange::market::Market;
use tally_exchange::message::{Action, Symbol};

impl Lineage {
    /// Moves `amount` cents to the contract month `to`, where the lineage of the same key takes them with
    /// [`Lineage::receive`].
    ///
    /// # Errors
    /// [`WalletError`] before anything is proved or sent.
    pub fn transfer(
        &self,
        market: &Market,
        to: Symbol,
        amount: u64,
    ) -> Result<PreparedAct, WalletError> {
        let tag = self.tag(self.nullifier());
        self.prepare(market, Action::Transfer { tag, to, amount }, None, None)
    }

    /// Takes cash that the lineage of the same key sent from another contract month; opens this one if it is not open,
    /// and then the opening fee is taken from it.
    ///
    /// # Errors
    /// [`WalletError::TransferNotHere`] if none waits under its tag; otherwise [`WalletError`] before anything is proved
    /// or sent.
    pub fn receive(
        &self,
        market: &Market,
        transfer: &OwnTransfer,
    ) -> Result<PreparedAct, WalletError> {
        let tag = self.transfer_tag(transfer);
        let waiting = market.transfers().get(&tag);
        let waiting = waiting.ok_or(WalletError::TransferNotHere { to: transfer.to })?;
        let action = Action::Receive {
            transfer: tag,
            amount: waiting.amount,
            opens: self.place().is_none(),
        };
        self.prepare(market, action, Some(transfer.nullifier), None)
    }

    /// The owner mark of a transfer of the lineage with this one's key, in whatever contract month it began.
    #[must_use]
    pub fn transfer_tag(&self, transfer: &OwnTransfer) -> Element {
        self.tag(transfer.nullifier)
    }
}
