//! What is answered: one JSON object, whose `reply` says which.
//!
//! Prices are decimal strings, amounts whole cents, quantities contracts, times UTC as `2017-01-03T14:30:00.000000Z`.

use serde::{Deserialize, Serialize};
use tally_exchange::message::Symbol;
use tally_exchange::record::OrderStatus;
use tally_exchange::units::{OrderId, Quantity, Side, TimeInForce};

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "reply")]
pub enum Reply {
    /// To `status`.
    Status(Status),
    /// To `account` and `fund`.
    Account(AccountReply),
    /// To everything that moves a note or posts orders, when it is only asked what it would do.
    Preview(Preview),
    /// To everything that was sent.
    Sent(Sent),
    /// To `orders` and `order-status`.
    Orders {
        /// The orders, oldest first.
        orders: Vec<OrderLine>,
    },
    /// To `fills`.
    Fills {
        /// The fills, oldest first.
        fills: Vec<FillLine>,
    },
    /// To `position`.
    Position {
        /// One for each contract month.
        positions: Vec<PositionLine>,
    },
    /// To `margin`.
    Margin(MarginReply),
    /// To `statement`.
    Statement {
        /// One for each contract month and day, in order.
        statements: Vec<StatementReply>,
    },
    /// To `epoch`.
    Epoch {
        /// Height of the replica.
        height: u64,
        /// One for each contract month, as `tally epoch --json` shows it.
        markets: Vec<serde_json::Value>,
    },
    /// To `book`.
    Book(BookReply),
    /// To `trades` and `events`.
    Events {
        /// In order.
        events: Vec<EventLine>,
        /// The number from which to ask next.
        next: u64,
    },
    /// To `markets`.
    Markets {
        /// The chain, hexadecimal.
        chain: String,
        /// Its name.
        name: String,
        /// Whether proving keys are insecure.
        insecure_keys: bool,
        /// The contract months.
        markets: Vec<MarketLine>,
    },
    /// To `seat`.
    Seats {
        /// The wallet's seats.
        seats: Vec<SeatLine>,
        /// What was sent, if anything was.
        sent: Option<Box<Sent>>,
    },
    /// To `screen`.
    Screen(Box<Screen>),
    /// To `notices`.
    Notices {
        /// Oldest first.
        notices: Vec<Notice>,
    },
    /// It could not be done.
    Failed(Failure),
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of failure: it decides the exit code of a command.
    pub kind: FailureKind,
    /// Field, value, remedy.
    pub error: String,
}

/// Kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The words don't fit.
    Usage,
    /// The exchange refused, or would.
    Rejected,
    /// Not enough margin.
    Margin,
    /// The node can't be reached.
    Network,
    /// The wallet can't be used.
    Wallet,
    /// The node lied, or the data are damaged.
    Verification,
    /// The market is halted for good.
    Halted,
    /// Sent, and nobody knows yet what became of it: the next command says.
    Unknown,
    /// A fault of this software or machine.
    Internal,
}

/// How far, and whose keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The chain, hexadecimal.
    pub chain: String,
    /// Its name.
    pub name: String,
    /// Where the node is.
    pub node: String,
    /// Height of the replica.
    pub height: u64,
    /// Height that the node last said it has.
    pub node_height: u64,
    /// Time of the replica's last block.
    pub time: String,
    /// State after it, hexadecimal.
    pub state: String,
    /// Proofs that this process has verified.
    pub proofs_verified: u64,
    /// Bytes of blocks that it has downloaded.
    pub bytes_downloaded: u64,
    /// Whether proving keys are insecure.
    pub insecure_keys: bool,
    /// Whether an agent answers.
    pub agent: bool,
    /// The last checkpoint that this replica came through, `HEIGHT:HASH`: whoever trusts it can begin there.
    pub checkpoint: Option<String>,
    /// Messages that were sent and have no outcome yet.
    pub pending: Vec<String>,
    /// What the last proof took, milliseconds.
    pub last_proof_ms: Option<u64>,
}

/// A cash account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountReply {
    /// Its number: an Ed25519 public key, hexadecimal.
    pub account: String,
    /// Cents.
    pub balance: u64,
    /// Who credits it: `faucet` or `cashier`.
    pub cashier: String,
    /// The cashier's number, hexadecimal.
    pub cashier_key: String,
    /// Cents that were just credited.
    pub credited: Option<u64>,
}

/// What a message would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The contract month.
    pub market: Symbol,
    /// What is done, in words.
    pub action: String,
    /// What everybody would see, line by line.
    pub reveals: Vec<String>,
    /// What stays hidden.
    pub hides: Vec<String>,
    /// Cents that could still be withdrawn before it.
    pub free_margin_before: i64,
    /// Cents that could still be withdrawn after it.
    pub free_margin_after: i64,
    /// Fees if everything is filled, cents.
    pub fees: i64,
    /// How long the proof takes on this machine, milliseconds, as last measured; none if never measured, or no proof is
    /// needed.
    pub proof_ms: Option<u64>,
    /// Whether a proof is needed.
    pub needs_proof: bool,
    /// Whether proving keys are insecure.
    pub insecure_keys: bool,
    /// Messages that go first, such as a claim.
    pub first: Vec<String>,
}

/// What was sent, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The number of the message in this wallet's journal.
    pub message: u64,
    /// The contract month.
    pub market: Option<Symbol>,
    /// What was done, in words.
    pub action: String,
    /// The client's name for it.
    pub id: Option<String>,
    /// Whether this name was used before: nothing was sent now, and this is what became of it then.
    pub repeated: bool,
    /// What became of it.
    pub outcome: OutcomeWord,
    /// Why it was refused.
    pub reason: Option<String>,
    /// Height of its block.
    pub height: Option<u64>,
    /// Its orders as they stand now.
    pub orders: Vec<OrderLine>,
    /// Messages that were sent before it, such as a claim.
    pub before: Vec<String>,
    /// What the proof took, milliseconds.
    pub proof_ms: Option<u64>,
    /// From sending to the receipt, milliseconds.
    pub receipt_ms: Option<u64>,
    /// Whether proving keys are insecure.
    pub insecure_keys: bool,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeWord {
    /// It counts.
    Accepted,
    /// The exchange refused it, in a block.
    Refused,
    /// The node did not order it.
    Declined,
    /// Too late: it can't be included any more.
    Expired,
    /// Sent, no outcome yet.
    Pending,
}

/// An order of the wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// Its number in the market.
    pub order: OrderId,
    /// The contract month.
    pub market: Symbol,
    /// The client's name for it.
    pub id: Option<String>,
    /// Buy or sell.
    pub side: Side,
    /// The limit.
    pub price: String,
    /// Contracts now, reductions applied, fills included.
    pub quantity: Quantity,
    /// Contracts filled.
    pub filled: Quantity,
    /// Average price of the fills; none without.
    pub average_price: Option<String>,
    /// How long it waits.
    pub tif: TimeInForce,
    /// Where it stands.
    pub status: OrderStatus,
    /// When it was included.
    pub time: String,
}

/// A fill of an order of the wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FillLine {
    /// The order.
    pub order: OrderId,
    /// The number of the fill in the order, from 0.
    pub index: u32,
    /// The contract month.
    pub market: Symbol,
    /// The client's name for the order.
    pub id: Option<String>,
    /// Buy or sell.
    pub side: Side,
    /// Price.
    pub price: String,
    /// Contracts.
    pub quantity: Quantity,
    /// Cents.
    pub fee: i64,
    /// Time of the block.
    pub time: String,
    /// Height of the block.
    pub height: u64,
}

/// A position and its margin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionLine {
    /// The contract month.
    pub market: Symbol,
    /// Whether a note is open.
    pub is_open: bool,
    /// Contracts, long positive; fills that are not claimed yet included.
    pub position: i64,
    /// Average price of the open contracts, first in first out; none if flat.
    pub average_price: Option<String>,
    /// The mark.
    pub mark: String,
    /// Equity at the mark, cents.
    pub equity: i64,
    /// Profit and loss of the open contracts at the mark, cents.
    pub unrealised: i64,
    /// Profit and loss of closed contracts, fees not taken off, cents.
    pub realised: i64,
    /// Fees and haircuts paid, cents.
    pub fees: i64,
    /// Cents that could be withdrawn now.
    pub free_margin: i64,
    /// The price at which a revalidation would begin to cut the position; none if flat.
    pub call_price: Option<String>,
    /// The price at which nothing would be left; none if flat.
    pub close_out_price: Option<String>,
    /// Contracts in own live buys.
    pub working_buys: u64,
    /// Contracts in own live sells.
    pub working_sells: u64,
    /// Fills that are not claimed yet.
    pub unclaimed_fills: u32,
    /// Where the note stands: `present`, `ahead` (refreshed, waits for the result), `behind` (missed a revalidation).
    pub standing: String,
    /// The band.
    pub band: [String; 2],
}

/// Margin as it is or would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarginReply {
    /// The contract month.
    pub market: Symbol,
    /// Initial margin above the worst price of the band, cents per contract.
    pub initial: i64,
    /// Maintenance margin above the worst price of the band, cents per contract.
    pub maintenance: i64,
    /// The band.
    pub band: [String; 2],
    /// What would be left if all buys filled and the price fell to the band's low edge, cents.
    pub worst_low: i64,
    /// What would be left if all sells filled and the price rose to the band's high edge, cents.
    pub worst_high: i64,
    /// Cents that could be withdrawn now.
    pub free_margin: i64,
    /// Most contracts that could be bought at the band's high edge.
    pub most_buy: Quantity,
    /// Most contracts that could be sold at the band's low edge.
    pub most_sell: Quantity,
    /// The order that was tried, in words.
    pub what_if: Option<String>,
    /// Whether margin allows it.
    pub passes: Option<bool>,
    /// Why not, or the largest quantity that passes.
    pub reason: Option<String>,
    /// Cents that could be withdrawn after it.
    pub free_margin_after: Option<i64>,
}

/// A statement of one contract month on one day, or over all days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementReply {
    /// The contract month.
    pub market: Symbol,
    /// The trading day; none for all days.
    pub day: Option<String>,
    /// Fills, oldest first.
    pub fills: Vec<FillLine>,
    /// Contracts closed by revalidations, and the way back of notes that missed one.
    pub adjustments: Vec<AdjustmentLine>,
    /// Cash that moved, oldest first.
    pub cash: Vec<CashLine>,
    /// Fees of fills and openings, cents.
    pub fees: i64,
    /// Haircuts, cents.
    pub haircuts: i64,
    /// Profit and loss of contracts closed in this time, fees not taken off, cents.
    pub realised: i64,
    /// Profit and loss of contracts open at its end, at its last mark or settlement, cents.
    pub unrealised: i64,
    /// Contracts at its end.
    pub position: i64,
    /// Settlement prices in this time.
    pub settlements: Vec<SettlementLine>,
    /// Equity at its end, cents.
    pub equity: i64,
}

/// Contracts that a revalidation closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustmentLine {
    /// `revalidation`, `lapse` or `expiry`.
    pub kind: String,
    /// The epoch that closed.
    pub epoch: u64,
    /// Contracts closed, signed as the position was.
    pub closed: i64,
    /// At which price.
    pub price: String,
    /// Haircuts and fees of it, cents.
    pub cost: i64,
    /// Time of the block.
    pub time: String,
}

/// Cash that moved into or out of the note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashLine {
    /// `open`, `deposit`, `withdraw`, `bond`, `unbond`, `transfer-out`, `transfer-in`.
    pub kind: String,
    /// Cents, positive into the note.
    pub amount: i64,
    /// Of it the opening fee, cents.
    pub fee: i64,
    /// Time of the block.
    pub time: String,
}

/// A day's settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementLine {
    /// The day.
    pub day: String,
    /// The price.
    pub price: String,
}

/// The order book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookReply {
    /// The contract month.
    pub market: Symbol,
    /// Height of the replica.
    pub height: u64,
    /// Time of its last block.
    pub time: String,
    /// The part of the day.
    pub phase: String,
    /// Best first.
    pub bids: Vec<LevelLine>,
    /// Best first.
    pub asks: Vec<LevelLine>,
    /// The mark.
    pub mark: String,
    /// Price of the last trade; none before the first.
    pub last: Option<String>,
    /// The band.
    pub band: [String; 2],
    /// The marks beyond which everybody is revalued.
    pub trigger: [String; 2],
    /// Contracts traded so far in the market's life.
    pub traded: u64,
}

/// A price level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelLine {
    /// Price.
    pub price: String,
    /// Contracts.
    pub quantity: u64,
    /// Orders.
    pub orders: u32,
    /// Of the contracts, this wallet's.
    pub own: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventLine {
    /// Its number: grows from event to event, the same for everybody who reads this ledger.
    pub seq: u64,
    /// Height of its block.
    pub height: u64,
    /// Time of its block.
    pub time: String,
    /// The contract month.
    pub market: Symbol,
    /// Whether it concerns this wallet.
    pub own: bool,
    /// What happened, as the state machine says it; prices are decimal strings.
    pub what: serde_json::Value,
    /// The same in words.
    pub text: String,
}

/// A contract month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketLine {
    /// The contract month.
    pub market: Symbol,
    /// Last trading day.
    pub last_trading_day: String,
    /// The session that is traded, or was.
    pub session: String,
    /// The part of the day.
    pub phase: String,
    /// The mark.
    pub mark: String,
    /// The band.
    pub band: [String; 2],
    /// The epoch.
    pub epoch: u64,
    /// Open notes that the next revalidation expects.
    pub notes: u64,
    /// Contracts traded.
    pub traded: u64,
    /// Whether this wallet has a note there.
    pub is_open: bool,
}

/// A decryptor's seat of the wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatLine {
    /// Its number.
    pub seat: u32,
    /// The contract month.
    pub market: Symbol,
    /// `active`, `leaving`, `released`, `slashed`.
    pub status: String,
    /// What its bond holds, cents.
    pub bond: i64,
}

/// Something that happened to a message that nobody waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The number of the message in the journal.
    pub message: u64,
    /// In words.
    pub text: String,
}

/// What a trader's screen shows of one contract month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Screen {
    /// Connection and keys.
    pub status: Status,
    /// The book.
    pub book: BookReply,
    /// The wallet's position.
    pub position: PositionLine,
    /// The wallet's live orders.
    pub orders: Vec<OrderLine>,
    /// The tape since the number asked for.
    pub tape: Vec<EventLine>,
    /// The number from which to ask for the tape next.
    pub next: u64,
    /// The epoch.
    pub epoch: EpochLine,
    /// Cents in the account.
    pub balance: u64,
    /// Whether the agent keeps the position alive.
    pub agent: bool,
    /// What became of messages that nobody waited for.
    pub notices: Vec<Notice>,
}

/// A revalidation as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochLine {
    /// The epoch.
    pub epoch: u64,
    /// `open`, `awaiting-key`, `window`, `sharing`.
    pub stage: String,
    /// Until when, where there is a deadline.
    pub until: Option<String>,
    /// Notes refreshed.
    pub refreshed: u64,
    /// Notes expected.
    pub expected: u64,
    /// Seats of the key generation that made the joint key, or 0.
    pub seats: u64,
}
