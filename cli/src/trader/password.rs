//! Secrets of the wallet's owner: from a file or the terminal, never from an argument.

use super::error::TradeError;
use std::fs;
use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The variable that names the file of the password.
pub const PASSWORD_FILE: &str = "TALLY_PASSWORD_FILE";
/// The variable that names the file of a new password.
pub const NEW_PASSWORD_FILE: &str = "TALLY_NEW_PASSWORD_FILE";
/// Longest password or phrase, bytes.
const MOST_BYTES: u64 = 4096;

/// A secret text, wiped when dropped.
pub type Secret = Zeroizing<String>;

/// The wallet's password.
pub fn password() -> Result<Secret, TradeError> {
    match of_file(PASSWORD_FILE)? {
        Some(secret) => Ok(secret),
        None => asked("wallet's password: ", PASSWORD_FILE),
    }
}

/// A password for a wallet that is made: from the file, else asked for twice.
pub fn new_password() -> Result<Secret, TradeError> {
    match of_file(PASSWORD_FILE)? {
        Some(secret) => Ok(secret),
        None => twice(PASSWORD_FILE),
    }
}

/// Another password for a wallet that is there.
pub fn changed_password() -> Result<Secret, TradeError> {
    match of_file(NEW_PASSWORD_FILE)? {
        Some(secret) => Ok(secret),
        None => twice(NEW_PASSWORD_FILE),
    }
}

/// The 24 words, from the terminal without echo.
pub fn phrase() -> Result<Secret, TradeError> {
    if !std::io::stdin().is_terminal() {
        return Err(crate::exit::UsageError::NoPhrase.into());
    }
    hidden("the 24 words: ")
}

/// A secret from stdin: at most so much, and without its line end.
pub fn of_stdin() -> Result<Secret, TradeError> {
    let mut text = Zeroizing::new(String::new());
    let read = std::io::stdin()
        .lock()
        .take(MOST_BYTES)
        .read_to_string(&mut text);
    read.map_err(|source| TradeError::Machine {
        what: "stdin can't be read",
        source,
    })?;
    Ok(Zeroizing::new(
        text.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

/// Asks a question at the terminal whose answer is yes or no.
///
/// # Errors
/// [`TradeError::NotConfirmed`] where there is no terminal, [`TradeError::Declined`] for anything but yes.
pub fn confirm(question: &str) -> Result<(), TradeError> {
    if !std::io::stdin().is_terminal() {
        return Err(TradeError::NotConfirmed);
    }
    let mut stderr = std::io::stderr();
    let machine = |source| TradeError::Machine {
        what: "the terminal can't be used",
        source,
    };
    write!(stderr, "{question} [y/N] ")
        .and_then(|()| stderr.flush())
        .map_err(machine)?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(machine)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(TradeError::Declined),
    }
}

/// Refuses early what would be refused after a question that nobody can answer.
pub fn check_confirmable(yes: bool) -> Result<(), TradeError> {
    if yes || std::io::stdin().is_terminal() {
        return Ok(());
    }
    Err(TradeError::NotConfirmed)
}

fn of_file(variable: &'static str) -> Result<Option<Secret>, TradeError> {
    let Some(path) = std::env::var_os(variable).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let path = PathBuf::from(path);
    let bad = |problem: String| TradeError::PasswordFile {
        variable,
        path: path.clone(),
        problem,
    };
    let mut text = Zeroizing::new(String::new());
    fs::File::open(&path)
        .and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
        .map_err(|error| bad(error.to_string()))?;
    let first = text.lines().next().unwrap_or("");
    if first.is_empty() {
        return Err(bad("its first line is empty".to_owned()));
    }
    Ok(Some(Zeroizing::new(first.to_owned())))
}

fn twice(variable: &'static str) -> Result<Secret, TradeError> {
    let first = asked("new password for the wallet: ", variable)?;
    let second = asked("the same again: ", variable)?;
    if *first == *second {
        return Ok(first);
    }
    Err(TradeError::PasswordsDiffer)
}

fn asked(prompt: &str, variable: &'static str) -> Result<Secret, TradeError> {
    // Whoever has a terminal but is no person at it (a script, a service) must not hang there.
    if !std::io::stdin().is_terminal() {
        return Err(TradeError::NoPassword(variable));
    }
    hidden(prompt)
}

fn hidden(prompt: &str) -> Result<Secret, TradeError> {
    rpassword::prompt_password(prompt)
        .map(Zeroizing::new)
        .map_err(|source| TradeError::Machine {
            what: "the terminal can't be used",
            source,
        })
}
