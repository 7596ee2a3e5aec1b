//! Why a desk does not do what it is asked.

use crate::follower::FollowError;
use crate::node_client::NodeError;
use crate::reply::{Failure, FailureKind};
use crate::sealed::SealedError;
use tally_exchange::message::{ChainId, Symbol};
use tally_exchange::refusal::Refusal;
use tally_exchange::specification::PriceError;
use tally_node::api::Decline;
use tally_prover::CacheError;
use tally_trader::error::WalletError;
use thiserror::Error;

/// Why something was not done.
#[derive(Debug, Error)]
pub enum DeskError {
    /// The wallet declines.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The replica can't go on.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// The node does not answer.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// A file of the wallet can't be used.
    #[error(transparent)]
    Sealed(#[from] SealedError),
    /// The proving keys can't be used.
    #[error(transparent)]
    Keys(#[from] Box<CacheError>),
    /// The node gives a genesis that is not the chain's.
    #[error(
        "the node's genesis does not have the hash that is its chain's name: the node lies; use another node"
    )]
    Genesis,
    /// Another chain than before at this node.
    #[error(
        "node {node} showed chain {known} before and shows {found} now: another market, or a trap. If you know why, forget the old one with `tally config forget {node}`"
    )]
    OtherChain {
        /// Where the node is.
        node: String,
        /// The chain that was met there.
        known: ChainId,
        /// The chain that it shows now.
        found: ChainId,
    },
    /// The state at which the own copy begins is gone.
    #[error(
        "the own copy of the ledger begins at a checkpoint whose state is not kept any more; remove the wallet's folder of this chain, and start with a checkpoint or from the first block again"
    )]
    LostBase,
    /// A key of the market is not what its genesis says.
    #[error(
        "the node's {what} is not the one in the market's genesis: the node lies or the download was damaged; try again, or use another node"
    )]
    KeyFile {
        /// Which file.
        what: String,
    },
    /// The node did not order a message.
    #[error(transparent)]
    Declined(#[from] Decline),
    /// No such contract month.
    #[error("market {0} is not on this chain; choose one of {1}")]
    Market(Symbol, String),
    /// More than one contract month trades.
    #[error("several contract months trade ({0}); name one with --market")]
    WhichMarket(String),
    /// A price that is none.
    #[error("price {text:?}: {source}")]
    Price {
        /// As it was given.
        text: String,
        /// What is wrong with it.
        source: Box<PriceError>,
    },
    /// A limit outside the band.
    #[error("price {price} is outside the band {lo} to {hi}; choose a price inside it")]
    OutsideBand {
        /// As prices of the contract are written.
        price: String,
        /// Lowest price of the band.
        lo: String,
        /// Highest price of the band.
        hi: String,
    },
    /// A client id that is none.
    #[error("id {0:?} must be 1 to 64 visible characters without spaces; choose another")]
    Id(String),
    /// A quantity of nothing.
    #[error("quantity is 0; give at least 1 contract")]
    Quantity,
    /// A day that is none.
    #[error("day {0:?} is no date; write it as YYYY-MM-DD")]
    Day(String),
    /// The order would trade with one of the wallet's own.
    #[error(
        "a {side} at {price} would trade with your own order {own}; cancel or replace that order first"
    )]
    SelfTrade {
        /// Side of the new order.
        side: tally_exchange::units::Side,
        /// Its limit.
        price: String,
        /// The order of this wallet that it would meet.
        own: tally_exchange::units::OrderId,
    },
    /// An order that can't trade any more.
    #[error("order {0} can't trade any more; look at it with `tally orders --all`")]
    NotLive(tally_exchange::units::OrderId),
    /// An order that the wallet does not know.
    #[error("order {0} is none of this wallet's; `tally orders` lists them")]
    UnknownOrder(tally_exchange::units::OrderId),
    /// Orders of different messages can't be replaced together.
    #[error("orders {0} were not posted by one message; replace them one at a time")]
    NotOneTag(String),
    /// The account has too little.
    #[error(
        "the account has {balance}, {amount} are needed; fund it first (`tally account show` says how)"
    )]
    Balance {
        /// What is needed.
        amount: String,
        /// What there is.
        balance: String,
    },
    /// There is nothing to close.
    #[error("the position in {0} is flat; there is nothing to close")]
    Flat(Symbol),
    /// Nothing to be withdrawn.
    #[error("nothing can be withdrawn from {0}: cancel orders, claim, or reduce the position")]
    NothingToWithdraw(Symbol),
    /// This process only looks at public data.
    #[error("this needs a wallet; make one with `tally wallet new`, or name one with --wallet")]
    NoWallet,
    /// The seat action is not possible.
    #[error(
        "no seat of this wallet is ready for that (`tally seat` lists them): one that is active can be left, and after the next joint key its bond can be taken back"
    )]
    NoSeat,
    /// Sent, and no outcome.
    #[error(
        "message {number} ({action}) was sent and its outcome is not known yet; it can count only once: run any command, such as `tally orders`, to see what became of it"
    )]
    Unknown {
        /// Its number in the journal.
        number: u64,
        /// What it does.
        action: String,
    },
    /// A message of the wallet waits; another from the same note would be refused.
    #[error(
        "message {number} ({action}) spends the same note and has no outcome yet; wait for it, or try again in a moment"
    )]
    Busy {
        /// Its number in the journal.
        number: u64,
        /// What it does.
        action: String,
    },
    /// The exchange refused it in a block.
    #[error("refused: {0}")]
    Refused(String),
    /// What was said before still holds: the replica has met something wrong, or the node is silent.
    #[error("{}", .0.error)]
    Before(Failure),
}

impl From<CacheError> for DeskError {
    fn from(error: CacheError) -> Self {
        Self::Keys(Box::new(error))
    }
}

impl DeskError {
    /// The failure as it is answered.
    #[must_use]
    pub fn failure(&self) -> Failure {
        Failure {
            kind: self.kind(),
            error: self.to_string(),
        }
    }

    fn kind(&self) -> FailureKind {
        match self {
            Self::Wallet(WalletError::Margin { .. }) => FailureKind::Margin,
            Self::Wallet(WalletError::Refused(Refusal::MarketHalted))
            | Self::Declined(Decline::Refused(Refusal::MarketHalted)) => FailureKind::Halted,
            Self::Wallet(WalletError::Refused(_))
            | Self::Declined(_)
            | Self::Refused(_)
            | Self::OutsideBand { .. }
            | Self::NotLive(_)
            | Self::SelfTrade { .. }
            | Self::Flat(_)
            | Self::Balance { .. }
            | Self::NothingToWithdraw(_)
            | Self::NoSeat
            | Self::Busy { .. }
            | Self::Wallet(
                WalletError::NoOpposite(_)
                | WalletError::SelfTrade { .. }
                | WalletError::SelfTradeInFlight { .. },
            ) => FailureKind::Rejected,
            Self::Wallet(WalletError::Prove(_)) => FailureKind::Internal,
            Self::Wallet(_)
            | Self::Sealed(_)
            | Self::NoWallet
            | Self::Follow(FollowError::Wallet(_)) => FailureKind::Wallet,
            Self::Follow(
                FollowError::Lie { .. }
                | FollowError::Changed { .. }
                | FollowError::Checkpoint { .. },
            )
            | Self::Genesis
            | Self::OtherChain { .. }
            | Self::KeyFile { .. } => FailureKind::Verification,
            Self::Follow(FollowError::Node(_)) | Self::Node(_) => FailureKind::Network,
            Self::Follow(_) | Self::Keys(_) | Self::LostBase => FailureKind::Internal,
            Self::Unknown { .. } => FailureKind::Unknown,
            Self::Before(failure) => failure.kind,
            Self::Market(..)
            | Self::WhichMarket(_)
            | Self::Price { .. }
            | Self::Id(_)
            | Self::Quantity
            | Self::Day(_)
            | Self::UnknownOrder(_)
            | Self::NotOneTag(_) => FailureKind::Usage,
        }
    }
}
