//! Blocks: time moves only between them, and with it the parts of the day.

use super::Market;
use crate::message::Transaction;
use crate::ports::{CashAccounts, Verifier};
use crate::receipt::{Event, Receipt};
use crate::refusal::Refusal;
use crate::units::{Side, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest, Sha256};

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
    /// Hash over the chains of block-end roots of the present and all closed epochs.
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
        self.advance(events);
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
            Transaction::Refresh(refresh) => self.apply_refresh(refresh, verifier),
            Transaction::Lapse(lapse) => self.apply_lapse(lapse, verifier),
            Transaction::Seat(seat) => self.apply_seat(seat, events),
            Transaction::Opening(opening) => self.apply_opening(opening),
            Transaction::FinalSettlement(settlement) => self.apply_final_settlement(settlement),
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

    /// Ends the block: the clearing account's quote, mark, what is due in an epoch, roots, state hash.
    pub fn end_block(&mut self, events: &mut Vec<Event>) -> StateHash {
        self.work_off(events);
        self.move_mark(events);
        self.watch_triggers(events);
        self.advance(events);
        self.publish_roots();
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
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            height: self.height,
            time: self.time,
            state: self.last_hash,
            roots: self.roots_hash(),
        }
    }

    /// Lets messages name the roots that the block's notes have led to. The next epoch's tree waits for the result.
    fn publish_roots(&mut self) {
        for closed in self.closed.values_mut() {
            closed.notes.publish();
        }
        if !self.is_sharing() {
            self.notes.publish();
        }
    }

    fn roots_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"tally/checkpoint/roots/1");
        hash.update(self.notes.roots_hash());
        for closed in self.closed.values() {
            hash.update(closed.number().to_le_bytes());
            hash.update(closed.notes.roots_hash());
        }
        hash.finalize().into()
    }

    fn move_mark(&mut self, events: &mut Vec<Event>) {
        let before = self.day.mark.current();
        if self.phase.is_trading() {
            let day = &mut self.day;
            let locked = day.lock.observe(
                self.time,
                day.book.quantity_at(Side::Buy, day.band.hi),
                day.book.best(Side::Sell).is_some(),
                day.book.quantity_at(Side::Sell, day.band.lo),
                day.book.best(Side::Buy).is_some(),
            );
            if let Some(edge) = locked {
                day.mark.locked(edge);
            }
        }
        let price = self.day.mark.at_block_end();
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
