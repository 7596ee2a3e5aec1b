//! From a message to its outcome: proved, written down, sent, waited for.

use super::{Desk, DeskError};
use crate::follower::FollowError;
use crate::journal::{Entry as JournalEntry, Fate, NewEntry};
use crate::reply::Sent;
use rand::rngs::OsRng;
use std::time::{Duration, Instant};
use tally_exchange::message::Symbol;
use tally_exchange::message::Transaction;
use tally_node::api::{Decline, Submission};
use tally_node::entry::Entry;
use tally_trader::prepared::{Prepared, PreparedAct};

/// Longest time that a message's block is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// How long one look for new blocks waits.
const LOOK: Duration = Duration::from_millis(500);

/// A message that is to be sent.
pub(super) struct Outgoing {
    pub(super) message: Prepared,
    /// What it does, in words.
    pub(super) action: String,
    /// The client's name for it.
    pub(super) id: Option<String>,
}

impl Outgoing {
    pub(super) fn act(act: PreparedAct, action: String, id: Option<String>) -> Self {
        Self {
            message: Prepared::Act(Box::new(act)),
            action,
            id,
        }
    }
}

/// What sending took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Took {
    proof_ms: Option<u64>,
    receipt_ms: Option<u64>,
}

impl Desk {
    /// Proves, writes down and sends a message, and waits for its outcome; returns its number.
    ///
    /// # Errors
    /// [`DeskError`]. If nobody knows whether it arrived the error says so, and the journal remembers it.
    pub(super) fn send(&mut self, outgoing: Outgoing) -> Result<(u64, Took), DeskError> {
        self.has_sent();
        let has_proof = !matches!(outgoing.message, Prepared::Ready(_));
        if has_proof {
            // Loaded with a command's first message, and fetched if they are not there; a desk that reads on has them. No
            // part of what a proof takes.
            self.keys.proving(&self.node)?;
        }
        let start = Instant::now();
        // While the proof is made.
        self.node.prepare();
        let transaction = self.prove(outgoing.message)?;
        let proof_ms = has_proof.then(|| milliseconds(start));
        let bytes = Entry::Market(transaction.clone()).to_bytes();
        let at = self.now();
        let holder = self.holder_mut()?;
        if proof_ms.is_some() {
            holder.journal.last_proof_ms = proof_ms;
        }
        let number = holder.journal.write(NewEntry {
            transaction: &transaction,
            bytes: bytes.clone(),
            action: outgoing.action,
            id: outgoing.id,
            // Until its outcome is known here, the next command has to tell it.
            is_told: false,
            at,
        });
        self.save_journal()?;
        let sent = Instant::now();
        self.submit(number, bytes, has_proof)?;
        self.wait_for(number)?;
        let took = Took {
            proof_ms,
            receipt_ms: Some(milliseconds(sent)),
        };
        Ok((number, took))
    }

    pub(super) fn prove(&mut self, message: Prepared) -> Result<Transaction, DeskError> {
        if let Prepared::Ready(transaction) = message {
            return Ok(*transaction);
        }
        let keys = self.keys.proving(&self.node)?;
        Ok(message.prove(&keys.for_proving(), &mut OsRng)?)
    }

    /// Sends what is written down under a number.
    fn submit(&mut self, number: u64, bytes: Vec<u8>, has_proof: bool) -> Result<(), DeskError> {
        let chain = self.follower.replica().chain().0;
        match self.node.submit(&chain, bytes, has_proof, LONGEST_WAIT) {
            Ok(Submission::Included { .. } | Submission::Waiting) => Ok(()),
            Ok(Submission::Declined(why)) => self.declined(number, why),
            Err(error) if error.was_sent() => {
                tracing::warn!(%error, "no answer to a message");
                Ok(())
            }
            Err(error) => {
                // It never left.
                self.holder_mut()?.journal.retract(number);
                self.save_journal()?;
                Err(error.into())
            }
        }
    }

    fn declined(&mut self, number: u64, why: Decline) -> Result<(), DeskError> {
        self.look_for_declined(number, &why)?;
        let holder = self.holder_mut()?;
        if holder.journal.get(number).map(|entry| &entry.fate) == Some(&Fate::Pending) {
            holder.journal.decline(number, why.to_string());
            holder.journal.tell(number);
            self.save_journal()?;
            return Err(why.into());
        }
        Ok(())
    }

    /// Waits until a message has an outcome.
    fn wait_for(&mut self, number: u64) -> Result<(), DeskError> {
        let start = Instant::now();
        // A reader may have failed to read before the node took the message, and is asked again.
        let mut errors_left = u8::from(self.reads_on());
        loop {
            let entry = self.entry(number)?;
            if entry.fate != Fate::Pending {
                self.holder_mut()?.journal.tell(number);
                return self.save_journal();
            }
            let action = entry.action.clone();
            let unknown = DeskError::Unknown { number, action };
            if start.elapsed() >= LONGEST_WAIT {
                return Err(unknown);
            }
            match self.next_range(LOOK) {
                Ok(_) => {}
                // The node is gone: the next command tells what became of it.
                Err(DeskError::Follow(FollowError::Node(_))) if errors_left == 0 => {
                    return Err(unknown);
                }
                Err(DeskError::Follow(FollowError::Node(_))) => errors_left -= 1,
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn entry(&self, number: u64) -> Result<&JournalEntry, DeskError> {
        let entry = self.holder()?.journal.get(number);
        // Entries without an outcome are never forgotten, and others only after thousands of new ones.
        entry.ok_or(DeskError::NoWallet)
    }

    /// Sends again what has no outcome: it can count only once.
    pub(super) fn resend(&mut self) -> Result<(), DeskError> {
        let Some(holder) = &self.holder else {
            return Ok(());
        };
        let pending: Vec<(u64, Vec<u8>)> = holder
            .journal
            .pending()
            .map(|entry| (entry.number, entry.bytes.clone()))
            .collect();
        for (number, bytes) in pending {
            let has_proof = matches!(
                Entry::from_bytes(&bytes),
                Ok(Entry::Market(
                    Transaction::Act(_) | Transaction::Refresh(_) | Transaction::Lapse(_)
                ))
            );
            let chain = self.follower.replica().chain().0;
            match self.node.submit(&chain, bytes, has_proof, LOOK) {
                Ok(Submission::Declined(why)) => {
                    self.look_for_declined(number, &why)?;
                    self.holder_mut()?.journal.decline(number, why.to_string());
                }
                Ok(_) => {
                    self.next_range(LOOK)?;
                }
                Err(error) => {
                    tracing::warn!(%error, "a message is not sent again");
                    break;
                }
            }
        }
        self.save_journal()
    }

    /// What became of a message, as it is answered; an error if it does not count.
    pub(super) fn sent(
        &self,
        number: u64,
        took: Took,
        before: Vec<String>,
        repeated: bool,
    ) -> Result<Sent, DeskError> {
        let entry = self.entry(number)?;
        let orders: &[_] = match &entry.fate {
            Fate::Accepted { orders, .. } => orders,
            _ => &[],
        };
        let lines = entry.market.map_or_else(Vec::new, |symbol| {
            let lines = orders
                .iter()
                .filter_map(|order| self.order_line(symbol, *order));
            lines.collect()
        });
        Ok(Sent {
            message: entry.number,
            market: entry.market,
            action: entry.action.clone(),
            id: entry.id.clone(),
            repeated,
            outcome: entry.fate.word(),
            reason: entry.fate.reason().map(str::to_owned),
            height: entry.fate.height(),
            orders: lines,
            before,
            proof_ms: took.proof_ms,
            receipt_ms: took.receipt_ms,
            insecure_keys: self.insecure_keys,
        })
    }

    /// Sends a message and answers what became of it.
    pub(super) fn send_and_tell(
        &mut self,
        outgoing: Outgoing,
        before: Vec<String>,
    ) -> Result<Sent, DeskError> {
        let (number, took) = self.send(outgoing)?;
        let entry = self.entry(number)?;
        if let Fate::Refused { reason, .. } = &entry.fate {
            return Err(DeskError::Refused(reason.clone()));
        }
        if entry.fate == Fate::Expired {
            return Err(DeskError::Refused(
                entry.fate.reason().unwrap_or_default().to_owned(),
            ));
        }
        self.sent(number, took, before, false)
    }

    /// What became of a message with this client id that was sent before; none if the id is free.
    pub(super) fn repeated(&mut self, id: Option<&str>) -> Result<Option<Sent>, DeskError> {
        let Some(id) = id else {
            return Ok(None);
        };
        check_id(id)?;
        let Some(entry) = self.holder()?.journal.with_id(id) else {
            return Ok(None);
        };
        let number = entry.number;
        if entry.fate == Fate::Pending {
            self.resend()?;
            self.wait_for(number)?;
        }
        let fate = &self.entry(number)?.fate;
        // What was declined may be sent anew: it would spend the same note, or that note is spent.
        if fate.is_dead() || matches!(fate, Fate::Declined { .. }) {
            return Ok(None);
        }
        self.sent(number, Took::default(), Vec::new(), true)
            .map(Some)
    }

    /// Refuses to build on a note that a message without an outcome spends.
    pub(super) fn check_idle(&self, symbol: Symbol) -> Result<(), DeskError> {
        let nullifier = self.month(symbol)?.lineage().nullifier();
        let mut pending = self.holder()?.journal.pending();
        match pending.find(|entry| entry.nullifier == Some(nullifier)) {
            Some(entry) => Err(DeskError::Busy {
                number: entry.number,
                action: entry.action.clone(),
            }),
            None => Ok(()),
        }
    }
}

fn check_id(id: &str) -> Result<(), DeskError> {
    let is_visible = id.bytes().all(|byte| byte.is_ascii_graphic());
    if (1..=crate::request::LONGEST_ID).contains(&id.len()) && is_visible {
        Ok(())
    } else {
        Err(DeskError::Id(id.chars().take(80).collect()))
    }
}

fn milliseconds(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}
