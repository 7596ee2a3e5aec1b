//! Public cash accounts: balances, and Ed25519 signatures over the context of the message that is paid for.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use std::collections::BTreeMap;
use tally_circuits::field::Element;
use tally_exchange::message::Account;
use tally_exchange::ports::{CashAccounts, CashRefusal, Debit};

/// Accounts by their public keys, cents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestCash {
    balances: BTreeMap<Account, u64>,
}

impl TestCash {
    /// Sets the balance of an account.
    pub fn set(&mut self, account: Account, cents: u64) {
        self.balances.insert(account, cents);
    }

    /// The balance of an account; nothing if it was never funded.
    pub fn balance(&self, account: Account) -> u64 {
        self.balances.get(&account).copied().unwrap_or(0)
    }

    /// Cash of all accounts together, cents.
    pub fn total(&self) -> u64 {
        self.balances.values().sum()
    }
}

/// The account that `key` signs for.
pub fn account_of(key: &SigningKey) -> Account {
    Account(key.verifying_key().to_bytes())
}

/// The signature that lets a message take cash from an account.
pub fn sign_payment(key: &SigningKey, context: Element) -> [u8; 64] {
    key.sign(&context.to_bytes()).to_bytes()
}

impl CashAccounts for TestCash {
    fn debit(&mut self, debit: &Debit) -> Result<(), CashRefusal> {
        let Debit {
            account,
            amount,
            context,
            signature,
        } = *debit;
        let balance = self
            .balances
            .get_mut(&account)
            .ok_or(CashRefusal::UnknownAccount)?;
        let key = VerifyingKey::from_bytes(&account.0).map_err(|_| CashRefusal::Signature)?;
        key.verify_strict(&context.to_bytes(), &Signature::from_bytes(&signature))
            .map_err(|_| CashRefusal::Signature)?;
        if amount == 0 {
            return Err(CashRefusal::Amount { amount });
        }
        let left = balance.checked_sub(amount);
        *balance = left.ok_or(CashRefusal::InsufficientBalance {
            balance: *balance,
            amount,
        })?;
        Ok(())
    }

    fn credit(&mut self, payee: Account, amount: u64) -> Result<(), CashRefusal> {
        let balance = self.balances.entry(payee).or_default();
        *balance = balance
            .checked_add(amount)
            .ok_or(CashRefusal::Amount { amount })?;
        Ok(())
    }
}
