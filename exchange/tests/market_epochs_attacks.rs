//! What a cheat would try around a revalidation with notes, records and roots.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use support::scene::{CASH, TRIGGER};
use support::{MIDDLE, Scene, TestExchange, TestTrader, buy, sell};
use tally_circuits::field::Element;
use tally_exchange::market::Stage;
use tally_exchange::message::{Action, Rest, Transaction};
use tally_exchange::receipt::{Event, Phase, Receipt};
use tally_exchange::refusal::Refusal;

fn lapse_of(exchange: &mut TestExchange, trader: &TestTrader) -> Transaction {
    let draft = exchange.lapse_draft(trader);
    Transaction::Lapse(Box::new(exchange.seal_lapse(draft)))
}

fn refresh_of(exchange: &mut TestExchange, trader: &TestTrader) -> Transaction {
    let draft = exchange.refresh_draft(trader);
    Transaction::Refresh(Box::new(exchange.seal_refresh(draft)))
}

/// Trader 6 has an order with a fill and one without, and stays behind in epoch 1.
fn left_behind() -> (Scene, Vec<tally_exchange::units::OrderId>) {
    let mut scene = Scene::new(8, 3);
    let orders = scene.exchange.post(
        &mut scene.traders[6],
        &[sell(MIDDLE, 4), sell(MIDDLE + 70, 2)],
    );
    let bought = scene
        .exchange
        .post_one(&mut scene.traders[5], buy(MIDDLE, 3));
    scene.claim(5, &[bought]);
    scene.trigger(0, 1, TRIGGER);
    scene.revalidate_without(&[6]);
    scene.reopen();
    (scene, orders)
}

#[test]
fn a_lapse_with_open_reservations_or_unclaimed_fills_fails() {
    let (mut scene, orders) = left_behind();
    assert_eq!(scene.traders[6].note.sell_quantity, 6);
    let lapse = lapse_of(&mut scene.exchange, &scene.traders[6]);
    scene.exchange.refuse(&lapse, &Refusal::Proof);
    // Hiding the reservations takes a note that is in no tree.
    let mut cheat = scene.traders[6].clone();
    cheat.note.sell_quantity = 0;
    cheat.note.sell_cost = 0;
    let lapse = lapse_of(&mut scene.exchange, &cheat);
    scene.exchange.refuse(&lapse, &Refusal::Proof);
    // One order claimed, one not.
    scene.claim(6, &orders[1..]);
    let lapse = lapse_of(&mut scene.exchange, &scene.traders[6]);
    scene.exchange.refuse(&lapse, &Refusal::Proof);
    // Everything claimed in the epoch's lane: now it comes back, and the fill counts.
    scene.claim(6, &orders[..1]);
    // Three sold to trader 5, the last one in the trade that moved the mark.
    assert_eq!(scene.position(6), -4);
    scene.exchange.lapse(&mut scene.traders[6]);
    scene.check_books();
}

#[test]
fn a_record_is_claimed_in_its_own_epoch_only() {
    let (mut scene, orders) = left_behind();
    let old = orders[0];
    // A present note, in the present epoch.
    let action = scene
        .exchange
        .claiming(&scene.traders[5], &[old], Rest::Close, &[]);
    let refusal = Refusal::RecordEpoch {
        order: old,
        epoch: 1,
    };
    scene
        .exchange
        .refuse_action(&scene.traders[5], action, &refusal);
    // A record of the present epoch, in the closed one's lane.
    let new = scene
        .exchange
        .post_one(&mut scene.traders[5], buy(MIDDLE, 1));
    let action = scene
        .exchange
        .claiming(&scene.traders[6], &[new], Rest::Close, &[]);
    let refusal = Refusal::RecordEpoch {
        order: new,
        epoch: 2,
    };
    scene
        .exchange
        .refuse_action(&scene.traders[6], action, &refusal);
}

#[test]
fn a_closed_epoch_takes_claims_that_close_and_nothing_else() {
    let (mut scene, orders) = left_behind();
    let trader = scene.traders[6].clone();
    let (account, amount) = (trader.account(), 1_000);
    let moved = scene
        .exchange
        .claiming(&trader, &orders[..1], Rest::Move, &[]);
    let replaced = scene
        .exchange
        .claiming(&trader, &orders[..1], Rest::Close, &[buy(MIDDLE, 1)]);
    let posted = scene.exchange.posting(&trader, &[buy(MIDDLE, 1)]);
    for action in [
        moved,
        replaced,
        posted,
        Action::Deposit { account, amount },
        Action::Withdraw {
            payee: account,
            amount,
        },
    ] {
        let refusal = Refusal::ClaimsOnly { epoch: 1 };
        scene.exchange.refuse_action(&trader, action, &refusal);
    }
}

#[test]
fn a_note_is_refreshed_or_comes_back_and_never_both() {
    let mut scene = Scene::new(8, 3);
    scene.trade(6, 7, MIDDLE, 2);
    scene.trigger(0, 1, TRIGGER);
    let old = scene.traders[6].clone();
    let waiting = refresh_of(&mut scene.exchange, &scene.traders[7]);
    let left = scene.traders[7].clone();
    scene.revalidate_without(&[7]);
    scene.reopen();
    // Refreshed, then back by Lapse.
    let lapse = lapse_of(&mut scene.exchange, &old);
    scene.exchange.refuse(&lapse, &Refusal::Spent);
    // Back by Lapse, then the Refresh that was never sent, in its epoch and in the next one.
    scene.exchange.lapse(&mut scene.traders[7]);
    let epoch = Refusal::Epoch {
        given: 1,
        current: 2,
    };
    scene.exchange.refuse(&waiting, &epoch);
    scene.close_day();
    let mut draft = scene.exchange.refresh_draft(&left);
    draft.message.epoch = 2;
    let stale = Transaction::Refresh(Box::new(scene.exchange.seal_refresh(draft.clone())));
    scene.exchange.refuse(&stale, &Refusal::Root);
    draft.message.root = Element(scene.exchange.market.tree().root());
    let spent = Transaction::Refresh(Box::new(scene.exchange.seal_refresh(draft)));
    scene.exchange.refuse(&spent, &Refusal::Spent);
    // And twice back.
    let again = lapse_of(&mut scene.exchange, &left);
    scene.exchange.refuse(&again, &Refusal::Revalidating);
    scene.revalidate_without(&[]);
    scene.open_day();
    let again = lapse_of(&mut scene.exchange, &left);
    scene.exchange.refuse(&again, &Refusal::Spent);
}

#[test]
fn empty_notes_delay_an_epoch_twice_and_then_it_closes_with_the_mildest_haircut() {
    let mut scene = Scene::new(8, 3);
    let honest = 8;
    let mut empty: Vec<TestTrader> = (0..6).map(|_| scene.exchange.trader(200_000)).collect();
    scene.trade(6, 7, MIDDLE, 2);
    scene.trigger(0, 1, TRIGGER);
    scene.refresh(0..7);
    let begun = scene.exchange.market.time();
    // 7 of 14: extended twice, with nothing else changed.
    for extensions in 1..=2 {
        let Stage::Window { until, .. } = scene.exchange.market.stage() else {
            panic!("the window is open");
        };
        let terms = *scene.exchange.market.epoch_terms().unwrap();
        scene.exchange.at(until);
        assert_eq!(scene.exchange.market.epoch_terms(), Some(&terms));
        assert!(
            matches!(scene.exchange.market.stage(), Stage::Window { extensions: now, .. } if now == extensions)
        );
    }
    scene.exchange.close_window();
    let length = scene.exchange.market.specification().refresh_window;
    assert!(scene.exchange.market.time() <= begun.plus_seconds(3 * length));
    let seats = std::mem::take(&mut scene.seats);
    scene.exchange.decrypt(&seats);
    let closed = scene.exchange.market.closed_epoch(1).unwrap();
    assert_eq!((closed.expected(), closed.refreshed()), (honest + 6, 7));
    assert!(closed.outage());
    scene.reopen();
    let terms = scene.exchange.market.lapse_terms(1).unwrap();
    let haircut = scene.exchange.market.specification().haircut;
    assert_eq!(terms.haircut, haircut);
    scene.exchange.lapse(&mut scene.traders[7]);
    // Each empty note has paid the opening fee for it, and pays again to come back.
    scene.exchange.lapse(&mut empty[0]);
    assert_eq!(empty[0].note.cash, 200_000 - 2_500);
}

#[test]
fn no_number_of_roots_forces_anybody_to_lapse() {
    let mut scene = Scene::new(6, 3);
    scene.trigger(0, 1, TRIGGER);
    let early = refresh_of(&mut scene.exchange, &scene.traders[4]);
    let account = scene.traders[5].account();
    for _ in 0..3_000 {
        let action = Action::Deposit { account, amount: 1 };
        scene.exchange.act(&mut scene.traders[5], action);
        scene.exchange.next_block();
    }
    let receipt = scene.exchange.apply(&early);
    assert!(matches!(receipt, Receipt::Refresh { .. }), "{receipt:?}");
}

#[test]
fn during_a_revalidation_no_cash_leaves_and_nobody_opens() {
    let mut scene = Scene::new(6, 3);
    let resting = scene
        .exchange
        .post_one(&mut scene.traders[4], buy(MIDDLE - 9, 1));
    scene.trigger(0, 1, TRIGGER);
    let check = |scene: &mut Scene, deposits: bool| {
        let trader = scene.traders[4].clone();
        let (account, amount) = (trader.account(), 1_000_000);
        let key = support::seats::seat_key(99);
        let posted = scene.exchange.posting(&trader, &[buy(MIDDLE, 1)]);
        let moved = scene
            .exchange
            .claiming(&trader, &[resting], Rest::Move, &[]);
        let bond = scene.exchange.bonding(&trader, &key);
        let withdrawal = Action::Withdraw {
            payee: account,
            amount,
        };
        for action in [withdrawal, posted, moved, bond] {
            let refusal = Refusal::Revalidating;
            scene.exchange.refuse_action(&trader, action, &refusal);
        }
        let newcomer = scene.exchange.newcomer();
        let opening = Action::Open {
            account: newcomer.account(),
            amount,
        };
        let refusal = Refusal::Revalidating;
        scene.exchange.refuse_action(&newcomer, opening, &refusal);
        let deposit = Action::Deposit { account, amount };
        if !deposits {
            scene.exchange.refuse_action(&trader, deposit, &refusal);
        }
    };
    check(&mut scene, true);
    scene.refresh([0, 1, 2, 3]);
    scene.exchange.close_window();
    assert!(matches!(
        scene.exchange.market.stage(),
        Stage::Sharing { .. }
    ));
    check(&mut scene, false);
    // The claim goes on in the lane.
    scene.claim(4, &[resting]);
    assert_eq!(scene.cash(4), CASH);
}

#[test]
fn a_forged_note_is_caught_by_the_turnstile_and_the_market_halts() {
    let mut scene = Scene::new(6, 3);
    scene.trade(4, 5, MIDDLE, 2);
    scene.close_day();
    scene.refresh([0, 1, 2, 3, 4]);
    // Somebody knows the trapdoor of the proofs and adds a cent to his note.
    let mut forger = scene.traders[5].clone();
    forger.note.cash += 1;
    let draft = scene.exchange.refresh_draft(&forger);
    let mut refresh = scene.exchange.seal_refresh(draft);
    let refused = Transaction::Refresh(Box::new(refresh.clone()));
    scene.exchange.refuse(&refused, &Refusal::Proof);
    refresh.proof = scene.exchange.verifier.forge(refresh.message.context());
    scene.exchange.include_refresh(&mut forger, &refresh);
    scene.decrypt();
    let market = &scene.exchange.market;
    assert_eq!(market.last_turnstile().unwrap().x, -1);
    assert!(market.is_halted());
    assert!(scene.saw(|event| *event == Event::Halted));
    let trader = scene.traders[0].clone();
    let (account, amount) = (trader.account(), 1_000);
    for action in [
        Action::Withdraw {
            payee: account,
            amount,
        },
        Action::Deposit { account, amount },
        scene.exchange.posting(&trader, &[buy(MIDDLE, 1)]),
    ] {
        scene
            .exchange
            .refuse_action(&trader, action, &Refusal::MarketHalted);
    }
    let session = scene.exchange.market.session().clone();
    scene.exchange.at(session.close.plus_seconds(10 * 86_400));
    assert_eq!(scene.exchange.market.phase(), Phase::Closed);
    assert_eq!(scene.exchange.market.stage(), Stage::Open);
}
