//! The words of `tally market`.

use super::trade::AccessArguments;
use crate::exit::EXIT_CODES;
use clap::{ArgGroup, Args, Subcommand};
use std::path::PathBuf;
use tally_exchange::calendar::Date;
use tally_node::genesis::lean_hogs::MOST_MONTHS;

/// Makes markets, and looks at contracts.
#[derive(Debug, Args)]
pub struct MarketCommand {
    /// What to do.
    #[command(subcommand)]
    pub command: MarketSubcommand,
}

/// What to do with markets.
#[derive(Debug, Subcommand)]
pub enum MarketSubcommand {
    /// Make a market: what its chain starts from, and its keys.
    New(MarketNewCommand),
    /// The contract months.
    List(MarketListCommand),
    /// Every number of the contract, with its unit, source and reason.
    Show(MarketShowCommand),
    /// Make the key of a settlement signer.
    SignerKey(SignerKeyCommand),
    /// Sign the final settlement of a contract month.
    SignSettlement(SignSettlementCommand),
}

/// Makes a market.
///
/// Its folder gets the genesis, which everybody who runs or uses the market needs byte for byte, the proving keys, and
/// the cashier's secret key if it is made here. Without --specification it is a market in Lean Hogs from the first day on,
/// with contract months, holidays and sessions by rule; early closes are not modelled.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES, group = ArgGroup::new("cash").multiple(false))]
pub struct MarketNewCommand {
    /// The market's folder: a new or empty one, or one in which `tally keys --make` has made keys and nothing else is.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// What people call the market. Default: the folder's name.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The first trading day. Default: the first one after today (UTC).
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub first_day: Option<Date>,
    /// How many contract months, one after the other.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = months, conflicts_with = "specification", allow_negative_numbers = true)]
    pub months: usize,
    /// Another contract: its specification, TOML. All its months with a session from the first day on are run.
    #[arg(long, value_name = "FILE")]
    pub specification: Option<PathBuf>,
    /// Settlement price of the day before, for all contract months; SYMBOL=PRICE for one of them.
    #[arg(
        long,
        value_name = "[SYMBOL=]PRICE",
        required = true,
        allow_hyphen_values = true
    )]
    pub settlement: Vec<String>,
    /// Seed capital of each contract month's insurance fund, dollars. Default: what the specification says.
    #[arg(long, value_name = "USD", value_parser = cents, allow_negative_numbers = true)]
    pub fund_seed: Option<u64>,
    /// Public key of somebody who signs final settlements, one after the other. Default: the last day's own settlement is
    /// final.
    #[arg(long, value_name = "HEX")]
    pub signer: Vec<String>,
    /// How many of the signers must have signed the same price. Default: all.
    #[arg(
        long,
        value_name = "N",
        requires = "signer",
        allow_negative_numbers = true
    )]
    pub threshold: Option<u8>,
    /// Public key of the cashier. Default: its key is made and stored in the folder.
    #[arg(long, value_name = "HEX", group = "cash")]
    pub cashier: Option<String>,
    /// The node is the cashier and gives practice cash to whoever asks.
    #[arg(long, group = "cash")]
    pub faucet: bool,
    /// Use proving keys that one party makes now: whoever made them can forge proofs. For trials, not for money.
    #[arg(long)]
    pub insecure_keys: bool,
    /// Print one JSON document on stdout and nothing else there.
    #[arg(long)]
    pub json: bool,
}

/// Lists contract months.
#[derive(Debug, Args)]
pub struct MarketListCommand {
    /// The genesis of a market. Default: the specification of early 2017 that is part of this program.
    #[arg(long, value_name = "FILE", conflicts_with = "node")]
    pub genesis: Option<PathBuf>,
    /// Where and how: with a node, what its replica says of the contract months.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Shows a contract.
#[derive(Debug, Args)]
pub struct MarketShowCommand {
    /// A contract month such as HEG7; its sessions are shown too.
    #[arg(value_name = "SYMBOL")]
    pub market: Option<String>,
    /// The genesis of a market. Default: the specification of early 2017 that is part of this program.
    #[arg(long, value_name = "FILE", conflicts_with = "node")]
    pub genesis: Option<PathBuf>,
    /// Where and how: with a node, what its replica says of the contract months.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Makes the key of a settlement signer.
#[derive(Debug, Args)]
pub struct SignerKeyCommand {
    /// The new file for the secret key.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Print one JSON document on stdout and nothing else there.
    #[arg(long)]
    pub json: bool,
}

/// Signs a final settlement.
#[derive(Debug, Args)]
pub struct SignSettlementCommand {
    /// The genesis of the market.
    #[arg(long, value_name = "FILE")]
    pub genesis: PathBuf,
    /// The file with the signer's secret key.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// The contract month, such as HEG7.
    #[arg(value_name = "SYMBOL")]
    pub market: String,
    /// The final settlement price.
    #[arg(value_name = "PRICE", allow_hyphen_values = true)]
    pub price: String,
    /// Print one JSON document on stdout and nothing else there.
    #[arg(long)]
    pub json: bool,
}

fn date(text: &str) -> Result<Date, String> {
    text.parse()
        .map_err(|error: tally_exchange::calendar::DateError| error.to_string())
}

fn months(text: &str) -> Result<usize, String> {
    let months = text.parse().ok();
    months
        .filter(|months| (1..=MOST_MONTHS).contains(months))
        .ok_or_else(|| format!("use a whole number from 1 to {MOST_MONTHS}"))
}

/// Dollars, with cents or without, as cents.
fn cents(text: &str) -> Result<u64, String> {
    let (dollars, cents) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let amount = || {
        let (dollars, cents): (u64, u64) = (dollars.parse().ok()?, cents.parse().ok()?);
        dollars.checked_mul(100)?.checked_add(cents)
    };
    Some(text)
        .filter(|_| digits(dollars) && digits(cents) && cents.len() == 2)
        .and_then(|_| amount())
        .ok_or_else(|| "write dollars such as 1000000 or 2500.50".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars() {
        assert_eq!(cents("1000000"), Ok(100_000_000));
        assert_eq!(cents("2500.50"), Ok(250_050));
        assert_eq!(cents("0.01"), Ok(1));
        for bad in [
            "",
            ".",
            ".50",
            "1.",
            "1.5",
            "1.005",
            "-1",
            "+1",
            "1e3",
            "1.+5",
            "1,000",
            " 1",
            "184467440737095517",
        ] {
            assert!(cents(bad).is_err(), "{bad:?}");
        }
    }
}
