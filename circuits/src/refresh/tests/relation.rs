//! Parameters, encodings and the helper for senders.

use ark_ff::AdditiveGroup;
use proptest::prelude::*;

use super::fixture::{Parts, bare, exponent, terms, valid};
use crate::elgamal::Ciphertext;
use crate::jubjub::{Point, Scalar};
use crate::margin::{BandCents, MAX_EDGE, MAX_REQUIREMENT};
use crate::refresh::relation::encryptions;
use crate::refresh::{
    LIMB_BITS, PUBLIC_INPUTS, Randomness, RefreshParameterError, RefreshStatement, RefreshTerms,
    RefreshViolation, TermsError, check,
};

#[test]
fn parameters_out_of_bounds_are_refused() {
    let good = Parts::cut().statement();
    assert_eq!(good.check_parameters(), Ok(()));
    let refused = |edit: fn(&mut RefreshTerms)| {
        let mut statement = good.clone();
        edit(&mut statement.terms);
        statement.check_parameters().unwrap_err()
    };
    let terms = RefreshParameterError::Terms;
    assert_eq!(
        refused(|t| t.band.hi = MAX_EDGE + 1),
        terms(TermsError::Price(MAX_EDGE + 1))
    );
    assert_eq!(
        refused(|t| t.band.lo = -MAX_EDGE - 1),
        terms(TermsError::Price(-MAX_EDGE - 1))
    );
    assert_eq!(
        refused(|t| t.mark = i64::MIN),
        terms(TermsError::Price(i64::MIN))
    );
    let (lo, hi) = (2_500, 3_400);
    for mark in [lo - 1, hi + 1] {
        let mut statement = good.clone();
        statement.terms.mark = mark;
        let error = TermsError::Mark { mark, lo, hi };
        assert_eq!(statement.check_parameters(), Err(terms(error)));
    }
    assert_eq!(
        refused(|t| t.maintenance = -1),
        terms(TermsError::Maintenance(-1))
    );
    assert_eq!(
        refused(|t| t.maintenance = MAX_REQUIREMENT + 1),
        terms(TermsError::Maintenance(MAX_REQUIREMENT + 1))
    );
    let haircut = |haircut, most| terms(TermsError::Haircut { haircut, most });
    assert_eq!(refused(|t| t.haircut = -1), haircut(-1, 300));
    assert_eq!(refused(|t| t.haircut = 301), haircut(301, 300));
    assert_eq!(refused(|t| t.forced = true), haircut(100, 0));

    let mut statement = good.clone();
    statement.joint_key = Point::identity();
    assert_eq!(
        statement.check_parameters(),
        Err(RefreshParameterError::JointKey)
    );
}

#[test]
fn the_public_inputs_are_in_the_documented_order() {
    let statement = Parts::cut().statement();
    let inputs = statement.public_inputs();
    assert_eq!(inputs.len(), PUBLIC_INPUTS);
    let number = |value: i64| crate::field::from_i64(value);
    assert_eq!(inputs[0], statement.market);
    assert_eq!(inputs[1], statement.root);
    assert_eq!(inputs[2], statement.nullifier);
    assert_eq!(inputs[3], statement.new_commitment);
    assert_eq!(inputs[4..8], [2_900, 3_100, 700, 600].map(number));
    assert_eq!(inputs[8], number(0));
    assert_eq!(inputs[9..11], statement.joint_key.coordinates());
    let [low, high] = statement.cash.unwrap();
    let points =
        [statement.position, low, high].map(|ciphertext| [ciphertext.ephemeral, ciphertext.masked]);
    let expected: Vec<_> = points
        .concat()
        .iter()
        .flat_map(|p| p.coordinates())
        .collect();
    assert_eq!(inputs[11..23], expected);
    assert_eq!(inputs[23], number(1));
    assert_eq!(inputs[24], statement.context);

    let without = Parts::forced().without_cash().statement().public_inputs();
    assert_eq!(without[8], number(1));
    assert_eq!(without[15..23], [0, 1, 0, 1, 0, 1, 0, 1].map(number));
    assert_eq!(without[23], number(0));
}

#[test]
fn the_limbs_add_up_to_the_cash() {
    let secret = exponent(9);
    let key = Point::of_scalar(&secret);
    let randomness = Randomness([10, 11, 12].map(exponent));
    let open = |ciphertext: Ciphertext| ciphertext.masked - ciphertext.ephemeral * secret;
    let half = 1_i64 << 47;
    for cash in [-half, (1 << 24) - half, -1, 0, 1, half - 1] {
        let [position, low, high] = encryptions(&bare(cash, -7), key, &randomness, true).map(open);
        assert_eq!(position, Point::of_integer(-7));
        let raised = Point::of_integer(cash + half);
        assert_eq!(low + high * Scalar::from(1_u64 << LIMB_BITS), raised);
        let [_, low, high] = encryptions(&bare(cash, -7), key, &randomness, false).map(open);
        assert!(low.is_identity() && high.is_identity());
    }
}

#[test]
fn the_blind_position_is_refused() {
    let parts = Parts::cut().with(|parts| parts.old.position = -(1 << 23));
    let statement = Parts::cut().statement();
    let refusal = check(&statement, &parts.witness());
    assert_eq!(refusal, Err(RefreshViolation::OldPosition));
}

#[test]
fn wild_terms_do_not_panic() {
    let mut statement = Parts::cut().statement();
    statement.terms = RefreshTerms {
        mark: i64::MIN,
        haircut: i64::MAX,
        band: BandCents {
            lo: i64::MAX,
            hi: i64::MIN,
        },
        maintenance: i64::MIN,
        forced: false,
    };
    assert!(statement.check_parameters().is_err());
    assert!(check(&statement, &Parts::cut().witness()).is_err());
    assert_eq!(statement.public_inputs().len(), PUBLIC_INPUTS);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// What the helper gives a sender is what the relation asks for.
    #[test]
    fn the_helper_makes_valid_statements(parts in valid()) {
        let (nullifier, randomness) = (parts.nullifier(), Randomness(parts.randomness));
        let (note, position, cash) = RefreshStatement::encrypt(
            &parts.terms, &parts.old, nullifier, parts.joint_key, &randomness, parts.with_cash,
        ).unwrap();
        prop_assert_eq!(cash.is_some(), parts.with_cash);
        let mut statement = parts.statement();
        statement.new_commitment = note.commitment(parts.market, &parts.key());
        (statement.position, statement.cash) = (position, cash);
        prop_assert_eq!(&statement, &parts.statement());
        prop_assert_eq!(statement.check_parameters(), Ok(()));
        prop_assert_eq!(check(&statement, &parts.witness()), Ok(()));
    }

    #[test]
    fn terms_round_trip(terms in terms()) {
        let bytes = borsh::to_vec(&terms).unwrap();
        prop_assert_eq!(borsh::from_slice::<RefreshTerms>(&bytes).unwrap(), terms);
        prop_assert_eq!(terms.check(), Ok(()));
    }
}

#[test]
fn randomness_without_cash_is_zero() {
    let parts = Parts::whole().with(|parts| parts.randomness[2] = Scalar::from(1_u64));
    let statement = Parts::whole().statement();
    assert!(statement.cash.is_none());
    let refusal = check(&statement, &parts.witness());
    let limb = crate::refresh::Plaintext::HighLimb;
    assert_eq!(refusal, Err(RefreshViolation::Ephemeral(limb)));
    assert_eq!(parts.randomness[1], Scalar::ZERO);
}
