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
    /// A revalidation is under way.
    #[error(
        "the market revalidates: only claims and deposits are taken until its result; send this again then"
    )]
    Revalidating,
    /// A closed epoch takes claims only.
    #[error(
        "epoch {epoch} is closed: it takes only claims that close their records; send everything else for the current epoch"
    )]
    ClaimsOnly {
        /// The closed epoch.
        epoch: u64,
    },
    /// The record belongs to another epoch.
    #[error(
        "order {order} was posted in epoch {epoch}: claim its record there, in a message of its own"
    )]
    RecordEpoch {
        /// The order.
        order: OrderId,
        /// The epoch of its record.
        epoch: u64,
    },
    /// The insurance fund is below zero.
    #[error("cash leaves no notes while the insurance fund is below zero; wait until it is not")]
    FundNegative,
    /// The turnstile has halted the market for good.
    #[error("the market is halted for good: its books don't balance; only records can be claimed")]
    MarketHalted,
    /// The contract month is settled.
    #[error("the contract month has expired: withdraw or transfer what is left")]
    ContractExpired,
    /// No window is open.
    #[error("no window for Refreshes is open; wait for the next revalidation")]
    NoWindow,
    /// Another key generation.
    #[error("key generation {given} is not the current one, {current}; build the message anew")]
    Round {
        /// Of the message.
        given: u64,
        /// Of the market; zero if there is none.
        current: u64,
    },
    /// Ciphertexts of the cash are missing or not called for.
    #[error("the cash is encrypted exactly where the epoch asks for it: here with_cash is {0}")]
    CashCiphertexts(bool),
    /// No such closed epoch.
    #[error(
        "epoch {0} is not closed, or there was none; name the epoch in which the note stayed behind"
    )]
    NotClosed(u64),
    /// The price at which late notes come back is not known yet.
    #[error("notes left in epoch {0} come back after the first uncrossing since; wait for it")]
    LapseTooEarly(u64),
    /// A year after expiry the last notes are gone.
    #[error("late notes came back until a year after expiry; this one is lost")]
    LapseOver,
    /// The seat's key is no key, or another seat has it.
    #[error("seat key is no usable key or has been used; make a fresh one")]
    SeatKey,
    /// The proof that the sender knows the seat's key is wrong.
    #[error(
        "possession of the seat key is not proved for this very Act; sign its possession bytes"
    )]
    Possession,
    /// All seats are taken.
    #[error("all {0} seats are taken; wait until one is released")]
    SeatsTaken(u32),
    /// No such seat, or its bond is gone.
    #[error("seat {0} is unknown, released or slashed")]
    UnknownSeat(u32),
    /// The seat is no part of this key generation.
    #[error("seat {0} takes no part in this key generation")]
    NotParticipant(u32),
    /// A duty that is not asked for now.
    #[error("this duty is not asked for now; watch the market's stage")]
    DutyNotDue,
    /// A duty that was done before.
    #[error("seat {0} has done this duty; nothing is left to do")]
    DutyDone(u32),
    /// The message is not signed by the seat.
    #[error("signature is not by the key of seat {0} in the context of the message")]
    SeatSignature(u32),
    /// A complaint about nobody's dealing, or one that proves nothing.
    #[error(
        "the complaint names no dealing that counts, or its proof does not hold; build it from the ledger"
    )]
    Complaint,
    /// No bond under this tag.
    #[error("no bond stands under this tag: unknown, slashed or taken back before")]
    UnknownBond,
    /// The seat of the bond is still needed.
    #[error(
        "the bond is held until its seat {0} is released; leave, then wait for the next joint key"
    )]
    BondHeld(u32),
    /// Not what is left of the bond.
    #[error("bond holds {held} cents, not {given}; name exactly what it holds")]
    BondAmount {
        /// Of the message, cents.
        given: u64,
        /// Of the record, cents.
        held: u64,
    },
    /// A contract month that takes no transfers from here.
    #[error("contract month {0} takes no transfers from this one")]
    Sibling(crate::message::Symbol),
    /// No transfer under this tag.
    #[error("no transfer waits under this tag: not sent, or received before")]
    UnknownTransfer,
    /// Not what has arrived.
    #[error("transfer brings {waiting} cents, not {given}; name exactly what has arrived")]
    TransferAmount {
        /// Of the message, cents.
        given: u64,
        /// Of the record, cents.
        waiting: u64,
    },
    /// No sum waits for its opening.
    #[error("no sum of epoch {0} waits for its opening")]
    NotSharing(u64),
    /// Too few shares.
    #[error("{shares} shares of {threshold} are there; wait for the others")]
    TooFewShares {
        /// Valid shares.
        shares: u32,
        /// Shares needed.
        threshold: u32,
    },
    /// The values are not those under the ciphertexts.
    #[error("the values are not the sums; compute them from the posted shares")]
    Opening,
    /// No final settlement is waited for.
    #[error("no final settlement is waited for: before the last close, or settled already")]
    NoSettlementDue,
    /// The signatures are too few or wrong.
    #[error("final settlement needs {0} valid signatures of different signers in increasing order")]
    SettlementSignatures(u8),
}

impl From<DecodeError> for Refusal {
    fn from(_: DecodeError) -> Self {
        Self::Malformed
    }
}
