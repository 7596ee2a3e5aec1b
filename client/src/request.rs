//! What can be asked of a wallet at a node, as one JSON object: the language of `tally session`, of the agent's socket,
//! and of the command line.
//!
//! Prices are decimal strings as the contract writes them (`"66.150"`, `"-1.025"`), amounts are whole cents, quantities
//! contracts. A contract month may be left out where there is but one that trades.

use serde::{Deserialize, Serialize};
use tally_exchange::message::Symbol;
use tally_exchange::units::{OrderId, Quantity, Side, TimeInForce};

/// A question or an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do", deny_unknown_fields)]
pub enum Request {
    /// How far the replica is, whose keys, what is under way.
    Status {},
    /// The cash account: its number, its balance.
    Account {},
    /// Practice cash from a faucet.
    Fund {
        /// Cents.
        amount: u64,
    },
    /// Opens a note with a first deposit.
    Open {
        /// The contract month.
        #[serde(default)]
        market: Option<Symbol>,
        /// Cents, opening fee included.
        amount: u64,
        /// Only say what it would do.
        #[serde(default)]
        preview: bool,
    },
    /// Moves cash from the account into the note.
    Deposit {
        /// The contract month.
        #[serde(default)]
        market: Option<Symbol>,
        /// Cents.
        amount: u64,
        /// Only say what it would do.
        #[serde(default)]
        preview: bool,
    },
    /// Moves cash from the note to the account.
    Withdraw {
        /// The contract month.
        #[serde(default)]
        market: Option<Symbol>,
        /// Cents; none for all that margin allows.
        amount: Option<u64>,
        /// Only say what it would do.
        #[serde(default)]
        preview: bool,
    },
    /// Moves cash to another contract month, and takes it there.
    Transfer {
        /// The contract month that it leaves.
        #[serde(default)]
        market: Option<Symbol>,
        /// The contract month that gets it.
        to: Symbol,
        /// Cents.
        amount: u64,
        /// Only say what it would do.
        #[serde(default)]
        preview: bool,
    },
    /// Posts an order.
    Order(OrderRequest),
    /// Posts a bid and an offer with one proof.
    Quote {
        /// The contract month.
        #[serde(default)]
        market: Option<Symbol>,
        /// Limit of the buy.
        bid: String,
        /// Limit of the sell.
        ask: String,
        /// Contracts of each.
        quantity: Quantity,
        /// A name of the client's: the same name never posts twice.
        #[serde(default)]
        id: Option<String>,
        /// Orders of the wallet that the quote takes the place of: cancelled, claimed and posted anew in one message.
        #[serde(default)]
        replaces: Vec<OrderId>,
        /// Only say what it would do.
        #[serde(default)]
        preview: bool,
    },
    /// Cancels an order and posts another in its place, atomically.
    Replace {
        /// The order.
        order: OrderId,
        /// Contracts of the new one; none for what is left of the old.
        #[serde(default)]
        quantity: Option<Quantity>,
        /// Limit of the new one; none for the same.
        #[serde(default)]
        price: Option<String>,
        /// A name of the client's.
        #[serde(default)]
        id: Option<String>,
        /// Only say what it would do.
        #[serde(default)]
        preview: bool,
    },
    /// Lowers an order's total quantity, fills included. No proof.
    Reduce {
        /// The order.
        order: OrderId,
        /// The new total, contracts.
        quantity: Quantity,
    },
    /// Cancels orders. No proof.
    Cancel {
        /// The orders.
        orders: Vec<OrderId>,
    },
    /// Cancels all orders, or all of a side. No proof.
    CancelAll {
        /// The contract month; none for all.
        #[serde(default)]
        market: Option<Symbol>,
        /// The side; none for both.
        #[serde(default)]
        side: Option<Side>,
    },
    /// Cancels all orders of a contract month and closes the position at the market.
    Close {
        /// The contract month.
        #[serde(default)]
        market: Option<Symbol>,
        /// A name of the client's.
        #[serde(default)]
        id: Option<String>,
        /// Only say what it would do.
        #[serde(default)]
        preview: bool,
    },
    /// Credits what has been filled and releases what is final, now.
    Claim {
        /// The contract month; none for all.
        #[serde(default)]
        market: Option<Symbol>,
    },
    /// The wallet's orders: live ones, or all that it remembers.
    Orders {
        /// The contract month; none for all.
        #[serde(default)]
        market: Option<Symbol>,
        /// Final ones too.
        #[serde(default)]
        all: bool,
    },
    /// Some orders, by their number.
    OrderStatus {
        /// The orders.
        orders: Vec<OrderId>,
    },
    /// The wallet's fills, newest last.
    Fills {
        /// The contract month; none for all.
        #[serde(default)]
        market: Option<Symbol>,
        /// Most of them; none for a hundred.
        #[serde(default)]
        limit: Option<u32>,
    },
    /// Position, prices and margin.
    Position {
        /// The contract month; none for all that are open.
        #[serde(default)]
        market: Option<Symbol>,
    },
    /// Margin as it is, or as it would be with an order.
    Margin {
        /// The contract month.
        #[serde(default)]
        market: Option<Symbol>,
        /// The order to be tried.
        #[serde(default)]
        order: Option<Box<OrderRequest>>,
    },
    /// Fills, fees, profit and loss, cash and settlements of a trading day, or of all.
    Statement {
        /// The contract month; none for all.
        #[serde(default)]
        market: Option<Symbol>,
        /// The trading day, `YYYY-MM-DD`; none for all days.
        #[serde(default)]
        day: Option<String>,
    },
    /// The epoch of every contract month.
    Epoch {},
    /// The order book.
    Book {
        /// The contract month.
        #[serde(default)]
        market: Option<Symbol>,
        /// Most price levels of a side; none for ten.
        #[serde(default)]
        levels: Option<u32>,
    },
    /// Trades since an event number.
    Trades {
        /// The contract month; none for all.
        #[serde(default)]
        market: Option<Symbol>,
        /// The first event number; none for the newest `limit`.
        #[serde(default)]
        from: Option<u64>,
        /// Most of them; none for fifty.
        #[serde(default)]
        limit: Option<u32>,
    },
    /// Everything that happened since an event number.
    Events {
        /// The contract month; none for all.
        #[serde(default)]
        market: Option<Symbol>,
        /// The first event number; none for the newest `limit`.
        #[serde(default)]
        from: Option<u64>,
        /// Most of them; none for fifty.
        #[serde(default)]
        limit: Option<u32>,
        /// Only what concerns this wallet's orders and notes.
        #[serde(default)]
        own: bool,
    },
    /// The contract months of the chain.
    Markets {},
    /// A decryptor's seat: take one (posts the bond), leave it, or take back the bond of one that is released.
    Seat {
        /// The contract month.
        #[serde(default)]
        market: Option<Symbol>,
        /// What to do; none to look.
        #[serde(default)]
        action: Option<SeatAction>,
    },
    /// Everything that a trader's screen shows.
    Screen {
        /// The contract month.
        #[serde(default)]
        market: Option<Symbol>,
        /// Most price levels of a side.
        levels: u32,
        /// The first event number of the tape that is wanted.
        from: u64,
    },
    /// What became of messages that nobody waited for; each is told once.
    Notices {},
}

/// What to do with a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeatAction {
    /// Post the bond and take one.
    Take,
    /// Ask to leave all of one's own.
    Leave,
    /// Take back the bonds of those that are released.
    Release,
}

/// An order as a trader states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderRequest {
    /// The contract month.
    #[serde(default)]
    pub market: Option<Symbol>,
    /// Buy or sell.
    pub side: Side,
    /// Contracts.
    pub quantity: Quantity,
    /// The limit, or `mkt` for the market.
    pub price: String,
    /// How long it waits; `day` if not said.
    #[serde(default = "day")]
    pub tif: TimeInForce,
    /// Never takes.
    #[serde(default)]
    pub post_only: bool,
    /// A name of the client's: the same name never posts twice.
    #[serde(default)]
    pub id: Option<String>,
    /// Only say what it would do.
    #[serde(default)]
    pub preview: bool,
}

/// How the market is asked for.
pub const MARKET_PRICE: &str = "mkt";
/// Longest client id, bytes.
pub const LONGEST_ID: usize = 64;

const fn day() -> TimeInForce {
    TimeInForce::Day
}

impl Request {
    /// Whether it needs the wallet: all others are answered from the public ledger.
    #[must_use]
    pub const fn needs_wallet(&self) -> bool {
        !matches!(
            self,
            Self::Epoch {}
                | Self::Book { .. }
                | Self::Trades { .. }
                | Self::Events { own: false, .. }
                | Self::Markets {}
        )
    }

    /// Whether it only says what another one would do, or only looks.
    #[must_use]
    pub fn only_looks(&self) -> bool {
        match self {
            Self::Open { preview, .. }
            | Self::Deposit { preview, .. }
            | Self::Withdraw { preview, .. }
            | Self::Transfer { preview, .. }
            | Self::Quote { preview, .. }
            | Self::Replace { preview, .. }
            | Self::Close { preview, .. } => *preview,
            Self::Order(order) => order.preview,
            Self::Fund { .. }
            | Self::Reduce { .. }
            | Self::Cancel { .. }
            | Self::CancelAll { .. }
            | Self::Claim { .. } => false,
            Self::Seat { action, .. } => action.is_none(),
            _ => true,
        }
    }
}
