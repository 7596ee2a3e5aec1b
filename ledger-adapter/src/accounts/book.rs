//! The balances of all accounts.

use std::collections::BTreeMap;

use super::{
    AccountError, AccountId, CashierRequest, Credit, DepositAuthorization, KeyFault, PayOut,
};

/// The most accounts with a balance (2^20): withdrawals make accounts, so their number needs a bound.
pub const MAX_ACCOUNTS: usize = 1 << 20;

/// What has moved in the whole life of an account book, in cents. None of the sums exceeds 2^64 - 1, which is
/// more money than there is in the world; what would make one exceed it is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Cash that came from outside, the markets' capital included.
    pub credited: u64,
    /// Cash that left.
    pub paid_out: u64,
    /// Cash that moved from accounts into notes (deposits), and the markets' capital.
    pub moved_into_notes: u64,
    /// Cash that moved from notes back into accounts (withdrawals).
    pub returned_from_notes: u64,
}

impl Totals {
    /// Cash in notes now, in cents, funds and bonds of the markets included.
    #[must_use]
    pub fn in_notes(&self) -> u64 {
        // The book never lets more return than was moved.
        self.moved_into_notes
            .saturating_sub(self.returned_from_notes)
    }
}

/// The public cash accounts.
///
/// At all times the balances and the cash in notes together are what was credited less what was paid out.
/// A refused request changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountBook {
    pub(super) cashier: AccountId,
    /// Sequence of the cashier's last request; 0 before the first.
    pub(super) last_sequence: u64,
    pub(super) totals: Totals,
    /// Balances in cents, none of them 0.
    pub(super) balances: BTreeMap<AccountId, u64>,
}

impl AccountBook {
    /// An empty book whose cashier signs with this key.
    ///
    /// # Errors
    /// [`KeyFault`] if the key cannot sign.
    pub fn new(cashier: AccountId) -> Result<Self, KeyFault> {
        cashier.check()?;
        Ok(Self {
            cashier,
            last_sequence: 0,
            totals: Totals::default(),
            balances: BTreeMap::new(),
        })
    }

    /// A book without accounts, on a chain whose markets begin with capital of their own: the seeds of their funds, in cents together.
    ///
    /// The capital counts as credited and moved into notes before anything else happens, so that a market can pay
    /// traders out of it. No account has it, and no signature is needed: it is agreed on with the key.
    ///
    /// # Errors
    /// [`KeyFault`] if the key cannot sign.
    pub fn with_capital(cashier: AccountId, capital_cents: u64) -> Result<Self, KeyFault> {
        let mut book = Self::new(cashier)?;
        book.totals.credited = capital_cents;
        book.totals.moved_into_notes = capital_cents;
        Ok(book)
    }

    /// The cashier's key.
    #[must_use]
    pub fn cashier(&self) -> AccountId {
        self.cashier
    }

    /// Sequence of the cashier's last request, 0 before the first; the next must be larger.
    #[must_use]
    pub fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// What has moved so far.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// What the account has, in cents; 0 for an account the book does not know.
    #[must_use]
    pub fn balance(&self, account: &AccountId) -> u64 {
        self.balances.get(account).copied().unwrap_or(0)
    }

    /// The accounts that have something, in ascending order, with their balances in cents.
    pub fn balances(&self) -> impl ExactSizeIterator<Item = (&AccountId, u64)> {
        self.balances
            .iter()
            .map(|(account, balance)| (account, *balance))
    }

    /// Applies a request of the cashier.
    ///
    /// # Errors
    /// As [`AccountBook::credit`] and [`AccountBook::pay_out`].
    pub fn apply(
        &mut self,
        request: &CashierRequest,
        chain: &[u8; 32],
    ) -> Result<(), AccountError> {
        match request {
            CashierRequest::Credit(credit) => self.credit(credit, chain),
            CashierRequest::PayOut(pay_out) => self.pay_out(pay_out, chain),
        }
    }

    /// Whether [`AccountBook::apply`] would carry out a request now; changes nothing.
    ///
    /// # Errors
    /// As [`AccountBook::apply`], but for sums that overflow.
    pub fn check(&self, request: &CashierRequest, chain: &[u8; 32]) -> Result<(), AccountError> {
        match request {
            CashierRequest::Credit(credit) => {
                self.check_request(credit.amount_cents, credit.sequence)?;
                credit.verify(&self.cashier, chain)?;
                self.increased(&credit.account, credit.amount_cents)
            }
            CashierRequest::PayOut(pay_out) => {
                self.check_request(pay_out.amount_cents, pay_out.sequence)?;
                pay_out.verify(&self.cashier, chain)?;
                self.decreased(&pay_out.account, pay_out.amount_cents)
            }
        }
        .map(drop)
    }

    /// Books cash that came from outside.
    ///
    /// # Errors
    /// [`AccountError::ZeroAmount`], [`AccountError::StaleSequence`], [`AccountError::UnusableKey`],
    /// [`AccountError::BadSignature`], [`AccountError::Overflow`] or [`AccountError::TooManyAccounts`].
    pub fn credit(&mut self, credit: &Credit, chain: &[u8; 32]) -> Result<(), AccountError> {
        self.check_request(credit.amount_cents, credit.sequence)?;
        credit.verify(&self.cashier, chain)?;
        let balance = self.increased(&credit.account, credit.amount_cents)?;
        self.totals.credited = increase("credited", self.totals.credited, credit.amount_cents)?;
        self.balances.insert(credit.account, balance);
        self.last_sequence = credit.sequence;
        Ok(())
    }

    /// Books cash that left.
    ///
    /// # Errors
    /// [`AccountError::ZeroAmount`], [`AccountError::StaleSequence`], [`AccountError::BadSignature`],
    /// [`AccountError::InsufficientBalance`] or [`AccountError::Overflow`].
    pub fn pay_out(&mut self, pay_out: &PayOut, chain: &[u8; 32]) -> Result<(), AccountError> {
        self.check_request(pay_out.amount_cents, pay_out.sequence)?;
        pay_out.verify(&self.cashier, chain)?;
        let balance = self.decreased(&pay_out.account, pay_out.amount_cents)?;
        self.totals.paid_out = increase("paid_out", self.totals.paid_out, pay_out.amount_cents)?;
        self.set_balance(pay_out.account, balance);
        self.last_sequence = pay_out.sequence;
        Ok(())
    }

    /// Takes the cash of a deposit from the account that authorised it. The caller says what the deposit is:
    /// the hash of its message and the amount it moves, in cents.
    ///
    /// # Errors
    /// [`AccountError::ContextDiffers`], [`AccountError::AmountDiffers`],
    /// [`AccountError::InsufficientBalance`], [`AccountError::Overflow`], or as
    /// [`DepositAuthorization::verify`].
    pub fn debit(
        &mut self,
        authorization: &DepositAuthorization,
        chain: &[u8; 32],
        expected_context: &[u8; 32],
        expected_amount_cents: u64,
    ) -> Result<(), AccountError> {
        let DepositAuthorization {
            account,
            amount_cents,
            context,
            ..
        } = *authorization;
        if context != *expected_context {
            return Err(AccountError::ContextDiffers {
                found: context,
                expected: *expected_context,
            });
        }
        if amount_cents != expected_amount_cents {
            return Err(AccountError::AmountDiffers {
                found: amount_cents,
                expected: expected_amount_cents,
            });
        }
        // Before the signature, which takes a thousand times longer to check.
        let balance = self.decreased(&account, amount_cents)?;
        authorization.verify(chain)?;
        self.totals.moved_into_notes = increase(
            "moved_into_notes",
            self.totals.moved_into_notes,
            amount_cents,
        )?;
        self.set_balance(account, balance);
        Ok(())
    }

    /// Puts the cash of a withdrawal, in cents, into an account.
    ///
    /// # Errors
    /// [`AccountError::ZeroAmount`], [`AccountError::UnusableKey`], [`AccountError::MoreThanInNotes`],
    /// [`AccountError::Overflow`] or [`AccountError::TooManyAccounts`].
    pub fn credit_from_market(
        &mut self,
        account: AccountId,
        amount_cents: u64,
    ) -> Result<(), AccountError> {
        let in_notes_cents = self.totals.in_notes();
        if amount_cents > in_notes_cents {
            return Err(AccountError::MoreThanInNotes {
                amount_cents,
                in_notes_cents,
            });
        }
        let balance = self.increased(&account, amount_cents)?;
        self.totals.returned_from_notes = increase(
            "returned_from_notes",
            self.totals.returned_from_notes,
            amount_cents,
        )?;
        self.balances.insert(account, balance);
        Ok(())
    }

    fn check_request(&self, amount_cents: u64, sequence: u64) -> Result<(), AccountError> {
        if amount_cents == 0 {
            return Err(AccountError::ZeroAmount);
        }
        if sequence <= self.last_sequence {
            return Err(AccountError::StaleSequence {
                sequence,
                last: self.last_sequence,
            });
        }
        Ok(())
    }

    /// The balance after adding an amount; changes nothing.
    fn increased(&self, account: &AccountId, amount_cents: u64) -> Result<u64, AccountError> {
        if amount_cents == 0 {
            return Err(AccountError::ZeroAmount);
        }
        // An account that is in the book was checked when it got there.
        let Some(balance) = self.balances.get(account) else {
            account.check().map_err(|fault| AccountError::UnusableKey {
                account: *account,
                fault,
            })?;
            if self.balances.len() >= MAX_ACCOUNTS {
                return Err(AccountError::TooManyAccounts { account: *account });
            }
            return Ok(amount_cents);
        };
        increase("the balance", *balance, amount_cents)
    }

    /// The balance after taking an amount; changes nothing.
    fn decreased(&self, account: &AccountId, amount_cents: u64) -> Result<u64, AccountError> {
        if amount_cents == 0 {
            return Err(AccountError::ZeroAmount);
        }
        let balance_cents = self.balance(account);
        balance_cents
            .checked_sub(amount_cents)
            .ok_or(AccountError::InsufficientBalance {
                account: *account,
                amount_cents,
                balance_cents,
            })
    }

    /// An account with nothing in it is forgotten, so that equal books have equal bytes.
    fn set_balance(&mut self, account: AccountId, balance_cents: u64) {
        if balance_cents == 0 {
            self.balances.remove(&account);
        } else {
            self.balances.insert(account, balance_cents);
        }
    }
}

fn increase(field: &'static str, value_cents: u64, amount_cents: u64) -> Result<u64, AccountError> {
    value_cents
        .checked_add(amount_cents)
        .ok_or(AccountError::Overflow {
            field,
            value_cents,
            amount_cents,
        })
}
