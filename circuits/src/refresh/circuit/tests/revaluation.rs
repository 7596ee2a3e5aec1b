//! The arithmetic of Refresh by itself against the native one: the reference's cases, the corners
//! of all ranges, and every other outcome.

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;
use ark_relations::gr1cs::ConstraintSystem;
use proptest::prelude::*;

use crate::r1cs::{Builder, EXPONENT_BITS, PathValues, SidedNote, SidedValues};
use crate::refresh::RefreshTerms;
use crate::refresh::circuit::{Assignment, clauses, revaluation};
use crate::refresh::tests::fixture::{Parts, bare, position, terms, valid};
use crate::refresh::tests::vectors;
use crate::tree::Path;

/// What the clauses say of a note and the outcome that is claimed for it: contracts kept and new
/// cash.
fn accepts(terms: &RefreshTerms, cash: i64, position: i32, kept: i128, new_cash: i128) -> bool {
    let mut statement = Parts::cut().statement();
    statement.terms = *terms;
    let old = SidedValues::of(&bare(cash, position));
    let private = Assignment {
        key: Fr::ZERO,
        rho: Fr::ZERO,
        is_whole: Fr::from(kept == old.size),
        old,
        kept,
        new_cash,
        path: PathValues::of(&Path::zero(), Fr::ZERO),
        exponents: [[false; EXPONENT_BITS]; 3],
    };
    let system = ConstraintSystem::<Fr>::new_ref();
    let mut builder = Builder::new(system.clone());
    let public = clauses::PublicInputs::allocate(&mut builder, &statement.inputs()).unwrap();
    let old = SidedNote::allocate(&mut builder, &private.old).unwrap();
    revaluation::revalue(&mut builder, &public, &old, terms, &private).unwrap();
    system.is_satisfied().unwrap()
}

/// The clauses accept the native outcome, if it fits a note, and no neighbour of it.
fn agree(terms: &RefreshTerms, cash: i64, position: i32) {
    let note = bare(cash, position);
    let fits = terms.successor(&note, Fr::ZERO).is_some();
    let price = i128::from(terms.closing_price(position > 0));
    let sign = i128::from(position.signum());
    let size = i128::from(position.unsigned_abs());
    let native = terms
        .apply(cash, position)
        .map(|after| i128::from(after.position).abs());
    let candidate = native.unwrap_or(0);
    for kept in [candidate - 1, candidate, candidate + 1, 0, size] {
        if !(0..=size).contains(&kept) {
            continue;
        }
        let new_cash = i128::from(cash) + sign * (size - kept) * price;
        let verdict = accepts(terms, cash, position, kept, new_cash);
        assert_eq!(
            verdict,
            fits && Some(kept) == native,
            "{terms:?} {cash} {position}: {kept} kept, natively {native:?}"
        );
        if kept == candidate {
            assert!(!accepts(terms, cash, position, kept, new_cash + 1));
            assert!(!accepts(terms, cash, position, kept, new_cash - 1));
        }
    }
}

#[test]
fn the_circuit_matches_the_reference() {
    for case in vectors::cases() {
        agree(&case.terms, case.cash, case.position);
    }
}

/// Keeping costs nothing: D = 0.
#[test]
fn nothing_is_divided_by_zero() {
    for mark in [-500, 0, 500] {
        for forced in [false, true] {
            let haircut = if forced { 0 } else { 30 };
            let terms = RefreshTerms {
                mark,
                haircut,
                band: crate::margin::BandCents { lo: mark, hi: mark },
                maintenance: haircut,
                forced,
            };
            assert_eq!(terms.keeping_cost(true), 0);
            for position in [-3, 0, 3] {
                let closed = terms.equity_when_closed(0, position);
                for left in [-1, 0, 1] {
                    agree(&terms, left - i64::try_from(closed).unwrap(), position);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn circuit_and_native_agree_on_valid_notes(parts in valid()) {
        agree(&parts.terms, parts.old.cash, parts.old.position);
    }

    #[test]
    fn circuit_and_native_agree_on_any_note(
        terms in terms(),
        position in position(),
        cash in prop_oneof![
            Just(-(1_i64 << 47)), Just((1 << 47) - 1), Just(0), -(1_i64 << 47)..1 << 47,
        ],
    ) {
        agree(&terms, cash, position);
    }
}
