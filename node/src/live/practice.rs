//! A market for trying things out: Lean Hogs on a day of early 2017, a clock that begins in the session, a faucet, and
//! one-party keys that are there already. Benchmarks and tests run on it; for people there is the [sandbox](crate::sandbox).

use super::directory::MarketFolder;
use crate::genesis::{
    CashierKind, ChainGenesis, ChainGenesisError, FAUCET_KEY_FILE, GENESIS_FILE, GENESIS_FORMAT,
    GenesisCashier, GenesisClock, GenesisDocument, GenesisKey, GenesisMarket, GenesisSigners,
    KeyFileError, write_key,
};
use crate::keys::MarketKeyFiles;
use rand::RngCore;
use rand::rngs::OsRng;
use std::fs;
use std::path::Path;
use tally_exchange::specification::LEAN_HOGS;
use tally_ledger_adapter::accounts::{AccountId, SigningKey};
use tally_prover::{Act, CacheError, KeyCache, Lapse, Refresh, Statement};
use thiserror::Error;

/// Why a practice market is not made.
#[derive(Debug, Error)]
pub enum PracticeError {
    /// The genesis does not hold together.
    #[error(transparent)]
    Genesis(#[from] ChainGenesisError),
    /// The keys can't be read.
    #[error(transparent)]
    Keys(#[from] CacheError),
    /// The keys are not there.
    #[error("the keys of act, refresh and lapse are not all in the cache; make them first")]
    NoKeys,
    /// The faucet's key can't be written.
    #[error(transparent)]
    Faucet(#[from] KeyFileError),
    /// A file can't be written.
    #[error("can't write the market's folder: {0}; check its permissions and free space")]
    Io(#[from] std::io::Error),
}

/// Half an hour after the open of 2017-01-03, microseconds: 15:00 UTC.
pub const IN_SESSION: u64 = 1_483_455_600_000_000;

/// Makes the folder of a market of HEG7 on 2017-01-03, whose clock begins at `start` microseconds and runs at `speed`.
/// Its keys are copied from `cache`.
///
/// # Errors
/// [`PracticeError`].
pub fn make_practice_market(
    folder: &Path,
    cache: &KeyCache,
    start: u64,
    speed: u32,
) -> Result<MarketFolder, PracticeError> {
    let keys = MarketKeyFiles::of_own(cache)?.ok_or(PracticeError::NoKeys)?;
    let mut secret = zeroize::Zeroizing::new([0; 32]);
    OsRng.fill_bytes(secret.as_mut_slice());
    let faucet = SigningKey::from_bytes(&secret);
    let mut salt = [0; 32];
    OsRng.fill_bytes(&mut salt);
    let genesis = ChainGenesis::new(GenesisDocument {
        format: GENESIS_FORMAT,
        name: "practice".to_owned(),
        salt: hex::encode(salt),
        clock: GenesisClock::Sandbox {
            start_microseconds: start,
            speed,
        },
        specification: LEAN_HOGS.to_owned(),
        markets: vec![GenesisMarket {
            symbol: "HEG7".to_owned(),
            first_session: "2017-01-03".to_owned(),
            prior_settlement: "66.000".to_owned(),
            after_limit_settlement: false,
        }],
        settlement_signers: GenesisSigners::default(),
        cashier: GenesisCashier {
            key: AccountId::of(&faucet).to_string(),
            kind: CashierKind::Faucet,
        },
        keys: vec![
            GenesisKey::naming(Act::NAME, &keys.act.expected),
            GenesisKey::naming(Refresh::NAME, &keys.refresh.expected),
            GenesisKey::naming(Lapse::NAME, &keys.lapse.expected),
        ],
    })?;
    let market = MarketFolder::at(folder);
    fs::create_dir_all(folder)?;
    copy(cache.directory(), &market.keys_folder())?;
    write_key(&folder.join(FAUCET_KEY_FILE), &faucet)?;
    // Last: a folder that has it is complete.
    fs::write(folder.join(GENESIS_FILE), genesis.to_bytes())?;
    Ok(market)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
