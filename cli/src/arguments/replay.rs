//! The words of `tally replay`.

use super::DataArguments;
use crate::exit::EXIT_CODES;
use clap::Args;
use std::path::PathBuf;
use tally_node::replay::{LEAST_MESSAGES, LEAST_TRADERS, MOST_DAYS, MOST_TRADERS};

/// Replays trading days.
///
/// The order flow is synthetic, conditioned on each day's real prices and volume. When the price leaves the middle of
/// the band, and after every close, all positions are revalued. Killed in the middle, the same command resumes;
/// finished, it starts anew.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ReplayCommand {
    /// The first session, one of the 62 of the first quarter of 2017.
    #[arg(long, value_name = "YYYY-MM-DD", default_value = "2017-01-03")]
    pub day: String,
    /// How many sessions, the first included. Notes live on; over a change of contract month cash is transferred.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = days, allow_negative_numbers = true)]
    pub days: u32,
    /// How many messages each day is thinned to.
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = messages, allow_negative_numbers = true)]
    pub messages: u32,
    /// How many traders, each with a wallet of its own.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = traders, allow_negative_numbers = true)]
    pub traders: u32,
    /// Where all randomness but the proofs' own comes from.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = seed, allow_negative_numbers = true)]
    pub seed: u64,
    /// What goes wrong on demand.
    #[command(flatten)]
    pub faults: FaultArguments,
    /// All messages of each day: hours of proving.
    #[arg(long, conflicts_with = "messages")]
    pub full: bool,
    /// Flow, notes and matching, but no proof and no ledger that stays.
    #[arg(long)]
    pub dry_run: bool,
    /// Write a report of the first day into this folder: report.html with all figures, report.json, and a CSV file for
    /// each figure.
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Print one JSON document on stdout and nothing else there.
    #[arg(long)]
    pub json: bool,
    /// Where keys and data are kept.
    #[command(flatten)]
    pub data: DataArguments,
}

/// What goes wrong in a replay on demand; nobody has two faults.
#[derive(Debug, Args)]
#[command(next_help_heading = "Faults, each of so many traders")]
pub struct FaultArguments {
    /// They vanish before the first window, and come back late.
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = count, allow_negative_numbers = true)]
    pub drop_out: u32,
    /// They take a position that their margin just allows, on the side that the day's move breaks.
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = count, allow_negative_numbers = true)]
    pub distress: u32,
    /// Their seats post false decryption shares.
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = count, allow_negative_numbers = true)]
    pub bad_share: u32,
    /// Their seats post no decryption share.
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = count, allow_negative_numbers = true)]
    pub no_share: u32,
    /// Their seats deal one wrong share.
    #[arg(long, value_name = "K", default_value_t = 0, value_parser = count, allow_negative_numbers = true)]
    pub bad_dealer: u32,
}

fn messages(text: &str) -> Result<u32, String> {
    let count = text.parse().ok().filter(|count| *count >= LEAST_MESSAGES);
    count.ok_or_else(|| {
        format!("use a whole number, at least {LEAST_MESSAGES}, or --full for the whole day")
    })
}

fn traders(text: &str) -> Result<u32, String> {
    let allowed = LEAST_TRADERS..=MOST_TRADERS;
    let count = text.parse().ok().filter(|count| allowed.contains(count));
    count.ok_or_else(|| format!("use a whole number from {LEAST_TRADERS} to {MOST_TRADERS}"))
}

fn days(text: &str) -> Result<u32, String> {
    let days = text
        .parse()
        .ok()
        .filter(|days| (1..=MOST_DAYS).contains(days));
    days.ok_or_else(|| format!("use a whole number from 1 to {MOST_DAYS}"))
}

fn count(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| format!("use a whole number of traders, at most {MOST_TRADERS}"))
}

fn seed(text: &str) -> Result<u64, String> {
    text.parse()
        .map_err(|_| format!("use a whole number from 0 to {}", u64::MAX))
}
