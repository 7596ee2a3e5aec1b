//! Why a transaction is refused. A refused transaction has changed nothing, with one exception that its variant names.

use crate::message::DecodeError;
use crate::ports::CashRefusal;
use crate::units::{OrderId, Price, Quantity};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::Serialize;
use thiserror::Error;

/// The reason of a refusal: field, value, remedy.
#[derive(Clone, Debug, PartialEq, Eq, Error, Serialize, BorshSerialize, BorshDeserialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Refusal {
    /// The bytes are no transaction.
    #[error("the bytes are no transaction of this version; build it with this software")]
    Malformed,
    /// Made for another chain.
    #[error("chain id is another chain's; build the message for this chain")]
    Chain,
    /// Made for another contract month.
    #[error("market is another contract month; build the message for this market")]
    Market,
    /// Made for another epoch.
    #[error("epoch {given} is not the current epoch {current}; build the message anew")]
    Epoch {
        /// Epoch of the message.
        given: u64,
        /// Epoch of the market.
        current: u64,
    },
    /// Included too late.
    #[error("message expired at height {expiry}, now {height}; build the message anew")]
    Expired {
        /// Last height at which it was good.
        expiry: u64,
        /// Height of this block.
        height: u64,
    },
    /// Good for longer than the market remembers such promises.
    #[error("expiry height {expiry} is too far ahead; at most {latest} now")]
    ExpiryTooFar {
        /// Last height at which it would be good.
        expiry: u64,
        /// Latest height allowed.
        latest: u64,
    },
    /// The root is none of this epoch's block-end roots.
    #[error(
        "root is no block-end root of this epoch's note tree; take the root of a finished block"
    )]
    Root,
    /// The nullifier has been seen.
    #[error("nullifier is spent: this note was used before; recover the wallet from the ledger")]
    Spent,
    /// The note tree has no room.
    #[error("the note tree of this epoch is full; wait for the next epoch")]
    TreeFull,
    /// Nothing is claimed and nothing posted.
    #[error("the message neither claims nor posts; name a record or an order")]
    Nothing,
    /// Too many orders.
    #[error("{count} orders in one message; at most {limit}, send the rest in another")]
    TooManyOrders {
        /// Orders in the message.
        count: u32,
        /// Most orders of one message in this contract.
        limit: u32,
    },
    /// Too many records, or none.
    #[error("{0} records in one claim; 1 to 16")]
    ClaimSize(u32),
    /// The records of a claim are not in strictly increasing order.
    #[error("order {0} is out of order or named twice in the claim; sort by id, each once")]
    ClaimOrder(OrderId),
    /// A tag is present without need, or missing.
    #[error("a tag must be given exactly if orders are posted or a rest is moved")]
    Tag,
    /// A tag of zero would not be checked by the circuit.
    #[error("tag is zero; compute it from the nullifier key and the nullifier")]
    ZeroTag,
    /// A limit outside the band.
    #[error("price {price} is outside the band {lo} to {hi}; choose a price inside it")]
    Price {
        /// Limit, ticks.
        price: Price,
        /// Lowest, ticks.
        lo: Price,
        /// Highest, ticks.
        hi: Price,
    },
    /// A quantity of zero or above the limit of an order.
    #[error("quantity {quantity} is not between 1 and {limit} contracts")]
    Quantity {
        /// Contracts asked for.
        quantity: Quantity,
        /// Most contracts of one order.
        limit: Quantity,
    },
    /// Post-only together with IOC or FOK.
    #[error("an order can't be post-only and immediate; drop one of the two")]
    Contradiction,
    /// Buys and sells of one message would trade with each other.
    #[error("the message's own buy at {buy} would meet its sell at {sell}; part the prices")]
    OwnCross {
        /// Highest buy limit, ticks.
        buy: Price,
        /// Lowest sell limit, ticks.
        sell: Price,
    },
    /// A cancel key that is no strong Ed25519 key.
    #[error("cancel key is not a valid Ed25519 public key; derive a fresh one")]
    CancelKey,
    /// An amount of zero or beyond a note's range.
    #[error("amount of {0} cents is not between 1 and 2^47 - 1")]
    Amount(u64),
    /// The first deposit is too small.
    #[error(
        "first deposit of {amount} cents is below the minimum of {minimum} including the opening fee"
    )]
    MinimumDeposit {
        /// Cents paid in.
        amount: u64,
        /// Least cents.
        minimum: u64,
    },
    /// A cash signature is missing or not called for.
    #[error("a cash signature must be given exactly with an opening or a deposit")]
    CashSignature,
    /// No record of this order, or it has been claimed to the end.
    #[error("order {0} has no record here: unknown, or claimed before")]
    UnknownOrder(OrderId),
    /// The record stands under another tag.
    #[error(
        "record of order {0} stands under another tag; claim it under the tag of its latest Act"
    )]
    NotOwner(OrderId),
    /// The claim counts fills that did not happen, or that were credited before.
    #[error(
        "claim of order {order} counts {claimed} fills; it has {fills}, of which {credited} are credited"
    )]
    FillCount {
        /// The order.
        order: OrderId,
        /// Fills counted by the claim.
        claimed: u32,
        /// Fills so far.
        fills: u32,
        /// Fills credited before.
        credited: u32,
    },
    /// The record got more fills before it was closed. The order has been cancelled all the same; nothing else changed.
    #[error(
        "order {order} got more fills ({fills}) than the claim counts ({claimed}); it is now final: prove again"
    )]
    FillsSince {
        /// The order.
        order: OrderId,
        /// Fills counted by the claim.
        claimed: u32,
        /// Fills of the record, now final.
        fills: u32,
    },
    /// The sums of the message leave 64 bits or a note's range.
    #[error("the sums of the message leave a note's range; use smaller quantities")]
    Range,
    /// The proof does not prove what the message says.
    #[error(
        "proof does not fit the message: wrong note, root, margin, tag, payee or key; build it anew"
    )]
    Proof,
    /// The cash did not move.
    #[error(transparent)]
    Cash(CashRefusal),
    /// The instruction is not signed by the order's key.
    #[error("signature is not by the one-time key of order {0}")]
    Signature(OrderId),
    /// The order can't trade any more.
    #[error("order {0} is not live; nothing to cancel or reduce")]
    NotLive(OrderId),
    /// A reduction that does not lower the total.
    #[error(
        "new total {given} of order {order} is not below its total {total}; a reduction only lowers"
    )]
    NotLower {
        /// The order.
        order: OrderId,
        /// Total asked for.
        given: Quantity,
        /// Total now.
        total: Quantity,
    },
}

impl From<DecodeError> for Refusal {
    fn from(_: DecodeError) -> Self {
        Self::Malformed
    }
}
