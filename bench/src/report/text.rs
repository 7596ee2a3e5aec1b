//! Numbers and outside text as a reader sees them.

/// Text for HTML and SVG, in elements and in attributes. Control characters, which XML can't carry, are left out.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other if is_printable(other) => escaped.push(other),
            _ => {}
        }
    }
    escaped
}

/// Whether a character may stand in XML: no control characters, no non-characters.
pub(super) fn is_printable(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// At most this many characters; an ellipsis stands for the rest.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The first letter in upper case.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// A whole number with its thousands apart: `10,500`.
pub(super) fn whole(value: i128) -> String {
    grouped(&value.to_string())
}

/// A number with this many decimals, its thousands apart.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "n/a".to_owned();
    }
    let text = format!("{value:.decimals$}");
    // What rounds to zero has no sign.
    let is_zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    grouped(if is_zero {
        text.trim_start_matches('-')
    } else {
        &text
    })
}

/// A number with three significant digits, whole where it has three before the point.
pub(super) fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return fixed(value, 0);
    }
    let size = value.abs();
    if !(5e-7..1e15).contains(&size) {
        return format!("{value:.2e}");
    }
    let places = (1..=8).rev().find(|&places| {
        // 0.5 below the last of three digits rounds up into the next power of ten.
        size * 10f64.powi(places) < 999.5
    });
    fixed(value, usize::try_from(places.unwrap_or(0)).unwrap_or(0))
}

/// A length of time, from milliseconds.
pub(super) fn milliseconds(ms: f64) -> String {
    if ms.abs() < 999.5 || !ms.is_finite() {
        return format!("{} ms", significant(ms));
    }
    seconds(ms / 1e3)
}

/// A length of time, from seconds: in the largest unit of which there is one.
pub(super) fn seconds(s: f64) -> String {
    const UNITS: [(f64, &str); 5] = [
        (365.25 * 86_400.0, "years"),
        (86_400.0, "days"),
        (3_600.0, "h"),
        (60.0, "min"),
        (1.0, "s"),
    ];
    if s == 0.0 || !s.is_finite() {
        return format!("{} s", significant(s));
    }
    let size = s.abs();
    // Hours up to two days, seconds up to two minutes: nearer to what people say.
    let unit = UNITS.iter().find(|(unit, name)| match *name {
        "years" | "days" | "min" => size >= 2.0 * unit,
        "h" => size >= *unit,
        _ => size >= 0.9995,
    });
    match unit {
        Some((unit, name)) => format!("{} {name}", significant(s / unit)),
        None => format!("{} ms", significant(s * 1e3)),
    }
}

/// A size in memory or on disk.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [(u32, &str); 3] = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    match UNITS.iter().find(|(shift, _)| bytes >> shift != 0) {
        #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
        Some((shift, name)) => {
            let size = bytes as f64 / (1u64 << shift) as f64;
            format!("{} {name}", significant(size))
        }
        None => format!("{bytes} bytes"),
    }
}

/// A price in cents per pound, exact, from ticks and a tick's size in thousandths of a cent per pound.
pub(super) fn price(ticks: i64, tick_mills: i64) -> String {
    let mills = i128::from(ticks) * i128::from(tick_mills);
    let sign = if mills < 0 { "-" } else { "" };
    let size = mills.unsigned_abs();
    format!("{sign}{}.{:03}", size / 1_000, size % 1_000)
}

/// `one` or `many`, with the number.
pub(super) fn plural(count: usize, one: &str, many: &str) -> String {
    let name = if count == 1 { one } else { many };
    format!("{} {name}", whole(i128::try_from(count).unwrap_or(0)))
}

/// Puts commas between the thousands of a decimal number.
fn grouped(text: &str) -> String {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (digits, decimals) = match rest.find('.') {
        Some(point) => rest.split_at(point),
        None => (rest, ""),
    };
    let mut grouped = String::with_capacity(text.len() + digits.len() / 3);
    grouped.push_str(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index != 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + decimals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_is_escaped() {
        assert_eq!(
            escape("a<b>&\"'\u{0}\n\u{7f}é"),
            "a&lt;b&gt;&amp;&quot;&#39;é"
        );
        assert_eq!(shortened("abcdef", 4), "abc…");
        assert_eq!(shortened("äbcd", 4), "äbcd");
        assert_eq!(capitalised("act"), "Act");
        assert_eq!(capitalised(""), "");
    }

    #[test]
    fn numbers_have_three_digits() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (79.84, "79.8"),
            (0.362_4, "0.362"),
            (9.996, "10.0"),
            (99.96, "100"),
            (999.6, "1,000"),
            (1_234.5, "1,234"),
            (-1_234_567.0, "-1,234,567"),
            (1e9, "1,000,000,000"),
            (1e18, "1.00e18"),
            (1e-9, "1.00e-9"),
            (f64::NAN, "n/a"),
            (f64::INFINITY, "n/a"),
        ];
        for (value, text) in cases {
            assert_eq!(significant(value), text, "{value}");
        }
        assert_eq!(fixed(-0.000_1, 2), "0.00");
        assert_eq!(whole(-10_500), "-10,500");
        assert_eq!(whole(100), "100");
    }

    #[test]
    fn times_and_sizes_have_fitting_units() {
        let cases = [
            (0.0, "0 s"),
            (0.000_362, "0.362 ms"),
            (0.079_8, "79.8 ms"),
            (1.0, "1.00 s"),
            (119.0, "119 s"),
            (300.0, "5.00 min"),
            (3_600.0, "1.00 h"),
            (36_000.0, "10.0 h"),
            (864_000.0, "10.0 days"),
            (1e9, "31.7 years"),
        ];
        for (value, text) in cases {
            assert_eq!(seconds(value), text, "{value}");
        }
        assert_eq!(milliseconds(331.0), "331 ms");
        assert_eq!(milliseconds(1_500.0), "1.50 s");
        assert_eq!(bytes(512), "512 bytes");
        assert_eq!(bytes(15_728_640), "15.0 MiB");
        assert_eq!(bytes(u64::MAX), "17,179,869,184 GiB");
    }

    #[test]
    fn prices_are_exact() {
        assert_eq!(price(2_659, 25), "66.475");
        assert_eq!(price(-1, 25), "-0.025");
        assert_eq!(price(0, 25), "0.000");
        assert_eq!(price(i64::MIN, i64::MAX).len(), 40);
    }
}
