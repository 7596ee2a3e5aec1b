//! `tally`: the one binary. It parses, calls and prints; what it does lives in the other crates.

#![forbid(unsafe_code)]

mod arguments;
mod commands;
mod exit;
mod output;
mod render;
mod reports;
mod text;
mod trader;
mod watch;

use arguments::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::usage(&error),
    };
    output::start_log(cli.verbose, !cli.command.has_screen());
    let result = match &cli.command {
        Command::Replay(arguments) => commands::replay::run_replay(arguments),
        Command::Epoch(arguments) => commands::epoch::run(arguments),
        Command::Bench(arguments) => commands::bench::run(arguments),
        Command::Keys(arguments) => commands::keys::run(arguments),
        Command::Market(arguments) => commands::market::run(arguments),
        Command::Node(arguments) => commands::node::run(arguments),
        Command::Sandbox(arguments) => commands::sandbox::run(arguments),
        Command::Trade(arguments) => commands::trade::run(arguments),
    };
    match result {
        Ok(code) => code.into(),
        Err(error) => exit::report(&error),
    }
}
