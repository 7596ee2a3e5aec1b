//! Strict readers for single fields of the figure files. Exact integers only: no rounding, no white space, no sign.

use crate::error::FieldProblem;

/// Longest run of digits that is read: nine digits fit `u32`.
const MOST_DIGITS: usize = 9;

/// Thousandths of a cent per pound in one tick: 0.025 cents per pound.
const THOUSANDTHS_PER_TICK: u32 = 25;

/// An unsigned decimal integer without sign, space or leading zero.
pub(crate) fn integer(text: &str) -> Result<u32, FieldProblem> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits =
        (1..=MOST_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !(canonical && digits) {
        return Err(FieldProblem::Integer);
    }
    text.parse().map_err(|_| FieldProblem::Integer)
}

/// A decimal number with exactly `places` decimals, as an integer of its smallest unit.
fn decimal(text: &str, places: usize) -> Option<u32> {
    let (whole, fraction) = text.split_once('.')?;
    let fraction_ok =
        fraction.len() == places && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !fraction_ok {
        return None;
    }
    let scale = 10u32.checked_pow(u32::try_from(places).ok()?)?;
    integer(whole)
        .ok()?
        .checked_mul(scale)?
        .checked_add(fraction.parse().ok()?)
}

/// A price in cents per pound with three decimals, as ticks of 0.025 cents per pound.
pub(crate) fn ticks(text: &str) -> Result<i32, FieldProblem> {
    let thousandths = decimal(text, 3).ok_or(FieldProblem::Decimal)?;
    if !thousandths.is_multiple_of(THOUSANDTHS_PER_TICK) {
        return Err(FieldProblem::OffGrid);
    }
    i32::try_from(thousandths / THOUSANDTHS_PER_TICK).map_err(|_| FieldProblem::Decimal)
}

/// A percentage with one decimal, at most 100.0, in tenths of a percent.
pub(crate) fn permille(text: &str) -> Result<u32, FieldProblem> {
    decimal(text, 1)
        .filter(|value| *value <= 1000)
        .ok_or(FieldProblem::Percentage)
}

#[cfg(test)]
mod tests {
    use super::{integer, permille, ticks};
    use crate::error::FieldProblem;
    use proptest::prelude::*;

    #[test]
    fn prices_are_exact() {
        assert_eq!(ticks("66.400"), Ok(2656));
        assert_eq!(ticks("0.025"), Ok(1));
        assert_eq!(ticks("66.410"), Err(FieldProblem::OffGrid));
        for wrong in [
            "66.4", "66", "66.4000", "-1.000", "+1.000", "1e3.000", " 1.000", "01.000", ".025",
            "1.0 0",
        ] {
            assert_eq!(ticks(wrong), Err(FieldProblem::Decimal), "{wrong}");
        }
    }

    #[test]
    fn integers_are_canonical() {
        assert_eq!(integer("0"), Ok(0));
        assert_eq!(integer("999999999"), Ok(999_999_999));
        for wrong in ["", "00", "+1", "-1", "1.0", "1_000", "1234567890", "٣"] {
            assert_eq!(integer(wrong), Err(FieldProblem::Integer), "{wrong}");
        }
    }

    #[test]
    fn percentages_stop_at_hundred() {
        assert_eq!(permille("15.8"), Ok(158));
        assert_eq!(permille("100.0"), Ok(1000));
        assert!(
            permille("100.1").is_err() && permille("15").is_err() && permille("15.85").is_err()
        );
    }

    proptest! {
        #[test]
        fn every_grid_price_reads_back(value in 0i32..400_000) {
            let thousandths = value * 25;
            let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            prop_assert_eq!(ticks(&text), Ok(value));
        }
    }
}
