//! A decryptor's bond: taking a seat, and taking back what is left.

use crate::error::WalletError;
use crate::keys::seat_key;
use crate::lineage::Lineage;
use crate::prepared::PreparedAct;
use tally_circuits::field::Element;
use tally_exchange::market::Market;
use tally_exchange::message::Action;

impl Lineage {
    /// Posts the contract's bond and takes a decryptor's seat. The seat is a pseudonym: its key derives from this Act and
    /// is used for nothing else.
    ///
    /// # Errors
    /// [`WalletError`] before anything is proved or sent.
    pub fn bond(&self, market: &Market) -> Result<PreparedAct, WalletError> {
        let tag = self.tag(self.nullifier());
        let key = seat_key(self.key(), self.nullifier());
        let context = market.mpc_context_for_bond();
        let action = Action::Bond {
            tag,
            seat_key: key.public().into(),
            possession: key.prove_possession(&context, &tag.to_bytes()),
        };
        self.prepare(market, action, None, None)
    }

    /// Takes back bond and rewards of a seat that is released; `bond` is the nullifier of the Act that posted it.
    ///
    /// # Errors
    /// [`WalletError::UnknownBond`] if it is none of this lineage's, [`WalletError::UnknownSeat`] if the seat was
    /// slashed, [`WalletError::Refused`] if it is not released yet.
    pub fn unbond(&self, market: &Market, bond: Element) -> Result<PreparedAct, WalletError> {
        let seat = *self.bonds().get(&bond).ok_or(WalletError::UnknownBond)?;
        let record = market.seats().get(seat);
        let record = record.ok_or(WalletError::UnknownSeat { seat })?;
        let action = Action::Unbond {
            bond: self.tag(bond),
            // Never negative; a bond of nothing is refused.
            amount: u64::try_from(record.amount).unwrap_or(0),
        };
        self.prepare(market, action, Some(bond), None)
    }
}
