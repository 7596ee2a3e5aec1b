//! Honest clients are served while hostile peers do their worst.

#![allow(clippy::unwrap_used)]

mod common;

use std::io::Write;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use common::{LONG, Node, await_end, client, raw, send};
use tally_transport::carrier::Lane;
use tally_transport::server::ServerLimits;

const HONEST: u64 = 100;
const ROUNDS: u64 = 4;
const HOSTILE: u64 = 50;

/// What the hostile ones begin with: garbage whose first four bytes are a length beyond all limits, the
/// longest possible one, half a length, half a frame, nothing.
const BEGINNINGS: [&[u8]; 5] = [
    b"GET / HTTP/1.1\r\n\r\n",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x10\0",
    b"\x10\0\0\0half",
    b"",
];
/// How many of them announce too much.
const OVERSIZED: u64 = 2 * HOSTILE / 5;

#[test]
fn a_hundred_honest_clients_beside_fifty_hostile_peers() {
    let limits = ServerLimits {
        first_request: Duration::from_secs(5),
        ..ServerLimits::default()
    };
    let node = Node::with(limits);
    let address = node.address;
    let started = Instant::now();
    thread::scope(|scope| {
        let hostile: Vec<_> = (0..HOSTILE)
            .map(|number| scope.spawn(move || be_hostile(address, number)))
            .collect();
        node.await_counts("under attack", |counts| counts.accepted == HOSTILE);
        let honest: Vec<_> = (0..HONEST)
            .map(|number| scope.spawn(move || be_honest(address, number)))
            .collect();
        for one in honest {
            one.join().unwrap();
        }
        for one in hostile {
            one.join().unwrap();
        }
    });
    assert!(started.elapsed() < LONG);

    node.await_counts("all gone", |counts| counts.open == 0);
    let counts = node.counts();
    assert_eq!(counts.requests, HONEST * 2 * ROUNDS);
    assert_eq!(counts.oversized, OVERSIZED);
    assert_eq!(counts.timed_out, HOSTILE - OVERSIZED);
    assert_eq!(counts.displaced, 0);
}

/// Begins badly and waits to be thrown out.
fn be_hostile(address: SocketAddr, number: u64) {
    let kinds = BEGINNINGS.len() as u64;
    let beginning = BEGINNINGS[usize::try_from(number % kinds).unwrap()];
    let mut stream = raw(address);
    stream.write_all(beginning).unwrap();
    await_end(&mut stream);
}

fn be_honest(address: SocketAddr, number: u64) {
    let client = client(address);
    for round in 0..ROUNDS {
        let request = (number * ROUNDS + round).to_le_bytes();
        for lane in [Lane::Reading, Lane::Isolated] {
            assert_eq!(client.request(lane, &request, LONG).unwrap(), request);
        }
    }
}

/// More silent peers than places, again and again: whoever asks at once is still served.
#[test]
fn silent_peers_cannot_take_all_places() {
    const PLACES: usize = 20;
    let limits = ServerLimits {
        connections: PLACES,
        first_request: LONG,
        ..ServerLimits::default()
    };
    let node = Node::with(limits);
    let mut silent = Vec::new();
    for _ in 0..4 {
        silent.extend((0..PLACES).map(|_| raw(node.address)));
        let answer = node.client().request(Lane::Isolated, b"x", LONG / 4);
        assert_eq!(answer.unwrap(), b"x");
    }
    // The displaced are gone when their tasks have run.
    node.await_counts("few left", |counts| counts.open <= PLACES as u64);
    let counts = node.counts();
    assert!(counts.displaced >= 3 * PLACES as u64, "{counts:?}");
    assert_eq!(counts.timed_out, 0);
}

/// More long polls than places: whoever asks at once is still served, and the polls may come again.
#[test]
fn long_polls_cannot_take_all_places() {
    const PLACES: usize = 20;
    let limits = ServerLimits {
        connections: PLACES,
        ..ServerLimits::default()
    };
    let node = Node::with(limits);
    let mut polls = Vec::new();
    for _ in 0..4 {
        for _ in 0..PLACES {
            let asked = node.counts().requests;
            let mut stream = raw(node.address);
            send(&mut stream, b"wait");
            node.await_counts("a poll", |counts| counts.requests > asked);
            polls.push(stream);
        }
        let answer = node.client().request(Lane::Isolated, b"x", LONG / 4);
        assert_eq!(answer.unwrap(), b"x");
    }
    assert!(await_end(&mut polls[0]) < LONG / 4);
    let counts = node.counts();
    assert!(counts.displaced >= 3 * PLACES as u64, "{counts:?}");
    assert_eq!(counts.timed_out, 0);
}
