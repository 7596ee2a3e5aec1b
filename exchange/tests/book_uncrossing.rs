//! The uncrossing against an oracle that tries every price and hands out the contracts one by one.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

use proptest::prelude::*;
use std::collections::BTreeMap;
use tally_exchange::book::uncrossing::{AuctionOrder, Uncrossing, UncrossingError, uncross};
use tally_exchange::book::{Book, BookError, RestingOrder};
use tally_exchange::units::{Band, OrderId, Price, Quantity, Side, Time};

const BAND: Band = Band {
    lo: Price(0),
    hi: Price(20),
};

fn order(id: u64, side: Side, limit: i32, quantity: u32, rank: u8) -> AuctionOrder {
    AuctionOrder {
        id: OrderId(id),
        side,
        limit: Price(limit),
        quantity: Quantity(quantity),
        rank: [rank; 32],
    }
}

fn buy(id: u64, limit: i32, quantity: u32) -> AuctionOrder {
    order(id, Side::Buy, limit, quantity, u8::try_from(id).unwrap())
}

fn sell(id: u64, limit: i32, quantity: u32) -> AuctionOrder {
    order(id, Side::Sell, limit, quantity, u8::try_from(id).unwrap())
}

fn price_of(orders: &[AuctionOrder], reference: i32) -> Option<i32> {
    let forwards = uncross(orders, BAND, Price(reference)).unwrap();
    forwards.price.map(|price| price.0)
}

fn accepted(orders: &[AuctionOrder], side: Side, price: Price) -> u64 {
    let accepting = |order: &&AuctionOrder| order.side == side && side.accepts(order.limit, price);
    orders
        .iter()
        .filter(accepting)
        .map(|order| u64::from(order.quantity.0))
        .sum()
}

/// The price by the rules as they are written: filter by one criterion after the other.
fn oracle_price(orders: &[AuctionOrder], band: Band, reference: Price) -> (Option<Price>, u64) {
    let mut prices: Vec<_> = (band.lo.0..=band.hi.0).map(Price).collect();
    let bought = |price| accepted(orders, Side::Buy, price);
    let sold = |price| accepted(orders, Side::Sell, price);
    let volume = |price| bought(price).min(sold(price));
    let most = prices.iter().map(|&price| volume(price)).max().unwrap();
    if most == 0 {
        return (None, 0);
    }
    prices.retain(|&price| volume(price) == most);
    let imbalance = |price| bought(price).abs_diff(sold(price));
    let least = prices.iter().map(|&price| imbalance(price)).min().unwrap();
    prices.retain(|&price| imbalance(price) == least);
    let distance = |price: Price| price.0.abs_diff(reference.0);
    assert!(
        prices.windows(2).all(|pair| pair[1].0 - pair[0].0 == 1),
        "candidates are adjacent"
    );
    let nearest = prices.iter().map(|&price| distance(price)).min().unwrap();
    prices.retain(|&price| distance(price) == nearest);
    assert_eq!(prices.len(), 1, "adjacent candidates leave no tie");
    (prices.first().copied(), most)
}

/// What is left of each order once `volume` contracts have been handed out on each side, one by one.
fn oracle_left(orders: &[AuctionOrder], volume: u64) -> BTreeMap<OrderId, u32> {
    let mut left: BTreeMap<_, _> = orders
        .iter()
        .map(|order| (order.id, order.quantity.0))
        .collect();
    for side in [Side::Buy, Side::Sell] {
        for _ in 0..volume {
            let open = orders
                .iter()
                .filter(|order| order.side == side && left[&order.id] > 0);
            let next = open.min_by_key(|order| {
                let limit = if side == Side::Buy {
                    -order.limit.0
                } else {
                    order.limit.0
                };
                (limit, order.rank, order.id)
            });
            *left.get_mut(&next.unwrap().id).unwrap() -= 1;
        }
    }
    left
}

/// What each order traded.
fn traded(uncrossing: &Uncrossing) -> BTreeMap<OrderId, u64> {
    let mut traded = BTreeMap::new();
    for fill in &uncrossing.fills {
        for id in [fill.resting, fill.incoming] {
            *traded.entry(id).or_default() += u64::from(fill.quantity.0);
        }
    }
    traded
}

/// Puts what is left into an empty book, which must never match it.
fn rest(orders: &[AuctionOrder], uncrossing: &Uncrossing, band: Band) -> Book {
    let mut book = Book::new(band).unwrap();
    for &(id, remaining) in &uncrossing.remainders {
        let AuctionOrder { side, limit, .. } = *orders.iter().find(|order| order.id == id).unwrap();
        book.insert_resting(RestingOrder {
            id,
            side,
            limit,
            remaining,
            time: Time(0),
        })
        .unwrap();
    }
    book
}

fn orders(ticks: i32, most: u32) -> impl Strategy<Value = Vec<AuctionOrder>> {
    // Few ranks, so that some are equal and the identifier decides.
    let order = (any::<bool>(), 0..=ticks, 1..=most, 0_u8..6);
    prop::collection::vec(order, 0..24).prop_map(|orders| {
        (1..)
            .zip(orders)
            .map(|(id, (buy, limit, quantity, rank))| {
                let side = if buy { Side::Buy } else { Side::Sell };
                order_at(id, side, limit, quantity, rank)
            })
            .collect()
    })
}

fn order_at(id: u64, side: Side, limit: i32, quantity: u32, rank: u8) -> AuctionOrder {
    order(id, side, limit - 3, quantity, rank)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn price_and_allocation_are_the_oracles(orders in orders(12, 6), reference in -8_i32..16) {
        let band = Band { lo: Price(-3), hi: Price(9) };
        let uncrossing = uncross(&orders, band, Price(reference)).unwrap();
        let (price, volume) = oracle_price(&orders, band, Price(reference));
        prop_assert_eq!(uncrossing.price, price);
        prop_assert_eq!(uncrossing.volume, volume);
        let left = oracle_left(&orders, volume);
        let mut expected: Vec<_> = orders.iter().filter(|order| left[&order.id] > 0).collect();
        expected.sort_by_key(|order| (order.rank, order.id));
        let expected: Vec<_> = expected.iter().map(|o| (o.id, Quantity(left[&o.id]))).collect();
        prop_assert_eq!(&uncrossing.remainders, &expected);
        let traded = traded(&uncrossing);
        for order in &orders {
            let filled = u64::from(order.quantity.0 - left[&order.id]);
            prop_assert_eq!(traded.get(&order.id).copied().unwrap_or(0), filled);
        }
    }

    #[test]
    fn every_match_is_sound_and_both_sides_trade_the_same(
        orders in orders(12, u32::MAX), reference in any::<i32>()
    ) {
        let band = Band { lo: Price(-3), hi: Price(9) };
        let uncrossing = uncross(&orders, band, Price(reference)).unwrap();
        let find = |id| orders.iter().find(|order| order.id == id).unwrap();
        let mut volume = 0;
        for fill in &uncrossing.fills {
            let (buy, sell) = (find(fill.resting), find(fill.incoming));
            prop_assert_eq!((buy.side, sell.side), (Side::Buy, Side::Sell));
            prop_assert!(fill.quantity.0 > 0);
            prop_assert_eq!(Some(fill.price), uncrossing.price);
            prop_assert!(buy.limit >= fill.price && sell.limit <= fill.price);
            volume += u64::from(fill.quantity.0);
        }
        prop_assert_eq!(volume, uncrossing.volume);
        let traded = traded(&uncrossing);
        let left: BTreeMap<_, _> = uncrossing.remainders.iter().copied().collect();
        for order in &orders {
            let left = left.get(&order.id).map_or(0, |left| u64::from(left.0));
            let traded = traded.get(&order.id).copied().unwrap_or(0);
            prop_assert_eq!(left + traded, u64::from(order.quantity.0));
        }
        let book = rest(&orders, &uncrossing, band);
        let (bid, offer) = (book.best(Side::Buy), book.best(Side::Sell));
        prop_assert!(bid.zip(offer).is_none_or(|(bid, offer)| bid < offer));
        // The best orders were filled first, so in the book nobody overtakes anybody.
        for side in [Side::Buy, Side::Sell] {
            let mut expected: Vec<_> = book.orders_of(side).map(|o| find(o.id)).collect();
            let sequence: Vec<_> = expected.iter().map(|order| order.id).collect();
            expected.sort_by_key(|order| {
                let limit = if side == Side::Buy { -order.limit.0 } else { order.limit.0 };
                (limit, order.rank, order.id)
            });
            let expected: Vec<_> = expected.iter().map(|order| order.id).collect();
            prop_assert_eq!(sequence, expected);
        }
    }

    #[test]
    fn the_sequence_of_the_orders_does_not_matter(
        (orders, shuffled) in orders(12, 9).prop_flat_map(|orders| {
            (Just(orders.clone()), Just(orders).prop_shuffle())
        }),
        reference in -8_i32..16,
    ) {
        let band = Band { lo: Price(-3), hi: Price(9) };
        let first = uncross(&orders, band, Price(reference)).unwrap();
        prop_assert_eq!(uncross(&shuffled, band, Price(reference)).unwrap(), first);
    }
}

#[test]
fn most_contracts_first() {
    // Two trade anywhere from 4 to 10; only at 8 and above does the large seller join.
    let orders = [buy(1, 10, 5), sell(2, 4, 2), sell(3, 8, 3)];
    assert_eq!(price_of(&orders, 4), Some(8));
    assert_eq!(price_of(&orders, 9), Some(9));
}

#[test]
fn then_the_smallest_imbalance() {
    // Three trade from 5 to 9; the buyer at 7 leaves two more unfilled up to 7.
    let orders = [buy(1, 9, 3), buy(2, 7, 2), sell(3, 5, 3)];
    assert_eq!(price_of(&orders, 0), Some(8));
    assert_eq!(price_of(&orders, 20), Some(9));
}

#[test]
fn then_the_nearest_to_the_reference() {
    let orders = [buy(1, 9, 3), sell(2, 5, 3)];
    for (reference, price) in [(i32::MIN, 5), (2, 5), (5, 5), (7, 7), (9, 9), (i32::MAX, 9)] {
        assert_eq!(price_of(&orders, reference), Some(price));
    }
    // Four trade at 6 with one bought too many, and at 8 with one sold too many; at 7 five trade.
    let orders = [buy(1, 8, 4), buy(2, 7, 1), sell(3, 6, 4), sell(4, 7, 1)];
    assert_eq!(price_of(&orders, 0), Some(7));
    // Two trade from 5 to 9, without an imbalance only at 7.
    let orders = [buy(1, 9, 2), buy(2, 6, 2), sell(3, 5, 2), sell(4, 8, 2)];
    assert_eq!(price_of(&orders, 0), Some(7));
    assert_eq!(price_of(&orders, 20), Some(7));
}

#[test]
fn nothing_crosses_nothing_trades() {
    let orders = [sell(4, 9, 2), buy(3, 8, 1), buy(1, 7, 3)];
    let uncrossing = uncross(&orders, BAND, Price(8)).unwrap();
    let expected = [(1, 3), (3, 1), (4, 2)].map(|(id, left)| (OrderId(id), Quantity(left)));
    assert_eq!(uncrossing.price, None);
    assert_eq!((uncrossing.volume, uncrossing.fills.len()), (0, 0));
    assert_eq!(uncrossing.remainders, expected);
    let none = uncross(&[], BAND, Price(8)).unwrap();
    assert_eq!(
        (none.price, none.volume, none.remainders.len()),
        (None, 0, 0)
    );
    let one_sided = uncross(&[buy(1, 20, 1)], BAND, Price(8)).unwrap();
    assert_eq!((one_sided.price, one_sided.remainders.len()), (None, 1));
}

#[test]
fn equal_limits_are_filled_by_rank_and_equal_ranks_by_identifier() {
    let orders = [
        order(1, Side::Buy, 10, 2, 9),
        order(2, Side::Buy, 10, 2, 3),
        order(4, Side::Buy, 10, 2, 5),
        order(3, Side::Buy, 10, 2, 5),
        order(5, Side::Buy, 11, 1, 200),
        order(6, Side::Sell, 10, 6, 0),
    ];
    let uncrossing = uncross(&orders, BAND, Price(10)).unwrap();
    let fills: Vec<_> = uncrossing
        .fills
        .iter()
        .map(|fill| (fill.resting.0, fill.quantity.0))
        .collect();
    assert_eq!(fills, [(5, 1), (2, 2), (3, 2), (4, 1)]);
    let expected = [(4, 1), (1, 2)].map(|(id, left)| (OrderId(id), Quantity(left)));
    assert_eq!(uncrossing.remainders, expected);
}

#[test]
fn sums_above_32_bits_are_exact() {
    let orders = [
        buy(1, 9, u32::MAX),
        buy(2, 9, u32::MAX),
        sell(3, 5, u32::MAX),
        sell(4, 5, u32::MAX),
    ];
    let uncrossing = uncross(&orders, BAND, Price(7)).unwrap();
    assert_eq!(uncrossing.volume, 2 * u64::from(u32::MAX));
    assert!(uncrossing.remainders.is_empty());
}

#[test]
fn what_a_book_would_refuse_is_refused() {
    let error = |orders: &[AuctionOrder], band| uncross(orders, band, Price(0)).unwrap_err();
    let id = OrderId(1);
    let zero = UncrossingError::Refused(BookError::ZeroQuantity { id });
    assert_eq!(error(&[buy(1, 5, 0)], BAND), zero);
    let outside = BookError::OutsideBand {
        id,
        limit: Price(21),
        band: BAND,
    };
    assert_eq!(
        error(&[buy(1, 21, 1)], BAND),
        UncrossingError::Refused(outside)
    );
    let duplicate = UncrossingError::Refused(BookError::DuplicateId { id });
    assert_eq!(
        error(&[buy(1, 5, 1), buy(2, 5, 1), sell(1, 9, 1)], BAND),
        duplicate
    );
    let reversed = Band {
        lo: Price(1),
        hi: Price(0),
    };
    assert!(matches!(
        error(&[], reversed),
        UncrossingError::Refused(BookError::EmptyBand { .. })
    ));
    let many = vec![buy(1, 5, 1); tally_exchange::book::MAX_RESTING_ORDERS + 1];
    let orders = many.len();
    assert_eq!(
        error(&many, BAND),
        UncrossingError::TooManyOrders { orders }
    );
}
