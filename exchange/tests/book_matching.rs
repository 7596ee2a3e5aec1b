//! The rules of the book one by one, on small books that can be followed by hand.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

use tally_exchange::book::{Book, BookError, Fill, Level, NewOrder, Placement, RestingOrder};
use tally_exchange::book::{MAX_BAND_TICKS, MAX_RESTING_ORDERS};
use tally_exchange::units::{Band, OrderId, Price, Quantity, Side, Time, TimeInForce};

const BAND: Band = Band {
    lo: Price(-5),
    hi: Price(20),
};

fn order(id: u64, side: Side, limit: i32, quantity: u32) -> NewOrder {
    NewOrder {
        id: OrderId(id),
        side,
        limit: Price(limit),
        quantity: Quantity(quantity),
        time_in_force: TimeInForce::Day,
        post_only: false,
        time: Time(id * 10),
    }
}

fn buy(id: u64, limit: i32, quantity: u32) -> NewOrder {
    order(id, Side::Buy, limit, quantity)
}

fn sell(id: u64, limit: i32, quantity: u32) -> NewOrder {
    order(id, Side::Sell, limit, quantity)
}

fn immediate(order: NewOrder) -> NewOrder {
    NewOrder {
        time_in_force: TimeInForce::Ioc,
        ..order
    }
}

fn all_or_nothing(order: NewOrder) -> NewOrder {
    NewOrder {
        time_in_force: TimeInForce::Fok,
        ..order
    }
}

fn fill(resting: u64, incoming: u64, price: i32, quantity: u32) -> Fill {
    Fill {
        resting: OrderId(resting),
        incoming: OrderId(incoming),
        price: Price(price),
        quantity: Quantity(quantity),
    }
}

fn submit(book: &mut Book, order: NewOrder) -> (Placement, Vec<Fill>) {
    let mut fills = Vec::new();
    let placement = book.submit(order, &mut fills).unwrap();
    (placement, fills)
}

fn book(orders: &[NewOrder]) -> Book {
    let mut book = Book::new(BAND).unwrap();
    for &order in orders {
        assert_eq!(
            submit(&mut book, order),
            (Placement::Rested(order.quantity), vec![])
        );
    }
    book
}

fn sequence(book: &Book) -> Vec<u64> {
    book.orders().map(|order| order.id.0).collect()
}

#[test]
fn an_order_trades_at_resting_prices_best_price_first_then_first_come() {
    let mut book = book(&[
        sell(1, 12, 2),
        sell(2, 11, 3),
        sell(3, 11, 4),
        sell(4, 13, 9),
    ]);
    let (placement, fills) = submit(&mut book, buy(5, 12, 8));
    assert_eq!(placement, Placement::Filled);
    assert_eq!(
        fills,
        [fill(2, 5, 11, 3), fill(3, 5, 11, 4), fill(1, 5, 12, 1)]
    );
    assert_eq!(book.resting(OrderId(1)).unwrap().remaining, Quantity(1));
    assert_eq!(book.resting(OrderId(2)), None);
    let mut book = self::book(&[buy(1, -3, 2), buy(2, -2, 2)]);
    let (placement, fills) = submit(&mut book, sell(3, -3, 5));
    assert_eq!(fills, [fill(2, 3, -2, 2), fill(1, 3, -3, 2)]);
    assert_eq!(placement, Placement::Rested(Quantity(1)));
    assert_eq!(book.best(Side::Sell), Some(Price(-3)));
    assert_eq!(book.best(Side::Buy), None);
}

#[test]
fn an_immediate_order_expires_what_it_cannot_trade() {
    let mut book = book(&[sell(1, 10, 3), sell(2, 12, 3)]);
    let (placement, fills) = submit(&mut book, immediate(buy(3, 11, 5)));
    assert_eq!(
        (placement, fills),
        (Placement::Expired(Quantity(2)), vec![fill(1, 3, 10, 3)])
    );
    assert_eq!(sequence(&book), [2]);
}

#[test]
fn fill_or_kill_trades_everything_or_nothing() {
    let mut book = book(&[sell(1, 10, 3), sell(2, 12, 3), sell(3, 13, 1)]);
    let before = book.clone();
    assert_eq!(
        submit(&mut book, all_or_nothing(buy(4, 12, 7))),
        (Placement::Killed, vec![])
    );
    assert_eq!(book, before);
    let (placement, fills) = submit(&mut book, all_or_nothing(buy(5, 12, 6)));
    assert_eq!(placement, Placement::Filled);
    assert_eq!(fills, [fill(1, 5, 10, 3), fill(2, 5, 12, 3)]);
    assert_eq!(
        submit(&mut book, all_or_nothing(sell(6, 0, 1))),
        (Placement::Killed, vec![])
    );
}

#[test]
fn post_only_rests_or_is_turned_away() {
    let mut book = book(&[sell(1, 10, 3)]);
    let before = book.clone();
    let post_only = |order| NewOrder {
        post_only: true,
        ..order
    };
    assert_eq!(
        submit(&mut book, post_only(buy(2, 10, 1))),
        (Placement::WouldTake, vec![])
    );
    assert_eq!(book, before);
    let rested = (Placement::Rested(Quantity(1)), vec![]);
    assert_eq!(submit(&mut book, post_only(buy(2, 9, 1))), rested);
    for immediate in [immediate(buy(3, 9, 1)), all_or_nothing(buy(3, 9, 1))] {
        let refused = book.submit(post_only(immediate), &mut Vec::new());
        assert_eq!(
            refused,
            Err(BookError::PostOnlyImmediate { id: OrderId(3) })
        );
    }
}

#[test]
fn a_reduction_keeps_the_place_and_a_replace_loses_it() {
    let mut book = book(&[buy(1, 5, 4), buy(2, 5, 4), buy(3, 5, 4)]);
    assert_eq!(book.reduce(OrderId(1), Quantity(1)), Ok(Quantity(3)));
    assert_eq!(book.quantity_at(Side::Buy, Price(5)), 9);
    assert_eq!(sequence(&book), [1, 2, 3]);
    assert_eq!(book.cancel(OrderId(2)), Some(Quantity(4)));
    submit(&mut book, buy(4, 5, 4));
    assert_eq!(sequence(&book), [1, 3, 4]);
    let (_, fills) = submit(&mut book, sell(5, 5, 6));
    assert_eq!(
        fills,
        [fill(1, 5, 5, 1), fill(3, 5, 5, 4), fill(4, 5, 5, 1)]
    );
}

#[test]
fn a_reduction_never_raises_and_zero_takes_the_order_out() {
    let mut book = book(&[buy(1, 5, 4), buy(2, 5, 1)]);
    let (id, left) = (OrderId(1), Quantity(4));
    let requested = Quantity(5);
    assert_eq!(
        book.reduce(id, requested),
        Err(BookError::WouldRaise {
            id,
            left,
            requested
        })
    );
    assert_eq!(book.reduce(id, left), Ok(Quantity(0)));
    assert_eq!(book.quantity_at(Side::Buy, Price(5)), 5);
    assert_eq!(book.reduce(id, Quantity(0)), Ok(left));
    assert_eq!(
        book.reduce(id, Quantity(0)),
        Err(BookError::NotResting { id })
    );
    assert_eq!(book.cancel(id), None);
    assert_eq!(sequence(&book), [2]);
}

#[test]
fn refused_orders_name_the_field_and_leave_the_book_unchanged() {
    let mut book = book(&[buy(1, 5, 4)]);
    let before = book.clone();
    let id = OrderId(2);
    let outside = |limit| BookError::OutsideBand {
        id,
        limit: Price(limit),
        band: BAND,
    };
    let cases = [
        (buy(2, 21, 1), outside(21)),
        (sell(2, -6, 1), outside(-6)),
        (sell(2, i32::MIN, 1), outside(i32::MIN)),
        (immediate(buy(2, i32::MAX, 1)), outside(i32::MAX)),
        (sell(2, 5, 0), BookError::ZeroQuantity { id }),
        (sell(1, 5, 1), BookError::DuplicateId { id: OrderId(1) }),
    ];
    for (order, error) in cases {
        let mut fills = Vec::new();
        assert_eq!(book.check(&order), Err(error));
        assert_eq!(book.submit(order, &mut fills), Err(error));
        assert!(fills.is_empty());
        assert_eq!(book, before);
    }
    let text = outside(21).to_string();
    assert!(
        text.contains("21") && text.contains("-5..=20") && text.contains("order 2"),
        "{text}"
    );
}

#[test]
fn an_inserted_order_must_not_trade() {
    let mut book = book(&[sell(1, 10, 3)]);
    let rest = |limit| {
        let (id, side) = (OrderId(2), Side::Buy);
        RestingOrder {
            id,
            side,
            limit: Price(limit),
            remaining: Quantity(1),
            time: Time(0),
        }
    };
    let (id, limit, opposite) = (OrderId(2), Price(11), Price(10));
    assert_eq!(
        book.insert_resting(rest(11)),
        Err(BookError::WouldMatch {
            id,
            limit,
            opposite
        })
    );
    assert!(book.insert_resting(rest(10)).is_err());
    assert_eq!(sequence(&book), [1]);
    assert_eq!(book.insert_resting(rest(9)), Ok(()));
    assert_eq!(book.resting(OrderId(2)), Some(rest(9)));
}

#[test]
fn bands_are_bounded_and_every_edge_is_usable() {
    let band = |lo, hi| Band {
        lo: Price(lo),
        hi: Price(hi),
    };
    assert!(matches!(
        Book::new(band(1, 0)),
        Err(BookError::EmptyBand { .. })
    ));
    let ticks = i32::try_from(MAX_BAND_TICKS).unwrap();
    assert!(matches!(
        Book::new(band(0, ticks)),
        Err(BookError::BandTooWide { .. })
    ));
    let full = Book::new(band(i32::MIN, i32::MAX)).unwrap_err();
    assert!(matches!(
        full,
        BookError::BandTooWide {
            ticks: 0x1_0000_0000,
            ..
        }
    ));
    let widest = [band(0, ticks - 1), band(i32::MIN, i32::MIN + ticks - 1)];
    let edges = [
        band(i32::MAX - ticks + 1, i32::MAX),
        band(i32::MAX, i32::MAX),
        band(-7, -7),
    ];
    for band in widest.into_iter().chain(edges) {
        let mut book = Book::new(band).unwrap();
        submit(&mut book, sell(1, band.hi.0, 2));
        assert_eq!(book.protection_price(Side::Buy, u32::MAX), Some(band.hi));
        assert_eq!(book.best(Side::Sell), Some(band.hi));
        let (placement, fills) = submit(&mut book, buy(2, band.hi.0, 3));
        assert_eq!(placement, Placement::Rested(Quantity(1)));
        assert_eq!(fills, [fill(1, 2, band.hi.0, 2)]);
        assert_eq!(
            submit(&mut book, immediate(sell(3, band.lo.0, 2))).1.len(),
            1
        );
        submit(&mut book, buy(4, band.lo.0, 1));
        assert_eq!(book.protection_price(Side::Sell, u32::MAX), Some(band.lo));
        assert_eq!(book.quantity_at(Side::Buy, band.lo), 1);
    }
}

#[test]
fn a_market_order_is_protected_and_stays_in_the_band() {
    let book = book(&[sell(1, 8, 3), buy(2, 2, 1)]);
    assert_eq!(book.protection_price(Side::Buy, 5), Some(Price(13)));
    assert_eq!(book.protection_price(Side::Buy, 13), Some(BAND.hi));
    assert_eq!(book.protection_price(Side::Sell, 3), Some(Price(-1)));
    assert_eq!(book.protection_price(Side::Sell, u32::MAX), Some(BAND.lo));
    assert_eq!(
        self::book(&[sell(1, 8, 3)]).protection_price(Side::Sell, 3),
        None
    );
}

#[test]
fn settlement_counts_only_orders_that_rested_long_enough() {
    let mut book = book(&[sell(1, 8, 1), sell(2, 7, 1), sell(3, 7, 1), sell(4, 6, 1)]);
    assert_eq!(book.best_rested(Side::Sell, Time(9)), None);
    assert_eq!(book.best_rested(Side::Sell, Time(10)), Some(Price(8)));
    assert_eq!(book.best_rested(Side::Sell, Time(39)), Some(Price(7)));
    assert_eq!(book.best_rested(Side::Sell, Time(40)), Some(Price(6)));
    assert_eq!(book.best_rested(Side::Buy, Time(40)), None);
    // The time of posting counts, even behind a younger order.
    let old = RestingOrder {
        id: OrderId(9),
        side: Side::Sell,
        limit: Price(6),
        remaining: Quantity(1),
        time: Time(5),
    };
    book.insert_resting(old).unwrap();
    assert_eq!(book.best_rested(Side::Sell, Time(9)), Some(Price(6)));
}

#[test]
fn a_level_can_hold_more_than_32_bits_of_contracts() {
    let mut book = book(&[buy(1, 5, u32::MAX), buy(2, 5, u32::MAX), buy(3, 4, 1)]);
    let quantity = 2 * u64::from(u32::MAX);
    assert_eq!(book.quantity_at(Side::Buy, Price(5)), quantity);
    let levels = [
        Level {
            price: Price(5),
            quantity,
            orders: 2,
        },
        Level {
            price: Price(4),
            quantity: 1,
            orders: 1,
        },
    ];
    assert_eq!(book.depth(Side::Buy, 9), levels);
    assert_eq!(book.depth(Side::Buy, 1), levels[..1]);
    let sweep = all_or_nothing(sell(4, 5, u32::MAX));
    assert_eq!(submit(&mut book, sweep).0, Placement::Filled);
    assert_eq!(book.quantity_at(Side::Buy, Price(5)), u64::from(u32::MAX));
}

#[test]
fn cancel_all_reports_every_order_and_leaves_an_empty_book() {
    let mut book = book(&[
        buy(1, 3, 1),
        sell(2, 9, 2),
        buy(3, 4, 3),
        sell(4, 8, 4),
        buy(5, 4, 5),
    ]);
    let expected = [(3, 3), (5, 5), (1, 1), (4, 4), (2, 2)];
    assert_eq!(
        book.cancel_all(),
        expected.map(|(id, left)| (OrderId(id), Quantity(left)))
    );
    assert_eq!(book, Book::new(BAND).unwrap());
    assert_eq!(book.cancel_all(), []);
    assert_eq!(
        submit(&mut book, buy(1, 3, 1)).0,
        Placement::Rested(Quantity(1))
    );
    assert_eq!((book.len(), book.is_empty()), (1, false));
}

#[test]
fn a_full_book_takes_immediate_orders_and_cancellations_only() {
    let mut book = Book::new(BAND).unwrap();
    let last = MAX_RESTING_ORDERS as u64;
    let mut fills = Vec::new();
    for id in 1..=last {
        book.submit(buy(id, 5, 2), &mut fills).unwrap();
    }
    assert_eq!(book.room(), 0);
    let id = OrderId(last + 1);
    assert_eq!(
        book.submit(buy(id.0, 5, 1), &mut fills),
        Err(BookError::Full { id })
    );
    assert_eq!(
        book.submit(sell(id.0, 5, 9), &mut fills),
        Err(BookError::Full { id })
    );
    assert!(fills.is_empty());
    assert_eq!(
        submit(&mut book, immediate(sell(id.0, 5, 1))).0,
        Placement::Filled
    );
    assert_eq!(book.room(), 0);
    assert_eq!(book.cancel(OrderId(last / 2)), Some(Quantity(2)));
    assert_eq!(book.room(), 1);
    assert_eq!(
        submit(&mut book, buy(id.0, 5, 1)).0,
        Placement::Rested(Quantity(1))
    );
    assert_eq!(book.quantity_at(Side::Buy, Price(5)), 2 * last - 2);
}
