//! The solvency clause by itself against the native inequalities: the reference's cases, notes
//! with orders on either side of the boundary, and the corners of all ranges.

use ark_bls12_381::Fr;
use ark_relations::gr1cs::ConstraintSystem;
use proptest::prelude::*;

use super::fixture::Parts;
use crate::act::circuit::clauses::{Amounts, PublicInputs, solvency};
use crate::margin::tests::{orders, vectors};
use crate::margin::{
    BandCents, MAX_EDGE, MAX_POSITION_LIMIT, MAX_REQUIREMENT, MarginRequirement, solvent,
};
use crate::note::{Note, NoteField};
use crate::r1cs::Builder;

/// What the clause says of a note.
fn accepts(
    note: &Note,
    band: BandCents,
    requirement: MarginRequirement,
    position_limit: i64,
) -> bool {
    let mut statement = Parts::opening().statement();
    statement.band = band;
    statement.requirement = requirement;
    statement.position_limit = position_limit;
    let system = ConstraintSystem::<Fr>::new_ref();
    let mut builder = Builder::new(system.clone());
    let public = PublicInputs::allocate(&mut builder, &statement).unwrap();
    let values = note.amounts();
    let new = Amounts::allocate(&mut builder, &values).unwrap();
    solvency(&mut builder, &public, &new, &statement, &values).unwrap();
    system.is_satisfied().unwrap()
}

fn agree(
    note: &Note,
    band: BandCents,
    requirement: MarginRequirement,
    position_limit: i64,
) -> bool {
    let native = solvent(note, &band, &requirement, position_limit).is_ok();
    assert_eq!(accepts(note, band, requirement, position_limit), native);
    native
}

#[test]
fn the_circuit_matches_the_reference() {
    for case in vectors::cases() {
        let verdict = agree(&case.note, case.band, case.requirement, case.position_limit);
        assert_eq!(verdict, case.solvent);
    }
}

fn corner(field: NoteField) -> impl Strategy<Value = i128> {
    prop_oneof![
        Just(field.lowest()),
        Just(field.highest()),
        Just(0_i128),
        field.lowest()..=field.highest(),
    ]
}

fn corner_note() -> impl Strategy<Value = Note> {
    NoteField::ALL.map(corner).prop_map(|amounts| {
        let [cash, position, buys, buy_cost, sells, sell_cost] = amounts;
        let mut note = Note::opening();
        note.cash = cash.try_into().unwrap();
        note.position = position.try_into().unwrap();
        note.buy_quantity = buys.try_into().unwrap();
        note.buy_cost = buy_cost.try_into().unwrap();
        note.sell_quantity = sells.try_into().unwrap();
        note.sell_cost = sell_cost.try_into().unwrap();
        note
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn circuit_and_native_agree_around_the_boundary(
        (market, _, note) in orders::note_with_orders(-2..=2_i64),
        room in -1..=1_i64,
    ) {
        let long = i64::from(note.position) + i64::from(note.buy_quantity);
        let short = i64::from(note.sell_quantity) - i64::from(note.position);
        let limit = (long.max(short) + room).max(0);
        agree(&note, market.band(), market.at_maintenance(), limit);
    }

    #[test]
    fn circuit_and_native_agree_at_the_corners(
        note in corner_note(),
        edges in prop::array::uniform2(prop_oneof![Just(-MAX_EDGE), Just(0), Just(MAX_EDGE)]),
        asked in prop::array::uniform2(prop_oneof![Just(0), Just(MAX_REQUIREMENT)]),
        limit in prop_oneof![Just(0), Just(MAX_POSITION_LIMIT)],
    ) {
        let band = BandCents { lo: edges[0].min(edges[1]), hi: edges[0].max(edges[1]) };
        let requirement = MarginRequirement { lo: asked[0], hi: asked[1] };
        agree(&note, band, requirement, limit);
    }
}
