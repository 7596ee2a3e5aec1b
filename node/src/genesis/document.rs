//! The genesis as it is written: plain fields, checked elsewhere.

use serde::{Deserialize, Serialize};
use tally_prover::cache::KeyFile;
use tally_prover::{KeyInfo, Kind};

/// Every field of a genesis, in the order in which it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisDocument {
    /// The version of this layout: [`GENESIS_FORMAT`](super::GENESIS_FORMAT).
    pub format: u32,
    /// What people call the market: 1 to 64 printable ASCII characters.
    pub name: String,
    /// 32 random bytes in hexadecimal, so that two chains never share an id.
    pub salt: String,
    /// Where block times come from.
    pub clock: GenesisClock,
    /// The text of the contract specification, TOML.
    pub specification: String,
    /// The contract months that are run, each once.
    pub markets: Vec<GenesisMarket>,
    /// Who signs final settlements.
    pub settlement_signers: GenesisSigners,
    /// Who says that cash has come or gone.
    pub cashier: GenesisCashier,
    /// The keys of the statements: of act, refresh and lapse, in this order.
    pub keys: Vec<GenesisKey>,
}

/// Where block times come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum GenesisClock {
    /// The clock of the machine that orders transactions.
    System,
    /// A clock that begins where it is told and runs faster: for practice.
    Sandbox {
        /// Where it begins, microseconds since 1970 in UTC.
        start_microseconds: u64,
        /// How many of its seconds pass in one of the machine's, 1 to [`MAX_SPEED`](super::MAX_SPEED).
        speed: u32,
    },
}

/// What one contract month starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisMarket {
    /// The contract month, such as `HEG7`.
    pub symbol: String,
    /// Its first session that is traded, `YYYY-MM-DD`.
    pub first_session: String,
    /// Settlement price of the day before, as an exact decimal such as `66.150`.
    pub prior_settlement: String,
    /// Whether the day before settled at its limit, which widens the first day's.
    pub after_limit_settlement: bool,
}

/// Who signs final settlements; nobody if there is no key, and then the last day's own settlement is final.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisSigners {
    /// Ed25519 public keys in hexadecimal; a signature names its signer by the place in this list.
    pub keys: Vec<String>,
    /// How many of them must have signed the same price.
    pub threshold: u8,
}

/// What the cashier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CashierKind {
    /// Somebody who takes in and pays out cash, and keeps the key.
    Key,
    /// The node itself, which gives practice cash to whoever asks.
    Faucet,
}

/// Who says that cash has come or gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisCashier {
    /// Its Ed25519 public key in hexadecimal.
    pub key: String,
    /// What it is.
    pub kind: CashierKind,
}

/// The content of a key file: what parties compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyContent {
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Length in bytes.
    pub bytes: u64,
}

/// The keys of one statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisKey {
    /// The statement's name: act, refresh or lapse.
    pub statement: String,
    /// Where the keys come from: a [`Kind::name`].
    pub kind: String,
    /// SHA-256 of the constraint system, hexadecimal.
    pub circuit_digest: String,
    /// The proving key.
    pub proving_key: KeyContent,
    /// The verifying key.
    pub verifying_key: KeyContent,
}

impl GenesisKey {
    /// The keys of a directory in a key cache.
    #[must_use]
    pub fn of(info: &KeyInfo) -> Self {
        Self {
            statement: info.manifest.statement.clone(),
            kind: info.kind.name().to_owned(),
            circuit_digest: info.manifest.circuit_digest.clone(),
            proving_key: KeyContent::of(&info.manifest.proving_key),
            verifying_key: KeyContent::of(&info.manifest.verifying_key),
        }
    }

    /// Where the keys come from; `None` if no kind has this name.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_name(&self.kind)
    }
}

impl KeyContent {
    fn of(file: &KeyFile) -> Self {
        Self {
            sha256: file.sha256.clone(),
            bytes: file.bytes,
        }
    }
}
