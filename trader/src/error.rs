//! Why a wallet declines.

use crate::keys::RECOVERY_GAP;
use crate::margin::Largest;
use tally_circuits::act::ActViolation;
use tally_circuits::lapse::LapseViolation;
use tally_circuits::margin::{Dollars, MarginViolation};
use tally_circuits::note::NoteRangeError;
use tally_circuits::refresh::RefreshViolation;
use tally_exchange::message::Symbol;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{OrderId, Price, Quantity, Side};
use tally_mpc::decryption;
use tally_mpc::keygen::{DealError, KeyShareError, ShareError};
use thiserror::Error;

/// Why a wallet does not build a message, or can't follow the ledger.
#[derive(Debug, Error)]
pub enum WalletError {
    /// The lineage has no note yet.
    #[error("no note is open in this market; open one with a first deposit")]
    NotOpen,
    /// The lineage has a note already.
    #[error("a note is open in this market; deposit into it instead")]
    AlreadyOpen,
    /// The new note would not be solvent over the whole band.
    #[error("{violation}; {}", remedy(*largest))]
    Margin {
        /// The inequality that fails, with the shortfall.
        violation: MarginViolation,
        /// The largest part of the message that passes, if it posts or withdraws.
        largest: Option<Largest>,
    },
    /// The market would refuse the message.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The order would trade with one of the wallet's own.
    #[error(
        "a {side} at {price} would trade with your own order {own}; cancel or replace that order first"
    )]
    SelfTrade {
        /// Side of the new order.
        side: Side,
        /// Its limit, ticks.
        price: Price,
        /// The order of this wallet that it would meet.
        own: OrderId,
    },
    /// The order might trade with one in a message of the wallet that is still under way.
    #[error(
        "a {side} at {price} could trade with your own order at {own} that is on its way to the market; wait until that message is included or expires"
    )]
    SelfTradeInFlight {
        /// Side of the new order.
        side: Side,
        /// Its limit, ticks.
        price: Price,
        /// Limit of the order under way, ticks.
        own: Price,
    },
    /// Nobody stands on the other side.
    #[error("no {0} stands in the book; a market order needs a counterparty, send a limit order")]
    NoOpposite(Side),
    /// The wallet has no such order.
    #[error("order {0} is not an order of this wallet, or it has been claimed to the end")]
    UnknownOrder(OrderId),
    /// A claim without records.
    #[error("the claim names no record; name at least one, or claim nothing")]
    NothingToClaim,
    /// The new note would leave the range of a field.
    #[error(transparent)]
    Range(#[from] NoteRangeError),
    /// The note was refreshed and waits for the result.
    #[error(
        "the note was refreshed into epoch {epoch}, which has not begun; wait for the result of the revalidation"
    )]
    AwaitsResult {
        /// The epoch that begins with the result.
        epoch: u64,
    },
    /// The note stayed behind in a closed epoch.
    #[error(
        "the note was not refreshed and stands in the closed epoch {epoch}; claim its records there, then bring it back by Lapse"
    )]
    LeftBehind {
        /// The closed epoch.
        epoch: u64,
    },
    /// The note is not one that was left behind.
    #[error("the note was not left behind in a closed epoch; there is nothing to bring back")]
    NotAbsent,
    /// There is no window.
    #[error("no window for Refreshes is open; wait for the next revalidation")]
    NoRevalidation,
    /// Records are still to be claimed.
    #[error("{orders} orders are still unclaimed; claim them all, then send this again")]
    Unclaimed {
        /// Own orders whose records may still stand.
        orders: usize,
    },
    /// No such bond.
    #[error("this lineage has no bond by that Act; look at its bonds")]
    UnknownBond,
    /// The market has no record of the seat.
    #[error("seat {seat} is unknown to the market: its bond was slashed or taken back")]
    UnknownSeat {
        /// The seat.
        seat: u32,
    },
    /// No such transfer has arrived.
    #[error(
        "no transfer of this lineage waits in contract month {to}: it has not arrived, or was received before"
    )]
    TransferNotHere {
        /// Where it was sent.
        to: Symbol,
    },
    /// The market does not know an epoch of the ledger that it is said to have executed.
    #[error(
        "the market has no terms of epoch {epoch}; take transactions in with the market that has just executed them"
    )]
    TermsUnknown {
        /// The epoch.
        epoch: u64,
    },
    /// The witness does not satisfy the statement of Refresh: the wallet and the market disagree.
    #[error(
        "the wallet's note does not fit the market's state ({0}); recover the wallet from the ledger"
    )]
    RefreshWitness(#[from] RefreshViolation),
    /// The witness does not satisfy the statement of Lapse: the wallet and the market disagree.
    #[error(
        "the wallet's note does not fit the market's state ({0}); recover the wallet from the ledger"
    )]
    LapseWitness(#[from] LapseViolation),
    /// The witness does not satisfy the statement: the wallet and the market disagree.
    #[error(
        "the wallet's note does not fit the market's state ({0}); recover the wallet from the ledger"
    )]
    Witness(#[from] ActViolation),
    /// The ledger's data do not fit together or not with the wallet's keys: they are damaged or forged.
    #[error(
        "block data contradict the wallet: an own Act does not lead to the note, the leaf or the records that it should; fetch the ledger from another source and recover"
    )]
    Contradiction,
    /// The market has seen an Act of this wallet that the history lacks.
    #[error(
        "history is incomplete: a note of this wallet is spent by an Act that is not in it; take in every block up to height {height}"
    )]
    HistoryIncomplete {
        /// Height of the market that the history was compared with.
        height: u64,
    },
    /// No such lineage.
    #[error("lineage {index} does not exist; this wallet has {count}, counted from 0")]
    UnknownLineage {
        /// Index asked for.
        index: usize,
        /// Lineages of the wallet.
        count: usize,
    },
    /// A further lineage might not be found by a recovery.
    #[error(
        "the wallet has {RECOVERY_GAP} lineages in a row that were never opened, and a recovery looks no further; open one of them first"
    )]
    TooManyUnopened,
    /// The seat's key is not the one that the market knows.
    #[error(transparent)]
    Deal(#[from] DealError),
    /// What was dealt to a seat can't be opened.
    #[error(transparent)]
    SeatShares(#[from] ShareError),
    /// The opened shares are no share of the joint key.
    #[error(transparent)]
    KeyShare(#[from] KeyShareError),
    /// The sums can't be decrypted with this key.
    #[error(transparent)]
    DecryptionShare(#[from] decryption::ShareError),
    /// Proving failed.
    #[error(transparent)]
    Prove(#[from] tally_prover::ProveError),
}

fn remedy(largest: Option<Largest>) -> String {
    const MORE: &str = "deposit cash, cancel orders, or claim what is final";
    match largest {
        Some(Largest::Quantity(Quantity(0)) | Largest::EachOrder(Quantity(0))) => {
            format!("no quantity passes: {MORE}")
        }
        Some(Largest::Quantity(quantity)) => {
            format!("the largest quantity that passes is {quantity}")
        }
        Some(Largest::EachOrder(quantity)) => {
            format!("the largest quantity that passes is {quantity} for each of the orders")
        }
        Some(Largest::Withdrawal(0)) => {
            "nothing can be withdrawn: cancel orders and claim, or reduce the position".to_owned()
        }
        Some(Largest::Withdrawal(amount)) => {
            format!(
                "the largest amount that passes is {}",
                Dollars(amount.into())
            )
        }
        None => MORE.to_owned(),
    }
}
