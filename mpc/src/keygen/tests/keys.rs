//! Attacks on the joint key, its shares, and what is stored.

use crate::keygen::{
    CheckedDealing, CombineError, JointKey, KeyShare, KeyShareError, Participants,
    ParticipantsError, combine, open_shares,
};
use crate::test_support::{Market, order_eight, seat_key};
use tally_circuits::jubjub::Point;

#[test]
fn dealings_are_combined_once_in_order_and_not_too_few() {
    let market = Market::new(7, 1);
    let dealings: Vec<CheckedDealing> = (0..7).map(|dealer| market.dealing(dealer)).collect();
    let combine_of = |which: &[usize]| {
        combine(
            &market.participants,
            which.iter().map(|&dealer| &dealings[dealer]),
        )
    };
    assert!(combine_of(&[0, 1, 3, 5, 6]).is_ok());
    let too_few = Err(CombineError::TooFewDealers {
        qualified: 4,
        needed: 5,
    });
    assert_eq!(combine_of(&[0, 1, 3, 5]), too_few);
    assert_eq!(
        combine_of(&[0, 1, 1, 3, 5]),
        Err(CombineError::OutOfOrder { dealer: 1 })
    );
    assert_eq!(
        combine_of(&[0, 2, 1, 3, 5]),
        Err(CombineError::OutOfOrder { dealer: 1 })
    );
    let other = Market::new(8, 1).dealing(0);
    let refused = Err(CombineError::OtherParticipants {
        dealer: 0,
        seats: 8,
    });
    assert_eq!(combine(&market.participants, [&other]), refused);
}

#[test]
fn terms_that_cancel_make_no_key() {
    // Impossible with the proofs of knowledge; a snapshot could hold it.
    let market = Market::new(1, 1);
    let dealing = market.dealing(0);
    let mut bytes = borsh::to_vec(&dealing).unwrap();
    bytes[8..72].copy_from_slice(&Point::identity().to_bytes());
    let neutral: CheckedDealing = borsh::from_slice(&bytes).unwrap();
    assert_eq!(
        combine(&market.participants, [&neutral]),
        Err(CombineError::IdentityKey)
    );
}

#[test]
fn a_key_share_is_checked_against_the_joint_key() {
    let market = Market::new(7, 1);
    let dealings: Vec<CheckedDealing> = (0..7).map(|dealer| market.dealing(dealer)).collect();
    let joint = combine(&market.participants, &dealings).unwrap();
    let open = |me| open_shares(&market.context, &market.seats[2], me, &dealings).unwrap();
    let mut shares = open(2).shares;
    assert_eq!(KeyShare::new(&joint, 2, &shares).unwrap().index(), 2);
    assert_eq!(
        KeyShare::new(&joint, 3, &shares).unwrap_err(),
        KeyShareError::DoesNotMatch { index: 3 }
    );
    assert_eq!(
        KeyShare::new(&joint, 7, &shares).unwrap_err(),
        KeyShareError::NoSuchParticipant { index: 7 }
    );
    shares.remove(4);
    assert_eq!(
        KeyShare::new(&joint, 2, &shares).unwrap_err(),
        KeyShareError::MissingShare { dealer: 4 }
    );
    assert_eq!(format!("{:?}", shares[0]), "SecretShare { dealer: 0, .. }");
}

#[test]
fn participants_are_keys_and_distinct() {
    let keys: Vec<Point> = (0..4).map(|seed| seat_key(seed).public()).collect();
    let refused = |keys| Participants::new(keys).unwrap_err();
    assert_eq!(refused(vec![]), ParticipantsError::None);
    let many = vec![keys[0]; crate::MAX_SEATS + 1];
    assert_eq!(refused(many), ParticipantsError::TooMany { seats: 1_025 });
    let mut twice = keys.clone();
    twice[3] = twice[1];
    assert_eq!(
        refused(twice),
        ParticipantsError::SameKey {
            first: 1,
            second: 3
        }
    );
    let mut neutral = keys.clone();
    neutral[2] = Point::identity();
    assert_eq!(
        refused(neutral),
        ParticipantsError::IdentityKey { index: 2 }
    );
    let participants = Participants::new(keys.clone()).unwrap();
    assert_eq!(participants.index_of(keys[3]), Some(3));
    assert_eq!(participants.index_of(seat_key(9).public()), None);
}

#[test]
fn snapshots_are_decoded_whole_and_bounded() {
    let market = Market::new(7, 1);
    let (joint, _) = market.key();
    let dealing = market.dealing(0);
    let joint_bytes = borsh::to_vec(&joint).unwrap();
    let dealing_bytes = borsh::to_vec(&dealing).unwrap();
    let participants_bytes = borsh::to_vec(&market.participants).unwrap();
    assert_eq!(borsh::from_slice::<JointKey>(&joint_bytes).unwrap(), joint);
    assert_eq!(
        borsh::from_slice::<CheckedDealing>(&dealing_bytes).unwrap(),
        dealing
    );
    let participants: Participants = borsh::from_slice(&participants_bytes).unwrap();
    assert_eq!(participants, market.participants);
    for cut in [1, 32, 64, 65] {
        assert!(borsh::from_slice::<JointKey>(&joint_bytes[..joint_bytes.len() - cut]).is_err());
        let cut = &dealing_bytes[..dealing_bytes.len() - cut];
        assert!(borsh::from_slice::<CheckedDealing>(cut).is_err());
    }
    let longer = |bytes: &[u8]| [bytes, &[0]].concat();
    assert!(borsh::from_slice::<JointKey>(&longer(&joint_bytes)).is_err());
    assert!(borsh::from_slice::<CheckedDealing>(&longer(&dealing_bytes)).is_err());
    assert!(borsh::from_slice::<Participants>(&longer(&participants_bytes)).is_err());
    // A point of order 8 in each, a length beyond the bound, the neutral element as a key.
    let small = order_eight().to_bytes();
    let patched = |bytes: &[u8], at: usize, patch: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes[at..at + patch.len()].copy_from_slice(patch);
        bytes
    };
    assert!(borsh::from_slice::<JointKey>(&patched(&joint_bytes, 68, &small)).is_err());
    assert!(borsh::from_slice::<JointKey>(&patched(&joint_bytes, 0, &small)).is_err());
    assert!(borsh::from_slice::<CheckedDealing>(&patched(&dealing_bytes, 8, &small)).is_err());
    assert!(borsh::from_slice::<Participants>(&patched(&participants_bytes, 4, &small)).is_err());
    let beyond = 1_025_u32.to_le_bytes();
    assert!(borsh::from_slice::<JointKey>(&patched(&joint_bytes, 64, &beyond)).is_err());
    assert!(borsh::from_slice::<CheckedDealing>(&patched(&dealing_bytes, 4, &beyond)).is_err());
    assert!(borsh::from_slice::<Participants>(&patched(&participants_bytes, 0, &beyond)).is_err());
    let neutral = Point::identity().to_bytes();
    assert!(borsh::from_slice::<JointKey>(&patched(&joint_bytes, 0, &neutral)).is_err());
    let last = dealing_bytes.len() - 32;
    assert!(
        borsh::from_slice::<CheckedDealing>(&patched(&dealing_bytes, last, &[0xff; 32])).is_err()
    );
    // Dealers out of order.
    let dealers = joint_bytes.len() - 28;
    assert!(borsh::from_slice::<JointKey>(&patched(&joint_bytes, dealers, &[2])).is_err());
}
