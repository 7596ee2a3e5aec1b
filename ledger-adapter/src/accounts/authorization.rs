//! The owner's signature that lets cash move from a public account into a note.

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signer, SigningKey};

use super::{AccountError, AccountId, RequestDecodeError, SIGNATURE_BYTES};
use crate::hashing::domain_hash;

const DEPOSIT_DOMAIN: &str = "tally/accounts/deposit/v1";

/// Length of an encoded [`DepositAuthorization`] in bytes: account, amount, context, signature.
pub const DEPOSIT_AUTHORIZATION_BYTES: usize = 32 + 8 + 32 + SIGNATURE_BYTES;

/// Leave to take cash from an account for one deposit.
///
/// It has no sequence of its own: the context is the hash of the whole deposit message, which can be in the
/// log only once because its nullifier can.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DepositAuthorization {
    /// The account that pays.
    pub account: AccountId,
    /// How much, in cents; at least 1.
    pub amount_cents: u64,
    /// Hash of the deposit message without proof and signatures.
    pub context: [u8; 32],
    /// The owner's signature over chain, account, amount and context.
    pub signature: [u8; SIGNATURE_BYTES],
}

impl DepositAuthorization {
    /// Signs for the account of `owner`.
    #[must_use]
    pub fn sign(
        owner: &SigningKey,
        chain: &[u8; 32],
        amount_cents: u64,
        context: [u8; 32],
    ) -> Self {
        let account = AccountId::of(owner);
        let signature = owner
            .sign(&message(chain, &account, amount_cents, &context))
            .to_bytes();
        Self {
            account,
            amount_cents,
            context,
            signature,
        }
    }

    /// Checks the amount, the account's key and, strictly, the signature.
    ///
    /// # Errors
    /// [`AccountError::ZeroAmount`], [`AccountError::UnusableKey`] or [`AccountError::BadSignature`].
    pub fn verify(&self, chain: &[u8; 32]) -> Result<(), AccountError> {
        if self.amount_cents == 0 {
            return Err(AccountError::ZeroAmount);
        }
        let account = self.account;
        account
            .check()
            .map_err(|fault| AccountError::UnusableKey { account, fault })?;
        if account.verifies(
            &message(chain, &account, self.amount_cents, &self.context),
            &self.signature,
        ) {
            Ok(())
        } else {
            Err(AccountError::BadSignature {
                signer: account,
                request: "deposit",
            })
        }
    }

    /// The canonical encoding: account, amount (eight bytes, little-endian), context and signature. This is
    /// the Borsh encoding.
    #[must_use]
    pub fn encode(&self) -> [u8; DEPOSIT_AUTHORIZATION_BYTES] {
        let mut out = [0; DEPOSIT_AUTHORIZATION_BYTES];
        out[..32].copy_from_slice(&self.account.0);
        out[32..40].copy_from_slice(&self.amount_cents.to_le_bytes());
        out[40..72].copy_from_slice(&self.context);
        out[72..].copy_from_slice(&self.signature);
        out
    }

    /// Reads a canonical encoding. [`DepositAuthorization::verify`] checks what it says.
    ///
    /// # Errors
    /// [`RequestDecodeError::Length`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RequestDecodeError> {
        borsh::from_slice(bytes).map_err(|_| RequestDecodeError::Length {
            request: "deposit authorisation",
            bytes: bytes.len(),
            expected: DEPOSIT_AUTHORIZATION_BYTES,
        })
    }
}

/// What the owner signs: a hash of the domain and fields of fixed length.
fn message(
    chain: &[u8; 32],
    account: &AccountId,
    amount_cents: u64,
    context: &[u8; 32],
) -> [u8; 32] {
    domain_hash(
        DEPOSIT_DOMAIN,
        &[chain, &account.0, &amount_cents.to_le_bytes(), context],
    )
}
