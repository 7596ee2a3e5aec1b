//! What goes to the terminal: logs to stderr, results to stdout.

use std::io::{IsTerminal, Write};
use tracing_subscriber::EnvFilter;

/// Starts logging to stderr, unless a screen is to be shown there: then nothing is logged.
pub fn start_log(verbose: u8, has_room: bool) {
    if !has_room {
        return;
    }
    // Tor's crates warn of what passes by itself, such as a relay that does not answer; what matters comes as an error.
    let level = match verbose {
        0 => "warn,tor_=error,arti_=error",
        1 => "info,tor_=warn,arti_=warn",
        _ => "debug,tor_=info,arti_=info",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let colour = std::io::stderr().is_terminal() && !refuses_colour();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .init();
}

/// Prints a result on stdout; a closed pipe ends the program's interest, not its work.
pub fn print(text: &str) -> anyhow::Result<()> {
    print_on(text).map(drop)
}

/// Prints on stdout; says whether anybody still reads there.
pub fn print_on(text: &str) -> anyhow::Result<bool> {
    let mut stdout = std::io::stdout().lock();
    let result = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        result => Ok(result.map(|()| true)?),
    }
}

/// Prints one JSON document on stdout.
pub fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// The one word as which a plain value is written in JSON.
pub fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(other) => other.to_string(),
        // Plain values encode.
        Err(_) => String::new(),
    }
}

/// Whether `NO_COLOR` is set to anything (<https://no-color.org>).
pub fn refuses_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
