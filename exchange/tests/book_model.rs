//! The book against a naive reference model over long random histories.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

mod book_reference;

use book_reference::Reference;
use book_reference::history::{Draft, Step, history};
use proptest::prelude::*;
use tally_exchange::book::{Book, Fill, NewOrder, Placement, RestingOrder};
use tally_exchange::units::{Band, OrderId, Price, Quantity, Side, Time, TimeInForce};

/// The contracts that went in and where they are now.
#[derive(Default)]
struct Account {
    submitted: u64,
    filled: u64,
    cancelled: u64,
    expired: u64,
}

struct Pair {
    book: Book,
    reference: Reference,
    ids: Vec<OrderId>,
    account: Account,
}

impl Pair {
    fn new(band: Band) -> Self {
        let (book, reference) = (Book::new(band).unwrap(), Reference::new(band));
        Self {
            book,
            reference,
            ids: vec![OrderId(7)],
            account: Account::default(),
        }
    }

    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Submit {
                order,
                time_in_force,
                post_only,
            } => {
                let order = NewOrder {
                    time_in_force,
                    post_only,
                    ..self.give_id(order)
                };
                self.submit(order);
            }
            Step::Market {
                side,
                quantity,
                ticks,
            } => self.market(side, quantity, ticks),
            Step::Insert(draft) => {
                let NewOrder {
                    id,
                    side,
                    limit,
                    quantity: remaining,
                    time,
                    ..
                } = self.give_id(draft);
                self.insert(RestingOrder {
                    id,
                    side,
                    limit,
                    remaining,
                    time,
                });
            }
            Step::Cancel(order) => self.cancel(*order.get(&self.ids)),
            Step::Reduce(order, left) => self.reduce(*order.get(&self.ids), Quantity(left)),
            Step::Replace(order, draft) => {
                self.cancel(*order.get(&self.ids));
                let order = self.give_id(draft);
                self.submit(order);
            }
            Step::Repeat(order, draft) => {
                let id = *order.get(&self.ids);
                let order = NewOrder {
                    id,
                    ..self.give_id(draft)
                };
                self.submit(order);
            }
            Step::Restore => self.book = borsh::from_slice(&snapshot(&self.book)).unwrap(),
            Step::CancelAll => {
                let cancelled = self.book.cancel_all();
                assert_eq!(cancelled, self.reference.cancel_all());
                self.account.cancelled += cancelled
                    .iter()
                    .map(|(_, left)| u64::from(left.0))
                    .sum::<u64>();
            }
        }
    }

    fn give_id(
        &mut self,
        Draft {
            side,
            offset,
            quantity,
            gap,
            age,
        }: Draft,
    ) -> NewOrder {
        let id = OrderId(self.ids.last().unwrap().0 + 1 + gap);
        self.ids.push(id);
        NewOrder {
            id,
            side,
            limit: Price(self.reference.band.lo.0 + offset),
            quantity: Quantity(quantity),
            time_in_force: TimeInForce::Day,
            post_only: false,
            time: Time(1_000 + id.0 - age),
        }
    }

    fn submit(&mut self, order: NewOrder) {
        let before = snapshot(&self.book);
        let mut fills = vec![SENTINEL];
        let checked = self.book.check(&order);
        let placement = self.book.submit(order, &mut fills);
        assert_eq!(fills.remove(0), SENTINEL, "fills are appended");
        let expected = self.reference.submit(&order);
        assert_eq!(checked.err(), placement.err());
        assert_eq!(
            placement.map(|placement| (placement, fills.clone())),
            expected
        );
        let Ok(placement) = placement else {
            assert_eq!(
                before,
                snapshot(&self.book),
                "a refused order changes nothing"
            );
            return;
        };
        let traded: u64 = fills.iter().map(|fill| u64::from(fill.quantity.0)).sum();
        self.account.submitted += u64::from(order.quantity.0);
        self.account.filled += 2 * traded;
        match placement {
            Placement::Rested(left) => {
                assert_eq!(self.book.resting(order.id).unwrap().remaining, left);
            }
            Placement::Filled => assert_eq!(traded, u64::from(order.quantity.0)),
            Placement::Expired(left) => self.account.expired += u64::from(left.0),
            Placement::Killed | Placement::WouldTake => {
                self.account.expired += u64::from(order.quantity.0);
                assert_eq!(
                    before,
                    snapshot(&self.book),
                    "an order that is not placed changes nothing"
                );
            }
        }
    }

    fn market(&mut self, side: Side, quantity: u32, ticks: u32) {
        let limit = self.book.protection_price(side, ticks);
        assert_eq!(limit, self.reference.protection_price(side, ticks));
        if let Some(limit) = limit {
            let draft = Draft {
                side,
                offset: 0,
                quantity,
                gap: 0,
                age: 0,
            };
            let order = self.give_id(draft);
            self.submit(NewOrder {
                limit,
                time_in_force: TimeInForce::Ioc,
                ..order
            });
        }
    }

    fn insert(&mut self, order: RestingOrder) {
        let inserted = self.book.insert_resting(order);
        assert_eq!(inserted, self.reference.insert_resting(order));
        if inserted.is_ok() {
            self.account.submitted += u64::from(order.remaining.0);
        }
    }

    fn cancel(&mut self, id: OrderId) {
        let cancelled = self.book.cancel(id);
        assert_eq!(cancelled, self.reference.cancel(id));
        self.account.cancelled += cancelled.map_or(0, |left| u64::from(left.0));
    }

    /// Reduces, and checks that whoever is left waits in the same sequence as before.
    fn reduce(&mut self, id: OrderId, left: Quantity) {
        let mut before: Vec<_> = self.book.orders().map(|order| order.id).collect();
        let reduced = self.book.reduce(id, left);
        assert_eq!(reduced, self.reference.reduce(id, left));
        self.account.cancelled += reduced.map_or(0, |released| u64::from(released.0));
        before.retain(|&other| left.0 > 0 || reduced.is_err() || other != id);
        assert!(self.book.orders().map(|order| order.id).eq(before));
    }

    /// Everything the book shows against the model, and what must always hold.
    fn compare(&self) {
        let Self {
            book,
            reference,
            account,
            ..
        } = self;
        for side in [Side::Buy, Side::Sell] {
            assert!(book.orders_of(side).eq(reference.queue(side)));
            assert_eq!(
                book.depth(side, usize::MAX),
                reference.depth(side, usize::MAX)
            );
            assert_eq!(book.depth(side, 2), reference.depth(side, 2));
            assert_eq!(book.best(side), reference.best(side));
            for price in (reference.band.lo.0 - 1..=reference.band.hi.0 + 1).map(Price) {
                let level = reference
                    .depth(side, usize::MAX)
                    .into_iter()
                    .find(|level| level.price == price);
                assert_eq!(
                    book.quantity_at(side, price),
                    level.map_or(0, |level| level.quantity)
                );
            }
            let newest = self.ids.last().unwrap().0 + 1_000;
            for cutoff in [0, newest - 5_000.min(newest), newest - 20, newest].map(Time) {
                assert_eq!(
                    book.best_rested(side, cutoff),
                    reference.best_rested(side, cutoff)
                );
            }
        }
        assert_eq!(book.len(), reference.orders.len());
        assert_eq!(book.is_empty(), reference.orders.is_empty());
        for &id in &self.ids {
            let order = reference.orders.iter().find(|order| order.id == id);
            assert_eq!(book.resting(id).as_ref(), order);
        }
        if let (Some(bid), Some(offer)) = (book.best(Side::Buy), book.best(Side::Sell)) {
            assert!(bid < offer, "crossed: bid {bid}, offer {offer}");
        }
        let resting: u64 = book
            .orders()
            .map(|order| u64::from(order.remaining.0))
            .sum();
        assert_eq!(
            account.submitted,
            account.filled + resting + account.cancelled + account.expired
        );
    }
}

/// Stands in front of the fills of a submission: they must be appended.
const SENTINEL: Fill = Fill {
    resting: OrderId(0),
    incoming: OrderId(0),
    price: Price(0),
    quantity: Quantity(0),
};

fn snapshot(book: &Book) -> Vec<u8> {
    borsh::to_vec(book).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn book_and_reference_agree_on_every_history((band, steps) in history()) {
        let mut pair = Pair::new(band);
        for step in &steps {
            pair.apply(step);
            pair.compare();
        }
    }

    /// A restored book and the original give the same answers to the same orders from then on.
    #[test]
    fn a_restored_book_continues_identically((band, steps) in history(), cut in any::<prop::sample::Index>()) {
        let mut pair = Pair::new(band);
        let (before, after) = steps.split_at(cut.index(steps.len()));
        for step in before {
            pair.apply(step);
        }
        let bytes = snapshot(&pair.book);
        let mut restored: Book = borsh::from_slice(&bytes).unwrap();
        assert_eq!(restored, pair.book);
        assert_eq!(snapshot(&restored), bytes);
        for step in after {
            if let Step::Submit { order, time_in_force, post_only } = *step {
                let order = NewOrder { time_in_force, post_only, ..pair.give_id(order) };
                let (mut here, mut there) = (Vec::new(), Vec::new());
                let placement = pair.book.submit(order, &mut here);
                assert_eq!(restored.submit(order, &mut there), placement);
                assert_eq!(here, there);
            } else if let Step::Cancel(order) = step {
                let id = *order.get(&pair.ids);
                assert_eq!(restored.cancel(id), pair.book.cancel(id));
            }
            assert_eq!(snapshot(&restored), snapshot(&pair.book));
        }
        assert_eq!(restored.cancel_all(), pair.book.cancel_all());
    }
}
