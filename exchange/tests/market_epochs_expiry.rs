//! The end of a contract month: final settlement, everybody is closed, cash leaves, late notes for a year.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use ed25519_dalek::{Signer, SigningKey};
use support::exchange::genesis;
use support::scene::CASH;
use support::{MIDDLE, Scene, TestExchange, buy};
use tally_exchange::epoch::terms::Trigger;
use tally_exchange::market::{Genesis, GenesisError, Market, SettlementSigners, Stage};
use tally_exchange::message::{Action, ChainId, FinalSettlement, Symbol, Transaction};
use tally_exchange::receipt::{Event, Phase, Receipt};
use tally_exchange::refusal::Refusal;
use tally_exchange::units::Price;

fn signer(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

/// The last trading day of the month, with two of three signers.
fn last_day(signers: u8) -> Genesis {
    let mut genesis = genesis();
    let session = genesis.specification.calendar.session_named("2017-02-14");
    genesis.session = session.unwrap().clone();
    genesis.settlement = SettlementSigners {
        keys: (1..=signers)
            .map(|n| signer(n).verifying_key().to_bytes())
            .collect(),
        threshold: if signers == 0 { 0 } else { 2 },
    };
    genesis
}

fn signed(scene: &Scene, price: i32, by: &[(u8, u8)]) -> FinalSettlement {
    let (chain, market) = (
        scene.exchange.market.chain(),
        scene.exchange.market.symbol(),
    );
    let bytes = FinalSettlement::signed_bytes(chain, market, Price(price));
    let sign = |(place, number): &(u8, u8)| (*place, signer(*number).sign(&bytes).to_bytes());
    FinalSettlement {
        chain,
        market,
        price: Price(price),
        signatures: by.iter().map(sign).collect(),
    }
}

fn settle(settlement: FinalSettlement) -> Transaction {
    Transaction::FinalSettlement(Box::new(settlement))
}

fn scene(signers: u8) -> Scene {
    let mut scene = Scene::with(TestExchange::with(last_day(signers)), 6, 3);
    scene.trade(3, 4, MIDDLE, 7);
    scene
}

#[test]
fn the_signed_final_settlement_closes_everybody_without_a_haircut() {
    let mut scene = scene(3);
    let good = signed(&scene, MIDDLE + 30, &[(0, 1), (2, 3)]);
    let early = Refusal::NoSettlementDue;
    scene.exchange.refuse(&settle(good.clone()), &early);
    scene.exchange.at(scene.exchange.market.session().close);
    assert_eq!(scene.exchange.market.stage(), Stage::Open);
    let refuse = |scene: &mut Scene, bad: FinalSettlement| {
        let refusal = Refusal::SettlementSignatures(2);
        scene.exchange.refuse(&settle(bad), &refusal);
    };
    for by in [
        &[][..],
        &[(0, 1)],
        &[(0, 1), (0, 1)],
        &[(2, 3), (0, 1)],
        &[(0, 1), (1, 3)],
        &[(0, 1), (9, 3)],
        &[(0, 1), (1, 2), (2, 9)],
    ] {
        let bad = signed(&scene, MIDDLE + 30, by);
        refuse(&mut scene, bad);
    }
    let mut bad = good.clone();
    bad.price = Price(MIDDLE + 31);
    refuse(&mut scene, bad);
    let mut bad = good.clone();
    bad.chain = ChainId::of_genesis(b"other");
    scene.exchange.refuse(&settle(bad), &Refusal::Chain);
    let mut bad = good.clone();
    bad.market = Symbol::new("HEJ7").unwrap();
    scene.exchange.refuse(&settle(bad), &Refusal::Market);

    let receipt = scene.exchange.apply(&settle(good.clone()));
    assert_eq!(receipt, Receipt::Settled);
    scene.exchange.refuse(&settle(good), &early);
    scene.exchange.next_block();
    let terms = *scene.exchange.market.epoch_terms().unwrap();
    assert_eq!(
        (terms.trigger, terms.price),
        (Trigger::Expiry, Price(MIDDLE + 30))
    );
    scene.revalidate_without(&[]);
    assert_eq!(scene.position(3), 0);
    assert_eq!(scene.cash(3), CASH - 700 + 7 * 30_000);
    assert_eq!(scene.cash(4), CASH - 700 - 7 * 30_000);
    assert_eq!(scene.exchange.market.last_turnstile().unwrap().x, 0);
    assert_eq!(scene.exchange.market.phase(), Phase::Expired);
    let price = Price(MIDDLE + 30);
    assert!(scene.saw(|event| *event == Event::Expired { price }));
}

#[test]
fn a_price_outside_the_closing_band_is_moved_into_it() {
    let mut scene = scene(3);
    scene.exchange.at(scene.exchange.market.session().close);
    let far = signed(&scene, MIDDLE + 500, &[(0, 1), (1, 2)]);
    scene.exchange.apply(&settle(far));
    scene.exchange.next_block();
    let price = scene.exchange.market.epoch_terms().unwrap().price;
    assert_eq!(price, scene.exchange.market.band().hi);
}

#[test]
fn without_signers_or_their_signatures_the_days_own_settlement_is_final() {
    for signers in [0, 3] {
        let mut scene = scene(signers);
        let close = scene.exchange.market.session().close;
        scene.exchange.at(close);
        if signers > 0 {
            assert_eq!(scene.exchange.market.stage(), Stage::Open);
            // Meanwhile cash moves as on any evening.
            let account = scene.traders[5].account();
            let action = Action::Withdraw {
                payee: account,
                amount: 5,
            };
            scene.exchange.act(&mut scene.traders[5], action);
            let wait = scene.exchange.market.specification().final_settlement_wait;
            scene.exchange.at(close.plus_seconds(wait));
        }
        let terms = *scene.exchange.market.epoch_terms().unwrap();
        assert_eq!(
            (terms.trigger, terms.price),
            (Trigger::Expiry, Price(MIDDLE))
        );
        scene.revalidate_without(&[]);
        assert_eq!(scene.exchange.market.phase(), Phase::Expired);
    }
}

#[test]
fn after_expiry_cash_leaves_seats_are_free_and_late_notes_come_back_for_a_year() {
    let mut scene = scene(0);
    scene.close_day();
    scene.revalidate_without(&[3, 5]);
    let trader = scene.traders[4].clone();
    let account = trader.account();
    let posted = scene.exchange.posting(&trader, &[buy(MIDDLE, 1)]);
    let deposit = Action::Deposit { account, amount: 9 };
    for action in [posted, deposit] {
        let refusal = Refusal::ContractExpired;
        scene.exchange.refuse_action(&trader, action, &refusal);
    }
    let newcomer = scene.exchange.newcomer();
    let opening = Action::Open {
        account: newcomer.account(),
        amount: 1_000_000,
    };
    let refusal = Refusal::ContractExpired;
    scene.exchange.refuse_action(&newcomer, opening, &refusal);
    let seats = std::mem::take(&mut scene.seats);
    scene.exchange.unbond(&mut scene.traders[0], &seats[0]);
    let everything = scene.cash(4).unsigned_abs();
    let action = Action::Withdraw {
        payee: account,
        amount: everything,
    };
    scene.exchange.act(&mut scene.traders[4], action);
    assert_eq!(scene.cash(4), 0);
    let owed = scene.exchange.owed(&scene.traders[3]);
    scene.exchange.lapse(&mut scene.traders[3]);
    assert_eq!(i128::from(scene.cash(3)), owed - 7 * 6_000 - 2_500);
    scene.check_books();
    let rules = scene.exchange.market.specification().clone();
    let end = scene
        .exchange
        .market
        .session()
        .close
        .plus_seconds(rules.lapse_year);
    scene.exchange.at(end);
    let draft = scene.exchange.lapse_draft(&scene.traders[5]);
    let late = Transaction::Lapse(Box::new(scene.exchange.seal_lapse(draft)));
    scene.exchange.refuse(&late, &Refusal::LapseOver);
}

#[test]
fn the_signers_of_a_genesis_are_different_strong_keys_and_can_reach_their_threshold() {
    let key = signer(1).verifying_key().to_bytes();
    let other = signer(2).verifying_key().to_bytes();
    let weak = [0; 32];
    for (keys, threshold) in [
        (vec![key], 0),
        (vec![key], 2),
        (vec![], 1),
        (vec![key, key], 1),
        (vec![weak, other], 1),
    ] {
        let mut genesis = genesis();
        genesis.settlement = SettlementSigners { keys, threshold };
        assert!(matches!(
            Market::new(genesis).err(),
            Some(GenesisError::Signers { .. })
        ));
    }
}

#[test]
fn an_expiry_whose_sums_stay_closed_is_repeated_with_the_same_price() {
    let mut scene = scene(0);
    scene.close_day();
    scene.refresh(0..6);
    scene.exchange.next_block();
    let share_time = scene.exchange.market.specification().share_time;
    scene.exchange.share(&scene.seats[0]);
    scene.exchange.later(share_time);
    scene.exchange.later(share_time);
    assert!(scene.saw(|event| *event == Event::Pending { epoch: 1 }));
    assert_eq!(scene.exchange.market.stage(), Stage::AwaitingKey);
    let terms = *scene.exchange.market.epoch_terms().unwrap();
    assert_eq!(
        (terms.trigger, terms.price),
        (Trigger::Expiry, Price(MIDDLE))
    );
    // Positions are closed: cash leaves, and bonds make a new key.
    assert_eq!(scene.position(3), 0);
    scene.exchange.refreshed = Default::default();
    let mut owners: Vec<_> = (0..2).map(|_| scene.exchange.trader(5_000_000)).collect();
    scene.seats.truncate(1);
    for (owner, seed) in owners.iter_mut().zip(30..) {
        scene.seats.push(scene.exchange.seat(owner, seed));
    }
    scene.traders.extend(owners);
    scene.exchange.next_block();
    let seats = std::mem::take(&mut scene.seats);
    scene.exchange.make_key(&seats);
    scene.seats = seats;
    scene.revalidate_without(&[]);
    assert_eq!(scene.exchange.market.phase(), Phase::Expired);
    assert!(scene.exchange.market.last_turnstile().unwrap().x >= 0);
}

#[test]
fn where_the_calendar_ends_late_notes_come_back_at_the_last_price() {
    let mut genesis = genesis();
    // April's sessions end with the quarter, before its last trading day.
    let session = genesis.specification.calendar.session_named("2017-03-31");
    genesis.session = session.unwrap().clone();
    let mut scene = Scene::with(TestExchange::with(genesis), 6, 3);
    scene.trade(3, 4, MIDDLE, 7);
    scene.close_day();
    scene.revalidate_without(&[3]);
    assert_eq!(scene.exchange.market.phase(), Phase::Closed);
    assert_eq!(scene.exchange.market.stage(), Stage::Open);
    scene.exchange.later(86_400);
    assert_eq!(scene.exchange.market.epoch(), 2);
    scene.exchange.lapse(&mut scene.traders[3]);
    scene.check_books();
}
