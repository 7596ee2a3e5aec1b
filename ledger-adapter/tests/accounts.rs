//! Every rule of the account book, broken one at a time.

// Tests fail by panicking, and narrow small numbers that they made themselves.
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::print_stdout
)]

use borsh::BorshDeserialize;
use ed25519_dalek::Signer;
use tally_ledger_adapter::accounts::{
    AccountBook, AccountError, AccountId, CASHIER_REQUEST_BYTES, CashierRequest, Credit,
    DEPOSIT_AUTHORIZATION_BYTES, DepositAuthorization, Faucet, KeyFault, PayOut,
    RequestDecodeError, SigningKey, SnapshotDecodeError,
};

const CHAIN: [u8; 32] = [1; 32];
const OTHER_CHAIN: [u8; 32] = [2; 32];
const CONTEXT: [u8; 32] = [3; 32];
const OTHER_CONTEXT: [u8; 32] = [4; 32];

/// The neutral element, order 1.
const NEUTRAL: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
};
/// A point of order 4 (y = 0).
const ORDER_FOUR: [u8; 32] = [0; 32];

fn cashier() -> SigningKey {
    SigningKey::from_bytes(&[10; 32])
}

fn owner() -> SigningKey {
    SigningKey::from_bytes(&[11; 32])
}

fn account() -> AccountId {
    AccountId::of(&owner())
}

/// A book in which `account()` has 1000 cents, and the cashier's last sequence is 5.
fn book() -> AccountBook {
    let mut book = AccountBook::new(AccountId::of(&cashier())).unwrap();
    book.credit(
        &Credit::sign(&cashier(), &CHAIN, account(), 1000, 5),
        &CHAIN,
    )
    .unwrap();
    book
}

/// Asserts that the operation fails with this error and changes nothing.
fn refused(
    error: AccountError,
    operation: impl FnOnce(&mut AccountBook) -> Result<(), AccountError>,
) {
    let before = book();
    let mut after = before.clone();
    assert_eq!(operation(&mut after), Err(error));
    assert_eq!(after, before, "a refused request changed the book");
}

fn bad_signature(signer: AccountId, request: &'static str) -> AccountError {
    AccountError::BadSignature { signer, request }
}

#[test]
fn cash_goes_in_through_and_out() {
    let mut book = book();
    assert_eq!((book.balance(&account()), book.last_sequence()), (1000, 5));
    book.debit(
        &DepositAuthorization::sign(&owner(), &CHAIN, 600, CONTEXT),
        &CHAIN,
        &CONTEXT,
        600,
    )
    .unwrap();
    assert_eq!(
        (book.balance(&account()), book.totals().in_notes()),
        (400, 600)
    );
    let payee = AccountId::of(&SigningKey::from_bytes(&[12; 32]));
    book.credit_from_market(payee, 250).unwrap();
    assert_eq!((book.balance(&payee), book.totals().in_notes()), (250, 350));
    book.pay_out(&PayOut::sign(&cashier(), &CHAIN, payee, 250, 6), &CHAIN)
        .unwrap();
    assert_eq!((book.balance(&payee), book.balances().len()), (0, 1));
    let totals = book.totals();
    let moved = (
        totals.credited,
        totals.paid_out,
        totals.moved_into_notes,
        totals.returned_from_notes,
    );
    assert_eq!(moved, (1000, 250, 600, 250));
    assert!(book.adds_up());
}

#[test]
fn a_markets_capital_pays_traders_and_nobody_else() {
    let mut book = AccountBook::with_capital(AccountId::of(&cashier()), 700).unwrap();
    let totals = book.totals();
    assert_eq!(
        (totals.credited, totals.moved_into_notes, totals.in_notes()),
        (700, 700, 700)
    );
    assert_eq!((book.balances().len(), book.last_sequence()), (0, 0));
    assert!(book.adds_up());
    // No account has it: only a market gives it away.
    let pay_out = PayOut::sign(&cashier(), &CHAIN, account(), 1, 1);
    assert!(matches!(
        book.pay_out(&pay_out, &CHAIN),
        Err(AccountError::InsufficientBalance { .. })
    ));
    let too_much = book.credit_from_market(account(), 701);
    assert_eq!(
        too_much,
        Err(AccountError::MoreThanInNotes {
            amount_cents: 701,
            in_notes_cents: 700
        })
    );
    book.credit_from_market(account(), 700).unwrap();
    assert_eq!(
        (book.balance(&account()), book.totals().in_notes()),
        (700, 0)
    );
    assert!(book.adds_up());
    assert_eq!(AccountBook::decode(&book.encode()), Ok(book));
}

#[test]
fn a_book_with_capital_is_another_book() {
    let id = AccountId::of(&cashier());
    let plain = AccountBook::new(id).unwrap();
    assert_eq!(AccountBook::with_capital(id, 0).unwrap(), plain);
    let one = AccountBook::with_capital(id, 1).unwrap();
    assert_ne!(one.digest(), plain.digest());
    assert_ne!(
        one.digest(),
        AccountBook::with_capital(id, 2).unwrap().digest()
    );
    assert!(AccountBook::with_capital(AccountId(NEUTRAL), 1).is_err());
    // The sums stay within 64 bits with capital as without.
    let mut full = AccountBook::with_capital(id, u64::MAX).unwrap();
    assert!(full.adds_up());
    let credit = Credit::sign(&cashier(), &CHAIN, account(), 1, 1);
    assert!(matches!(
        full.credit(&credit, &CHAIN),
        Err(AccountError::Overflow { .. })
    ));
}

#[test]
fn zero_amounts_are_refused() {
    let zero = AccountError::ZeroAmount;
    refused(zero, |book| {
        book.credit(&Credit::sign(&cashier(), &CHAIN, account(), 0, 6), &CHAIN)
    });
    refused(zero, |book| {
        book.pay_out(&PayOut::sign(&cashier(), &CHAIN, account(), 0, 6), &CHAIN)
    });
    refused(zero, |book| book.credit_from_market(account(), 0));
    let authorization = DepositAuthorization::sign(&owner(), &CHAIN, 0, CONTEXT);
    refused(zero, |book| book.debit(&authorization, &CHAIN, &CONTEXT, 0));
    assert_eq!(authorization.verify(&CHAIN), Err(zero));
}

#[test]
fn a_cashiers_request_is_applied_once() {
    for sequence in [0, 1, 4, 5] {
        let stale = AccountError::StaleSequence { sequence, last: 5 };
        refused(stale, |book| {
            book.credit(
                &Credit::sign(&cashier(), &CHAIN, account(), 1, sequence),
                &CHAIN,
            )
        });
        refused(stale, |book| {
            book.pay_out(
                &PayOut::sign(&cashier(), &CHAIN, account(), 1, sequence),
                &CHAIN,
            )
        });
    }
    let mut book = book();
    let credit = Credit::sign(&cashier(), &CHAIN, account(), 1, 9);
    book.credit(&credit, &CHAIN).unwrap();
    assert_eq!(
        book.credit(&credit, &CHAIN),
        Err(AccountError::StaleSequence {
            sequence: 9,
            last: 9
        })
    );
    // A payment shares the sequence with credits.
    let pay_out = PayOut::sign(&cashier(), &CHAIN, account(), 1, 9);
    assert_eq!(
        book.pay_out(&pay_out, &CHAIN),
        Err(AccountError::StaleSequence {
            sequence: 9,
            last: 9
        })
    );
}

#[test]
fn a_refused_request_leaves_its_sequence_free() {
    let mut book = book();
    assert!(
        book.pay_out(
            &PayOut::sign(&cashier(), &CHAIN, account(), 5000, 6),
            &CHAIN
        )
        .is_err()
    );
    book.pay_out(&PayOut::sign(&cashier(), &CHAIN, account(), 500, 6), &CHAIN)
        .unwrap();
}

#[test]
fn a_cashiers_signature_covers_every_field() {
    let cashier_id = AccountId::of(&cashier());
    let credit = Credit::sign(&cashier(), &CHAIN, account(), 10, 6);
    let pay_out = PayOut::sign(&cashier(), &CHAIN, account(), 10, 6);
    let other = AccountId::of(&cashier());
    let mut flipped = credit.signature;
    flipped[3] ^= 1;
    let credits = [
        Credit {
            account: other,
            ..credit.clone()
        },
        Credit {
            amount_cents: 11,
            ..credit.clone()
        },
        Credit {
            sequence: 7,
            ..credit.clone()
        },
        Credit {
            signature: flipped,
            ..credit.clone()
        },
        // What was signed as a payment is no credit.
        Credit {
            signature: pay_out.signature,
            ..credit.clone()
        },
        Credit::sign(&owner(), &CHAIN, account(), 10, 6),
        Credit::sign(&cashier(), &OTHER_CHAIN, account(), 10, 6),
    ];
    for wrong in credits {
        refused(bad_signature(cashier_id, "credit"), |book| {
            book.credit(&wrong, &CHAIN)
        });
    }
    let pay_outs = [
        PayOut {
            account: other,
            ..pay_out.clone()
        },
        PayOut {
            amount_cents: 11,
            ..pay_out.clone()
        },
        PayOut {
            sequence: 7,
            ..pay_out.clone()
        },
        PayOut {
            signature: credit.signature,
            ..pay_out.clone()
        },
        PayOut::sign(&owner(), &CHAIN, account(), 10, 6),
        PayOut::sign(&cashier(), &OTHER_CHAIN, account(), 10, 6),
    ];
    for wrong in pay_outs {
        refused(bad_signature(cashier_id, "pay-out"), |book| {
            book.pay_out(&wrong, &CHAIN)
        });
    }
    book().credit(&credit, &CHAIN).unwrap();
    book().pay_out(&pay_out, &CHAIN).unwrap();
}

#[test]
fn a_deposit_covers_chain_account_amount_and_context() {
    let authorization = DepositAuthorization::sign(&owner(), &CHAIN, 100, CONTEXT);
    authorization.verify(&CHAIN).unwrap();
    let bad = bad_signature(account(), "deposit");
    refused(bad, |book| {
        book.debit(&authorization, &OTHER_CHAIN, &CONTEXT, 100)
    });
    refused(
        AccountError::ContextDiffers {
            found: CONTEXT,
            expected: OTHER_CONTEXT,
        },
        |book| book.debit(&authorization, &CHAIN, &OTHER_CONTEXT, 100),
    );
    refused(
        AccountError::AmountDiffers {
            found: 100,
            expected: 101,
        },
        |book| book.debit(&authorization, &CHAIN, &CONTEXT, 101),
    );
    // The same with the fields of the authorisation changed to what the deposit wants.
    let moved = DepositAuthorization {
        context: OTHER_CONTEXT,
        ..authorization.clone()
    };
    refused(bad, |book| book.debit(&moved, &CHAIN, &OTHER_CONTEXT, 100));
    let raised = DepositAuthorization {
        amount_cents: 101,
        ..authorization.clone()
    };
    refused(bad, |book| book.debit(&raised, &CHAIN, &CONTEXT, 101));

    let mut book = book();
    let rich = AccountId::of(&cashier());
    book.credit(&Credit::sign(&cashier(), &CHAIN, rich, 1000, 6), &CHAIN)
        .unwrap();
    let redirected = DepositAuthorization {
        account: rich,
        ..authorization.clone()
    };
    assert_eq!(
        book.debit(&redirected, &CHAIN, &CONTEXT, 100),
        Err(bad_signature(rich, "deposit"))
    );
    for bit in 0..512 {
        let mut wrong = authorization.clone();
        wrong.signature[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            book.debit(&wrong, &CHAIN, &CONTEXT, 100),
            Err(bad),
            "signature bit {bit}"
        );
    }
    book.debit(&authorization, &CHAIN, &CONTEXT, 100).unwrap();
}

#[test]
fn a_signature_has_one_form() {
    // Adding the group order to s gives a second signature that lax verifiers accept.
    const GROUP_ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut authorization = DepositAuthorization::sign(&owner(), &CHAIN, 100, CONTEXT);
    let mut carry = 0;
    for (byte, order) in authorization.signature[32..].iter_mut().zip(GROUP_ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    refused(bad_signature(account(), "deposit"), |book| {
        book.debit(&authorization, &CHAIN, &CONTEXT, 100)
    });
}

#[test]
fn weak_and_malformed_keys_are_refused() {
    let mut not_canonical = [0xff; 32];
    not_canonical[0] = 0xee; // 2^255 - 19 + 1, another name of 1
    not_canonical[31] = 0x7f;
    let mut negative_neutral = NEUTRAL;
    negative_neutral[31] |= 0x80; // x = 0 has no sign
    let mut prime = not_canonical;
    prime[0] = 0xed; // another name of 0
    let off_curve = (0..=u8::MAX).map(|byte| [byte; 32]).find(|bytes| {
        let canonical = bytes[31] & 0x7f < 0x7f;
        canonical && ed25519_dalek::VerifyingKey::from_bytes(bytes).is_err()
    });
    let cases = [
        (NEUTRAL, KeyFault::SmallOrder),
        (ORDER_FOUR, KeyFault::SmallOrder),
        (negative_neutral, KeyFault::SmallOrder),
        (not_canonical, KeyFault::NotCanonical),
        (prime, KeyFault::NotCanonical),
        ([0xff; 32], KeyFault::NotCanonical),
        (off_curve.unwrap(), KeyFault::NotOnCurve),
    ];
    for (bytes, fault) in cases {
        let account = AccountId(bytes);
        let unusable = AccountError::UnusableKey { account, fault };
        assert_eq!(account.check(), Err(fault), "{account}");
        assert_eq!(AccountBook::new(account).unwrap_err(), fault);
        refused(unusable, |book| {
            book.credit(&Credit::sign(&cashier(), &CHAIN, account, 1, 6), &CHAIN)
        });
        let mut book = book();
        book.debit(
            &DepositAuthorization::sign(&owner(), &CHAIN, 10, CONTEXT),
            &CHAIN,
            &CONTEXT,
            10,
        )
        .unwrap();
        assert_eq!(book.credit_from_market(account, 1), Err(unusable));
        let signature = owner().sign(b"anything").to_bytes();
        let authorization = DepositAuthorization {
            account,
            amount_cents: 1,
            context: CONTEXT,
            signature,
        };
        assert_eq!(authorization.verify(&CHAIN), Err(unusable));
    }
    // The largest canonical coordinate is one below the prime: -1, of order 2.
    let mut largest = prime;
    largest[0] = 0xec;
    assert_eq!(AccountId(largest).check(), Err(KeyFault::SmallOrder));
    assert_eq!(account().check(), Ok(()));
}

#[test]
fn nobody_spends_more_than_there_is() {
    let too_much = |amount_cents| AccountError::InsufficientBalance {
        account: account(),
        amount_cents,
        balance_cents: 1000,
    };
    refused(too_much(1001), |book| {
        book.pay_out(
            &PayOut::sign(&cashier(), &CHAIN, account(), 1001, 6),
            &CHAIN,
        )
    });
    let authorization = DepositAuthorization::sign(&owner(), &CHAIN, u64::MAX, CONTEXT);
    refused(too_much(u64::MAX), |book| {
        book.debit(&authorization, &CHAIN, &CONTEXT, u64::MAX)
    });
    let stranger = SigningKey::from_bytes(&[13; 32]);
    let nothing = AccountError::InsufficientBalance {
        account: AccountId::of(&stranger),
        amount_cents: 1,
        balance_cents: 0,
    };
    let authorization = DepositAuthorization::sign(&stranger, &CHAIN, 1, CONTEXT);
    refused(nothing, |book| {
        book.debit(&authorization, &CHAIN, &CONTEXT, 1)
    });
    // All of it is fine, and the account is forgotten.
    let mut book = book();
    book.pay_out(
        &PayOut::sign(&cashier(), &CHAIN, account(), 1000, 6),
        &CHAIN,
    )
    .unwrap();
    assert_eq!(book.balances().len(), 0);
}

#[test]
fn markets_return_no_more_than_they_got() {
    refused(
        AccountError::MoreThanInNotes {
            amount_cents: 1,
            in_notes_cents: 0,
        },
        |book| book.credit_from_market(account(), 1),
    );
    let mut book = book();
    book.debit(
        &DepositAuthorization::sign(&owner(), &CHAIN, 10, CONTEXT),
        &CHAIN,
        &CONTEXT,
        10,
    )
    .unwrap();
    let more = AccountError::MoreThanInNotes {
        amount_cents: 11,
        in_notes_cents: 10,
    };
    assert_eq!(book.credit_from_market(account(), 11), Err(more));
    book.credit_from_market(account(), 10).unwrap();
}

#[test]
fn sums_do_not_overflow() {
    let amount_cents = u64::MAX - 999;
    let expected = AccountError::Overflow {
        field: "the balance",
        value_cents: 1000,
        amount_cents,
    };
    refused(expected, |book| {
        book.credit(
            &Credit::sign(&cashier(), &CHAIN, account(), amount_cents, 6),
            &CHAIN,
        )
    });
    let expected = AccountError::Overflow {
        field: "credited",
        value_cents: 1000,
        amount_cents,
    };
    let other = AccountId::of(&cashier());
    refused(expected, |book| {
        book.credit(
            &Credit::sign(&cashier(), &CHAIN, other, amount_cents, 6),
            &CHAIN,
        )
    });
}

#[test]
fn life_long_totals_do_not_overflow() {
    let mut book = AccountBook::new(AccountId::of(&cashier())).unwrap();
    let most = u64::MAX;
    book.credit(
        &Credit::sign(&cashier(), &CHAIN, account(), most, 1),
        &CHAIN,
    )
    .unwrap();
    book.debit(
        &DepositAuthorization::sign(&owner(), &CHAIN, most, CONTEXT),
        &CHAIN,
        &CONTEXT,
        most,
    )
    .unwrap();
    book.credit_from_market(account(), 1).unwrap();
    let before = book.clone();
    let again = DepositAuthorization::sign(&owner(), &CHAIN, 1, CONTEXT);
    let expected = AccountError::Overflow {
        field: "moved_into_notes",
        value_cents: most,
        amount_cents: 1,
    };
    assert_eq!(book.debit(&again, &CHAIN, &CONTEXT, 1), Err(expected));
    assert_eq!(book, before);
    assert!(book.adds_up());
}

#[test]
fn requests_decode_in_one_form_only() {
    let requests = [
        CashierRequest::Credit(Credit::sign(&cashier(), &CHAIN, account(), 10, 6)),
        CashierRequest::PayOut(PayOut::sign(&cashier(), &CHAIN, account(), 10, 6)),
    ];
    for request in requests {
        let bytes = request.encode();
        assert_eq!(bytes, borsh::to_vec(&request).unwrap());
        assert_eq!(bytes.len(), CASHIER_REQUEST_BYTES);
        assert_eq!(CashierRequest::decode(&bytes), Ok(request.clone()));
        assert_eq!(CashierRequest::try_from_slice(&bytes).unwrap(), request);
        for length in (0..bytes.len()).chain([bytes.len() + 1, 10_000]) {
            let mut other = bytes.clone();
            other.resize(length, 0);
            let error = CashierRequest::decode(&other).unwrap_err();
            assert!(
                matches!(error, RequestDecodeError::Length { bytes, .. } if bytes == length),
                "{error}"
            );
        }
        for kind in 2..=u8::MAX {
            let mut other = bytes.clone();
            other[0] = kind;
            assert_eq!(
                CashierRequest::decode(&other),
                Err(RequestDecodeError::Kind { kind })
            );
        }
    }
    let authorization = DepositAuthorization::sign(&owner(), &CHAIN, 10, CONTEXT);
    let bytes = authorization.encode();
    assert_eq!(bytes[..], borsh::to_vec(&authorization).unwrap());
    assert_eq!(DepositAuthorization::decode(&bytes), Ok(authorization));
    for length in (0..DEPOSIT_AUTHORIZATION_BYTES).chain([DEPOSIT_AUTHORIZATION_BYTES + 1, 10_000])
    {
        let mut other = bytes.to_vec();
        other.resize(length, 0);
        assert!(
            DepositAuthorization::decode(&other).is_err(),
            "{length} bytes"
        );
    }
}

#[test]
fn snapshots_are_checked() {
    let mut book = book();
    let other = AccountId::of(&cashier());
    book.credit(&Credit::sign(&cashier(), &CHAIN, other, 7, 6), &CHAIN)
        .unwrap();
    book.debit(
        &DepositAuthorization::sign(&owner(), &CHAIN, 10, CONTEXT),
        &CHAIN,
        &CONTEXT,
        10,
    )
    .unwrap();
    let bytes = book.encode();
    assert_eq!(AccountBook::decode(&bytes), Ok(book.clone()));
    const HEADER: usize = 80;
    const ENTRY: usize = 40;
    assert_eq!(bytes.len(), HEADER + 2 * ENTRY);
    let edited = |edit: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        edit(&mut bytes);
        AccountBook::decode(&bytes).unwrap_err()
    };
    assert_eq!(
        edited(&|bytes| bytes[0] = 2),
        SnapshotDecodeError::Version { found: 2 }
    );
    assert!(matches!(
        edited(&|bytes| bytes[4..36].fill(0)),
        SnapshotDecodeError::UnusableCashier { .. }
    ));
    // Each number but the sequence is part of the sum.
    for offset in [44, 52, 60, 68, HEADER + 32, HEADER + ENTRY + 32] {
        assert_eq!(
            edited(&|bytes| bytes[offset] ^= 1),
            SnapshotDecodeError::Unbalanced,
            "offset {offset}"
        );
    }
    let more_returned = edited(&|bytes| bytes[68..76].fill(0xff));
    assert_eq!(more_returned, SnapshotDecodeError::Unbalanced);
    let count = edited(&|bytes| bytes[76..80].fill(0xff));
    assert_eq!(
        count,
        SnapshotDecodeError::TooManyAccounts { count: u32::MAX }
    );
    let zero = edited(&|bytes| bytes[HEADER + 32..HEADER + 40].fill(0));
    assert!(
        matches!(zero, SnapshotDecodeError::ZeroBalance { .. }),
        "{zero}"
    );
    let swapped = edited(&|bytes| bytes[HEADER..].rotate_left(ENTRY));
    assert!(
        matches!(swapped, SnapshotDecodeError::Unordered { .. }),
        "{swapped}"
    );
    let twice = edited(&|bytes| bytes.copy_within(HEADER..HEADER + ENTRY, HEADER + ENTRY));
    assert!(
        matches!(twice, SnapshotDecodeError::Unordered { .. }),
        "{twice}"
    );
    for length in (0..bytes.len()).chain([bytes.len() + 1]) {
        let error = edited(&|bytes| bytes.resize(length, 0));
        assert!(
            matches!(error, SnapshotDecodeError::Length { bytes, .. } if bytes == length),
            "{error}"
        );
    }
}

#[test]
fn the_bytes_of_signatures_and_books_are_pinned() {
    // Computed by an independent implementation. Changing any of them breaks every existing log.
    let hash = |bytes: &[u8]| hex::encode(<sha2::Sha256 as sha2::Digest>::digest(bytes));
    let credit = Credit::sign(&cashier(), &CHAIN, account(), 10, 6);
    let pay_out = PayOut::sign(&cashier(), &CHAIN, account(), 10, 6);
    let deposit = DepositAuthorization::sign(&owner(), &CHAIN, 10, CONTEXT);
    assert_eq!(
        hash(&credit.signature),
        "e6dd4e9d55713795f28559230bb4f191b62e87573b3c754b99c8a4d2c01540c3"
    );
    assert_eq!(
        hash(&pay_out.signature),
        "6dce9642f38e0e4c81ca72d674b3142d3b81ef8dcd501ee3d9000eb0b2dc47d3"
    );
    assert_eq!(
        hash(&deposit.signature),
        "7fb9123e1eabaa8f53ec538f6f7171e4218a750661e69e73988a6675487f777a"
    );
    assert_eq!(
        hex::encode(book().digest()),
        "5b9a67cf00db9d5b457810d02c734e646bfc637ba38ad0d628e15a3159ab9058"
    );
    assert_eq!(
        Faucet::from_seed(b"seed").cashier().to_string(),
        "97d9238c15f740708f564e9f74c9e9b877605fde1eacea74770a6559bc4cfce0"
    );
}

#[test]
fn the_faucet_is_a_cashier_from_a_seed() {
    let mut faucet = Faucet::from_seed(b"seed");
    assert_ne!(faucet.cashier(), Faucet::from_seed(b"other").cashier());
    let mut book = AccountBook::new(faucet.cashier()).unwrap();
    book.credit(&faucet.credit(&CHAIN, account(), 100), &CHAIN)
        .unwrap();
    let mut resumed = Faucet::resume(b"seed", book.last_sequence());
    let pay_out = resumed.pay_out(&CHAIN, account(), 40);
    assert_eq!(pay_out, faucet.pay_out(&CHAIN, account(), 40));
    book.apply(&CashierRequest::PayOut(pay_out), &CHAIN)
        .unwrap();
    assert_eq!((book.balance(&account()), book.last_sequence()), (60, 2));
    assert!(!format!("{faucet:?}").contains("key"), "{faucet:?}");
}

#[test]
fn accounts_are_hexadecimal_text() {
    let text = account().to_string();
    assert_eq!(text.len(), 64);
    assert_eq!(text.parse(), Ok(account()));
    let deserialize = |text: &str| {
        use serde::Deserialize;
        use serde::de::IntoDeserializer;
        use serde::de::value::{Error, StrDeserializer};
        let deserializer: StrDeserializer<'_, Error> = text.into_deserializer();
        <AccountId as Deserialize>::deserialize(deserializer)
    };
    assert_eq!(deserialize(&text), Ok(account()));
    for wrong in [
        "",
        "00",
        &text[1..],
        &format!("{text}00"),
        &text.replacen(|_| true, "g", 1),
    ] {
        assert!(wrong.parse::<AccountId>().is_err(), "{wrong}");
        assert!(
            deserialize(wrong)
                .unwrap_err()
                .to_string()
                .contains("64 hexadecimal digits"),
            "{wrong}"
        );
    }
}
