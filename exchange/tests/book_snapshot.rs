//! The snapshot decoder: one encoding for every book, everything else refused, nothing panics.

#![allow(clippy::unwrap_used)] // A test may panic: that is how it fails.

use borsh::io::ErrorKind;
use proptest::prelude::*;
use tally_exchange::book::{Book, BookError, NewOrder, RestingOrder, SnapshotError};
use tally_exchange::book::{MAX_BAND_TICKS, MAX_RESTING_ORDERS};
use tally_exchange::units::{Band, OrderId, Price, Quantity, Side, Time, TimeInForce};

/// Identifier, limit, remaining quantity, time.
type Row = (u64, i32, u32, u64);

/// Snapshot bytes written by hand, from the documented layout.
fn bytes(lo: i32, hi: i32, bids: &[Row], offers: &[Row]) -> Vec<u8> {
    let mut bytes = [lo.to_le_bytes(), hi.to_le_bytes()].concat();
    for rows in [bids, offers] {
        bytes.extend(u32::try_from(rows.len()).unwrap().to_le_bytes());
        for (id, limit, remaining, time) in rows {
            bytes.extend(id.to_le_bytes());
            bytes.extend(limit.to_le_bytes());
            bytes.extend(remaining.to_le_bytes());
            bytes.extend(time.to_le_bytes());
        }
    }
    bytes
}

fn decode(bytes: &[u8]) -> borsh::io::Result<Book> {
    borsh::from_slice(bytes)
}

/// The reason for which a well-formed snapshot is refused.
fn refusal(bytes: &[u8]) -> SnapshotError {
    let error = decode(bytes).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    *error
        .into_inner()
        .unwrap()
        .downcast::<SnapshotError>()
        .unwrap()
}

#[test]
fn the_layout_is_the_documented_one() {
    let written = bytes(
        0,
        9,
        &[(4, 5, 2, 40), (6, 5, 1, 30), (1, 3, 7, 10)],
        &[(2, 8, 3, 20)],
    );
    let book = decode(&written).unwrap();
    assert_eq!(
        book.band(),
        Band {
            lo: Price(0),
            hi: Price(9)
        }
    );
    let ids: Vec<_> = book.orders().map(|order| order.id.0).collect();
    assert_eq!(ids, [4, 6, 1, 2]);
    let third = RestingOrder {
        id: OrderId(1),
        side: Side::Buy,
        limit: Price(3),
        remaining: Quantity(7),
        time: Time(10),
    };
    assert_eq!(book.resting(OrderId(1)), Some(third));
    assert_eq!(borsh::to_vec(&book).unwrap(), written);
}

#[test]
fn what_the_book_refuses_is_refused_in_a_snapshot() {
    let refused = |bids: &[Row], offers: &[Row]| refusal(&bytes(0, 9, bids, offers));
    let id = OrderId(1);
    let band = Band {
        lo: Price(0),
        hi: Price(9),
    };
    let crossed = BookError::WouldMatch {
        id,
        limit: Price(5),
        opposite: Price(5),
    };
    assert_eq!(
        refused(&[(2, 5, 1, 0)], &[(1, 5, 1, 0)]),
        SnapshotError::Refused(crossed)
    );
    let crossed = BookError::WouldMatch {
        id,
        limit: Price(4),
        opposite: Price(5),
    };
    assert_eq!(
        refused(&[(2, 5, 1, 0)], &[(1, 4, 1, 0)]),
        SnapshotError::Refused(crossed)
    );
    let duplicate = SnapshotError::Refused(BookError::DuplicateId { id });
    assert_eq!(refused(&[(1, 5, 1, 0), (1, 4, 1, 0)], &[]), duplicate);
    assert_eq!(refused(&[(1, 5, 1, 0)], &[(1, 6, 1, 0)]), duplicate);
    let zero = SnapshotError::Refused(BookError::ZeroQuantity { id });
    assert_eq!(refused(&[(1, 5, 0, 0)], &[]), zero);
    for limit in [-1, 10, i32::MIN, i32::MAX] {
        let outside = BookError::OutsideBand {
            id,
            limit: Price(limit),
            band,
        };
        assert_eq!(
            refused(&[(1, limit, 1, 0)], &[]),
            SnapshotError::Refused(outside)
        );
        assert_eq!(
            refused(&[], &[(1, limit, 1, 0)]),
            SnapshotError::Refused(outside)
        );
    }
    let unsorted = SnapshotError::OutOfSequence {
        id,
        limit: Price(5),
    };
    assert_eq!(refused(&[(2, 4, 1, 0), (1, 5, 1, 0)], &[]), unsorted);
    assert_eq!(refused(&[], &[(2, 6, 1, 0), (1, 5, 1, 0)]), unsorted);
}

#[test]
fn bands_and_counts_are_bounded_before_anything_is_stored() {
    let ticks = i32::try_from(MAX_BAND_TICKS).unwrap();
    let band = |lo, hi| refusal(&bytes(lo, hi, &[], &[]));
    assert!(matches!(
        band(1, 0),
        SnapshotError::Refused(BookError::EmptyBand { .. })
    ));
    assert!(matches!(
        band(0, ticks),
        SnapshotError::Refused(BookError::BandTooWide { .. })
    ));
    assert!(decode(&bytes(0, ticks - 1, &[], &[])).is_ok());
    let announce = |bids: u32| {
        let mut written = bytes(0, 9, &[], &[]);
        written[8..12].copy_from_slice(&bids.to_le_bytes());
        written
    };
    let orders = u32::MAX;
    assert_eq!(
        refusal(&announce(orders)),
        SnapshotError::TooManyOrders { orders }
    );
    let orders = u32::try_from(MAX_RESTING_ORDERS).unwrap() + 1;
    assert_eq!(
        refusal(&announce(orders)),
        SnapshotError::TooManyOrders { orders }
    );
    assert!(decode(&announce(orders - 1)).is_err());
}

#[test]
fn every_truncation_and_every_trailing_byte_is_refused() {
    let written = bytes(0, 9, &[(4, 5, 2, 40), (1, 3, 7, 10)], &[(2, 8, 3, 20)]);
    for length in 0..written.len() {
        assert!(decode(&written[..length]).is_err(), "{length} bytes");
    }
    assert!(decode(&[written.as_slice(), &[0]].concat()).is_err());
}

/// A book made by submitting orders.
fn built() -> impl Strategy<Value = Book> {
    let order = (any::<bool>(), 0_i32..9, 1_u32..50, 0_u64..99);
    (-20_i32..20, prop::collection::vec(order, 0..30)).prop_map(|(lo, orders)| {
        let mut book = Book::new(Band {
            lo: Price(lo),
            hi: Price(lo + 8),
        })
        .unwrap();
        for (id, (buy, offset, quantity, time)) in (1..).zip(orders) {
            let order = NewOrder {
                id: OrderId(id),
                side: if buy { Side::Buy } else { Side::Sell },
                limit: Price(lo + offset),
                quantity: Quantity(quantity),
                time_in_force: TimeInForce::Day,
                post_only: false,
                time: Time(time),
            };
            book.submit(order, &mut Vec::new()).unwrap();
        }
        book
    })
}

/// Rows that are nearly a snapshot: sorted or not, crossed or not, some with equal identifiers.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0_u64..12, -1_i32..8, 0_u32..4, any::<u64>()), 0..5)
}

/// Whatever is decoded must be written back as the same bytes.
fn only_canonical(bytes: &[u8]) -> bool {
    decode(bytes).is_ok_and(|book| {
        assert_eq!(borsh::to_vec(&book).unwrap(), bytes);
        let (bid, offer) = (book.best(Side::Buy), book.best(Side::Sell));
        assert!(bid.zip(offer).is_none_or(|(bid, offer)| bid < offer));
        assert!(book.orders().all(|order| book.band().contains(order.limit)));
        assert!(book.orders().all(|order| order.remaining.0 > 0));
        true
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn a_snapshot_restores_the_same_book(book in built()) {
        let bytes = borsh::to_vec(&book).unwrap();
        prop_assert_eq!(decode(&bytes).unwrap(), book);
        prop_assert!(only_canonical(&bytes));
    }

    #[test]
    fn random_bytes_are_refused_or_canonical(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        only_canonical(&bytes);
    }

    #[test]
    fn near_snapshots_are_refused_or_canonical(bids in rows(), offers in rows()) {
        only_canonical(&bytes(0, 6, &bids, &offers));
    }

    #[test]
    fn altered_snapshots_are_refused_or_canonical(
        book in built(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..8, any::<u8>()), 1..4),
    ) {
        let mut bytes = borsh::to_vec(&book).unwrap();
        for (place, kind, byte) in changes {
            let place = place.index(bytes.len());
            match kind {
                0 => bytes.insert(place, byte),
                1 => bytes.truncate(place.max(1)),
                2 if bytes.len() > 1 => drop(bytes.remove(place)),
                3 => bytes[place] = byte,
                4 => bytes[place] = bytes[place].wrapping_add(1),
                _ => bytes[place] ^= 1 << (byte % 8),
            }
        }
        only_canonical(&bytes);
    }
}
