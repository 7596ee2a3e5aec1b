//! A replica: market and cash accounts, moved by the blocks of one ledger.

use crate::cash::BookOnChain;
use crate::entry::Entry;
use crate::verifier::BlockVerifier;
use sha2::{Digest, Sha256};
use tally_circuits::act::ActStatement;
use tally_exchange::market::{BlockError, Market, StateHash};
use tally_exchange::message::{ActTransaction, Transaction};
use tally_exchange::receipt::{Event, Receipt};
use tally_exchange::units::Time;
use tally_ledger_adapter::accounts::{AccountBook, AccountError};
use tally_ledger_adapter::log::Block;

/// The answer to one entry of a block.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A market transaction and its receipt.
    Market(Box<Transaction>, Receipt),
    /// A cashier's request.
    Cashier(Result<(), AccountError>),
    /// Bytes that are no entry.
    Garbage,
}

/// What a block did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// One answer per entry, in the block's order.
    pub answers: Vec<Answer>,
    /// What everybody saw happen, in order.
    pub events: Vec<Event>,
    /// The replica's state afterwards.
    pub state_hash: StateHash,
}

/// Market and cash accounts at one height.
#[derive(Clone)]
pub struct Replica {
    market: Market,
    accounts: AccountBook,
}

impl Replica {
    /// A replica before its first block.
    #[must_use]
    pub const fn new(market: Market, accounts: AccountBook) -> Self {
        Self { market, accounts }
    }

    /// The market.
    #[must_use]
    pub const fn market(&self) -> &Market {
        &self.market
    }

    /// The public cash accounts.
    #[must_use]
    pub const fn accounts(&self) -> &AccountBook {
        &self.accounts
    }

    /// Executes the next block of the ledger.
    ///
    /// # Errors
    /// [`BlockError`] if it does not follow; nothing has changed then.
    pub fn execute(
        &mut self,
        block: &Block,
        verifier: &dyn BlockVerifier,
    ) -> Result<Outcome, BlockError> {
        let entries: Vec<Option<Entry>> = block
            .transactions
            .iter()
            .map(|bytes| Entry::from_bytes(bytes).ok())
            .collect();
        let mut events = Vec::new();
        self.market
            .begin_block(block.height, Time(block.time), &mut events)?;
        self.prepare(&entries, verifier);
        let answers = entries
            .into_iter()
            .map(|entry| self.answer(entry, verifier, &mut events))
            .collect();
        self.market.end_block(&mut events);
        Ok(Outcome {
            answers,
            events,
            state_hash: self.state_hash(),
        })
    }

    /// The hash of market and accounts together. It covers no proof bytes, block boundaries or wall time.
    #[must_use]
    pub fn state_hash(&self) -> StateHash {
        let mut hash = Sha256::new();
        hash.update(b"tally/replica/state/1");
        // Between blocks the market's last hash is that of its present state.
        hash.update(self.market.last_state_hash().0);
        hash.update(self.accounts.digest());
        StateHash(hash.finalize().into())
    }

    /// Lets the verifier look at all proofs at once. An Act whose statement changes within the block (it never does
    /// for honest wallets: what they claim stood in earlier blocks) is checked alone when its turn comes.
    fn prepare(&self, entries: &[Option<Entry>], verifier: &dyn BlockVerifier) {
        let acts: Vec<(ActStatement, &ActTransaction)> = entries
            .iter()
            .filter_map(|entry| match entry {
                Some(Entry::Market(Transaction::Act(act))) => self
                    .market
                    .statement(act)
                    .ok()
                    .map(|statement| (statement, &**act)),
                _ => None,
            })
            .collect();
        if !acts.is_empty() {
            verifier.prepare(&acts);
        }
    }

    fn answer(
        &mut self,
        entry: Option<Entry>,
        verifier: &dyn BlockVerifier,
        events: &mut Vec<Event>,
    ) -> Answer {
        let chain = self.market.chain();
        match entry {
            None => Answer::Garbage,
            Some(Entry::Cashier(request)) => {
                Answer::Cashier(self.accounts.apply(&request, &chain.0))
            }
            Some(Entry::Market(transaction)) => {
                let mut cash = BookOnChain {
                    book: &mut self.accounts,
                    chain,
                };
                let receipt = self.market.apply(&transaction, verifier, &mut cash, events);
                Answer::Market(Box::new(transaction), receipt)
            }
        }
    }
}
