//! All lineages of one seed in one market.

use crate::error::WalletError;
use crate::history::History;
use crate::keys::{RECOVERY_GAP, account_key, nullifier_key};
use crate::lineage::Lineage;
use crate::seed::Seed;
use ed25519_dalek::SigningKey;
use tally_circuits::field::Element;
use tally_exchange::market::Market;
use tally_exchange::message::Transaction;
use tally_exchange::receipt::Receipt;

/// A seed and the lineages that it has in one market.
#[derive(Clone, PartialEq, Debug)]
pub struct Wallet {
    seed: Seed,
    market: Element,
    lineages: Vec<Lineage>,
}

impl Wallet {
    /// A wallet with one lineage that is not open yet.
    #[must_use]
    pub fn new(seed: Seed, market: Element) -> Self {
        let first = Lineage::unopened(nullifier_key(&seed, 0), market);
        Self {
            seed,
            market,
            lineages: vec![first],
        }
    }

    /// Rebuilds a wallet from its seed and the ledger alone.
    ///
    /// Keys are tried in order; after [`RECOVERY_GAP`] unopened ones in a row there are no more.
    ///
    /// # Errors
    /// [`WalletError::Contradiction`] if the history is not a true one.
    pub fn recover(seed: Seed, market: &Market, history: &History) -> Result<Self, WalletError> {
        let element = market.market_element();
        let mut lineages = Vec::new();
        let mut opened = 1;
        for index in 0_u32.. {
            let lineage = Lineage::recover(nullifier_key(&seed, index), element, history)?;
            let is_open = lineage.leaf().is_some();
            lineages.push(lineage);
            if is_open {
                opened = lineages.len();
            } else if lineages.len() - opened >= RECOVERY_GAP as usize {
                break;
            }
        }
        lineages.truncate(opened);
        let mut wallet = Self {
            seed,
            market: element,
            lineages,
        };
        wallet.forget_claimed(market);
        Ok(wallet)
    }

    /// Takes in one executed transaction of a block; own Acts move their lineage on.
    ///
    /// # Errors
    /// [`WalletError::Contradiction`] if an own Act does not lead where it says.
    pub fn follow(
        &mut self,
        transaction: &Transaction,
        receipt: &Receipt,
    ) -> Result<(), WalletError> {
        let (Transaction::Act(act), Receipt::Act(receipt)) = (transaction, receipt) else {
            return Ok(());
        };
        let own = self
            .lineages
            .iter_mut()
            .find(|l| l.nullifier() == act.message.nullifier);
        own.map_or(Ok(()), |lineage| lineage.follow(&act.message, receipt))
    }

    /// Drops orders whose records no longer stand, at a block end.
    pub fn forget_claimed(&mut self, market: &Market) {
        for lineage in &mut self.lineages {
            lineage.retain_orders(|order| market.record(order).is_some());
        }
    }

    /// Adds a lineage under the next nullifier key and returns its index.
    pub fn add_lineage(&mut self) -> usize {
        let index = self.lineages.len();
        // More than 2^32 lineages would take longer than any market lives.
        let key = nullifier_key(&self.seed, u32::try_from(index).unwrap_or(u32::MAX));
        self.lineages.push(Lineage::unopened(key, self.market));
        index
    }

    /// The lineages, by the index of their nullifier key.
    #[must_use]
    pub fn lineages(&self) -> &[Lineage] {
        &self.lineages
    }

    /// The first lineage, the one that is used unless more are asked for.
    #[must_use]
    pub fn main(&self) -> &Lineage {
        // Every constructor puts one there and none is ever removed.
        &self.lineages[0]
    }

    /// The key of the wallet's first cash account.
    #[must_use]
    pub fn account(&self) -> SigningKey {
        account_key(&self.seed, 0)
    }

    /// The seed.
    #[must_use]
    pub const fn seed(&self) -> &Seed {
        &self.seed
    }
}
