//! The mark: the price at which the market is revalued between settlements. It moves by trades only.
//!
//! The mark is the volume-weighted median price of the last Q contracts, seeded with the last settlement and taken at
//! block end. With the Q prices in ascending order, one entry a contract:
//!
//! - odd Q: the middle one;
//! - even Q: the two middle ones agree, or the one nearer to the previous mark is taken, and of two equally near the
//!   lower one. The mark is thus always a price at which contracts changed hands, and never moves farther than it must.
//!
//! A side locked at the band edge ([`LockWatch`]) counts as Q contracts there. No other order moves the mark, however
//! large or long it rests: a quote that nobody took is free.

mod lock;

pub use lock::LockWatch;

use crate::units::{Price, Quantity};
use borsh::{BorshDeserialize, BorshSerialize};
use std::collections::VecDeque;
use std::io::{Error, ErrorKind, Read, Write};
use thiserror::Error;

/// A number of contracts for which there is no mark window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a mark window of {contracts} contracts is out of range: choose 1 to {}",
    MarkWindow::MAX
)]
pub struct MarkWindowError {
    /// The number given.
    pub contracts: u32,
}

/// Q, the number of last contracts that the mark is the median of: 1 to [`MarkWindow::MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize)]
pub struct MarkWindow(u32);

impl MarkWindow {
    /// The largest window, contracts; it bounds the memory and the time of a mark.
    pub const MAX: u32 = 1_000;

    /// A window of `contracts`.
    ///
    /// # Errors
    /// `contracts` is zero or above [`MarkWindow::MAX`].
    pub const fn new(contracts: u32) -> Result<Self, MarkWindowError> {
        if contracts >= 1 && contracts <= Self::MAX {
            Ok(Self(contracts))
        } else {
            Err(MarkWindowError { contracts })
        }
    }

    /// The number of contracts.
    #[must_use]
    pub const fn contracts(self) -> u32 {
        self.0
    }
}

impl BorshDeserialize for MarkWindow {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        Self::new(u32::deserialize_reader(reader)?)
            .map_err(|error| Error::new(ErrorKind::InvalidData, error))
    }
}

/// A run of contracts at one price; the quantity is at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Run {
    price: Price,
    quantity: u32,
}

/// The mark and the last Q contracts, oldest first.
///
/// Invariants: the quantities of the runs sum to Q, none is zero, neighbours differ in price; hence at most Q runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    window: MarkWindow,
    current: Price,
    runs: VecDeque<Run>,
}

impl Mark {
    /// A mark at the last settlement, as if the last Q contracts had traded there.
    #[must_use]
    pub fn seeded(settlement: Price, window: MarkWindow) -> Self {
        let run = Run {
            price: settlement,
            quantity: window.contracts(),
        };
        Self {
            window,
            current: settlement,
            runs: VecDeque::from([run]),
        }
    }

    /// The mark as of the last block end.
    #[must_use]
    pub const fn current(&self) -> Price {
        self.current
    }

    /// Q, contracts.
    #[must_use]
    pub const fn window(&self) -> MarkWindow {
        self.window
    }

    /// Takes note of a trade. Of a quantity above Q only Q contracts count; zero contracts change nothing.
    pub fn trade(&mut self, price: Price, quantity: Quantity) {
        let quantity = quantity.0.min(self.window.contracts());
        if quantity == 0 {
            return;
        }
        self.forget(quantity);
        match self.runs.back_mut() {
            // At most Q contracts in all: no overflow.
            Some(run) if run.price == price => run.quantity += quantity,
            _ => self.runs.push_back(Run { price, quantity }),
        }
    }

    /// Takes note of a side locked at the band edge `edge`: it counts as Q contracts there.
    pub fn locked(&mut self, edge: Price) {
        self.trade(edge, Quantity(self.window.contracts()));
    }

    /// The mark at the end of a block: the median of the last Q contracts.
    pub fn at_block_end(&mut self) -> Price {
        let mut sorted: Vec<Run> = self.runs.iter().copied().collect();
        sorted.sort_unstable_by_key(|run| run.price);
        let contracts = self.window.contracts();
        let lower = price_of(&sorted, contracts.div_ceil(2), self.current);
        let upper = price_of(&sorted, contracts / 2 + 1, self.current);
        let previous = self.current;
        self.current = if upper.0.abs_diff(previous.0) < lower.0.abs_diff(previous.0) {
            upper
        } else {
            lower
        };
        self.current
    }

    /// Drops the `quantity` oldest contracts.
    fn forget(&mut self, mut quantity: u32) {
        while quantity > 0 {
            let Some(run) = self.runs.front_mut() else {
                return;
            };
            if run.quantity > quantity {
                run.quantity -= quantity;
                return;
            }
            quantity -= run.quantity;
            self.runs.pop_front();
        }
    }

    fn check(&self) -> Result<(), &'static str> {
        let total: u64 = self.runs.iter().map(|run| u64::from(run.quantity)).sum();
        if total != u64::from(self.window.contracts()) {
            return Err("mark: the quantities do not sum to the window");
        }
        if self.runs.iter().any(|run| run.quantity == 0) {
            return Err("mark: a run of zero contracts");
        }
        let neighbours = self.runs.iter().zip(self.runs.iter().skip(1));
        if neighbours
            .into_iter()
            .any(|(run, next)| run.price == next.price)
        {
            return Err("mark: neighbouring runs of one price");
        }
        Ok(())
    }
}

/// The price of the `rank`-th contract, from 1, of runs in ascending order; `otherwise` if there are fewer.
fn price_of(sorted: &[Run], rank: u32, otherwise: Price) -> Price {
    let mut counted = 0;
    for run in sorted {
        counted += run.quantity;
        if counted >= rank {
            return run.price;
        }
    }
    otherwise
}

impl BorshSerialize for Mark {
    fn serialize<W: Write>(&self, writer: &mut W) -> std::io::Result<()> {
        self.window.serialize(writer)?;
        self.current.serialize(writer)?;
        self.runs.serialize(writer)
    }
}

impl BorshDeserialize for Mark {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        let window = MarkWindow::deserialize_reader(reader)?;
        let current = Price::deserialize_reader(reader)?;
        // The count is checked before anything is read, so that a snapshot can't ask for more memory than a window.
        let count = u32::deserialize_reader(reader)?;
        if count > window.contracts() {
            return Err(Error::new(
                ErrorKind::InvalidData,
                "mark: more runs than contracts",
            ));
        }
        let runs = (0..count)
            .map(|_| Run::deserialize_reader(reader))
            .collect::<std::io::Result<_>>()?;
        let mark = Self {
            window,
            current,
            runs,
        };
        mark.check()
            .map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
        Ok(mark)
    }
}
