//! The reference's cases, the bounds, and what coming back late can never be: better than having
//! come in time.

use proptest::prelude::*;

use super::fixture::{Parts, terms, valid};
use crate::lapse::{
    LapseStatement, LapseTerms, LapseTermsError, LapseViolation, PUBLIC_INPUTS, check,
};
use crate::margin::{MAX_EDGE, MAX_REQUIREMENT};
use crate::note::NoteField;
use crate::refresh::tests::fixture::{LARGEST, position, terms as refresh_terms};
use crate::refresh::tests::vectors;

#[test]
fn lapse_matches_the_reference() {
    let (mut something, mut nothing) = (0, 0);
    for (tau, value) in vectors::parts("lapse") {
        let number = |name: &str| value[name].as_i64().unwrap();
        let (mark, reopening) = (number("p") * tau, number("reopen") * tau);
        let terms = LapseTerms {
            long_price: mark.min(reopening),
            short_price: mark.max(reopening),
            haircut: number("h_late"),
            opening_fee: 0,
        };
        assert_eq!(terms.check(), Ok(()));
        let position = number("v").try_into().unwrap();
        let back = terms.cash_back(number("m"), position);
        assert_eq!(back, i128::from(number("m_after")));
        *(if back > 0 {
            &mut something
        } else {
            &mut nothing
        }) += 1;
    }
    assert!(something > 50 && nothing > 10, "{something} {nothing}");
}

#[test]
fn parameters_out_of_bounds_are_refused() {
    let good = Parts::solvent().statement();
    assert_eq!(good.check_parameters(), Ok(()));
    let refused = |edit: fn(&mut LapseTerms)| {
        let mut statement = good.clone();
        edit(&mut statement.terms);
        statement.check_parameters().unwrap_err()
    };
    let (long, short) = (3_001, 3_000);
    assert_eq!(
        refused(|t| t.long_price = 3_001),
        LapseTermsError::Order { long, short }
    );
    assert_eq!(
        refused(|t| t.long_price = -MAX_EDGE - 1),
        LapseTermsError::Price(-MAX_EDGE - 1)
    );
    assert_eq!(
        refused(|t| t.short_price = MAX_EDGE + 1),
        LapseTermsError::Price(MAX_EDGE + 1)
    );
    for edit in [
        |t: &mut LapseTerms| t.haircut = -1,
        |t: &mut LapseTerms| t.opening_fee = -1,
    ] {
        assert_eq!(refused(edit), LapseTermsError::Charge(-1));
    }
    let above = MAX_REQUIREMENT + 1;
    for edit in [
        |t: &mut LapseTerms| t.haircut = MAX_REQUIREMENT + 1,
        |t: &mut LapseTerms| t.opening_fee = MAX_REQUIREMENT + 1,
    ] {
        assert_eq!(refused(edit), LapseTermsError::Charge(above));
    }
}

#[test]
fn the_public_inputs_are_in_the_documented_order() {
    let statement: LapseStatement = Parts::solvent().statement();
    let inputs = statement.public_inputs();
    assert_eq!(inputs.len(), PUBLIC_INPUTS);
    assert_eq!(inputs[0], statement.market);
    assert_eq!(inputs[1], statement.root);
    assert_eq!(inputs[2], statement.nullifier);
    assert_eq!(inputs[3], statement.new_commitment);
    let cents = [2_650, 3_200, 25].map(crate::field::from_i64);
    assert_eq!(inputs[4..7], cents);
    assert_eq!(inputs[7], statement.context);
}

#[test]
fn the_blind_position_is_refused() {
    let parts = Parts::solvent().with(|parts| parts.old.position = -(1 << 23));
    let statement = Parts::solvent().statement();
    let refusal = check(&statement, &parts.witness());
    assert_eq!(refusal, Err(LapseViolation::OldPosition));
}

/// The largest quantities that the bounds allow stay within 61 bits.
#[test]
fn the_extremes_fit() {
    for price in [-MAX_EDGE, 0, MAX_EDGE] {
        for charge in [0, MAX_REQUIREMENT] {
            let terms = LapseTerms {
                long_price: price,
                short_price: price,
                haircut: charge,
                opening_fee: charge,
            };
            assert_eq!(terms.check(), Ok(()));
            for position in [-LARGEST, LARGEST] {
                for cash in [NoteField::Cash.lowest(), NoteField::Cash.highest()] {
                    let left = terms.left(cash.try_into().unwrap(), position);
                    assert!(left.abs() < 1 << 61);
                }
            }
        }
    }
}

#[test]
fn wild_terms_do_not_panic() {
    let wild = LapseTerms {
        long_price: i64::MIN,
        short_price: i64::MAX,
        haircut: i64::MAX,
        opening_fee: i64::MIN,
    };
    assert!(wild.check().is_err());
    for position in [i32::MIN, i32::MAX] {
        for cash in [i64::MIN, i64::MAX] {
            assert!(wild.cash_back(cash, position) >= 0);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whoever lapses has at most what closing everything in time would have left, and never a
    /// debt: prices that are no better and a haircut and fee that are no smaller.
    #[test]
    fn lapsing_never_pays(
        epoch in refresh_terms(),
        position in position(),
        cash in -(1_i64 << 47)..1 << 47,
        (reopening, later, fee) in (-200_000..200_000_i64, 0..50_000_i64, 0..10_000_i64),
    ) {
        let reopening = (epoch.mark + reopening).clamp(-MAX_EDGE, MAX_EDGE);
        let terms = LapseTerms {
            long_price: epoch.mark.min(reopening),
            short_price: epoch.mark.max(reopening),
            haircut: (epoch.haircut + later).min(MAX_REQUIREMENT),
            opening_fee: fee,
        };
        prop_assert_eq!(terms.check(), Ok(()));
        let in_time = epoch.equity_when_closed(cash, position);
        let back = terms.cash_back(cash, position);
        prop_assert!(back >= 0);
        prop_assert!(back <= in_time.max(0));
        prop_assert!(back >= terms.left(cash, position));
        prop_assert!(back == 0 || back == terms.left(cash, position));
    }

    #[test]
    fn terms_round_trip(terms in terms()) {
        let bytes = borsh::to_vec(&terms).unwrap();
        prop_assert_eq!(borsh::from_slice::<LapseTerms>(&bytes).unwrap(), terms);
        prop_assert_eq!(terms.check(), Ok(()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_successor_is_what_the_relation_asks_for(parts in valid()) {
        let new = parts.terms.successor(&parts.old, parts.nullifier()).unwrap();
        prop_assert_eq!(new.position, 0);
        let mut statement = parts.statement();
        statement.new_commitment = new.commitment(parts.market, &parts.key());
        prop_assert_eq!(check(&statement, &parts.witness()), Ok(()));
    }
}
