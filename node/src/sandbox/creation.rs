//! The folder of a new sandbox: keys, the faucet's key, the genesis.
//!
//! The genesis is written last. A start that was killed before is begun again with the same arguments.

use super::error::SandboxError;
use super::files::{link_folder, write_private};
use super::options::SandboxOptions;
use super::record::SandboxRecord;
use crate::genesis::{
    CashierKind, ChainGenesis, FAUCET_KEY_FILE, GENESIS_FILE, GENESIS_FORMAT, GenesisCashier,
    GenesisClock, GenesisDocument, GenesisKey, GenesisMarket, GenesisSigners, read_key, write_key,
};
use crate::keys::{MarketKeyFiles, MarketKeys};
use crate::live::directory::KEYS_FOLDER;
use crate::replay::plan::{LEAST_MARK_WINDOW, figures, settled_at_limit_before};
use ed25519_dalek::SigningKey;
use rand::RngCore;
use rand::rngs::OsRng;
use std::fs;
use std::path::Path;
use tally_bench_data::flow::full_day_messages;
use tally_exchange::calendar::Session;
use tally_exchange::specification::{LEAN_HOGS, Specification};
use tally_exchange::units::Price;
use tally_ledger_adapter::accounts::AccountId;
use tally_prover::{Act, InsecureOneParty, KeyCache, Lapse, Refresh, Statement};
use zeroize::Zeroizing;

/// How long before the first pre-open the clock begins, seconds.
const LEAD_SECONDS: u64 = 600;
/// Where the mark window's value stands in the text of the specification.
const MARK_WINDOW: &str = "[parameters.mark_window]\nvalue = ";

/// The record of the sandbox in the folder; a new one is begun if there is none.
///
/// # Errors
/// [`SandboxError`] if the folder holds something else, or a sandbox that was made otherwise.
pub(super) fn record(options: &SandboxOptions) -> Result<SandboxRecord, SandboxError> {
    let folder = &options.folder;
    if let Some(record) = SandboxRecord::load(folder)? {
        record.compare(options)?;
        return Ok(record);
    }
    if folder.join(GENESIS_FILE).exists() {
        let path = folder.clone();
        return Err(SandboxError::OtherMarket { path });
    }
    let record = SandboxRecord::new(options)?;
    fs::create_dir_all(folder).map_err(super::files::at(folder))?;
    record.store(folder)?;
    Ok(record)
}

/// Makes keys and genesis of a new market.
///
/// # Errors
/// [`SandboxError`].
pub(super) fn create(
    options: &SandboxOptions,
    record: &SandboxRecord,
) -> Result<MarketKeys<InsecureOneParty>, SandboxError> {
    let folder = &options.folder;
    let (keys, named) = keys(options)?;
    let faucet = faucet(folder)?;
    let document = document(record, named, &faucet)?;
    let genesis = ChainGenesis::new(document)?;
    write_private(&folder.join(GENESIS_FILE), &genesis.to_bytes())?;
    Ok(keys)
}

/// The keys that the genesis names, with which the simulated traders prove.
///
/// # Errors
/// [`SandboxError::Keys`] or [`SandboxError::NoKeys`].
pub(super) fn load_keys(
    folder: &Path,
    genesis: &ChainGenesis,
) -> Result<MarketKeys<InsecureOneParty>, SandboxError> {
    let path = folder.join(KEYS_FOLDER);
    let damaged = |source| SandboxError::Keys {
        path: path.clone(),
        source,
    };
    let cache = KeyCache::open(&path).map_err(damaged)?;
    let keys = MarketKeys::load_expected(&cache, &genesis.expected_keys()?).map_err(damaged)?;
    keys.ok_or_else(|| SandboxError::NoKeys { path: path.clone() })
}

/// Makes one-party keys or takes those that are there.
fn keys(
    options: &SandboxOptions,
) -> Result<(MarketKeys<InsecureOneParty>, Vec<GenesisKey>), SandboxError> {
    let own = options.folder.join(KEYS_FOLDER);
    let source = options.keys.as_deref().unwrap_or(&own);
    let damaged = |path: &Path| {
        let path = path.to_owned();
        move |source| SandboxError::Keys {
            path: path.clone(),
            source,
        }
    };
    let cache = KeyCache::open(source).map_err(damaged(source))?;
    let keys = MarketKeys::load_or_create(&cache).map_err(damaged(source))?;
    let files = MarketKeyFiles::of_own(&cache).map_err(damaged(source))?;
    let files = files.ok_or_else(|| SandboxError::NoKeys {
        path: source.to_owned(),
    })?;
    fs::create_dir_all(&own).map_err(super::files::at(&own))?;
    let mut named = Vec::new();
    for (statement, files) in [
        (Act::NAME, &files.act),
        (Refresh::NAME, &files.refresh),
        (Lapse::NAME, &files.lapse),
    ] {
        let from = files.proving_path.parent().unwrap_or(source);
        let to = own.join(from.file_name().unwrap_or_default());
        if !to.exists() {
            link_folder(from, &to)?;
        }
        named.push(GenesisKey::naming(statement, &files.expected));
    }
    Ok((keys, named))
}

/// The faucet's key: a new one, or that of a start that was killed.
fn faucet(folder: &Path) -> Result<SigningKey, SandboxError> {
    let path = folder.join(FAUCET_KEY_FILE);
    if let Ok(key) = read_key(&path) {
        return Ok(key);
    }
    let mut secret = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(secret.as_mut_slice());
    let key = SigningKey::from_bytes(&secret);
    write_key(&path, &key)?;
    Ok(key)
}

fn document(
    record: &SandboxRecord,
    keys: Vec<GenesisKey>,
    faucet: &SigningKey,
) -> Result<GenesisDocument, SandboxError> {
    let text = specification(record)?;
    // The text has passed its checks, with another mark window.
    let specification = Specification::lean_hogs();
    let session = record.session(&specification)?;
    let mut salt = [0; 32];
    OsRng.fill_bytes(&mut salt);
    Ok(GenesisDocument {
        format: GENESIS_FORMAT,
        name: format!("Lean Hogs sandbox, {}: INSECURE, FAUCET", record.day),
        salt: hex::encode(salt),
        clock: GenesisClock::Sandbox {
            start_microseconds: session.pre_open.minus_seconds(LEAD_SECONDS).0,
            speed: record.speed,
        },
        markets: markets(&specification, &session)?,
        specification: text,
        settlement_signers: GenesisSigners::default(),
        cashier: GenesisCashier {
            key: AccountId::of(faucet).to_string(),
            kind: CashierKind::Faucet,
        },
        keys,
    })
}

/// The day's contract month, and the next one if it has a session later.
fn markets(
    specification: &Specification,
    first: &Session,
) -> Result<Vec<GenesisMarket>, SandboxError> {
    let mut sessions = vec![first];
    let calendar = specification.calendar.sessions();
    sessions.extend(
        calendar
            .iter()
            .find(|session| session.date > first.date && session.contract != first.contract),
    );
    let market = |session: &&Session| {
        let figures = figures(session.date)?;
        let prior = specification.format_price(Price(figures.prior.price()));
        Ok(GenesisMarket {
            symbol: session.contract.clone(),
            first_session: session.date.to_string(),
            prior_settlement: prior,
            after_limit_settlement: settled_at_limit_before(specification, &figures)?,
        })
    };
    sessions.iter().map(market).collect()
}

/// The embedded contract with a mark window that is thinned like the flow of its first day: the median of the last 20
/// contracts of a thinned day would be one of hours.
fn specification(record: &SandboxRecord) -> Result<String, SandboxError> {
    let original = Specification::lean_hogs();
    let date = record.session(&original)?.date;
    let full = full_day_messages(figures(date)?.row.date)?.max(1);
    let whole = original.mark_window.contracts();
    let thinned = whole as usize * record.messages as usize / full;
    let least = LEAST_MARK_WINDOW.min(whole as usize);
    let contracts = thinned.clamp(least, whole as usize);
    with_mark_window(whole, contracts).ok_or(SandboxError::Specification {
        what: "mark window",
    })
}

fn with_mark_window(whole: u32, contracts: usize) -> Option<String> {
    let from = format!("{MARK_WINDOW}{whole}\n");
    let to = format!("{MARK_WINDOW}{contracts}\n");
    let text = LEAN_HOGS.replacen(&from, &to, 1);
    let read = Specification::from_toml(&text).ok()?;
    (read.mark_window.contracts() as usize == contracts).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_differs_in_its_mark_window_alone() {
        let original = Specification::lean_hogs();
        let text = with_mark_window(original.mark_window.contracts(), 3).unwrap();
        let mut read = Specification::from_toml(&text).unwrap();
        assert_eq!(read.mark_window.contracts(), 3);
        read.mark_window = original.mark_window;
        assert_eq!(read.calendar, original.calendar);
        assert_eq!(read.tick_value, original.tick_value);
        assert!(with_mark_window(7, 3).is_none());
    }

    #[test]
    fn the_next_contract_month_is_there_if_the_calendar_has_it() {
        let specification = Specification::lean_hogs();
        let symbols = |day: &str| -> Vec<String> {
            let session = specification.calendar.session_named(day).unwrap();
            let markets = markets(&specification, session).unwrap();
            markets
                .into_iter()
                .map(|market| format!("{} {}", market.symbol, market.first_session))
                .collect()
        };
        assert_eq!(
            symbols("2017-01-05"),
            ["HEG7 2017-01-05", "HEJ7 2017-02-15"]
        );
        assert_eq!(symbols("2017-03-01"), ["HEJ7 2017-03-01"]);
    }
}
