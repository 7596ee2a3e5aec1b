//! Random requests, right and wrong, against plain arithmetic.

// Tests fail by panicking, and narrow small numbers that they made themselves.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::print_stdout
)]

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use tally_ledger_adapter::accounts::{
    AccountBook, AccountId, Credit, DepositAuthorization, PayOut, SigningKey,
};

const CHAIN: [u8; 32] = [9; 32];

#[derive(Clone, Debug)]
enum Step {
    Credit {
        owner: u8,
        amount: u64,
        sequence: u64,
    },
    PayOut {
        owner: u8,
        amount: u64,
        sequence: u64,
    },
    Deposit {
        owner: u8,
        amount: u64,
    },
    Withdraw {
        owner: u8,
        amount: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let owner = || 0..3_u8;
    let amount = || prop_oneof![8 => 0..50_u64, 1 => Just(u64::MAX - 20)];
    let sequence = || 0..40_u64;
    prop_oneof![
        3 => (owner(), amount(), sequence()).prop_map(|(owner, amount, sequence)| Step::Credit { owner, amount, sequence }),
        1 => (owner(), amount(), sequence()).prop_map(|(owner, amount, sequence)| Step::PayOut { owner, amount, sequence }),
        2 => (owner(), amount()).prop_map(|(owner, amount)| Step::Deposit { owner, amount }),
        2 => (owner(), amount()).prop_map(|(owner, amount)| Step::Withdraw { owner, amount }),
    ]
}

fn key(owner: u8) -> SigningKey {
    SigningKey::from_bytes(&[owner + 1; 32])
}

/// Wide signed sums, so that nothing can overflow unnoticed.
#[derive(Default)]
struct Model {
    balances: BTreeMap<u8, i128>,
    last_sequence: u64,
    credited: i128,
    moved_into_notes: i128,
    in_notes: i128,
}

impl Model {
    /// Applies the step if it is allowed, and says whether it was.
    fn take(&mut self, step: &Step) -> bool {
        let (owner, amount, change) = match *step {
            Step::Credit { owner, amount, .. } | Step::Withdraw { owner, amount } => {
                (owner, amount, i128::from(amount))
            }
            Step::PayOut { owner, amount, .. } | Step::Deposit { owner, amount } => {
                (owner, amount, -i128::from(amount))
            }
        };
        let balance = self.balances.get(&owner).copied().unwrap_or(0) + change;
        let allowed = amount > 0
            && balance >= 0
            && match *step {
                Step::Credit { sequence, .. } => {
                    sequence > self.last_sequence && self.credited + change <= i128::from(u64::MAX)
                }
                Step::PayOut { sequence, .. } => sequence > self.last_sequence,
                Step::Deposit { .. } => self.moved_into_notes - change <= i128::from(u64::MAX),
                Step::Withdraw { .. } => change <= self.in_notes,
            };
        if allowed {
            self.balances.insert(owner, balance);
            match *step {
                Step::Credit { sequence, .. } => {
                    self.last_sequence = sequence;
                    self.credited += change;
                }
                Step::PayOut { sequence, .. } => self.last_sequence = sequence,
                Step::Deposit { .. } => {
                    self.moved_into_notes -= change;
                    self.in_notes -= change;
                }
                Step::Withdraw { .. } => self.in_notes -= change,
            }
        }
        allowed
    }
}

fn take(book: &mut AccountBook, step: &Step, context: [u8; 32]) -> bool {
    let cashier = key(100);
    let result = match *step {
        Step::Credit {
            owner,
            amount,
            sequence,
        } => book.credit(
            &Credit::sign(
                &cashier,
                &CHAIN,
                AccountId::of(&key(owner)),
                amount,
                sequence,
            ),
            &CHAIN,
        ),
        Step::PayOut {
            owner,
            amount,
            sequence,
        } => book.pay_out(
            &PayOut::sign(
                &cashier,
                &CHAIN,
                AccountId::of(&key(owner)),
                amount,
                sequence,
            ),
            &CHAIN,
        ),
        Step::Deposit { owner, amount } => {
            let authorization = DepositAuthorization::sign(&key(owner), &CHAIN, amount, context);
            book.debit(&authorization, &CHAIN, &context, amount)
        }
        Step::Withdraw { owner, amount } => {
            book.credit_from_market(AccountId::of(&key(owner)), amount)
        }
    };
    result.is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_book_is_plain_arithmetic(steps in vec(step(), 1..60), capital in prop_oneof![Just(0), 0..100_u64]) {
        let mut book = AccountBook::with_capital(AccountId::of(&key(100)), capital).unwrap();
        let moved = i128::from(capital);
        let mut model = Model { credited: moved, moved_into_notes: moved, in_notes: moved, ..Model::default() };
        for (index, step) in steps.iter().enumerate() {
            let before = book.clone();
            let allowed = take(&mut book, step, [index as u8; 32]);
            prop_assert_eq!(allowed, model.take(step), "{:?}", step);
            prop_assert_eq!(allowed, book != before, "{:?}", step);
            prop_assert_eq!(allowed, book.digest() != before.digest());
            let totals = book.totals();
            let sum: u128 = book.balances().map(|(_, balance)| u128::from(balance)).sum();
            let in_notes = u128::from(totals.moved_into_notes) - u128::from(totals.returned_from_notes);
            let from_outside = u128::from(totals.credited) - u128::from(totals.paid_out);
            prop_assert_eq!(sum + in_notes, from_outside);
            prop_assert!(book.adds_up());
        }
        for owner in 0..3 {
            let expected = model.balances.get(&owner).copied().unwrap_or(0);
            prop_assert_eq!(i128::from(book.balance(&AccountId::of(&key(owner)))), expected);
        }
        prop_assert_eq!(i128::from(book.totals().in_notes()), model.in_notes);
        prop_assert_eq!(AccountBook::decode(&book.encode()), Ok(book));
    }

    #[test]
    fn garbage_is_no_book(mut bytes in vec(any::<u8>(), 0..200), entries in 0..4_u8) {
        // Sometimes with a header that could be one.
        if bytes.len() >= 80 {
            bytes[..4].copy_from_slice(&[1, 0, 0, 0]);
            bytes[4..36].copy_from_slice(&AccountId::of(&key(0)).0);
            bytes[76..80].copy_from_slice(&[entries, 0, 0, 0]);
        }
        if let Ok(book) = AccountBook::decode(&bytes) {
            prop_assert_eq!(book.encode(), bytes);
        }
    }
}
