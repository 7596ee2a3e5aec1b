//! Real-valued helpers that give the same bits on every machine.
//!
//! IEEE 754 fixes addition, multiplication, division and square root to the last bit, but not the logarithm or the
//! exponential: those differ between mathematics libraries. Here they are built from the fixed operations alone, in one
//! order. Accuracy of about 1e-14 is more than a shape needs; what counts is that the result never differs.

/// Natural logarithm of 2.
const LN_2: f64 = std::f64::consts::LN_2;

/// Terms of the series below; the argument keeps the last one under 1e-15.
const TERMS: u32 = 20;

/// The integer as a real; exact below 2^53, which every use here is.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn from_u64(value: u64) -> f64 {
    value as f64
}

/// Largest integer not above the value; saturates, and NaN is 0.
#[allow(clippy::cast_possible_truncation)] // the saturating conversion is the wanted one
pub(crate) fn floor(value: f64) -> i64 {
    value.floor() as i64
}

/// Nearest integer, halves upwards; saturates as [`floor`].
pub(crate) fn round(value: f64) -> i64 {
    floor(value + 0.5)
}

/// Natural logarithm of a positive normal number; the most negative finite number for anything else.
pub(crate) fn ln(value: f64) -> f64 {
    if !value.is_normal() || value < 0.0 {
        return f64::MIN;
    }
    // value = mantissa * 2^exponent with the mantissa in [1, 2).
    let bits = value.to_bits();
    let exponent = f64::from(u32::try_from(bits >> 52).unwrap_or(0)) - 1023.0;
    let mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    // ln(mantissa) = 2 * artanh((mantissa - 1) / (mantissa + 1)), the ratio below 1/3.
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    let mut sum = 0.0;
    for term in (0..TERMS).rev() {
        sum = sum * square + 1.0 / f64::from(2 * term + 1);
    }
    exponent * LN_2 + 2.0 * ratio * sum
}

/// The exponential of a value of magnitude below 700; values beyond are clamped to it.
pub(crate) fn exp(value: f64) -> f64 {
    let value = value.clamp(-700.0, 700.0);
    let halvings = round(value / LN_2);
    // |rest| <= ln(2) / 2, where the series converges fast.
    let rest = value - f64::from(i32::try_from(halvings).unwrap_or(0)) * LN_2;
    let mut sum = 1.0;
    for term in (1..=TERMS).rev() {
        sum = 1.0 + sum * rest / f64::from(term);
    }
    // |halvings| <= 1010, so the biased exponent is that of a normal number.
    sum * f64::from_bits(u64::try_from(halvings + 1023).unwrap_or(1023) << 52)
}

/// `base` to the power of `exponent`, for a positive base.
pub(crate) fn pow(base: f64, exponent: f64) -> f64 {
    exp(exponent * ln(base))
}

#[cfg(test)]
mod tests {
    use super::{exp, floor, ln, pow, round};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn logarithm_and_exponential_agree_with_the_library(value in 1e-300f64..1e300, power in -699.0f64..699.0) {
            prop_assert!((ln(value) - value.ln()).abs() <= 1e-12 * value.ln().abs().max(1.0));
            prop_assert!((exp(power) / power.exp() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn fixed_values() {
        assert_eq!(ln(1.0), 0.0);
        assert_eq!(exp(0.0), 1.0);
        assert!((pow(4.0, -0.5) - 0.5).abs() < 1e-13);
        assert_eq!(ln(0.0), f64::MIN);
        assert_eq!(ln(-1.0), f64::MIN);
        assert_eq!(
            (floor(-0.5), round(-0.5), round(0.5), round(2.4)),
            (-1, 0, 1, 2)
        );
        // Bit patterns: a change of method would change every flow.
        assert_eq!(ln(10.0).to_bits(), 4_612_367_379_483_415_829);
        assert_eq!(exp(1.0).to_bits(), 4_613_303_445_314_885_482);
    }
}
