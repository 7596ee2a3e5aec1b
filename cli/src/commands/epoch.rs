//! `tally epoch`.

use crate::arguments::EpochCommand;
use crate::exit::{Exit, UsageError};
use crate::output;
use crate::trader::places::{DEFAULT_NODE, Places, answers};
use std::fmt::Write;
use tally_client::agent::AgentClient;
use tally_exchange::calendar::format_time;
use tally_exchange::market::Stage;
use tally_node::replay::{DataDirectory, EpochView, MarketView, last_epoch};

/// Shows the present epoch of a node's markets, or the last one of the last replay in the data directory.
pub fn run(command: &EpochCommand) -> anyhow::Result<Exit> {
    if !command.replay && is_live(command)? {
        return super::trade::live_epoch(&command.access);
    }
    of_replay(command)
}

/// Whether there is a node to ask: one that is named, an agent's, or the usual one.
fn is_live(command: &EpochCommand) -> anyhow::Result<bool> {
    let places = Places::find(&command.access)?;
    let has_agent = || matches!(AgentClient::connect(&places.wallet), Ok(Some(_)));
    Ok(places.node.is_some() || has_agent() || answers(DEFAULT_NODE))
}

/// Looking makes nothing.
fn of_replay(command: &EpochCommand) -> anyhow::Result<Exit> {
    let root = command.access.data.directory()?;
    let view = match DataDirectory::existing(&root)? {
        Some(data) => last_epoch(&data)?,
        None => None,
    };
    let view = view.ok_or(UsageError::NoReplay(root))?;
    if command.access.json {
        output::print_json(&view)?;
    } else {
        output::print(&text(&view))?;
    }
    Ok(Exit::Ok)
}

fn text(view: &EpochView) -> String {
    let mut out = format!(
        "replay {}: block {}, {}\n",
        view.replay, view.height, view.time
    );
    for market in &view.markets {
        // Writing to a string does not fail.
        let _ = writeln!(
            out,
            "\n{} on {}, {}",
            market.market,
            market.session,
            output::word(&market.phase)
        );
        for (name, value) in lines(market) {
            let _ = writeln!(out, "  {name:<18} {value}");
        }
    }
    out
}

fn lines(market: &MarketView) -> Vec<(&'static str, String)> {
    let trigger = market.trigger.zip(market.price.as_ref());
    let trigger = trigger.map_or_else(
        || "none yet".to_owned(),
        |(trigger, price)| format!("{} at {price}", output::word(&trigger)),
    );
    let halted = if market.is_halted {
        " (HALTED: the turnstile alarmed)"
    } else {
        ""
    };
    let turnstile = market.turnstile.map_or_else(
        || "not read yet".to_owned(),
        |x| format!("X = {x} cents{halted}"),
    );
    let round = market
        .key_round
        .map_or_else(|| "none".to_owned(), |round| format!("of round {round}"));
    let running = market.running_round.as_ref().map_or_else(String::new, |r| {
        format!(
            "; round {} runs, {} of {} have dealt{}",
            r.round,
            r.dealt,
            r.seats,
            if r.complaining {
                ", complaints are taken"
            } else {
                ""
            }
        )
    });
    vec![
        ("epoch", market.epoch.to_string()),
        ("stage", stage(market)),
        ("last trigger", trigger),
        ("last epoch", last(market)),
        ("band", format!("{} to {}", market.band.lo, market.band.hi)),
        ("mark", market.mark.clone()),
        (
            "notes",
            format!(
                "{} expected, {} refreshed",
                market.expected, market.refreshed
            ),
        ),
        ("joint key", format!("{round}{running}")),
        (
            "seats",
            format!(
                "{} active, {} shares open a sum",
                market.seats, market.threshold
            ),
        ),
        (
            "clearing account",
            format!(
                "{} contracts, {} cents",
                market.clearing_position, market.clearing_cash
            ),
        ),
        (
            "insurance fund",
            format!("{} cents", market.funds.insurance),
        ),
        ("turnstile", turnstile),
    ]
}

fn stage(market: &MarketView) -> String {
    match market.stage {
        Stage::Open => "open: no revalidation under way".to_owned(),
        Stage::AwaitingKey => "triggered, waiting for a joint key".to_owned(),
        Stage::Window { until, extensions } => format!(
            "window for Refreshes until {}, extended {extensions} times",
            format_time(until)
        ),
        Stage::Sharing { until, extended } => format!(
            "decryption shares until {}{}",
            format_time(until),
            if extended { " (extended)" } else { "" }
        ),
    }
}

fn last(market: &MarketView) -> String {
    let Some(last) = &market.last else {
        return "none yet".to_owned();
    };
    let liquidated = last.liquidated.map_or_else(
        || "sums still closed".to_owned(),
        |contracts| format!("L = {contracts} contracts"),
    );
    let reopening = last
        .reopening
        .as_ref()
        .map_or_else(String::new, |price| format!(", reopened at {price}"));
    format!(
        "{}: {} of {} notes refreshed, {liquidated}{reopening}",
        last.epoch, last.refreshed, last.expected
    )
}
