//! A ledger in memory: blocks of bytes, the market and the accounts that they lead to.

use super::cash::Cash;
use super::requests::MIDDLE;
use super::verifier::Bound;
use tally_circuits::field::Element;
use tally_exchange::market::{Genesis, Market, OutgoingTransfer, SettlementSigners};
use tally_exchange::message::{Account, ChainId, Transaction};
use tally_exchange::ports::Verifier;
use tally_exchange::receipt::{ActReceipt, Event, Receipt};
use tally_exchange::specification::Specification;
use tally_exchange::units::{Price, Time};
use tally_ledger_adapter::accounts::{AccountBook, AccountId, CashierRequest, Faucet};
use tally_trader::history::History;

/// Blocks for which a message stays good at most: few, so that a test can let one expire.
pub const HORIZON: u64 = 4;

/// One piece of a block.
#[derive(Clone)]
enum Entry {
    /// Cash from outside.
    Credit(Vec<u8>),
    /// A transaction of the market.
    Market(Vec<u8>),
    /// Cash from another contract month.
    Transfer(Element, u64),
}

#[derive(Clone)]
struct Block {
    time: Time,
    entries: Vec<Entry>,
}

/// The blocks, and the state after them.
#[derive(Clone)]
pub struct Ledger {
    genesis: Genesis,
    blocks: Vec<Block>,
    market: Market,
    accounts: AccountBook,
    credits: u64,
    /// Everything that everybody saw happen.
    pub events: Vec<Event>,
    /// Cash that has left for other contract months.
    pub outgoing: Vec<OutgoingTransfer>,
}

/// Lean Hogs on 2017-01-03 after a settlement at 66.150, messages good for [`HORIZON`] blocks.
pub fn genesis() -> Genesis {
    let mut specification = Specification::lean_hogs();
    specification.expiry_horizon = HORIZON;
    let session = specification.calendar.session_named("2017-01-03");
    Genesis {
        chain: ChainId::of_genesis(b"tests of the wallet"),
        session: session.unwrap().clone(),
        specification,
        prior_settlement: Price(MIDDLE),
        after_limit_settlement: false,
        settlement: SettlementSigners::default(),
        siblings: Vec::new(),
    }
}

/// The receipt of an Act that was included.
pub fn receipt_of(receipt: &Receipt) -> &ActReceipt {
    match receipt {
        Receipt::Act(receipt) => receipt,
        other => panic!("expected an included Act, got {other:?}"),
    }
}

impl Ledger {
    /// A ledger at the open of the session: orders meet at once.
    pub fn in_session() -> Self {
        Self::starting(genesis(), |market| market.session().open)
    }

    /// A ledger in the pre-open: orders wait for the uncrossing.
    pub fn in_pre_open() -> Self {
        Self::starting(genesis(), |market| market.session().pre_open)
    }

    /// A ledger of this genesis whose first block comes at `start`.
    pub fn starting(genesis: Genesis, start: impl Fn(&Market) -> Time) -> Self {
        let market = Market::new(genesis.clone()).unwrap();
        let start = start(&market);
        let mut ledger = Self {
            accounts: AccountBook::new(faucet(0).cashier()).unwrap(),
            blocks: Vec::new(),
            market,
            genesis,
            credits: 0,
            events: Vec::new(),
            outgoing: Vec::new(),
        };
        ledger.block_at(start, &[]);
        ledger
    }

    pub fn market(&self) -> &Market {
        &self.market
    }

    /// Cents of an account.
    pub fn balance(&self, account: Account) -> u64 {
        self.accounts.balance(&AccountId(account.0))
    }

    /// Puts cash from outside into an account, in a block of its own.
    pub fn fund(&mut self, account: Account, cents: u64) {
        let chain = self.market.chain().0;
        let credit = faucet(self.credits).credit(&chain, AccountId(account.0), cents);
        self.credits += 1;
        let entry = Entry::Credit(CashierRequest::Credit(credit).encode());
        self.append(self.market.time(), vec![entry], &Bound);
    }

    /// Cash arrives from another contract month, in a block of its own.
    pub fn receive(&mut self, transfer: &OutgoingTransfer) {
        assert_eq!(transfer.to, self.market.symbol());
        let entry = Entry::Transfer(transfer.tag, transfer.amount);
        self.append(self.market.time(), vec![entry], &Bound);
    }

    /// The bytes of every block.
    pub fn bytes(&self) -> Vec<(Time, Vec<Vec<u8>>)> {
        let bytes = |entry: &Entry| match entry {
            Entry::Credit(bytes) | Entry::Market(bytes) => bytes.clone(),
            Entry::Transfer(tag, amount) => [&tag.to_bytes()[..], &amount.to_le_bytes()].concat(),
        };
        let blocks = self.blocks.iter();
        blocks
            .map(|block| (block.time, block.entries.iter().map(bytes).collect()))
            .collect()
    }

    /// A block with these transactions, at the time of the last.
    pub fn block(&mut self, transactions: &[Transaction]) -> Vec<(Transaction, Receipt)> {
        self.block_at(self.market.time(), transactions)
    }

    /// A block with these transactions at `time`.
    pub fn block_at(
        &mut self,
        time: Time,
        transactions: &[Transaction],
    ) -> Vec<(Transaction, Receipt)> {
        self.block_verified(time, transactions, &Bound)
    }

    /// As [`Ledger::block_at`], proofs checked by `verifier`. Such a ledger can't be [replayed](Ledger::replay).
    pub fn block_verified(
        &mut self,
        time: Time,
        transactions: &[Transaction],
        verifier: &dyn Verifier,
    ) -> Vec<(Transaction, Receipt)> {
        let entries = transactions
            .iter()
            .map(|transaction| Entry::Market(transaction.to_bytes()))
            .collect();
        self.append(time, entries, verifier)
    }

    fn append(
        &mut self,
        time: Time,
        entries: Vec<Entry>,
        verifier: &dyn Verifier,
    ) -> Vec<(Transaction, Receipt)> {
        let block = Block { time, entries };
        let events = &mut self.events;
        let outcome = execute(
            &mut self.market,
            &mut self.accounts,
            &block,
            verifier,
            events,
        );
        self.outgoing.extend(self.market.take_outgoing());
        self.blocks.push(block);
        outcome
    }

    /// Executes the whole ledger anew, from its bytes alone, and collects the history.
    pub fn replay(&self) -> (Market, History) {
        let mut history = History::default();
        let market = self.replay_blocks(|market, outcome| {
            for (transaction, receipt) in outcome {
                history.take(market, transaction, receipt).unwrap();
            }
            history.end_block(market);
        });
        (market, history)
    }

    /// Executes the whole ledger anew, from its bytes alone, and shows the market at the end of every block.
    pub fn replay_blocks(&self, mut see: impl FnMut(&Market, &[(Transaction, Receipt)])) -> Market {
        let mut market = Market::new(self.genesis.clone()).unwrap();
        let mut accounts = AccountBook::new(faucet(0).cashier()).unwrap();
        for block in &self.blocks {
            let outcome = execute(&mut market, &mut accounts, block, &Bound, &mut Vec::new());
            market.take_outgoing();
            see(&market, &outcome);
        }
        assert_eq!(market.last_state_hash(), self.market.last_state_hash());
        market
    }
}

fn faucet(last_sequence: u64) -> Faucet {
    Faucet::resume(b"cash for the tests of the wallet", last_sequence)
}

fn execute(
    market: &mut Market,
    accounts: &mut AccountBook,
    block: &Block,
    verifier: &dyn Verifier,
    events: &mut Vec<Event>,
) -> Vec<(Transaction, Receipt)> {
    let chain = market.chain();
    let mut outcome = Vec::new();
    let height = market.height() + 1;
    market.begin_block(height, block.time, events).unwrap();
    for entry in &block.entries {
        match entry {
            Entry::Credit(bytes) => {
                let request = CashierRequest::decode(bytes).unwrap();
                accounts.apply(&request, &chain.0).unwrap();
            }
            Entry::Market(bytes) => {
                let transaction = Transaction::from_bytes(bytes).unwrap();
                let mut cash = Cash {
                    book: accounts,
                    chain,
                };
                let receipt = market.apply(&transaction, verifier, &mut cash, events);
                outcome.push((transaction, receipt));
            }
            Entry::Transfer(tag, amount) => market.receive_transfer(*tag, *amount).unwrap(),
        }
    }
    market.end_block(events);
    outcome
}
