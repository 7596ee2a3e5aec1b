//! Where the time of a proof goes.

use std::time::{Duration, Instant};

/// Wall time of the phases of one proof. They follow each other; each uses all cores of the pool it runs on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Phases {
    /// The circuit's code computes the witness.
    pub witness: Duration,
    /// The rows of A, B and C times the assignment, and the check that all constraints hold.
    pub rows: Duration,
    /// Fourier transforms: the coefficients of the quotient polynomial H.
    pub transforms: Duration,
    /// Multi-scalar multiplications in G1 and G2.
    pub sums: Duration,
    /// The three elements from the sums.
    pub assembly: Duration,
    /// The finished proof is verified.
    pub self_check: Duration,
}

impl Phases {
    /// The phases with their names, in order.
    #[must_use]
    pub const fn named(&self) -> [(&'static str, Duration); 6] {
        [
            ("witness", self.witness),
            ("rows", self.rows),
            ("transforms", self.transforms),
            ("sums", self.sums),
            ("assembly", self.assembly),
            ("self-check", self.self_check),
        ]
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.named().iter().map(|(_, time)| *time).sum()
    }
}

/// Does something and writes down how long it took.
pub(crate) fn timed<T>(time: &mut Duration, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    *time = start.elapsed();
    result
}
