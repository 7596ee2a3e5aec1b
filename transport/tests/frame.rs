//! Frames: what is on the wire, limits, deadlines, and memory.

#![allow(clippy::unwrap_used)]

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tally_transport::frame::{FrameError, read_frame, write_frame};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, duplex};
use tokio::time::Instant;

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

/// Delivers `bytes`, at most `piece` at a time, then the end; notes how much room it is offered.
struct Watchful {
    bytes: Vec<u8>,
    delivered: usize,
    piece: usize,
    /// Of each read: bytes delivered before, and room offered.
    offers: Vec<(usize, usize)>,
}

impl Watchful {
    fn new(announced: u32, body: usize, piece: usize) -> Self {
        let mut bytes = announced.to_le_bytes().to_vec();
        bytes.resize(4 + body, 1);
        Self {
            bytes,
            delivered: 0,
            piece,
            offers: Vec::new(),
        }
    }
}

impl AsyncRead for Watchful {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (from, room) = (self.delivered, buffer.remaining());
        self.offers.push((from, room));
        let to = self.bytes.len().min(from + room.min(self.piece));
        buffer.put_slice(&self.bytes[from..to]);
        self.delivered = to;
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_frame_is_its_length_and_its_bytes() {
    let (mut one, mut other) = duplex(1024);
    write_frame(&mut one, b"abc", 3, soon()).await.unwrap();
    write_frame(&mut one, b"", 0, soon()).await.unwrap();
    drop(one);
    let mut wire = Vec::new();
    other.read_to_end(&mut wire).await.unwrap();
    assert_eq!(wire, b"\x03\0\0\0abc\0\0\0\0");
    let mut wire = wire.as_slice();
    assert_eq!(read_frame(&mut wire, 3, soon()).await.unwrap(), b"abc");
    assert_eq!(read_frame(&mut wire, 3, soon()).await.unwrap(), b"");
    let end = read_frame(&mut wire, 3, soon()).await;
    assert!(matches!(end, Err(FrameError::Closed)), "{end:?}");
}

#[tokio::test]
async fn a_length_above_the_limit_is_refused_unread() {
    for announced in [101, u32::MAX] {
        let mut peer = Watchful::new(announced, 200, 200);
        let refused = read_frame(&mut peer, 100, soon()).await;
        assert!(
            matches!(refused, Err(FrameError::TooLong { bytes, limit: 100 }) if bytes == announced)
        );
        assert_eq!(peer.delivered, 4, "read on after the length");
        assert!(peer.offers.iter().all(|(_, room)| *room <= 4), "took room");
    }
    let mut exact = Watchful::new(100, 100, 200);
    assert_eq!(
        read_frame(&mut exact, 100, soon()).await.unwrap().len(),
        100
    );
}

#[tokio::test]
async fn memory_follows_what_has_arrived() {
    const ANNOUNCED: u32 = 8 * 1024 * 1024;
    let limit = ANNOUNCED as usize;
    // All but the last byte comes.
    let mut peer = Watchful::new(ANNOUNCED, limit - 1, 1500);
    let cut = read_frame(&mut peer, limit, soon()).await;
    assert!(matches!(cut, Err(FrameError::Cut { received }) if received == limit - 1));
    for (arrived, room) in peer.offers {
        let most = arrived.max(4096);
        assert!(
            room <= most,
            "{room} bytes of room when {arrived} had arrived"
        );
    }
}

#[tokio::test]
async fn reading_stops_at_the_end_of_the_frame() {
    let mut wire = Vec::new();
    for frame in [vec![1; 5000], vec![2; 10]] {
        write_frame(&mut wire, &frame, 9999, soon()).await.unwrap();
    }
    let mut wire = wire.as_slice();
    assert_eq!(
        read_frame(&mut wire, 9999, soon()).await.unwrap(),
        [1; 5000]
    );
    assert_eq!(read_frame(&mut wire, 9999, soon()).await.unwrap(), [2; 10]);
}

#[tokio::test]
async fn an_end_within_the_length_is_a_cut() {
    let mut wire: &[u8] = b"\x03\0";
    let cut = read_frame(&mut wire, 9, soon()).await;
    assert!(matches!(cut, Err(FrameError::Cut { received: 0 })));
}

#[tokio::test]
async fn the_deadline_is_for_the_whole_frame() {
    let (mut one, mut other) = duplex(64);
    let dripping = tokio::spawn(async move {
        one.write_all(&200_u32.to_le_bytes()).await.unwrap();
        // Each byte comes well before the deadline; all of them would take four seconds.
        while one.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let started = Instant::now();
    let deadline = started + Duration::from_millis(200);
    let late = read_frame(&mut other, 200, deadline).await;
    assert!(matches!(late, Err(FrameError::Timeout)), "{late:?}");
    assert!(started.elapsed() < Duration::from_secs(2));
    drop(other);
    dripping.await.unwrap();
}

#[tokio::test]
async fn a_peer_that_does_not_read_runs_into_the_deadline() {
    let (mut one, _other) = duplex(64);
    let deadline = Instant::now() + Duration::from_millis(50);
    let late = write_frame(&mut one, &[0; 100], 100, deadline).await;
    assert!(matches!(late, Err(FrameError::Timeout)), "{late:?}");
}

#[tokio::test]
async fn a_frame_above_the_limit_is_not_begun() {
    let mut wire = Vec::new();
    let refused = write_frame(&mut wire, &[0; 101], 100, soon()).await;
    assert!(matches!(
        refused,
        Err(FrameError::TooLong {
            bytes: 101,
            limit: 100
        })
    ));
    assert!(wire.is_empty());
}

/// Counts bytes that are written and not flushed.
#[derive(Default)]
struct Lazy {
    unflushed: usize,
    flushed: usize,
}

impl AsyncWrite for Lazy {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.unflushed += bytes.len();
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.flushed += std::mem::take(&mut self.unflushed);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(context)
    }
}

#[tokio::test]
async fn every_frame_is_flushed() {
    let mut stream = Lazy::default();
    for size in [0, 10, 100_000] {
        write_frame(&mut stream, &vec![0; size], 100_000, soon())
            .await
            .unwrap();
        assert_eq!(stream.unflushed, 0);
    }
    assert_eq!(stream.flushed, 3 * 4 + 100_010);
}
