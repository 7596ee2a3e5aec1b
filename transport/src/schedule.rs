//! When something is done that an observer could take for a sign: random times, and nothing that follows from what was
//! done before.
//!
//! Both rules are here, apart from the network, so that what they hide can be measured without one.

use std::time::Duration;

use rand::Rng;

/// The longest random delay before sending that can be asked for.
pub const MOST_SEND_DELAY: Duration = Duration::from_secs(60);

/// A random wait before each message that must not be linked to another.
///
/// Evenly spread from nothing to `most`: what is wanted at one time by the sender's clock arrives in any order. It has to pass
/// **before the message is built**: a message names a root and an expiry, and so the block on which it was built. One that
/// lies about afterwards is told by its age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendDelay {
    most: Duration,
}

impl SendDelay {
    /// Waits of at most so long; longer than [`MOST_SEND_DELAY`] counts as that.
    #[must_use]
    pub fn at_most(most: Duration) -> Self {
        Self {
            most: most.min(MOST_SEND_DELAY),
        }
    }

    /// The longest wait.
    #[must_use]
    pub const fn most(self) -> Duration {
        self.most
    }

    /// One wait.
    pub fn draw(self, random: &mut impl Rng) -> Duration {
        let most = u64::try_from(self.most.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(random.gen_range(0..=most))
    }
}

/// How circuits are kept ready for messages to come.
///
/// A circuit is made before it is needed, and the service sees when. Were it made because another was used, however much
/// later, each message would point at the next one of its sender. So circuits are made by a clock of their own: after
/// exponential waits with one mean, used or not. If enough are ready the oldest is given up. A message takes any
/// of those that are ready: the oldest first, they would come in the order in which they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WarmCircuits {
    /// The most that are kept ready; with none, a circuit is made when a message is about to come.
    pub ready: usize,
    /// The mean wait before another is made.
    pub every: Duration,
    /// How long one is kept unused at most: below the ten minutes after which Tor gives up an idle circuit.
    pub kept: Duration,
}

impl WarmCircuits {
    /// None: for commands that send one message and end.
    pub const NONE: Self = Self {
        ready: 0,
        every: Duration::from_secs(20),
        kept: Duration::from_secs(480),
    };

    /// Three, and a new one every 20 s on average: for what runs on and sends at any time.
    pub const THREE: Self = Self {
        ready: 3,
        ..Self::NONE
    };

    /// The wait before another is made. At most twenty times the mean: a factor that one in five hundred million exceeds.
    pub fn draw_wait(&self, random: &mut impl Rng) -> Duration {
        // The logarithm of a number in (0, 1]: not of zero.
        let uniform = 1.0 - random.r#gen::<f64>();
        self.every.mul_f64((-uniform.ln()).min(20.0))
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_SEND_DELAY, SendDelay, WarmCircuits};
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use std::time::Duration;

    #[test]
    fn delays_are_spread_evenly_and_bounded() {
        let mut random = StdRng::seed_from_u64(1);
        let delay = SendDelay::at_most(Duration::from_secs(2));
        let drawn: Vec<_> = (0..4_000).map(|_| delay.draw(&mut random)).collect();
        assert!(drawn.iter().all(|wait| *wait <= Duration::from_secs(2)));
        for quarter in 0..4 {
            let range =
                Duration::from_millis(quarter * 500)..Duration::from_millis((quarter + 1) * 500);
            let within = drawn.iter().filter(|wait| range.contains(*wait)).count();
            assert!((850..1_150).contains(&within), "{within}");
        }
        assert_eq!(SendDelay::default().draw(&mut random), Duration::ZERO);
        assert_eq!(SendDelay::at_most(Duration::MAX).most(), MOST_SEND_DELAY);
    }

    #[test]
    fn waits_have_no_memory() {
        let mut random = StdRng::seed_from_u64(2);
        let policy = WarmCircuits {
            every: Duration::from_secs(5),
            ..WarmCircuits::THREE
        };
        let waits: Vec<_> = (0..20_000).map(|_| policy.draw_wait(&mut random)).collect();
        let mean = waits.iter().sum::<Duration>() / 20_000;
        let expected = Duration::from_millis(4_850)..Duration::from_millis(5_150);
        assert!(expected.contains(&mean), "{mean:?}");
        // Of those that last longer than 5 s, as many last 5 s more as of all: one in e.
        let longer = |than: u64| waits.iter().filter(|wait| wait.as_secs() >= than).count();
        let (all, once, twice) = (waits.len(), longer(5), longer(10));
        let percent = |part: usize, whole: usize| part * 100 / whole;
        assert!((35..39).contains(&percent(once, all)), "{once} of {all}");
        assert!(
            (34..40).contains(&percent(twice, once)),
            "{twice} of {once}"
        );
    }
}
