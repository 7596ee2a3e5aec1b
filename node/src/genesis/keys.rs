//! The keys of a genesis as the prover asks for them.

use super::{ChainGenesis, ChainGenesisError, GenesisKey, KeyContent};
use crate::keys::ExpectedMarketKeys;
use tally_prover::cache::ExpectedFile;
use tally_prover::{CircuitDigest, ExpectedKeys};

impl ChainGenesis {
    /// Kind, circuit, hashes and lengths of all keys.
    ///
    /// # Errors
    /// [`ChainGenesisError::Text`] names what is no hash or no kind.
    pub fn expected_keys(&self) -> Result<ExpectedMarketKeys, ChainGenesisError> {
        let [act, refresh, lapse] = &self.document().keys[..] else {
            return Err(text("keys", "", "the keys of act, refresh and lapse"));
        };
        Ok(ExpectedMarketKeys {
            act: expected(act)?,
            refresh: expected(refresh)?,
            lapse: expected(lapse)?,
        })
    }
}

impl GenesisKey {
    /// What a genesis says of these keys of a statement.
    #[must_use]
    pub fn naming(statement: &str, keys: &ExpectedKeys) -> Self {
        let content = |file: ExpectedFile| KeyContent {
            sha256: hex::encode(file.sha256),
            bytes: file.bytes,
        };
        Self {
            statement: statement.to_owned(),
            kind: keys.kind.name().to_owned(),
            circuit_digest: hex::encode(keys.circuit_digest.0),
            proving_key: content(keys.proving),
            verifying_key: content(keys.verifying),
        }
    }
}

fn expected(key: &GenesisKey) -> Result<ExpectedKeys, ChainGenesisError> {
    Ok(ExpectedKeys {
        kind: key
            .kind()
            .ok_or_else(|| text("keys.kind", &key.kind, "a kind of proving keys"))?,
        circuit_digest: CircuitDigest(hash("keys.circuit_digest", &key.circuit_digest)?),
        proving: file("keys.proving_key.sha256", &key.proving_key)?,
        verifying: file("keys.verifying_key.sha256", &key.verifying_key)?,
    })
}

fn file(field: &str, content: &KeyContent) -> Result<ExpectedFile, ChainGenesisError> {
    Ok(ExpectedFile {
        sha256: hash(field, &content.sha256)?,
        bytes: content.bytes,
    })
}

fn hash(field: &str, value: &str) -> Result<[u8; 32], ChainGenesisError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(value, &mut bytes)
        .map_err(|_| text(field, value, "64 hexadecimal digits"))?;
    Ok(bytes)
}

fn text(field: &str, value: &str, expected: &'static str) -> ChainGenesisError {
    ChainGenesisError::Text {
        field: field.to_owned(),
        value: value.chars().take(80).collect(),
        expected,
    }
}
