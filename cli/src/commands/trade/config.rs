//! `tally config`.

use crate::arguments::tor::send_delay;
use crate::arguments::trade::{AccessArguments, ConfigCommand, ConfigField, ConfigSubcommand};
use crate::exit::Exit;
use crate::output;
use crate::trader::config::{self, Config, check_name};
use crate::trader::error::TradeError;
use crate::trader::places::{DEFAULT_NODE, LOOKS, NodePlace, Places, Source};
use serde::Serialize;
use std::path::PathBuf;
use tally_client::known::KnownChains;
use tally_transport::tor::{OnionAddress, is_onion};

#[derive(Serialize)]
struct Shown {
    file: Option<PathBuf>,
    profile: String,
    profiles: Vec<String>,
    node: String,
    node_from: Source,
    wallet: PathBuf,
    wallet_from: Source,
    data: PathBuf,
    tor_config: Option<PathBuf>,
    send_delay_ms: u128,
}

/// Shows and sets the configuration.
pub fn run(command: &ConfigCommand) -> anyhow::Result<Exit> {
    let access = command.access();
    match &command.command {
        None => {}
        Some(ConfigSubcommand::Set { field, value, .. }) => set(access, *field, value)?,
        Some(ConfigSubcommand::Forget { forgotten, .. }) => return forget(access, forgotten),
    }
    show(access)
}

fn set(access: &AccessArguments, field: ConfigField, value: &str) -> Result<(), TradeError> {
    let mut config = Config::read()?;
    if field == ConfigField::Profile {
        check_name(value)?;
        // One that is not there would fail every command from now on.
        config.profile(Some(value))?;
        config.profile = Some(value.to_owned());
    } else {
        let name = config.name(access.profile.as_deref()).to_owned();
        check_name(&name)?;
        let profile = config.profiles.entry(name).or_default();
        match field {
            ConfigField::Node => profile.node = Some(node(value)?),
            ConfigField::Wallet => profile.wallet = Some(absolute(value)?),
            ConfigField::TorConfig => profile.tor_config = Some(absolute(value)?),
            ConfigField::SendDelay => profile.send_delay = Some(delay(value)?),
            ConfigField::Profile => {}
        }
    }
    config.write()?;
    Ok(())
}

/// A node that could be one: its address is read, nobody is asked.
fn node(value: &str) -> Result<String, TradeError> {
    if let Some(folder) = value.strip_prefix("embedded:") {
        return Ok(format!("embedded:{}", absolute(folder)?.display()));
    }
    if is_onion(value) {
        return Ok(value.parse::<OnionAddress>()?.to_string());
    }
    tally_transport::carrier::TcpCarrier::new(value)?;
    Ok(value.to_owned())
}

fn delay(value: &str) -> Result<String, TradeError> {
    let read = send_delay(value).map_err(|remedy| TradeError::SendDelay {
        place: "`tally config set send-delay`",
        said: value.to_owned(),
        remedy,
    });
    read.map(|_| value.to_owned())
}

/// A path that means the same wherever a later command runs.
fn absolute(value: &str) -> Result<PathBuf, TradeError> {
    std::path::absolute(value).map_err(|source| TradeError::File {
        path: value.into(),
        source,
    })
}

fn forget(access: &AccessArguments, node: &str) -> anyhow::Result<Exit> {
    let places = Places::find(access)?;
    let looks = (1..=LOOKS).map(|number| places.look(number));
    let mut forgotten = 0;
    for folder in std::iter::once(places.desk()).chain(looks) {
        if folder.is_dir() {
            let mut known = KnownChains::open(&folder).map_err(TradeError::from)?;
            forgotten += u32::from(known.forget(node).map_err(TradeError::from)?);
        }
    }
    if access.json {
        output::print_json(&serde_json::json!({ "node": node, "forgotten": forgotten > 0 }))?;
    } else if forgotten > 0 {
        output::print(&format!("what was met at {node} is forgotten\n"))?;
    } else {
        output::print(&format!("nothing was met at {node} before\n"))?;
    }
    Ok(Exit::Ok)
}

fn show(access: &AccessArguments) -> anyhow::Result<Exit> {
    let places = Places::find(access)?;
    let config = Config::read().map_err(TradeError::from)?;
    let (node, node_from) = match &places.node {
        Some((node, source)) => (NodePlace::name(node), *source),
        None => (DEFAULT_NODE.to_owned(), Source::Default),
    };
    let shown = Shown {
        file: config::path().ok(),
        profile: places.profile,
        profiles: config.profiles.into_keys().collect(),
        node,
        node_from,
        wallet: places.wallet,
        wallet_from: places.wallet_source,
        data: places.data,
        tor_config: places.tor_config,
        send_delay_ms: places.send_delay.most().as_millis(),
    };
    if access.json {
        output::print_json(&shown)?;
    } else {
        output::print(&text(&shown))?;
    }
    Ok(Exit::Ok)
}

fn text(shown: &Shown) -> String {
    let file = shown.file.as_ref();
    let file = file.map_or_else(|| "none".to_owned(), |file| file.display().to_string());
    let profiles = match shown.profiles.join(", ") {
        none if none.is_empty() => "none yet".to_owned(),
        some => some,
    };
    let tor = shown.tor_config.as_ref();
    let tor = tor.map_or_else(
        || "the public network".to_owned(),
        |file| file.display().to_string(),
    );
    let delay = match shown.send_delay_ms {
        0 => "none".to_owned(),
        most => format!("at random, up to {most} ms"),
    };
    format!(
        "file     {file}\nprofile  {} (there are: {profiles})\nnode     {}  [{}]\nwallet   {}  [{}]\ndata     {}\ntor      {tor}\ndelay    {delay}\n",
        shown.profile,
        shown.node,
        output::word(&shown.node_from),
        shown.wallet.display(),
        output::word(&shown.wallet_from),
        shown.data.display()
    )
}
