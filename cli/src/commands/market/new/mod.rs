//! `tally market new`.

mod folder;
mod prices;

use super::read_file;
use super::signing::new_key;
use crate::arguments::MarketNewCommand;
use crate::commands::replay::obtain_keys;
use crate::exit::{Exit, UsageError};
use crate::output;
use folder::{check_free, write_genesis};
use prices::Prices;
use rand::RngCore;
use rand::rngs::OsRng;
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use tally_exchange::calendar::Date;
use tally_exchange::specification::{MAX_TEXT_BYTES, Specification};
use tally_exchange::units::Time;
use tally_ledger_adapter::accounts::{AccountId, SigningKey};
use tally_node::genesis::lean_hogs::{lean_hogs_from, trading_day_from};
use tally_node::genesis::{
    CASHIER_KEY_FILE, CashierKind, ChainGenesis, FAUCET_KEY_FILE, GENESIS_FILE, GENESIS_FORMAT,
    GenesisCashier, GenesisClock, GenesisDocument, GenesisKey, GenesisMarket, GenesisSigners,
    KeyContent, set_parameter, write_key,
};
use tally_node::replay::DataDirectory;
use tally_prover::{Act, InsecureOneParty, KeyCache, KeyKind, Lapse, Refresh, Statement};

#[derive(Serialize)]
struct Made<'a> {
    name: &'a str,
    chain: String,
    directory: String,
    genesis: String,
    markets: &'a [GenesisMarket],
    settlement_signers: &'a GenesisSigners,
    cashier: &'a GenesisCashier,
    cashier_key_file: Option<String>,
    keys: &'a [GenesisKey],
    insecure: bool,
}

/// Makes a market's folder.
///
/// Everything is checked before anything is made, since keys take seconds; the genesis is written last, so that a folder
/// with one is complete.
pub fn run(command: &MarketNewCommand) -> anyhow::Result<Exit> {
    if !command.insecure_keys {
        return Err(UsageError::NoCeremonyKeys.into());
    }
    check_free(&command.directory)?;
    let secret = command.cashier.is_none().then(new_key);
    let mut document = document(command, secret.as_ref())?;
    ChainGenesis::new(document.clone())?;

    let data = DataDirectory::open(&command.directory)?;
    document.keys = make_keys(&data)?;
    let genesis = ChainGenesis::new(document)?;
    let key_file = secret.as_ref().map(|secret| {
        let name = if command.faucet {
            FAUCET_KEY_FILE
        } else {
            CASHIER_KEY_FILE
        };
        (command.directory.join(name), secret)
    });
    if let Some((path, secret)) = &key_file {
        write_key(path, secret)?;
    }
    let path = command.directory.join(GENESIS_FILE);
    write_genesis(&path, &genesis.to_bytes())?;
    print(command, &genesis, key_file.map(|(path, _)| path).as_deref())?;
    Ok(Exit::Ok)
}

fn document(
    command: &MarketNewCommand,
    secret: Option<&SigningKey>,
) -> anyhow::Result<GenesisDocument> {
    let today = today()?;
    let (text, first_day) = match &command.specification {
        Some(path) => (read_specification(path)?, command.first_day),
        None => {
            let first = command
                .first_day
                .or_else(|| trading_day_from(today.following()?));
            let first = first.ok_or(UsageError::Clock)?;
            (lean_hogs_from(first, command.months)?, Some(first))
        }
    };
    let text = match command.fund_seed {
        // Beyond any specification's limit, so that it is refused with its name.
        Some(cents) => set_parameter(&text, "fund_seed", i64::try_from(cents).unwrap_or(i64::MAX))?,
        None => text,
    };
    let specification = Specification::from_toml(&text)?;
    let first_day = match first_day {
        Some(day) => specification.calendar.session(day)?.date,
        None => match specification.calendar.next(today) {
            Some(session) => session.date,
            None => return Err(UsageError::NoSession(today).into()),
        },
    };
    let mut salt = [0; 32];
    OsRng.fill_bytes(&mut salt);
    Ok(GenesisDocument {
        format: GENESIS_FORMAT,
        name: name(command),
        salt: hex::encode(salt),
        clock: GenesisClock::System,
        specification: text,
        markets: markets(&specification, first_day, &command.settlement)?,
        settlement_signers: signers(command),
        cashier: cashier(command, secret),
        keys: no_keys(),
    })
}

/// The day now, in UTC.
fn today() -> Result<Date, UsageError> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|_| UsageError::Clock)?;
    let microseconds = u64::try_from(now.as_micros()).map_err(|_| UsageError::Clock)?;
    Date::of(Time(microseconds)).ok_or(UsageError::Clock)
}

fn read_specification(path: &Path) -> Result<String, UsageError> {
    let bytes = read_file(path, MAX_TEXT_BYTES)?;
    String::from_utf8(bytes).map_err(|_| UsageError::NotText(path.to_owned()))
}

/// As given, else the folder's name; a folder without one, such as `.`, gives the market a plain one.
fn name(command: &MarketNewCommand) -> String {
    let folder = || command.directory.file_name()?.to_str().map(str::to_owned);
    let given = command.name.clone();
    given.or_else(folder).unwrap_or_else(|| "market".to_owned())
}

/// The contract months with a session from the first day on, and what each starts from.
fn markets(
    specification: &Specification,
    first_day: Date,
    settlements: &[String],
) -> Result<Vec<GenesisMarket>, UsageError> {
    let calendar = &specification.calendar;
    let mut markets = Vec::new();
    let mut first_sessions = Vec::new();
    for contract in calendar.contracts() {
        let sessions = calendar.sessions().iter();
        let mut late = sessions.filter(|session| session.date >= first_day);
        if let Some(first) = late.find(|session| session.contract == contract.symbol) {
            first_sessions.push((contract.symbol.clone(), first.date));
        }
    }
    let symbols = first_sessions.iter().map(|(symbol, _)| symbol.as_str());
    let prices = Prices::read(specification, &symbols.collect::<Vec<_>>(), settlements)?;
    for (symbol, first) in first_sessions {
        let prior_settlement = specification.format_price(prices.of(&symbol)?);
        markets.push(GenesisMarket {
            symbol,
            first_session: first.to_string(),
            prior_settlement,
            after_limit_settlement: false,
        });
    }
    Ok(markets)
}

fn signers(command: &MarketNewCommand) -> GenesisSigners {
    let keys = command.signer.clone();
    // More than 255 signers are refused when the market starts.
    let all = u8::try_from(keys.len()).unwrap_or(u8::MAX);
    GenesisSigners {
        threshold: command.threshold.unwrap_or(all),
        keys,
    }
}

fn cashier(command: &MarketNewCommand, secret: Option<&SigningKey>) -> GenesisCashier {
    let given = command.cashier.clone();
    // Without a given key there is a secret one.
    let made = || secret.map(|secret| AccountId::of(secret).to_string());
    GenesisCashier {
        key: given.or_else(made).unwrap_or_default(),
        kind: if command.faucet {
            CashierKind::Faucet
        } else {
            CashierKind::Key
        },
    }
}

/// Stand-ins, to check everything else before keys are made.
fn no_keys() -> Vec<GenesisKey> {
    let nothing = KeyContent {
        sha256: "0".repeat(64),
        bytes: 1,
    };
    let key = |statement: &str| GenesisKey {
        statement: statement.to_owned(),
        kind: InsecureOneParty::NAME.to_owned(),
        circuit_digest: "0".repeat(64),
        proving_key: nothing.clone(),
        verifying_key: nothing.clone(),
    };
    [Act::NAME, Refresh::NAME, Lapse::NAME].map(key).to_vec()
}

/// Makes the proving keys in the folder, and describes them.
fn make_keys(data: &DataDirectory) -> anyhow::Result<Vec<GenesisKey>> {
    let keys = obtain_keys(data)?;
    let digests = [
        keys.act.verifying.circuit_digest(),
        keys.refresh.verifying.circuit_digest(),
        keys.lapse.verifying.circuit_digest(),
    ];
    let mut described = Vec::with_capacity(digests.len());
    let entries = KeyCache::open(data.keys())?.list()?;
    let entries = entries.into_iter().collect::<Result<Vec<_>, _>>()?;
    for digest in digests.map(|digest| digest.to_string()) {
        let info = entries.iter().find(|info| {
            info.kind == InsecureOneParty::KIND && info.manifest.circuit_digest == digest
        });
        described.extend(info.map(GenesisKey::of));
    }
    Ok(described)
}

fn print(
    command: &MarketNewCommand,
    genesis: &ChainGenesis,
    key_file: Option<&Path>,
) -> anyhow::Result<()> {
    let document = genesis.document();
    let directory = command.directory.display().to_string();
    if command.json {
        return output::print_json(&Made {
            name: &document.name,
            chain: genesis.chain().to_string(),
            genesis: command.directory.join(GENESIS_FILE).display().to_string(),
            directory,
            markets: &document.markets,
            settlement_signers: &document.settlement_signers,
            cashier: &document.cashier,
            cashier_key_file: key_file.map(|path| path.display().to_string()),
            keys: &document.keys,
            insecure: genesis.is_insecure(),
        });
    }
    let mut out = genesis.describe().join("\n");
    // Writing to a string does not fail.
    let _ = writeln!(out, "\n\nmade in {directory}");
    if let Some(path) = key_file {
        let meaning = if command.faucet {
            "the node needs it to give practice cash"
        } else {
            "whoever has it says what cash there is; keep it where no node runs"
        };
        let _ = writeln!(out, "cashier's secret key in {}: {meaning}", path.display());
    }
    let _ = writeln!(
        out,
        "next: tally node --data-dir {directory} --insecure-keys\n\
         whoever else runs or uses the market needs {GENESIS_FILE} byte for byte, and keys"
    );
    output::print(&out)
}
