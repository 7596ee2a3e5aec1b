//! The words for Tor and for when messages are sent.

use clap::Args;
use std::path::PathBuf;
use std::time::Duration;
use tally_transport::schedule::{MOST_SEND_DELAY, SendDelay};

/// Longest time that a start of Tor may be given, seconds: an hour.
const MOST_PATIENCE: i64 = 3_600;

/// The way into the Tor network.
#[derive(Clone, Debug, Default, Args)]
pub struct TorArguments {
    /// Tor's configuration, in the form of arti.toml: bridges, guards, another network. Default: TALLY_TOR_CONFIG, else the
    /// profile's, else none: the public network.
    #[arg(long, value_name = "FILE")]
    pub tor_config: Option<PathBuf>,
    /// How long Tor may take to find a way into its network. Default: 120.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=MOST_PATIENCE))]
    pub tor_patience: Option<u32>,
}

/// Reads seconds with at most three decimals, as in `2` or `0.5`.
pub fn send_delay(text: &str) -> Result<SendDelay, String> {
    let most = MOST_SEND_DELAY.as_secs();
    let wrong =
        || format!("use seconds from 0 to {most}, with at most three decimals, as in 2 or 0.5");
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || part.len() > 3 {
        return Err(wrong());
    }
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let part: u64 = format!("{part:0<3}").parse().map_err(|_| wrong())?;
    let delay = Duration::from_secs(whole.min(most + 1)) + Duration::from_millis(part);
    if delay > MOST_SEND_DELAY {
        return Err(wrong());
    }
    Ok(SendDelay::at_most(delay))
}

#[cfg(test)]
mod tests {
    use super::send_delay;
    use std::time::Duration;

    #[test]
    fn delays_are_seconds() {
        for (text, milliseconds) in [
            ("2", 2_000),
            ("0.5", 500),
            ("0", 0),
            ("60", 60_000),
            ("1.025", 1_025),
        ] {
            assert_eq!(
                send_delay(text).unwrap().most(),
                Duration::from_millis(milliseconds)
            );
        }
        for text in [
            "",
            "-1",
            "60.001",
            "61",
            "1e3",
            "0.0001",
            ".5",
            "2s",
            "99999999999999999999",
        ] {
            assert!(send_delay(text).is_err(), "{text}");
        }
    }
}
