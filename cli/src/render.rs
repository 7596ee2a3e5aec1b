//! Replies as they are shown.
//!
//! A stand-in until replies have a text of their own: JSON, indented where a person reads it.

use crate::output;
use serde::Serialize;
use std::io::Write;
use tally_client::reply::{EventLine, Reply};

/// Prints the one result of a command.
pub fn reply(reply: &Reply, json: bool) -> anyhow::Result<()> {
    output::print(&text(reply, json))
}

/// Shows a reply to whoever is asked about it: on stderr, since stdout is for the result.
pub fn question(reply: &Reply) {
    // If the terminal is gone, the question that follows finds out.
    let _ = std::io::stderr().write_all(text(reply, false).as_bytes());
}

/// Prints one of many replies; says whether anybody still reads.
pub fn one_of_many(reply: &Reply, json: bool) -> anyhow::Result<bool> {
    output::print_on(&if json {
        line(reply)
    } else {
        text(reply, false)
    })
}

/// Prints an event on a line of its own; says whether anybody still reads.
pub fn event(event: &EventLine, json: bool) -> anyhow::Result<bool> {
    output::print_on(&if json {
        line(event)
    } else {
        format!("{}  {}  {}\n", event.seq, event.time, event.text)
    })
}

/// A reply as text.
fn text(reply: &Reply, _json: bool) -> String {
    // Replies encode: plain data with text keys.
    serde_json::to_string_pretty(reply).unwrap_or_default() + "\n"
}

/// A document on one line.
pub fn line(value: &impl Serialize) -> String {
    // As above.
    serde_json::to_string(value).unwrap_or_default() + "\n"
}
