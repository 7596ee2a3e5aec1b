//! A replica: the markets of one chain and the cash accounts, moved by the blocks of one ledger.

use crate::cash::BookOnChain;
use crate::entry::Entry;
use crate::verifier::{BlockVerifier, Claimed};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tally_exchange::market::{BlockError, Market, OutgoingTransfer, StateHash};
use tally_exchange::message::{Action, ChainId, Symbol, Transaction};
use tally_exchange::receipt::{Event, Receipt};
use tally_exchange::refusal::Refusal;
use tally_exchange::units::Time;
use tally_ledger_adapter::accounts::{AccountBook, AccountError};
use tally_ledger_adapter::log::Block;
use thiserror::Error;

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
    /// What everybody saw happen and in which market, in order.
    pub events: Vec<(Symbol, Event)>,
    /// The replica's state afterwards.
    pub state_hash: StateHash,
}

/// Why markets don't make a replica.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReplicaError {
    /// No market at all.
    #[error("a replica needs at least one market")]
    Empty,
    /// Two markets of one contract month.
    #[error("contract month {0} is there twice; give each market once")]
    Twice(Symbol),
    /// Markets of different chains, or at different heights.
    #[error(
        "market {0} is of another chain or at another height than {1}; all markets of a replica start together"
    )]
    Apart(Symbol, Symbol),
}

/// Markets and cash accounts at one height.
#[derive(Clone)]
pub struct Replica {
    chain: ChainId,
    markets: BTreeMap<Symbol, Market>,
    accounts: AccountBook,
}

impl Replica {
    /// A replica before its first block.
    ///
    /// # Errors
    /// [`ReplicaError`] unless the markets are of one chain, at one height and of different contract months.
    pub fn new(
        markets: impl IntoIterator<Item = Market>,
        accounts: AccountBook,
    ) -> Result<Self, ReplicaError> {
        let mut by_symbol = BTreeMap::new();
        for market in markets {
            let symbol = market.symbol();
            if by_symbol.insert(symbol, market).is_some() {
                return Err(ReplicaError::Twice(symbol));
            }
        }
        let first = by_symbol.values().next().ok_or(ReplicaError::Empty)?;
        let (chain, height, symbol) = (first.chain(), first.height(), first.symbol());
        let apart = |market: &&Market| market.chain() != chain || market.height() != height;
        if let Some(market) = by_symbol.values().find(apart) {
            return Err(ReplicaError::Apart(market.symbol(), symbol));
        }
        Ok(Self {
            chain,
            markets: by_symbol,
            accounts,
        })
    }

    /// The chain.
    #[must_use]
    pub const fn chain(&self) -> ChainId {
        self.chain
    }

    /// The market of a contract month.
    #[must_use]
    pub fn market(&self, symbol: Symbol) -> Option<&Market> {
        self.markets.get(&symbol)
    }

    /// All markets, by symbol.
    pub fn markets(&self) -> impl Iterator<Item = &Market> {
        self.markets.values()
    }

    /// Height of the last executed block.
    #[must_use]
    pub fn height(&self) -> u64 {
        // All markets are at one height.
        self.markets.values().next().map_or(0, Market::height)
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
        let time = Time(block.time);
        // Markets move in step: a block that does not follow in the first follows in none.
        self.on_each(&mut events, |market, events| {
            market.begin_block(block.height, time, events)
        })?;
        self.prepare(&entries, verifier);
        let answers = entries
            .into_iter()
            .map(|entry| self.answer(entry, verifier, &mut events))
            .collect();
        self.on_each(&mut events, |market, events| {
            market.end_block(events);
            Ok::<_, BlockError>(())
        })?;
        Ok(Outcome {
            answers,
            events,
            state_hash: self.state_hash(),
        })
    }

    fn on_each<E>(
        &mut self,
        events: &mut Vec<(Symbol, Event)>,
        mut step: impl FnMut(&mut Market, &mut Vec<Event>) -> Result<(), E>,
    ) -> Result<(), E> {
        for (symbol, market) in &mut self.markets {
            let mut own = Vec::new();
            step(market, &mut own)?;
            events.extend(own.into_iter().map(|event| (*symbol, event)));
        }
        Ok(())
    }

    /// The hash of markets and accounts together. It covers no proof bytes, block boundaries or wall time.
    #[must_use]
    pub fn state_hash(&self) -> StateHash {
        let mut hash = Sha256::new();
        hash.update(b"tally/replica/state/2");
        for (symbol, market) in &self.markets {
            hash.update(symbol.as_str().as_bytes());
            hash.update([0]);
            // Between blocks the market's last hash is that of its present state.
            hash.update(market.last_state_hash().0);
        }
        hash.update(self.accounts.digest());
        StateHash(hash.finalize().into())
    }

    /// What stands for all of the replica, heights, times and the roots that messages may name included, and for the
    /// last block, by its hash: whoever trusts it can take up a snapshot that leads to it from anybody.
    #[must_use]
    pub fn checkpoint(&self, last_block: &[u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"tally/replica/checkpoint/1");
        hash.update(self.chain.0);
        hash.update(last_block);
        for (symbol, market) in &self.markets {
            let mut bytes = Vec::new();
            // Writing to a vector does not fail.
            let _ = borsh::BorshSerialize::serialize(&(symbol, market.checkpoint()), &mut bytes);
            hash.update(bytes);
        }
        hash.update(self.accounts.digest());
        hash.finalize().into()
    }

    /// Lets the verifier look at all proofs at once. A message whose statement changes within the block (it never
    /// does for honest wallets: what they claim stood in earlier blocks) is checked alone when its turn comes.
    fn prepare(&self, entries: &[Option<Entry>], verifier: &dyn BlockVerifier) {
        if !verifier.prepares() {
            return;
        }
        let claimed: Vec<Claimed<'_>> = entries
            .iter()
            .filter_map(|entry| match entry {
                Some(Entry::Market(transaction)) => self.claimed(transaction),
                _ => None,
            })
            .collect();
        if !claimed.is_empty() {
            verifier.prepare(&claimed);
        }
    }

    /// Whether the proofs of these entries hold in the present state, all looked at together; an entry without a proof
    /// has none that could fail. The verifier keeps the answers for the block that they will be in.
    pub(crate) fn check_proofs<'a>(
        &self,
        entries: impl Iterator<Item = Option<&'a Entry>>,
        verifier: &dyn BlockVerifier,
    ) -> Vec<bool> {
        let mut places = Vec::new();
        let mut claimed = Vec::new();
        let mut count = 0;
        for entry in entries {
            if let Some(Entry::Market(transaction)) = entry
                && let Some(claim) = self.claimed(transaction)
            {
                places.push(count);
                claimed.push(claim);
            }
            count += 1;
        }
        if !claimed.is_empty() {
            verifier.prepare(&claimed);
        }
        let mut holds = vec![true; count];
        for (place, claim) in places.into_iter().zip(&claimed) {
            holds[place] = match claim {
                Claimed::Act(statement, proof) => verifier.verify_act(statement, proof),
                Claimed::Refresh(statement, proof) => verifier.verify_refresh(statement, proof),
                Claimed::Lapse(statement, proof) => verifier.verify_lapse(statement, proof),
            };
        }
        holds
    }

    /// What a transaction claims to have proved, if it carries a proof and the market would look at it.
    fn claimed<'a>(&self, transaction: &'a Transaction) -> Option<Claimed<'a>> {
        let market = self.markets.get(&transaction.market())?;
        match transaction {
            Transaction::Act(act) => {
                let statement = market.statement(act).ok()?;
                Some(Claimed::Act(Box::new(statement), &act.proof))
            }
            Transaction::Refresh(refresh) => {
                let statement = market.refresh_statement(&refresh.message).ok()?;
                Some(Claimed::Refresh(Box::new(statement), &refresh.proof))
            }
            Transaction::Lapse(lapse) => {
                let statement = market.lapse_statement(&lapse.message).ok()?;
                Some(Claimed::Lapse(Box::new(statement), &lapse.proof))
            }
            Transaction::Instruction(_)
            | Transaction::Seat(_)
            | Transaction::Opening(_)
            | Transaction::FinalSettlement(_) => None,
        }
    }

    fn answer(
        &mut self,
        entry: Option<Entry>,
        verifier: &dyn BlockVerifier,
        events: &mut Vec<(Symbol, Event)>,
    ) -> Answer {
        match entry {
            None => Answer::Garbage,
            Some(Entry::Cashier(request)) => {
                Answer::Cashier(self.accounts.apply(&request, &self.chain.0))
            }
            Some(Entry::Market(transaction)) => {
                let receipt = self.apply(&transaction, verifier, events);
                Answer::Market(Box::new(transaction), receipt)
            }
        }
    }

    fn apply(
        &mut self,
        transaction: &Transaction,
        verifier: &dyn BlockVerifier,
        events: &mut Vec<(Symbol, Event)>,
    ) -> Receipt {
        let symbol = transaction.market();
        // Cash must not leave for a contract month that nobody runs, whatever a market's genesis says.
        let nowhere = destination(transaction).filter(|to| !self.markets.contains_key(to));
        let Some(market) = self.markets.get_mut(&symbol) else {
            return Receipt::Refused(Refusal::Market);
        };
        let mut cash = BookOnChain {
            book: &mut self.accounts,
            chain: self.chain,
        };
        if let Some(to) = nowhere {
            return Receipt::Refused(Refusal::Sibling(to));
        }
        let mut own = Vec::new();
        let receipt = market.apply(transaction, verifier, &mut cash, &mut own);
        events.extend(own.into_iter().map(|event| (symbol, event)));
        // What leaves for another contract month arrives before the next transaction.
        for transfer in market.take_outgoing() {
            self.deliver(&transfer);
        }
        receipt
    }

    fn deliver(&mut self, transfer: &OutgoingTransfer) {
        // The market is there, as `apply` has seen. A tag is made once, since it holds a nullifier, and the amount is a
        // note's. Were it refused all the same, the cash would be in no market: nobody gains by it, and every replica
        // comes to the same state.
        let Some(market) = self.markets.get_mut(&transfer.to) else {
            return;
        };
        if let Err(error) = market.receive_transfer(transfer.tag, transfer.amount) {
            tracing::error!(to = %transfer.to, %error, "a transfer is not taken");
        }
    }
}

/// The contract month to which a transaction would send cash.
fn destination(transaction: &Transaction) -> Option<Symbol> {
    match transaction {
        Transaction::Act(act) => match act.message.action {
            Action::Transfer { to, .. } => Some(to),
            _ => None,
        },
        _ => None,
    }
}
