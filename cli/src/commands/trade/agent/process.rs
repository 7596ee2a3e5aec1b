//! The process of an agent: which one it is, whether it runs, how it ends.

use crate::arguments::trade::AccessArguments;
use crate::exit::Exit;
use crate::render;
use crate::trader::error::TradeError;
use crate::trader::places::Places;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use tally_client::agent::AgentClient;
use tally_client::reply::Reply;
use tally_client::request::Request;
use tally_trader::lock::WalletLock;

/// How long an agent may take to end: a proof and a block, with room to spare.
const FAREWELL: Duration = Duration::from_secs(60);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// The file with the number of the process, as long as this lives.
pub struct PidFile(PathBuf);

impl PidFile {
    /// Writes it; whoever calls has the wallet's lock.
    pub fn write(places: &Places) -> Result<Self, TradeError> {
        let path = path(places);
        match fs::write(&path, format!("{}\n", std::process::id())) {
            Ok(()) => Ok(Self(path)),
            Err(source) => Err(TradeError::File { path, source }),
        }
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // One that stays is passed over: no agent answers.
        let _ = fs::remove_file(&self.0);
    }
}

/// The log of an agent in the background.
pub fn log(places: &Places) -> PathBuf {
    places.desk().join("agent.log")
}

/// `tally agent status`.
pub fn status(access: &AccessArguments) -> anyhow::Result<Exit> {
    let places = Places::find(access)?;
    match agent(&places)?.ask(&Request::Status {}) {
        Ok(Reply::Failed(failure)) => return Err(TradeError::from(failure).into()),
        Ok(reply) => render::reply(&reply, access.json)?,
        Err(error) => return Err(TradeError::from(error).into()),
    }
    Ok(Exit::Ok)
}

/// `tally agent stop`.
pub fn stop(access: &AccessArguments) -> anyhow::Result<Exit> {
    let places = Places::find(access)?;
    // The number in a file that was left behind may be somebody else's by now: an agent must answer.
    drop(agent(&places)?);
    let pid = read(&path(&places))?;
    terminate(pid)?;
    let start = Instant::now();
    while WalletLock::acquire(&places.wallet).is_err() {
        if start.elapsed() > FAREWELL {
            return Err(TradeError::AgentStays(pid).into());
        }
        thread::sleep(LOOK);
    }
    if access.json {
        crate::output::print_json(&serde_json::json!({ "stopped": pid }))?;
    } else {
        crate::output::print(&format!("the agent, process {pid}, has ended\n"))?;
    }
    Ok(Exit::Ok)
}

fn agent(places: &Places) -> Result<AgentClient, TradeError> {
    let agent = AgentClient::connect(&places.wallet)?;
    agent.ok_or_else(|| TradeError::NoAgent(places.wallet.clone()))
}

fn path(places: &Places) -> PathBuf {
    places.desk().join("agent.pid")
}

fn read(path: &Path) -> Result<u32, TradeError> {
    let file = |source| TradeError::File {
        path: path.to_owned(),
        source,
    };
    let text = fs::read_to_string(path).map_err(file)?;
    let pid = text.trim().parse().ok().filter(|pid| *pid > 1);
    pid.ok_or_else(|| file(std::io::Error::other("it holds no number of a process")))
}

fn terminate(pid: u32) -> Result<(), TradeError> {
    let machine = |source| TradeError::Machine {
        what: "the agent can't be told to end",
        source,
    };
    let status = Command::new("kill")
        .args(["-TERM", &pid.to_string()])
        .status()
        .map_err(machine)?;
    if status.success() {
        return Ok(());
    }
    Err(machine(std::io::Error::other(status.to_string())))
}
