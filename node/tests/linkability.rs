//! A node's guesses at who sent what, on a small day: better than chance where something gives traders away, chance where
//! nothing can.

#![allow(clippy::unwrap_used)]

use tally_node::linkability::arguments::LinkabilityArguments;
use tally_node::linkability::arrival::DelayPlace;
use tally_node::linkability::circuits::Making;
use tally_node::linkability::measure::{Days, Setting, measure};

fn small() -> LinkabilityArguments {
    LinkabilityArguments {
        traders: 30,
        messages: 600,
        thinned: true,
        delays: vec![10],
        ..LinkabilityArguments::default()
    }
}

#[test]
fn circuits_made_after_use_link_more_than_those_made_by_their_own_clock() {
    let days = Days::replayed(&small()).unwrap();
    let right = |making| {
        let (row, _, _) = days.measure(&Setting {
            making,
            ..Setting::PLAIN
        });
        assert!(row.linked_by_protocol > 0 && row.guesses.new_orders > 50);
        (row.guesses.right, row.guesses.by_chance)
    };
    let (at_once, chance) = right(Making::AtOnceAfterUse);
    let (own_clock, _) = right(Making::ByItsOwnClock);
    assert!(at_once.low > chance, "{at_once:?}, by chance {chance}");
    assert!(at_once.low > own_clock.value, "{at_once:?} {own_clock:?}");
}

#[test]
fn a_report_has_every_setting_and_shuffled_senders_are_guessed_by_chance() {
    let report = measure(&small()).unwrap();
    let shuffled = report.shuffled.as_ref().unwrap();
    // Ten shuffles of one small day are not independent orders: their interval is too narrow for a check.
    let beside_chance = (shuffled.right.value - shuffled.by_chance).abs();
    assert!(beside_chance < 0.02, "{shuffled:?}");
    assert!(
        (shuffled.ranked_right.value - 0.5).abs() < 0.02,
        "{shuffled:?}"
    );
    let text = report.to_string();
    for row in &report.rows {
        assert!(text.contains(row.habit) && text.contains(row.circuits));
    }
    let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    assert_eq!(json["rows"].as_array().unwrap().len(), report.rows.len());
    assert_eq!(
        report,
        measure(&small()).unwrap(),
        "same arguments, same figures"
    );
}

#[test]
fn a_delay_after_the_proof_hides_less_than_one_before() {
    let days = Days::replayed(&small()).unwrap();
    let late = |place| {
        let (row, _, _) = days.measure(&Setting {
            delay: 60,
            place,
            ..Setting::PLAIN
        });
        row.guesses.right.value
    };
    assert!(late(DelayPlace::AfterProof) > late(DelayPlace::BeforeBuilding));
}
