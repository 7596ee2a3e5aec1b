//! The agent: all that a trader has to do in a market without being told each time.
//!
//! It claims as records come to an end, answers a revalidation (claims, margin call, Refresh at an instant of its own),
//! comes back by Lapse after an absence, does the duties of its seats, and posts day orders again after a halt.
//!
//! What it does next is a function of wallet and market: there is nothing to be saved. Killed at any step and rebuilt from
//! seed and ledger, it goes on with the very messages that it would have sent.

mod notes;
mod options;
mod repost;
mod seats;
mod top_up;
mod window;

pub use options::{AgentOptions, TopUp};

use self::seats::OpenedKeys;
use crate::error::WalletError;
use crate::opener;
use crate::prepared::Prepared;
use crate::step::spent_by;
use crate::wallet::Wallet;
use tally_circuits::field::Element;
use tally_exchange::market::{Market, Stage};
use tally_exchange::message::{ActMessage, Transaction};
use tally_exchange::receipt::Receipt;
use tally_exchange::units::Time;

/// What an agent looks at.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The market at the end of its last block.
    pub market: &'a Market,
    /// The time now; that of the last block if it is later.
    pub now: Time,
    /// Cents in the wallet's cash account.
    pub balance: u64,
    /// Own transactions that were sent and have no answer yet. After a restart none are known, which does no harm: what is
    /// sent twice is refused once.
    pub in_flight: &'a [Transaction],
}

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Claims finished records.
    Claim,
    /// Answers a margin call.
    TopUp,
    /// Takes the note into the next epoch.
    Refresh,
    /// Brings the note back after an absence.
    Lapse,
    /// Posts day orders again that a halt has cancelled.
    Repost,
    /// Takes back a bond.
    Unbond,
    /// Deals in a key generation.
    Deal,
    /// Complains about a dealer.
    Complain,
    /// Posts a decryption share.
    Share,
    /// Asks to leave a seat.
    Leave,
    /// Posts the opened sums.
    OpenSums,
}

/// One message that is to be sent.
#[derive(Debug)]
pub struct Job {
    /// The lineage whose note it spends; none if it spends none.
    pub lineage: Option<usize>,
    /// Why.
    pub purpose: Purpose,
    /// The message, which may lack its proof.
    pub message: Prepared,
}

/// What an agent wants to do now.
#[derive(Debug, Default)]
pub struct Plan {
    /// Messages to be proved and sent, each lineage at most one that spends its note.
    pub messages: Vec<Job>,
    /// What it would have done and can't.
    pub declined: Vec<WalletError>,
}

/// A wallet that looks after itself.
#[derive(Debug)]
pub struct Agent {
    wallet: Wallet,
    options: AgentOptions,
    /// Nothing but saved work: it can be opened again.
    opened: OpenedKeys,
}

impl Agent {
    /// The agent of a wallet, new or recovered.
    #[must_use]
    pub fn new(wallet: Wallet, options: AgentOptions) -> Self {
        Self {
            wallet,
            options,
            opened: OpenedKeys::default(),
        }
    }

    /// The wallet.
    #[must_use]
    pub const fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// The wallet, to add lineages.
    #[must_use]
    pub const fn wallet_mut(&mut self) -> &mut Wallet {
        &mut self.wallet
    }

    /// What it was told.
    #[must_use]
    pub const fn options(&self) -> &AgentOptions {
        &self.options
    }

    /// Tells it otherwise.
    #[must_use]
    pub const fn options_mut(&mut self) -> &mut AgentOptions {
        &mut self.options
    }

    /// Takes in one executed transaction: see [`Wallet::follow`].
    ///
    /// # Errors
    /// As [`Wallet::follow`].
    pub fn follow(
        &mut self,
        market: &Market,
        transaction: &Transaction,
        receipt: &Receipt,
    ) -> Result<(), WalletError> {
        self.wallet.follow(market, transaction, receipt)
    }

    /// Looks at the market at a block end: see [`Wallet::end_block`].
    pub fn end_block(&mut self, market: &Market) {
        self.wallet.end_block(market);
        self.opened.forget(market);
    }

    /// What is to be done now. Asked again with the same view, it says the same.
    pub fn next(&mut self, view: &View<'_>) -> Plan {
        let mut plan = Plan::default();
        for index in 0..self.wallet.lineages().len() {
            match self.note_job(index, view) {
                Ok(job) => plan.messages.extend(job),
                Err(error) => plan.declined.push(error),
            }
        }
        self.seat_jobs(view, &mut plan);
        plan.messages.extend(self.opening_job(view));
        plan
    }

    /// The next instant at which the agent wants to be asked again even if no block has come: its Refresh.
    #[must_use]
    pub fn wake(&self, market: &Market) -> Option<Time> {
        let lineages = self.wallet.lineages().iter();
        lineages
            .filter_map(|lineage| self.refresh_at(lineage, market))
            .filter(|at| *at > market.time())
            .min()
    }

    fn opening_job(&self, view: &View<'_>) -> Option<Job> {
        let is_due = self.options.opens_sums
            && matches!(view.market.stage(), Stage::Sharing { .. })
            && !view.sends(|sent| matches!(sent, Transaction::Opening(_)));
        let transaction = is_due.then(|| opener::opening(view.market)).flatten()?;
        Some(Job::ready(Purpose::OpenSums, transaction))
    }
}

impl Job {
    fn ready(purpose: Purpose, transaction: Transaction) -> Self {
        Self {
            lineage: None,
            purpose,
            message: Prepared::Ready(Box::new(transaction)),
        }
    }
}

impl<'a> View<'a> {
    /// The time now.
    fn time(&self) -> Time {
        self.now.max(self.market.time())
    }

    fn sends(&self, is_such: impl Fn(&Transaction) -> bool) -> bool {
        self.in_flight.iter().any(is_such)
    }

    /// Whether a message that spends this nullifier is on its way and may still be included; near the end of a window
    /// only a Refresh counts: whatever else was sent may be lost, and the window is not to be missed for it.
    fn is_busy(&self, nullifier: Element, is_last_chance: bool) -> bool {
        self.sends(|sent| {
            let counts = !is_last_chance || matches!(sent, Transaction::Refresh(_));
            counts && spent_by(sent) == Some(nullifier) && self.may_be_included(sent)
        })
    }

    fn may_be_included(&self, sent: &Transaction) -> bool {
        match sent {
            Transaction::Act(act) => act.message.expiry >= self.market.height(),
            Transaction::Refresh(refresh) => refresh.message.epoch == self.market.epoch(),
            Transaction::Lapse(lapse) => lapse.message.epoch == self.market.epoch(),
            _ => true,
        }
    }

    /// The Acts on their way: their orders count against trading with oneself.
    fn acts(&self) -> Vec<&'a ActMessage> {
        let acts = self.in_flight.iter().filter_map(|sent| match sent {
            Transaction::Act(act) => Some(&act.message),
            _ => None,
        });
        acts.collect()
    }
}
