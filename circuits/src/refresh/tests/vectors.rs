//! The cases of `tests/vectors/margin.json`, made by `margin_ref.py` with seed 1.

use serde_json::Value;

use crate::margin::BandCents;
use crate::refresh::{RefreshTerms, Refreshed};

pub struct Case {
    pub terms: RefreshTerms,
    pub cash: i64,
    pub position: i32,
    pub after: Refreshed,
}

/// The part `name` of every case of the file, with the case's tau.
pub fn parts(name: &str) -> Vec<(i64, Value)> {
    let text = include_str!("../../../tests/vectors/margin.json");
    let list: Vec<Value> = serde_json::from_str(text).unwrap();
    assert_eq!(list.len(), 400);
    list.iter()
        .map(|case| (case["tau"].as_i64().unwrap(), case[name].clone()))
        .collect()
}

pub fn cases() -> Vec<Case> {
    parts("refresh")
        .iter()
        .map(|(tau, value)| {
            let number = |name: &str| value[name].as_i64().unwrap();
            let forced = value["forced"].as_bool().unwrap();
            Case {
                terms: RefreshTerms {
                    mark: number("p") * tau,
                    // The reference ignores the haircut of a forced closing; the protocol has none.
                    haircut: if forced { 0 } else { number("h") },
                    band: BandCents {
                        lo: number("lo") * tau,
                        hi: number("hi") * tau,
                    },
                    maintenance: number("mu"),
                    forced,
                },
                cash: number("m"),
                position: number("v").try_into().unwrap(),
                after: Refreshed {
                    cash: number("m_after").into(),
                    position: number("v_after"),
                },
            }
        })
        .collect()
}

#[test]
fn refresh_matches_the_reference() {
    let (mut whole, mut cut, mut forced) = (0, 0, 0);
    for case in cases() {
        assert_eq!(case.terms.check(), Ok(()));
        let after = case.terms.apply(case.cash, case.position);
        assert_eq!(after, Some(case.after));
        if case.terms.forced {
            forced += 1;
        } else if case.after.position == i64::from(case.position) {
            whole += 1;
        } else {
            cut += 1;
        }
    }
    assert!(
        whole > 50 && cut > 50 && forced > 20,
        "{whole} {cut} {forced}"
    );
}
