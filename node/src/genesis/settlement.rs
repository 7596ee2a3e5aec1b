//! What a settlement signer does: one signature over the final price of a contract month.

use super::ChainGenesis;
use ed25519_dalek::Signer;
use tally_exchange::message::{FinalSettlement, Symbol};
use tally_exchange::specification::PriceError;
use tally_exchange::units::Price;
use tally_ledger_adapter::accounts::{AccountId, SigningKey};
use thiserror::Error;

/// A signature over a final settlement, with the place of its signer in the genesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettlementSignature {
    /// The contract month.
    pub market: Symbol,
    /// The final settlement price, ticks.
    pub price: Price,
    /// The signer's place among the genesis's signers.
    pub index: u8,
    /// The Ed25519 signature.
    pub signature: [u8; 64],
}

/// Why there is no signature.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettlementSigningError {
    /// Not a contract month of this chain.
    #[error("market {symbol} is not on this chain; choose one of {known}")]
    Market {
        /// The symbol, shortened.
        symbol: String,
        /// Those that are.
        known: String,
    },
    /// Not a price of this contract.
    #[error(transparent)]
    Price(#[from] PriceError),
    /// Not a signer of this chain.
    #[error(
        "key {key} is not among the genesis's {signers} settlement signers; use the key of one"
    )]
    NotASigner {
        /// The public key.
        key: AccountId,
        /// How many signers there are.
        signers: usize,
    },
}

impl ChainGenesis {
    /// Signs the final settlement price of a contract month, given as an exact decimal.
    ///
    /// # Errors
    /// [`SettlementSigningError`] names what does not fit.
    pub fn sign_final_settlement(
        &self,
        key: &SigningKey,
        symbol: &str,
        price: &str,
    ) -> Result<SettlementSignature, SettlementSigningError> {
        let markets = &self.document().markets;
        let market = Symbol::new(symbol)
            .ok()
            .filter(|_| markets.iter().any(|market| market.symbol == symbol))
            .ok_or_else(|| SettlementSigningError::Market {
                symbol: symbol.chars().take(40).collect(),
                known: join(markets.iter().map(|market| market.symbol.as_str())),
            })?;
        let price = self.specification().parse_price(price)?;
        let index = self.signer_index(AccountId::of(key))?;
        let bytes = FinalSettlement::signed_bytes(self.chain(), market, price);
        Ok(SettlementSignature {
            market,
            price,
            index,
            signature: key.sign(&bytes).to_bytes(),
        })
    }

    fn signer_index(&self, key: AccountId) -> Result<u8, SettlementSigningError> {
        let signers = &self.document().settlement_signers.keys;
        let text = key.to_string();
        let place = signers.iter().position(|signer| *signer == text);
        // A market has at most 255 signers.
        place
            .and_then(|place| u8::try_from(place).ok())
            .ok_or(SettlementSigningError::NotASigner {
                key,
                signers: signers.len(),
            })
    }
}

fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}
