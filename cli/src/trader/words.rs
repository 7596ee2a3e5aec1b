//! Amounts, orders and quotes as they are typed.
//!
//! Prices stay text: what a price may be says the contract, and the desk knows it.

use crate::arguments::trade::{OrderCommand, QuoteCommand, ReplaceCommand};
use tally_client::request::{MARKET_PRICE, OrderRequest, Request};
use tally_exchange::message::Symbol;
use tally_exchange::units::{Quantity, Side, TimeInForce};
use thiserror::Error;

/// Words that say nothing that can be done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WordError {
    /// No amount.
    #[error("amount {0:?} is no amount of dollars; write it as 10000 or 2500.50, at least 0.01")]
    Amount(String),
    /// An amount with fractions of a cent.
    #[error("amount {0:?} has more than two decimals; cents are exact: write it as 2500.50")]
    Cents(String),
    /// No order.
    #[error("order {0:?} has no price; write it as 2 @ 66.150, or 2 @ mkt for the market")]
    NoPrice(String),
    /// No number of contracts.
    #[error("quantity {0:?} is no number of contracts; use a whole number of at least 1")]
    Quantity(String),
    /// No price.
    #[error("price {0:?} is no price; write it as 66.150, -1.025 or mkt")]
    Price(String),
    /// No quote.
    #[error("quote {0:?} has no two prices; write it as 66.100x66.200 or -1.025x-0.975")]
    Quote(String),
    /// Nothing to cancel.
    #[error(
        "name the orders to cancel as `tally orders` lists them, or give --all; --side and --market narrow --all"
    )]
    NoOrders,
    /// A limit is needed.
    #[error("price mkt has no place here; give a limit such as 66.150")]
    Market,
    /// No side.
    #[error("side {0:?} is none; try an order as in `tally margin buy 2 @ 66.150`")]
    Side(String),
}

/// Dollars as cents: digits, and at most two decimals.
pub fn cents(text: &str) -> Result<u64, WordError> {
    let bad = || WordError::Amount(short(text));
    let plain = text.strip_prefix('$').unwrap_or(text);
    let (dollars, fraction) = plain.split_once('.').unwrap_or((plain, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(dollars) || !is_digits(fraction) {
        return Err(bad());
    }
    if fraction.len() > 2 {
        return Err(WordError::Cents(short(text)));
    }
    let dollars: u64 = dollars.parse().map_err(|_| bad())?;
    let fraction: u64 = format!("{fraction:0<2}").parse().map_err(|_| bad())?;
    dollars
        .checked_mul(100)
        .and_then(|cents| cents.checked_add(fraction))
        .filter(|cents| *cents > 0)
        .ok_or_else(bad)
}

/// An amount, or none for `all`.
pub fn cents_or_all(text: &str) -> Result<Option<u64>, WordError> {
    if text == "all" {
        return Ok(None);
    }
    cents(text).map(Some)
}

/// Contracts.
pub fn quantity(text: &str) -> Result<Quantity, WordError> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| is_digits && *number > 0);
    number
        .map(Quantity)
        .ok_or_else(|| WordError::Quantity(short(text)))
}

/// The order of `tally buy` or `tally sell`.
pub fn order(side: Side, command: &OrderCommand) -> Result<Request, WordError> {
    let (quantity, price) = quantity_at_price(&command.words)?;
    Ok(Request::Order(OrderRequest {
        market: command.market,
        side,
        quantity,
        price,
        tif: command.tif,
        post_only: command.post_only,
        id: command.posting.id.clone(),
        preview: false,
    }))
}

/// The order that `tally margin` tries; none without words.
pub fn what_if(
    words: &[String],
    market: Option<Symbol>,
) -> Result<Option<Box<OrderRequest>>, WordError> {
    let Some((side, rest)) = words.split_first() else {
        return Ok(None);
    };
    let side = match side.as_str() {
        "buy" => Side::Buy,
        "sell" => Side::Sell,
        other => return Err(WordError::Side(short(other))),
    };
    let (quantity, price) = quantity_at_price(rest)?;
    Ok(Some(Box::new(OrderRequest {
        market,
        side,
        quantity,
        price,
        tif: TimeInForce::Day,
        post_only: false,
        id: None,
        preview: false,
    })))
}

/// The quote of `tally quote`.
pub fn quote(command: &QuoteCommand) -> Result<Request, WordError> {
    let text = &command.prices;
    let (bid, ask) = text
        .split_once(['x', 'X'])
        .ok_or_else(|| WordError::Quote(short(text)))?;
    Ok(Request::Quote {
        market: command.market,
        bid: limit(bid).map_err(|_| WordError::Quote(short(text)))?,
        ask: limit(ask).map_err(|_| WordError::Quote(short(text)))?,
        quantity: quantity(&command.quantity)?,
        id: command.posting.id.clone(),
        replaces: command.replaces.clone(),
        preview: false,
    })
}

/// What `tally replace` asks for.
pub fn replace(command: &ReplaceCommand) -> Result<Request, WordError> {
    let joined = command.words.concat();
    let (contracts, price) = match joined.split_once('@') {
        None => (joined.as_str(), None),
        Some((contracts, price)) => (contracts, Some(limit(price)?)),
    };
    Ok(Request::Replace {
        order: command.order,
        quantity: match contracts {
            "" => None,
            contracts => Some(quantity(contracts)?),
        },
        price,
        id: command.posting.id.clone(),
        preview: false,
    })
}

/// `2 @ 66.150`, in one word or several.
fn quantity_at_price(words: &[String]) -> Result<(Quantity, String), WordError> {
    let joined = words.concat();
    let (contracts, price) = joined
        .split_once('@')
        .ok_or_else(|| WordError::NoPrice(short(&words.join(" "))))?;
    let price = match price {
        "" => return Err(WordError::NoPrice(short(&words.join(" ")))),
        MARKET_PRICE => price.to_owned(),
        _ => limit(price)?,
    };
    Ok((quantity(contracts)?, price))
}

/// A decimal number, signed or not. Whether it is a price of the contract is not known here.
fn limit(text: &str) -> Result<String, WordError> {
    if text == MARKET_PRICE {
        return Err(WordError::Market);
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits(whole) && is_digits(fraction) {
        return Ok(text.to_owned());
    }
    Err(WordError::Price(short(text)))
}

/// As much of a text from outside as an error quotes.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn amounts_are_exact_cents() {
        for (text, expected) in [
            ("10000", 1_000_000),
            ("2500.50", 250_050),
            ("2500.5", 250_050),
            ("$0.01", 1),
            ("184467440737095516.15", u64::MAX),
        ] {
            assert_eq!(cents(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "$",
            ".",
            "1.",
            ".5",
            "-1",
            "+1",
            "1e3",
            "1,000",
            "0",
            "0.00",
            "ten",
            "184467440737095516.16",
            "1.0.0",
            "٣",
        ] {
            assert_eq!(
                cents(text),
                Err(WordError::Amount(text.to_owned())),
                "{text}"
            );
        }
        assert_eq!(cents("1.005"), Err(WordError::Cents("1.005".to_owned())));
        assert_eq!(cents_or_all("all"), Ok(None));
    }

    #[test]
    fn orders_in_one_word_or_more() {
        let two = |price: &str| Ok((Quantity(2), price.to_owned()));
        for text in ["2 @ 66.150", "2@66.150", "2@ 66.150", "2 @66.150"] {
            assert_eq!(quantity_at_price(&words(text)), two("66.150"), "{text}");
        }
        assert_eq!(quantity_at_price(&words("2 @ -1.025")), two("-1.025"));
        assert_eq!(quantity_at_price(&words("2 @ mkt")), two("mkt"));
        for text in ["2", "2 @", "2 66.150"] {
            let error = quantity_at_price(&words(text));
            assert_eq!(error, Err(WordError::NoPrice(text.to_owned())), "{text}");
        }
        for text in [
            "0 @ 66", "-1 @ 66", "+1 @ 66", "two @ 66", "@ 66", "1.5 @ 66",
        ] {
            let error = quantity_at_price(&words(text));
            assert!(matches!(error, Err(WordError::Quantity(_))), "{text}");
        }
        for text in [
            "1 @ MKT",
            "1 @ --1",
            "1 @ 1.",
            "1 @ .5",
            "1 @ 6 @ 7",
            "1 @ 1e3",
        ] {
            let error = quantity_at_price(&words(text));
            assert!(matches!(error, Err(WordError::Price(_))), "{text}");
        }
    }

    #[test]
    fn tried_orders_name_their_side() {
        assert_eq!(what_if(&[], None), Ok(None));
        let order = what_if(&words("sell 3 @ -0.5"), None).unwrap().unwrap();
        assert_eq!((order.side, order.price.as_str()), (Side::Sell, "-0.5"));
        let error = what_if(&words("hold 3 @ 66"), None);
        assert_eq!(error, Err(WordError::Side("hold".to_owned())));
    }
}
