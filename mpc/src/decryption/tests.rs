use super::*;
use crate::discrete_log;
use crate::test_support::{Market, add, order_eight, other_contexts, rng, scalar};
use proptest::prelude::*;
use proptest::sample::subsequence;
use rand_chacha::rand_core::RngCore;
use std::sync::OnceLock;

/// Ten participants with their keys: made once.
fn ten() -> &'static (Market, JointKey, Vec<KeyShare>) {
    static TEN: OnceLock<(Market, JointKey, Vec<KeyShare>)> = OnceLock::new();
    TEN.get_or_init(|| {
        let market = Market::new(10, 1);
        let (joint, shares) = market.key();
        (market, joint, shares)
    })
}

/// The context of an epoch's decryption.
fn epoch() -> Context {
    Context {
        epoch: 9,
        ..ten().0.context
    }
}

fn three(joint: &JointKey) -> [Ciphertext; 3] {
    [-7, 0, 1 << 30]
        .map(|value| Ciphertext::encrypt(value, &scalar(value.unsigned_abs() + 1), joint.key))
}

fn checked(index: u32, ciphertexts: &[Ciphertext]) -> CheckedShare {
    let (_, joint, shares) = ten();
    let share = share(&epoch(), &shares[index as usize], joint, ciphertexts).unwrap();
    verify_share(&epoch(), index, joint, ciphertexts, &share).unwrap()
}

#[test]
fn three_ciphertexts_are_opened_together() {
    let (_, joint, _) = ten();
    let ciphertexts = three(joint);
    let shares: Vec<CheckedShare> = (0..7).map(|index| checked(index, &ciphertexts)).collect();
    let points = combine(joint, &shares, &ciphertexts).unwrap();
    for (point, value) in points.iter().zip([-7, 0, 1 << 30]) {
        assert!(matches(*point, value));
        assert!(!matches(*point, value + 1));
        assert_eq!(discrete_log::signed(*point), Ok(value));
    }
    let others: Vec<CheckedShare> = (3..10).map(|index| checked(index, &ciphertexts)).collect();
    assert_eq!(combine(joint, &others, &ciphertexts).unwrap(), points);
}

#[test]
fn the_sum_of_nothing_is_zero() {
    let (_, joint, shares) = ten();
    let masked = Ciphertext {
        ephemeral: Point::identity(),
        masked: Point::of_integer(12),
    };
    let ciphertexts = [Ciphertext::neutral(), masked];
    let shares_of = |index| checked(index, &ciphertexts);
    let all: Vec<CheckedShare> = (0..7).map(shares_of).collect();
    let points = combine(joint, &all, &ciphertexts).unwrap();
    assert!(matches(points[0], 0) && matches(points[1], 12));
    // Even here a part that is not the multiple is refused.
    let mut wrong = share(&epoch(), &shares[0], joint, &ciphertexts).unwrap();
    wrong.parts[0] = Point::generator().into();
    let refused = verify_share(&epoch(), 0, joint, &ciphertexts, &wrong);
    assert_eq!(refused, Err(ShareError::Proof(ProofError::DoesNotHold)));
}

#[test]
fn a_share_is_made_again_the_same() {
    let (_, joint, shares) = ten();
    let ciphertexts = three(joint);
    let make = || share(&epoch(), &shares[4], joint, &ciphertexts).unwrap();
    assert_eq!(make(), make());
}

#[test]
fn a_share_of_another_context_or_participant_is_refused() {
    let (_, joint, shares) = ten();
    let ciphertexts = three(joint);
    let share = share(&epoch(), &shares[4], joint, &ciphertexts).unwrap();
    let refused = Err(ShareError::Proof(ProofError::DoesNotHold));
    for other in other_contexts(&epoch()) {
        assert_eq!(
            verify_share(&other, 4, joint, &ciphertexts, &share),
            refused
        );
    }
    assert_eq!(
        verify_share(&epoch(), 5, joint, &ciphertexts, &share),
        refused
    );
    assert_eq!(
        verify_share(&epoch(), 10, joint, &ciphertexts, &share),
        Err(ShareError::NoSuchParticipant {
            index: 10,
            seats: 10
        })
    );
}

#[test]
fn a_share_of_another_key_or_ciphertext_is_refused() {
    let (_, joint, shares) = ten();
    let ciphertexts = three(joint);
    let share = share(&epoch(), &shares[4], joint, &ciphertexts).unwrap();
    let refused = Err(ShareError::Proof(ProofError::DoesNotHold));
    let mut changed = ciphertexts;
    changed[2].masked = changed[2].masked + Point::generator();
    assert_eq!(verify_share(&epoch(), 4, joint, &changed, &share), refused);
    changed = ciphertexts;
    changed.swap(0, 1);
    assert_eq!(verify_share(&epoch(), 4, joint, &changed, &share), refused);
    let mut other = joint.clone();
    other.key = other.key + Point::generator();
    assert_eq!(
        verify_share(&epoch(), 4, &other, &ciphertexts, &share),
        refused
    );
    other = joint.clone();
    // The same verification key under another number.
    other.share_keys[5] = other.share_keys[4];
    assert_eq!(
        verify_share(&epoch(), 5, &other, &ciphertexts, &share),
        refused
    );
    other.share_keys[4] = joint.share_keys[5];
    assert_eq!(
        verify_share(&epoch(), 4, &other, &ciphertexts, &share),
        refused
    );
}

#[test]
fn parts_are_complete_and_of_the_subgroup() {
    let (_, joint, shares) = ten();
    let ciphertexts = three(joint);
    let good = share(&epoch(), &shares[4], joint, &ciphertexts).unwrap();
    let verify = |share: &DecryptionShare| verify_share(&epoch(), 4, joint, &ciphertexts, share);
    let mut short = good.clone();
    short.parts.pop();
    assert_eq!(
        verify(&short),
        Err(ShareError::Parts {
            length: 2,
            expected: 3
        })
    );
    let mut long = good.clone();
    long.parts.push(long.parts[0]);
    assert_eq!(
        verify(&long),
        Err(ShareError::Parts {
            length: 4,
            expected: 3
        })
    );
    let mut outside = good.clone();
    outside.parts[1] = add(outside.parts[1], order_eight());
    assert_eq!(
        verify(&outside),
        Err(ShareError::PartNotInSubgroup { index: 1 })
    );
    assert_eq!(
        share(&epoch(), &shares[4], joint, &[]),
        Err(ShareError::NoCiphertext)
    );
    assert_eq!(
        verify_share(&epoch(), 4, joint, &[], &good),
        Err(ShareError::NoCiphertext)
    );
}

#[test]
fn no_part_is_wrong_under_cover_of_the_others() {
    let (_, joint, shares) = ten();
    let ciphertexts = three(joint);
    let good = share(&epoch(), &shares[4], joint, &ciphertexts).unwrap();
    let refused = Err(ShareError::Proof(ProofError::DoesNotHold));
    for part in 0..3 {
        // One part wrong; and two wrong by opposite amounts, which an unweighted sum would not see.
        let mut wrong = good.clone();
        wrong.parts[part] = add(wrong.parts[part], Point::generator().into());
        assert_eq!(
            verify_share(&epoch(), 4, joint, &ciphertexts, &wrong),
            refused
        );
        let next = (part + 1) % 3;
        wrong.parts[next] = add(wrong.parts[next], (-Point::generator()).into());
        assert_eq!(
            verify_share(&epoch(), 4, joint, &ciphertexts, &wrong),
            refused
        );
    }
}

#[test]
fn a_cheat_that_proves_over_its_own_wrong_parts_is_refused() {
    let (_, joint, shares) = ten();
    let ciphertexts = three(joint);
    let good = share(&epoch(), &shares[4], joint, &ciphertexts).unwrap();
    let mut parts: Vec<Point> = good
        .parts
        .iter()
        .map(|part| part.in_subgroup().unwrap())
        .collect();
    parts[0] = parts[0] + Point::generator();
    parts[1] = parts[1] - Point::generator();
    let mut transcript = begin_share(&epoch(), 4, joint, &ciphertexts, &parts);
    let claim = weighted(&mut transcript, joint.share_keys[4], &ciphertexts, &parts);
    let forged = DecryptionShare {
        parts: parts.into_iter().map(CurvePoint::from).collect(),
        proof: claim.prove(transcript, shares[4].secret()),
    };
    let refused = Err(ShareError::Proof(ProofError::DoesNotHold));
    assert_eq!(
        verify_share(&epoch(), 4, joint, &ciphertexts, &forged),
        refused
    );
}

#[test]
fn fewer_shares_than_the_threshold_open_nothing() {
    let (_, joint, _) = ten();
    let ciphertexts = three(joint);
    let shares: Vec<CheckedShare> = (0..6).map(|index| checked(index, &ciphertexts)).collect();
    assert_eq!(
        combine(joint, &shares, &ciphertexts),
        Err(CombineError::TooFewShares {
            shares: 6,
            needed: 7
        })
    );
    // Interpolating six values of a polynomial of degree six gives a point that has nothing to do with the value.
    let places: Vec<u32> = shares.iter().map(|share| place(share.index)).collect();
    let parts = shares.iter().map(|share| share.parts[0]);
    let terms: Vec<_> = lagrange_at_zero(&places).into_iter().zip(parts).collect();
    let wrong = ciphertexts[0].masked - linear_combination(&terms);
    assert!(!matches(wrong, -7));
    assert!(discrete_log::signed(wrong).is_err());
}

#[test]
fn shares_are_combined_once_and_in_order() {
    let (_, joint, _) = ten();
    let ciphertexts = three(joint);
    let good: Vec<CheckedShare> = (0..7).map(|index| checked(index, &ciphertexts)).collect();
    let mut twice = good.clone();
    twice[6] = twice[5].clone();
    let out_of_order = |index| Err(CombineError::OutOfOrder { index });
    assert_eq!(combine(joint, &twice, &ciphertexts), out_of_order(5));
    let mut swapped = good.clone();
    swapped.swap(2, 3);
    assert_eq!(combine(joint, &swapped, &ciphertexts), out_of_order(2));
    let mut beyond = good.clone();
    beyond[6].index = 10;
    let other = Err(CombineError::OtherCiphertexts { index: 10 });
    assert_eq!(combine(joint, &beyond, &ciphertexts), other);
    let other = Err(CombineError::OtherCiphertexts { index: 0 });
    assert_eq!(combine(joint, &good, &ciphertexts[..2]), other);
    // Under a wrong index a share is worth nothing: indices are part of what is checked.
    let mut mixed = good;
    (mixed[2].index, mixed[6].index) = (7, 8);
    mixed.sort_by_key(CheckedShare::index);
    assert!(!matches(
        combine(joint, &mixed, &ciphertexts).unwrap()[0],
        -7
    ));
}

#[test]
fn checked_shares_are_stored() {
    let (_, joint, _) = ten();
    let share = checked(4, &three(joint));
    let bytes = borsh::to_vec(&share).unwrap();
    assert_eq!(borsh::from_slice::<CheckedShare>(&bytes).unwrap(), share);
    assert!(borsh::from_slice::<CheckedShare>(&[bytes, vec![0]].concat()).is_err());
    assert!(borsh::from_slice::<CheckedShare>(&[0, 0, 0, 0, 255, 255, 255, 255]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_threshold_of_shares_opens_the_sum(
        chosen in subsequence((0..10).collect::<Vec<u32>>(), 7..=10),
        values in proptest::collection::vec(-(1_i64 << 23)..1 << 23, 0..40),
        seed in any::<u64>(),
    ) {
        let (_, joint, _) = ten();
        let mut rng = rng(seed);
        let sum = values.iter().fold(Ciphertext::neutral(), |sum, &value| {
            sum + Ciphertext::encrypt(value, &scalar(rng.next_u64()), joint.key)
        });
        let shares: Vec<CheckedShare> = chosen.iter().map(|&index| checked(index, &[sum])).collect();
        let points = combine(joint, &shares, &[sum]).unwrap();
        prop_assert_eq!(points.len(), 1);
        prop_assert!(matches(points[0], values.iter().sum()));
    }
}
