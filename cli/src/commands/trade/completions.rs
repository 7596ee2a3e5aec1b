//! `tally completions`.

use crate::arguments::Cli;
use crate::arguments::trade::CompletionsCommand;
use crate::exit::Exit;
use crate::output;
use clap::CommandFactory;

/// Prints a completion script.
pub fn run(command: &CompletionsCommand) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Cli::command(), "tally", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}
