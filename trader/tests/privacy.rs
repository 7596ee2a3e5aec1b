//! What a wallet shows: nothing links two messages of one trader, and nothing prints a secret.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeMap;
use support::verifier::message;
use support::wallets::include;
use support::{HI, LO, Ledger, MIDDLE, buy, follow, ioc, opened, seed, sell, sent};
use tally_exchange::message::{ActMessage, Action, OrderTerms, Transaction};
use tally_exchange::receipt::Receipt;
use tally_trader::build::public;
use tally_trader::keys::{account_key, cancel_key, nullifier_key};
use tally_trader::prepared::PreparedAct;
use tally_trader::wallet::Wallet;

const CENTS: u64 = 20_000_000;

/// Every value of a message that is as good as a name: 32 bytes that nobody else would choose.
fn names(message: &ActMessage) -> Vec<[u8; 32]> {
    let mut names = vec![
        message.nullifier.to_bytes(),
        message.new_commitment.to_bytes(),
        message.context().to_bytes(),
    ];
    match &message.action {
        Action::Open { account, .. }
        | Action::Deposit { account, .. }
        | Action::Withdraw { payee: account, .. } => names.push(account.0),
        Action::Trade { claim, tag, orders } => {
            names.extend(claim.iter().map(|claim| claim.tag.to_bytes()));
            names.extend(tag.iter().map(|tag| tag.to_bytes()));
            names.extend(orders.iter().map(|order| order.cancel_key));
        }
        Action::Bond { tag, .. } | Action::Transfer { tag, .. } => names.push(tag.to_bytes()),
        Action::Unbond { bond: tag, .. } | Action::Receive { transfer: tag, .. } => {
            names.push(tag.to_bytes());
        }
    }
    names
}

fn accounts(message: &ActMessage) -> Vec<[u8; 32]> {
    match &message.action {
        Action::Open { account, .. }
        | Action::Deposit { account, .. }
        | Action::Withdraw { payee: account, .. } => vec![account.0],
        _ => Vec::new(),
    }
}

/// A wallet that does everything once: opens, deposits, posts twice, is filled, moves, closes, withdraws.
struct Life {
    ledger: Ledger,
    wallet: Wallet,
    messages: Vec<ActMessage>,
}

impl Life {
    fn act(&mut self, prepared: PreparedAct) {
        let transaction = sent(prepared);
        self.messages.push(message(&transaction).clone());
        let outcome = self.ledger.block(&[transaction]);
        assert!(
            matches!(outcome[0].1, Receipt::Act(_)),
            "{:?}",
            outcome[0].1
        );
        follow(&mut self.wallet, &self.ledger, &outcome);
    }
}

fn life() -> Life {
    let mut ledger = Ledger::in_session();
    let mut taker = opened(&mut ledger, 2, CENTS);
    let wallet = Wallet::new(seed(1), ledger.market().market_element());
    let account = wallet.account();
    ledger.fund(public(&account), 2 * CENTS);
    let mut life = Life {
        ledger,
        wallet,
        messages: Vec::new(),
    };
    let open = life
        .wallet
        .main()
        .open(life.ledger.market(), &account, CENTS);
    life.act(open.unwrap());
    let deposit = life
        .wallet
        .main()
        .deposit(life.ledger.market(), &account, 5);
    life.act(deposit.unwrap());
    for _ in 0..2 {
        let requests = [buy(MIDDLE, 3), buy(LO, 1), sell(HI, 1)];
        let post = life
            .wallet
            .main()
            .trade(life.ledger.market(), None, &requests);
        life.act(post.unwrap());
    }
    let hit = taker
        .main()
        .trade(life.ledger.market(), None, &[ioc(sell(MIDDLE, 4))]);
    include(&mut life.ledger, &mut taker, hit.unwrap());
    let plan = life
        .wallet
        .main()
        .partial_claims(life.ledger.market())
        .remove(0);
    let moved = life
        .wallet
        .main()
        .trade(life.ledger.market(), Some(&plan), &[buy(LO, 1)]);
    life.act(moved.unwrap());
    let plan = life
        .wallet
        .main()
        .finished_claims(life.ledger.market())
        .remove(0);
    let closed = life
        .wallet
        .main()
        .trade(life.ledger.market(), Some(&plan), &[]);
    life.act(closed.unwrap());
    let payee = public(&account);
    let withdraw = life.wallet.main().withdraw(life.ledger.market(), payee, 77);
    life.act(withdraw.unwrap());
    life
}

/// Two messages share a value only where the protocol shows it: a claim names the tag of the Act whose records it
/// claims, and cash movements name the account.
#[test]
fn messages_of_one_trader_share_no_name() {
    let life = life();
    let mut seen: BTreeMap<[u8; 32], Vec<usize>> = BTreeMap::new();
    for (index, message) in life.messages.iter().enumerate() {
        for name in names(message) {
            seen.entry(name).or_default().push(index);
        }
    }
    let claimed: Vec<[u8; 32]> = life
        .messages
        .iter()
        .filter_map(|message| match &message.action {
            Action::Trade { claim, .. } => claim.as_ref().map(|claim| claim.tag.to_bytes()),
            _ => None,
        })
        .collect();
    assert_eq!(claimed.len(), 2);
    let account = public(&life.wallet.account()).0;
    let mut shared = 0;
    for (name, messages) in &seen {
        let is_shown = claimed.contains(name) || *name == account;
        assert!(
            messages.len() == 1 || is_shown,
            "{messages:?} share {}",
            hex::encode(name)
        );
        shared += usize::from(messages.len() > 1);
    }
    assert_eq!(shared, 3, "two claimed tags and the account");
    assert_eq!(seen[&account], [0, 1, 6], "opening, deposit, withdrawal");
    assert!(life.messages[2..6].iter().all(|m| accounts(m).is_empty()));
}

/// Cash and orders travel apart, so that no account is linked to an order.
#[test]
fn only_cash_movements_name_an_account() {
    for message in life().messages {
        match &message.action {
            Action::Trade { tag, orders, .. } => {
                assert!(accounts(&message).is_empty());
                assert!(tag.is_some() || orders.is_empty());
            }
            _ => assert_eq!(accounts(&message).len(), 1),
        }
    }
}

/// Lineages of one wallet look like different traders, and so do two wallets that do the same.
#[test]
fn the_same_orders_of_two_lineages_have_nothing_in_common() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, CENTS);
    let second = wallet.add_lineage().unwrap();
    ledger.fund(public(&wallet.account()), CENTS);
    let lineage = &wallet.lineages()[second];
    let open = lineage.open(ledger.market(), &wallet.account(), CENTS);
    include(&mut ledger, &mut wallet, open.unwrap());
    let other = opened(&mut ledger, 2, CENTS);
    let requests = [buy(LO, 1), sell(HI, 1)];
    let messages = [(&wallet, 0), (&wallet, second), (&other, 0)].map(|(wallet, lineage)| {
        let prepared = wallet.trade(lineage, ledger.market(), None, &requests, &[]);
        names(&prepared.unwrap().message)
    });
    let all: Vec<_> = messages.concat();
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(all.len(), distinct.len());
}

/// Hexadecimal digits of all secrets of a wallet, both ways round, and its words.
fn secrets(wallet: &Wallet) -> Vec<String> {
    let seed = wallet.seed();
    let key = nullifier_key(seed, 0);
    let mut bytes = vec![[1; 32], *key.to_bytes(), account_key(seed, 0).to_bytes()];
    for own in wallet.main().orders().values() {
        bytes.push(cancel_key(&key, own.posted_by, own.position).to_bytes());
    }
    let mut texts = Vec::new();
    for mut secret in bytes {
        texts.push(hex::encode(secret));
        texts.push(format!("{secret:?}"));
        texts.push(secret.map(|byte| byte.to_string()).join(","));
        secret.reverse();
        texts.push(hex::encode(secret));
    }
    texts.push(seed.phrase().to_string());
    texts
}

#[test]
fn debug_prints_no_secret() {
    let mut life = life();
    let market = life.ledger.market();
    let prepared = life
        .wallet
        .main()
        .trade(market, None, &[buy(LO, 1)])
        .unwrap();
    let cash = life.wallet.main().note().cash.to_string();
    let printed = [
        format!("{:?} {:#?}", life.wallet, life.wallet),
        format!("{:?} {:#?}", life.wallet.seed(), life.wallet.seed()),
        format!("{:?} {:#?}", life.wallet.main(), life.wallet.main()),
        format!("{prepared:?} {prepared:#?}"),
        format!("{:?}", life.wallet.main().note()),
        format!("{:?}", life.wallet.main().key()),
        format!("{:?}", life.wallet.main().orders()),
    ];
    let transaction = sent(prepared);
    let sent_bytes = hex::encode(transaction.to_bytes());
    let outcome = life.ledger.block(&[transaction]);
    follow(&mut life.wallet, &life.ledger, &outcome);
    let secrets = secrets(&life.wallet);
    assert!(secrets.len() > 20);
    for text in &printed {
        let flat: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        for secret in &secrets {
            let flat_secret: String = secret.chars().filter(|c| !c.is_whitespace()).collect();
            assert!(!flat.contains(&flat_secret), "{text}");
        }
        assert!(
            !text.contains(&cash),
            "the cash of a note is private: {text}"
        );
    }
    // What is sent holds none of them either.
    assert!(
        secrets
            .iter()
            .all(|secret| !sent_bytes.contains(secret.as_str()))
    );
}

/// An instruction shows the order and nothing of its owner.
#[test]
fn instructions_carry_no_name() {
    let life = life();
    let market = life.ledger.market();
    let live = |order: &&tally_exchange::units::OrderId| {
        market.record(**order).is_some_and(|r| r.status.is_live())
    };
    let order = *life.wallet.main().orders().keys().find(live).unwrap();
    let cancel = life.wallet.main().cancel(market, order).unwrap();
    let bytes = Transaction::Instruction(cancel).to_bytes();
    for message in &life.messages {
        for name in names(message) {
            assert!(!bytes.windows(32).any(|window| window == name));
        }
    }
    let terms: OrderTerms = market.record(order).unwrap().terms;
    assert!(!bytes.windows(32).any(|window| window == terms.cancel_key));
}
