//! The market under test with everything around it, and a log of what it was fed.

use super::cash::{TestCash, sign_payment};
use super::epochs::Sums;
use super::terms::{MIDDLE, cancel_key};
use super::trader::{Draft, Prepared, TestTrader};
use super::verifier::TestVerifier;
use ed25519_dalek::{Signer, SigningKey};
use tally_circuits::field::Element;
use tally_circuits::note::Deltas;
use tally_exchange::market::{Genesis, Market, SettlementSigners, StateHash};
use tally_exchange::message::{
    ActMessage, ActTransaction, Action, ChainId, Claim, Instruction, OrderChange, OrderTerms,
    RecordClaim, Rest, Transaction,
};
use tally_exchange::receipt::{ActReceipt, Event, Receipt};
use tally_exchange::record::Record;
use tally_exchange::refusal::Refusal;
use tally_exchange::specification::Specification;
use tally_exchange::units::{OrderId, Price, Quantity, Time};

/// Cash that every trader's account starts with, cents: more than any test pays in.
pub const FUNDING: u64 = 1 << 40;

/// A block as it was fed to the market.
#[derive(Clone)]
pub struct LoggedBlock {
    pub height: u64,
    pub time: Time,
    pub transactions: Vec<Vec<u8>>,
    pub receipts: Vec<Receipt>,
    pub hash: StateHash,
}

/// A market inside a block that has begun.
pub struct TestExchange {
    pub market: Market,
    pub verifier: TestVerifier,
    pub cash: TestCash,
    pub genesis: Genesis,
    /// Sums of position and cash of the notes refreshed in the present revalidation, as an observer of all secrets knows.
    pub refreshed: Sums,
    /// Haircuts taken so far by Refresh and Lapse, cents.
    pub haircuts: i128,
    /// All events so far.
    pub events: Vec<Event>,
    /// The blocks that have ended.
    pub log: Vec<LoggedBlock>,
    transactions: Vec<Vec<u8>>,
    receipts: Vec<Receipt>,
    traders: u64,
}

/// Lean Hogs on 2017-01-03 after a settlement at 66.150.
pub fn genesis() -> Genesis {
    let specification = Specification::lean_hogs();
    let session = specification.calendar.session_named("2017-01-03");
    Genesis {
        chain: ChainId::of_genesis(b"tests"),
        session: session.expect("a trading day").clone(),
        specification,
        prior_settlement: Price(MIDDLE),
        after_limit_settlement: false,
        settlement: SettlementSigners::default(),
        siblings: Vec::new(),
    }
}

/// The receipt of an accepted Act.
pub fn act_receipt(receipt: Receipt) -> ActReceipt {
    match receipt {
        Receipt::Act(receipt) => receipt,
        other => panic!("expected an accepted Act, got {other:?}"),
    }
}

impl TestExchange {
    /// A market an hour before its pre-open.
    pub fn new() -> Self {
        Self::with(genesis())
    }

    /// A market in continuous trading.
    pub fn open_for_trading() -> Self {
        let mut exchange = Self::new();
        exchange.at(exchange.market.session().open);
        exchange
    }

    /// A market in its pre-open.
    pub fn in_pre_open() -> Self {
        let mut exchange = Self::new();
        exchange.at(exchange.market.session().pre_open);
        exchange
    }

    /// A market of another genesis, an hour before its pre-open.
    pub fn with(genesis: Genesis) -> Self {
        let mut exchange = Self {
            market: Market::new(genesis.clone()).expect("the genesis is sound"),
            genesis,
            refreshed: Sums::default(),
            haircuts: 0,
            verifier: TestVerifier::default(),
            cash: TestCash::default(),
            events: Vec::new(),
            log: Vec::new(),
            transactions: Vec::new(),
            receipts: Vec::new(),
            traders: 0,
        };
        let start = exchange.market.session().pre_open.minus_seconds(3_600);
        exchange.begin(start);
        exchange
    }

    fn begin(&mut self, time: Time) {
        let height = self.market.height() + 1;
        self.market
            .begin_block(height, time, &mut self.events)
            .expect("the block follows");
    }

    /// Ends the present block and begins the next at `time`.
    pub fn at(&mut self, time: Time) {
        self.end();
        self.begin(time);
    }

    /// Ends the present block, writes the market down, takes it up again and begins the next block.
    pub fn restart(&mut self) {
        self.end();
        let checkpoint = self.market.checkpoint();
        let restored = Market::restore(self.genesis.clone(), &self.market.snapshot(), checkpoint);
        self.market = restored.expect("a snapshot can be taken up");
        self.begin(self.market.time());
    }

    fn end(&mut self) {
        let hash = self.market.end_block(&mut self.events);
        self.log.push(LoggedBlock {
            height: self.market.height(),
            time: self.market.time(),
            transactions: std::mem::take(&mut self.transactions),
            receipts: std::mem::take(&mut self.receipts),
            hash,
        });
    }

    /// Begins the next block at the same time.
    pub fn next_block(&mut self) {
        self.at(self.market.time());
    }

    /// Begins the next block `seconds` later.
    pub fn later(&mut self, seconds: u64) {
        self.at(self.market.time().plus_seconds(seconds));
    }

    /// Begins a block if need be, so that the tree's present root is one that Acts may name.
    pub fn publish_root(&mut self) {
        self.publish_root_of(self.market.epoch());
    }

    /// As [`TestExchange::publish_root`], for the tree of the present or a closed epoch.
    pub fn publish_root_of(&mut self, epoch: u64) {
        let market = &self.market;
        let root = market.tree_of(epoch).map(|tree| Element(tree.root()));
        let is_known = |root: Element| match market.closed_epoch(epoch) {
            Some(closed) => closed.is_root(&root),
            None => market.is_root(&root),
        };
        if !root.is_some_and(is_known) {
            self.next_block();
        }
    }

    /// Feeds a transaction, as bytes.
    pub fn apply(&mut self, transaction: &Transaction) -> Receipt {
        self.apply_bytes(&transaction.to_bytes())
    }

    /// Feeds bytes. Whatever the tests send is screened first, and the screen must not say more than the market.
    pub fn apply_bytes(&mut self, bytes: &[u8]) -> Receipt {
        let screened = Transaction::from_bytes(bytes).map(|sent| self.market.screen(&sent));
        let receipt =
            self.market
                .apply_bytes(bytes, &self.verifier, &mut self.cash, &mut self.events);
        if let Ok(Err(refusal)) = screened {
            assert_eq!(receipt, Receipt::Refused(refusal), "the screen refuses");
        }
        self.transactions.push(bytes.to_vec());
        self.receipts.push(receipt.clone());
        receipt
    }

    /// Feeds a transaction that must be refused for this reason and change nothing at all.
    pub fn refuse(&mut self, transaction: &Transaction, refusal: &Refusal) {
        let before = (
            self.market.state_hash(),
            self.market.snapshot(),
            self.cash.clone(),
        );
        let events = self.events.len();
        assert_eq!(self.apply(transaction), Receipt::Refused(refusal.clone()));
        let after = (
            self.market.state_hash(),
            self.market.snapshot(),
            self.cash.clone(),
        );
        assert!(
            before == after,
            "a refusal has changed something: {refusal}"
        );
        assert_eq!(
            events,
            self.events.len(),
            "a refusal has told of something: {refusal}"
        );
    }

    /// As [`TestExchange::refuse`], for an Act.
    pub fn refuse_act(&mut self, act: &ActTransaction, refusal: &Refusal) {
        self.refuse(&Transaction::Act(Box::new(act.clone())), refusal);
    }

    /// As [`TestExchange::refuse`], for what an honest wallet makes of an action.
    pub fn refuse_action(&mut self, trader: &TestTrader, action: Action, refusal: &Refusal) {
        let prepared = self.prepare(trader, action);
        self.refuse_act(&prepared.act, refusal);
    }

    /// The message and witness of an action on a trader's present note.
    pub fn draft(&mut self, trader: &TestTrader, action: Action) -> Draft {
        let epoch = trader.epoch(&self.market);
        self.publish_root_of(epoch);
        let market = &self.market;
        let witness = trader.witness(market, &action);
        let nullifier = trader.nullifier(market);
        // An action that is refused has no effect to commit to.
        let deltas = market
            .action_effect_in(epoch, &action)
            .map_or(Deltas::default(), |(deltas, _)| deltas);
        let next = trader
            .note
            .apply(&deltas, nullifier.0)
            .unwrap_or_else(|_| trader.note.clone());
        let message = ActMessage {
            chain: market.chain(),
            market: market.symbol(),
            epoch,
            expiry: market.height() + market.specification().expiry_horizon,
            root: Element(market.tree_of(epoch).expect("a known epoch").root()),
            nullifier,
            new_commitment: Element(next.commitment(market.market_element().0, &trader.key)),
            action,
        };
        Draft {
            message,
            witness,
            cash_key: trader.cash_key.clone(),
        }
    }

    /// Makes the proof of a draft, and the cash signature if it pays in.
    pub fn seal(&self, draft: Draft) -> ActTransaction {
        let Draft {
            message,
            witness,
            cash_key,
        } = draft;
        let proof = self.verifier.prove(&message, witness);
        let pays_in = matches!(message.action, Action::Open { .. } | Action::Deposit { .. });
        let cash_signature = pays_in.then(|| sign_payment(&cash_key, message.context()));
        ActTransaction {
            message,
            proof,
            cash_signature,
        }
    }

    /// Builds the Act of an action.
    pub fn prepare(&mut self, trader: &TestTrader, action: Action) -> Prepared {
        let draft = self.draft(trader, action);
        Prepared {
            act: self.seal(draft),
        }
    }

    /// Feeds an Act that was built before.
    pub fn include(&mut self, trader: &mut TestTrader, prepared: &Prepared) -> Receipt {
        let receipt = self.apply(&Transaction::Act(Box::new(prepared.act.clone())));
        if let Receipt::Act(accepted) = &receipt {
            trader.accepted(&prepared.act, accepted);
        }
        receipt
    }

    /// Builds an Act and feeds it; it must be accepted.
    pub fn act(&mut self, trader: &mut TestTrader, action: Action) -> ActReceipt {
        let prepared = self.prepare(trader, action);
        act_receipt(self.include(trader, &prepared))
    }

    /// A trader with a funded account and no note.
    pub fn newcomer(&mut self) -> TestTrader {
        self.traders += 1;
        let trader = TestTrader::new(self.traders);
        self.cash.set(trader.account(), FUNDING);
        trader
    }

    /// A trader whose note holds `cents` after the opening fee.
    pub fn trader(&mut self, cents: i64) -> TestTrader {
        let mut trader = self.newcomer();
        let paid = cents + self.market.specification().opening_fee;
        let amount = u64::try_from(paid).expect("a positive amount");
        let account = trader.account();
        self.act(&mut trader, Action::Open { account, amount });
        trader
    }

    /// Posts orders; returns their ids.
    pub fn post(&mut self, trader: &mut TestTrader, orders: &[OrderTerms]) -> Vec<OrderId> {
        let action = self.posting(trader, orders);
        self.act(trader, action).orders
    }

    /// Posts one order; returns its id.
    pub fn post_one(&mut self, trader: &mut TestTrader, order: OrderTerms) -> OrderId {
        self.post(trader, &[order])[0]
    }

    /// Closes records at their present fills.
    pub fn close(&mut self, trader: &mut TestTrader, orders: &[OrderId]) -> ActReceipt {
        let action = self.claiming(trader, orders, Rest::Close, &[]);
        self.act(trader, action)
    }

    /// Credits the present fills of records and moves their rests.
    pub fn move_rest(&mut self, trader: &mut TestTrader, orders: &[OrderId]) -> ActReceipt {
        let action = self.claiming(trader, orders, Rest::Move, &[]);
        self.act(trader, action)
    }

    /// The action that posts orders.
    pub fn posting(&self, trader: &TestTrader, orders: &[OrderTerms]) -> Action {
        Action::Trade {
            claim: None,
            tag: Some(trader.tag(&self.market)),
            orders: orders.to_vec(),
        }
    }

    /// The action that claims records at their present fills, and posts orders.
    pub fn claiming(
        &self,
        trader: &TestTrader,
        claimed: &[OrderId],
        rest: Rest,
        orders: &[OrderTerms],
    ) -> Action {
        let fills = |order: OrderId| self.market.record(order).map_or(0, Record::fill_count);
        let records = claimed
            .iter()
            .map(|&order| RecordClaim {
                order,
                fills: fills(order),
                rest,
            })
            .collect();
        self.trading(trader, records, orders)
    }

    /// The action with these claims and orders, its tags as they must be.
    pub fn trading(
        &self,
        trader: &TestTrader,
        records: Vec<RecordClaim>,
        orders: &[OrderTerms],
    ) -> Action {
        let needs_tag = !orders.is_empty() || records.iter().any(|claim| claim.rest == Rest::Move);
        let old_tag = records
            .first()
            .and_then(|claim| self.market.record(claim.order));
        Action::Trade {
            // A tag that nobody has made stands for that of a record which is gone.
            claim: Some(Claim {
                tag: old_tag.map_or(Element(5.into()), |r| r.tag),
                records,
            }),
            tag: needs_tag.then(|| trader.tag(&self.market)),
            orders: orders.to_vec(),
        }
    }

    /// An instruction signed by `key`.
    pub fn instruction(
        &self,
        order: OrderId,
        change: OrderChange,
        key: &SigningKey,
    ) -> Instruction {
        let (chain, market) = (self.market.chain(), self.market.symbol());
        let signed = Instruction::signed_bytes(chain, market, order, change);
        Instruction {
            chain,
            market,
            order,
            change,
            signature: key.sign(&signed).to_bytes(),
        }
    }

    /// Feeds a change of an order signed by its key.
    pub fn change(&mut self, order: OrderId, change: OrderChange) -> Receipt {
        let instruction = self.instruction(order, change, &cancel_key());
        self.apply(&Transaction::Instruction(instruction))
    }

    /// Cancels an order; returns the contracts that were taken out.
    pub fn cancel(&mut self, order: OrderId) -> Quantity {
        match self.change(order, OrderChange::Cancel) {
            Receipt::Instruction { removed, .. } => removed,
            other => panic!("expected a cancel, got {other:?}"),
        }
    }

    /// Lowers an order's total; returns the contracts that were taken out.
    pub fn reduce(&mut self, order: OrderId, total: u32) -> Quantity {
        match self.change(order, OrderChange::Reduce(Quantity(total))) {
            Receipt::Instruction { removed, .. } => removed,
            other => panic!("expected a reduction, got {other:?}"),
        }
    }

    /// The record of an order that has one.
    pub fn record(&self, order: OrderId) -> &Record {
        self.market.record(order).expect("the order has a record")
    }

    /// Price and quantity of an order's fills that are not yet credited.
    pub fn fills(&self, order: OrderId) -> Vec<(i32, u32)> {
        self.record(order)
            .fills
            .iter()
            .map(|fill| (fill.price.0, fill.quantity.0))
            .collect()
    }
}
