//! What time it is in a market: the machine's time, or that of a sandbox, which runs faster.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A clock.
#[derive(Debug)]
pub enum Clock {
    /// This machine's.
    System,
    /// A sandbox's.
    Sandbox(SandboxClock),
}

/// A clock that begins somewhere in the past and runs at a speed of its own.
#[derive(Debug)]
pub struct SandboxClock(Mutex<Running>);

#[derive(Clone, Copy, Debug)]
struct Running {
    /// What it showed at `since`, microseconds.
    shown: u64,
    since: Instant,
    speed: u32,
    /// What it does not go beyond, microseconds.
    limit: u64,
}

/// The longest nap before somebody looks again whether the clock still stands at its limit.
const NAP: Duration = Duration::from_millis(5);

impl SandboxClock {
    /// A clock that shows `start` microseconds now and runs `speed` times as fast as time.
    #[must_use]
    pub fn new(start: u64, speed: u32) -> Self {
        Self(Mutex::new(Running {
            shown: start,
            since: Instant::now(),
            speed,
            limit: u64::MAX,
        }))
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Running> {
        // Nothing that holds it can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on at another speed from what it shows now: closed hours pass faster.
    pub fn set_speed(&self, speed: u32) {
        let mut running = self.running();
        if running.speed != speed {
            *running = Running {
                shown: running.now(),
                since: Instant::now(),
                speed,
                limit: running.limit,
            };
        }
    }

    /// Lets it run up to `limit`, microseconds, where it stands still until it is let on. It never goes back: a limit
    /// in the past stops it where it is.
    pub fn set_limit(&self, limit: u64) {
        let mut running = self.running();
        // What it stood still is not made up for.
        let shown = running.now();
        *running = Running {
            shown,
            since: Instant::now(),
            speed: running.speed,
            limit: limit.max(shown),
        };
    }
}

impl Running {
    fn now(&self) -> u64 {
        let passed = self.since.elapsed().as_micros() * u128::from(self.speed);
        self.shown
            .saturating_add(u64::try_from(passed).unwrap_or(u64::MAX))
            .min(self.limit)
    }
}

impl Clock {
    /// Microseconds since 1970, UTC. A machine whose clock is set before 1970 counts as 1970.
    #[must_use]
    pub fn now(&self) -> u64 {
        match self {
            Self::System => {
                let elapsed = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
            }
            Self::Sandbox(clock) => clock.running().now(),
        }
    }

    /// How many seconds pass on it in a second.
    #[must_use]
    pub fn speed(&self) -> u32 {
        match self {
            Self::System => 1,
            Self::Sandbox(clock) => clock.running().speed,
        }
    }

    /// How long it takes until it shows `instant`, microseconds; nothing if it does already.
    #[must_use]
    pub fn until(&self, instant: u64) -> Duration {
        let left = instant.saturating_sub(self.now());
        let time = Duration::from_micros(left.div_ceil(u64::from(self.speed().max(1))));
        // Nobody knows how long it will stand at a limit before the instant.
        match self {
            Self::Sandbox(clock) if instant > clock.running().limit => time.max(NAP),
            _ => time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_clock_runs_at_its_speed_and_never_back() {
        let clock = Clock::Sandbox(SandboxClock::new(1_000, 1_000));
        let first = clock.now();
        assert!(first >= 1_000);
        std::thread::sleep(Duration::from_millis(20));
        let second = clock.now();
        assert!(second >= first + 20_000_000, "{first} {second}");
        if let Clock::Sandbox(sandbox) = &clock {
            sandbox.set_speed(1);
        }
        let third = clock.now();
        assert!(third >= second);
        std::thread::sleep(Duration::from_millis(20));
        // A stalled machine may take longer, but not a thousand times.
        assert!(clock.now() < third + 10_000_000);
        assert_eq!(clock.until(0), Duration::ZERO);
        assert!(clock.until(u64::MAX) > Duration::from_secs(1));
    }

    #[test]
    fn a_limit_stops_it_and_what_it_stood_is_not_made_up_for() {
        let clock = SandboxClock::new(1_000, 1);
        clock.set_limit(5_000_000);
        clock.set_speed(1_000_000);
        std::thread::sleep(Duration::from_millis(5));
        let clock = Clock::Sandbox(clock);
        assert_eq!(clock.now(), 5_000_000);
        assert_eq!(clock.until(5_000_001), NAP);
        let Clock::Sandbox(sandbox) = &clock else {
            return;
        };
        sandbox.set_speed(1);
        sandbox.set_limit(u64::MAX);
        // Less than ten seconds have passed on it since.
        assert!((5_000_000..15_000_000).contains(&clock.now()));
        sandbox.set_limit(0);
        let stopped = clock.now();
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(clock.now(), stopped);
    }
}
