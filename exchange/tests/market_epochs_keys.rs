//! Key generations with cheating, sleeping and complaining participants end without them.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use support::scene::TRIGGER;
use support::{Scene, TestExchange};
use tally_exchange::message::Duty;
use tally_exchange::receipt::{DutyKind, Event, Offence, Receipt};
use tally_exchange::refusal::Refusal;

fn slashed(scene: &Scene) -> Vec<(u32, Offence)> {
    let slashed = |event: &Event| match event {
        Event::Slashed { seat, offence } => Some((*seat, *offence)),
        _ => None,
    };
    scene.exchange.events.iter().filter_map(slashed).collect()
}

/// Before the pre-open with `seats` seats; then the key generation has begun.
fn dealing(seats: usize) -> Scene {
    let mut scene = Scene::before_pre_open(TestExchange::new(), seats + 2, seats);
    let session = scene.exchange.market.session().clone();
    scene.exchange.at(session.pre_open);
    assert_eq!(
        scene.exchange.market.key_round().unwrap().seats().len(),
        seats
    );
    scene
}

#[test]
fn a_key_generation_ends_without_dealers_who_sleep_or_send_garbage() {
    let mut scene = dealing(6);
    let seats = std::mem::take(&mut scene.seats);
    for seat in &seats[..4] {
        scene.exchange.deal(seat);
    }
    let mut garbage = scene.exchange.dealing(&seats[4]);
    garbage.commitments.swap(0, 1);
    let receipt = scene
        .exchange
        .send(&seats[4], 1, 0, Duty::Deal(Box::new(garbage)));
    assert_eq!(receipt, Receipt::Slashed { seat: 5 });
    let rules = scene.exchange.market.specification().clone();
    scene.exchange.later(rules.dealing_time);
    let expected = [(5, Offence::BadDealing), (6, Offence::NoDealing)];
    assert_eq!(slashed(&scene), expected);
    scene.exchange.later(rules.complaint_time);
    let excluded = vec![5, 6];
    assert!(scene.saw(|event| *event
        == Event::KeyMade {
            round: 1,
            excluded: excluded.clone()
        }));
    for number in 1..=4 {
        let seat = scene.exchange.market.seats().get(number).unwrap();
        assert_eq!(seat.amount, rules.decryptor_bond + rules.reward_cap);
    }
    scene.check_books();
}

#[test]
fn a_key_generation_with_too_few_dealers_begins_anew_with_those_who_are_left() {
    let mut scene = dealing(6);
    let seats = std::mem::take(&mut scene.seats);
    for seat in &seats[..3] {
        scene.exchange.deal(seat);
    }
    let wait = scene.exchange.market.specification().dealing_time;
    scene.exchange.later(wait);
    assert!(scene.saw(|event| *event == Event::KeyFailed { round: 1 }));
    let round = scene.exchange.market.key_round().unwrap();
    assert_eq!((round.round(), round.seats()), (2, &[1, 2, 3][..]));
    scene.exchange.make_key(&seats[..3]);
    scene.check_books();
}

#[test]
fn a_false_complaint_costs_the_bond_and_a_dealing_is_made_once() {
    let mut scene = dealing(6);
    let seats = std::mem::take(&mut scene.seats);
    for seat in &seats[..5] {
        scene.exchange.deal(seat);
    }
    let again = scene.exchange.deal(&seats[0]);
    assert_eq!(again, Receipt::Refused(Refusal::DutyDone(1)));
    let early = scene.exchange.complain(&seats[0], &seats[1]);
    assert_eq!(early, Receipt::Refused(Refusal::DutyNotDue));
    scene.exchange.deal(&seats[5]);
    scene.exchange.next_block();
    let late = scene.exchange.deal(&seats[5]);
    assert_eq!(late, Receipt::Refused(Refusal::DutyNotDue));
    let receipt = scene.exchange.complain(&seats[0], &seats[1]);
    assert_eq!(receipt, Receipt::Slashed { seat: 1 });
    let wait = scene.exchange.market.specification().complaint_time;
    scene.exchange.later(wait);
    assert_eq!(slashed(&scene), [(1, Offence::FalseComplaint)]);
    let key = scene.exchange.market.joint_key().unwrap();
    assert_eq!(key.decryptors(), [2, 3, 4, 5, 6]);
    scene.check_books();
}

/// The market as it would be if dealer 0 had exchanged two encrypted shares before proving its dealing.
fn with_cheating_dealer(exchange: &mut TestExchange) {
    exchange.next_block();
    exchange.market.end_block(&mut Vec::new());
    let round = exchange.market.key_round().unwrap();
    let good = borsh::to_vec(round.dealings().get(0).unwrap()).unwrap();
    let seats = round.participants().seats();
    let share = |index: usize| good.len() - (seats - index) * 32;
    let mut bad = good.clone();
    bad[share(1)..share(2)].copy_from_slice(&good[share(2)..share(3)]);
    bad[share(2)..share(3)].copy_from_slice(&good[share(1)..share(2)]);
    let mut bytes = exchange.market.snapshot();
    let at = bytes
        .windows(good.len())
        .position(|part| part == good)
        .unwrap();
    bytes[at..at + bad.len()].copy_from_slice(&bad);
    exchange.market =
        support::snapshots::restore_forged(&exchange.genesis, bytes, &exchange.market);
    let (height, time) = (exchange.market.height() + 1, exchange.market.time());
    exchange
        .market
        .begin_block(height, time, &mut exchange.events)
        .unwrap();
}

#[test]
fn a_cheating_dealer_is_shown_by_a_complaint_and_the_key_is_made_without_it() {
    let mut scene = dealing(6);
    let seats = std::mem::take(&mut scene.seats);
    for seat in &seats {
        scene.exchange.deal(seat);
    }
    with_cheating_dealer(&mut scene.exchange);
    let receipt = scene.exchange.complain(&seats[1], &seats[0]);
    let duty = DutyKind::Complain;
    assert_eq!(receipt, Receipt::Seat { seat: 2, duty });
    // One complaint is enough; withheld or repeated ones change nothing.
    let round = scene.exchange.market.key_round().unwrap();
    assert!(round.dealings().get(0).is_none());
    let wait = scene.exchange.market.specification().complaint_time;
    scene.exchange.later(wait);
    assert_eq!(slashed(&scene), [(1, Offence::CheatingDealer)]);
    let key = scene.exchange.market.joint_key().unwrap();
    assert_eq!(key.joint().dealers, [1, 2, 3, 4, 5]);
    scene.exchange.at(scene.exchange.market.session().open);
    scene.trigger(0, 1, TRIGGER);
    scene.refresh(0..8);
    scene.exchange.close_window();
    scene.exchange.decrypt(&seats[1..]);
    assert_eq!(scene.exchange.market.epoch(), 2);
}

#[test]
fn a_withheld_complaint_costs_its_victims_their_bonds_and_nobody_else_anything() {
    let mut scene = dealing(6);
    let seats = std::mem::take(&mut scene.seats);
    for seat in &seats {
        scene.exchange.deal(seat);
    }
    with_cheating_dealer(&mut scene.exchange);
    scene.exchange.at(scene.exchange.market.session().open);
    assert!(scene.exchange.market.joint_key().is_some());
    scene.trigger(0, 1, TRIGGER);
    scene.refresh(0..8);
    scene.exchange.close_window();
    // Seats 2 and 3 have no good share of the key; the four others are enough.
    for seat in [&seats[0], &seats[3], &seats[4], &seats[5]] {
        scene.exchange.share(seat);
    }
    scene.exchange.open_sums();
    assert_eq!(scene.exchange.market.epoch(), 2);
    scene.exchange.later(3_600);
    let expected = [(2, Offence::NoShare), (3, Offence::NoShare)];
    assert_eq!(slashed(&scene), expected);
    scene.check_books();
}
