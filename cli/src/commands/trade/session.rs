//! `tally session`.

use crate::arguments::trade::PlainCommand;
use crate::exit::Exit;
use crate::trader::connect::{self, Opened, Session, Stay};
use crate::trader::error::TradeError;
use crate::trader::interrupt;
use crate::trader::warn;
use std::io::Stdout;
use std::thread;
use tally_client::agent::AgentClient;
use tally_client::reply::{Failure, FailureKind, Reply};
use tally_client::runner::{Asker, Runner, Told};
use tally_client::session::{Lines, serve};
use tally_trader::agent::AgentOptions;

/// JSON lines in and out, until stdin ends.
pub fn run(command: &PlainCommand) -> anyhow::Result<Exit> {
    let access = &command.access;
    let lines = Lines::new(std::io::stdout());
    match connect::open_wallet(access, AgentOptions::default(), Stay::Long)? {
        Opened::Agent(session) => through_agent(*session, &lines)?,
        Opened::Own(own) => {
            let result = on_own_desk(own.desk, &lines);
            if let Some(Err(error)) = own.node.map(tally_node::live::node::Node::stop) {
                warn::warning(&error.to_string(), true);
            }
            result?;
        }
    }
    Ok(Exit::Ok)
}

fn through_agent(session: Session, lines: &Lines<Stdout>) -> anyhow::Result<()> {
    let Some(mut agent) = session.into_agent() else {
        return Ok(());
    };
    let mut ask = |request| Some(ask(&mut agent, &request));
    Ok(serve(&mut std::io::stdin().lock(), lines, &mut ask)?)
}

fn ask(agent: &mut AgentClient, request: &tally_client::request::Request) -> Reply {
    agent.ask(request).unwrap_or_else(|error| {
        Reply::Failed(Failure {
            kind: FailureKind::Unknown,
            error: error.to_string(),
        })
    })
}

/// One thread reads requests, this one does the work: a session keeps its wallet's positions alive.
fn on_own_desk(desk: tally_client::desk::Desk, lines: &Lines<Stdout>) -> anyhow::Result<()> {
    let stop = interrupt::flag()?;
    let runner = Runner::new(desk);
    let (asker, answers) = (runner.asker(), lines.clone());
    thread::spawn(move || read(&asker, &answers));
    let mut tell = |told: Told| {
        if lines.write(&told, None).is_err() {
            // Nobody reads any more: the session ends when its input does.
            tracing::debug!("nobody reads what is told");
        }
    };
    runner.run(&stop, &mut tell).map_err(TradeError::from)?;
    Ok(())
}

fn read(asker: &Asker, lines: &Lines<Stdout>) {
    let result = serve(&mut std::io::stdin().lock(), lines, &mut |request| {
        asker.ask(request)
    });
    if let Err(error) = result {
        tracing::debug!(%error, "a session ends");
    }
    asker.end();
}
