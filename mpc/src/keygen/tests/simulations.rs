//! Whole key generations and decryptions, with and without cheats.

use crate::decryption::{self, CheckedShare, matches, share, verify_share};
use crate::keygen::dealer::deal_tampered;
use crate::keygen::{
    CheckedDealing, CombineError, Dealing, JointKey, Verdict, combine, complain, judge,
    open_shares, verify_dealing,
};
use crate::test_support::{Market, scalar};
use crate::{Context, threshold};
use std::collections::BTreeMap;
use tally_circuits::elgamal::Ciphertext;

/// What a dealer does.
#[derive(Clone, Copy)]
enum Behaviour {
    Honest,
    Absent,
    /// Deals what everybody refuses.
    Malformed,
    /// Gives one participant a wrong share.
    BadShare,
    /// Gives all participants each other's shares.
    Rotated,
    /// Deals well, and complains about an honest dealer.
    FalseComplaint,
}

use Behaviour::{Absent, BadShare, FalseComplaint, Honest, Malformed, Rotated};

/// What one participant puts on the ledger as its dealing.
fn message(market: &Market, dealer: u32, behaviour: Behaviour) -> Option<Dealing> {
    let seats = market.seats.len();
    let victim = (dealer as usize + 1) % seats;
    let tampered = |tamper: &dyn Fn(&mut Vec<[u8; 32]>)| {
        let seat = &market.seats[dealer as usize];
        deal_tampered(
            &market.context,
            &market.participants,
            dealer,
            seat,
            |_, _, shares| tamper(shares),
        )
    };
    match behaviour {
        Absent => None,
        Malformed => Some(tampered(&|shares| shares.truncate(seats - 1))),
        BadShare => Some(tampered(&|shares| shares[victim] = [7; 32])),
        Rotated => Some(tampered(&|shares| shares.rotate_left(1))),
        Honest | FalseComplaint => Some(tampered(&|_| {})),
    }
}

/// The state machine's part: the dealings that are left after all complaints, and how many of those did not hold.
fn run(market: &Market, behaviours: &[Behaviour]) -> (BTreeMap<u32, CheckedDealing>, usize) {
    let verify = |dealer, dealing: &Dealing| {
        verify_dealing(&market.context, &market.participants, dealer, dealing).ok()
    };
    let posted: BTreeMap<u32, CheckedDealing> = (0..)
        .zip(behaviours)
        .filter_map(|(dealer, &behaviour)| {
            let checked = verify(dealer, &message(market, dealer, behaviour)?)?;
            Some((dealer, checked))
        })
        .collect();
    let mut left = posted.clone();
    let mut false_complaints = 0;
    for (me, &behaviour) in (0..).zip(behaviours) {
        let seat = &market.seats[me as usize];
        let mut accused = open_shares(&market.context, seat, me, posted.values())
            .unwrap()
            .at_fault;
        if matches!(behaviour, FalseComplaint) {
            accused.push(me);
        }
        for dealer in accused {
            let dealing = &posted[&dealer];
            let complaint = complain(&market.context, seat, me, dealing);
            match judge(
                &market.context,
                &market.participants,
                me,
                dealing,
                &complaint,
            )
            .unwrap()
            {
                Verdict::DealerAtFault => drop(left.remove(&dealer)),
                Verdict::ComplaintFalse => false_complaints += 1,
            }
        }
    }
    (left, false_complaints)
}

/// Opens a sum with the last `threshold` participants and with the first.
fn decrypts(market: &Market, joint: &JointKey, dealings: &BTreeMap<u32, CheckedDealing>) {
    let dealings: Vec<CheckedDealing> = dealings.values().cloned().collect();
    let key_shares = market.key_shares(joint, &dealings);
    let context = Context {
        epoch: 5,
        ..market.context
    };
    let sum = Ciphertext::encrypt(-41, &scalar(1), joint.key)
        + Ciphertext::encrypt(83, &scalar(2), joint.key);
    let shares: Vec<CheckedShare> = key_shares
        .iter()
        .map(|key_share| {
            let share = share(&context, key_share, joint, &[sum]).unwrap();
            verify_share(&context, key_share.index(), joint, &[sum], &share).unwrap()
        })
        .collect();
    for shares in [
        &shares[..joint.threshold()],
        &shares[shares.len() - joint.threshold()..],
    ] {
        let opened = decryption::combine(joint, shares, &[sum]).unwrap();
        assert!(matches(opened[0], 42));
    }
}

#[test]
fn honest_participants_make_a_key() {
    for (seats, needed) in [(1, 1), (2, 2), (3, 2), (4, 3), (7, 5), (10, 7)] {
        assert_eq!(threshold(seats), needed);
        let market = Market::new(seats as u64, 40);
        let (left, _) = run(&market, &vec![Honest; seats]);
        let joint = combine(&market.participants, left.values()).unwrap();
        assert_eq!(joint.dealers.len(), seats);
        decrypts(&market, &joint, &left);
    }
}

#[test]
fn cheats_are_excluded_and_the_others_make_a_key() {
    let cases: [&[Behaviour]; 5] = [
        &[Honest, Rotated, Honest],
        &[Honest, Honest, Honest, BadShare],
        &[Absent, Honest, Honest, BadShare, Honest, Honest, Honest],
        &[
            Honest, Honest, Rotated, Honest, Honest, Malformed, Honest, Honest, BadShare, Honest,
        ],
        &[
            Honest, Malformed, Honest, Honest, Absent, Honest, Honest, Honest, Honest, Absent,
        ],
    ];
    for behaviours in cases {
        let market = Market::new(behaviours.len() as u64, 41);
        let (left, _) = run(&market, behaviours);
        let honest: Vec<u32> = (0..)
            .zip(behaviours)
            .filter_map(|(dealer, behaviour)| matches!(behaviour, Honest).then_some(dealer))
            .collect();
        let joint = combine(&market.participants, left.values()).unwrap();
        assert_eq!(joint.dealers, honest);
        // Who dealt badly or not at all still has a share.
        decrypts(&market, &joint, &left);
    }
}

#[test]
fn false_complaints_exclude_nobody() {
    let behaviours = [Honest, FalseComplaint, Honest, FalseComplaint];
    let market = Market::new(4, 42);
    let (left, false_complaints) = run(&market, &behaviours);
    assert_eq!((left.len(), false_complaints), (4, 2));
    let joint = combine(&market.participants, left.values()).unwrap();
    decrypts(&market, &joint, &left);
}

#[test]
fn too_many_cheats_make_no_key() {
    for behaviours in [
        &[Malformed][..],
        &[Honest, BadShare],
        &[Absent, Honest, Absent],
        &[Honest, Honest, Rotated, BadShare],
        &[Absent, Absent, Absent, Honest, Honest, Honest, Honest],
    ] {
        let market = Market::new(behaviours.len() as u64, 43);
        let (left, _) = run(&market, behaviours);
        let needed = threshold(behaviours.len());
        let qualified = left.len();
        assert!(qualified < needed);
        let refused = Err(CombineError::TooFewDealers { qualified, needed });
        assert_eq!(combine(&market.participants, left.values()), refused);
    }
}
