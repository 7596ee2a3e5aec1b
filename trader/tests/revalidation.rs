//! What a wallet builds and believes around a revalidation.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

mod support;

use support::wallets::include;
use support::{Floor, Groth16, LO, Ledger, MIDDLE, buy, genesis, opened, seed, sell};
use tally_circuits::field::Element;
use tally_exchange::market::{Market, Stage};
use tally_exchange::message::{Symbol, Transaction};
use tally_exchange::receipt::{Phase, Receipt};
use tally_exchange::refusal::Refusal;
use tally_trader::agent::{AgentOptions, View};
use tally_trader::error::WalletError;
use tally_trader::history::History;
use tally_trader::lineage::Lineage;
use tally_trader::prepared::Prepared;
use tally_trader::wallet::Wallet;

const CENTS: u64 = 10_000_000;

/// Four traders, three of them with seats; the last never refreshes by himself.
fn floor() -> Floor {
    let opener = AgentOptions {
        opens_sums: true,
        ..AgentOptions::default()
    };
    let good = AgentOptions::default();
    let traders = [opener, good, good, good].map(|options| (CENTS, 0, options));
    let mut floor = Floor::new(genesis(), &traders, false);
    for agent in 0..3 {
        floor.act(agent, |floor, lineage| {
            lineage.bond(floor.ledger.market()).unwrap()
        });
    }
    floor.absent.insert(3);
    floor
}

/// The same in the daily window, with a position and an unclaimed order of the last trader.
fn in_the_window() -> Floor {
    let mut floor = floor();
    floor.run_until(floor.ledger.market().session().open);
    floor.post(3, &[buy(MIDDLE, 2), buy(LO, 1)]);
    floor.post(2, &[sell(MIDDLE, 2)]);
    floor.run_until(floor.ledger.market().session().close);
    assert!(matches!(
        floor.ledger.market().stage(),
        Stage::Window { .. }
    ));
    floor
}

fn send(floor: &mut Floor, transaction: Transaction) -> Receipt {
    let time = floor.ledger.market().time();
    floor.block(time, &[transaction]).remove(0).1
}

fn claim_all(floor: &mut Floor, agent: usize) {
    loop {
        let market = floor.ledger.market();
        let plans = floor.lineage(agent).finished_claims(market);
        let Some(plan) = plans.first() else { return };
        floor.act(agent, |floor, lineage| {
            lineage
                .trade(floor.ledger.market(), Some(plan), &[])
                .unwrap()
        });
    }
}

/// Each way into another epoch is built only where it leads somewhere, and says why not elsewhere.
#[test]
fn what_can_be_built_when() {
    let mut floor = in_the_window();
    let market = floor.ledger.market();
    let lineage = floor.lineage(3);
    assert!(matches!(
        lineage.refresh(market),
        Err(WalletError::Unclaimed { orders: 2 })
    ));
    assert!(matches!(lineage.lapse(market), Err(WalletError::NotAbsent)));
    assert!(matches!(
        lineage.trade(market, None, &[buy(LO, 1)]),
        Err(WalletError::Refused(_))
    ));
    // A note that was refreshed waits; it can't do anything before the result.
    let prepared = {
        claim_all(&mut floor, 2);
        floor.lineage(2).refresh(floor.ledger.market()).unwrap()
    };
    let transaction = support::verifier::sent_any(Prepared::Refresh(Box::new(prepared)));
    assert!(matches!(
        send(&mut floor, transaction),
        Receipt::Refresh { .. }
    ));
    let market = floor.ledger.market();
    let ahead = floor.lineage(2);
    assert_eq!(ahead.epoch(), Some(2));
    for error in [
        ahead.refresh(market).map(drop),
        ahead.trade(market, None, &[buy(LO, 1)]).map(drop),
        ahead.withdraw(market, support_payee(), 1).map(drop),
    ] {
        assert!(matches!(error, Err(WalletError::AwaitsResult { epoch: 2 })));
    }
    assert!(matches!(ahead.lapse(market), Err(WalletError::NotAbsent)));

    // After the result the absent note can claim and nothing else.
    floor.run_while(|floor| floor.phase() == Phase::Closed);
    let market = floor.ledger.market();
    let behind = floor.lineage(3);
    for error in [
        behind.trade(market, None, &[buy(MIDDLE, 1)]).map(drop),
        behind.withdraw(market, support_payee(), 1).map(drop),
        behind.bond(market).map(drop),
    ] {
        assert!(matches!(error, Err(WalletError::LeftBehind { epoch: 1 })));
    }
    assert!(matches!(
        behind.refresh(market),
        Err(WalletError::NoRevalidation)
    ));
    assert!(matches!(
        behind.lapse(market),
        Err(WalletError::Unclaimed { .. })
    ));
    claim_all(&mut floor, 3);
    assert_eq!(floor.lineage(3).epoch(), Some(1));
    assert_eq!(floor.position(3), 2);
    // Nobody knows yet at what price the market reopens.
    let market = floor.ledger.market();
    assert!(matches!(
        floor.lineage(3).lapse(market),
        Err(WalletError::Refused(_))
    ));
    floor.run_while(|floor| floor.phase() != Phase::Continuous);
    floor.absent.remove(&3);
    floor.settle();
    assert_eq!(floor.lineage(3).epoch(), Some(2));
    assert_eq!(floor.position(3), 0);
    // P and reopening price are the middle: a day late two contracts cost $64 each; the opening fee, two fees.
    let lost = 2 * 6_400 + 2_500 + 2 * 100;
    assert_eq!(
        floor.lineage(3).note().cash,
        i64::try_from(CENTS).unwrap() - lost
    );
}

fn support_payee() -> tally_exchange::message::Account {
    tally_trader::build::public(&Wallet::new(seed(1), Element::ZERO).account())
}

/// The same Refresh again has the same ciphertexts, even by a recovered wallet and over a later root.
#[test]
fn a_refresh_built_again_encrypts_the_same() {
    let mut floor = in_the_window();
    claim_all(&mut floor, 2);
    let first = floor
        .lineage(2)
        .refresh(floor.ledger.market())
        .unwrap()
        .message;
    claim_all(&mut floor, 3);
    let (market, history) = floor.ledger.replay();
    let recovered = Wallet::recover(seed(3), &market, &history).unwrap();
    let again = recovered.main().refresh(&market).unwrap().message;
    assert_ne!(first.root, again.root);
    assert_eq!(first.position, again.position);
    assert_eq!(first.cash, again.cash);
    assert!(first.cash.is_some());
    // Three ciphertexts, three randomnesses.
    let [low, high] = first.cash.unwrap();
    assert_ne!(first.position.ephemeral, low.ephemeral);
    assert_ne!(low.ephemeral, high.ephemeral);
}

/// What a lying history makes of a transaction.
type Change<'a> = dyn Fn(&Transaction, &Receipt) -> Option<(Transaction, Receipt)> + 'a;

/// A history that lies about a Refresh, or lacks one, is not believed.
#[test]
fn a_tampered_history_is_refused() {
    let mut floor = in_the_window();
    floor.absent.remove(&3);
    floor.run_while(|floor| floor.phase() == Phase::Closed);
    let mut refreshes = floor.log.iter().filter(|sent| sent.agent == 3);
    let refresh = refreshes.find(|sent| matches!(sent.transaction, Transaction::Refresh(_)));
    let refresh = refresh.unwrap().transaction.clone();
    let leaf = floor.lineage(3).leaf().unwrap();
    let receipt = Receipt::Refresh { leaf };
    let (market, history) = floor.ledger.replay();
    let recover = |history: &History| Wallet::recover(seed(4), &market, history);
    assert!(recover(&history).is_ok());

    // The same Refresh twice is the same; with another leaf one of the two is a lie.
    let mut twice = history.clone();
    twice.take(&market, &refresh, &receipt).unwrap();
    assert!(recover(&twice).is_ok());
    let lie = Receipt::Refresh { leaf: leaf + 1 };
    twice.take(&market, &refresh, &lie).unwrap();
    assert!(matches!(recover(&twice), Err(WalletError::Contradiction)));

    // A market that never saw the epoch is not the one that executed it.
    let young = Ledger::in_session();
    let mut empty = History::default();
    if let Transaction::Refresh(other) = &mut refresh.clone() {
        other.message.epoch = 7;
        let other = Transaction::Refresh(other.clone());
        let error = empty.take(young.market(), &other, &receipt);
        assert!(matches!(error, Err(WalletError::TermsUnknown { epoch: 7 })));
    }
    assert!(empty.is_empty());

    // Without the Refresh, with another leaf, or with another commitment.
    let taken = |change: &Change<'_>| {
        let mut history = History::default();
        floor.ledger.replay_blocks(|market, outcome| {
            for (transaction, receipt) in outcome {
                let changed = if *transaction == refresh {
                    change(transaction, receipt)
                } else {
                    Some((transaction.clone(), receipt.clone()))
                };
                if let Some((transaction, receipt)) = changed {
                    history.take(market, &transaction, &receipt).unwrap();
                }
            }
            history.end_block(market);
        });
        recover(&history)
    };
    assert!(taken(&|t, r| Some((t.clone(), r.clone()))).is_ok());
    let lacking = taken(&|_, _| None);
    assert!(matches!(
        lacking,
        Err(WalletError::HistoryIncomplete { .. })
    ));
    let moved = taken(&|t, _| Some((t.clone(), lie.clone())));
    assert!(matches!(moved, Err(WalletError::Contradiction)));
    let other = taken(&|t, r| {
        let mut changed = t.clone();
        if let Transaction::Refresh(refresh) = &mut changed {
            refresh.message.new_commitment = Element(7.into());
        }
        Some((changed, r.clone()))
    });
    assert!(matches!(other, Err(WalletError::Contradiction)));
}

/// All lineages of a wallet are refreshed, each at an instant of its own.
#[test]
fn every_lineage_is_refreshed() {
    let mut floor = floor();
    let second = floor.agents[1].wallet_mut().add_lineage().unwrap();
    let key = floor.agents[1].wallet().account();
    floor
        .ledger
        .fund(tally_trader::build::public(&key), 500_000);
    let open = floor.agents[1].wallet().lineages()[second]
        .open(floor.ledger.market(), &key, 500_000)
        .unwrap();
    assert!(matches!(
        send(&mut floor, support::sent(open)),
        Receipt::Act(_)
    ));
    floor.absent.remove(&3);
    floor.run_until(floor.ledger.market().session().close);
    let epochs = |floor: &Floor| {
        let lineages = floor.agents[1].wallet().lineages().iter();
        lineages.map(Lineage::epoch).collect::<Vec<_>>()
    };
    assert_eq!(epochs(&floor), [Some(1), Some(1)]);
    floor.run_while(|floor| floor.phase() == Phase::Closed);
    assert_eq!(epochs(&floor), [Some(2), Some(2)]);
    let times: std::collections::BTreeSet<_> = floor
        .log
        .iter()
        .filter(|sent| matches!(sent.transaction, Transaction::Refresh(_)))
        .map(|sent| sent.time)
        .collect();
    assert_eq!(times.len(), 5);
}

/// Cash goes from one contract month to the next and opens the note there; both wallets are recovered.
#[test]
fn cash_moves_to_the_next_contract_month() {
    let mut here = genesis();
    let mut there = genesis();
    let session = there.specification.calendar.session_named("2017-02-15");
    there.session = session.unwrap().clone();
    let (from, to) = (Symbol::new("HEG7").unwrap(), Symbol::new("HEJ7").unwrap());
    here.siblings = vec![to];
    there.siblings = vec![from];
    let mut here = Ledger::starting(here, |market| market.session().open);
    let mut there = Ledger::starting(there, |market| market.session().open);
    let mut wallet = opened(&mut here, 1, CENTS);
    let mut sister = Wallet::new(seed(1), there.market().market_element());

    let too_much = wallet.main().transfer(here.market(), to, CENTS + 1);
    assert!(matches!(too_much, Err(WalletError::Margin { .. })));
    for amount in [1_000_000, 300_000] {
        let transfer = wallet.main().transfer(here.market(), to, amount).unwrap();
        include(&mut here, &mut wallet, transfer);
    }
    let sent = wallet.transfers_to(to);
    assert_eq!(sent.len(), 2);
    assert!(wallet.transfers_to(from).is_empty());
    let early = sister.main().receive(there.market(), &sent[0].1);
    assert!(matches!(early, Err(WalletError::TransferNotHere { .. })));
    for transfer in std::mem::take(&mut here.outgoing) {
        there.receive(&transfer);
    }
    // Nobody else can take it.
    let stranger = Wallet::new(seed(2), there.market().market_element());
    assert!(stranger.main().receive(there.market(), &sent[0].1).is_err());
    for (index, transfer) in &sent {
        let receive = sister.lineages()[*index].receive(there.market(), transfer);
        include(&mut there, &mut sister, receive.unwrap());
        let again = sister.main().receive(there.market(), transfer);
        assert!(matches!(again, Err(WalletError::TransferNotHere { .. })));
    }
    // The opening fee was taken once.
    assert_eq!(sister.main().note().cash, 1_300_000 - 2_500);
    assert_eq!(wallet.main().note().cash, 10_000_000 - 1_300_000);
    support::crash(&mut wallet, &here);
    support::crash(&mut sister, &there);
    assert_eq!(wallet.transfers_to(to), sent);
}

/// A Lapse in the very block that ends with a trigger: the market no longer says what it cost, the wallet finds out.
#[test]
fn a_lapse_in_the_block_of_a_trigger_is_followed() {
    let mut floor = in_the_window();
    floor.run_while(|floor| floor.phase() != Phase::Continuous);
    claim_all(&mut floor, 3);
    floor.post(1, &[sell(MIDDLE + 62, 20)]);
    floor.post(2, &[buy(MIDDLE + 62, 20)]);
    let lapse = floor.lineage(3).lapse(floor.ledger.market()).unwrap();
    let lapse = support::verifier::sent_any(Prepared::Lapse(Box::new(lapse)));
    let held = floor.ledger.market().time().plus_seconds(30);
    let receipt = floor.block(held, &[lapse]).remove(0).1;
    assert!(matches!(receipt, Receipt::Lapse { .. }));
    assert_eq!(floor.phase(), Phase::Halted);
    assert!(floor.ledger.market().lapse_terms(1).is_err());
    assert_eq!(floor.lineage(3).epoch(), Some(2));
    let (market, history) = floor.ledger.replay();
    let recovered = Wallet::recover(seed(4), &market, &history).unwrap();
    assert!(recovered == *floor.agents[3].wallet());
    // And is refreshed with the others.
    floor.absent.remove(&3);
    floor.run_while(|floor| floor.phase() == Phase::Halted);
    assert_eq!(floor.lineage(3).epoch(), Some(3));
}

/// What is on its way is not sent again, until it can't be included any more or the window is nearly over.
#[test]
fn an_agent_waits_for_what_it_sent() {
    let mut floor = in_the_window();
    floor.absent.remove(&3);
    let wishes = floor.wishes();
    let (_, _, claim) = wishes.into_iter().find(|wish| wish.0 == 3).unwrap();
    let market = floor.ledger.market().clone();
    let Stage::Window { until, .. } = market.stage() else {
        panic!("a window");
    };
    let mut asked = |market: &Market, now, in_flight: &[Transaction]| {
        let view = View {
            market,
            now,
            balance: 0,
            in_flight,
        };
        floor.agents[3].next(&view).messages.len()
    };
    let sent = [claim];
    assert_eq!(asked(&market, market.time(), &[]), 1);
    assert_eq!(asked(&market, market.time(), &sent), 0);
    assert_eq!(asked(&market, until.minus_seconds(61), &sent), 0);
    // In the last minute a lost message is no reason to miss the window.
    assert_eq!(asked(&market, until.minus_seconds(60), &sent), 1);
    // Once it has expired it is sent anew.
    let mut later = market.clone();
    for height in 1..=support::ledger::HORIZON + 1 {
        let events = &mut Vec::new();
        later
            .begin_block(market.height() + height, market.time(), events)
            .unwrap();
        later.end_block(events);
    }
    assert_eq!(asked(&later, later.time(), &sent), 1);
}

/// Refresh and Lapse with real proofs.
#[test]
fn real_proofs_of_refresh_and_lapse() {
    let mut rng = <rand_chacha::ChaCha20Rng as rand::SeedableRng>::seed_from_u64(3);
    let keys = support::groth16::proving_keys();
    let mut floor = in_the_window();
    for agent in 0..3 {
        claim_all(&mut floor, agent);
    }
    let time = floor.ledger.market().time();
    for agent in 0..3 {
        let prepared = floor.lineage(agent).refresh(floor.ledger.market()).unwrap();
        let refresh = prepared.prove(keys.refresh, &mut rng).unwrap();
        let Transaction::Refresh(sent) = &refresh else {
            panic!("a Refresh");
        };
        // The proof is bound to every byte of the message.
        let mut other = sent.clone();
        other.message.cash = other.message.cash.map(|[low, high]| [high, low]);
        let transactions = vec![Transaction::Refresh(other), refresh];
        let outcome = floor.block_verified(time, &transactions, &Groth16);
        assert_eq!(outcome[0].1, Receipt::Refused(Refusal::Proof));
        assert!(matches!(outcome[1].1, Receipt::Refresh { .. }));
    }
    // The others' sums are opened without the absent one, who then comes back.
    floor.run_while(|floor| floor.phase() != Phase::Continuous);
    claim_all(&mut floor, 3);
    let prepared = floor.lineage(3).lapse(floor.ledger.market()).unwrap();
    let lapse = prepared.prove(keys.lapse, &mut rng).unwrap();
    let time = floor.ledger.market().time();
    let outcome = floor.block_verified(time, &[lapse], &Groth16);
    assert!(matches!(outcome[0].1, Receipt::Lapse { .. }));
    assert_eq!(floor.lineage(3).epoch(), Some(2));
    assert_eq!(floor.position(3), 0);
}
