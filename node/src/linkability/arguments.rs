//! What a measurement is asked for.

use crate::replay::{LEAST_TRADERS, MOST_TRADERS};
use serde::Serialize;
use tally_bench_data::flow::full_day_messages;
use tally_bench_data::{Date, FlowError};
use thiserror::Error;

/// Fewest messages: with fewer, intervals are wider than anything they could tell apart.
pub const LEAST_MESSAGES: usize = 200;
/// The longest delay, seconds: what the transport allows.
pub const MOST_DELAY_SECONDS: u64 = tally_transport::schedule::MOST_SEND_DELAY.as_secs();

/// The arguments of a measurement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkabilityArguments {
    /// The day that is attacked, `YYYY-MM-DD`.
    pub day: String,
    /// Traders.
    pub traders: u32,
    /// Messages of the flow: the first so many of the complete day, or so many over all of it.
    pub messages: usize,
    /// Whether the messages are spread over the day: a market with little traffic.
    pub thinned: bool,
    /// Where all randomness comes from.
    pub seed: u64,
    /// The longest random delays that are compared, seconds.
    pub delays: Vec<u64>,
    /// One JSON document instead of a table.
    #[serde(skip)]
    pub json: bool,
}

impl Default for LinkabilityArguments {
    fn default() -> Self {
        Self {
            day: "2017-01-03".to_owned(),
            traders: 100,
            messages: 6_000,
            thinned: false,
            seed: 1,
            delays: vec![2, 10, 60],
            json: false,
        }
    }
}

/// Why there is nothing to measure with these arguments.
#[derive(Debug, Error)]
pub enum ArgumentError {
    /// No such argument.
    #[error(
        "{0} is no argument; use --day, --traders, --messages, --thinned, --seed, --delay or --json"
    )]
    Unknown(String),
    /// Nothing after it.
    #[error("{0} has no value; write one after it")]
    NoValue(&'static str),
    /// Not a number.
    #[error("{name} is {value}; use a whole number of at least 0")]
    Number {
        /// The argument.
        name: &'static str,
        /// What was given.
        value: String,
    },
    /// Out of range.
    #[error("{name} is {value}; use {least} to {most}")]
    Range {
        /// The argument.
        name: &'static str,
        /// What was given.
        value: u64,
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// The day is no date, or no session of the table.
    #[error(
        "--day is {day}: {source}; use a session of the first quarter of 2017, such as 2017-01-03"
    )]
    Day {
        /// What was given.
        day: String,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl LinkabilityArguments {
    /// Reads a command line, without the program's name.
    ///
    /// # Errors
    /// [`ArgumentError`] names the argument, its value and the remedy.
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, ArgumentError> {
        let mut arguments = Self::default();
        let mut delays = Vec::new();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--day" => arguments.day = value("--day", words.next())?,
                "--traders" => arguments.traders = number("--traders", words.next())?,
                "--messages" => arguments.messages = number("--messages", words.next())?,
                "--seed" => arguments.seed = number("--seed", words.next())?,
                "--delay" => delays.push(number("--delay", words.next())?),
                "--thinned" => arguments.thinned = true,
                "--json" => arguments.json = true,
                _ => return Err(ArgumentError::Unknown(word)),
            }
        }
        if !delays.is_empty() {
            arguments.delays = delays;
        }
        arguments.check()?;
        Ok(arguments)
    }

    /// Checks that there is such a day, and the ranges.
    ///
    /// # Errors
    /// [`ArgumentError`] names the argument, its value and the remedy.
    pub fn check(&self) -> Result<(), ArgumentError> {
        let full = self.full_day()?;
        let traders = u64::from(LEAST_TRADERS)..=u64::from(MOST_TRADERS);
        within("--traders", u64::from(self.traders), traders)?;
        let messages = LEAST_MESSAGES as u64..=full as u64;
        within("--messages", self.messages as u64, messages)?;
        for delay in &self.delays {
            within("--delay", *delay, 0..=MOST_DELAY_SECONDS)?;
        }
        Ok(())
    }

    fn full_day(&self) -> Result<usize, ArgumentError> {
        let wrong = |source| ArgumentError::Day {
            day: self.day.clone(),
            source,
        };
        let date: Date = self.day.parse().map_err(|error| wrong(Box::from(error)))?;
        full_day_messages(date).map_err(|error: FlowError| wrong(Box::from(error)))
    }
}

fn value(name: &'static str, word: Option<String>) -> Result<String, ArgumentError> {
    word.ok_or(ArgumentError::NoValue(name))
}

fn number<T: std::str::FromStr>(
    name: &'static str,
    word: Option<String>,
) -> Result<T, ArgumentError> {
    let value = value(name, word)?;
    value
        .parse()
        .map_err(|_| ArgumentError::Number { name, value })
}

fn within(
    name: &'static str,
    value: u64,
    range: std::ops::RangeInclusive<u64>,
) -> Result<(), ArgumentError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(ArgumentError::Range {
        name,
        value,
        least: *range.start(),
        most: *range.end(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<LinkabilityArguments, ArgumentError> {
        LinkabilityArguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn everything_can_be_set() {
        let line = "--day 2017-01-04 --traders 20 --messages 300 --seed 7 --delay 1 --delay 5 --thinned --json";
        let expected = LinkabilityArguments {
            day: "2017-01-04".to_owned(),
            traders: 20,
            messages: 300,
            thinned: true,
            seed: 7,
            delays: vec![1, 5],
            json: true,
        };
        assert_eq!(parse(line).unwrap(), expected);
        assert_eq!(parse("").unwrap(), LinkabilityArguments::default());
    }

    #[test]
    fn errors_say_which_argument_its_value_and_what_to_do() {
        for (line, said) in [
            ("--colour red", "--colour is no argument; use"),
            ("--seed", "--seed has no value; write one"),
            ("--traders many", "--traders is many; use a whole number"),
            ("--traders 2", "--traders is 2; use 3 to 1000"),
            ("--messages 10", "--messages is 10; use 200 to 157976"),
            ("--delay 61", "--delay is 61; use 0 to 60"),
            ("--day 2017-01-01", "--day is 2017-01-01: "),
            ("--day today", "use a session of the first quarter"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
