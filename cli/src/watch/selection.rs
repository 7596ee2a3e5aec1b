//! What is selected: a price level, which keeps its price while the book moves, and an order.

use super::app::{App, Focus};
use crate::text::decimal::millionths;
use tally_client::reply::LevelLine;
use tally_exchange::units::{OrderId, Side};

impl App {
    /// All price levels from the highest ask to the lowest bid.
    pub fn levels(&self) -> Vec<(Side, &LevelLine)> {
        let Some(screen) = &self.screen else {
            return Vec::new();
        };
        let asks = screen
            .book
            .asks
            .iter()
            .rev()
            .map(|level| (Side::Sell, level));
        let bids = screen.book.bids.iter().map(|level| (Side::Buy, level));
        asks.chain(bids).collect()
    }

    /// Place of the selected level among all of them: if its price is gone, of the nearest one.
    pub fn selected_index(&self) -> Option<usize> {
        let (side, price) = self.level.as_ref()?;
        let wanted = millionths(price)?;
        let levels = self.levels();
        let distance = |(index, (of, level)): (usize, &(Side, &LevelLine))| {
            let distance = millionths(&level.price)?.abs_diff(wanted);
            Some((distance, of != side, index))
        };
        let nearest = levels.iter().enumerate().filter_map(distance).min()?;
        Some(nearest.2)
    }

    /// The selected level.
    pub fn selected_level(&self) -> Option<(Side, &LevelLine)> {
        self.levels().get(self.selected_index()?).copied()
    }

    /// Moves the selection in the list that has the focus.
    pub fn select(&mut self, down: bool) {
        match self.focus {
            Focus::Book => self.select_level(down),
            Focus::Orders => self.select_order(down),
        }
    }

    fn select_level(&mut self, down: bool) {
        let levels = self.levels();
        let asks = levels
            .iter()
            .filter(|(side, _)| *side == Side::Sell)
            .count();
        let index = match (self.selected_index(), down) {
            (Some(index), true) => index + 1,
            (Some(index), false) => index.saturating_sub(1),
            // From the middle: the best bid, or the best ask.
            (None, true) => asks,
            (None, false) => asks.saturating_sub(1),
        };
        let index = index.min(levels.len().saturating_sub(1));
        let chosen = levels.get(index);
        self.level = chosen.map(|(side, level)| (*side, level.price.clone()));
    }

    fn select_order(&mut self, down: bool) {
        let Some(screen) = &self.screen else {
            return;
        };
        let orders = &screen.orders;
        let place = orders
            .iter()
            .position(|order| Some(order.order) == self.order);
        let index = match (place, down) {
            (None, _) => 0,
            (Some(index), true) => (index + 1).min(orders.len().saturating_sub(1)),
            (Some(index), false) => index.saturating_sub(1),
        };
        self.order = orders.get(index).map(|order| order.order);
    }

    /// The orders that a cancel is meant for: the selected one, or own ones at the selected level.
    pub fn to_cancel(&self) -> Vec<OrderId> {
        let Some(screen) = &self.screen else {
            return Vec::new();
        };
        if self.focus == Focus::Orders {
            return self.order.into_iter().collect();
        }
        let Some((side, level)) = self.selected_level() else {
            return Vec::new();
        };
        let at_level = screen.orders.iter();
        let at_level = at_level.filter(|order| order.side == side && order.price == level.price);
        at_level.map(|order| order.order).collect()
    }
}
