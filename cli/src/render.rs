//! Replies as they are shown: text for people, JSON for programs.

use crate::output;
use crate::text::Style;
use serde::Serialize;
use std::io::{IsTerminal, Write};
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

/// Prints one of many replies, numbered from 1 as JSON; says whether anybody still reads.
pub fn one_of_many(reply: &Reply, number: u64, json: bool) -> anyhow::Result<bool> {
    output::print_on(&if json {
        let mut document = serde_json::to_value(reply)?;
        document["seq"] = number.into();
        line(&document)
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

/// A reply as text, or as one JSON document.
fn text(reply: &Reply, json: bool) -> String {
    if json {
        // Replies encode: plain data with text keys.
        return serde_json::to_string_pretty(reply).unwrap_or_default() + "\n";
    }
    crate::text::text(reply, style())
}

/// Colour on a terminal that has it, unless `NO_COLOR` refuses it.
fn style() -> Style {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    if std::io::stdout().is_terminal() && !output::refuses_colour() && !is_dumb {
        Style::Colour
    } else {
        Style::Plain
    }
}

/// A document on one line.
pub fn line(value: &impl Serialize) -> String {
    // As above.
    serde_json::to_string(value).unwrap_or_default() + "\n"
}
