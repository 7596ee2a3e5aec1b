//! The exit codes of the whole binary, and how errors end up in them.

use std::io::Write;
use std::process::ExitCode;
use tally_node::replay::{Checks, ReplayError};
use tally_trader::error::WalletError;

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
    /// The wallet can't be used.
    Wallet = 6,
    /// A check of a report failed.
    CheckFailed = 7,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// All exit codes and their meaning, as `tally --help` prints them. Codes that no command can give yet are reserved.
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
    let failed = checks.failed();
    if failed.is_empty() {
        return Exit::Ok;
    }
    let _ = writeln!(
        std::io::stderr(),
        "error: check failed: {}",
        failed.join(", ")
    );
    Exit::CheckFailed
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
    if cause.is::<tally_prover::CacheError>() || cause.is::<UsageError>() {
        return Some(Exit::Usage);
    }
    None
}

fn classify_replay(error: &ReplayError) -> Exit {
    match error {
        ReplayError::Messages { .. }
        | ReplayError::Traders { .. }
        | ReplayError::Calendar(_)
        | ReplayError::Table(_)
        | ReplayError::Flow(_)
        | ReplayError::Faucet
        | ReplayError::Directory { .. }
        | ReplayError::Log(_)
        | ReplayError::ForeignBlock { .. }
        | ReplayError::StateDiffers { .. }
        | ReplayError::OtherKeys { .. }
        | ReplayError::Keys(_) => Exit::Usage,
        ReplayError::Genesis(_) | ReplayError::Block(_) => Exit::Internal,
        ReplayError::Wallet { source, .. } => match source {
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
    /// An unknown contract month.
    #[error("market {0} is unknown; choose one of {1}")]
    Market(String, String),
}
