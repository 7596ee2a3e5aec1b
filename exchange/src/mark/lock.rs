//! When a side counts as locked at the band edge.

use super::MarkWindow;
use crate::units::{Band, MICROSECONDS_PER_SECOND, Price, Side, Time};
use borsh::{BorshDeserialize, BorshSerialize};
use std::io::{Error, ErrorKind, Read};

/// Watches for a market locked at the edge of its band, at block ends.
///
/// Bids of Q contracts or more rest at the upper edge with no ask anywhere, or asks of Q or more at the lower edge with
/// no bid anywhere, at every block end for the lock time: that side wants to trade beyond the band, and the mark follows
/// it to the edge. As long as the lock lasts it counts again each time the lock time has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize)]
pub struct LockWatch {
    window: MarkWindow,
    /// Microseconds.
    lock_time: u64,
    band: Band,
    /// The side that is alone at its edge, and since when (or since it last counted).
    since: Option<(Side, Time)>,
}

impl LockWatch {
    /// A watch over `band`; `lock_time` in seconds. A new band needs a new watch.
    #[must_use]
    pub fn new(window: MarkWindow, lock_time: u64, band: Band) -> Self {
        Self {
            window,
            lock_time: lock_time.saturating_mul(MICROSECONDS_PER_SECOND),
            band,
            since: None,
        }
    }

    /// Observes the book at the end of a block: contracts bid at the upper edge, whether there is any ask, contracts
    /// offered at the lower edge, whether there is any bid. Gives the edge at which Q contracts count for the mark now.
    pub fn observe(
        &mut self,
        time: Time,
        bids_at_hi: u64,
        any_ask: bool,
        asks_at_lo: u64,
        any_bid: bool,
    ) -> Option<Price> {
        let enough = u64::from(self.window.contracts());
        let side = if bids_at_hi >= enough && !any_ask && asks_at_lo == 0 {
            Side::Buy
        } else if asks_at_lo >= enough && !any_bid && bids_at_hi == 0 {
            Side::Sell
        } else {
            self.since = None;
            return None;
        };
        let since = match self.since {
            Some((before, since)) if before == side => since,
            _ => time,
        };
        let locked = time > since && time.0 - since.0 >= self.lock_time;
        self.since = Some((side, if locked { time } else { since }));
        locked.then_some(match side {
            Side::Buy => self.band.hi,
            Side::Sell => self.band.lo,
        })
    }

    /// When the side that is alone at its edge counts if it stays alone; none while neither side is.
    #[must_use]
    pub fn due_at(&self) -> Option<Time> {
        let (_, since) = self.since?;
        // A lock counts at a later block end than the one that found it, even with a lock time of zero.
        Some(Time(since.0.saturating_add(self.lock_time.max(1))))
    }

    /// Starts over, for instance when trading halts.
    pub fn reset(&mut self) {
        self.since = None;
    }
}

impl BorshDeserialize for LockWatch {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        let watch = Self {
            window: MarkWindow::deserialize_reader(reader)?,
            lock_time: u64::deserialize_reader(reader)?,
            band: Band::deserialize_reader(reader)?,
            since: Option::deserialize_reader(reader)?,
        };
        if watch.band.lo > watch.band.hi {
            return Err(Error::new(
                ErrorKind::InvalidData,
                "lock watch: the lower edge is above the upper edge",
            ));
        }
        Ok(watch)
    }
}
