//! The books as somebody who knows all secrets keeps them: no cent is made or lost.

use super::exchange::TestExchange;
use super::trader::TestTrader;
use tally_exchange::record::Record;

impl TestExchange {
    /// Deposits less withdrawals are what notes, records, fund, clearing account, bonds and waiting transfers hold, and
    /// the haircuts taken; and positions add up to nothing. `traders` are all there are.
    pub fn check_books(&self, traders: &[&TestTrader]) {
        let market = &self.market;
        let (mut cash, mut position) = (0_i128, 0_i64);
        let next = market
            .next_tree()
            .map_or(market.epoch(), |_| market.epoch() + 1);
        for trader in traders.iter().filter(|trader| trader.leaf.is_some()) {
            let is_present = trader.epoch >= market.epoch() && trader.epoch <= next;
            if is_present {
                cash += i128::from(trader.note.cash);
                position += i64::from(trader.note.position);
            } else {
                cash += self.owed(trader);
            }
        }
        for (_, record) in market.records() {
            let (fills_cash, contracts) = self.uncredited(record);
            cash += fills_cash;
            position += contracts;
        }
        let funds = market.funds();
        let waiting: u64 = market.transfers().values().map(|t| t.amount).sum();
        let held = cash
            + i128::from(funds.insurance)
            + i128::from(market.clearing().cash)
            + i128::from(market.seats().total())
            + i128::from(waiting)
            + self.haircuts;
        assert_eq!(
            i128::from(funds.deposits - funds.withdrawals),
            held,
            "cents"
        );
        assert_eq!(position + market.clearing().position, 0, "contracts");
    }

    /// Cash and contracts of the fills of a record that no note has yet; in a closed epoch at its price.
    fn uncredited(&self, record: &Record) -> (i128, i64) {
        let money = self.market.money();
        let (mut cash, mut position) = (0, 0);
        for fill in &record.fills {
            let deltas = money.fill(record.terms.side, *fill).expect("small");
            cash += i128::from(deltas.cash);
            position += deltas.position;
        }
        match self.market.closed_epoch(record.epoch) {
            Some(closed) if record.epoch < self.market.epoch() => {
                let price = i128::from(money.notional(closed.terms().price));
                (cash + i128::from(position) * price, 0)
            }
            _ => (cash, position),
        }
    }
}
