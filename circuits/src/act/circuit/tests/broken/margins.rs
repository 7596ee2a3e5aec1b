//! Each inequality of solvency, met exactly and missed by one.

use super::{Case, valid_with};
use crate::act::ActViolation;
use crate::act::circuit::tests::fixture::Parts;
use crate::margin::{BandCents, MarginRequirement, MarginViolation};

/// New amounts, band edge, lower and upper requirement, and the inequality they meet exactly.
type Boundary = ([i128; 6], i64, i64, i64, MarginViolation, &'static str);

/// New amounts, band edge and requirements that meet one inequality exactly, with the others
/// slack, and what to change to miss it by one.
pub(super) fn boundaries() -> Vec<(Parts, ActViolation, &'static str, Parts)> {
    let short_by_one = 1;
    let (shortfall, excess) = (short_by_one, short_by_one);
    let money: [Boundary; 4] = [
        (
            [-500, -5, 0, 0, 0, 1_000],
            -100,
            1,
            0,
            MarginViolation::EquityAtLow { shortfall },
            "equity at the low edge",
        ),
        (
            [-450, 5, 0, 0, 0, 1_000],
            100,
            10,
            0,
            MarginViolation::MarginAtLow { shortfall },
            "margin at the low edge",
        ),
        (
            [500, 5, 0, 0, 0, -1_000],
            100,
            0,
            1,
            MarginViolation::EquityAtHigh { shortfall },
            "equity at the high edge",
        ),
        (
            [550, -5, 0, -1_000, 0, 0],
            100,
            0,
            10,
            MarginViolation::MarginAtHigh { shortfall },
            "margin at the high edge",
        ),
    ];
    let mut found = Vec::new();
    for (new, edge, lo, hi, violation, clause) in money {
        let met = valid_with(&Parts::member(), |parts| {
            parts.new = new;
            parts.band = BandCents { lo: edge, hi: edge };
            parts.requirement = MarginRequirement { lo, hi };
        });
        let missed = valid_with(&met, |parts| parts.new[0] -= 1);
        found.push((met, ActViolation::Margin(violation), clause, missed));
    }
    let limits = [
        (
            [50_000, 5, 3, 0, 0, 0],
            MarginViolation::LongLimit { excess },
            "long limit",
        ),
        (
            [50_000, -5, 0, 0, 3, 0],
            MarginViolation::ShortLimit { excess },
            "short limit",
        ),
    ];
    for (new, violation, clause) in limits {
        let met = valid_with(&Parts::member(), |parts| {
            parts.new = new;
            parts.position_limit = 8;
        });
        let missed = valid_with(&met, |parts| parts.position_limit = 7);
        found.push((met, ActViolation::Margin(violation), clause, missed));
    }
    found
}

pub(super) fn broken_margins() -> Vec<Case> {
    boundaries()
        .into_iter()
        .map(|(_, violation, clause, missed)| Case::new(clause, &missed, |_| (), violation, clause))
        .collect()
}
