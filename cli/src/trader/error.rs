//! Why a command of a trader ends early.

use super::config::ConfigError;
use super::words::WordError;
use crate::exit::{Exit, UsageError};
use std::path::PathBuf;
use tally_client::agent::AgentError;
use tally_client::desk::DeskError;
use tally_client::node_client::NodeError;
use tally_client::reply::{Failure, FailureKind};
use tally_node::genesis::KeyFileError;
use tally_node::live::node::NodeError as OwnNodeError;
use tally_node::replay::ReplayError;
use tally_trader::lock::LockError;
use tally_trader::seed::SeedError;
use tally_trader::vault::VaultError;
use tally_transport::TransportError;
use thiserror::Error;

/// Why a command ends early.
#[derive(Debug, Error)]
pub enum TradeError {
    /// The desk or the agent answers so.
    #[error("{}", .0.error)]
    Failed(Failure),
    /// The desk does not open, or can't go on.
    #[error(transparent)]
    Desk(Box<DeskError>),
    /// The node does not answer.
    #[error(transparent)]
    Node(Box<NodeError>),
    /// The node's address is none.
    #[error(transparent)]
    Transport(Box<TransportError>),
    /// The embedded node does not start.
    #[error(transparent)]
    Embedded(Box<OwnNodeError>),
    /// The wallet is somebody else's now.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The wallet file can't be used.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The words are no seed.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The agent's socket can't be used.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// Words that don't fit.
    #[error(transparent)]
    Words(#[from] WordError),
    /// The configuration can't be used.
    #[error(transparent)]
    Config(Box<ConfigError>),
    /// A call that does not fit.
    #[error(transparent)]
    Usage(Box<UsageError>),
    /// The data directory can't be used.
    #[error(transparent)]
    Data(Box<ReplayError>),
    /// Nobody to ask.
    #[error(
        "no node: nothing answers at {0}; start a market of your own with `tally sandbox`, run a node with `tally node`, or name one with --node HOST:PORT or ADDRESS.onion"
    )]
    NoNode(&'static str),
    /// An agent has the wallet, at another node.
    #[error(
        "the agent of this wallet works at {agent}, --node names {named}; end it with `tally agent stop`, or leave --node out"
    )]
    OtherNode {
        /// Where the agent works.
        agent: String,
        /// What was named.
        named: String,
    },
    /// No wallet file.
    #[error(
        "no wallet at {}; make one with `tally wallet new`, or name one with --wallet", .0.display()
    )]
    NoWallet(PathBuf),
    /// All folders for looks are taken.
    #[error("all {0} folders for looks are in use; end another tally, or start the agent")]
    NoLook(usize),
    /// No password to be had.
    #[error(
        "the wallet's password is needed and there is no terminal to ask; put it into a file and name that file in {0}"
    )]
    NoPassword(&'static str),
    /// The file of a password can't be used.
    #[error("password file {} of {variable}: {problem}; name a file whose first line is the password", path.display())]
    PasswordFile {
        /// The variable that names it.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Two different passwords.
    #[error("the two passwords differ; nothing was changed, try again")]
    PasswordsDiffer,
    /// Nobody could say yes.
    #[error(
        "there is no terminal to ask at; look with --preview, and send with -y once it is what you want"
    )]
    NotConfirmed,
    /// Somebody said no.
    #[error("nothing was sent")]
    Declined,
    /// An agent has the wallet.
    #[error("an agent runs for wallet {}; end it first with `tally agent stop`", .0.display())]
    AgentRuns(PathBuf),
    /// No agent.
    #[error("no agent runs for wallet {}; start one with `tally agent --background`", .0.display())]
    NoAgent(PathBuf),
    /// The agent did not come up.
    #[error("the agent has ended before it was up; its log {} says why:\n{last}", log.display())]
    AgentEnded {
        /// Its log.
        log: PathBuf,
        /// The end of it.
        last: String,
    },
    /// The agent does not end.
    #[error("the agent, process {0}, was told to end and has not done so yet; look at its log")]
    AgentStays(u32),
    /// A file of the wallet can't be used.
    #[error("{}: {source}; check that its folder exists and is writable", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A wait that is none.
    #[error("{place} says {said:?}: {remedy}")]
    SendDelay {
        /// Where it is said.
        place: &'static str,
        /// What is said.
        said: String,
        /// What would do.
        remedy: String,
    },
    /// The cashier's key can't be used.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// Another cashier's key.
    #[error("{} is the key of {found}, this market's cashier is {cashier}; name the right file", path.display())]
    OtherCashier {
        /// The file.
        path: PathBuf,
        /// Whose key it is.
        found: String,
        /// Whose it should be.
        cashier: String,
    },
    /// An account number that is none.
    #[error(
        "account {0:?} is no account number; give 64 hexadecimal digits, as `tally account show` prints them"
    )]
    Account(String),
    /// The account book refuses.
    #[error("refused: {0}")]
    Book(#[from] tally_ledger_adapter::accounts::AccountError),
    /// A cashier's request was overtaken.
    #[error(
        "another request of the cashier came first; nothing has changed: look at the account and send it again"
    )]
    Overtaken,
    /// Sent, and no outcome.
    #[error(
        "it was sent and its outcome is not known yet; look at the account before you send it again"
    )]
    Unknown,
    /// No terminal for a screen.
    #[error(
        "tally watch needs a terminal for its screen; elsewhere use `tally book --follow` or `tally session`"
    )]
    NoScreen,
    /// This machine's fault.
    #[error("{what}: {source}")]
    Machine {
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
}

impl TradeError {
    /// As a reply that says so.
    pub fn failure(&self) -> Failure {
        match self {
            Self::Failed(failure) => failure.clone(),
            Self::Desk(error) => error.failure(),
            other => Failure {
                kind: other.kind(),
                error: other.to_string(),
            },
        }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Failed(failure) => failure.kind,
            Self::Desk(error) => error.failure().kind,
            Self::Node(_) | Self::NoNode(_) => FailureKind::Network,
            Self::Transport(error) => kind_of_transport(error),
            Self::Lock(_)
            | Self::Vault(_)
            | Self::Seed(_)
            | Self::Agent(_)
            | Self::NoWallet(_)
            | Self::NoLook(_)
            | Self::PasswordsDiffer
            | Self::AgentRuns(_)
            | Self::NoAgent(_)
            | Self::AgentEnded { .. }
            | Self::AgentStays(_)
            | Self::File { .. } => FailureKind::Wallet,
            Self::Embedded(_)
            | Self::Words(_)
            | Self::Config(_)
            | Self::Usage(_)
            | Self::Data(_)
            | Self::OtherNode { .. }
            | Self::NoPassword(_)
            | Self::PasswordFile { .. }
            | Self::NotConfirmed
            | Self::KeyFile(_)
            | Self::OtherCashier { .. }
            | Self::SendDelay { .. }
            | Self::Account(_)
            | Self::NoScreen => FailureKind::Usage,
            Self::Declined | Self::Book(_) | Self::Overtaken => FailureKind::Rejected,
            Self::Unknown => FailureKind::Unknown,
            Self::Machine { .. } => FailureKind::Internal,
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        exit(self.kind())
    }
}

impl From<Failure> for TradeError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Large causes are boxed: an error is handed up through every function.
macro_rules! boxed {
    ($($variant:ident: $cause:ty,)*) => {$(
        impl From<$cause> for TradeError {
            fn from(error: $cause) -> Self {
                Self::$variant(Box::new(error))
            }
        }
    )*};
}

boxed! {
    Desk: DeskError,
    Node: NodeError,
    Transport: TransportError,
    Embedded: OwnNodeError,
    Usage: UsageError,
    Data: ReplayError,
    Config: ConfigError,
}

/// The exit code of a kind of failure.
pub const fn exit(kind: FailureKind) -> Exit {
    match kind {
        FailureKind::Usage => Exit::Usage,
        FailureKind::Rejected => Exit::Rejected,
        FailureKind::Margin => Exit::Margin,
        FailureKind::Network => Exit::Network,
        FailureKind::Wallet => Exit::Wallet,
        FailureKind::Verification => Exit::CheckFailed,
        FailureKind::Halted => Exit::Halted,
        FailureKind::Unknown => Exit::Unknown,
        FailureKind::Internal => Exit::Internal,
    }
}

/// What kind of failure one of the transport is.
pub fn kind_of_transport(error: &TransportError) -> FailureKind {
    match error {
        TransportError::BadAddress { .. }
        | TransportError::HostName { .. }
        | TransportError::PublicAddress { .. }
        | TransportError::OnionOverTcp { .. }
        | TransportError::BadOnionAddress { .. }
        | TransportError::NoTor
        | TransportError::TorDirectory { .. }
        | TransportError::TorConfiguration { .. } => FailureKind::Usage,
        TransportError::Runtime { .. } => FailureKind::Internal,
        _ => FailureKind::Network,
    }
}
