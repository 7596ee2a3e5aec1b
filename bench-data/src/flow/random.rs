//! Randomness: one ChaCha20 stream for each purpose, all from the request.
//!
//! Every purpose has its own stream, so that one more draw in one place leaves all others as they were. Bounded
//! integers and unit reals are made here and not by a library whose method may change between versions.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::real;

/// First bytes of every seed: separates this generator from any other user of the same numbers.
const DOMAIN: [u8; 4] = *b"flow";

/// What a stream is for; the number is the ChaCha20 stream.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// When events happen.
    Arrivals = 1,
    /// The price path and its turning points.
    Path = 2,
    /// Which kind of event happens, on which side.
    Kind = 3,
    /// Prices of orders.
    Placement = 4,
    /// Quantities.
    Size = 5,
    /// How long orders live.
    Life = 6,
    /// Which trader acts.
    Owner = 7,
    /// Which resting order is changed.
    Choice = 8,
}

/// What the streams are derived from.
#[derive(Clone, Copy)]
pub(crate) struct Seed {
    pub(crate) seed: u64,
    pub(crate) date: u32,
    pub(crate) messages: u64,
    pub(crate) traders: u64,
}

/// One stream.
pub(crate) struct Stream(ChaCha20Rng);

impl Stream {
    pub(crate) fn new(seed: Seed, purpose: Purpose) -> Self {
        let mut bytes = [0u8; 32];
        bytes[..4].copy_from_slice(&DOMAIN);
        bytes[4..8].copy_from_slice(&seed.date.to_le_bytes());
        bytes[8..16].copy_from_slice(&seed.seed.to_le_bytes());
        bytes[16..24].copy_from_slice(&seed.messages.to_le_bytes());
        bytes[24..].copy_from_slice(&seed.traders.to_le_bytes());
        let mut generator = ChaCha20Rng::from_seed(bytes);
        generator.set_stream(purpose as u64);
        Self(generator)
    }

    /// Uniform in `0..bound`; 0 if the bound is 0. Multiplication with rejection (Lemire 2019), so without bias.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let rejected = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(bound);
            let (high, low) = split(product);
            if low >= rejected {
                return high;
            }
        }
    }

    /// Uniform in `low..=high`; `low` if the range is empty.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        let width = u64::try_from(i64::from(high) - i64::from(low) + 1).unwrap_or(0);
        // The draw is below the width, hence the sum is at most `high`.
        i32::try_from(i64::from(low).saturating_add_unsigned(self.below(width))).unwrap_or(high)
    }

    /// True `parts` times of a thousand.
    pub(crate) fn permille(&mut self, parts: u64) -> bool {
        self.below(1000) < parts
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    pub(crate) fn unit(&mut self) -> f64 {
        real::from_u64(self.0.next_u64() >> 11) / real::from_u64(1 << 53)
    }

    /// Exponential with mean 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        -real::ln(1.0 - self.unit())
    }

    /// Near normal with mean 0 and variance 1: the sum of twelve uniforms less 6, exact in any rounding.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// High and low half of a product.
fn split(product: u128) -> (u64, u64) {
    let high = u64::try_from(product >> 64).unwrap_or(u64::MAX);
    let low = u64::try_from(product & u128::from(u64::MAX)).unwrap_or(u64::MAX);
    (high, low)
}

#[cfg(test)]
mod tests {
    use super::{Purpose, Seed, Stream};

    const SEED: Seed = Seed {
        seed: 7,
        date: 20_170_103,
        messages: 400,
        traders: 50,
    };

    #[test]
    fn streams_differ_by_purpose_and_request() {
        let first = |seed: Seed, purpose: Purpose| Stream::new(seed, purpose).below(u64::MAX);
        let base = first(SEED, Purpose::Path);
        assert_eq!(base, first(SEED, Purpose::Path));
        assert_ne!(base, first(SEED, Purpose::Kind));
        for other in [
            Seed { seed: 8, ..SEED },
            Seed {
                date: 20_170_104,
                ..SEED
            },
            Seed {
                messages: 401,
                ..SEED
            },
            Seed {
                traders: 51,
                ..SEED
            },
        ] {
            assert_ne!(base, first(other, Purpose::Path));
        }
    }

    #[test]
    fn draws_keep_their_bounds_and_means() {
        let mut stream = Stream::new(SEED, Purpose::Size);
        let mut counts = [0u32; 7];
        for _ in 0..70_000 {
            counts[usize::try_from(stream.below(7)).unwrap()] += 1;
            assert!((-3..=2).contains(&stream.between(-3, 2)));
        }
        assert!(
            counts.iter().all(|count| (9_500..10_500).contains(count)),
            "{counts:?}"
        );
        assert_eq!(stream.below(0), 0);
        assert_eq!(stream.between(5, 4), 5);
        let mean = (0..50_000).map(|_| stream.exponential()).sum::<f64>() / 50_000.0;
        assert!((0.97..1.03).contains(&mean), "{mean}");
        let normals: Vec<f64> = (0..50_000).map(|_| stream.normal()).collect();
        let variance = normals.iter().map(|value| value * value).sum::<f64>() / 50_000.0;
        assert!((0.97..1.03).contains(&variance), "{variance}");
    }
}
