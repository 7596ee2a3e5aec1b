//! A wallet's state in bytes, so that it can be kept in a file and need not be made again from the whole ledger.

use super::Wallet;
use crate::keys::nullifier_key;
use crate::lineage::{Lineage, LineageState};
use crate::seed::Seed;
use borsh::{BorshDeserialize, BorshSerialize};
use tally_circuits::field::Element;
use tally_circuits::note::Note;
use thiserror::Error;
use zeroize::Zeroizing;

/// The longest state that is read, bytes (16 MiB): room for about 150,000 open orders.
pub const MAX_STATE_BYTES: usize = 16 * 1024 * 1024;

/// Version of the encoding: the first byte.
const VERSION: u8 = 1;

/// Why bytes are no state of a wallet. The ledger is the remedy for all of them: nothing is lost with a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WalletStateError {
    /// Longer than any state that is read.
    #[error(
        "wallet state has {0} bytes, at most {MAX_STATE_BYTES} are read; recover the wallet from the ledger"
    )]
    TooLong(usize),
    /// Not this version's first byte.
    #[error(
        "wallet state has version {found}, this program reads version {VERSION}; recover the wallet from the ledger"
    )]
    Version {
        /// The version found.
        found: u8,
    },
    /// Empty, cut short, followed by other bytes, not canonical, or no state that a wallet is ever in.
    #[error("wallet state is damaged; recover the wallet from the ledger")]
    Malformed,
    /// Written for another seed or for another market.
    #[error(
        "wallet state belongs to another seed or another market; name the right one, or recover the wallet from the ledger"
    )]
    Other,
}

/// What is written after the version.
#[derive(BorshSerialize, BorshDeserialize)]
struct WalletState {
    /// The nullifier of the first lineage's opening: it tells seed and market, and names no key.
    first: Element,
    is_watching: bool,
    lineages: Vec<LineageState>,
}

impl Wallet {
    /// The wallet's state: notes, orders, bonds, transfers. One byte string a state.
    ///
    /// It has no key in it, but it tells what the trader owns: keep it encrypted. A state is good at the end of the block
    /// up to which its wallet followed the ledger, and has to follow from there on: keep the height with it.
    #[must_use]
    pub fn state(&self) -> Zeroizing<Vec<u8>> {
        let state = WalletState {
            first: first_nullifier(&self.seed, self.market),
            is_watching: self.is_watching,
            lineages: self.lineages.iter().map(Lineage::state).collect(),
        };
        // Measured before, so that no half of it stays behind in memory when the vector grows.
        let length = borsh::object_length(&state).unwrap_or_default();
        let mut bytes = Zeroizing::new(Vec::with_capacity(length.saturating_add(1)));
        bytes.push(VERSION);
        // Writing to a vector fails only on lengths above u32::MAX, far above what a market has room for.
        state
            .serialize(&mut *bytes)
            .expect("encoding into memory does not fail");
        bytes
    }

    /// The wallet of `seed` in `market` with this state. All keys are derived again.
    ///
    /// Bytes from a file that others could write are to be authenticated by the caller, and whoever has a market compares
    /// with [`Wallet::check_against`].
    ///
    /// # Errors
    /// [`WalletStateError`] unless `bytes` are exactly what [`Wallet::state`] gives for some wallet of this seed in this
    /// market.
    pub fn from_state(seed: Seed, market: Element, bytes: &[u8]) -> Result<Self, WalletStateError> {
        if bytes.len() > MAX_STATE_BYTES {
            return Err(WalletStateError::TooLong(bytes.len()));
        }
        let state = match bytes.split_first() {
            Some((&VERSION, rest)) => WalletState::try_from_slice(rest),
            Some((&found, _)) => return Err(WalletStateError::Version { found }),
            None => return Err(WalletStateError::Malformed),
        };
        let state = state.map_err(|_| WalletStateError::Malformed)?;
        if state.first != first_nullifier(&seed, market) {
            return Err(WalletStateError::Other);
        }
        let lineages = (0..)
            .zip(state.lineages)
            .map(|(index, state)| Lineage::from_state(nullifier_key(&seed, index), market, state))
            .collect::<Option<Vec<_>>>()
            .filter(|lineages| !lineages.is_empty())
            .ok_or(WalletStateError::Malformed)?;
        let wallet = Self {
            seed,
            market,
            lineages,
            is_watching: state.is_watching,
        };
        // Maps are read in any order: only their own order is canonical.
        if !wallet.has_its_gap() || *wallet.state() != bytes {
            return Err(WalletStateError::Malformed);
        }
        Ok(wallet)
    }
}

fn first_nullifier(seed: &Seed, market: Element) -> Element {
    Element(Note::opening().nullifier(market.0, &nullifier_key(seed, 0)))
}
