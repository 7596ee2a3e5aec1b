//! The exit codes of the whole binary, and how errors end up in them.

use crate::trader::error::{self, TradeError};
use std::io::Write;
use std::process::ExitCode;
use tally_bench::measure::BenchError;
use tally_bench::report::ReportError;
use tally_exchange::calendar::{CalendarError, Date};
use tally_exchange::specification::{PriceError, SpecificationError};
use tally_node::genesis::lean_hogs::LeanHogsError;
use tally_node::genesis::{
    ChainGenesisError, KeyFileError, ParameterError, SettlementSigningError,
};
use tally_node::live::directory::MarketFolderError;
use tally_node::live::engine::EngineError;
use tally_node::live::node::NodeError;
use tally_node::live::operate::OperateError;
use tally_node::replay::{Checks, ReplayError};
use tally_node::sandbox::SandboxError;
use tally_prover::CacheError;
use tally_trader::error::WalletError;
use tally_transport::TransportError;

/// Exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// A fault of this software or this machine.
    Internal = 1,
    /// The call's words or files don't fit.
    Usage = 2,
    /// The exchange refused.
    Rejected = 3,
    /// Not enough margin.
    Margin = 4,
    /// The node can't be reached.
    Network = 5,
    /// The wallet can't be used.
    Wallet = 6,
    /// A check of a report failed, or the node lied.
    CheckFailed = 7,
    /// The market is halted for good.
    Halted = 8,
    /// Sent, and nobody knows yet what became of it.
    Unknown = 9,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// All exit codes and their meaning, as `tally --help` prints them.
pub const EXIT_CODES: &str = "\
Exit codes: 0 ok, 1 internal, 2 usage, 3 rejected by the exchange, 4 margin, 5 network or Tor,
6 wallet, 7 check failed, 8 halted, 9 unknown outcome.";

/// Prints what clap has to say; help and version go to stdout and are no failure.
pub fn usage(error: &clap::Error) -> ExitCode {
    // If the terminal is gone there is nobody left to tell.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage.into()
    } else {
        Exit::Ok.into()
    }
}

/// Prints an error with its causes, on stderr, and picks its exit code.
pub fn report(error: &anyhow::Error) -> ExitCode {
    // If the terminal is gone there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "error: {}", describe(error));
    code_of(error).into()
}

/// Names the checks of a report that failed, on stderr, and picks the exit code.
pub fn report_checks(checks: &Checks) -> Exit {
    if !checks.all_hold() {
        let failed = checks.failed().join(", ");
        let _ = writeln!(std::io::stderr(), "error: check failed: {failed}");
    }
    code_of_checks(checks)
}

fn code_of_checks(checks: &Checks) -> Exit {
    if checks.all_hold() {
        Exit::Ok
    } else {
        Exit::CheckFailed
    }
}

fn code_of(error: &anyhow::Error) -> Exit {
    error.chain().find_map(classify).unwrap_or(Exit::Internal)
}

/// The error and its causes; a cause that its effect quotes is not said again.
fn describe(error: &anyhow::Error) -> String {
    error
        .chain()
        .map(ToString::to_string)
        .fold(String::new(), |text, cause| {
            if text.contains(&cause) {
                text
            } else if text.is_empty() {
                cause
            } else {
                format!("{text}: {cause}")
            }
        })
}

fn classify(cause: &(dyn std::error::Error + 'static)) -> Option<Exit> {
    if let Some(error) = cause.downcast_ref::<ReplayError>() {
        return Some(classify_replay(error));
    }
    if let Some(error) = cause.downcast_ref::<CacheError>() {
        return Some(classify_keys(error));
    }
    if let Some(BenchError::Keys(error)) = cause.downcast_ref::<BenchError>() {
        return Some(classify_keys(error));
    }
    if let Some(BenchError::Transport(error)) = cause.downcast_ref::<BenchError>() {
        return Some(classify_transport(error));
    }
    if let Some(error) = cause.downcast_ref::<ReportError>() {
        return Some(classify_report(error));
    }
    if let Some(error) = cause.downcast_ref::<NodeError>() {
        return Some(classify_node(error));
    }
    if let Some(error) = cause.downcast_ref::<OperateError>() {
        return Some(classify_operation(error));
    }
    if let Some(error) = cause.downcast_ref::<MarketFolderError>() {
        return Some(classify_folder(error));
    }
    if let Some(error) = cause.downcast_ref::<SandboxError>() {
        return Some(classify_sandbox(error));
    }
    if let Some(error) = cause.downcast_ref::<TransportError>() {
        return Some(classify_transport(error));
    }
    if let Some(error) = cause.downcast_ref::<TradeError>() {
        return Some(error.exit());
    }
    let is_usage = cause.is::<UsageError>() || is_of_a_market_in_the_making(cause);
    is_usage.then_some(Exit::Usage)
}

/// What `tally market` is given: words and files that don't make a genesis or a signature.
fn is_of_a_market_in_the_making(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.is::<ChainGenesisError>()
        || cause.is::<LeanHogsError>()
        || cause.is::<ParameterError>()
        || cause.is::<SpecificationError>()
        || cause.is::<CalendarError>()
        || cause.is::<KeyFileError>()
        || cause.is::<SettlementSigningError>()
}

fn classify_keys(error: &CacheError) -> Exit {
    match error {
        CacheError::Io { .. }
        | CacheError::Damaged { .. }
        | CacheError::Foreign { .. }
        | CacheError::UnknownKind { .. }
        | CacheError::OtherCircuit { .. } => Exit::Usage,
        CacheError::Refused { .. } | CacheError::Unusable { .. } => Exit::CheckFailed,
        CacheError::OtherVerifyingKey { .. }
        | CacheError::R1cs(_)
        | CacheError::Setup(_)
        | CacheError::Encode => Exit::Internal,
    }
}

fn classify_report(error: &ReportError) -> Exit {
    match error {
        ReportError::NotAFolder { .. } | ReportError::Folder { .. } | ReportError::Write { .. } => {
            Exit::Usage
        }
        ReportError::Json(_) | ReportError::Drawing { .. } => Exit::Internal,
    }
}

fn classify_node(error: &NodeError) -> Exit {
    match error {
        NodeError::Folder(error) => classify_folder(error),
        NodeError::Engine(error) => classify_engine(error),
        NodeError::Listen { .. } => Exit::Usage,
        NodeError::Runtime(_) => Exit::Internal,
        NodeError::Onion(error) => classify_transport(error),
    }
}

fn classify_transport(error: &TransportError) -> Exit {
    error::exit(error::kind_of_transport(error))
}

fn classify_sandbox(error: &SandboxError) -> Exit {
    match error {
        SandboxError::Keys { source, .. } => classify_keys(source),
        SandboxError::Node(error) => classify_node(error),
        SandboxError::Engine(error) => classify_engine(error),
        SandboxError::Figures(error) => classify_replay(error),
        SandboxError::Faucet(_)
        | SandboxError::Day { .. }
        | SandboxError::Range { .. }
        | SandboxError::OtherMarket { .. }
        | SandboxError::Format { .. }
        | SandboxError::Differs { .. }
        | SandboxError::Record { .. }
        | SandboxError::Io { .. }
        | SandboxError::NoKeys { .. }
        | SandboxError::Genesis(_)
        | SandboxError::Flow(_) => Exit::Usage,
        SandboxError::Specification { .. }
        | SandboxError::Wallet { .. }
        | SandboxError::Threads(_)
        | SandboxError::Ended => Exit::Internal,
    }
}

fn classify_operation(error: &OperateError) -> Exit {
    match error {
        error if error.is_failed_check() => Exit::CheckFailed,
        OperateError::Folder(error) => classify_folder(error),
        _ => Exit::Usage,
    }
}

fn classify_folder(error: &MarketFolderError) -> Exit {
    match error {
        MarketFolderError::Keys { source, .. } => classify_keys(source),
        MarketFolderError::Engine(error) => classify_engine(error),
        _ => Exit::Usage,
    }
}

fn classify_engine(error: &EngineError) -> Exit {
    match error {
        EngineError::StateDiffers { .. } | EngineError::Block(_) => Exit::CheckFailed,
        EngineError::Genesis(_) | EngineError::Log(_) => Exit::Usage,
        EngineError::Thread(_) | EngineError::Ended => Exit::Internal,
    }
}

fn classify_replay(error: &ReplayError) -> Exit {
    match error {
        ReplayError::Messages { .. }
        | ReplayError::Traders { .. }
        | ReplayError::Days { .. }
        | ReplayError::DaysLeft { .. }
        | ReplayError::Faults { .. }
        | ReplayError::ForeignLedger { .. }
        | ReplayError::Calendar(_)
        | ReplayError::Table(_)
        | ReplayError::Flow(_)
        | ReplayError::Faucet
        | ReplayError::Directory { .. }
        | ReplayError::Log(_)
        | ReplayError::ForeignBlock { .. }
        | ReplayError::StateDiffers { .. }
        | ReplayError::OtherKeys { .. } => Exit::Usage,
        ReplayError::Keys(error) => classify_keys(error),
        ReplayError::Genesis(_)
        | ReplayError::Specification(_)
        | ReplayError::Replica(_)
        | ReplayError::Still { .. }
        | ReplayError::Block(_) => Exit::Internal,
        ReplayError::Wallet { source, .. } => match &**source {
            WalletError::Margin { .. } => Exit::Margin,
            WalletError::Refused(_) => Exit::Rejected,
            _ => Exit::Wallet,
        },
    }
}

/// A call whose words don't fit, beyond what the parser sees.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// No home for the data directory.
    #[error(
        "no data directory: neither TALLY_DATA_DIR, XDG_DATA_HOME nor HOME is set; give --data-dir DIR"
    )]
    NoDataDirectory,
    /// Nothing was replayed here.
    #[error("no replay in {}; run `tally replay` first, or give the --data-dir of one", .0.display())]
    NoReplay(std::path::PathBuf),
    /// No place for a report.
    #[error("--report {} is no folder that can be made or written ({source}); name another one", path.display())]
    ReportFolder {
        /// What was named.
        path: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// No other provers in this program.
    #[error(
        "--peers: this tally was built without other provers; build it with --features peers, or leave --peers out"
    )]
    NoPeers,
    /// An unknown contract month.
    #[error("market {0} is unknown; choose one of {1}")]
    Market(String, String),
    /// A market without keys.
    #[error(
        "no keys from a ceremony exist yet; with --insecure-keys one party makes them now, and could forge proofs: for trials, not for money"
    )]
    NoCeremonyKeys,
    /// A folder with something in it.
    #[error("folder {} is not empty, it has {entry}; name a new or empty one", path.display())]
    NotEmpty {
        /// What was named.
        path: std::path::PathBuf,
        /// Something that is in it.
        entry: String,
    },
    /// A file or folder that can't be read or written.
    #[error("{}: {source}; name another one", path.display())]
    File {
        /// What was named.
        path: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that is no text.
    #[error("{} is not UTF-8 text; name the file of a specification", .0.display())]
    NotText(std::path::PathBuf),
    /// A file that is no genesis.
    #[error("{}: {source}", path.display())]
    Genesis {
        /// What was named.
        path: std::path::PathBuf,
        /// What is wrong with it.
        source: Box<ChainGenesisError>,
    },
    /// A price that is none.
    #[error("--settlement {0}: {1}")]
    Settlement(String, PriceError),
    /// Two prices for the same.
    #[error("--settlement is there twice for {0}; give one price")]
    SettlementTwice(String),
    /// A contract month without a price.
    #[error("no --settlement for {0}; give --settlement {0}=PRICE, or --settlement PRICE for all")]
    NoSettlement(String),
    /// A calendar that is over.
    #[error(
        "the specification has no session after {0}; give --first-day, or another --specification"
    )]
    NoSession(Date),
    /// No terminal for the words.
    #[error(
        "the 24 words are asked for on a terminal, and there is none; give --stdin to read them from stdin"
    )]
    NoPhrase,
    /// A clock that shows no day.
    #[error("this machine's clock shows no day from 1970 to 9999; set it, or give --first-day")]
    Clock,
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;
    use tally_exchange::refusal::Refusal;

    fn code(error: impl Into<anyhow::Error>) -> u8 {
        code_of(&error.into()) as u8
    }

    fn of_a_wallet(source: WalletError) -> ReplayError {
        ReplayError::Wallet {
            trader: 0,
            source: Box::new(source),
        }
    }

    #[test]
    fn errors_and_their_codes() {
        let path = std::path::PathBuf::from("ledger");
        let height = 3;
        assert_eq!(code(ReplayError::Messages { messages: 0 }), 2);
        assert_eq!(code(ReplayError::ForeignBlock { height, path }), 2);
        assert_eq!(code(UsageError::NoDataDirectory), 2);
        assert_eq!(code(of_a_wallet(WalletError::Refused(Refusal::Market))), 3);
        assert_eq!(code(of_a_wallet(WalletError::NotOpen)), 6);
        assert_eq!(code(UsageError::NoPeers), 2);
        assert_eq!(code(UsageError::NoCeremonyKeys), 2);
        assert_eq!(code(ChainGenesisError::NotCanonical), 2);
        assert_eq!(code(LeanHogsError::Months { months: 0 }), 2);
        let name = "fee".to_owned();
        assert_eq!(code(ParameterError::Unknown { name }), 2);
        assert_eq!(code(KeyFileError::NotAKey("signer.key".into())), 2);
        let (symbol, known) = ("HEK7".to_owned(), "HEG7".to_owned());
        assert_eq!(code(SettlementSigningError::Market { symbol, known }), 2);
        assert_eq!(code(std::io::Error::other("anything else")), 1);
        let keys = || CacheError::Foreign {
            path: "keys/x".into(),
        };
        assert_eq!(code(keys()), 2);
        assert_eq!(code(ReplayError::Keys(keys())), 2);
        assert_eq!(code(ReplayError::Keys(CacheError::Encode)), 1);
        assert_eq!(code(BenchError::Keys(keys())), 2);
        assert_eq!(code(BenchError::Batch { size: 4, bad: 1 }), 1);
        let path = std::path::PathBuf::from("report");
        assert_eq!(code(ReportError::NotAFolder { path }), 2);
        // Whatever was said around it.
        let inside = Err::<(), _>(keys()).context("making proving keys");
        assert_eq!(code(inside.unwrap_err()), 2);
    }

    #[test]
    fn a_failed_check_is_seven() {
        let sound = Checks {
            positions_sum: 0,
            cash_conserved: true,
            fills_claimed_once: true,
            wallets_recovered: 3,
            wallets: 3,
            state_reproduced: true,
            liquidated_as_left: true,
            turnstile_ok: true,
        };
        assert_eq!(code_of_checks(&sound), Exit::Ok);
        let broken = [
            Checks {
                positions_sum: -1,
                ..sound
            },
            Checks {
                cash_conserved: false,
                ..sound
            },
            Checks {
                fills_claimed_once: false,
                ..sound
            },
            Checks {
                wallets_recovered: 2,
                ..sound
            },
            Checks {
                state_reproduced: false,
                ..sound
            },
            Checks {
                liquidated_as_left: false,
                ..sound
            },
            Checks {
                turnstile_ok: false,
                ..sound
            },
        ];
        for checks in broken {
            assert_eq!(code_of_checks(&checks), Exit::CheckFailed, "{checks:?}");
        }
        assert_eq!(Exit::CheckFailed as u8, 7);
    }

    #[test]
    fn causes_are_said_once() {
        let date = "2017-01-07".parse().unwrap();
        let error = ReplayError::Calendar(CalendarError::Weekend { date });
        let text = describe(&error.into());
        assert_eq!(text.matches("2017-01-07").count(), 1, "{text}");
        let inside = Err::<(), _>(UsageError::NoDataDirectory).context("looking for keys");
        let text = describe(&inside.unwrap_err());
        assert!(
            text.starts_with("looking for keys: no data directory"),
            "{text}"
        );
    }
}
