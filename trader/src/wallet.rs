//! All lineages of one seed in one market.

mod state;
mod watching;

pub use state::{MAX_STATE_BYTES, WalletStateError};

use crate::claims::ClaimPlan;
use crate::error::WalletError;
use crate::history::History;
use crate::keys::{RECOVERY_GAP, account_key, nullifier_key};
use crate::lineage::{Lineage, OwnTransfer};
use crate::prepared::PreparedAct;
use crate::request::OrderRequest;
use crate::seed::Seed;
use crate::self_trade::OwnInterest;
use crate::step::{Step, spent_by};
use ed25519_dalek::SigningKey;
use tally_circuits::field::Element;
use tally_exchange::market::Market;
use tally_exchange::message::{ActMessage, Symbol, Transaction};
use tally_exchange::receipt::Receipt;

const GAP: usize = RECOVERY_GAP as usize;

/// A seed and the lineages that it has in one market.
#[derive(Clone, PartialEq, Debug)]
pub struct Wallet {
    seed: Seed,
    market: Element,
    lineages: Vec<Lineage>,
    /// Whether it looks for lineages while it follows the ledger.
    is_watching: bool,
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
            is_watching: false,
        }
    }

    /// Rebuilds a wallet from its seed, and from what everybody knows: the market and the history that led to it,
    /// both made locally from the ledger. Nobody is asked for anything.
    ///
    /// Keys are tried in order until [`RECOVERY_GAP`] in a row were never opened; the wallet gets all lineages up to
    /// the last that was.
    ///
    /// # Errors
    /// [`WalletError::HistoryIncomplete`] if the market has seen more of this wallet than the history,
    /// [`WalletError::Contradiction`] if one of the two is not a true one.
    pub fn recover(seed: Seed, market: &Market, history: &History) -> Result<Self, WalletError> {
        let element = market.market_element();
        let mut lineages = Vec::new();
        let mut opened = 0;
        for index in 0_u32.. {
            let mut lineage = Lineage::recover(nullifier_key(&seed, index), element, history)?;
            lineage.check_against(market)?;
            lineage.end_block(market);
            let is_open = lineage.place().is_some();
            lineages.push(lineage);
            if is_open {
                opened = lineages.len();
            } else if lineages.len() - opened >= GAP {
                break;
            }
        }
        lineages.truncate(opened.max(1));
        Ok(Self {
            seed,
            market: element,
            lineages,
            is_watching: false,
        })
    }

    /// Takes in one executed transaction of a block; own Acts, Refreshes and Lapses move their lineage on. Feed it every
    /// transaction of every block, in order, and call [`Wallet::end_block`] after the last of each.
    ///
    /// `market` is the one that executed the block, at its end.
    ///
    /// # Errors
    /// [`WalletError::Contradiction`] if an own statement does not lead where it says, [`WalletError::TermsUnknown`] if
    /// `market` did not execute it; nothing has changed then.
    pub fn follow(
        &mut self,
        market: &Market,
        transaction: &Transaction,
        receipt: &Receipt,
    ) -> Result<(), WalletError> {
        let Some(nullifier) = spent_by(transaction) else {
            return Ok(());
        };
        let own = self
            .lineages
            .iter_mut()
            .find(|lineage| lineage.nullifier() == nullifier);
        let Some(lineage) = own else {
            return Ok(());
        };
        if let Some(step) = Step::of(market, transaction, receipt)? {
            lineage.follow(&step)?;
            // In the same block the next lineage may be opened.
            self.look_ahead();
        }
        Ok(())
    }

    /// Whether all lineages stand in the market as a true history leaves them; see [`Lineage::check_against`].
    ///
    /// # Errors
    /// [`WalletError::HistoryIncomplete`] if the market has seen more of this wallet than the wallet,
    /// [`WalletError::Contradiction`] if the two do not fit together.
    pub fn check_against(&self, market: &Market) -> Result<(), WalletError> {
        if market.market_element() != self.market {
            return Err(WalletError::Contradiction);
        }
        let mut lineages = self.lineages.iter();
        lineages.try_for_each(|lineage| lineage.check_against(market))
    }

    /// Looks at the market at a block end: forgets orders whose records no longer stand, remembers day orders that a
    /// halt has cancelled.
    pub fn end_block(&mut self, market: &Market) {
        for lineage in &mut self.lineages {
            lineage.end_block(market);
        }
    }

    /// What the lineages of this wallet sent to the contract month `to`, with the index of each: the wallet of that
    /// month takes what waits there with [`Lineage::receive`] of the lineage with the same index.
    #[must_use]
    pub fn transfers_to(&self, to: Symbol) -> Vec<(usize, OwnTransfer)> {
        let sent = self.lineages.iter().enumerate();
        sent.flat_map(|(index, lineage)| {
            let own = lineage.transfers().iter();
            own.filter(move |transfer| transfer.to == to)
                .map(move |transfer| (index, *transfer))
        })
        .collect()
    }

    /// Claims records of one lineage, posts orders, or both at once, so that no lineage of this wallet trades with
    /// another.
    ///
    /// `in_flight` are messages of this wallet that were sent: their orders count unless they are included (then the
    /// market knows them) or expired. A wallet that was just recovered does not know what it had sent; it is on the
    /// safe side once every message from before has expired.
    ///
    /// # Errors
    /// As [`Lineage::trade`]; [`WalletError::UnknownLineage`] if there is none with this index.
    pub fn trade(
        &self,
        lineage: usize,
        market: &Market,
        claim: Option<&ClaimPlan>,
        requests: &[OrderRequest],
        in_flight: &[&ActMessage],
    ) -> Result<PreparedAct, WalletError> {
        let own = OwnInterest {
            lineages: &self.lineages,
            in_flight,
        };
        let lineage = self
            .lineages
            .get(lineage)
            .ok_or(WalletError::UnknownLineage {
                index: lineage,
                count: self.lineages.len(),
            })?;
        lineage.trade_beside(market, claim, requests, own)
    }

    /// Adds a lineage under the next nullifier key and returns its index.
    ///
    /// # Errors
    /// [`WalletError::TooManyUnopened`] if a recovery would not look as far; so always while the wallet is watching.
    pub fn add_lineage(&mut self) -> Result<usize, WalletError> {
        let unopened = self.lineages.iter().rev();
        if unopened.take_while(|l| l.place().is_none()).count() >= GAP {
            return Err(WalletError::TooManyUnopened);
        }
        let index = self.lineages.len();
        let key = self.next_index().ok_or(WalletError::TooManyUnopened)?;
        let key = nullifier_key(&self.seed, key);
        self.lineages.push(Lineage::unopened(key, self.market));
        Ok(index)
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
