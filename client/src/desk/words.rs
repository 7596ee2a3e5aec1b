//! Amounts, prices and messages in words.

use tally_circuits::margin::Dollars;
use tally_exchange::market::Market;
use tally_exchange::message::{Action, OrderTerms, Rest};
use tally_exchange::specification::Specification;
use tally_exchange::units::{Band, Price, TimeInForce};

/// Cents as dollars, such as `$1,234.50` or `-$0.05`.
#[must_use]
pub(super) fn dollars(cents: i128) -> String {
    Dollars(cents).to_string()
}

/// Both edges of a band.
pub(super) fn band(specification: &Specification, band: Band) -> [String; 2] {
    [band.lo, band.hi].map(|price| specification.format_price(price))
}

/// A fraction of ticks as a price with one decimal more than the contract has, rounded half away from zero.
///
/// `value` is a sum of price times contracts, ticks; `contracts` is not zero.
pub(super) fn average(specification: &Specification, value: i64, contracts: i64) -> String {
    if contracts == 0 {
        return specification.format_price(Price(0));
    }
    // What the grid prints for whole ticks, scaled: a tick is so many units of its last decimal.
    let decimals = specification.grid.decimals();
    let unit = i128::from(specification.grid.tick());
    let scaled = i128::from(value) * unit * 10;
    let (divisor, sign) = (i128::from(contracts).abs(), i128::from(contracts).signum());
    let scaled = scaled * sign;
    let half = if scaled < 0 {
        -divisor / 2
    } else {
        divisor / 2
    };
    let rounded = (scaled + half) / divisor;
    let places = decimals as usize + 1;
    let sign = if rounded < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", rounded.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    format!("{sign}{whole}.{fraction}")
}

/// An order in words, such as `buy 2 @ 66.150`.
pub(super) fn order(market: &Market, terms: &OrderTerms) -> String {
    let price = market.specification().format_price(terms.limit);
    let kind = match (terms.time_in_force, terms.post_only) {
        (TimeInForce::Day, false) => "",
        (TimeInForce::Day, true) => ", post-only",
        (TimeInForce::Ioc, _) => ", immediate or cancel",
        (TimeInForce::Fok, _) => ", fill or kill",
    };
    format!("{} {} @ {price}{kind}", terms.side, terms.quantity)
}

/// A message in words.
pub(super) fn action(market: &Market, action: &Action) -> String {
    let symbol = market.symbol();
    let cash = |amount: u64| dollars(amount.into());
    match action {
        Action::Open { amount, .. } => {
            format!("open a note in {symbol} with {}", cash(*amount))
        }
        Action::Deposit { amount, .. } => format!("deposit {} into {symbol}", cash(*amount)),
        Action::Withdraw { amount, .. } => format!("withdraw {} from {symbol}", cash(*amount)),
        Action::Trade { claim, orders, .. } => {
            let closes = claim.as_ref().map_or(0, |claim| {
                let closing =
                    |entry: &&tally_exchange::message::RecordClaim| entry.rest == Rest::Close;
                claim.records.iter().filter(closing).count()
            });
            let claimed = claim.as_ref().map_or(0, |claim| claim.records.len());
            let orders: Vec<String> = orders.iter().map(|terms| order(market, terms)).collect();
            match (claimed, orders.is_empty()) {
                (0, _) => format!("{} in {symbol}", orders.join(" and ")),
                (_, true) => format!("claim {claimed} of {symbol}'s records"),
                _ => format!(
                    "replace {closes} order(s) by {} in {symbol}",
                    orders.join(" and ")
                ),
            }
        }
        Action::Bond { .. } => format!(
            "post a bond of {} for a decryptor's seat in {symbol}",
            dollars(market.specification().decryptor_bond.into())
        ),
        Action::Unbond { amount, .. } => {
            format!("take back a bond of {} in {symbol}", cash(*amount))
        }
        Action::Transfer { to, amount, .. } => {
            format!("transfer {} from {symbol} to {to}", cash(*amount))
        }
        Action::Receive { amount, .. } => {
            format!("receive {} in {symbol}", cash(*amount))
        }
    }
}

/// What everybody sees of a message, and what stays hidden.
pub(super) fn reveals(market: &Market, action: &Action) -> (Vec<String>, Vec<String>) {
    let some_note = "that some open note of this market was used (not which one)".to_owned();
    let amount = |verb: &str, amount: u64| format!("{verb} of {}", dollars(amount.into()));
    let account = "your account's number".to_owned();
    let reveals = match action {
        Action::Open { amount: cents, .. } => vec![
            account,
            amount("a deposit", *cents),
            "that a note is opened".to_owned(),
        ],
        Action::Deposit { amount: cents, .. } => {
            vec![account, amount("a deposit", *cents), some_note]
        }
        Action::Withdraw { amount: cents, .. } => {
            vec![account, amount("a withdrawal", *cents), some_note]
        }
        Action::Trade { claim, orders, .. } => {
            let mut lines: Vec<String> = orders.iter().map(|terms| order(market, terms)).collect();
            if orders.len() > 1 {
                lines.push("that these orders belong together".to_owned());
            }
            if let Some(claim) = claim {
                let ids: Vec<String> = claim
                    .records
                    .iter()
                    .map(|entry| entry.order.to_string())
                    .collect();
                lines.push(format!(
                    "that order {} belongs to whoever sends this",
                    ids.join(", ")
                ));
            }
            lines.push(some_note);
            lines
        }
        Action::Bond { .. } => vec!["a decryptor's seat and its new key".to_owned(), some_note],
        Action::Unbond { amount: cents, .. } => {
            vec![amount("a bond", *cents), some_note]
        }
        Action::Transfer {
            to, amount: cents, ..
        } => vec![amount(&format!("a transfer to {to}"), *cents), some_note],
        Action::Receive { amount: cents, .. } => vec![
            amount("a transfer's arrival", *cents),
            "that the same owner has a note in both months".to_owned(),
        ],
    };
    let hides = match action {
        Action::Trade { .. } | Action::Bond { .. } => {
            vec!["your account, cash and position".to_owned()]
        }
        _ => vec![
            "your position, and the cash that stays in the note".to_owned(),
            "which orders are yours".to_owned(),
        ],
    };
    (reveals, hides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_grouped_and_signed() {
        assert_eq!(dollars(0), "$0.00");
        assert_eq!(dollars(-5), "-$0.05");
        assert_eq!(dollars(123_456_789), "$1,234,567.89");
        assert_eq!(dollars(100_000), "$1,000.00");
    }

    #[test]
    fn averages_have_one_decimal_more() {
        let hogs = Specification::lean_hogs();
        let price = |text: &str| i64::from(hogs.parse_price(text).unwrap().0);
        let (a, b) = (price("66.150"), price("66.175"));
        assert_eq!(average(&hogs, 2 * a, 2), "66.1500");
        assert_eq!(average(&hogs, a + b, 2), "66.1625");
        assert_eq!(average(&hogs, 2 * a + b, 3), "66.1583");
        assert_eq!(average(&hogs, -(2 * a + b), -3), "66.1583");
        assert_eq!(average(&hogs, -(2 * a + b), 3), "-66.1583");
    }
}
