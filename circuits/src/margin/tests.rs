//! Solvency against the independent reference, against brute force, and over whole histories.

mod history;
mod oracle;
pub(crate) mod orders;
pub(crate) mod vectors;

use super::*;

#[test]
fn parameters_at_and_beyond_their_bounds() {
    let band = |lo, hi| BandCents { lo, hi };
    let asked = |lo, hi| MarginRequirement { lo, hi };
    let (edge, most, limit) = (MAX_EDGE, MAX_REQUIREMENT, MAX_POSITION_LIMIT);
    assert_eq!(check(&band(-edge, edge), &asked(most, 0), limit), Ok(()));
    assert_eq!(check(&band(edge, edge), &asked(0, most), 0), Ok(()));
    for (band, asked, limit, error) in [
        (
            band(-edge - 1, 0),
            asked(0, 0),
            0,
            ParameterError::Edge(-edge - 1),
        ),
        (
            band(0, edge + 1),
            asked(0, 0),
            0,
            ParameterError::Edge(edge + 1),
        ),
        (
            band(1, 0),
            asked(0, 0),
            0,
            ParameterError::EmptyBand { lo: 1, hi: 0 },
        ),
        (band(0, 0), asked(-1, 0), 0, ParameterError::Requirement(-1)),
        (
            band(0, 0),
            asked(0, most + 1),
            0,
            ParameterError::Requirement(most + 1),
        ),
        (
            band(0, 0),
            asked(0, 0),
            -1,
            ParameterError::PositionLimit(-1),
        ),
        (
            band(0, 0),
            asked(0, 0),
            limit + 1,
            ParameterError::PositionLimit(limit + 1),
        ),
    ] {
        assert_eq!(check(&band, &asked, limit), Err(error));
    }
}

/// The bounds of the module's proof, at the corners of the notes' and the parameters' ranges.
#[test]
fn every_inequality_fits_its_bits() {
    use crate::note::NoteField;
    let extremes = |field: NoteField| [field.lowest(), field.highest()];
    let money = 1_i128 << 62;
    for position in extremes(NoteField::Position) {
        for reserved in extremes(NoteField::BuyQuantity) {
            for cash in extremes(NoteField::Cash) {
                for cost in extremes(NoteField::BuyCost) {
                    for edge in [-MAX_EDGE, MAX_EDGE].map(i128::from) {
                        let long = position + reserved;
                        let worst = cash - cost + long * edge;
                        let slack = worst - i128::from(MAX_REQUIREMENT) * long;
                        assert!(worst.abs() < money && slack.abs() < money);
                        let room = i128::from(MAX_POSITION_LIMIT) - long;
                        assert!(room < 1 << 24 && -long > -(1 << 25));
                    }
                }
            }
        }
    }
}

#[test]
fn cents_are_written_as_dollars() {
    let written = [0, 5, -100, 99_999, 100_000, 123_456_789].map(|c| Dollars(c).to_string());
    let expected = [
        "$0.00",
        "$0.05",
        "-$1.00",
        "$999.99",
        "$1,000.00",
        "$1,234,567.89",
    ];
    assert_eq!(written, expected);
}
