//! Published times of generic multi-party computation.
//!
//! Both ends of the range are of one protocol and one circuit: X. Wang, S. Ranellucci, J. Katz, "Global-Scale Secure
//! Multiparty Computation", ACM CCS 2017 (<https://eprint.iacr.org/2017/189>), abstract: secure against any number of
//! malicious parties, one evaluation of AES takes 95 ms among three parties on a local network, and less than three
//! minutes among 128 parties on five continents.
//!
//! AES as a circuit has 6,400 to 6,800 AND gates, a comparison of 64 bits about as many as bits: one evaluation is about
//! a hundred comparisons, one for each of a hundred traders whose solvency an event may have changed. No scaling is
//! applied: not to the three hundred traders of this market, not to the multiplications of position and price, not to
//! matching. All of that favours generic computation. Times are wall clock, during which every party must be online.

/// One event at least: 95 ms, seconds. Three parties on a local network, so three operators instead of everybody.
pub const GENERIC_MPC_LOW_S: f64 = 0.095;

/// One event at most: three minutes, seconds. 128 parties on five continents.
pub const GENERIC_MPC_HIGH_S: f64 = 180.0;

/// The source of the two, as figures name it.
pub const GENERIC_MPC_SOURCE: &str = "published, not measured here: Wang, Ranellucci, Katz, \"Global-Scale Secure \
    Multiparty Computation\", ACM CCS 2017, abstract: one evaluation of AES, 95 ms among 3 parties on a local network, \
    under 3 minutes among 128 parties on 5 continents; taken as one joint computation of about 100 comparisons for \
    each event, not scaled to the number of traders; wall time";
