//! The canonical bytes of an account book, for snapshots and for the state hash.

use std::collections::BTreeMap;

use super::{AccountBook, AccountId, MAX_ACCOUNTS, SnapshotDecodeError, Totals};
use crate::hashing::domain_hash;

const BOOK_DOMAIN: &str = "tally/accounts/book/v1";
const VERSION: u32 = 1;
/// Version, cashier, last sequence, four totals, and the number of accounts.
const HEADER_BYTES: usize = 4 + 32 + 8 + 4 * 8 + 4;
/// Account and balance.
const ENTRY_BYTES: usize = 32 + 8;

impl AccountBook {
    /// The canonical encoding: format (four bytes), cashier, last sequence, the four totals in the order of
    /// [`Totals`], the number of accounts (four bytes), and each account with its balance in ascending
    /// order. Integers are little-endian, eight bytes where not said otherwise. This is the Borsh encoding of
    /// these fields.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES + self.balances.len() * ENTRY_BYTES);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&self.cashier.0);
        let Totals {
            credited,
            paid_out,
            moved_into_notes,
            returned_from_notes,
        } = self.totals;
        for value in [
            self.last_sequence,
            credited,
            paid_out,
            moved_into_notes,
            returned_from_notes,
        ] {
            out.extend_from_slice(&value.to_le_bytes());
        }
        // At most MAX_ACCOUNTS, so the number always fits.
        out.extend_from_slice(
            &u32::try_from(self.balances.len())
                .unwrap_or(u32::MAX)
                .to_le_bytes(),
        );
        for (account, balance) in &self.balances {
            out.extend_from_slice(&account.0);
            out.extend_from_slice(&balance.to_le_bytes());
        }
        out
    }

    /// Reads a canonical encoding and checks it: length, order, no zero balance, a usable cashier, and that
    /// the cash adds up.
    ///
    /// # Errors
    /// [`SnapshotDecodeError`] with the first thing that is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, SnapshotDecodeError> {
        let short = SnapshotDecodeError::Length {
            bytes: bytes.len(),
            expected: HEADER_BYTES,
        };
        let (header, entries) = bytes.split_at_checked(HEADER_BYTES).ok_or(short)?;
        let (version, cashier, numbers, count): (u32, AccountId, [u64; 5], u32) =
            borsh::from_slice(header).map_err(|_| short)?;
        if version != VERSION {
            return Err(SnapshotDecodeError::Version { found: version });
        }
        let balances = decode_balances(bytes.len(), entries, count)?;
        cashier
            .check()
            .map_err(|fault| SnapshotDecodeError::UnusableCashier { cashier, fault })?;
        let [
            last_sequence,
            credited,
            paid_out,
            moved_into_notes,
            returned_from_notes,
        ] = numbers;
        let totals = Totals {
            credited,
            paid_out,
            moved_into_notes,
            returned_from_notes,
        };
        let book = Self {
            cashier,
            last_sequence,
            totals,
            balances,
        };
        if !book.adds_up() {
            return Err(SnapshotDecodeError::Unbalanced);
        }
        Ok(book)
    }

    /// SHA-256 over a domain tag and the canonical encoding: equal for equal books only. Takes time in
    /// proportion to the number of accounts.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        domain_hash(BOOK_DOMAIN, &[&self.encode()])
    }

    /// Whether balances and cash in notes are what was credited less what was paid out.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        let Totals {
            credited,
            paid_out,
            moved_into_notes,
            returned_from_notes,
        } = self.totals;
        // Wider than any sum of 2^20 balances.
        let balances: u128 = self
            .balances
            .values()
            .map(|balance| u128::from(*balance))
            .sum();
        returned_from_notes <= moved_into_notes
            && balances + u128::from(self.totals.in_notes()) + u128::from(paid_out)
                == u128::from(credited)
    }
}

fn decode_balances(
    bytes: usize,
    entries: &[u8],
    count: u32,
) -> Result<BTreeMap<AccountId, u64>, SnapshotDecodeError> {
    let accounts = usize::try_from(count).unwrap_or(usize::MAX);
    if accounts > MAX_ACCOUNTS {
        return Err(SnapshotDecodeError::TooManyAccounts { count });
    }
    let expected = HEADER_BYTES + accounts * ENTRY_BYTES;
    let wrong_length = SnapshotDecodeError::Length { bytes, expected };
    if bytes != expected {
        return Err(wrong_length);
    }
    let mut balances = BTreeMap::new();
    for entry in entries.chunks_exact(ENTRY_BYTES) {
        let (account, balance): (AccountId, u64) =
            borsh::from_slice(entry).map_err(|_| wrong_length)?;
        if balance == 0 {
            return Err(SnapshotDecodeError::ZeroBalance { account });
        }
        if balances
            .last_key_value()
            .is_some_and(|(last, _)| *last >= account)
        {
            return Err(SnapshotDecodeError::Unordered { account });
        }
        balances.insert(account, balance);
    }
    Ok(balances)
}
