//! What the state machine needs from outside: someone who checks proofs, someone who keeps the cash accounts.

use crate::message::{Account, PROOF_BYTES};
use tally_circuits::act::ActStatement;
use tally_circuits::field::Element;
use tally_circuits::lapse::LapseStatement;
use tally_circuits::refresh::RefreshStatement;

/// Checks proofs. The state machine computes every statement itself; the verifier only says whether the proof fits.
///
/// The answer must be a pure function of statement and proof, or replicas part ways.
pub trait Verifier {
    /// Whether `proof` proves `statement`.
    fn verify_act(&self, statement: &ActStatement, proof: &[u8; PROOF_BYTES]) -> bool;

    /// Whether `proof` proves `statement`.
    ///
    /// The points of the statement are on the curve; that those of the ciphertexts are multiples of the generator and of
    /// the joint key, hence in the subgroup, is part of what the proof shows.
    fn verify_refresh(&self, statement: &RefreshStatement, proof: &[u8; PROOF_BYTES]) -> bool;

    /// Whether `proof` proves `statement`.
    fn verify_lapse(&self, statement: &LapseStatement, proof: &[u8; PROOF_BYTES]) -> bool;
}

/// A debit that a deposit asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Debit {
    /// The account that pays.
    pub account: Account,
    /// Cents.
    pub amount: u64,
    /// The hash of the message that the payment is for; the account must have signed it.
    pub context: Element,
    /// The account's signature.
    pub signature: [u8; 64],
}

/// The public cash accounts behind deposit and withdraw.
///
/// Every call either takes full effect or none.
pub trait CashAccounts {
    /// Takes cash from an account into the market.
    ///
    /// # Errors
    /// [`CashRefusal`], and nothing has changed.
    fn debit(&mut self, debit: &Debit) -> Result<(), CashRefusal>;

    /// Pays cash from the market to an account.
    ///
    /// # Errors
    /// [`CashRefusal`], and nothing has changed.
    fn credit(&mut self, payee: Account, amount: u64) -> Result<(), CashRefusal>;
}

/// Why cash did not move.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    thiserror::Error,
    borsh::BorshSerialize,
    borsh::BorshDeserialize,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "kebab-case", tag = "cash")]
pub enum CashRefusal {
    /// The account holds less than the amount.
    #[error(
        "cash account holds {balance} cents, {amount} are needed; fund the account or deposit less"
    )]
    InsufficientBalance {
        /// Cents in the account.
        balance: u64,
        /// Cents asked for.
        amount: u64,
    },
    /// No such account.
    #[error("cash account is unknown; fund it first")]
    UnknownAccount,
    /// The signature is not the account's over this very message.
    #[error(
        "cash signature does not cover this message; sign the context of the message that is sent"
    )]
    Signature,
    /// The payee can't be credited.
    #[error("payee is no usable account; give the public key of an account")]
    Payee,
    /// The amount is zero or would overflow the account.
    #[error(
        "amount of {amount} cents can't be booked; use a positive amount within the account's range"
    )]
    Amount {
        /// Cents asked for.
        amount: u64,
    },
}
