//! Amounts and counts.

/// Cents as dollars, such as `$1,234.50` or `-$0.05`.
pub fn dollars(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let size = cents.unsigned_abs();
    format!("{sign}${}.{:02}", grouped(size / 100), size % 100)
}

/// Profit and loss: dollars with a sign even if they are a gain.
pub fn signed(cents: i64) -> String {
    let sign = if cents > 0 { "+" } else { "" };
    format!("{sign}{}", dollars(cents))
}

/// Cents of an account.
pub fn dollars_of(cents: u64) -> String {
    dollars(i64::try_from(cents).unwrap_or(i64::MAX))
}

/// A count with its thousands apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A position such as `long 3`, `short 2`, `flat`.
pub fn contracts(position: i64) -> String {
    match position {
        0 => "flat".to_owned(),
        1.. => format!("long {}", grouped(position.unsigned_abs())),
        ..0 => format!("short {}", grouped(position.unsigned_abs())),
    }
}

/// Bytes in the unit in which they are easily read.
pub fn bytes(bytes: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = bytes.saturating_mul(10) / unit;
        format!("{}.{}", grouped(tenths / 10), tenths % 10)
    };
    match bytes {
        ..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        _ => format!("{} MB", tenths(1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_signed() {
        assert_eq!(dollars(123_450), "$1,234.50");
        assert_eq!(dollars(-5), "-$0.05");
        assert_eq!(dollars(i64::MIN), "-$92,233,720,368,547,758.08");
        assert_eq!(signed(4_500), "+$45.00");
        assert_eq!(signed(0), "$0.00");
        assert_eq!(signed(-100_000), "-$1,000.00");
        assert_eq!(dollars_of(u64::MAX), "$92,233,720,368,547,758.07");
    }

    #[test]
    fn counts_and_positions() {
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(contracts(0), "flat");
        assert_eq!(contracts(3), "long 3");
        assert_eq!(contracts(-1_200), "short 1,200");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(1_250), "1.2 kB");
        assert_eq!(bytes(76_000_000), "76.0 MB");
    }
}
