//! What a recovery finds, what it leaves out, and what it does not believe.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

mod support;

use support::wallets::include;
use support::{LO, Ledger, MIDDLE, buy, crash, follow, opened, seed, sell, sent};
use tally_circuits::field::Element;
use tally_exchange::message::{Action, RecordClaim, Rest, Transaction};
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::OrderId;
use tally_trader::build::{ClaimPlan, public};
use tally_trader::error::WalletError;
use tally_trader::history::History;
use tally_trader::keys::RECOVERY_GAP;
use tally_trader::wallet::Wallet;

const CENTS: u64 = 5_000_000;

/// The executed Acts of a ledger in order, to be tampered with.
fn acts(ledger: &mut Ledger, number: u8) -> (Wallet, Vec<(Transaction, Receipt)>) {
    let mut log = Vec::new();
    let mut wallet = Wallet::new(seed(number), ledger.market().market_element());
    let account = wallet.account();
    ledger.fund(public(&account), CENTS);
    let mut send = |wallet: &mut Wallet, ledger: &mut Ledger, transaction: Transaction| {
        let outcome = ledger.block(&[transaction]);
        follow(wallet, ledger, &outcome);
        log.extend(outcome);
    };
    let open = wallet
        .main()
        .open(ledger.market(), &account, CENTS)
        .unwrap();
    send(&mut wallet, ledger, sent(open));
    for price in [LO, LO + 1] {
        let requests = [buy(price, 1), buy(price, 2)];
        let post = wallet
            .main()
            .trade(ledger.market(), None, &requests)
            .unwrap();
        send(&mut wallet, ledger, sent(post));
    }
    (wallet, log)
}

fn history(ledger: &Ledger, log: &[(Transaction, Receipt)]) -> History {
    let mut history = History::default();
    for (transaction, receipt) in log {
        history.take(ledger.market(), transaction, receipt).unwrap();
    }
    history
}

fn recover(ledger: &Ledger, log: &[(Transaction, Receipt)]) -> Result<Wallet, WalletError> {
    Wallet::recover(seed(1), ledger.market(), &history(ledger, log))
}

#[test]
fn an_unopened_wallet_recovers_as_a_new_one() {
    let mut ledger = Ledger::in_session();
    opened(&mut ledger, 2, CENTS);
    let mut wallet = Wallet::new(seed(1), ledger.market().market_element());
    crash(&mut wallet, &ledger);
    assert_eq!(wallet.lineages().len(), 1);
    assert!(matches!(
        wallet.main().trade(ledger.market(), None, &[buy(LO, 1)]),
        Err(WalletError::NotOpen)
    ));
}

/// Opens lineages up to the last that a recovery can find, with gaps, and trades in each.
#[test]
fn lineages_recover_across_gaps_of_unopened_keys() {
    let mut ledger = Ledger::in_session();
    let mut wallet = Wallet::new(seed(1), ledger.market().market_element());
    let account = wallet.account();
    ledger.fund(public(&account), 10 * CENTS);
    for _ in 1..RECOVERY_GAP {
        wallet.add_lineage().unwrap();
    }
    let refused = wallet.add_lineage();
    assert!(matches!(refused, Err(WalletError::TooManyUnopened)));

    // The twentieth unopened key is the last that is looked at; from there the count begins anew.
    let last = RECOVERY_GAP as usize - 1;
    let open = |wallet: &mut Wallet, ledger: &mut Ledger, index: usize| {
        let lineage = &wallet.lineages()[index];
        let prepared = lineage.open(ledger.market(), &account, CENTS).unwrap();
        include(ledger, wallet, prepared);
        let prepared = wallet.trade(index, ledger.market(), None, &[buy(LO, 1)], &[]);
        include(ledger, wallet, prepared.unwrap());
    };
    open(&mut wallet, &mut ledger, last);
    crash(&mut wallet, &ledger);
    open(&mut wallet, &mut ledger, 3);
    crash(&mut wallet, &ledger);
    for _ in 0..RECOVERY_GAP {
        wallet.add_lineage().unwrap();
    }
    let refused = wallet.add_lineage();
    assert!(matches!(refused, Err(WalletError::TooManyUnopened)));
    let far = last + RECOVERY_GAP as usize;
    open(&mut wallet, &mut ledger, far);
    crash(&mut wallet, &ledger);
    assert_eq!(wallet.lineages().len(), far + 1);

    let is_open = |index: &usize| wallet.lineages()[*index].leaf().is_some();
    let open: Vec<usize> = (0..=far).filter(is_open).collect();
    assert_eq!(open, [3, last, far]);
    // Every lineage goes on: its order is cancelled and claimed with keys that were derived again.
    for index in open {
        let lineage = &wallet.lineages()[index];
        let order = *lineage.orders().keys().next().unwrap();
        let cancel = lineage.cancel(ledger.market(), order).unwrap();
        let outcome = ledger.block(&[Transaction::Instruction(cancel)]);
        assert!(matches!(outcome[0].1, Receipt::Instruction { .. }));
        let plan = lineage.finished_claims(ledger.market()).remove(0);
        let claim = wallet.trade(index, ledger.market(), Some(&plan), &[], &[]);
        include(&mut ledger, &mut wallet, claim.unwrap());
        assert!(wallet.lineages()[index].orders().is_empty());
    }
    crash(&mut wallet, &ledger);
}

/// Lineages that were never opened leave no trace: the recovered wallet ends with the last one that was.
#[test]
fn unopened_lineages_at_the_end_are_forgotten() {
    let mut ledger = Ledger::in_session();
    let live = opened(&mut ledger, 1, CENTS);
    let mut longer = live.clone();
    longer.add_lineage().unwrap();
    let (market, history) = ledger.replay();
    assert!(Wallet::recover(seed(1), &market, &history).unwrap() == live);
}

/// Recovery is a function of seed, market and history; what others did in the history does not matter.
#[test]
fn the_acts_of_others_change_nothing() {
    let mut ledger = Ledger::in_session();
    let (live, log) = acts(&mut ledger, 1);
    let (_, others) = acts(&mut ledger, 2);
    assert!(recover(&ledger, &log).unwrap() == live);
    let both = [log, others].concat();
    assert!(recover(&ledger, &both).unwrap() == live);
    // In any order, and twice.
    let mut shuffled = both.clone();
    shuffled.reverse();
    shuffled.extend(both);
    assert!(recover(&ledger, &shuffled).unwrap() == live);
}

#[test]
fn a_history_that_lacks_acts_is_refused() {
    let mut ledger = Ledger::in_session();
    let (_, log) = acts(&mut ledger, 1);
    for length in 0..log.len() {
        let error = recover(&ledger, &log[..length]).unwrap_err();
        assert!(
            matches!(error, WalletError::HistoryIncomplete { .. }),
            "{length}: {error}"
        );
    }
    // One missing in the middle hides all that follows it.
    for missing in 0..log.len() {
        let mut holed = log.clone();
        holed.remove(missing);
        let error = recover(&ledger, &holed).unwrap_err();
        assert!(matches!(error, WalletError::HistoryIncomplete { .. }));
    }
}

#[test]
fn a_history_ahead_of_the_market_is_refused() {
    let mut ledger = Ledger::in_session();
    let before = ledger.clone();
    let (_, log) = acts(&mut ledger, 1);
    let error = recover(&before, &log).unwrap_err();
    assert!(matches!(error, WalletError::Contradiction), "{error}");
}

/// Changes one included Act in every way that could mislead a wallet.
#[test]
fn a_tampered_history_is_refused() {
    type Tamper =
        fn(&mut tally_exchange::message::ActMessage, &mut tally_exchange::receipt::ActReceipt);
    let tampers: [(&str, Tamper); 10] = [
        ("another commitment", |m, _| {
            m.new_commitment = Element(5.into());
        }),
        ("more cash", |_, r| r.deltas.cash += 1),
        ("a longer position", |_, r| r.deltas.position += 1),
        ("cash out of range", |_, r| r.deltas.cash = i64::MAX),
        ("another leaf", |_, r| r.leaf += 1),
        ("a leaf beyond the tree", |_, r| r.leaf = u32::MAX),
        ("an order id too few", |_, r| {
            r.orders.pop();
        }),
        ("an order id too many", |_, r| r.orders.push(OrderId(77))),
        ("an order that nobody posted", |_, r| {
            if let Some(order) = r.orders.last_mut() {
                *order = OrderId(77);
            }
        }),
        ("order ids exchanged", |_, r| r.orders.reverse()),
    ];
    let mut ledger = Ledger::in_session();
    let (live, log) = acts(&mut ledger, 1);
    let last = log.len() - 1;
    for (what, tamper) in tampers {
        let mut tampered = log.clone();
        let (Transaction::Act(act), Receipt::Act(receipt)) = &mut tampered[last] else {
            panic!("the last transaction is an Act");
        };
        tamper(&mut act.message, receipt);
        match recover(&ledger, &tampered) {
            Err(WalletError::Contradiction) => {}
            other => panic!("{what}: {other:?}"),
        }
        // The true Act beside the false one, whichever comes first: at most one is true, and a wallet does not guess.
        tampered.push(log[last].clone());
        if let Err(error) = recover(&ledger, &tampered) {
            assert!(matches!(error, WalletError::Contradiction), "{what}");
        } else {
            panic!("{what}: a disputed history is believed");
        }
        tampered.swap(last, last + 1);
        let disputed = recover(&ledger, &tampered);
        assert!(
            matches!(disputed, Err(WalletError::Contradiction)),
            "{what}"
        );
    }
    assert!(recover(&ledger, &log).unwrap() == live);
}

/// An order whose move is left out of the history stands under another tag than the wallet thinks.
#[test]
fn a_history_that_hides_a_move_is_refused() {
    let mut ledger = Ledger::in_session();
    let (mut live, mut log) = acts(&mut ledger, 1);
    let order = *live.main().orders().keys().next().unwrap();
    let mut plan = live.main().closing_claim(ledger.market(), order).unwrap();
    plan.records[0].rest = Rest::Move;
    let moved = live.main().trade(ledger.market(), Some(&plan), &[]);
    let outcome = ledger.block(&[sent(moved.unwrap())]);
    follow(&mut live, &ledger, &outcome);
    log.extend(outcome);
    assert!(recover(&ledger, &log).unwrap() == live);
    if let Some((Transaction::Act(act), _)) = log.last_mut()
        && let Action::Trade { claim, .. } = &mut act.message.action
    {
        claim.as_mut().unwrap().records.clear();
    }
    let hidden = recover(&ledger, &log);
    assert!(matches!(hidden, Err(WalletError::Contradiction)));
}

/// A move that credits the last fill of a filled order leaves no record, and the wallet forgets the order.
#[test]
fn a_record_that_is_moved_to_its_end_is_forgotten() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, CENTS);
    let mut other = opened(&mut ledger, 2, CENTS);
    let bid = wallet
        .main()
        .trade(ledger.market(), None, &[buy(MIDDLE, 2)]);
    let order = include(&mut ledger, &mut wallet, bid.unwrap())[0];
    let hit = other
        .main()
        .trade(ledger.market(), None, &[sell(MIDDLE, 2)]);
    include(&mut ledger, &mut other, hit.unwrap());
    let mut plan = wallet.main().finished_claims(ledger.market()).remove(0);
    plan.records[0].rest = Rest::Move;
    let moved = wallet.main().trade(ledger.market(), Some(&plan), &[]);
    include(&mut ledger, &mut wallet, moved.unwrap());
    assert!(ledger.market().record(order).is_none());
    assert!(wallet.main().orders().is_empty());
    assert_eq!(wallet.main().note().position, 2);
    crash(&mut wallet, &ledger);
}

/// Moves can bring more orders under one tag than one message claims: they are claimed in turns.
#[test]
fn more_records_under_one_tag_than_one_claim_takes() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, 10 * CENTS);
    let sixteen = [buy(LO, 1); 16];
    let first = wallet.main().trade(ledger.market(), None, &sixteen);
    let orders = include(&mut ledger, &mut wallet, first.unwrap());
    let plan = ClaimPlan {
        tag_nullifier: wallet.main().orders()[&orders[0]].tag_nullifier,
        records: orders
            .iter()
            .map(|order| RecordClaim {
                order: *order,
                fills: 0,
                rest: Rest::Move,
            })
            .collect(),
    };
    let second = wallet.main().trade(ledger.market(), Some(&plan), &sixteen);
    include(&mut ledger, &mut wallet, second.unwrap());
    let close = ledger.market().session().close;
    let outcome = ledger.block_at(close, &[]);
    follow(&mut wallet, &ledger, &outcome);
    for left in [16, 0] {
        crash(&mut wallet, &ledger);
        let plans = wallet.main().finished_claims(ledger.market());
        assert_eq!(
            plans.iter().map(|p| p.records.len()).collect::<Vec<_>>(),
            [16]
        );
        let claim = wallet.main().trade(ledger.market(), Some(&plans[0]), &[]);
        include(&mut ledger, &mut wallet, claim.unwrap());
        assert_eq!(wallet.main().orders().len(), left);
    }
    assert_eq!(wallet.main().note().buy_quantity, 0);
}

/// A live wallet that is fed a contradiction says so and stays what it was.
#[test]
fn a_live_wallet_refuses_a_contradiction_unchanged() {
    let mut ledger = Ledger::in_session();
    let mut wallet = opened(&mut ledger, 1, CENTS);
    let before = wallet.clone();
    let requests = [buy(LO, 1), sell(support::HI, 1)];
    let prepared = wallet
        .main()
        .trade(ledger.market(), None, &requests)
        .unwrap();
    let (transaction, receipt) = ledger.block(&[sent(prepared)]).remove(0);

    let mut another = transaction.clone();
    if let Transaction::Act(act) = &mut another {
        act.message.new_commitment = Element(9.into());
    }
    let mut fewer = receipt.clone();
    if let Receipt::Act(receipt) = &mut fewer {
        receipt.orders.pop();
    }
    for (transaction, receipt) in [(&another, &receipt), (&transaction, &fewer)] {
        let error = wallet
            .follow(ledger.market(), transaction, receipt)
            .unwrap_err();
        assert!(matches!(error, WalletError::Contradiction));
        assert!(wallet == before);
    }
    // A refusal moves nothing; the same Act once more moves nothing either.
    let refused = Receipt::Refused(Refusal::Spent);
    wallet
        .follow(ledger.market(), &transaction, &refused)
        .unwrap();
    assert!(wallet == before);
    wallet
        .follow(ledger.market(), &transaction, &receipt)
        .unwrap();
    let after = wallet.clone();
    wallet
        .follow(ledger.market(), &transaction, &receipt)
        .unwrap();
    assert!(wallet == after);
    crash(&mut wallet, &ledger);
}

/// Everything that a message carries comes from the history: an Act of another action is no part of the lineage.
#[test]
fn a_lineage_begins_with_an_opening() {
    let mut ledger = Ledger::in_session();
    let (_, mut log) = acts(&mut ledger, 1);
    let Transaction::Act(act) = &mut log[0].0 else {
        panic!("the first transaction is an Act");
    };
    act.message.action = Action::Withdraw {
        payee: public(&Wallet::new(seed(1), ledger.market().market_element()).account()),
        amount: 1,
    };
    let error = recover(&ledger, &log).unwrap_err();
    assert!(matches!(error, WalletError::Contradiction));
}
