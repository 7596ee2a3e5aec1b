//! The good dealings of a round, with a hash of each that is made once.

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use tally_mpc::keygen::CheckedDealing;

/// Dealings by the index of their dealer, each at most about 77,000 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dealings {
    all: BTreeMap<u32, CheckedDealing>,
    digests: BTreeMap<u32, [u8; 32]>,
}

impl Dealings {
    /// All of them.
    #[must_use]
    pub const fn all(&self) -> &BTreeMap<u32, CheckedDealing> {
        &self.all
    }

    /// The dealing of one dealer.
    #[must_use]
    pub fn get(&self, dealer: u32) -> Option<&CheckedDealing> {
        self.all.get(&dealer)
    }

    /// Whether the dealer has one.
    #[must_use]
    pub fn contains(&self, dealer: u32) -> bool {
        self.all.contains_key(&dealer)
    }

    /// The hash of each: what stands for it in the market's state hash.
    #[must_use]
    pub const fn digests(&self) -> &BTreeMap<u32, [u8; 32]> {
        &self.digests
    }

    pub(super) fn insert(&mut self, dealer: u32, dealing: CheckedDealing) {
        let digest = digest_of("tally/round/dealing/1", &dealing);
        self.digests.insert(dealer, digest);
        self.all.insert(dealer, dealing);
    }

    pub(super) fn remove(&mut self, dealer: u32) {
        self.all.remove(&dealer);
        self.digests.remove(&dealer);
    }
}

impl BorshSerialize for Dealings {
    fn serialize<W: Write>(&self, writer: &mut W) -> std::io::Result<()> {
        self.all.serialize(writer)
    }
}

/// The hashes are made again.
impl BorshDeserialize for Dealings {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        let mut dealings = Self::default();
        for (dealer, dealing) in BTreeMap::<u32, CheckedDealing>::deserialize_reader(reader)? {
            dealings.insert(dealer, dealing);
        }
        Ok(dealings)
    }
}

/// SHA-256 over a domain and the encoding of a value.
pub(super) fn digest_of(domain: &str, value: &impl BorshSerialize) -> [u8; 32] {
    // Encoding into memory does not fail; see `Transaction::to_bytes`.
    let bytes = borsh::to_vec(&(domain, value)).expect("encoding into memory does not fail");
    Sha256::digest(bytes).into()
}
