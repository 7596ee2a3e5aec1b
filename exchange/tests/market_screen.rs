//! The screen before the ledger refuses nothing that the market takes, and gives the market's own reasons.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use std::collections::BTreeSet;
use support::exchange::LoggedBlock;
use support::scene::TRIGGER;
use support::{MIDDLE, Scene, TestExchange, buy, cancel_key, sell};
use tally_exchange::market::Market;
use tally_exchange::message::{OrderChange, Rest, Transaction};
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{OrderId, Quantity};

/// Two days with an intraday epoch, an absent trader who comes back, claims, replaces, cancels and reductions.
fn two_days() -> Scene {
    let mut scene = Scene::new(6, 3);
    scene.trade(4, 5, MIDDLE, 3);
    let resting = scene.exchange.post(
        &mut scene.traders[3],
        &[buy(MIDDLE - 3, 4), sell(MIDDLE + 3, 4)],
    );
    scene.exchange.reduce(resting[0], 2);
    scene.exchange.cancel(resting[1]);
    let moved = scene
        .exchange
        .claiming(&scene.traders[3], &resting[..1], Rest::Move, &[]);
    scene.exchange.act(&mut scene.traders[3], moved);
    scene.trigger(0, 1, TRIGGER);
    scene.claim(3, &resting[..1]);
    scene.claim(3, &resting[1..]);
    scene.revalidate_without(&[4]);
    scene.reopen();
    scene.exchange.lapse(&mut scene.traders[4]);
    scene.close_day();
    scene.revalidate_without(&[]);
    scene.open_day();
    scene.trade(4, 5, MIDDLE + 60, 1);
    scene.exchange.next_block();
    scene
}

/// The name of a refusal without its values.
fn kind(refusal: &Refusal) -> String {
    let text = format!("{refusal:?}");
    text.split([' ', '(', '{']).next().unwrap().to_owned()
}

/// Compares screen and market on one transaction, on a copy. Returns the market's refusal, and whether the screen saw it.
fn compare(market: &Market, exchange: &TestExchange, bytes: &[u8]) -> Option<(String, bool)> {
    let transaction = Transaction::from_bytes(bytes).unwrap();
    let screened = market.screen(&transaction);
    let (mut market, mut cash) = (market.clone(), exchange.cash.clone());
    let receipt = market.apply(&transaction, &exchange.verifier, &mut cash, &mut Vec::new());
    match (screened, receipt) {
        (Err(refusal), receipt) => {
            assert_eq!(receipt, Receipt::Refused(refusal.clone()));
            Some((kind(&refusal), true))
        }
        (Ok(()), Receipt::Refused(refusal)) => Some((kind(&refusal), false)),
        (Ok(()), _) => None,
    }
}

/// Executes a log anew and shows `visit` the market within every block, before its transactions.
fn replay(exchange: &TestExchange, mut visit: impl FnMut(&Market, &LoggedBlock)) {
    let mut market = Market::new(exchange.genesis.clone()).unwrap();
    let mut cash = exchange.cash.clone();
    for block in &exchange.log {
        let mut events = Vec::new();
        market
            .begin_block(block.height, block.time, &mut events)
            .unwrap();
        visit(&market, block);
        for bytes in &block.transactions {
            market.apply_bytes(bytes, &exchange.verifier, &mut cash, &mut events);
        }
        market.end_block(&mut events);
    }
}

#[test]
fn every_message_of_a_history_is_judged_alike_wherever_it_stands() {
    let scene = two_days();
    let exchange = &scene.exchange;
    let sent = exchange.log.iter().flat_map(|block| &block.transactions);
    let sent: Vec<&Vec<u8>> = sent.collect();
    let (mut screened, mut passed, mut accepted) = (BTreeSet::new(), BTreeSet::new(), 0);
    replay(exchange, |market, _| {
        for bytes in &sent {
            match compare(market, exchange, bytes) {
                Some((kind, true)) => drop(screened.insert(kind)),
                Some((kind, false)) => drop(passed.insert(kind)),
                None => accepted += 1,
            }
        }
    });
    assert!(accepted >= sent.len() / 2, "{accepted} accepted");
    for expected in [
        "Epoch",
        "Root",
        "Spent",
        "UnknownOrder",
        "NotLive",
        "DutyNotDue",
        "Round",
        "NoWindow",
        "NotSharing",
        "Revalidating",
        "NotLower",
        "LapseTooEarly",
        "TooFewShares",
    ] {
        assert!(
            screened.contains(expected),
            "{expected} not in {screened:?}"
        );
    }
    // What needs the proof, the cash or the duty itself, and what only the block's order decides.
    let costly = [
        "Proof",
        "Cash",
        "FillsSince",
        "DutyNotDue",
        "DutyDone",
        "NotParticipant",
    ];
    for kind in &passed {
        assert!(costly.contains(&kind.as_str()), "{kind} passes the screen");
    }
}

#[test]
fn instructions_and_values_are_refused_for_their_own_reasons() {
    let mut scene = Scene::new(4, 3);
    let order = scene
        .exchange
        .post_one(&mut scene.traders[0], buy(MIDDLE, 4));
    let screen = |scene: &Scene, order: OrderId, change: OrderChange| {
        let instruction = scene.exchange.instruction(order, change, &cancel_key());
        let transaction = Transaction::Instruction(instruction);
        scene.exchange.market.screen(&transaction)
    };
    let total = Quantity(4);
    let not_lower = Refusal::NotLower {
        order,
        given: total,
        total,
    };
    assert_eq!(
        screen(&scene, order, OrderChange::Reduce(total)),
        Err(not_lower)
    );
    let lower = OrderChange::Reduce(Quantity(3));
    assert_eq!(screen(&scene, order, lower), Ok(()));
    let unknown = OrderId(99);
    assert_eq!(
        screen(&scene, unknown, OrderChange::Cancel),
        Err(Refusal::UnknownOrder(unknown))
    );
    scene.exchange.cancel(order);
    assert_eq!(
        screen(&scene, order, OrderChange::Cancel),
        Err(Refusal::NotLive(order))
    );

    scene.claim(0, &[order]);
    scene.close_day();
    scene.refresh(0..4);
    scene.exchange.close_window();
    let few = Transaction::Opening(scene.exchange.opening_message());
    let too_few = scene.exchange.market.screen(&few);
    assert!(matches!(too_few, Err(Refusal::TooFewShares { .. })));
    for seat in &scene.seats {
        scene.exchange.share(seat);
    }
    let mut wrong = scene.exchange.opening_message();
    wrong.position += 1;
    let wrong = Transaction::Opening(wrong);
    assert_eq!(scene.exchange.market.screen(&wrong), Err(Refusal::Opening));
    assert_eq!(scene.exchange.market.screen(&few), Ok(()));
    scene.exchange.open_sums();
    let late = scene.exchange.market.screen(&few);
    assert_eq!(late, Err(Refusal::NotSharing(1)));
}
