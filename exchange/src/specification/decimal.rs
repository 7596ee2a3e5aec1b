//! Exact decimal numbers on a price grid. No value passes through a floating-point number.

use crate::units::Price;
use thiserror::Error;

/// The longest decimal number read, bytes; anything longer is no price.
const MAX_DECIMAL_BYTES: usize = 32;

/// A price grid: prices are whole multiples of the tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The tick in units of the last decimal, at least 1: tick 0.025 with 3 decimals is 25.
    pub(super) tick: i64,
    /// Decimals of a printed price, at most 9.
    pub(super) decimals: u32,
    /// Largest price on either side of zero, ticks.
    pub(super) largest: i32,
}

/// A text that is no price of this grid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PriceError {
    /// The text is no decimal number.
    #[error(
        "price {text:?} is not a decimal number: write digits with an optional leading minus sign and one decimal point, such as 66.150"
    )]
    Malformed {
        /// The text, shortened.
        text: String,
    },
    /// The number is no multiple of the tick.
    #[error(
        "price {text} is off the grid: prices are multiples of the tick {tick}; the nearest are {below} and {above}"
    )]
    OffGrid {
        /// The text, shortened.
        text: String,
        /// The tick.
        tick: String,
        /// The next price below.
        below: String,
        /// The next price above.
        above: String,
    },
    /// The number is farther from zero than any price of the contract.
    #[error("price {text} is too large: prices lie between -{limit} and {limit}")]
    TooLarge {
        /// The text, shortened.
        text: String,
        /// The largest price.
        limit: String,
    },
}

/// A decimal number as the text has it: sign, and the digits before and after the point.
struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        if text.len() > MAX_DECIMAL_BYTES {
            return None;
        }
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (digits, ""),
        };
        let number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        (!whole.is_empty() && number(whole) && number(fraction)).then_some(Self {
            negative,
            whole,
            fraction,
        })
    }

    /// The magnitude in units of 10^-decimals rounded down, and whether anything was cut off. `None`: beyond 128 bits.
    fn scaled(&self, decimals: u32) -> Option<(i128, bool)> {
        let kept = usize::try_from(decimals).ok()?.min(self.fraction.len());
        let (fraction, cut) = self.fraction.split_at(kept);
        let mut value = 0_i128;
        for digit in self.whole.bytes().chain(fraction.bytes()) {
            value = value
                .checked_mul(10)?
                .checked_add(i128::from(digit - b'0'))?;
        }
        let missing = decimals.checked_sub(u32::try_from(kept).ok()?)?;
        let value = value.checked_mul(10_i128.checked_pow(missing)?)?;
        Some((value, cut.bytes().any(|digit| digit != b'0')))
    }
}

impl Grid {
    /// The tick in units of the last decimal: 25 for tick 0.025 with three decimals.
    #[must_use]
    pub const fn tick(self) -> i64 {
        self.tick
    }

    /// Decimals of a printed price.
    #[must_use]
    pub const fn decimals(self) -> u32 {
        self.decimals
    }

    /// The largest price on either side of zero; its value for one contract is at most 2^36 cents.
    #[must_use]
    pub const fn largest(self) -> Price {
        Price(self.largest)
    }

    /// The price nearest to `price` whose value still fits the arithmetic of the circuit.
    #[must_use]
    pub fn clamp(self, price: Price) -> Price {
        Price(price.0.clamp(-self.largest, self.largest))
    }

    /// Reads a price exactly.
    ///
    /// # Errors
    /// The text is no decimal number, off the grid or beyond the largest price.
    pub fn parse(self, text: &str) -> Result<Price, PriceError> {
        let decimal = Decimal::parse(text).ok_or_else(|| PriceError::Malformed {
            text: excerpt(text),
        })?;
        let too_large = || PriceError::TooLarge {
            text: excerpt(text),
            limit: self.format(self.largest()),
        };
        let (units, cut) = decimal.scaled(self.decimals).ok_or_else(too_large)?;
        let ticks = i32::try_from(units / i128::from(self.tick)).map_err(|_| too_large())?;
        let whole = !cut && units % i128::from(self.tick) == 0;
        if ticks > self.largest || (ticks == self.largest && !whole) {
            return Err(too_large());
        }
        let signed = |ticks: i32| Price(if decimal.negative { -ticks } else { ticks });
        if whole {
            return Ok(signed(ticks));
        }
        // `ticks` is below `largest`, so that the next one exists.
        let (near, far) = (signed(ticks), signed(ticks + 1));
        Err(PriceError::OffGrid {
            text: excerpt(text),
            tick: self.format(Price(1)),
            below: self.format(near.min(far)),
            above: self.format(near.max(far)),
        })
    }

    /// The price with all its decimals, such as `66.150` or `-1.025`.
    #[must_use]
    pub fn format(self, price: Price) -> String {
        // A tick of the largest decimal scale is below 10^18 and a price below 2^31: 128 bits hold the product.
        let units = i128::from(price.0) * i128::from(self.tick);
        format_scaled(units, self.decimals)
    }
}

/// `units` of 10^-decimals as a decimal number with all its decimals.
fn format_scaled(units: i128, decimals: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let magnitude = units.unsigned_abs();
    if decimals == 0 {
        return format!("{sign}{magnitude}");
    }
    let scale = 10_u128.pow(decimals.min(MAX_DECIMALS));
    let width = usize::try_from(decimals).unwrap_or(0);
    format!("{sign}{}.{:0width$}", magnitude / scale, magnitude % scale)
}

/// The most decimals of a price.
pub(super) const MAX_DECIMALS: u32 = 9;

/// Reads the tick itself, in units of the last decimal: positive and with no more digits than `decimals`.
pub(super) fn parse_tick(text: &str, decimals: u32) -> Option<i64> {
    let decimal = Decimal::parse(text)?;
    let (units, cut) = decimal.scaled(decimals)?;
    let tick = i64::try_from(units).ok()?;
    (!decimal.negative && !cut && (1..=1_000_000_000).contains(&tick)).then_some(tick)
}

/// The first forty characters of a text from outside, for an error message.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_positive_and_has_no_more_digits_than_a_price() {
        assert_eq!(parse_tick("0.025", 3), Some(25));
        assert_eq!(parse_tick("0.25", 3), Some(250));
        assert_eq!(parse_tick("5", 0), Some(5));
        assert_eq!(parse_tick("1000000000", 0), Some(1_000_000_000));
        for bad in ["0.0251", "0", "0.000", "-0.025", "1000000000.001", "x", ""] {
            assert_eq!(parse_tick(bad, 3), None, "{bad}");
        }
    }

    #[test]
    fn whole_numbers_have_no_point() {
        let grid = Grid {
            tick: 5,
            decimals: 0,
            largest: 100,
        };
        assert_eq!(grid.format(Price(-3)), "-15");
        assert_eq!(grid.parse("-15"), Ok(Price(-3)));
        assert_eq!(grid.parse("500"), Ok(Price(100)));
        assert_eq!(grid.parse("500.0"), Ok(Price(100)));
        assert!(matches!(
            grid.parse("500.1"),
            Err(PriceError::TooLarge { .. })
        ));
        assert!(matches!(grid.parse("0.1"), Err(PriceError::OffGrid { .. })));
    }

    #[test]
    fn the_coarsest_grid_prints_its_largest_price() {
        let grid = Grid {
            tick: 1_000_000_000,
            decimals: 9,
            largest: i32::MAX,
        };
        let text = grid.format(Price(i32::MIN));
        assert_eq!(text, "-2147483648.000000000");
        assert_eq!(
            grid.parse(&grid.format(Price(i32::MAX))),
            Ok(Price(i32::MAX))
        );
    }
}
