//! `tally agent`.

mod background;
mod on_event;
mod process;

use self::on_event::OnEvent;
use crate::arguments::trade::{AgentCommand, AgentSubcommand};
use crate::exit::Exit;
use crate::output;
use crate::render;
use crate::trader::connect::{self, OwnDesk, Stay};
use crate::trader::error::TradeError;
use crate::trader::password::{self, Secret};
use crate::trader::places::Places;
use crate::trader::words::cents;
use crate::trader::{interrupt, warn};
use std::time::Duration;
use tally_client::agent::{AgentClient, AgentSocket};
use tally_client::desk::Desk;
use tally_client::runner::{Runner, Told};
use tally_trader::agent::{AgentOptions, TopUp};
use tally_trader::vault;

/// How long the command for events may take at the end.
const FAREWELL: Duration = Duration::from_secs(5);

/// Runs an agent, ends one, or tells of one.
pub fn run(command: &AgentCommand) -> anyhow::Result<Exit> {
    match &command.command {
        Some(AgentSubcommand::Stop(stop)) => return process::stop(&stop.access),
        Some(AgentSubcommand::Status(status)) => return process::status(&status.access),
        None => {}
    }
    let options = options(command)?;
    let places = Places::find(&command.access)?;
    if let Ok(Some(_)) = AgentClient::connect(&places.wallet) {
        return Err(TradeError::AgentRuns(places.wallet).into());
    }
    let lock = connect::lock(&places)?;
    let password = secret(command)?;
    let seed = vault::open(&places.wallet, &password).map_err(TradeError::from)?;
    if command.background {
        // The new process takes the lock: between the two somebody else may, and then it says so.
        drop(lock);
        return background::start(command, &places, &password);
    }
    drop(password);
    let reached = connect::reach(&places, &command.access, Stay::Long)?;
    let own = connect::own_desk(
        &places,
        &command.access,
        reached,
        (seed, lock),
        options,
        true,
    )?;
    work(command, &places, own)
}

fn options(command: &AgentCommand) -> Result<AgentOptions, TradeError> {
    let limit = command.auto_topup.as_deref().map(cents).transpose()?;
    Ok(AgentOptions {
        top_up: limit.map(|limit| TopUp { limit }),
        opens_sums: true,
        ..AgentOptions::default()
    })
}

fn secret(command: &AgentCommand) -> Result<Secret, TradeError> {
    if command.password_from_stdin {
        return password::of_stdin();
    }
    password::password()
}

/// Works until it is told to end.
fn work(command: &AgentCommand, places: &Places, own: OwnDesk) -> anyhow::Result<Exit> {
    let OwnDesk { desk, lock, node } = own;
    let stop = interrupt::flag()?;
    let json = command.access.json;
    let greeting = greeting(&desk, places, json);
    let runner = Runner::new(desk);
    // Whoever is answered, or reads that it has started, may ask for its end: its number is there before.
    let pid = process::PidFile::write(places)?;
    let socket = AgentSocket::serve(&places.wallet, runner.asker()).map_err(TradeError::from)?;
    output::print(&greeting)?;
    let on_event = command
        .on_event
        .as_deref()
        .map(OnEvent::start)
        .transpose()?;
    let mut tell = |told: Told| {
        let line = render::line(&told);
        if let Some(on_event) = &on_event {
            on_event.tell(&line);
        }
        let shown = if json { line } else { text(&told) };
        // An agent keeps positions alive though nobody reads what it tells.
        if let Err(error) = output::print(&shown) {
            tracing::debug!(%error, "what is told can't be printed");
        }
    };
    let result = runner.run(&stop, &mut tell).map_err(TradeError::from);
    drop(socket);
    drop(pid);
    if let Some(on_event) = on_event {
        on_event.end(FAREWELL);
    }
    if let Some(Err(error)) = node.map(tally_node::live::node::Node::stop) {
        warn::warning(&error.to_string(), json);
    }
    drop(lock);
    result?;
    Ok(Exit::Ok)
}

fn greeting(desk: &Desk, places: &Places, json: bool) -> String {
    let height = desk.replica().height();
    let node = desk.node().name();
    if json {
        let document = serde_json::json!({
            "told": "started", "pid": std::process::id(), "node": node, "height": height
        });
        return render::line(&document);
    }
    format!(
        "agent for {} at node {node}, block {height}; an interrupt ends it\n",
        places.wallet.display()
    )
}

/// What is told, in a line.
fn text(told: &Told) -> String {
    match told {
        Told::Duty(duty) => {
            let outcome = if duty.done { "done" } else { "not done" };
            format!("{} {} {outcome}: {}\n", duty.market, duty.duty, duty.text)
        }
        Told::Event { event } => format!("{} {}\n", event.market, event.text),
        Told::Notice(notice) => format!("notice: {}\n", notice.text),
        Told::Lost { error } => format!("the node is silent: {error}\n"),
        Told::Back { height } => format!("the node answers again: block {height}\n"),
    }
}
