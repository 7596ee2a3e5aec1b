//! The account book of the ledger as the cash accounts of the market.

use tally_exchange::message::{Account, ChainId};
use tally_exchange::ports::{CashAccounts, CashRefusal, Debit};
use tally_ledger_adapter::accounts::{AccountBook, AccountError, AccountId, DepositAuthorization};

/// An account book on one chain.
pub struct BookOnChain<'a> {
    /// The accounts.
    pub book: &'a mut AccountBook,
    /// The chain that signatures are bound to.
    pub chain: ChainId,
}

impl CashAccounts for BookOnChain<'_> {
    fn debit(&mut self, debit: &Debit) -> Result<(), CashRefusal> {
        let context = debit.context.to_bytes();
        let authorization = DepositAuthorization {
            account: AccountId(debit.account.0),
            amount_cents: debit.amount,
            context,
            signature: debit.signature,
        };
        self.book
            .debit(&authorization, &self.chain.0, &context, debit.amount)
            .map_err(|error| refusal(&error, debit.amount))
    }

    fn credit(&mut self, payee: Account, amount: u64) -> Result<(), CashRefusal> {
        self.book
            .credit_from_market(AccountId(payee.0), amount)
            .map_err(|error| match error {
                AccountError::UnusableKey { .. } => CashRefusal::Payee,
                other => refusal(&other, amount),
            })
    }
}

fn refusal(error: &AccountError, amount: u64) -> CashRefusal {
    match error {
        AccountError::InsufficientBalance {
            balance_cents: 0, ..
        } => CashRefusal::UnknownAccount,
        AccountError::InsufficientBalance {
            balance_cents,
            amount_cents,
            ..
        } => CashRefusal::InsufficientBalance {
            balance: *balance_cents,
            amount: *amount_cents,
        },
        AccountError::BadSignature { .. }
        | AccountError::UnusableKey { .. }
        | AccountError::ContextDiffers { .. }
        | AccountError::AmountDiffers { .. } => CashRefusal::Signature,
        _ => CashRefusal::Amount { amount },
    }
}
