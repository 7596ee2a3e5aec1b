//! One included statement that spent a note, with all that is needed to follow it.

use crate::error::WalletError;
use tally_circuits::field::Element;
use tally_circuits::lapse::LapseTerms;
use tally_circuits::refresh::RefreshTerms;
use tally_exchange::epoch::terms::{lapse_terms, late_haircut};
use tally_exchange::market::{ClosedEpoch, Market};
use tally_exchange::message::{ActMessage, LapseMessage, RefreshMessage, Transaction};
use tally_exchange::receipt::{ActReceipt, Receipt};

/// What spent a note, and what its successor follows from.
///
/// An Act's receipt has the change of the note. Those of Refresh and Lapse say nothing of it: the new note follows from
/// the old one, which the owner alone knows, and from public terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// An Act.
    Act {
        /// What was sent.
        message: ActMessage,
        /// What the state machine answered.
        receipt: ActReceipt,
    },
    /// A Refresh into the next epoch.
    Refresh {
        /// What was sent.
        message: RefreshMessage,
        /// The new note's leaf in the next epoch's tree.
        leaf: u32,
        /// What the epoch asked of everybody.
        terms: RefreshTerms,
    },
    /// A way back into the present epoch.
    Lapse {
        /// What was sent.
        message: LapseMessage,
        /// The new note's leaf in the present epoch's tree.
        leaf: u32,
        /// What the way back cost. Several candidates if a revalidation began in the very block: the market then no
        /// longer says what it was; the commitment does.
        terms: Vec<LapseTerms>,
    },
}

impl Step {
    /// The step that an executed transaction was; none if it spent no note.
    ///
    /// `market` is the market that executed it, at the end of the same block.
    ///
    /// # Errors
    /// [`WalletError::TermsUnknown`] if that market has not seen the epoch: it is not the one that executed it.
    pub fn of(
        market: &Market,
        transaction: &Transaction,
        receipt: &Receipt,
    ) -> Result<Option<Self>, WalletError> {
        Ok(match (transaction, receipt) {
            (Transaction::Act(act), Receipt::Act(receipt)) => Some(Self::Act {
                message: act.message.clone(),
                receipt: receipt.clone(),
            }),
            (Transaction::Refresh(refresh), Receipt::Refresh { leaf }) => {
                let message = refresh.message.clone();
                Some(Self::Refresh {
                    leaf: *leaf,
                    terms: refresh_terms(market, message.epoch)?,
                    message,
                })
            }
            (Transaction::Lapse(lapse), Receipt::Lapse { leaf }) => Some(Self::Lapse {
                message: lapse.message.clone(),
                leaf: *leaf,
                terms: lapse_candidates(market, lapse.message.left_in)?,
            }),
            _ => None,
        })
    }

    /// The nullifier that was spent.
    #[must_use]
    pub const fn nullifier(&self) -> Element {
        match self {
            Self::Act { message, .. } => message.nullifier,
            Self::Refresh { message, .. } => message.nullifier,
            Self::Lapse { message, .. } => message.nullifier,
        }
    }
}

/// The nullifier that a transaction spends if it is included; none if it spends no note.
#[must_use]
pub fn spent_by(transaction: &Transaction) -> Option<Element> {
    match transaction {
        Transaction::Act(act) => Some(act.message.nullifier),
        Transaction::Refresh(refresh) => Some(refresh.message.nullifier),
        Transaction::Lapse(lapse) => Some(lapse.message.nullifier),
        Transaction::Instruction(_)
        | Transaction::Seat(_)
        | Transaction::Opening(_)
        | Transaction::FinalSettlement(_) => None,
    }
}

/// The terms of a revalidation that is under way or was.
fn refresh_terms(market: &Market, epoch: u64) -> Result<RefreshTerms, WalletError> {
    let closed = market.closed_epoch(epoch).map(ClosedEpoch::terms);
    let present = || (market.epoch() == epoch).then(|| market.epoch_terms());
    closed
        .or_else(|| present().flatten())
        .map(|terms| terms.refresh_terms(market.money()))
        .ok_or(WalletError::TermsUnknown { epoch })
}

/// What a Lapse included in the market's last block cost: for certain, or for every length of absence.
fn lapse_candidates(market: &Market, epoch: u64) -> Result<Vec<LapseTerms>, WalletError> {
    if let Ok(terms) = market.lapse_terms(epoch) {
        return Ok(vec![terms]);
    }
    let unknown = || WalletError::TermsUnknown { epoch };
    let closed = market.closed_epoch(epoch).ok_or_else(unknown)?;
    let reopening = closed.reopening().ok_or_else(unknown)?;
    let rules = market.specification();
    let terms = |days: u32| {
        lapse_terms(
            closed.terms().price,
            reopening,
            late_haircut(days.into(), closed.outage(), rules),
            rules.opening_fee,
            market.money(),
        )
    };
    let mut all: Vec<LapseTerms> = (0..=rules.late_haircut_days).map(terms).collect();
    all.dedup();
    Ok(all)
}
