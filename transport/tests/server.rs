//! What one peer can and cannot do to a server.

#![allow(clippy::unwrap_used)]

mod common;

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use common::{LONG, Node, ask, await_end, raw, receive, send};
use tally_transport::frame::{MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, read_frame, write_frame};
use tally_transport::server::ServerLimits;

const SHORT: Duration = Duration::from_millis(200);
/// More than [`SHORT`] by what a busy machine may add, and less than any other limit here.
const SOON: Duration = Duration::from_secs(4);

/// Nothing ends soon unless a test says so.
fn patient() -> ServerLimits {
    ServerLimits {
        first_request: LONG,
        idle: LONG,
        frame: LONG,
        answer: LONG,
        answer_rate: u32::MAX,
        ..ServerLimits::default()
    }
}

#[test]
fn the_default_limits_are_as_documented() {
    let seconds = Duration::from_secs;
    let expected = ServerLimits {
        connections: 512,
        first_request: seconds(5),
        idle: seconds(60),
        frame: seconds(10),
        answer: seconds(20),
        answer_rate: 64 << 10,
        buffered_bytes: 16 << 20,
        answer_bytes: 256 << 20,
    };
    assert_eq!(ServerLimits::default(), expected);
}

#[test]
fn whoever_says_nothing_is_dropped() {
    let node = Node::with(ServerLimits {
        first_request: SHORT,
        ..patient()
    });
    let started = Instant::now();
    await_end(&mut raw(node.address));
    let took = started.elapsed();
    assert!((SHORT / 2..SOON).contains(&took), "{took:?}");
    node.await_counts("timed out", |counts| {
        counts.timed_out == 1 && counts.open == 0
    });
}

#[test]
fn half_a_first_request_is_dropped() {
    let node = Node::with(ServerLimits {
        first_request: SHORT,
        ..patient()
    });
    for half in [b"\x09".as_slice(), b"\x09\0\0\0", b"\x09\0\0\0half"] {
        let mut stream = raw(node.address);
        stream.write_all(half).unwrap();
        assert!(await_end(&mut stream) < SOON);
    }
    node.await_counts("timed out", |counts| counts.timed_out == 3);
    assert_eq!(node.counts().requests, 0);
}

/// Every byte comes long before any time-out of silence.
#[test]
fn a_slow_drip_is_dropped() {
    let in_first = ServerLimits {
        first_request: SHORT,
        ..patient()
    };
    let in_second = ServerLimits {
        frame: SHORT,
        ..patient()
    };
    for (limits, requests) in [(in_first, 0), (in_second, 1)] {
        let node = Node::with(limits);
        let mut started = Instant::now();
        let mut stream = raw(node.address);
        for _ in 0..requests {
            ask(&mut stream, b"x");
            started = Instant::now();
        }
        stream.write_all(&100_000_u32.to_le_bytes()).unwrap();
        while stream.write_all(b"x").is_ok() {
            assert!(started.elapsed() < SOON, "still there");
            thread::sleep(SHORT / 10);
        }
        assert!(started.elapsed() > SHORT / 2);
        node.await_counts("dropped", |counts| counts.open == 0);
        let counts = node.counts();
        assert_eq!((counts.timed_out, counts.requests), (1, requests));
    }
}

#[test]
fn a_pause_between_requests_is_no_offence_and_ends_too() {
    let node = Node::with(ServerLimits {
        idle: 25 * SHORT,
        first_request: 5 * SHORT,
        frame: 5 * SHORT,
        ..patient()
    });
    let mut stream = raw(node.address);
    ask(&mut stream, b"x");
    thread::sleep(6 * SHORT);
    assert_eq!(ask(&mut stream, b"still there"), b"still there");
    assert!(await_end(&mut stream) < LONG);
    node.await_counts("closed", |counts| counts.idle == 1);
    assert_eq!(node.counts().timed_out, 0);
}

#[test]
fn too_long_a_request_is_refused_at_its_length() {
    let node = Node::with(patient());
    let too_long = u32::try_from(MAX_REQUEST_BYTES).unwrap() + 1;
    for length in [too_long, u32::MAX] {
        let mut stream = raw(node.address);
        stream.write_all(&length.to_le_bytes()).unwrap();
        assert!(await_end(&mut stream) < SOON);
    }
    node.await_counts("refused", |counts| {
        counts.oversized == 2 && counts.open == 0
    });
    let longest = vec![5; MAX_REQUEST_BYTES];
    assert_eq!(ask(&mut raw(node.address), &longest), longest);
}

#[test]
fn whoever_does_not_take_the_answer_is_dropped() {
    let node = Node::with(ServerLimits {
        answer: SHORT,
        ..patient()
    });
    let mut stream = raw(node.address);
    // More than the buffers of both sides hold; asked for at once, before the server hangs up.
    stream
        .write_all(&b"\x0b\0\0\0all you can".repeat(4))
        .unwrap();
    node.await_counts("dropped", |counts| {
        counts.timed_out == 1 && counts.open == 0
    });
}

#[test]
fn close_answers_and_hangs_up() {
    let node = Node::with(patient());
    let mut stream = raw(node.address);
    assert_eq!(ask(&mut stream, b"go away"), b"gone");
    assert!(await_end(&mut stream) < SOON);
}

#[test]
fn requests_in_one_packet_are_answered_in_turn() {
    let node = Node::with(patient());
    let mut stream = raw(node.address);
    stream
        .write_all(b"\x01\0\0\0a\x02\0\0\0bc\0\0\0\0")
        .unwrap();
    let answers: [_; 3] = std::array::from_fn(|_| receive(&mut stream));
    assert_eq!(answers, [b"a".to_vec(), b"bc".to_vec(), vec![]]);
}

#[test]
fn a_newcomer_takes_the_place_of_the_longest_silent() {
    let node = Node::with(ServerLimits {
        connections: 3,
        ..patient()
    });
    let mut asked = raw(node.address);
    ask(&mut asked, b"x");
    let mut silent = raw(node.address);
    node.await_counts("there", |counts| counts.accepted == 2);
    let mut half = raw(node.address);
    half.write_all(b"\x09\0\0\0half").unwrap();
    node.await_counts("there", |counts| counts.accepted == 3);

    let mut newcomer = raw(node.address);
    assert_eq!(ask(&mut newcomer, b"new"), b"new");
    thread::sleep(SHORT);
    assert!(await_end(&mut silent) < SOON);
    half.write_all(b"done!").unwrap();
    assert_eq!(receive(&mut half), b"halfdone!", "was silent for less long");
    assert_eq!(ask(&mut asked, b"here"), b"here");
    // An answer is written down as a step after it has been sent.
    thread::sleep(SHORT);

    // Now all three have asked, and the one goes that has been idle for longest.
    let mut another = raw(node.address);
    assert_eq!(ask(&mut another, b"x"), b"x");
    assert!(await_end(&mut newcomer) < SOON);
    for stream in [&mut another, &mut half, &mut asked] {
        assert_eq!(ask(stream, b"here"), b"here");
    }
    node.await_counts("two displaced", |counts| {
        counts.displaced == 2 && counts.open == 3
    });

    drop(asked);
    node.await_counts("one place free", |counts| counts.open == 2);
    assert_eq!(ask(&mut raw(node.address), b"x"), b"x");
    assert_eq!(node.counts().displaced, 2);
}

#[test]
fn halves_cannot_fill_the_memory() {
    const HALVES: usize = 10;
    let node = Node::with(ServerLimits {
        buffered_bytes: 4 * MAX_REQUEST_BYTES,
        ..patient()
    });
    let almost = vec![0; MAX_REQUEST_BYTES - 1];
    let mut halves = Vec::new();
    for _ in 0..HALVES {
        let mut stream = raw(node.address);
        let length = u32::try_from(MAX_REQUEST_BYTES).unwrap();
        stream.write_all(&length.to_le_bytes()).unwrap();
        stream.write_all(&almost).unwrap();
        halves.push(stream);
    }
    // At most four are held, whose last bytes never come.
    node.await_counts("made room", |counts| counts.displaced >= HALVES as u64 - 4);
    let longest = vec![5; MAX_REQUEST_BYTES];
    assert_eq!(ask(&mut raw(node.address), &longest), longest);
    node.await_counts("few left", |counts| counts.open <= 4);
}

#[test]
fn answers_that_nobody_takes_cannot_fill_the_memory() {
    const UNTAKEN: u64 = 6;
    let node = Node::with(ServerLimits {
        answer_bytes: 2 * MAX_RESPONSE_BYTES,
        ..patient()
    });
    let untaken: Vec<_> = (0..UNTAKEN)
        .map(|_| {
            let mut stream = raw(node.address);
            send(&mut stream, b"all you can");
            stream
        })
        .collect();
    node.await_counts("made room", |counts| counts.displaced == UNTAKEN - 2);
    let mut taker = raw(node.address);
    let answer = ask(&mut taker, b"all you can");
    assert_eq!(answer.len(), MAX_RESPONSE_BYTES);
    drop(untaken);
}

#[test]
fn mistakes_of_the_handler_cost_one_connection() {
    let node = Node::with(patient());
    for mistake in [b"panic".as_slice(), b"too much"] {
        let mut stream = raw(node.address);
        send(&mut stream, mistake);
        assert!(await_end(&mut stream) < SOON);
    }
    node.await_counts("places free", |counts| counts.open == 0);
    assert_eq!(ask(&mut raw(node.address), b"x"), b"x");
}

#[test]
fn streams_from_elsewhere_are_served_alike() {
    let node = Node::with(ServerLimits {
        connections: 1,
        ..patient()
    });
    node.runtime.block_on(async {
        let until = tokio::time::Instant::now() + LONG;
        let (mut near, far) = tokio::io::duplex(64);
        let server = node.server.clone();
        let serving = tokio::spawn(async move { server.serve_stream(None, Box::new(far)).await });
        write_frame(&mut near, b"hello", 9, until).await.unwrap();
        assert_eq!(read_frame(&mut near, 9, until).await.unwrap(), b"hello");

        // There is one place, for this one as for those from the listener.
        let address = node.address;
        let other = tokio::task::spawn_blocking(move || ask(&mut raw(address), b"x"));
        assert_eq!(other.await.unwrap(), b"x");
        assert_eq!(serving.await.unwrap(), 1);
        assert_eq!(node.counts().displaced, 1);
        assert!(read_frame(&mut near, 9, until).await.is_err());
    });
    assert_eq!(ask(&mut raw(node.address), b"x"), b"x");
}
