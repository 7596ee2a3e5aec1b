//! The cashier's requests: cash that comes from outside, and cash that leaves.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signer, SigningKey};

use super::{AccountError, AccountId, RequestDecodeError, SIGNATURE_BYTES};
use crate::hashing::domain_hash;

const CREDIT_DOMAIN: &str = "tally/accounts/credit/v1";
const PAY_OUT_DOMAIN: &str = "tally/accounts/pay-out/v1";
const FAUCET_DOMAIN: &str = "tally/accounts/faucet/v1";

const CREDIT_KIND: u8 = 0;
const PAY_OUT_KIND: u8 = 1;
/// Account, amount, sequence, signature.
const BODY_BYTES: usize = 32 + 8 + 8 + SIGNATURE_BYTES;

/// Length of an encoded [`CashierRequest`], the same for both kinds, in bytes.
pub const CASHIER_REQUEST_BYTES: usize = 1 + BODY_BYTES;

/// Cash came from outside: the account gets it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Credit {
    /// Who gets it.
    pub account: AccountId,
    /// How much, in cents; at least 1.
    pub amount_cents: u64,
    /// Larger than in every request that this cashier made before, so that none can be applied twice.
    pub sequence: u64,
    /// The cashier's signature over chain, account, amount and sequence.
    pub signature: [u8; SIGNATURE_BYTES],
}

/// Cash leaves: the account no longer has it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PayOut {
    /// Whose cash it is.
    pub account: AccountId,
    /// How much, in cents; at least 1.
    pub amount_cents: u64,
    /// Larger than in every request that this cashier made before, so that none can be applied twice.
    pub sequence: u64,
    /// The cashier's signature over chain, account, amount and sequence.
    pub signature: [u8; SIGNATURE_BYTES],
}

/// One request of the cashier, as it goes into a transaction.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum CashierRequest {
    /// Cash came from outside.
    Credit(Credit),
    /// Cash leaves.
    PayOut(PayOut),
}

impl Credit {
    /// Signs a credit with the cashier's key.
    #[must_use]
    pub fn sign(
        cashier: &SigningKey,
        chain: &[u8; 32],
        account: AccountId,
        amount_cents: u64,
        sequence: u64,
    ) -> Self {
        let signature = cashier
            .sign(&message(
                CREDIT_DOMAIN,
                chain,
                &account,
                amount_cents,
                sequence,
            ))
            .to_bytes();
        Self {
            account,
            amount_cents,
            sequence,
            signature,
        }
    }

    /// Checks the cashier's signature.
    ///
    /// # Errors
    /// [`AccountError::BadSignature`].
    pub fn verify(&self, cashier: &AccountId, chain: &[u8; 32]) -> Result<(), AccountError> {
        let message = message(
            CREDIT_DOMAIN,
            chain,
            &self.account,
            self.amount_cents,
            self.sequence,
        );
        verify("credit", cashier, &message, &self.signature)
    }
}

impl PayOut {
    /// Signs a payment with the cashier's key.
    #[must_use]
    pub fn sign(
        cashier: &SigningKey,
        chain: &[u8; 32],
        account: AccountId,
        amount_cents: u64,
        sequence: u64,
    ) -> Self {
        let signature = cashier
            .sign(&message(
                PAY_OUT_DOMAIN,
                chain,
                &account,
                amount_cents,
                sequence,
            ))
            .to_bytes();
        Self {
            account,
            amount_cents,
            sequence,
            signature,
        }
    }

    /// Checks the cashier's signature.
    ///
    /// # Errors
    /// [`AccountError::BadSignature`].
    pub fn verify(&self, cashier: &AccountId, chain: &[u8; 32]) -> Result<(), AccountError> {
        let message = message(
            PAY_OUT_DOMAIN,
            chain,
            &self.account,
            self.amount_cents,
            self.sequence,
        );
        verify("pay-out", cashier, &message, &self.signature)
    }
}

impl CashierRequest {
    /// The canonical encoding: the kind (0 credit, 1 pay out), account, amount, sequence and signature;
    /// integers are eight bytes, little-endian. This is the Borsh encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (kind, account, amount_cents, sequence, signature) = match self {
            Self::Credit(Credit {
                account,
                amount_cents,
                sequence,
                signature,
            }) => (CREDIT_KIND, account, amount_cents, sequence, signature),
            Self::PayOut(PayOut {
                account,
                amount_cents,
                sequence,
                signature,
            }) => (PAY_OUT_KIND, account, amount_cents, sequence, signature),
        };
        let mut out = Vec::with_capacity(CASHIER_REQUEST_BYTES);
        out.push(kind);
        out.extend_from_slice(&account.0);
        out.extend_from_slice(&amount_cents.to_le_bytes());
        out.extend_from_slice(&sequence.to_le_bytes());
        out.extend_from_slice(signature);
        out
    }

    /// Reads a canonical encoding. Signatures are checked later, when the request is applied.
    ///
    /// # Errors
    /// [`RequestDecodeError`] if the length or the kind is wrong.
    pub fn decode(bytes: &[u8]) -> Result<Self, RequestDecodeError> {
        let wrong_length = RequestDecodeError::Length {
            request: "cashier's request",
            bytes: bytes.len(),
            expected: CASHIER_REQUEST_BYTES,
        };
        let (kind, body) = bytes.split_first().ok_or(wrong_length)?;
        if body.len() != BODY_BYTES {
            return Err(wrong_length);
        }
        match *kind {
            CREDIT_KIND => borsh::from_slice(body)
                .map(Self::Credit)
                .map_err(|_| wrong_length),
            PAY_OUT_KIND => borsh::from_slice(body)
                .map(Self::PayOut)
                .map_err(|_| wrong_length),
            kind => Err(RequestDecodeError::Kind { kind }),
        }
    }
}

/// The cashier of a replay, who gives away cash that does not exist.
///
/// Its key comes from a seed, so that two replays with the same seed agree; whoever knows the seed is the
/// faucet. It has no place in a market with real cash.
pub struct Faucet {
    key: SigningKey,
    sequence: u64,
}

impl Faucet {
    /// The faucet of this seed. Its first request has sequence 1.
    #[must_use]
    pub fn from_seed(seed: &[u8]) -> Self {
        Self::resume(seed, 0)
    }

    /// The faucet of this seed after a request with sequence `last_sequence`.
    #[must_use]
    pub fn resume(seed: &[u8], last_sequence: u64) -> Self {
        Self {
            key: SigningKey::from_bytes(&domain_hash(FAUCET_DOMAIN, &[seed])),
            sequence: last_sequence,
        }
    }

    /// The cashier's key that an account book has to name.
    #[must_use]
    pub fn cashier(&self) -> AccountId {
        AccountId::of(&self.key)
    }

    /// A credit with the next sequence.
    pub fn credit(&mut self, chain: &[u8; 32], account: AccountId, amount_cents: u64) -> Credit {
        let sequence = self.next_sequence();
        Credit::sign(&self.key, chain, account, amount_cents, sequence)
    }

    /// A payment with the next sequence.
    pub fn pay_out(&mut self, chain: &[u8; 32], account: AccountId, amount_cents: u64) -> PayOut {
        let sequence = self.next_sequence();
        PayOut::sign(&self.key, chain, account, amount_cents, sequence)
    }

    /// At the end of the numbers the last one is repeated, and the account book refuses it.
    fn next_sequence(&mut self) -> u64 {
        self.sequence = self.sequence.saturating_add(1);
        self.sequence
    }
}

impl fmt::Debug for Faucet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Faucet")
            .field("cashier", &self.cashier())
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}

/// What the cashier signs: a hash of the domain and fields of fixed length.
fn message(
    domain: &str,
    chain: &[u8; 32],
    account: &AccountId,
    amount_cents: u64,
    sequence: u64,
) -> [u8; 32] {
    domain_hash(
        domain,
        &[
            chain,
            &account.0,
            &amount_cents.to_le_bytes(),
            &sequence.to_le_bytes(),
        ],
    )
}

fn verify(
    request: &'static str,
    cashier: &AccountId,
    message: &[u8],
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<(), AccountError> {
    if cashier.verifies(message, signature) {
        Ok(())
    } else {
        Err(AccountError::BadSignature {
            signer: *cashier,
            request,
        })
    }
}
