//! From request to book with real Groth16 proofs, and what such a proof does not prove.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

mod support;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use support::{Groth16, Ledger, MIDDLE, buy, follow, seed};
use tally_circuits::field::Element;
use tally_exchange::market::Market;
use tally_exchange::message::{
    Account, ActMessage, ActTransaction, Action, ChainId, PROOF_BYTES, Transaction,
};
use tally_exchange::ports::Verifier;
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{Price, Quantity};
use tally_prover::act_test_keys;
use tally_trader::build::public;
use tally_trader::wallet::Wallet;

fn act(transaction: &Transaction) -> &ActTransaction {
    match transaction {
        Transaction::Act(act) => act,
        other => panic!("no Act: {other:?}"),
    }
}

/// The transaction with its message changed, its proof kept.
fn changed(transaction: &Transaction, change: impl Fn(&mut ActMessage)) -> Transaction {
    let mut act = act(transaction).clone();
    change(&mut act.message);
    Transaction::Act(Box::new(act))
}

/// Whether the proof of a transaction holds for what a market states of its message.
fn holds(market: &Market, transaction: &Transaction) -> bool {
    let act = act(transaction);
    let statement = market.message_statement(&act.message).unwrap();
    Groth16.verify_act(&statement, &act.proof)
}

#[test]
fn a_wallet_proves_and_its_proofs_prove_nothing_else() {
    let mut rng = ChaCha20Rng::seed_from_u64(11);
    let (proving_key, _) = act_test_keys();
    let mut ledger = Ledger::in_session();
    let mut wallet = Wallet::new(seed(1), ledger.market().market_element());
    let account = wallet.account();
    ledger.fund(public(&account), 3_000_000);
    let before = ledger.market().clone();

    // Open.
    let open = wallet.main().open(ledger.market(), &account, 2_000_000);
    let open = open.unwrap().prove(proving_key, &mut rng).unwrap();
    // For another amount the statement is another, and a cash signature that covers it would not help.
    let dearer = changed(&open, |m| {
        m.action = Action::Open {
            account: public(&account),
            amount: 2_000_001,
        };
    });
    assert!(holds(ledger.market(), &open) && !holds(ledger.market(), &dearer));
    send(&mut ledger, &mut wallet, &open);

    // Post.
    let requests = [buy(MIDDLE - 3, 2)];
    let post = wallet.main().trade(ledger.market(), None, &requests);
    let post = post.unwrap().prove(proving_key, &mut rng).unwrap();
    let market = ledger.market().clone();
    assert!(holds(&market, &post));
    let orders = |message: &mut ActMessage,
                  change: fn(&mut tally_exchange::message::OrderTerms)| {
        if let Action::Trade { orders, .. } = &mut message.action {
            change(&mut orders[0]);
        }
    };
    let others = [
        (
            "another order price",
            changed(&post, |m| orders(m, |o| o.limit = Price(MIDDLE - 2))),
        ),
        (
            "another quantity",
            changed(&post, |m| orders(m, |o| o.quantity = Quantity(1))),
        ),
        (
            "another cancel key",
            changed(&post, |m| orders(m, |o| o.cancel_key[0] ^= 1)),
        ),
        (
            "post-only",
            changed(&post, |m| orders(m, |o| o.post_only = true)),
        ),
        (
            "another chain",
            changed(&post, |m| m.chain = ChainId([1; 32])),
        ),
        ("another expiry", changed(&post, |m| m.expiry += 1)),
        ("another epoch", changed(&post, |m| m.epoch += 1)),
        (
            "another root",
            changed(&post, |m| m.root = Element(before.tree().root())),
        ),
        (
            "another nullifier",
            changed(&post, |m| m.nullifier = Element(5.into())),
        ),
        (
            "another note",
            changed(&post, |m| m.new_commitment = Element(5.into())),
        ),
    ];
    for (what, other) in &others {
        if *what != "another cancel key" {
            assert!(!holds(&market, other), "{what}");
        }
        // The state machine refuses it too, for the proof or for what it sees before.
        let mut ledger = ledger.clone();
        let receipt = ledger.block_verified(market.time(), std::slice::from_ref(other), &Groth16);
        assert!(matches!(receipt[0].1, Receipt::Refused(_)), "{what}");
    }
    // The same note and message under another market: its element, chain or band differ.
    for genesis in other_markets() {
        assert!(!holds(&Market::new(genesis).unwrap(), &post));
    }
    // A proof with a bit changed is none, and that of another message is none of this one.
    let mut broken = act(&post).clone();
    broken.proof[PROOF_BYTES - 1] ^= 1;
    assert!(!holds(&market, &Transaction::Act(Box::new(broken))));
    let mut borrowed = act(&post).clone();
    borrowed.proof = act(&open).proof;
    assert!(!holds(&market, &Transaction::Act(Box::new(borrowed))));
    let orders = send(&mut ledger, &mut wallet, &post);

    // Cancel and claim.
    let cancel = wallet.main().cancel(ledger.market(), orders[0]).unwrap();
    let outcome = ledger.block(&[Transaction::Instruction(cancel)]);
    follow(&mut wallet, &ledger, &outcome);
    let plan = wallet.main().finished_claims(ledger.market()).remove(0);
    let claim = wallet.main().trade(ledger.market(), Some(&plan), &[]);
    let claim = claim.unwrap().prove(proving_key, &mut rng).unwrap();
    send(&mut ledger, &mut wallet, &claim);
    assert!(wallet.main().orders().is_empty());

    // Withdraw; nobody can turn it to another payee.
    let withdraw = wallet
        .main()
        .withdraw(ledger.market(), public(&account), 500_000);
    let withdraw = withdraw.unwrap().prove(proving_key, &mut rng).unwrap();
    let stolen = changed(&withdraw, |m| {
        m.action = Action::Withdraw {
            payee: Account(
                Wallet::new(seed(2), m.nullifier)
                    .account()
                    .verifying_key()
                    .to_bytes(),
            ),
            amount: 500_000,
        };
    });
    assert!(!holds(ledger.market(), &stolen));
    let time = ledger.market().time();
    let receipt = ledger.block_verified(time, &[stolen], &Groth16);
    assert_eq!(receipt[0].1, Receipt::Refused(Refusal::Proof));
    send(&mut ledger, &mut wallet, &withdraw);
    assert_eq!(ledger.balance(public(&account)), 1_500_000);
    assert_eq!(wallet.main().note().cash, 2_000_000 - 2_500 - 500_000);
}

fn send(
    ledger: &mut Ledger,
    wallet: &mut Wallet,
    transaction: &Transaction,
) -> Vec<tally_exchange::units::OrderId> {
    let time = ledger.market().time();
    let outcome = ledger.block_verified(time, std::slice::from_ref(transaction), &Groth16);
    let orders = support::receipt_of(&outcome[0].1).orders.clone();
    follow(wallet, ledger, &outcome);
    orders
}

fn other_markets() -> [tally_exchange::market::Genesis; 3] {
    let mut chain = support::genesis();
    chain.chain = ChainId([9; 32]);
    let mut month = support::genesis();
    month.session.contract = "HEJ7".to_owned();
    let mut band = support::genesis();
    band.prior_settlement = Price(MIDDLE + 1);
    [chain, month, band]
}
