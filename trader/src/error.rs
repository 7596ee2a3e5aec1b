//! Why a wallet declines.

use tally_circuits::act::ActViolation;
use tally_circuits::margin::MarginViolation;
use tally_circuits::note::NoteRangeError;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{OrderId, Price, Quantity, Side};
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
        /// The largest quantity of the same order that passes, if the message is one order.
        largest: Option<Quantity>,
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
    /// Nobody stands on the other side.
    #[error("no {0} stands in the book; a market order needs a counterparty, send a limit order")]
    NoOpposite(Side),
    /// The wallet has no such order.
    #[error("order {0} is not an order of this wallet, or it has been claimed to the end")]
    UnknownOrder(OrderId),
    /// A claim that credits nothing and releases nothing.
    #[error("nothing to claim under this tag")]
    NothingToClaim,
    /// The new note would leave the range of a field.
    #[error(transparent)]
    Range(#[from] NoteRangeError),
    /// The witness does not satisfy the statement: the wallet and the market disagree.
    #[error(
        "the wallet's note does not fit the market's state ({0}); recover the wallet from the ledger"
    )]
    Witness(#[from] ActViolation),
    /// The ledger holds an Act of this wallet that does not lead to the commitment in it.
    #[error(
        "block data contradict the wallet: the note after an own Act is not the one committed to; fetch the ledger from another source"
    )]
    Contradiction,
    /// Proving failed.
    #[error(transparent)]
    Prove(#[from] tally_prover::ProveError),
}

fn remedy(largest: Option<Quantity>) -> String {
    match largest {
        Some(Quantity(0)) => {
            "no quantity passes: deposit cash or release reservations by claiming".to_owned()
        }
        Some(quantity) => format!("the largest quantity that passes is {quantity}"),
        None => "deposit cash, claim fills or use smaller quantities".to_owned(),
    }
}
