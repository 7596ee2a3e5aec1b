//! What must hold at any time: notes, records, book and sums, compared with the model.

use super::simulation::Simulation;
use super::steps::TRADERS;
use tally_exchange::receipt::Phase;
use tally_exchange::units::{Price, Side};

impl Simulation {
    /// Everything that must hold at any time.
    pub fn check(&self) {
        let band = self.exchange.market.band_cents();
        for (owner, trader) in self.traders.iter().enumerate() {
            let mut expected = self.model.note(owner);
            expected.rho = trader.note.rho;
            assert!(
                trader.note == expected,
                "a note is not what the events make it"
            );
            self.model.assert_solvent(owner, &band);
        }
        self.check_records();
        self.check_sums();
    }

    fn check_records(&self) {
        let market = &self.exchange.market;
        let mut resting = 0;
        for (id, order) in &self.model.orders {
            let record = market.record(*id);
            assert_eq!(record.is_none(), order.gone);
            let left = order.total - order.filled();
            let in_book = market
                .book()
                .resting(*id)
                .map(|resting| (resting.remaining.0, resting.limit));
            if order.live && market.phase() != Phase::PreOpen {
                assert_eq!(in_book, Some((left, order.limit())));
                resting += 1;
            } else {
                assert_eq!(in_book, None);
            }
            let Some(record) = record else { continue };
            assert_eq!(
                (record.tag, record.terms, record.status.is_live()),
                (order.tag, order.terms, order.live)
            );
            assert_eq!(
                (record.total.0, record.filled.0, record.reserved.0),
                (order.total, order.filled(), order.reserved)
            );
            assert_eq!(
                (record.credited as usize, record.fill_count() as usize),
                (order.credited, order.fills.len())
            );
        }
        assert_eq!(
            market.book().len(),
            resting,
            "nobody rests who is not known"
        );
        let best = [Side::Buy, Side::Sell].map(|side| market.book().best(side));
        if let [Some(bid), Some(ask)] = best {
            assert!(bid < ask, "the book is crossed");
        }
        for price in best.into_iter().flatten() {
            assert!(market.band().contains(Price(price.0)));
        }
    }

    fn check_sums(&self) {
        let notes: Vec<_> = (0..TRADERS)
            .map(|owner| self.model.note_with_all_fills(owner))
            .collect();
        assert_eq!(
            notes.iter().map(|note| note.position).sum::<i32>(),
            0,
            "positions sum to zero"
        );
        let cash: i64 = notes.iter().map(|note| note.cash).sum();
        let funds = self.exchange.market.funds();
        assert_eq!(
            cash + funds.insurance,
            funds.deposits - funds.withdrawals,
            "cash is conserved"
        );
    }
}
