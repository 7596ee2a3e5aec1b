//! One connection, from its first byte to its end.

use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout_at};

use super::seats::{Purpose, Seat};
use super::{Handler, Origin, Reply, ServerCounters, ServerLimits};
use crate::carrier::Stream;
use crate::deadline::after;
use crate::frame::{
    FrameError, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, first_byte, rest_of_frame, write_frame,
};

/// Why a connection ended.
#[derive(Debug)]
pub(super) enum Ending {
    /// The peer hung up, or the connection failed.
    Gone,
    /// The handler wished it.
    Dismissed,
    /// No request for long after the last answer.
    Idle,
    /// A request was not complete, or an answer not taken, in time.
    TimedOut,
    /// A request of too many bytes.
    Oversized,
    /// The place or the memory went to others.
    Displaced,
    /// The server stops.
    Stopping,
}

impl Ending {
    /// Those who are displaced are counted when that is decided.
    pub(super) fn count(&self, counters: &ServerCounters) {
        match self {
            Self::Idle => counters.idle(),
            Self::TimedOut => counters.timed_out(),
            Self::Oversized => counters.oversized(),
            Self::Gone | Self::Dismissed | Self::Displaced | Self::Stopping => {}
        }
    }
}

/// A connection that is being served.
pub(super) struct Connection<'a> {
    pub(super) stream: Box<dyn Stream>,
    pub(super) origin: Origin,
    pub(super) seat: &'a Seat,
    pub(super) limits: &'a ServerLimits,
}

impl Connection<'_> {
    /// Answers one request after the other, and counts them. `stopping` is made anew for each and ends the wait for it.
    pub(super) async fn converse<H, S>(
        mut self,
        handler: &H,
        stopping: impl Fn() -> S,
        answered: &mut u64,
    ) -> Ending
    where
        H: Handler,
        S: Future<Output = ()>,
    {
        let mut is_first = true;
        loop {
            let request = tokio::select! {
                // So that a peer that never pauses cannot put off the end.
                biased;
                () = stopping() => return Ending::Stopping,
                request = self.receive(is_first) => request,
            };
            let request = match request {
                Ok(request) => request,
                Err(ending) => return ending,
            };
            is_first = false;
            let reply = handler.handle(self.origin, request).await;
            *answered += 1;
            if let Err(ending) = self.answer(reply).await {
                return ending;
            }
        }
    }

    async fn receive(&mut self, is_first: bool) -> Result<Vec<u8>, Ending> {
        let (wait, late) = if is_first {
            (self.limits.first_request, Ending::TimedOut)
        } else {
            (self.limits.idle, Ending::Idle)
        };
        let wait_until = after(wait);
        let Ok(first) = timeout_at(wait_until, first_byte(&mut self.stream)).await else {
            return Err(late);
        };
        let first = first.map_err(|error| refusal(&error))?;
        let frame_until = after(self.limits.frame);
        let until = if is_first {
            frame_until.min(wait_until)
        } else {
            frame_until
        };
        self.receive_rest(first, until).await
    }

    async fn receive_rest(&mut self, first: u8, until: Instant) -> Result<Vec<u8>, Ending> {
        let seat = self.seat;
        seat.begin(Purpose::Request);
        let make_room = |bytes| seat.make_room(bytes);
        let rest = rest_of_frame(&mut self.stream, first, MAX_REQUEST_BYTES, make_room);
        let request = timeout_at(until, rest)
            .await
            .unwrap_or(Err(FrameError::Timeout))
            .map_err(|error| refusal(&error))?;
        seat.has_asked();
        Ok(request)
    }

    async fn answer(&mut self, reply: Reply) -> Result<(), Ending> {
        let (answer, is_last) = match reply {
            Reply::Keep(answer) => (answer, false),
            Reply::Close(answer) => (answer, true),
        };
        self.seat.begin(Purpose::Answer);
        if !self.seat.make_room(answer.len()) {
            return Err(Ending::Displaced);
        }
        let until = after(self.limits.time_for(answer.len()));
        let written = write_frame(&mut self.stream, &answer, MAX_RESPONSE_BYTES, until).await;
        if let Err(FrameError::TooLong { bytes, limit }) = &written {
            // The handler's mistake, not the peer's.
            tracing::error!(bytes, limit, "an answer is too long and was not sent");
            return Err(Ending::Dismissed);
        }
        written.map_err(|error| refusal(&error))?;
        self.seat.is_answered();
        if is_last {
            // Some streams need to be told that nothing follows. Whether that works changes nothing now.
            let _ = timeout_at(until, self.stream.shutdown()).await;
            return Err(Ending::Dismissed);
        }
        Ok(())
    }
}

fn refusal(error: &FrameError) -> Ending {
    match error {
        FrameError::TooLong { .. } => Ending::Oversized,
        FrameError::Timeout => Ending::TimedOut,
        FrameError::NoRoom { .. } => Ending::Displaced,
        FrameError::Closed | FrameError::Cut { .. } | FrameError::Io(_) => Ending::Gone,
    }
}
