//! The cases of `tests/vectors/margin.json`, made by `margin_ref.py` with seed 1.

use serde_json::Value;

use crate::margin::{BandCents, MarginRequirement, check, solvent};
use crate::note::Note;

pub(crate) struct Case {
    pub note: Note,
    pub band: BandCents,
    pub requirement: MarginRequirement,
    pub position_limit: i64,
    pub solvent: bool,
}

pub(crate) fn cases() -> Vec<Case> {
    let text = include_str!("../../../tests/vectors/margin.json");
    let list: Vec<Value> = serde_json::from_str(text).unwrap();
    assert_eq!(list.len(), 400);
    list.iter().map(case).collect()
}

fn case(value: &Value) -> Case {
    let number = |name: &str| value[name].as_i64().unwrap();
    let amount = |name: &str| value["note"][name].as_i64().unwrap();
    let tau = number("tau");
    let mut note = Note::opening();
    note.cash = amount("m");
    note.position = amount("v").try_into().unwrap();
    note.buy_quantity = amount("Bq").try_into().unwrap();
    note.buy_cost = amount("Bc");
    note.sell_quantity = amount("Sq").try_into().unwrap();
    note.sell_cost = amount("Sc");
    Case {
        note,
        band: BandCents {
            lo: number("lo") * tau,
            hi: number("hi") * tau,
        },
        requirement: MarginRequirement {
            lo: number("mu_lo"),
            hi: number("mu_hi"),
        },
        position_limit: number("v_max"),
        solvent: value["solvent"].as_bool().unwrap(),
    }
}

#[test]
fn solvency_matches_the_reference() {
    let cases = cases();
    let (mut yes, mut no) = (0, 0);
    for case in &cases {
        case.note.check_range().unwrap();
        check(&case.band, &case.requirement, case.position_limit).unwrap();
        let verdict = solvent(
            &case.note,
            &case.band,
            &case.requirement,
            case.position_limit,
        );
        assert_eq!(verdict.is_ok(), case.solvent);
        *(if case.solvent { &mut yes } else { &mut no }) += 1;
    }
    assert!(yes > 50 && no > 50, "both verdicts occur");
}
