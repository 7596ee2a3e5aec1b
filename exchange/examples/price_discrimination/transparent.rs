//! The market that the attack was made for: everybody's inventory is visible, positions are marked at the mid of the book,
//! and whoever is worth less than nothing at the mid is cashed out at once.

use std::collections::BTreeMap;

/// Cash and position of one trader, in the units of the literature: whole dollars, whole contracts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    pub cash: i64,
    pub position: i64,
}

/// A limit order: who, at what price, how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    pub owner: &'static str,
    pub price: i64,
    pub quantity: i64,
}

/// A transparent order book with mid marking.
#[derive(Clone, Debug, Default)]
pub struct TransparentMarket {
    pub inventories: BTreeMap<&'static str, Inventory>,
    pub bids: Vec<Quote>,
    pub offers: Vec<Quote>,
    pub cashed_out: Vec<&'static str>,
}

impl TransparentMarket {
    /// The mid of the best bid and the best offer, rounded down.
    pub fn mid(&self) -> Option<i64> {
        let bid = self.bids.iter().map(|quote| quote.price).max()?;
        let offer = self.offers.iter().map(|quote| quote.price).min()?;
        Some((bid + offer).div_euclid(2))
    }

    /// What a trader is worth at the mid.
    pub fn net(&self, trader: &'static str) -> Option<i64> {
        let Inventory { cash, position } = *self.inventories.get(trader)?;
        Some(cash + position * self.mid()?)
    }

    /// Rests a bid, and marks everybody.
    pub fn bid(&mut self, quote: Quote) {
        self.bids.push(quote);
        self.mark_everybody();
    }

    /// Withdraws all bids of a trader.
    pub fn withdraw_bids(&mut self, owner: &'static str) {
        self.bids.retain(|quote| quote.owner != owner);
    }

    /// Buys the whole best offer, and marks everybody.
    pub fn buy_best_offer(&mut self, buyer: &'static str) {
        let Some(best) = self.offers.iter().copied().min_by_key(|quote| quote.price) else {
            return;
        };
        self.offers.retain(|quote| *quote != best);
        let value = best.price * best.quantity;
        self.change(buyer, -value, best.quantity);
        self.change(best.owner, value, -best.quantity);
        self.mark_everybody();
    }

    fn change(&mut self, trader: &'static str, cash: i64, position: i64) {
        let inventory = self.inventories.entry(trader).or_default();
        inventory.cash += cash;
        inventory.position += position;
    }

    /// Cashes out whoever is worth less than nothing at the mid.
    fn mark_everybody(&mut self) {
        let Some(mid) = self.mid() else { return };
        for (trader, inventory) in &mut self.inventories {
            if inventory.position != 0 && inventory.cash + inventory.position * mid < 0 {
                inventory.cash += inventory.position * mid;
                inventory.position = 0;
                self.cashed_out.push(trader);
            }
        }
    }
}

/// The opening situation: Alice has 1,400 and is short 90, the mid is 10.
pub fn opening() -> TransparentMarket {
    let inventory = |cash, position| Inventory { cash, position };
    TransparentMarket {
        inventories: BTreeMap::from([
            ("Alice", inventory(1_400, -90)),
            ("Bob", inventory(5_000, 90)),
            ("Carol", inventory(5_000, 0)),
            ("Eve", inventory(5_000, 0)),
        ]),
        bids: vec![Quote {
            owner: "Bob",
            price: 9,
            quantity: 10,
        }],
        offers: vec![
            Quote {
                owner: "Bob",
                price: 11,
                quantity: 10,
            },
            Quote {
                owner: "Bob",
                price: 17,
                quantity: 10,
            },
        ],
        cashed_out: Vec::new(),
    }
}
