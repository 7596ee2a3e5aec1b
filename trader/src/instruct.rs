//! Cancels and reductions: no proof, only the order's one-time key.

use crate::error::WalletError;
use crate::keys::cancel_key;
use crate::lineage::Lineage;
use ed25519_dalek::Signer;
use tally_exchange::market::Market;
use tally_exchange::message::{Instruction, OrderChange};
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{OrderId, Quantity};

impl Lineage {
    /// A signed cancel of an own order; it needs no proof.
    ///
    /// # Errors
    /// [`WalletError::UnknownOrder`] if it is none of this lineage's; [`WalletError::Refused`] if it can't trade any
    /// more.
    pub fn cancel(&self, market: &Market, order: OrderId) -> Result<Instruction, WalletError> {
        self.instruct(market, order, OrderChange::Cancel)
    }

    /// A signed reduction of an own order to a new total in contracts, fills included; it needs no proof. A total at
    /// or below what is filled cancels the rest.
    ///
    /// # Errors
    /// [`WalletError::UnknownOrder`] if it is none of this lineage's; [`WalletError::Refused`] if it can't trade any
    /// more or the total is not below the present one.
    pub fn reduce(
        &self,
        market: &Market,
        order: OrderId,
        total: Quantity,
    ) -> Result<Instruction, WalletError> {
        self.instruct(market, order, OrderChange::Reduce(total))
    }

    fn instruct(
        &self,
        market: &Market,
        order: OrderId,
        change: OrderChange,
    ) -> Result<Instruction, WalletError> {
        let (own, record) = self.own(market, order)?;
        if !record.status.is_live() {
            return Err(Refusal::NotLive(order).into());
        }
        match change {
            OrderChange::Reduce(given) if given >= record.total => {
                return Err(Refusal::NotLower {
                    order,
                    given,
                    total: record.total,
                }
                .into());
            }
            OrderChange::Reduce(_) | OrderChange::Cancel => {}
        }
        let key = cancel_key(self.key(), own.posted_by, own.position);
        let (chain, symbol) = (market.chain(), market.symbol());
        let signed = Instruction::signed_bytes(chain, symbol, order, change);
        let signature = key.sign(&signed).to_bytes();
        Ok(Instruction {
            chain,
            market: symbol,
            order,
            change,
            signature,
        })
    }
}
