//! Prices as they are written, for comparing and subtracting: no floating point.

/// Decimals that are told apart.
const PLACES: usize = 6;

/// A decimal number such as `-1.025` in millionths; none if it is no number or far beyond any price.
pub fn millionths(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > PLACES {
        return None;
    }
    let size: i64 = format!("{whole}{fraction:0<PLACES$}").parse().ok()?;
    Some(if negative { -size } else { size })
}

/// `larger - smaller` with as many decimals as they have; none if either is no number.
pub fn difference(larger: &str, smaller: &str) -> Option<String> {
    let millionths = millionths(larger)?.checked_sub(millionths(smaller)?)?;
    let places = |text: &str| {
        text.split_once('.')
            .map_or(0, |(_, fraction)| fraction.len())
    };
    let places = places(larger).max(places(smaller));
    let sign = if millionths < 0 { "-" } else { "" };
    let digits = format!("{:0>7}", millionths.unsigned_abs());
    let (whole, fraction) = digits.split_at(digits.len() - PLACES);
    Some(match fraction.get(..places) {
        None | Some("") => format!("{sign}{whole}"),
        Some(fraction) => format!("{sign}{whole}.{fraction}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        assert_eq!(millionths("66.150"), Some(66_150_000));
        assert_eq!(millionths("-1.025"), Some(-1_025_000));
        assert_eq!(millionths("7"), Some(7_000_000));
        for no_number in ["", "-", "1.0000001", "mkt", "1.-2", "99999999999999999999"] {
            assert_eq!(millionths(no_number), None, "{no_number}");
        }
    }

    #[test]
    fn differences_keep_their_decimals() {
        assert_eq!(difference("66.175", "66.150").as_deref(), Some("0.025"));
        assert_eq!(difference("0.025", "-0.025").as_deref(), Some("0.050"));
        assert_eq!(difference("7", "10").as_deref(), Some("-3"));
        assert_eq!(difference("mkt", "10"), None);
    }
}
