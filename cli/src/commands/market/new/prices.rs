//! The words of `--settlement`.

use crate::exit::UsageError;
use std::collections::BTreeMap;
use tally_exchange::specification::Specification;
use tally_exchange::units::Price;

/// Prior settlements of contract months.
#[derive(Debug)]
pub struct Prices {
    of_all: Option<Price>,
    own: BTreeMap<String, Price>,
}

impl Prices {
    /// Reads `PRICE`, for all contract months, and `SYMBOL=PRICE`, for one of `symbols`.
    pub fn read(
        specification: &Specification,
        symbols: &[&str],
        words: &[String],
    ) -> Result<Self, UsageError> {
        let mut prices = Self {
            of_all: None,
            own: BTreeMap::new(),
        };
        for word in words {
            let (symbol, text) = match word.split_once('=') {
                Some((symbol, text)) => (Some(symbol), text),
                None => (None, word.as_str()),
            };
            let price = specification
                .parse_price(text)
                .map_err(|error| UsageError::Settlement(word.chars().take(40).collect(), error))?;
            let before = match symbol {
                None => prices.of_all.replace(price),
                Some(symbol) if symbols.contains(&symbol) => {
                    prices.own.insert(symbol.to_owned(), price)
                }
                Some(symbol) => {
                    let symbol = symbol.chars().take(40).collect();
                    return Err(UsageError::Market(symbol, symbols.join(", ")));
                }
            };
            if before.is_some() {
                return Err(UsageError::SettlementTwice(
                    symbol.unwrap_or("all contract months").to_owned(),
                ));
            }
        }
        Ok(prices)
    }

    /// The price of a contract month.
    pub fn of(&self, symbol: &str) -> Result<Price, UsageError> {
        let own = self.own.get(symbol).copied();
        own.or(self.of_all)
            .ok_or_else(|| UsageError::NoSettlement(symbol.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Prices, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let symbols = ["HEG7", "HEJ7"];
        Prices::read(&Specification::lean_hogs(), &symbols, &words).map_err(|e| e.to_string())
    }

    #[test]
    fn for_all_and_for_one() {
        let prices = read(&["66.15", "HEJ7=70"]).unwrap();
        assert_eq!(prices.of("HEG7").unwrap(), Price(2_646));
        assert_eq!(prices.of("HEJ7").unwrap(), Price(2_800));
        let only = read(&["HEJ7=-1.025"]).unwrap();
        assert_eq!(only.of("HEJ7").unwrap(), Price(-41));
        assert!(only.of("HEG7").unwrap_err().to_string().contains("HEG7="));
    }

    #[test]
    fn words_that_do_not_fit() {
        for (words, parts) in [
            (&["66.151"][..], &["66.151", "66.150", "66.175"][..]),
            (&["HEG7=x"], &["HEG7=x", "decimal number"]),
            (&["HEG7="], &["decimal number"]),
            (&["=66"], &["choose one of HEG7, HEJ7"]),
            (&["66", "HEK7=66"], &["HEK7", "choose one of HEG7, HEJ7"]),
            (&["66", "67"], &["twice", "all contract months"]),
            (&["HEG7=66", "HEG7=66"], &["twice", "HEG7"]),
        ] {
            let error = read(words).unwrap_err();
            for part in parts {
                assert!(error.contains(part), "{part:?} missing: {error}");
            }
        }
    }
}
