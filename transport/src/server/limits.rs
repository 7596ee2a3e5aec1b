//! What peers may take of a server.

use std::time::Duration;

/// How many connections there may be, how long they may take, and how much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// The most connections at once; 0 is taken for 1.
    pub connections: usize,
    /// From accepting a connection to the last byte of its first request.
    pub first_request: Duration,
    /// From the end of an answer to the first byte of the next request.
    pub idle: Duration,
    /// From the first byte of a request to its last.
    pub frame: Duration,
    /// From the end of the handler's work until the peer has taken the whole answer, and more for a long one:
    /// [`ServerLimits::time_for`].
    pub answer: Duration,
    /// Bytes a second that a peer has to take of a long answer. Through Tor there are often no more than a few hundred
    /// thousand.
    pub answer_rate: u32,
    /// The most memory, in bytes, of all requests that are being received. One that is complete is the
    /// handler's, and not counted any more.
    pub buffered_bytes: usize,
    /// The most memory, in bytes, of all answers that are being sent: less than that of all connections
    /// with the longest answers, since peers need not take theirs.
    pub answer_bytes: usize,
}

impl ServerLimits {
    /// How long an answer of so many bytes may take: [`ServerLimits::answer`] for the way, and what it takes at
    /// [`ServerLimits::answer_rate`].
    #[must_use]
    pub fn time_for(&self, bytes: usize) -> Duration {
        let seconds = u64::try_from(bytes).unwrap_or(u64::MAX) / u64::from(self.answer_rate.max(1));
        self.answer.saturating_add(Duration::from_secs(seconds))
    }
}

impl Default for ServerLimits {
    /// 512 connections; 5 s for the first request, 60 s between requests, 10 s for a request, 20 s for an
    /// answer and one more for each 64 KiB; 16 MiB for requests, 256 MiB for answers.
    fn default() -> Self {
        Self {
            connections: 512,
            first_request: Duration::from_secs(5),
            idle: Duration::from_secs(60),
            frame: Duration::from_secs(10),
            answer: Duration::from_secs(20),
            answer_rate: 64 * 1024,
            buffered_bytes: 16 * 1024 * 1024,
            answer_bytes: 256 * 1024 * 1024,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ServerLimits;
    use std::time::Duration;

    #[test]
    fn a_long_answer_gets_the_time_that_a_slow_circuit_takes() {
        let limits = ServerLimits::default();
        assert_eq!(limits.time_for(0), Duration::from_secs(20));
        assert_eq!(limits.time_for(1 << 20), Duration::from_secs(36));
        let none = ServerLimits {
            answer_rate: 0,
            ..limits
        };
        assert!(
            none.time_for(usize::MAX) > limits.time_for(1 << 20),
            "no overflow"
        );
    }
}
