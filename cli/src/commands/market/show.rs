//! `tally market show`.

use super::read_genesis;
use crate::arguments::MarketShowCommand;
use crate::exit::{Exit, UsageError};
use crate::output;
use serde::Serialize;
use std::fmt::Write;
use tally_exchange::calendar::{Session, format_time};
use tally_exchange::specification::{Entry, Specification};

#[derive(Serialize)]
struct Shown<'a> {
    symbol: &'a str,
    name: &'a str,
    contract_months: Vec<String>,
    parameters: &'a [Entry],
    sessions: Vec<SessionLine>,
}

#[derive(Serialize)]
struct SessionLine {
    date: String,
    market: String,
    pre_open: String,
    open: String,
    settlement: String,
    close: String,
}

/// Shows a contract with its numbers.
pub fn run(command: &MarketShowCommand) -> anyhow::Result<Exit> {
    let specification = match &command.genesis {
        Some(path) => read_genesis(path)?.specification().clone(),
        None => Specification::lean_hogs(),
    };
    let months: Vec<String> = specification
        .calendar
        .contracts()
        .iter()
        .map(|contract| contract.symbol.clone())
        .collect();
    if let Some(market) = command
        .market
        .as_ref()
        .filter(|market| !months.contains(market))
    {
        return Err(UsageError::Market(market.clone(), months.join(", ")).into());
    }
    let wanted = |session: &&Session| command.market.as_ref() == Some(&session.contract);
    let shown = Shown {
        symbol: &specification.symbol,
        name: &specification.name,
        contract_months: months,
        parameters: specification.entries(),
        sessions: specification
            .calendar
            .sessions()
            .iter()
            .filter(wanted)
            .map(line)
            .collect(),
    };
    if command.access.json {
        output::print_json(&shown)?;
    } else {
        output::print(&text(&shown))?;
    }
    Ok(Exit::Ok)
}

fn line(session: &Session) -> SessionLine {
    SessionLine {
        date: session.date.to_string(),
        market: session.contract.clone(),
        pre_open: format_time(session.pre_open),
        open: format_time(session.open),
        settlement: format_time(session.settlement),
        close: format_time(session.close),
    }
}

fn text(shown: &Shown<'_>) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "{}: {} (months {})\n",
        shown.symbol,
        shown.name,
        shown.contract_months.join(", ")
    );
    for entry in shown.parameters {
        let _ = writeln!(
            out,
            "{:<26} {} {}  [{}]",
            entry.name, entry.value, entry.unit, entry.source
        );
        let _ = writeln!(out, "{:26} {}", "", entry.why);
    }
    if !shown.sessions.is_empty() {
        let _ = writeln!(
            out,
            "\nsessions (UTC): date, pre-open, open, settlement, close"
        );
    }
    for session in &shown.sessions {
        let _ = writeln!(
            out,
            "  {}  {}  {}  {}  {}",
            session.date, session.pre_open, session.open, session.settlement, session.close
        );
    }
    out
}
