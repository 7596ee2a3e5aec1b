//! What peers may take of a server.

use std::time::Duration;

/// How many connections there may be, how long they may take, and how much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// The most connections at once.
    pub connections: usize,
    /// From accepting a connection to the last byte of its first request.
    pub first_request: Duration,
    /// From the end of an answer to the first byte of the next request.
    pub idle: Duration,
    /// From the first byte of a request to its last.
    pub frame: Duration,
    /// From the end of the handler's work until the peer has taken the whole answer.
    pub answer: Duration,
    /// The most memory, in bytes, of all requests that are being received. One that is complete is the
    /// handler's, and not counted any more.
    pub buffered_bytes: usize,
    /// The most memory, in bytes, of all answers that are being sent: less than that of all connections
    /// with the longest answers, since peers need not take theirs.
    pub answer_bytes: usize,
}

impl Default for ServerLimits {
    /// 512 connections; 5 s for the first request, 60 s between requests, 10 s for a request, 20 s for an
    /// answer; 16 MiB for requests, 256 MiB for answers.
    fn default() -> Self {
        Self {
            connections: 512,
            first_request: Duration::from_secs(5),
            idle: Duration::from_secs(60),
            frame: Duration::from_secs(10),
            answer: Duration::from_secs(20),
            buffered_bytes: 16 * 1024 * 1024,
            answer_bytes: 256 * 1024 * 1024,
        }
    }
}
