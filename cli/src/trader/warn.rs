//! What a trader is told besides the result: on stderr, a line each; JSON where results are.

use serde::Serialize;
use std::io::Write;
use tally_client::reply::Notice;

#[derive(Serialize)]
struct Warning<'a> {
    warning: &'a str,
}

#[derive(Serialize)]
struct Told<'a> {
    notice: &'a Notice,
}

#[derive(Serialize)]
struct Waiting<'a> {
    waiting: &'a str,
}

/// Prints a warning.
pub fn warning(text: &str, json: bool) {
    line("warning", text, &Warning { warning: text }, json);
}

/// Prints what became of a message that nobody waited for.
pub fn notice(notice: &Notice, json: bool) {
    line("notice", &notice.text, &Told { notice }, json);
}

/// Prints what a command goes on waiting for.
pub fn waiting(text: &str, json: bool) {
    line("waiting", text, &Waiting { waiting: text }, json);
}

fn line(kind: &str, text: &str, document: &impl Serialize, json: bool) {
    let line = if json {
        // Plain text encodes.
        serde_json::to_string(document).unwrap_or_default()
    } else {
        format!("{kind}: {text}")
    };
    // If the terminal is gone there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "{line}");
}
