//! How well a node can tell which messages one trader sent: guesses of an adversary against chance, for several ways of
//! sending.
//!
//! ```sh
//! cargo run --release -p tally-node --example linkability
//! cargo run --release -p tally-node --example linkability -- --messages 2000 --thinned --delay 10 --json
//! ```
//!
//! `--day YYYY-MM-DD`, `--traders N`, `--messages N` of the complete day from its open, `--thinned` for so many over the whole
//! day, `--seed N`, `--delay SECONDS` as often as you like, `--json`. See `docs/linkability.md` and [`tally_node::linkability`].

use std::io::Write;
use std::process::ExitCode;
use tally_node::linkability::arguments::LinkabilityArguments;
use tally_node::linkability::measure::{MeasureError, measure};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if this fails too.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments =
        LinkabilityArguments::parse(std::env::args().skip(1)).map_err(MeasureError::from)?;
    let report = measure(&arguments)?;
    let text = if arguments.json {
        report.to_json()?
    } else {
        report.to_string()
    };
    Ok(writeln!(std::io::stdout(), "{}", text.trim_end())?)
}
