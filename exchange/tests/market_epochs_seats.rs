//! Decryptors who fail: up to a third of the seats the epoch ends and their bonds pay; more, and nothing is lost.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod support;

use support::scene::{CASH, TRIGGER};
use support::seats::seat_key;
use support::{MIDDLE, Scene, TestExchange};
use tally_circuits::jubjub::{CurvePoint, Point};
use tally_exchange::market::Stage;
use tally_exchange::message::{Action, Duty};
use tally_exchange::receipt::{DutyKind, Event, Offence, Phase, Receipt};
use tally_exchange::refusal::Refusal;

fn slashed(scene: &Scene) -> Vec<(u32, Offence)> {
    let slashed = |event: &Event| match event {
        Event::Slashed { seat, offence } => Some((*seat, *offence)),
        _ => None,
    };
    scene.exchange.events.iter().filter_map(slashed).collect()
}

fn sharing(traders: usize, seats: usize) -> Scene {
    let mut scene = Scene::new(traders, seats);
    scene.trade(traders - 1, traders - 2, MIDDLE, 3);
    scene.trigger(0, 1, TRIGGER);
    scene.refresh(0..traders - 1);
    scene.exchange.close_window();
    scene
}

#[test]
fn a_third_of_missing_and_false_shares_ends_the_epoch_and_their_bonds_pay() {
    let mut scene = sharing(8, 6);
    let seats = std::mem::take(&mut scene.seats);
    let (bond, cap) = {
        let rules = scene.exchange.market.specification();
        (rules.decryptor_bond, rules.reward_cap)
    };
    let fund = scene.exchange.market.funds().insurance;
    let mut wrong = scene.exchange.share_of(&seats[4]);
    wrong.parts[0] = Point::of_integer(9).into();
    let receipt = scene.exchange.post_share(&seats[4], wrong);
    assert_eq!(receipt, Receipt::Slashed { seat: 5 });
    // Not again, not even rightly.
    let right = scene.exchange.share_of(&seats[4]);
    let receipt = scene.exchange.post_share(&seats[4], right);
    assert_eq!(receipt, Receipt::Refused(Refusal::NotParticipant(5)));
    scene.exchange.decrypt(&seats[..4]);
    assert_eq!(scene.exchange.market.epoch(), 2);
    assert_eq!(scene.exchange.market.clearing().position, 3);
    // Seat 6 has until the deadline, also after the result.
    scene.check_books();
    let until = scene.exchange.market.opening().unwrap().until();
    scene.exchange.at(until);
    let expected = [(5, Offence::BadShare), (6, Offence::NoShare)];
    assert_eq!(slashed(&scene), expected);
    for number in 1..=4 {
        let seat = scene.exchange.market.seats().get(number).unwrap();
        assert_eq!(seat.amount, bond + cap);
    }
    assert!(scene.exchange.market.seats().get(6).is_none());
    let fund_now = scene.exchange.market.funds().insurance;
    assert!(fund_now - fund >= 2 * bond - 4 * cap);
    assert_eq!(scene.exchange.market.opening(), None);
    scene.check_books();
}

#[test]
fn a_share_after_the_result_saves_the_bond() {
    let mut scene = sharing(8, 6);
    let seats = std::mem::take(&mut scene.seats);
    scene.exchange.decrypt(&seats[..5]);
    let receipt = scene.exchange.share(&seats[5]);
    let duty = DutyKind::Share;
    assert_eq!(receipt, Receipt::Seat { seat: 6, duty });
    scene.exchange.later(3_600);
    assert_eq!(slashed(&scene), []);
}

#[test]
fn too_few_shares_leave_the_sum_pending_and_the_next_one_contains_it() {
    let mut scene = sharing(8, 6);
    let seats = std::mem::take(&mut scene.seats);
    for seat in &seats[..3] {
        scene.exchange.share(seat);
    }
    let Stage::Sharing { until, extended } = scene.exchange.market.stage() else {
        panic!("shares are taken");
    };
    assert!(!extended);
    scene.exchange.at(until);
    assert_eq!(slashed(&scene).len(), 3);
    let Stage::Sharing { until, extended } = scene.exchange.market.stage() else {
        panic!("the deadline was extended");
    };
    assert!(extended);
    scene.exchange.at(until);
    assert!(scene.saw(|event| *event == Event::Pending { epoch: 1 }));
    let market = &scene.exchange.market;
    assert_eq!((market.epoch(), market.stage()), (2, Stage::Open));
    assert_eq!(market.phase(), Phase::PreOpen);
    assert_eq!(market.closed_epoch(1).unwrap().liquidated(), None);
    assert_eq!(market.clearing().position, 0);
    // The old key is dead, a new one is being made among those who are left.
    assert!(market.joint_key().is_none());
    assert_eq!(market.key_round().unwrap().seats(), [1, 2, 3]);
    scene.exchange.refreshed = Default::default();
    scene.exchange.make_key(&seats[..3]);
    // The absent note may come back: what it left is counted in the next sum.
    scene.exchange.lapse(&mut scene.traders[7]);
    scene.close_day();
    scene.refresh(0..8);
    scene.exchange.close_window();
    scene.exchange.decrypt(&seats[..3]);
    let market = &scene.exchange.market;
    assert_eq!(market.clearing().position, 3);
    assert!(!market.is_halted());
    assert!(market.last_turnstile().unwrap().x >= 0);
}

#[test]
fn a_late_seat_has_lost_its_bond_and_may_still_save_the_epoch() {
    let mut scene = sharing(8, 6);
    let seats = std::mem::take(&mut scene.seats);
    for seat in &seats[..3] {
        scene.exchange.share(seat);
    }
    let wait = scene.exchange.market.specification().share_time;
    scene.exchange.later(wait);
    let receipt = scene.exchange.share(&seats[5]);
    let duty = DutyKind::Share;
    assert_eq!(receipt, Receipt::Seat { seat: 6, duty });
    scene.exchange.open_sums();
    assert_eq!(scene.exchange.market.clearing().position, 3);
    assert!(scene.exchange.market.seats().get(6).is_none());
    scene.check_books();
}

#[test]
fn the_deadline_does_not_lose_sums_that_enough_shares_have_opened() {
    let mut scene = sharing(8, 6);
    let seats = std::mem::take(&mut scene.seats);
    for seat in &seats[..4] {
        scene.exchange.share(seat);
    }
    scene.exchange.later(86_400);
    assert!(matches!(
        scene.exchange.market.stage(),
        Stage::Sharing { .. }
    ));
    scene.exchange.open_sums();
    assert_eq!(scene.exchange.market.clearing().position, 3);
}

#[test]
fn a_seat_that_leaves_gets_its_bond_back_when_its_keys_are_out_of_use() {
    let mut scene = Scene::new(6, 4);
    let bond = scene.exchange.market.specification().decryptor_bond;
    let seats = std::mem::take(&mut scene.seats);
    let receipt = scene.exchange.send(&seats[3], 0, 0, Duty::Leave);
    let duty = DutyKind::Leave;
    assert_eq!(receipt, Receipt::Seat { seat: 4, duty });
    let again = scene.exchange.send(&seats[3], 0, 0, Duty::Leave);
    assert_eq!(again, Receipt::Refused(Refusal::DutyDone(4)));
    let amount = bond.unsigned_abs();
    let unbond = |amount| Action::Unbond {
        bond: seats[3].bond,
        amount,
    };
    let held = Refusal::BondHeld(4);
    scene
        .exchange
        .refuse_action(&scene.traders[3], unbond(amount), &held);
    scene.close_day();
    scene.refresh(0..6);
    scene.exchange.close_window();
    scene.exchange.decrypt(&seats);
    let session = scene.exchange.market.session().clone();
    scene.exchange.at(session.pre_open);
    assert_eq!(
        scene.exchange.market.key_round().unwrap().seats(),
        [1, 2, 3]
    );
    scene.exchange.make_key(&seats[..3]);
    let wrong = Refusal::BondAmount {
        given: amount - 1,
        held: amount,
    };
    scene
        .exchange
        .refuse_action(&scene.traders[3], unbond(amount - 1), &wrong);
    // Nobody else has the tag.
    scene
        .exchange
        .refuse_action(&scene.traders[5], unbond(amount), &Refusal::Proof);
    scene.exchange.unbond(&mut scene.traders[3], &seats[3]);
    assert_eq!(scene.cash(3), CASH + bond);
    scene
        .exchange
        .refuse_action(&scene.traders[3], unbond(amount), &Refusal::UnknownBond);
    scene.check_books();
}

#[test]
fn a_bond_needs_a_fresh_key_whose_secret_the_sender_knows() {
    let mut scene = Scene::before_pre_open(TestExchange::new(), 4, 2);
    let mut trader = scene.exchange.trader(5_000_000);
    let taken = scene.exchange.bonding(&trader, &seat_key(1));
    scene
        .exchange
        .refuse_action(&trader, taken, &Refusal::SeatKey);
    let identity = CurvePoint::from(Point::identity());
    let good = scene.exchange.bonding(&trader, &seat_key(50));
    let Action::Bond {
        tag, possession, ..
    } = good
    else {
        panic!("a bond");
    };
    let with_key = |seat_key| Action::Bond {
        tag,
        seat_key,
        possession,
    };
    scene
        .exchange
        .refuse_action(&trader, with_key(identity), &Refusal::SeatKey);
    let foreign = CurvePoint::from(seat_key(51).public());
    scene
        .exchange
        .refuse_action(&trader, with_key(foreign), &Refusal::Possession);
    // The proof of another Act is good for that Act only.
    let other = scene.exchange.trader(5_000_000);
    let Action::Bond {
        possession: replayed,
        seat_key: key,
        ..
    } = scene.exchange.bonding(&other, &seat_key(52))
    else {
        panic!("a bond");
    };
    let copied = Action::Bond {
        tag,
        seat_key: key,
        possession: replayed,
    };
    scene
        .exchange
        .refuse_action(&trader, copied, &Refusal::Possession);
    // Not enough left on both sides: the bond is cash that leaves.
    let poor = scene.exchange.trader(2_400_000);
    let action = scene.exchange.bonding(&poor, &seat_key(53));
    scene.exchange.refuse_action(&poor, action, &Refusal::Proof);
    scene.exchange.act(&mut trader, good);
}
