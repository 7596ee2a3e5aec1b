//! Attacks on dealings.

use super::{CHEAT, tampered, verify};
use crate::keygen::{
    CheckedDealing, DealError, Dealing, DealingError, Participants, deal, verify_dealing,
};
use crate::schnorr::ProofError;
use crate::test_support::{Market, add, order_eight, other_contexts, scalar, seat_key};
use tally_circuits::jubjub::{Point, sum};

fn honest(market: &Market, dealer: u32) -> Dealing {
    let seat = &market.seats[dealer as usize];
    deal(&market.context, &market.participants, dealer, seat).unwrap()
}

const REFUSED: Result<CheckedDealing, DealingError> =
    Err(DealingError::Knowledge(ProofError::DoesNotHold));

#[test]
fn a_rogue_constant_term_is_refused() {
    let market = Market::new(7, 1);
    let target = Point::of_scalar(&scalar(99));
    let others = sum((0..CHEAT).map(|dealer| market.dealing(dealer).commitments()[0]));
    let rogue = tampered(&market, |commitments, _, _| {
        commitments[0] = target - others;
    });
    assert_eq!(verify(&market, CHEAT, &rogue), REFUSED);
    // Without the proof the joint key would have been the target.
    assert_eq!(rogue.commitments[0].in_subgroup().unwrap() + others, target);
    // Nor is the unknown term hidden behind the ephemeral key, which the same proof covers.
    let weight = scalar(98);
    let hidden = tampered(&market, |commitments, ephemeral, _| {
        commitments[0] = target - others;
        *ephemeral = *ephemeral - (target - others) * weight;
    });
    assert_eq!(verify(&market, CHEAT, &hidden), REFUSED);
}

#[test]
fn the_constant_term_is_not_zero() {
    let market = Market::new(7, 1);
    let zero = tampered(&market, |commitments, _, _| {
        commitments[0] = Point::identity();
    });
    assert_eq!(
        verify(&market, CHEAT, &zero),
        Err(DealingError::IdentityConstant)
    );
}

#[test]
fn an_ephemeral_key_of_another_dealer_is_refused() {
    // Complaints about bad shares under it would open the other dealer's shares.
    let market = Market::new(7, 1);
    let victim = market.dealing(0).ephemeral();
    let stolen = tampered(&market, |_, ephemeral, _| *ephemeral = victim);
    assert_eq!(verify(&market, CHEAT, &stolen), REFUSED);
    let shifted = tampered(&market, |_, ephemeral, _| *ephemeral = victim + *ephemeral);
    assert_eq!(verify(&market, CHEAT, &shifted), REFUSED);
}

#[test]
fn lengths_are_exact() {
    let market = Market::new(7, 1);
    let short = tampered(&market, |commitments, _, _| commitments.truncate(4));
    let expected = Err(DealingError::Commitments {
        length: 4,
        expected: 5,
    });
    assert_eq!(verify(&market, CHEAT, &short), expected);
    let long = tampered(&market, |commitments, _, _| {
        commitments.push(Point::generator());
    });
    let expected = Err(DealingError::Commitments {
        length: 6,
        expected: 5,
    });
    assert_eq!(verify(&market, CHEAT, &long), expected);
    let short = tampered(&market, |_, _, shares| shares.truncate(6));
    let expected = Err(DealingError::Shares {
        length: 6,
        expected: 7,
    });
    assert_eq!(verify(&market, CHEAT, &short), expected);
    let long = tampered(&market, |_, _, shares| shares.push([0; 32]));
    let expected = Err(DealingError::Shares {
        length: 8,
        expected: 7,
    });
    assert_eq!(verify(&market, CHEAT, &long), expected);
}

#[test]
fn points_are_on_the_curve_and_in_the_subgroup() {
    let market = Market::new(7, 1);
    let good = honest(&market, CHEAT);
    let mut outside = good.clone();
    outside.commitments[3] = add(outside.commitments[3], order_eight());
    let refused = Err(DealingError::CommitmentNotInSubgroup { index: 3 });
    assert_eq!(verify(&market, CHEAT, &outside), refused);
    let mut small = good.clone();
    small.commitments[0] = order_eight();
    let refused = Err(DealingError::CommitmentNotInSubgroup { index: 0 });
    assert_eq!(verify(&market, CHEAT, &small), refused);
    let mut shifted = good.clone();
    shifted.ephemeral = add(shifted.ephemeral, order_eight());
    assert_eq!(
        verify(&market, CHEAT, &shifted),
        Err(DealingError::EphemeralNoKey)
    );
    let mut neutral = good.clone();
    neutral.ephemeral = Point::identity().into();
    assert_eq!(
        verify(&market, CHEAT, &neutral),
        Err(DealingError::EphemeralNoKey)
    );
    // Off the curve: the message is not even decoded.
    let mut bytes = borsh::to_vec(&good).unwrap();
    assert_eq!(borsh::from_slice::<Dealing>(&bytes).unwrap(), good);
    bytes[4] ^= 1;
    assert!(borsh::from_slice::<Dealing>(&bytes).is_err());
}

#[test]
fn encrypted_shares_are_canonical() {
    let market = Market::new(7, 1);
    let wide = tampered(&market, |_, _, shares| shares[4] = [0xff; 32]);
    let refused = Err(DealingError::ShareNotCanonical { index: 4 });
    assert_eq!(verify(&market, CHEAT, &wide), refused);
}

#[test]
fn a_dealing_is_bound_to_context_dealer_and_participants() {
    let market = Market::new(7, 1);
    let dealing = honest(&market, CHEAT);
    for other in other_contexts(&market.context) {
        assert_eq!(
            verify_dealing(&other, &market.participants, CHEAT, &dealing),
            REFUSED
        );
    }
    assert_eq!(verify(&market, 5, &dealing), REFUSED);
    let none = Err(DealingError::NoSuchDealer {
        dealer: 7,
        seats: 7,
    });
    assert_eq!(verify(&market, 7, &dealing), none);
    let mut keys = market.participants.keys().to_vec();
    keys[0] = seat_key(77).public();
    let others = Participants::new(keys).unwrap();
    assert_eq!(
        verify_dealing(&market.context, &others, CHEAT, &dealing),
        REFUSED
    );
}

#[test]
fn no_byte_of_a_dealing_is_free() {
    let market = Market::new(7, 1);
    let good = honest(&market, CHEAT);
    let mut changed = good.clone();
    changed.commitments.swap(2, 3);
    assert_eq!(verify(&market, CHEAT, &changed), REFUSED);
    changed = good.clone();
    changed.shares.swap(2, 3);
    assert_eq!(verify(&market, CHEAT, &changed), REFUSED);
    changed = good.clone();
    changed.ephemeral = changed.commitments[1];
    assert_eq!(verify(&market, CHEAT, &changed), REFUSED);
    changed = good;
    changed.knowledge = honest(&market, 5).knowledge;
    assert_eq!(verify(&market, CHEAT, &changed), REFUSED);
}

#[test]
fn dealing_again_deals_the_same_and_elsewhere_something_else() {
    let market = Market::new(7, 1);
    assert_eq!(honest(&market, 3), honest(&market, 3));
    let seat = &market.seats[3];
    let mut others: Vec<Dealing> = other_contexts(&market.context)
        .iter()
        .map(|context| deal(context, &market.participants, 3, seat).unwrap())
        .collect();
    let fewer = Participants::new(market.participants.keys()[..6].to_vec()).unwrap();
    others.push(deal(&market.context, &fewer, 3, seat).unwrap());
    let mine = honest(&market, 3);
    for other in others {
        assert_ne!(other.ephemeral, mine.ephemeral);
        assert!(
            other
                .commitments
                .iter()
                .all(|point| !mine.commitments.contains(point))
        );
    }
    let wrong = deal(&market.context, &market.participants, 2, seat);
    assert_eq!(wrong.unwrap_err(), DealError::NotThisSeat { index: 2 });
}
