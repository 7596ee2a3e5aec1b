//! What can go wrong with accounts.

use thiserror::Error;

use super::{AccountId, MAX_ACCOUNTS};

/// Why the account book refused a request. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AccountError {
    /// An amount of nothing.
    #[error("amount_cents is 0; use at least 1 cent")]
    ZeroAmount,
    /// The account's key cannot sign.
    #[error(
        "account {account} is no usable Ed25519 public key: {fault}; use a key made by the wallet"
    )]
    UnusableKey {
        /// The account.
        account: AccountId,
        /// What is wrong with the key.
        fault: KeyFault,
    },
    /// The signature does not fit what it should cover.
    #[error(
        "the signature of {signer} does not cover this {request} on this chain; sign it again with that key"
    )]
    BadSignature {
        /// Who should have signed.
        signer: AccountId,
        /// What should have been signed.
        request: &'static str,
    },
    /// The cashier's request was applied before, or a later one was.
    #[error("sequence is {sequence}, but the cashier's last one was {last}; use a larger number")]
    StaleSequence {
        /// The sequence of the request.
        sequence: u64,
        /// The sequence of the last applied request.
        last: u64,
    },
    /// The authorisation belongs to another deposit.
    #[error(
        "context is {}, but the deposit's is {}; sign the deposit as it is",
        hex::encode(found),
        hex::encode(expected)
    )]
    ContextDiffers {
        /// The context that was signed.
        found: [u8; 32],
        /// The context of the deposit.
        expected: [u8; 32],
    },
    /// The authorisation is for another amount.
    #[error("amount_cents is {found}, but the deposit moves {expected}; sign the deposit as it is")]
    AmountDiffers {
        /// The amount that was signed, in cents.
        found: u64,
        /// The amount of the deposit, in cents.
        expected: u64,
    },
    /// The account has less than the amount.
    #[error(
        "amount_cents is {amount_cents}, but account {account} has {balance_cents}; use at most that"
    )]
    InsufficientBalance {
        /// The account.
        account: AccountId,
        /// The amount asked for, in cents.
        amount_cents: u64,
        /// What the account has, in cents.
        balance_cents: u64,
    },
    /// More would return from the markets than was moved into them.
    #[error(
        "amount_cents is {amount_cents}, but only {in_notes_cents} cents are in notes; the market's books are wrong, halt it"
    )]
    MoreThanInNotes {
        /// The amount asked for, in cents.
        amount_cents: u64,
        /// What is in notes, in cents.
        in_notes_cents: u64,
    },
    /// A sum beyond 2^64 - 1 cents.
    #[error(
        "{field} is {value_cents}, and {amount_cents} more exceed 2^64 - 1 cents; use a smaller amount"
    )]
    Overflow {
        /// Which sum.
        field: &'static str,
        /// Its value in cents.
        value_cents: u64,
        /// What was to be added, in cents.
        amount_cents: u64,
    },
    /// The book has no room for another account.
    #[error(
        "account {account} would be one more than {MAX_ACCOUNTS} accounts; use an account that has a balance"
    )]
    TooManyAccounts {
        /// The account.
        account: AccountId,
    },
}

/// What is wrong with a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyFault {
    /// The coordinate is not below 2^255 - 19, so the same point has another encoding.
    #[error("its encoding is not canonical")]
    NotCanonical,
    /// No point of the curve has this encoding.
    #[error("it is not a point of the curve")]
    NotOnCurve,
    /// A point of small order, under which anybody can sign.
    #[error("it is a point of small order")]
    SmallOrder,
}

/// Why bytes are not a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RequestDecodeError {
    /// Not the length that the request has.
    #[error("the {request} has {bytes} bytes, {expected} are required; encode it again")]
    Length {
        /// Which request.
        request: &'static str,
        /// Length of the input in bytes.
        bytes: usize,
        /// The length it must have.
        expected: usize,
    },
    /// No request has this kind.
    #[error(
        "the kind of request is {kind}, 0 (credit) or 1 (pay out) is required; encode it again"
    )]
    Kind {
        /// The first byte.
        kind: u8,
    },
}

/// Why bytes are not the snapshot of an account book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SnapshotDecodeError {
    /// Another length than the number of accounts requires.
    #[error("the snapshot has {bytes} bytes, {expected} are required; use another snapshot")]
    Length {
        /// Length of the input in bytes.
        bytes: usize,
        /// The length it must have.
        expected: usize,
    },
    /// The snapshot was written in another format.
    #[error("the snapshot has format {found}; rebuild the account book from the log")]
    Version {
        /// The format found.
        found: u32,
    },
    /// More accounts than a book holds.
    #[error(
        "the snapshot has {count} accounts, at most {MAX_ACCOUNTS} are allowed; use another snapshot"
    )]
    TooManyAccounts {
        /// Their number.
        count: u32,
    },
    /// The cashier's key cannot sign.
    #[error("the cashier's key {cashier} is unusable: {fault}; use another snapshot")]
    UnusableCashier {
        /// The key.
        cashier: AccountId,
        /// What is wrong with it.
        fault: KeyFault,
    },
    /// Accounts must be in strictly ascending order.
    #[error("account {account} is out of order; use another snapshot")]
    Unordered {
        /// The first account that is not above the one before.
        account: AccountId,
    },
    /// An account with nothing in it is not stored.
    #[error("account {account} has balance 0; use another snapshot")]
    ZeroBalance {
        /// The account.
        account: AccountId,
    },
    /// Balances and cash in notes are not what was credited less what was paid out.
    #[error(
        "balances and cash in notes do not add up to cash credited less cash paid out; use another snapshot"
    )]
    Unbalanced,
}
