//! `tally market list`.

use super::read_genesis;
use crate::arguments::MarketListCommand;
use crate::exit::Exit;
use crate::output;
use serde::Serialize;
use std::fmt::Write;
use tally_exchange::specification::Specification;
use tally_node::genesis::ChainGenesis;

#[derive(Serialize)]
struct Listed {
    chain: Option<String>,
    contract: String,
    markets: Vec<Month>,
}

#[derive(Serialize)]
struct Month {
    market: String,
    first_session: Option<String>,
    last_trading_day: String,
    sessions: usize,
    prior_settlement: Option<String>,
}

/// Lists the contract months of the embedded specification or of a genesis.
pub fn run(command: &MarketListCommand) -> anyhow::Result<Exit> {
    let listed = match &command.genesis {
        Some(path) => of_genesis(&read_genesis(path)?),
        None => of_specification(&Specification::lean_hogs()),
    };
    if command.access.json {
        output::print_json(&listed)?;
    } else {
        output::print(&text(&listed))?;
    }
    Ok(Exit::Ok)
}

fn of_specification(specification: &Specification) -> Listed {
    let contracts = specification.calendar.contracts().iter();
    let markets = contracts.map(|contract| {
        let mut sessions = specification.calendar.sessions().iter();
        let first = sessions.find(|session| session.contract == contract.symbol);
        let first = first.map(|session| session.date.to_string());
        month(specification, &contract.symbol, first, None)
    });
    Listed {
        chain: None,
        contract: specification.symbol.clone(),
        markets: markets.collect(),
    }
}

fn of_genesis(genesis: &ChainGenesis) -> Listed {
    let specification = genesis.specification();
    let markets = genesis.document().markets.iter().map(|market| {
        let first = Some(market.first_session.clone());
        let prior = Some(market.prior_settlement.clone());
        month(specification, &market.symbol, first, prior)
    });
    Listed {
        chain: Some(genesis.chain().to_string()),
        contract: specification.symbol.clone(),
        markets: markets.collect(),
    }
}

fn month(
    specification: &Specification,
    symbol: &str,
    first_session: Option<String>,
    prior_settlement: Option<String>,
) -> Month {
    let calendar = &specification.calendar;
    let sessions = calendar.sessions().iter().filter(|session| {
        let is_late = first_session
            .as_ref()
            .is_some_and(|first| session.date.to_string() >= *first);
        session.contract == symbol && is_late
    });
    let contract = calendar.contracts().iter().find(|c| c.symbol == symbol);
    Month {
        market: symbol.to_owned(),
        sessions: sessions.count(),
        // The month is one of the calendar's.
        last_trading_day: contract.map_or_else(String::new, |c| c.last_trading_day.to_string()),
        first_session,
        prior_settlement,
    }
}

fn text(listed: &Listed) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    if let Some(chain) = &listed.chain {
        let _ = writeln!(out, "chain {chain}");
    }
    let _ = writeln!(
        out,
        "month     first session  last day    sessions  prior settlement"
    );
    for month in &listed.markets {
        let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let _ = writeln!(
            out,
            "{:<8}  {:<13}  {:<10}  {:>8}  {}",
            month.market,
            or_none(&month.first_session),
            month.last_trading_day,
            month.sessions,
            or_none(&month.prior_settlement)
        );
    }
    out
}
