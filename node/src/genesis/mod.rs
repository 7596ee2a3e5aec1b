//! What a market starts from, in one file that everybody has byte for byte.
//!
//! [`ChainGenesis`] is checked when it is made: whoever holds one can start markets from it. Its bytes are the genesis of
//! the ledger, and their hash is the id of the chain to which every message is bound.
//!
//! The bytes are JSON, indented, with a final line feed, fields in the order of [`GenesisDocument`]. The same values in
//! other bytes are refused, since they would be another chain.

mod checks;
mod describe;
mod document;
mod error;
mod key_file;
mod keys;
pub mod lean_hogs;
mod parameter;
mod settlement;
mod snapshot;

pub use document::{
    CashierKind, GenesisCashier, GenesisClock, GenesisDocument, GenesisKey, GenesisMarket,
    GenesisSigners, KeyContent,
};
pub use error::ChainGenesisError;
pub use key_file::{KeyFileError, read_key, write_key};
pub use parameter::{ParameterError, set_parameter};
pub use settlement::{SettlementSignature, SettlementSigningError};
pub use snapshot::ReplicaSnapshotError;

use crate::replica::Replica;
use checks::Checked;
use serde::Deserialize;
use tally_exchange::market::{Genesis, Market};
use tally_exchange::message::ChainId;
use tally_exchange::specification::Specification;
use tally_ledger_adapter::accounts::{AccountBook, AccountId};
use tally_prover::Kind;

/// The name of the genesis in a market's folder.
pub const GENESIS_FILE: &str = "genesis.json";

/// The name of the cashier's secret key in the folder in which a market was made; it does not belong on a node.
pub const CASHIER_KEY_FILE: &str = "cashier.key";

/// The name of the faucet's secret key in the folder of the node that runs it.
pub const FAUCET_KEY_FILE: &str = "faucet.key";

/// The version of the genesis layout.
pub const GENESIS_FORMAT: u32 = 1;

/// The longest genesis, bytes: what a ledger takes.
pub const MAX_GENESIS_BYTES: usize = tally_ledger_adapter::log::MAX_GENESIS_BYTES;

/// The most contract months of one chain.
pub const MAX_MARKETS: usize = 64;

/// The fastest sandbox clock: a day in about a second.
pub const MAX_SPEED: u32 = 86_400;

/// What a chain starts from. Everyone who runs or uses it must have the same bytes.
#[derive(Clone, Debug)]
pub struct ChainGenesis {
    document: GenesisDocument,
    bytes: Vec<u8>,
    chain: ChainId,
    checked: Checked,
}

/// What is read first: another layout has other fields.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl ChainGenesis {
    /// Checks a document and takes it as a genesis.
    ///
    /// # Errors
    /// [`ChainGenesisError`] names the field that is wrong or does not fit the others.
    pub fn new(document: GenesisDocument) -> Result<Self, ChainGenesisError> {
        let mut bytes = serde_json::to_vec_pretty(&document).map_err(ChainGenesisError::Json)?;
        bytes.push(b'\n');
        check_length(&bytes)?;
        let chain = ChainId::of_genesis(&bytes);
        let checked = Checked::of(&document, chain)?;
        let genesis = Self {
            document,
            bytes,
            chain,
            checked,
        };
        // A market that can't start is found now, not when a node does.
        genesis.replica()?;
        Ok(genesis)
    }

    /// Reads a genesis.
    ///
    /// # Errors
    /// [`ChainGenesisError`] if the bytes are too many, of another format, not exactly those of
    /// [`to_bytes`](Self::to_bytes), or if something in them is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ChainGenesisError> {
        check_length(bytes)?;
        let Format { format: found } =
            serde_json::from_slice(bytes).map_err(ChainGenesisError::Json)?;
        if found != GENESIS_FORMAT {
            return Err(ChainGenesisError::Format { found });
        }
        let document = serde_json::from_slice(bytes).map_err(ChainGenesisError::Json)?;
        let genesis = Self::new(document)?;
        if genesis.bytes != bytes {
            return Err(ChainGenesisError::NotCanonical);
        }
        Ok(genesis)
    }

    /// The canonical bytes: the genesis of the ledger.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// The fields as they are written.
    #[must_use]
    pub const fn document(&self) -> &GenesisDocument {
        &self.document
    }

    /// The id of the chain: a hash of the canonical bytes.
    #[must_use]
    pub const fn chain(&self) -> ChainId {
        self.chain
    }

    /// The contract specification.
    #[must_use]
    pub const fn specification(&self) -> &Specification {
        &self.checked.specification
    }

    /// What each market starts from, in the order of the document; all are siblings of each other.
    #[must_use]
    pub fn market_geneses(&self) -> Vec<Genesis> {
        self.checked.markets.clone()
    }

    /// The cashier's public key.
    #[must_use]
    pub const fn cashier(&self) -> AccountId {
        self.checked.cashier
    }

    /// Where the keys of the statements come from; all are of one kind.
    #[must_use]
    pub fn key_kind(&self) -> Kind {
        let kind = self.document.keys.first().and_then(GenesisKey::kind);
        // There are three keys of known kind; were there none, nothing would be secure.
        kind.unwrap_or(Kind::InsecureOneParty)
    }

    /// Whether somebody could forge proofs, and with them cash: no money may depend on it.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        !self.key_kind().is_secure()
    }

    /// The state before the first block. The markets' capital is the seed of the fund of each.
    ///
    /// # Errors
    /// [`ChainGenesisError::Market`], [`ChainGenesisError::Key`] or [`ChainGenesisError::Replica`]. None of them
    /// occurs in a genesis that was checked.
    pub fn replica(&self) -> Result<Replica, ChainGenesisError> {
        let mut markets = Vec::with_capacity(self.checked.markets.len());
        let mut capital = 0_u64;
        for (index, genesis) in self.checked.markets.iter().enumerate() {
            // A specification's seed capital is not negative and at most 2^36.
            capital += u64::try_from(genesis.specification.fund_seed).unwrap_or(0);
            let market = Market::new(genesis.clone())
                .map_err(|error| ChainGenesisError::Market { index, error })?;
            markets.push(market);
        }
        let accounts = AccountBook::with_capital(self.cashier(), capital).map_err(|fault| {
            ChainGenesisError::Key {
                field: "cashier.key".to_owned(),
                value: self.cashier().to_string(),
                fault,
            }
        })?;
        Ok(Replica::new(markets, accounts)?)
    }
}

fn check_length(bytes: &[u8]) -> Result<(), ChainGenesisError> {
    if bytes.len() <= MAX_GENESIS_BYTES {
        return Ok(());
    }
    let bytes = bytes.len();
    Err(ChainGenesisError::TooLong { bytes })
}
