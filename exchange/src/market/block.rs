//! Blocks: time moves only between them, and with it the parts of the day.

use super::Market;
use crate::book::RestingOrder;
use crate::book::uncrossing::{AuctionOrder, uncross};
use crate::message::Transaction;
use crate::ports::{CashAccounts, Verifier};
use crate::receipt::{Event, Phase, Receipt};
use crate::record::OrderStatus;
use crate::refusal::Refusal;
use crate::units::{OrderId, Side, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest, Sha256};
use tally_circuits::field::Element;

/// The hash of a market's state at a block end.
#[derive(Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StateHash(pub [u8; 32]);

/// What a snapshot is checked against: the state, where it stands, and the roots that Acts may name.
///
/// All but the state depend on where blocks were cut, and so are no part of its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Checkpoint {
    /// Height of the last block.
    pub height: u64,
    /// Its time.
    pub time: Time,
    /// Hash of the state.
    pub state: StateHash,
    /// Hash chain over the block-end roots of the epoch.
    pub roots: [u8; 32],
}

/// Why a block can't follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// A height was skipped or repeated.
    #[error("block height {given} does not follow {last}; feed the blocks in order, each once")]
    Height {
        /// Height given.
        given: u64,
        /// Height of the last block.
        last: u64,
    },
    /// Time ran backwards.
    #[error(
        "block time {given} is before {last} (microseconds since 1970, UTC); block times never decrease"
    )]
    Time {
        /// Time given.
        given: u64,
        /// Time of the last block.
        last: u64,
    },
}

impl Market {
    /// Begins a block: the parts of the day that are due by its time begin first.
    ///
    /// # Errors
    /// [`BlockError`] if the block does not follow the last one; nothing has changed.
    pub fn begin_block(
        &mut self,
        height: u64,
        time: Time,
        events: &mut Vec<Event>,
    ) -> Result<(), BlockError> {
        if Some(height) != self.height.checked_add(1) {
            return Err(BlockError::Height {
                given: height,
                last: self.height,
            });
        }
        if time < self.time {
            return Err(BlockError::Time {
                given: time.0,
                last: self.time.0,
            });
        }
        self.height = height;
        self.time = time;
        while let Some(next) = self.phase_due() {
            self.enter(next, events);
        }
        Ok(())
    }

    /// Executes one transaction of the current block.
    pub fn apply(
        &mut self,
        transaction: &Transaction,
        verifier: &dyn Verifier,
        cash: &mut dyn CashAccounts,
        events: &mut Vec<Event>,
    ) -> Receipt {
        let result = match transaction {
            Transaction::Act(act) => self
                .apply_act(act, verifier, cash, events)
                .map(Receipt::Act),
            Transaction::Instruction(instruction) => self.apply_instruction(instruction, events),
        };
        result.unwrap_or_else(Receipt::Refused)
    }

    /// Decodes and executes one transaction of the current block.
    pub fn apply_bytes(
        &mut self,
        bytes: &[u8],
        verifier: &dyn Verifier,
        cash: &mut dyn CashAccounts,
        events: &mut Vec<Event>,
    ) -> Receipt {
        match Transaction::from_bytes(bytes) {
            Ok(transaction) => self.apply(&transaction, verifier, cash, events),
            Err(error) => Receipt::Refused(Refusal::from(error)),
        }
    }

    /// Ends the block: mark, roots, state hash.
    pub fn end_block(&mut self, events: &mut Vec<Event>) -> StateHash {
        self.move_mark(events);
        self.roots.insert(Element(self.tree.root()));
        self.last_hash = self.state_hash();
        self.last_hash
    }

    /// The state hash at the last block end.
    #[must_use]
    pub const fn last_state_hash(&self) -> StateHash {
        self.last_hash
    }

    /// State and roots at the last block end.
    #[must_use]
    pub const fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            height: self.height,
            time: self.time,
            state: self.last_hash,
            roots: self.roots.hash(),
        }
    }

    fn phase_due(&self) -> Option<Phase> {
        let (next, at) = match self.phase {
            Phase::BeforeSession => (Phase::PreOpen, self.session.pre_open),
            Phase::PreOpen => (Phase::Continuous, self.session.open),
            Phase::Continuous => (Phase::AfterSettlement, self.session.settlement),
            Phase::AfterSettlement => (Phase::Closed, self.session.close),
            Phase::Closed => return None,
        };
        (self.time >= at).then_some(next)
    }

    fn enter(&mut self, phase: Phase, events: &mut Vec<Event>) {
        self.phase = phase;
        events.push(Event::Phase { phase });
        match phase {
            Phase::Continuous => self.open_book(events),
            Phase::AfterSettlement => self.settle(events),
            Phase::Closed => self.end_session(events),
            Phase::BeforeSession | Phase::PreOpen => {}
        }
    }

    /// The uncrossing. Pre-open orders share one time priority, ranked by a hash of tag and state. Whoever writes the
    /// last message before the open, above all the ledger's operator, can try several states; nobody else can steer it.
    fn open_book(&mut self, events: &mut Vec<Event>) {
        let waiting: Vec<OrderId> = std::mem::take(&mut self.auction).into_iter().collect();
        let orders: Vec<AuctionOrder> = waiting
            .iter()
            .filter_map(|id| self.auction_order(*id))
            .collect();
        let Ok(uncrossing) = uncross(&orders, self.band, self.prior_settlement) else {
            // Limits and quantities were checked when posted and ids are unique: this is more orders than a book holds.
            waiting
                .iter()
                .for_each(|id| self.finish(*id, OrderStatus::NotTaken, events));
            return;
        };
        for fill in &uncrossing.fills {
            self.take_match(fill, None, events);
        }
        for (id, remaining) in uncrossing.remainders {
            let Some(record) = self.records.get(&id) else {
                continue;
            };
            let rest = RestingOrder {
                id,
                side: record.terms.side,
                limit: record.terms.limit,
                remaining,
                time: self.session.open,
            };
            // What an uncrossing leaves over never crosses, so there is nothing to refuse.
            if self.book.insert_resting(rest).is_err() {
                self.finish(id, OrderStatus::NotTaken, events);
            }
        }
    }

    fn auction_order(&self, id: OrderId) -> Option<AuctionOrder> {
        let record = self.records.get(&id)?;
        Some(AuctionOrder {
            id,
            side: record.terms.side,
            limit: record.terms.limit,
            quantity: record.total,
            rank: self.rank(&record.posted_under),
        })
    }

    /// The time priority of a pre-open order: a hash of its tag and of the state at the end of the pre-open.
    fn rank(&self, tag: &Element) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"tally/pre-open/rank/1");
        hash.update(tag.to_bytes());
        hash.update(self.last_hash.0);
        hash.finalize().into()
    }

    fn settle(&mut self, events: &mut Vec<Event>) {
        let cutoff = self
            .session
            .settlement
            .minus_seconds(self.specification.settlement_rest);
        let settlement = self.window.settle(
            self.book.best_rested(Side::Buy, cutoff),
            self.book.best_rested(Side::Sell, cutoff),
            self.band,
        );
        self.settlement = Some(settlement);
        events.push(Event::Settlement {
            price: settlement.price,
            tier: settlement.tier,
        });
    }

    fn end_session(&mut self, events: &mut Vec<Event>) {
        let live: Vec<OrderId> = self
            .records
            .iter()
            .filter(|(_, r)| r.status.is_live())
            .map(|(id, _)| *id)
            .collect();
        for id in live {
            self.withdraw_order(id, OrderStatus::SessionEnd, events);
        }
    }

    fn move_mark(&mut self, events: &mut Vec<Event>) {
        let before = self.mark.current();
        if matches!(self.phase, Phase::Continuous | Phase::AfterSettlement) {
            let locked = self.lock.observe(
                self.time,
                self.book.quantity_at(Side::Buy, self.band.hi),
                self.book.best(Side::Sell).is_some(),
                self.book.quantity_at(Side::Sell, self.band.lo),
                self.book.best(Side::Buy).is_some(),
            );
            if let Some(edge) = locked {
                self.mark.locked(edge);
            }
        }
        let price = self.mark.at_block_end();
        if price != before {
            events.push(Event::Mark { price });
        }
    }
}

impl std::fmt::Display for StateHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for StateHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for StateHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
