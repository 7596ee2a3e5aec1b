//! One-time cancel keys: one an order, never the same twice, found again after a recovery, worth nothing to others.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

mod support;

use proptest::prelude::*;
use std::collections::BTreeSet;
use support::wallets::include;
use support::{HI, LO, Ledger, buy, crash, opened, seed, sell};
use tally_circuits::field::Element;
use tally_exchange::message::{Instruction, OrderChange, Transaction};
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{OrderId, Quantity};
use tally_trader::error::WalletError;
use tally_trader::keys::{account_key, cancel_key, nullifier_key};
use tally_trader::wallet::Wallet;

const CENTS: u64 = 20_000_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Over seeds, lineages, Acts and positions no two keys are the same, account keys included.
    #[test]
    fn keys_are_distinct(first in any::<u64>(), other in 1_u64..) {
        let acts = [Element(first.into()), Element(first.wrapping_add(other).into())];
        let mut secrets = BTreeSet::new();
        let mut count = 0;
        for number in [1, 2] {
            let seed = seed(number);
            for index in [0, 1, 256] {
                let key = nullifier_key(&seed, index);
                secrets.insert(*key.to_bytes());
                secrets.insert(account_key(&seed, index).to_bytes());
                count += 2;
                for act in acts {
                    for position in 0..16 {
                        secrets.insert(cancel_key(&key, act, position).to_bytes());
                        count += 1;
                    }
                }
            }
        }
        prop_assert_eq!(secrets.len(), count);
    }
}

/// Derivations are part of the protocol: other software must find the same keys.
#[test]
fn known_answers() {
    let seed = seed(0);
    let nullifier_key = nullifier_key(&seed, 0);
    let keys = [
        *nullifier_key.to_bytes(),
        account_key(&seed, 0).to_bytes(),
        cancel_key(&nullifier_key, Element(7.into()), 1).to_bytes(),
    ];
    let expected = [KNOWN_NULLIFIER_KEY, KNOWN_ACCOUNT_KEY, KNOWN_CANCEL_KEY];
    assert_eq!(keys.map(hex::encode), expected);
}

// Made by an independent program: SHA-512 over the domain, the BIP-39 seed of the all-zero entropy and the rest.
const KNOWN_NULLIFIER_KEY: &str =
    "8234773a5500a9b762f1164ef0cea651e89973f1138d21eec7d84fb7322f8f3a";
const KNOWN_ACCOUNT_KEY: &str = "2346bf5b8ed8607c9ae69a730002f65e97c71a757ee2c8c3d813edc80dc1096a";
const KNOWN_CANCEL_KEY: &str = "eb8785cf24f204f1b3e5bf9bcbe27858a3df52463730834cc811b608463ef0a6";

/// A full message of sixteen, twice, in two lineages of two wallets: 128 orders, 128 keys.
#[test]
fn every_order_has_a_key_of_its_own() {
    let mut ledger = Ledger::in_session();
    let mut orders = 0;
    for number in [1, 2] {
        let mut wallet = opened(&mut ledger, number, CENTS);
        let second = wallet.add_lineage().unwrap();
        let account = wallet.account();
        ledger.fund(tally_trader::build::public(&account), CENTS);
        let lineage = &wallet.lineages()[second];
        let open = lineage.open(ledger.market(), &account, CENTS).unwrap();
        include(&mut ledger, &mut wallet, open);
        for lineage in [0, second] {
            for _ in 0..2 {
                let requests = [buy(LO, 1); 16];
                let prepared = wallet.trade(lineage, ledger.market(), None, &requests, &[]);
                orders += include(&mut ledger, &mut wallet, prepared.unwrap()).len();
            }
        }
        crash(&mut wallet, &ledger);
    }
    let keys: BTreeSet<[u8; 32]> = ledger
        .market()
        .records()
        .map(|(_, record)| record.terms.cancel_key)
        .collect();
    assert_eq!((orders, keys.len()), (128, 128));
}

fn answer(ledger: &mut Ledger, instruction: Instruction) -> Receipt {
    ledger
        .block(&[Transaction::Instruction(instruction)])
        .remove(0)
        .1
}

#[test]
fn a_recovered_wallet_cancels_and_reduces() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, CENTS);
    let requests = [buy(LO, 5), buy(LO + 1, 5), sell(HI, 5)];
    let prepared = wallet.main().trade(ledger.market(), None, &requests);
    let orders = include(&mut ledger, &mut wallet, prepared.unwrap());
    crash(&mut wallet, &ledger);
    for order in orders {
        let reduce = wallet
            .main()
            .reduce(ledger.market(), order, Quantity(2))
            .unwrap();
        let receipt = answer(&mut ledger, reduce);
        assert_eq!(
            receipt,
            Receipt::Instruction {
                order,
                removed: Quantity(3)
            }
        );
        crash(&mut wallet, &ledger);
        let cancel = wallet.main().cancel(ledger.market(), order).unwrap();
        let receipt = answer(&mut ledger, cancel);
        assert_eq!(
            receipt,
            Receipt::Instruction {
                order,
                removed: Quantity(2)
            }
        );
    }
}

/// Neither another wallet nor another order's key cancels an order, nor does a signature over something else.
#[test]
fn the_wrong_key_is_refused() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, CENTS);
    let mut other = opened(&mut ledger, 2, CENTS);
    let post = |ledger: &mut Ledger, wallet: &mut Wallet| -> Vec<OrderId> {
        let prepared = wallet
            .main()
            .trade(ledger.market(), None, &[buy(LO, 3), buy(LO, 3)]);
        include(ledger, wallet, prepared.unwrap())
    };
    let orders = post(&mut ledger, &mut wallet);
    let others = post(&mut ledger, &mut other);
    // A wallet does not even try with an order that is not its own.
    let error = other.main().cancel(ledger.market(), orders[0]).unwrap_err();
    assert!(matches!(error, WalletError::UnknownOrder(order) if order == orders[0]));
    let forged = [
        other.main().cancel(ledger.market(), others[0]).unwrap(),
        wallet.main().cancel(ledger.market(), orders[1]).unwrap(),
        wallet
            .main()
            .reduce(ledger.market(), orders[0], Quantity(1))
            .unwrap(),
    ];
    for signed in forged {
        let cancel = Instruction {
            order: orders[0],
            change: OrderChange::Cancel,
            ..signed
        };
        let receipt = answer(&mut ledger, cancel);
        assert_eq!(receipt, Receipt::Refused(Refusal::Signature(orders[0])));
    }
    assert!(ledger.market().record(orders[0]).unwrap().status.is_live());
    let cancel = wallet.main().cancel(ledger.market(), orders[0]).unwrap();
    assert!(matches!(
        answer(&mut ledger, cancel),
        Receipt::Instruction { .. }
    ));
}
