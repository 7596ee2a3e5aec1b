//! The names that messages are bound to: chains, contract months, cash accounts.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The identity of a chain: every message and signature is bound to one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct ChainId(pub [u8; 32]);

/// The symbol of a contract month such as `HEG7`: two to eight capital letters and digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct Symbol([u8; 8]);

/// The public key of a cash account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Account(pub [u8; 32]);

impl ChainId {
    /// The id of the chain that starts from these genesis bytes.
    #[must_use]
    pub fn of_genesis(genesis: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"tally/chain/1");
        hash.update(genesis);
        Self(hash.finalize().into())
    }
}

/// Why a text is no contract symbol.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("contract symbol must be 2 to 8 capital letters and digits such as HEG7")]
pub struct SymbolError;

impl Symbol {
    /// Reads a symbol.
    ///
    /// # Errors
    /// [`SymbolError`] unless it is 2 to 8 of `A-Z` and `0-9`.
    pub fn new(text: &str) -> Result<Self, SymbolError> {
        let bytes = text.as_bytes();
        if !(2..=8).contains(&bytes.len()) {
            return Err(SymbolError);
        }
        let mut padded = [0; 8];
        padded[..bytes.len()].copy_from_slice(bytes);
        Self::from_padded(padded)
    }

    /// The symbol as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().take_while(|&&b| b != 0).count();
        // Only ASCII passes the constructors.
        std::str::from_utf8(&self.0[..length]).unwrap_or("")
    }

    fn from_padded(bytes: [u8; 8]) -> Result<Self, SymbolError> {
        let length = bytes.iter().take_while(|&&b| b != 0).count();
        let allowed = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        let padding_is_zero = bytes[length..].iter().all(|&b| b == 0);
        if length < 2 || !padding_is_zero || !bytes[..length].iter().all(allowed) {
            return Err(SymbolError);
        }
        Ok(Self(bytes))
    }
}

impl BorshDeserialize for Symbol {
    fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
        let bytes = <[u8; 8]>::deserialize_reader(reader)?;
        Self::from_padded(bytes)
            .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))
    }
}

impl std::fmt::Display for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Symbol {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <String as Deserialize>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// Hexadecimal `Display`, `Debug` and serde for 32 public bytes.
macro_rules! public_hex {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as Deserialize>::deserialize(deserializer)?;
                let mut bytes = [0; 32];
                hex::decode_to_slice(&text, &mut bytes).map_err(serde::de::Error::custom)?;
                Ok(Self(bytes))
            }
        }
    };
}

public_hex!(ChainId);
public_hex!(Account);
