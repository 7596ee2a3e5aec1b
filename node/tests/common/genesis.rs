//! A genesis to start from in tests.

use ed25519_dalek::SigningKey;
use tally_exchange::specification::LEAN_HOGS;
use tally_ledger_adapter::accounts::AccountId;
use tally_node::genesis::{
    CashierKind, GENESIS_FORMAT, GenesisCashier, GenesisClock, GenesisDocument, GenesisKey,
    GenesisMarket, GenesisSigners, KeyContent,
};

/// The key of the cashier of [`document`].
pub fn cashier() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// Both months of the embedded specification, a faucet, and keys that exist by name only.
pub fn document() -> GenesisDocument {
    let market = |symbol: &str, first: &str, price: &str| GenesisMarket {
        symbol: symbol.to_owned(),
        first_session: first.to_owned(),
        prior_settlement: price.to_owned(),
        after_limit_settlement: false,
    };
    GenesisDocument {
        format: GENESIS_FORMAT,
        name: "test".to_owned(),
        salt: "00".repeat(32),
        clock: GenesisClock::System,
        specification: LEAN_HOGS.to_owned(),
        markets: vec![
            market("HEG7", "2017-01-03", "66.150"),
            market("HEJ7", "2017-02-15", "70.000"),
        ],
        settlement_signers: GenesisSigners::default(),
        cashier: GenesisCashier {
            key: AccountId::of(&cashier()).to_string(),
            kind: CashierKind::Faucet,
        },
        keys: ["act", "refresh", "lapse"].map(key).to_vec(),
    }
}

fn key(statement: &str) -> GenesisKey {
    let content = |bytes| KeyContent {
        sha256: "ab".repeat(32),
        bytes,
    };
    GenesisKey {
        statement: statement.to_owned(),
        kind: "insecure-one-party".to_owned(),
        circuit_digest: "cd".repeat(32),
        proving_key: content(2_000_000),
        verifying_key: content(2_000),
    }
}
