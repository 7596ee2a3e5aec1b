//! The book as bytes: one encoding for every book, and a decoder that accepts nothing else.
//!
//! | field | bytes |
//! |---|---|
//! | band: lower and upper edge, ticks | 4 + 4, signed |
//! | number of bids | 4 |
//! | each bid: identifier, limit, remaining quantity, time | 8 + 4 + 4 + 8 |
//! | number of offers | 4 |
//! | each offer, likewise | 24 |
//!
//! All little endian. Each side goes from its best price on, in time priority at each price.

use super::{Book, BookError, MAX_RESTING_ORDERS, RestingOrder};
use crate::units::{Band, OrderId, Price, Quantity, Side, Time};
use borsh::io::{self, Read, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

/// Why a snapshot was refused; carried by the decoder's `InvalidData` error.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SnapshotError {
    /// More orders are announced than may rest.
    #[error(
        "snapshot announces {orders} orders on one side: at most {MAX_RESTING_ORDERS} may rest"
    )]
    TooManyOrders {
        /// Number of orders announced for one side.
        orders: u32,
    },
    /// The orders of a side do not go from its best price on.
    #[error(
        "order {id} at {limit} is out of sequence in the snapshot: each side goes from its best price on"
    )]
    OutOfSequence {
        /// The order.
        id: OrderId,
        /// Its limit, ticks.
        limit: Price,
    },
    /// The band or an order is one that the book refuses, or the book is crossed.
    #[error("snapshot holds what the book refuses: {0}")]
    Refused(#[from] BookError),
}

impl From<SnapshotError> for io::Error {
    fn from(error: SnapshotError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

impl BorshSerialize for Book {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        self.band.serialize(writer)?;
        write_side(self, Side::Buy, writer)?;
        write_side(self, Side::Sell, writer)
    }
}

fn write_side<W: Write>(book: &Book, side: Side, writer: &mut W) -> io::Result<()> {
    let orders: u32 = book.ladder(side).orders();
    orders.serialize(writer)?;
    for RestingOrder {
        id,
        limit,
        remaining,
        time,
        ..
    } in book.orders_of(side)
    {
        (id, limit, remaining, time).serialize(writer)?;
    }
    Ok(())
}

impl BorshDeserialize for Book {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let band = Band::deserialize_reader(reader)?;
        let mut book = Self::new(band).map_err(SnapshotError::Refused)?;
        read_side(&mut book, Side::Buy, reader)?;
        read_side(&mut book, Side::Sell, reader)?;
        Ok(book)
    }
}

/// Reads one side. Memory grows with the bytes actually read, not with the number announced.
fn read_side<R: Read>(book: &mut Book, side: Side, reader: &mut R) -> io::Result<()> {
    let orders = u32::deserialize_reader(reader)?;
    if orders as usize > MAX_RESTING_ORDERS {
        return Err(SnapshotError::TooManyOrders { orders }.into());
    }
    let mut previous = None;
    for _ in 0..orders {
        let (id, limit, remaining, time) =
            <(OrderId, Price, Quantity, Time)>::deserialize_reader(reader)?;
        let order = RestingOrder {
            id,
            side,
            limit,
            remaining,
            time,
        };
        book.insert_resting(order).map_err(SnapshotError::Refused)?;
        let level = book.ladder(side).level_of(limit);
        if previous.is_some_and(|previous| level < previous) {
            return Err(SnapshotError::OutOfSequence { id, limit }.into());
        }
        previous = Some(level);
    }
    Ok(())
}
