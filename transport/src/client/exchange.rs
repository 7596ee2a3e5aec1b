//! One request and its answer.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout_at};

use super::ClientOptions;
use super::pool::Pool;
use crate::TransportError;
use crate::carrier::{Carrier, Lane, Stream};
use crate::frame::{
    FrameError, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, first_byte, hand_over, rest_of_frame,
};

/// A carrier and the connections it has made.
pub(super) struct Link {
    carrier: Box<dyn Carrier>,
    pool: Pool,
}

/// When a request must be answered, and how long that was from its start.
#[derive(Clone, Copy)]
struct Due {
    deadline: Instant,
    timeout: Duration,
}

impl Link {
    pub(super) fn new(carrier: Box<dyn Carrier>, options: ClientOptions) -> Self {
        Self {
            carrier,
            pool: Pool::new(options),
        }
    }

    pub(super) fn describe(&self) -> String {
        self.carrier.describe()
    }

    pub(super) fn prepare(&self) {
        self.carrier.prepare();
    }

    pub(super) fn patience(&self) -> Duration {
        self.carrier.patience()
    }

    pub(super) async fn request(
        &self,
        lane: Lane,
        request: &[u8],
        deadline: Instant,
        timeout: Duration,
    ) -> Result<Vec<u8>, TransportError> {
        let due = Due { deadline, timeout };
        match lane {
            Lane::Reading => self.read(request, due).await,
            Lane::Isolated => {
                let mut stream = self.connect(lane, due).await?;
                self.exchange(&mut stream, request, due).await
            }
        }
    }

    async fn read(&self, request: &[u8], due: Due) -> Result<Vec<u8>, TransportError> {
        let Some(stream) = self.pool.take().await else {
            let stream = self.connect(Lane::Reading, due).await?;
            return self.exchange_and_keep(stream, request, due).await;
        };
        let closed = match self.exchange_and_keep(stream, request, due).await {
            Err(error) if error.is_closed() => error,
            result => return result,
        };
        // What closed this one, a node that started anew or an idle limit, closed the others too.
        self.pool.clear();
        match self.connect(Lane::Reading, due).await {
            Ok(stream) => self.exchange_and_keep(stream, request, due).await,
            // The first try may have been delivered, which the second error would deny.
            Err(_) if closed.was_sent() => Err(closed),
            Err(error) => Err(error),
        }
    }

    async fn exchange_and_keep(
        &self,
        mut stream: Box<dyn Stream>,
        request: &[u8],
        due: Due,
    ) -> Result<Vec<u8>, TransportError> {
        // After an error the stream is dropped: a late answer on it would be taken for the next one's.
        let answer = self.exchange(&mut stream, request, due).await?;
        self.pool.keep(stream);
        Ok(answer)
    }

    async fn connect(&self, lane: Lane, due: Due) -> Result<Box<dyn Stream>, TransportError> {
        timeout_at(due.deadline, self.carrier.connect(lane))
            .await
            .unwrap_or_else(|_elapsed| {
                Err(TransportError::ConnectTimeout {
                    peer: self.describe(),
                    timeout: due.timeout,
                })
            })
    }

    async fn exchange(
        &self,
        stream: &mut Box<dyn Stream>,
        request: &[u8],
        due: Due,
    ) -> Result<Vec<u8>, TransportError> {
        let mut sent = false;
        let work = async {
            hand_over(stream, request, MAX_REQUEST_BYTES).await?;
            sent = true;
            stream.flush().await?;
            let first = first_byte(stream).await?;
            rest_of_frame(stream, first, MAX_RESPONSE_BYTES, |_| true).await
        };
        let result = timeout_at(due.deadline, work)
            .await
            .unwrap_or(Err(FrameError::Timeout));
        result.map_err(|error| self.explain(error, sent, due.timeout))
    }

    /// What a frame that failed means to the sender of a request.
    fn explain(&self, error: FrameError, sent: bool, timeout: Duration) -> TransportError {
        let peer = self.describe();
        match error {
            FrameError::TooLong { bytes, .. } => TransportError::AnswerTooLong { peer, bytes },
            FrameError::Timeout if sent => TransportError::AnswerTimeout { peer, timeout },
            FrameError::Timeout => TransportError::SendTimeout { peer, timeout },
            error => {
                let source = match error {
                    FrameError::Io(source) => source,
                    _ => io::ErrorKind::UnexpectedEof.into(),
                };
                if sent {
                    TransportError::ClosedBeforeAnswer { peer, source }
                } else {
                    TransportError::ClosedBeforeRequest { peer, source }
                }
            }
        }
    }
}
