//! What this wallet has sent: written down before it leaves, so that a killed process neither loses a message nor sends
//! it twice.
//!
//! A message that spends a note can count only once, whoever sends it how often: its nullifier stops every repetition. So
//! the same bytes are sent again after a crash without harm. What the journal adds is memory: which message carried which
//! client id, what became of it, and whether anybody was told.

use crate::reply::{Notice, OutcomeWord};
use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest, Sha256};
use tally_circuits::field::Element;
use tally_exchange::market::Market;
use tally_exchange::message::{ActMessage, Instruction, SeatTransaction, Symbol, Transaction};
use tally_exchange::receipt::Receipt;
use tally_exchange::units::{OrderId, Time};
use tally_trader::step::spent_by;

/// Most messages with a client id that are remembered: so far back a retry is recognised. The whole journal is written anew
/// with every message, so it must stay short.
const NAMED_KEPT: usize = 4_096;
/// Most messages without one.
const UNNAMED_KEPT: usize = 512;

/// What a message is, however its proof was made: anybody can re-randomise a proof.
pub type Fingerprint = [u8; 32];

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Fate {
    /// Written down, perhaps sent, no outcome yet.
    Pending,
    /// In a block, and it counts.
    Accepted {
        /// Height of the block.
        height: u64,
        /// Its orders.
        orders: Vec<OrderId>,
    },
    /// In a block, and refused.
    Refused {
        /// Height of the block.
        height: u64,
        /// Why.
        reason: String,
    },
    /// Not ordered, by the node's word. It could still be included by somebody who has its bytes, until it expires.
    Declined {
        /// Why.
        reason: String,
    },
    /// It can't be included any more: it expired, or another message has spent its note.
    Expired,
}

/// A message of this wallet.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Entry {
    /// Its number in this journal, from 1.
    pub number: u64,
    /// The contract month; none for what belongs to no market.
    pub market: Option<Symbol>,
    /// What it does, in words.
    pub action: String,
    /// The client's name for it.
    pub id: Option<String>,
    /// What it is.
    pub fingerprint: Fingerprint,
    /// The nullifier that it spends.
    pub nullifier: Option<Element>,
    /// The last height at which it can be included; none if it does not expire by itself.
    pub expiry: Option<u64>,
    /// The bytes that were sent.
    pub bytes: Vec<u8>,
    /// What became of it.
    pub fate: Fate,
    /// Whether somebody was told.
    pub is_told: bool,
    /// When it was written down, microseconds of the market's clock.
    pub at: Time,
}

/// All messages of this wallet on one chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Journal {
    last: u64,
    entries: Vec<Entry>,
    /// What the last proof took, milliseconds.
    pub last_proof_ms: Option<u64>,
}

/// What a transaction is, without what anybody could change about it.
#[must_use]
pub fn fingerprint(transaction: &Transaction) -> Fingerprint {
    let mut hash = Sha256::new();
    let mut part = |domain: &[u8], content: &[u8]| {
        hash.update(domain);
        hash.update(content);
    };
    match transaction {
        Transaction::Act(act) => part(b"act", &act.message.context().to_bytes()),
        Transaction::Refresh(refresh) => part(b"refresh", &refresh.message.context().to_bytes()),
        Transaction::Lapse(lapse) => part(b"lapse", &lapse.message.context().to_bytes()),
        Transaction::Instruction(instruction) => {
            let Instruction {
                chain,
                market,
                order,
                change,
                ..
            } = *instruction;
            part(
                b"instruction",
                &Instruction::signed_bytes(chain, market, order, change),
            );
        }
        Transaction::Seat(seat) => {
            let SeatTransaction { message, .. } = &**seat;
            part(b"seat", &message.signed_bytes());
        }
        Transaction::Opening(_) | Transaction::FinalSettlement(_) => {
            part(b"other", &transaction.to_bytes());
        }
    }
    hash.finalize().into()
}

/// The last height at which a transaction can be included; none if that is not said in it.
fn expiry(transaction: &Transaction) -> Option<u64> {
    match transaction {
        Transaction::Act(act) => Some(act.message.expiry),
        _ => None,
    }
}

/// A message that is to be written down.
pub struct NewEntry<'a> {
    /// What is sent.
    pub transaction: &'a Transaction,
    /// The bytes that are sent.
    pub bytes: Vec<u8>,
    /// In words.
    pub action: String,
    /// The client's name for it.
    pub id: Option<String>,
    /// Whether whoever sends it tells its outcome to somebody.
    pub is_told: bool,
    /// Now.
    pub at: Time,
}

impl Journal {
    /// Writes a message down; returns its number.
    pub fn write(&mut self, new: NewEntry<'_>) -> u64 {
        self.last += 1;
        self.entries.push(Entry {
            number: self.last,
            market: Some(new.transaction.market()),
            action: new.action,
            id: new.id,
            fingerprint: fingerprint(new.transaction),
            nullifier: spent_by(new.transaction),
            expiry: expiry(new.transaction),
            bytes: new.bytes,
            fate: Fate::Pending,
            is_told: new.is_told,
            at: new.at,
        });
        self.forget();
        self.last
    }

    /// The message with this number.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<&Entry> {
        let place = self
            .entries
            .binary_search_by_key(&number, |entry| entry.number);
        place.ok().map(|place| &self.entries[place])
    }

    /// The number of the newest message.
    #[must_use]
    pub const fn newest(&self) -> u64 {
        self.last
    }

    fn get_mut(&mut self, number: u64) -> Option<&mut Entry> {
        let place = self
            .entries
            .binary_search_by_key(&number, |entry| entry.number);
        place.ok().map(|place| &mut self.entries[place])
    }

    /// The message that carried a client's name: one that counts or may count, else the newest. A node that declined the
    /// first and orders it after all makes a later one of the same name void.
    #[must_use]
    pub fn with_id(&self, id: &str) -> Option<&Entry> {
        let named = || {
            let newest_first = self.entries.iter().rev();
            newest_first.filter(|entry| entry.id.as_deref() == Some(id))
        };
        let counts = |entry: &&Entry| matches!(entry.fate, Fate::Accepted { .. } | Fate::Pending);
        named().find(counts).or_else(|| named().next())
    }

    /// The client's name of the message that posted an order: the first one that names it. Cancels and reductions do too.
    #[must_use]
    pub fn id_of(&self, order: OrderId, market: Symbol) -> Option<&str> {
        let posted = |entry: &&Entry| {
            entry.market == Some(market)
                && matches!(&entry.fate, Fate::Accepted { orders, .. } if orders.contains(&order))
        };
        self.entries.iter().find(posted)?.id.as_deref()
    }

    /// Messages without an outcome, oldest first.
    pub fn pending(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.fate == Fate::Pending)
    }

    /// The Acts on their way in a market: their orders count against trading with oneself.
    #[must_use]
    pub fn acts_under_way(&self, market: &Market) -> Vec<ActMessage> {
        let is_open = |entry: &&Entry| {
            matches!(entry.fate, Fate::Pending | Fate::Declined { .. })
                && entry.market == Some(market.symbol())
                && entry.expiry.is_some_and(|expiry| expiry >= market.height())
        };
        let act = |entry: &Entry| match tally_node::entry::Entry::from_bytes(&entry.bytes) {
            Ok(tally_node::entry::Entry::Market(Transaction::Act(act))) => Some(act.message),
            _ => None,
        };
        self.entries
            .iter()
            .filter(is_open)
            .filter_map(act)
            .collect()
    }

    /// The transactions on their way in a market.
    #[must_use]
    pub fn under_way(&self, market: Symbol) -> Vec<Transaction> {
        let own = self.pending().filter(|entry| entry.market == Some(market));
        own.filter_map(
            |entry| match tally_node::entry::Entry::from_bytes(&entry.bytes) {
                Ok(tally_node::entry::Entry::Market(transaction)) => Some(transaction),
                _ => None,
            },
        )
        .collect()
    }

    /// Takes in an executed transaction: if it is one of this wallet's, its outcome is known. Returns its number.
    pub fn take(
        &mut self,
        transaction: &Transaction,
        receipt: &Receipt,
        height: u64,
    ) -> Option<u64> {
        if !self
            .entries
            .iter()
            .any(|entry| matches!(entry.fate, Fate::Pending | Fate::Declined { .. }))
        {
            return None;
        }
        let fingerprint = fingerprint(transaction);
        let entry = self.entries.iter_mut().rev().find(|entry| {
            entry.fingerprint == fingerprint
                && matches!(entry.fate, Fate::Pending | Fate::Declined { .. })
        })?;
        entry.fate = match receipt {
            Receipt::Refused(refusal) => Fate::Refused {
                height,
                reason: refusal.to_string(),
            },
            Receipt::Act(act) => Fate::Accepted {
                height,
                orders: act.orders.clone(),
            },
            Receipt::Instruction { order, .. } => Fate::Accepted {
                height,
                orders: vec![*order],
            },
            _ => Fate::Accepted {
                height,
                orders: Vec::new(),
            },
        };
        // Only the bytes of what may have to be sent again are of use.
        entry.bytes.clear();
        Some(entry.number)
    }

    /// Looks at the market at a block end: what can't be included any more has expired.
    pub fn end_block(&mut self, market: &Market) {
        for entry in &mut self.entries {
            let is_open = matches!(entry.fate, Fate::Pending | Fate::Declined { .. });
            if !is_open || entry.market != Some(market.symbol()) {
                continue;
            }
            let is_late = entry.expiry.is_some_and(|expiry| market.height() > expiry);
            let is_spent = entry
                .nullifier
                .is_some_and(|nullifier| market.is_spent(&nullifier));
            if is_late || is_spent {
                if entry.fate == Fate::Pending {
                    entry.fate = Fate::Expired;
                }
                entry.bytes.clear();
            }
        }
    }

    /// Notes that a node did not order a message.
    pub fn decline(&mut self, number: u64, reason: String) {
        if let Some(entry) = self.get_mut(number)
            && entry.fate == Fate::Pending
        {
            entry.fate = Fate::Declined { reason };
        }
    }

    /// Notes that whoever sent a message knows its outcome.
    pub fn tell(&mut self, number: u64) {
        if let Some(entry) = self.get_mut(number) {
            entry.is_told = true;
        }
    }

    /// Takes back what never left this process.
    pub fn retract(&mut self, number: u64) {
        self.entries.retain(|entry| entry.number != number);
    }

    /// What became of messages that nobody was told of; told by this.
    pub fn notices(&mut self) -> Vec<Notice> {
        let mut notices = Vec::new();
        for entry in &mut self.entries {
            if entry.is_told || entry.fate == Fate::Pending {
                continue;
            }
            entry.is_told = true;
            notices.push(Notice {
                message: entry.number,
                text: format!(
                    "message {} ({}): {}",
                    entry.number,
                    entry.action,
                    entry.fate.text()
                ),
            });
        }
        notices
    }

    /// Of messages with an outcome that was told, the oldest go.
    fn forget(&mut self) {
        for (is_named, most) in [(true, NAMED_KEPT), (false, UNNAMED_KEPT)] {
            let of_this_kind = |entry: &&Entry| entry.id.is_some() == is_named;
            let count = self.entries.iter().filter(of_this_kind).count();
            let mut surplus = count.saturating_sub(most);
            if surplus == 0 {
                continue;
            }
            self.entries.retain(|entry| {
                let is_over = entry.is_told && entry.fate != Fate::Pending;
                let goes = surplus > 0 && is_over && of_this_kind(&entry);
                surplus -= usize::from(goes);
                !goes
            });
        }
    }
}

impl Fate {
    /// The word for it.
    #[must_use]
    pub const fn word(&self) -> OutcomeWord {
        match self {
            Self::Pending => OutcomeWord::Pending,
            Self::Accepted { .. } => OutcomeWord::Accepted,
            Self::Refused { .. } => OutcomeWord::Refused,
            Self::Declined { .. } => OutcomeWord::Declined,
            Self::Expired => OutcomeWord::Expired,
        }
    }

    /// Height of its block.
    #[must_use]
    pub const fn height(&self) -> Option<u64> {
        match self {
            Self::Accepted { height, .. } | Self::Refused { height, .. } => Some(*height),
            _ => None,
        }
    }

    /// Why it does not count.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Refused { reason, .. } | Self::Declined { reason } => Some(reason),
            Self::Expired => {
                Some("it can't be included any more; nothing has changed, send it again")
            }
            Self::Pending | Self::Accepted { .. } => None,
        }
    }

    /// Whether the message can no longer count, so that its client id may be used anew.
    #[must_use]
    pub const fn is_dead(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Expired)
    }

    fn text(&self) -> String {
        match self {
            Self::Pending => "no outcome yet".to_owned(),
            Self::Accepted { height, orders } if orders.is_empty() => {
                format!("accepted in block {height}")
            }
            Self::Accepted { height, orders } => {
                let orders: Vec<String> = orders.iter().map(ToString::to_string).collect();
                format!("accepted in block {height} (order {})", orders.join(", "))
            }
            Self::Refused { height, reason } => format!("refused in block {height}: {reason}"),
            Self::Declined { reason } => format!("not ordered: {reason}"),
            Self::Expired => {
                "expired: it can't be included any more, nothing has changed".to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_exchange::message::{ChainId, OrderChange};
    use tally_exchange::units::Quantity;

    fn cancel(order: u64) -> Transaction {
        Transaction::Instruction(Instruction {
            chain: ChainId([1; 32]),
            market: Symbol::new("HEG7").unwrap(),
            order: OrderId(order),
            change: OrderChange::Cancel,
            signature: [0; 64],
        })
    }

    fn write(journal: &mut Journal, order: u64, id: Option<&str>) -> u64 {
        let transaction = cancel(order);
        journal.write(NewEntry {
            transaction: &transaction,
            bytes: vec![1, 2, 3],
            action: format!("cancel {order}"),
            id: id.map(str::to_owned),
            is_told: false,
            at: Time(order),
        })
    }

    #[test]
    fn a_name_stays_with_the_message_that_counts() {
        let mut journal = Journal::default();
        let first = write(&mut journal, 7, Some("a"));
        let second = write(&mut journal, 8, Some("a"));
        journal.get_mut(first).unwrap().fate = Fate::Accepted {
            height: 3,
            orders: vec![OrderId(9)],
        };
        journal.get_mut(second).unwrap().fate = Fate::Expired;
        assert_eq!(journal.with_id("a").unwrap().number, first);
        journal.get_mut(first).unwrap().fate = Fate::Expired;
        assert_eq!(journal.with_id("a").unwrap().number, second);
    }

    #[test]
    fn outcomes_are_taken_once_and_told_once() {
        let mut journal = Journal::default();
        let number = write(&mut journal, 7, Some("a"));
        assert_eq!(journal.pending().count(), 1);
        assert!(journal.notices().is_empty(), "nothing is known yet");
        let removed = Quantity(2);
        let order = OrderId(7);
        let receipt = Receipt::Instruction { order, removed };
        assert_eq!(journal.take(&cancel(8), &receipt, 3), None);
        assert_eq!(journal.take(&cancel(7), &receipt, 3), Some(number));
        assert_eq!(journal.take(&cancel(7), &receipt, 4), None);
        let notices = journal.notices();
        assert!(
            notices[0].text.contains("accepted in block 3"),
            "{notices:?}"
        );
        assert!(journal.notices().is_empty());
        assert_eq!(journal.with_id("a").unwrap().number, number);
        assert_eq!(
            journal.id_of(order, Symbol::new("HEG7").unwrap()),
            Some("a")
        );
        assert!(journal.with_id("b").is_none());
    }

    #[test]
    fn it_stays_short_and_forgets_nothing_that_is_open() {
        let mut journal = Journal::default();
        let open = write(&mut journal, 0, None);
        for order in 1..2_000 {
            let number = write(&mut journal, order, None);
            journal.decline(number, "no".to_owned());
            journal.tell(number);
        }
        assert!(journal.entries.len() <= UNNAMED_KEPT + 1);
        assert_eq!(journal.get(open).unwrap().fate, Fate::Pending);
        assert!(journal.get(1_999).is_some() && journal.get(2).is_none());
        let bytes = borsh::to_vec(&journal).unwrap();
        assert_eq!(borsh::from_slice::<Journal>(&bytes).unwrap(), journal);
    }
}
