//! The folder of a market: genesis, proving keys, the faucet's key, the ledger.
//!
//! ```text
//! genesis.json    what the chain starts from
//! keys/           proving and verifying keys, by hash
//! faucet.key      the cashier's key, where the cashier is a faucet
//! ledger/         blocks, states, snapshots
//! ```

use super::engine::EngineError;
use super::keys::KeyFiles;
use crate::api::{KeyPart, KeyStatement};
use crate::genesis::{CashierKind, ChainGenesis, ChainGenesisError};
use crate::keys::{MarketKeyFiles, VerifyingKeys};
use ed25519_dalek::SigningKey;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use tally_ledger_adapter::accounts::AccountId;
use tally_prover::{CacheError, InsecureOneParty, KeyCache};
use thiserror::Error;
use zeroize::Zeroizing;

/// Name of the genesis in a market's folder.
pub const GENESIS_FILE: &str = "genesis.json";
/// Name of the folder of keys.
pub const KEYS_FOLDER: &str = "keys";
/// Name of a faucet's key.
pub const FAUCET_FILE: &str = "faucet.key";
/// Name of the ledger's folder.
pub const LEDGER_FOLDER: &str = "ledger";

/// Why a folder is no market's.
#[derive(Debug, Error)]
pub enum MarketFolderError {
    /// No genesis.
    #[error(
        "{} holds no market ({source}); make one with `tally market new`, or name another folder", path.display()
    )]
    NoGenesis {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The genesis is unusable.
    #[error("{}: {source}", path.display())]
    Genesis {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Box<ChainGenesisError>,
    },
    /// The keys can't be used.
    #[error("proving keys in {}: {source}", path.display())]
    Keys {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        source: Box<CacheError>,
    },
    /// Keys of the genesis are not there.
    #[error(
        "the keys that the genesis names are not all in {}; copy them there from where the market was made", path.display()
    )]
    NoKeys {
        /// The folder.
        path: PathBuf,
    },
    /// The faucet's key is missing or another.
    #[error(
        "{} is not the key of this market's faucet; copy it there from where the market was made", path.display()
    )]
    Faucet {
        /// The file.
        path: PathBuf,
    },
    /// Insecure keys, and nobody has agreed to them.
    #[error(
        "the proving keys of this market are INSECURE: whoever made them can mint cash. For trials only: start the node with --insecure-keys"
    )]
    Insecure,
    /// The engine does not start.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// A market's folder.
#[derive(Clone, Debug)]
pub struct MarketFolder {
    root: PathBuf,
}

impl MarketFolder {
    /// The folder at a path; nothing is looked at yet.
    #[must_use]
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The ledger's folder.
    #[must_use]
    pub fn ledger(&self) -> PathBuf {
        self.root.join(LEDGER_FOLDER)
    }

    /// The genesis.
    ///
    /// # Errors
    /// [`MarketFolderError::NoGenesis`] or [`MarketFolderError::Genesis`].
    pub fn genesis(&self) -> Result<ChainGenesis, MarketFolderError> {
        let path = self.root.join(GENESIS_FILE);
        let bytes = read_bounded(&path, crate::genesis::MAX_GENESIS_BYTES as u64 + 1);
        let bytes = bytes.map_err(|source| MarketFolderError::NoGenesis {
            path: self.root.clone(),
            source,
        })?;
        ChainGenesis::from_bytes(&bytes).map_err(|source| MarketFolderError::Genesis {
            path,
            source: Box::new(source),
        })
    }

    /// The key files that a node serves, and the verifying keys, checked against the genesis.
    ///
    /// # Errors
    /// [`MarketFolderError::Keys`] or [`MarketFolderError::NoKeys`].
    pub fn keys(
        &self,
        genesis: &ChainGenesis,
    ) -> Result<(KeyFiles, VerifyingKeys<InsecureOneParty>), MarketFolderError> {
        let path = self.root.join(KEYS_FOLDER);
        let damaged = |source| MarketFolderError::Keys {
            path: path.clone(),
            source: Box::new(source),
        };
        let cache = KeyCache::open(&path).map_err(damaged)?;
        let expected = genesis
            .expected_keys()
            .map_err(|source| MarketFolderError::Genesis {
                path: self.root.join(GENESIS_FILE),
                source: Box::new(source),
            })?;
        let missing = || MarketFolderError::NoKeys { path: path.clone() };
        let found = MarketKeyFiles::of_expected(&cache, &expected).map_err(damaged)?;
        let found = found.ok_or_else(missing)?;
        let mut files = KeyFiles::default();
        for (statement, own) in
            KeyStatement::ALL
                .into_iter()
                .zip([found.act, found.refresh, found.lapse])
        {
            files.insert(statement, KeyPart::Proving, own.proving_path);
            files.insert(statement, KeyPart::Verifying, own.verifying_path);
        }
        let verifying = VerifyingKeys::load_expected(&cache, &expected).map_err(damaged)?;
        Ok((files, verifying.ok_or_else(missing)?))
    }

    /// The faucet's key, where the cashier is a faucet.
    ///
    /// # Errors
    /// [`MarketFolderError::Faucet`] if it is not the one of the genesis.
    pub fn faucet(&self, genesis: &ChainGenesis) -> Result<Option<SigningKey>, MarketFolderError> {
        if genesis.document().cashier.kind != CashierKind::Faucet {
            return Ok(None);
        }
        let path = self.root.join(FAUCET_FILE);
        let key = read_key(&path).filter(|key| AccountId::of(key) == genesis.cashier());
        key.map(Some).ok_or(MarketFolderError::Faucet { path })
    }
}

/// A secret key as `tally market new` writes it: 64 hexadecimal digits and a line end.
#[must_use]
pub fn read_key(path: &Path) -> Option<SigningKey> {
    let text = Zeroizing::new(read_bounded(path, 128).ok()?);
    let text = std::str::from_utf8(&text).ok()?.trim();
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text, bytes.as_mut_slice()).ok()?;
    Some(SigningKey::from_bytes(&bytes))
}

fn read_bounded(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
