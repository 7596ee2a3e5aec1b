//! Bonds, slashing and rewards: every cent that comes in goes out or to the fund.

#![allow(clippy::unwrap_used, reason = "a test helper that fails the test")]

use proptest::prelude::*;
use std::collections::BTreeSet;
use tally_circuits::Fr;
use tally_circuits::field::Element;
use tally_circuits::jubjub::Point;
use tally_exchange::epoch::seats::{Pot, SeatError, SeatStatus, Seats};

const BOND: i64 = 2_500_000;
const CAP: i64 = 50_000;

fn key(number: i64) -> Point {
    Point::of_integer(number + 1)
}

fn tag(number: u64) -> Element {
    Element(Fr::from(number + 1_000))
}

fn seats(count: u32) -> Seats {
    let mut seats = Seats::new();
    for number in 1..=count {
        let given = seats.register(key(number.into()), tag(number.into()), BOND);
        assert_eq!(given, Ok(number));
    }
    seats
}

fn round_trip(seats: &Seats) -> Seats {
    borsh::from_slice(&borsh::to_vec(seats).unwrap()).unwrap()
}

#[test]
fn seats_are_numbered_from_one_and_never_again() {
    let mut seats = seats(3);
    assert_eq!(seats.active(), [1, 2, 3]);
    assert_eq!(seats.slash(3, Pot::Decryption), BOND);
    assert_eq!(seats.register(key(9), tag(9), BOND), Ok(4));
    assert_eq!(seats.active(), [1, 2, 4]);
    assert_eq!(seats.get(3), None);
    assert_eq!(seats.get(4).unwrap().amount, BOND);
    assert_eq!(seats.total(), 4 * BOND);
}

#[test]
fn keys_and_tags_are_nobody_elses() {
    let mut seats = seats(2);
    let before = seats.clone();
    assert_eq!(
        seats.register(key(1), tag(7), BOND),
        Err(SeatError::KeyTaken)
    );
    assert_eq!(
        seats.register(key(7), tag(1), BOND),
        Err(SeatError::TagTaken)
    );
    for amount in [0, -1, i64::MIN, i64::MAX] {
        let refused = seats.register(key(7), tag(7), amount);
        assert_eq!(refused, Err(SeatError::Amount(amount)));
    }
    assert_eq!(seats, before);
    assert_eq!(seats.check(key(7), tag(7), BOND), Ok(()));
}

#[test]
fn there_are_no_more_seats_than_one_key_generation_can_have() {
    let most = u32::try_from(tally_mpc::MAX_SEATS).unwrap();
    let mut seats = seats(most);
    assert_eq!(
        seats.register(key(5_000), tag(5_000), 1),
        Err(SeatError::Full)
    );
    seats.slash(7, Pot::KeyGeneration);
    assert_eq!(seats.register(key(5_000), tag(5_000), 1), Ok(most + 1));
}

#[test]
fn a_bond_comes_back_when_its_duties_are_over() {
    let mut seats = seats(3);
    assert_eq!(seats.withdraw(tag(1)), Err(SeatError::NotReleased(1)));
    assert_eq!(seats.leave(1), Ok(()));
    assert_eq!(seats.leave(1), Err(SeatError::Leaving(1)));
    assert_eq!(seats.leave(9), Err(SeatError::Unknown(9)));
    assert_eq!(seats.active(), [2, 3]);
    // Still in a live key.
    assert_eq!(seats.release(&BTreeSet::from([1, 2, 3])), [0_u32; 0]);
    assert_eq!(seats.withdraw(tag(1)), Err(SeatError::NotReleased(1)));
    assert_eq!(seats.release(&BTreeSet::from([2, 3])), [1]);
    assert_eq!(seats.release(&BTreeSet::new()), [0_u32; 0]);
    assert_eq!(seats.leave(1), Err(SeatError::Leaving(1)));
    assert_eq!(seats.withdrawable(tag(1)), Ok(BOND));
    assert_eq!(seats.withdraw(tag(1)), Ok(BOND));
    assert_eq!(seats.withdraw(tag(1)), Err(SeatError::UnknownBond));
    assert_eq!(seats.total(), 2 * BOND);
}

#[test]
fn expiry_releases_everybody() {
    let mut seats = seats(3);
    seats.leave(2).unwrap();
    assert_eq!(seats.release_all(), [1, 2, 3]);
    assert!(
        seats
            .iter()
            .all(|(_, seat)| seat.status == SeatStatus::Released)
    );
    assert_eq!(seats.active(), [0_u32; 0]);
    assert_eq!(seats.release_all(), [0_u32; 0]);
}

#[test]
fn a_slashed_bond_is_gone_with_its_rewards() {
    let mut seats = seats(3);
    seats.slash(3, Pot::Decryption);
    let fund = seats.share_out(Pot::Decryption, &[1, 2], CAP);
    assert_eq!(fund, BOND - 2 * CAP);
    assert_eq!(seats.get(1).unwrap().amount, BOND + CAP);
    assert_eq!(seats.slash(1, Pot::KeyGeneration), BOND + CAP);
    assert_eq!(seats.slash(1, Pot::KeyGeneration), 0);
    assert_eq!(seats.withdraw(tag(1)), Err(SeatError::UnknownBond));
    assert_eq!(seats.pot(Pot::KeyGeneration), BOND + CAP);
    // Nobody completed the duty: the fund gets it all.
    assert_eq!(
        seats.share_out(Pot::KeyGeneration, &[1, 3], CAP),
        BOND + CAP
    );
    assert_eq!(seats.total(), BOND + CAP);
}

#[test]
fn pots_of_different_duties_are_apart() {
    let mut seats = seats(4);
    seats.slash(3, Pot::KeyGeneration);
    seats.slash(4, Pot::Decryption);
    assert_eq!(seats.share_out(Pot::Decryption, &[1], CAP), BOND - CAP);
    assert_eq!(seats.pot(Pot::Decryption), 0);
    assert_eq!(seats.pot(Pot::KeyGeneration), BOND);
    assert_eq!(seats.get(1).unwrap().amount, BOND + CAP);
    assert_eq!(seats.get(2).unwrap().amount, BOND);
    assert_eq!(seats.share_out(Pot::Decryption, &[1], CAP), 0);
}

#[test]
fn a_completer_named_twice_is_rewarded_once() {
    let mut seats = seats(2);
    seats.slash(2, Pot::Decryption);
    assert_eq!(
        seats.share_out(Pot::Decryption, &[1, 1, 1], CAP),
        BOND - CAP
    );
    assert_eq!(seats.get(1).unwrap().amount, BOND + CAP);
}

#[test]
fn the_reward_is_a_share_where_the_cap_is_above_it() {
    let mut seats = Seats::new();
    for number in 1..=3 {
        seats
            .register(key(number), tag(number.unsigned_abs()), 100)
            .unwrap();
    }
    seats.slash(3, Pot::Decryption);
    // 100 cents for two with a cap of 60, and for two with a cap below zero.
    assert_eq!(seats.share_out(Pot::Decryption, &[1, 2], 60), 0);
    assert_eq!(seats.get(2).unwrap().amount, 150);
    seats.slash(2, Pot::Decryption);
    assert_eq!(seats.share_out(Pot::Decryption, &[1], -1), 150);
}

#[test]
fn snapshots_that_contradict_themselves_are_refused() {
    let mut seats = seats(2);
    seats.leave(1).unwrap();
    seats.slash(2, Pot::KeyGeneration);
    let good = borsh::to_vec(&seats).unwrap();
    assert_eq!(round_trip(&seats), seats);
    let refused = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        borsh::from_slice::<Seats>(&bytes).is_err()
    };
    // The next number is that of a seat; more seats than there can be; a negative bond; a point off the curve.
    assert!(refused(&|bytes| bytes[0] = 1));
    assert!(refused(&|bytes| bytes[6] = 1));
    assert!(refused(&|bytes| bytes[4 + 4 + 4 + 64 + 32 + 7] = 0x80));
    assert!(refused(&|bytes| bytes[4 + 4 + 4] ^= 1));
    assert!(refused(&|bytes| bytes.push(0)));
    assert!(refused(&|bytes| bytes.truncate(bytes.len() - 1)));
}

/// One of the things that can happen to seats.
#[derive(Clone, Debug)]
enum Step {
    Register(i64),
    Leave(u32),
    Slash(u32, Pot),
    ShareOut(Pot, Vec<u32>, i64),
    Release(Vec<u32>),
    Withdraw(u64),
    ReleaseAll,
}

fn step() -> impl Strategy<Value = Step> {
    let seat = || 0..12_u32;
    let pot = || prop_oneof![Just(Pot::KeyGeneration), Just(Pot::Decryption)];
    prop_oneof![
        6 => (1..1_000_000_i64).prop_map(Step::Register),
        2 => seat().prop_map(Step::Leave),
        4 => (seat(), pot()).prop_map(|(seat, pot)| Step::Slash(seat, pot)),
        4 => (pot(), prop::collection::vec(seat(), 0..8), -5..500_000_i64)
            .prop_map(|(pot, completers, cap)| Step::ShareOut(pot, completers, cap)),
        2 => prop::collection::vec(seat(), 0..6).prop_map(Step::Release),
        4 => (0..12_u64).prop_map(Step::Withdraw),
        1 => Just(Step::ReleaseAll),
    ]
}

proptest! {
    #[test]
    fn no_cent_is_made_or_lost(steps in prop::collection::vec(step(), 1..80)) {
        let mut seats = Seats::new();
        let (mut paid_in, mut paid_out, mut fund) = (0_i64, 0_i64, 0_i64);
        let mut registered = 0_u64;
        for step in steps {
            match step {
                Step::Register(amount) => {
                    registered += 1;
                    let number = seats.register(key(registered.cast_signed()), tag(registered), amount);
                    prop_assert_eq!(number.map(u64::from), Ok(registered));
                    paid_in += amount;
                }
                Step::Leave(seat) => {
                    let active = seats.get(seat).is_some_and(|seat| seat.status == SeatStatus::Active);
                    prop_assert_eq!(seats.leave(seat).is_ok(), active);
                }
                Step::Slash(seat, pot) => {
                    let had = seats.get(seat).map_or(0, |seat| seat.amount);
                    let before = seats.pot(pot);
                    prop_assert_eq!(seats.slash(seat, pot), had);
                    prop_assert_eq!(seats.pot(pot), before + had);
                    prop_assert!(seats.get(seat).is_none());
                }
                Step::ShareOut(pot, completers, cap) => {
                    let before = seats.clone();
                    let slashed = seats.pot(pot);
                    let rest = seats.share_out(pot, &completers, cap);
                    prop_assert!((0..=slashed).contains(&rest));
                    let mut rewards = 0;
                    for (number, seat) in seats.iter() {
                        let reward = seat.amount - before.get(number).unwrap().amount;
                        prop_assert!(reward == 0 || completers.contains(&number));
                        prop_assert!((0..=cap.max(0)).contains(&reward));
                        rewards += reward;
                    }
                    prop_assert_eq!(slashed, rewards + rest);
                    fund += rest;
                }
                Step::Release(bound) => {
                    let bound: BTreeSet<u32> = bound.into_iter().collect();
                    for seat in seats.release(&bound) {
                        prop_assert!(!bound.contains(&seat));
                    }
                }
                Step::Withdraw(bond) => {
                    let expected = seats.withdrawable(tag(bond));
                    let amount = seats.withdraw(tag(bond));
                    prop_assert_eq!(amount, expected);
                    paid_out += amount.unwrap_or(0);
                }
                Step::ReleaseAll => {
                    seats.release_all();
                }
            }
            prop_assert_eq!(paid_in, paid_out + fund + seats.total());
            prop_assert_eq!(&round_trip(&seats), &seats);
        }
    }

    /// Whoever owns several seats and lets one fail never has more than before.
    #[test]
    fn nobody_gains_by_making_a_seat_of_his_own_fail(count in 2..60_u32, own in 1..60_u32, bond in 1..100_000_i64, cap in 0..200_000_i64) {
        let own = own.min(count);
        let mut seats = Seats::new();
        for number in 1..=count {
            seats.register(key(number.into()), tag(number.into()), bond).unwrap();
        }
        let wealth = |seats: &Seats| -> i64 { (1..=own).filter_map(|seat| seats.get(seat)).map(|seat| seat.amount).sum() };
        let before = wealth(&seats);
        seats.slash(1, Pot::Decryption);
        let completers: Vec<u32> = (2..=count).collect();
        seats.share_out(Pot::Decryption, &completers, cap);
        prop_assert!(wealth(&seats) <= before);
        if own < count && cap > 0 && bond >= i64::from(count) {
            prop_assert!(wealth(&seats) < before);
        }
    }
}
