//! What a Refresh promises: whoever was solvent in the closing band comes through, the new note is
//! solvent in the new band, no larger position would be, and nobody is cut who met initial margin
//! one trigger ago.

use proptest::prelude::*;

use super::fixture::{LARGEST, bare, position, terms};
use crate::margin::{BandCents, MAX_POSITION_LIMIT, MarginRequirement, solvent};
use crate::note::Note;
use crate::refresh::{RefreshTerms, Refreshed};

fn is_solvent(cash: i128, position: i64, band: &BandCents, margin: i64) -> bool {
    let (Ok(cash), Ok(position)) = (i64::try_from(cash), i32::try_from(position)) else {
        return false;
    };
    let asked = MarginRequirement {
        lo: margin,
        hi: margin,
    };
    solvent(&bare(cash, position), band, &asked, MAX_POSITION_LIMIT).is_ok()
}

/// The least cash with which a position is solvent in a band at this margin, both sides.
fn least_cash(position: i32, band: &BandCents, margin: i64) -> i128 {
    let v = i128::from(position);
    let low = -v * i128::from(band.lo) + (v * i128::from(margin)).max(0);
    let high = -v * i128::from(band.hi) + (-v * i128::from(margin)).max(0);
    low.max(high)
}

/// An epoch that ends: the closing band with its maintenance margin, a note that is solvent in it,
/// and terms whose mark lies in it and whose haircut is within both maintenances.
fn closing() -> impl Strategy<Value = (BandCents, i64, Note, RefreshTerms)> {
    let within = (0..=8_i64, 0..=8_i64, 0..400_000_i64, 0..100_000_i64);
    let spare = prop_oneof![Just(0_i128), 0..1_000_i128, 0..100_000_000_i128];
    (terms(), position(), within, spare).prop_filter_map(
        "cash out of range",
        |(terms, position, (below, above, width, more), spare)| {
            let band = BandCents {
                lo: terms.mark - width * below / 8,
                hi: terms.mark + width * above / 8,
            };
            let maintenance = terms.haircut + more;
            let cash = least_cash(position, &band, maintenance) + spare;
            let note = bare(i64::try_from(cash).ok()?, position);
            note.check_range().ok()?;
            Some((band, maintenance, note, terms))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whoever_was_solvent_comes_through((band, maintenance, note, terms) in closing()) {
        prop_assert_eq!(terms.check(), Ok(()));
        prop_assert!(is_solvent(note.cash.into(), note.position.into(), &band, maintenance));
        let after = terms.apply(note.cash, note.position);
        prop_assert!(after.is_some());
        let Refreshed { cash, position } = after.unwrap();

        // Solvent at the new maintenance, in the new band, on both sides.
        prop_assert!(least_cash(i32::try_from(position).unwrap(), &terms.band, terms.maintenance) <= cash);

        // The same sign, and not above the old one.
        let old = i64::from(note.position);
        prop_assert!(position.abs() <= old.abs() && position * old >= 0);
        prop_assert!(!terms.forced || position == 0);

        // What is closed is paid for at the closing price.
        let price = i128::from(terms.closing_price(old > 0));
        prop_assert_eq!(cash, i128::from(note.cash) + i128::from(old - position) * price);

        // One more would not be solvent.
        if position != old && !terms.forced {
            let step = old.signum();
            let (larger, less) = (position + step, cash - i128::from(step) * price);
            let needed = least_cash(i32::try_from(larger).unwrap(), &terms.band, terms.maintenance);
            prop_assert!(needed > less);
        }

        // Only upwards can the cash leave a note's range, and then it is refused.
        prop_assert!(cash >= i128::from(note.cash).min(0));
        let fits = cash < 1 << 47;
        prop_assert_eq!(terms.successor(&note, note.rho).is_some(), fits);
    }

    /// Initial margin is at least maintenance plus the trigger distance; an intraday epoch moves
    /// the centre of the band at most by the trigger distance; the width stays. Then a note that
    /// meets initial margin is not cut.
    #[test]
    fn initial_margin_survives_one_trigger(
        position in position(),
        centre in -3_000..30_000_i64,
        (half_width, tau) in (1..300_i64, prop_oneof![Just(1_000_i64), Just(25), Just(1)]),
        (trigger, moved, offset) in (0..=8_i64, -8..=8_i64, -8..=8_i64),
        (maintenance, eighths, spare) in (0..20_000_i64, 0..=8_i64, 0..50_i128),
    ) {
        let trigger = half_width * trigger / 8;
        let moved = trigger * moved / 8;
        let initial = maintenance + trigger * tau;
        let band = |centre: i64| BandCents {
            lo: (centre - half_width) * tau,
            hi: (centre + half_width) * tau,
        };
        // The mark is anywhere in both bands.
        let (lowest, highest) = (centre.max(centre + moved) - half_width, centre.min(centre + moved) + half_width);
        let mark = (centre + half_width * offset / 8).clamp(lowest, highest);
        let terms = RefreshTerms {
            mark: mark * tau,
            haircut: maintenance / 8 * eighths,
            band: band(centre + moved),
            maintenance,
            forced: false,
        };
        prop_assert_eq!(terms.check(), Ok(()));
        let cash = least_cash(position, &band(centre), initial) + spare;
        prop_assume!((-(1 << 47)..1 << 47).contains(&cash));
        let cash = i64::try_from(cash).unwrap();
        let unchanged = Refreshed { cash: cash.into(), position: position.into() };
        prop_assert_eq!(terms.apply(cash, position), Some(unchanged));
    }
}

/// The numbers of Lean Hogs: half-width 80 ticks of $10, trigger at 60, maintenance $100, initial
/// $700, haircut $50.
#[test]
fn lean_hogs_at_initial_margin_survive_a_trigger_and_no_more() {
    let (tau, centre) = (1_000, 2_800);
    let band = |centre: i64| BandCents {
        lo: (centre - 80) * tau,
        hi: (centre + 80) * tau,
    };
    for side in [1, -1] {
        let terms = |moved: i64| RefreshTerms {
            mark: (centre - i64::from(side) * moved) * tau,
            haircut: 5_000,
            band: band(centre - i64::from(side) * moved),
            maintenance: 10_000,
            forced: false,
        };
        let position = 10 * side;
        let cash = i64::try_from(least_cash(position, &band(centre), 70_000)).unwrap();
        let after = |moved| terms(moved).apply(cash, position).unwrap().position;
        assert_eq!(after(60), i64::from(position));
        assert!(after(61).abs() < 10);
    }
}

#[test]
fn a_cost_of_zero_keeps_everything() {
    let band = BandCents { lo: -700, hi: -700 };
    let terms = RefreshTerms {
        mark: -700,
        haircut: 30,
        band,
        maintenance: 30,
        forced: false,
    };
    for is_long in [true, false] {
        assert_eq!(terms.keeping_cost(is_long), 0);
    }
    // Nothing left when closed, and yet nothing to close.
    let unchanged = |cash: i64, position| Refreshed {
        cash: cash.into(),
        position,
    };
    assert_eq!(terms.apply(7_300, 10), Some(unchanged(7_300, 10)));
    assert_eq!(terms.apply(-6_700, -10), Some(unchanged(-6_700, -10)));
    assert_eq!(terms.apply(7_299, 10), None);
    assert_eq!(terms.apply(-6_701, -10), None);
    let forced = RefreshTerms {
        haircut: 0,
        forced: true,
        ..terms
    };
    let closed = Refreshed {
        cash: 0,
        position: 0,
    };
    assert_eq!(forced.apply(7_000, 10), Some(closed));
}

/// The largest quantities that the bounds allow stay within the 64-bit checks.
#[test]
fn the_extremes_fit() {
    let edge = crate::margin::MAX_EDGE;
    let largest = crate::margin::MAX_REQUIREMENT;
    for (mark, sides) in [(edge, [1, -1]), (-edge, [1, -1]), (0, [1, -1])] {
        let terms = RefreshTerms {
            mark,
            haircut: largest,
            band: BandCents {
                lo: -edge,
                hi: edge,
            },
            maintenance: largest,
            forced: false,
        };
        assert_eq!(terms.check(), Ok(()));
        let no_haircut = RefreshTerms {
            haircut: 0,
            ..terms
        };
        for terms in [terms, no_haircut] {
            for side in sides {
                let is_long = side > 0;
                let cost = i128::from(terms.keeping_cost(is_long));
                assert!((0..=3 << 36).contains(&cost));
                assert!(terms.closing_price(is_long).abs() <= 1 << 37);
                for cash in [-(1 << 47), (1 << 47) - 1] {
                    let equity = terms.equity_when_closed(cash, side * LARGEST);
                    let most = i128::from(LARGEST) * cost;
                    for difference in [equity - most, most + cost - equity - 1, equity] {
                        assert!(difference.abs() < 1 << 62);
                    }
                }
            }
        }
    }
}
