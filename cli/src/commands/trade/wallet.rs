//! `tally wallet`.

use crate::arguments::trade::{
    AccessArguments, PlainCommand, WalletCommand, WalletNewCommand, WalletRecoverCommand,
    WalletShowCommand, WalletSubcommand,
};
use crate::exit::Exit;
use crate::output;
use crate::trader::connect;
use crate::trader::error::TradeError;
use crate::trader::password::{self, Secret};
use crate::trader::places::Places;
use rand::rngs::OsRng;
use serde::Serialize;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;
use tally_client::agent::AgentClient;
use tally_client::desk::Access;
use tally_exchange::message::Symbol;
use tally_ledger_adapter::accounts::AccountId;
use tally_trader::agent::AgentOptions;
use tally_trader::keys::account_key;
use tally_trader::lock::WalletLock;
use tally_trader::seed::Seed;
use tally_trader::vault::{self, PasswordCost};

/// How long Tor may take where a wallet is shown.
const LINEAGES_PATIENCE: Duration = Duration::from_secs(20);

/// What is said above the words.
const WARNING: &str = "\
Write these 24 words down, on paper, and show them to nobody. Whoever has them has this wallet;
if the file is lost and the words are too, everything in it is lost. They are not shown again
unless you ask with `tally wallet show --phrase`.";

/// Makes, shows, recovers wallets.
pub fn run(command: &WalletCommand) -> anyhow::Result<Exit> {
    match &command.command {
        WalletSubcommand::New(new) => make(new),
        WalletSubcommand::Show(show) => self::show(show),
        WalletSubcommand::Recover(recover) => self::recover(recover),
        WalletSubcommand::Password(change) => change_password(change),
    }
}

/// A wallet as it is shown.
#[derive(Serialize)]
struct Shown<'a> {
    wallet: &'a Path,
    account: String,
    /// Where a node answers: how many lineages of notes the wallet has in each contract month.
    #[serde(skip_serializing_if = "Option::is_none")]
    lineages: Option<Vec<Lineages>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phrase: Option<&'a str>,
}

#[derive(Serialize)]
struct Lineages {
    market: Symbol,
    lineages: usize,
    open: usize,
}

/// Makes a new wallet.
pub fn make(command: &WalletNewCommand) -> anyhow::Result<Exit> {
    let seed = Seed::generate(&mut OsRng);
    let places = write(&command.access, &seed)?;
    let at_terminal = std::io::stdout().is_terminal() && !command.access.json;
    let is_shown = command.show_phrase || (at_terminal && !command.no_phrase);
    let phrase = is_shown.then(|| seed.phrase());
    print(&places, &seed, None, phrase.as_ref(), command.access.json)
}

fn recover(command: &WalletRecoverCommand) -> anyhow::Result<Exit> {
    let phrase = if command.stdin {
        password::of_stdin()?
    } else {
        password::phrase()?
    };
    let seed = Seed::from_phrase(&phrase).map_err(TradeError::from)?;
    let places = write(&command.access, &seed)?;
    print(&places, &seed, None, None, command.access.json)
}

fn show(command: &WalletShowCommand) -> anyhow::Result<Exit> {
    let access = &command.access;
    let places = Places::find(access)?;
    if command.phrase {
        password::check_confirmable(command.yes)?;
    }
    let (seed, _lock) = connect::unlock(&places).map_err(|error| through_agent(&places, error))?;
    if command.phrase && !command.yes {
        password::confirm("show the 24 words to everybody who sees this screen?")?;
    }
    let lineages = lineages(&places, access, &seed);
    let phrase = command.phrase.then(|| seed.phrase());
    print(&places, &seed, lineages, phrase.as_ref(), access.json)
}

fn change_password(command: &PlainCommand) -> anyhow::Result<Exit> {
    let places = Places::find(&command.access)?;
    let _lock = connect::lock(&places).map_err(|error| through_agent(&places, error))?;
    let old = password::password()?;
    // A wrong one is found out before a new one is asked for.
    vault::open(&places.wallet, &old).map_err(TradeError::from)?;
    let new = password::changed_password()?;
    let cost = PasswordCost::RECOMMENDED;
    vault::change_password(&places.wallet, &old, &new, cost, &mut OsRng)
        .map_err(TradeError::from)?;
    if command.access.json {
        output::print_json(&serde_json::json!({ "wallet": places.wallet, "changed": true }))?;
    } else {
        output::print(&format!(
            "the password of {} is changed\n",
            places.wallet.display()
        ))?;
    }
    Ok(Exit::Ok)
}

/// Writes the file of a wallet that is new here.
fn write(access: &AccessArguments, seed: &Seed) -> Result<Places, TradeError> {
    let places = Places::find(access)?;
    if places.wallet.exists() {
        let path = places.wallet.clone();
        return Err(vault::VaultError::Exists { path }.into());
    }
    let password = password::new_password()?;
    places.make_wallet_folder()?;
    let _lock = WalletLock::acquire(&places.wallet)?;
    let cost = PasswordCost::RECOMMENDED;
    vault::create(&places.wallet, seed, &password, cost, &mut OsRng)?;
    Ok(places)
}

/// Lineages, where a node answers; a wallet can be shown without one.
fn lineages(places: &Places, access: &AccessArguments, seed: &Seed) -> Option<Vec<Lineages>> {
    // What is shown beside the wallet is not waited for as long as what was asked for.
    let patience = places.tor_patience.unwrap_or(LINEAGES_PATIENCE);
    let places = &Places {
        tor_patience: Some(patience.min(LINEAGES_PATIENCE)),
        ..places.clone()
    };
    let reached = connect::reach(places, access, connect::Stay::Once).ok()?;
    let options =
        connect::desk_options(places, &reached.client, AgentOptions::default(), false).ok()?;
    let mut desk = connect::open(reached.client, &options, Access::Wallet(seed.clone())).ok()?;
    let lineages = desk.lineages();
    // What is written down then only spares the next start some work.
    let _ = desk.close_down();
    let line = |(market, lineages, open)| Lineages {
        market,
        lineages,
        open,
    };
    Some(lineages.into_iter().map(line).collect())
}

/// A wallet that is in use is an agent's, if one answers: then that is said.
fn through_agent(places: &Places, error: TradeError) -> TradeError {
    let is_lock = matches!(error, TradeError::Lock(_));
    match AgentClient::connect(&places.wallet) {
        Ok(Some(_)) if is_lock => TradeError::AgentRuns(places.wallet.clone()),
        _ => error,
    }
}

fn print(
    places: &Places,
    seed: &Seed,
    lineages: Option<Vec<Lineages>>,
    phrase: Option<&Secret>,
    json: bool,
) -> anyhow::Result<Exit> {
    let shown = Shown {
        wallet: &places.wallet,
        account: AccountId::of(&account_key(seed, 0)).to_string(),
        lineages,
        phrase: phrase.map(|phrase| phrase.as_str()),
    };
    if json {
        output::print_json(&shown)?;
    } else {
        // The text may hold the words: it is wiped like them.
        output::print(&Secret::new(text(&shown)))?;
    }
    Ok(Exit::Ok)
}

fn text(shown: &Shown<'_>) -> String {
    let mut out = format!(
        "wallet   {}\naccount  {}\n",
        shown.wallet.display(),
        shown.account
    );
    for line in shown.lineages.iter().flatten() {
        let Lineages {
            market,
            lineages,
            open,
        } = line;
        out += &format!("{market:<7}  {lineages} lineage(s) of notes, {open} open\n");
    }
    if let Some(phrase) = shown.phrase {
        out += &format!("\n{WARNING}\n\n");
        let words: Vec<&str> = phrase.split(' ').collect();
        for (row, words) in words.chunks(6).enumerate() {
            out += &format!("{:>3}  {}\n", row * 6 + 1, words.join(" "));
        }
    }
    out
}
