//! Frames: a length in four bytes, little-endian, and then so many bytes.
//!
//! The length is the sender's word only. One above the limit is refused before any memory is taken, and a
//! frame takes memory as its bytes arrive, at most about twice what has arrived.

use std::future::Future;
use std::io;

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

/// The longest request, in bytes.
pub const MAX_REQUEST_BYTES: usize = 128 * 1024;

/// The longest answer, in bytes.
pub const MAX_RESPONSE_BYTES: usize = 9 * 1024 * 1024;

/// Bytes of the length before a frame.
const HEADER_BYTES: usize = 4;

/// The memory a frame takes before any of its bytes are there.
const FIRST_STEP: usize = 4 * 1024;

/// What travels in one write with the length, so that a short frame is one packet.
const FIRST_WRITE: usize = 16 * 1024;

/// Why a frame was not read or written. The connection is of no use after any of these.
#[derive(Debug, Error)]
pub enum FrameError {
    /// A frame longer than the limit.
    #[error("a frame of {bytes} bytes, at most {limit} are allowed; send less at a time")]
    TooLong {
        /// The length in bytes; of a frame to be written, at most [`u32::MAX`].
        bytes: u32,
        /// The limit in bytes.
        limit: usize,
    },
    /// The deadline passed.
    #[error("the frame was not complete in time; connect again, or allow more time")]
    Timeout,
    /// The other side ended the connection between two frames.
    #[error("the connection was closed; connect again")]
    Closed,
    /// The other side ended the connection within a frame.
    #[error(
        "the connection was closed within a frame, {received} bytes of it after the length; connect again"
    )]
    Cut {
        /// Bytes received after the length.
        received: usize,
    },
    /// The receiver gave the room for this frame to others.
    #[error("there is no room to receive {bytes} more bytes; connect again later")]
    NoRoom {
        /// How many more bytes of memory were asked for.
        bytes: usize,
    },
    /// The stream failed.
    #[error("the connection failed ({0}); connect again")]
    Io(#[from] io::Error),
}

/// Reads a frame of at most `limit` bytes that must be complete at `deadline`.
///
/// If the future is dropped before it is ready, the stream is left within a frame.
///
/// # Errors
/// [`FrameError::TooLong`] before any memory is taken, [`FrameError::Timeout`], [`FrameError::Closed`],
/// [`FrameError::Cut`] or [`FrameError::Io`].
pub async fn read_frame<S>(
    stream: &mut S,
    limit: usize,
    deadline: Instant,
) -> Result<Vec<u8>, FrameError>
where
    S: AsyncRead + Unpin + ?Sized,
{
    let read = async {
        let first = first_byte(stream).await?;
        rest_of_frame(stream, first, limit, |_| true).await
    };
    within(deadline, read).await
}

/// Writes `frame`, of at most `limit` bytes, and flushes the stream, all before `deadline`.
///
/// If the future is dropped before it is ready, the stream is left within a frame.
///
/// # Errors
/// [`FrameError::TooLong`] before anything is written, [`FrameError::Timeout`] or [`FrameError::Io`].
pub async fn write_frame<S>(
    stream: &mut S,
    frame: &[u8],
    limit: usize,
    deadline: Instant,
) -> Result<(), FrameError>
where
    S: AsyncWrite + Unpin + ?Sized,
{
    let write = async {
        hand_over(stream, frame, limit).await?;
        stream.flush().await?;
        Ok(())
    };
    within(deadline, write).await
}

async fn within<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, FrameError>>,
) -> Result<T, FrameError> {
    timeout_at(deadline, work)
        .await
        .unwrap_or(Err(FrameError::Timeout))
}

/// Waits for the first byte of a frame. May be dropped at any time without loss.
pub(crate) async fn first_byte<S>(stream: &mut S) -> Result<u8, FrameError>
where
    S: AsyncRead + Unpin + ?Sized,
{
    let mut byte = [0];
    match stream.read(&mut byte).await? {
        0 => Err(FrameError::Closed),
        _ => Ok(byte[0]),
    }
}

/// Reads what follows the first byte of a frame. `make_room` is asked before each step of so many bytes of
/// memory, and says whether they may be taken.
pub(crate) async fn rest_of_frame<S>(
    stream: &mut S,
    first: u8,
    limit: usize,
    mut make_room: impl FnMut(usize) -> bool,
) -> Result<Vec<u8>, FrameError>
where
    S: AsyncRead + Unpin + ?Sized,
{
    let length = read_length(stream, first, limit).await?;
    let mut frame = Vec::new();
    while frame.len() < length {
        let missing = length - frame.len();
        if frame.len() == frame.capacity() {
            let step = missing.min(frame.len().max(FIRST_STEP));
            if !make_room(step) {
                return Err(FrameError::NoRoom { bytes: step });
            }
            frame.reserve_exact(step);
        }
        // Never beyond this frame: the next one may follow at once.
        let mut own = (&mut *stream).take(missing as u64);
        if own.read_buf(&mut frame).await? == 0 {
            let received = frame.len();
            return Err(FrameError::Cut { received });
        }
    }
    Ok(frame)
}

async fn read_length<S>(stream: &mut S, first: u8, limit: usize) -> Result<usize, FrameError>
where
    S: AsyncRead + Unpin + ?Sized,
{
    let mut header = [first, 0, 0, 0];
    match stream.read_exact(&mut header[1..]).await {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return Err(FrameError::Cut { received: 0 });
        }
        Err(error) => return Err(error.into()),
    }
    let bytes = u32::from_le_bytes(header);
    match usize::try_from(bytes) {
        Ok(length) if length <= limit => Ok(length),
        _ => Err(FrameError::TooLong { bytes, limit }),
    }
}

/// Gives the whole frame to the stream and does not flush. Before this returns without an error, the other
/// side cannot have the whole frame.
pub(crate) async fn hand_over<S>(
    stream: &mut S,
    frame: &[u8],
    limit: usize,
) -> Result<(), FrameError>
where
    S: AsyncWrite + Unpin + ?Sized,
{
    let bytes = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    if frame.len() > limit || frame.len() != bytes as usize {
        return Err(FrameError::TooLong { bytes, limit });
    }
    let (beginning, rest) = frame.split_at(frame.len().min(FIRST_WRITE));
    let mut first = Vec::with_capacity(HEADER_BYTES + beginning.len());
    first.extend_from_slice(&bytes.to_le_bytes());
    first.extend_from_slice(beginning);
    stream.write_all(&first).await?;
    stream.write_all(rest).await?;
    Ok(())
}
