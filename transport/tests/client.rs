//! Requests: sizes, lanes, threads, kept connections.

#![allow(clippy::unwrap_used)]

mod common;

use std::io::Write;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use common::{LONG, Node, accept, await_end, client, receive, scripted, send};
use tally_transport::TransportError;
use tally_transport::carrier::{Lane, TcpCarrier};
use tally_transport::client::{Client, ClientOptions};
use tally_transport::frame::{MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES};
use tally_transport::server::ServerLimits;

#[test]
fn requests_of_all_sizes_come_back() {
    let node = Node::start();
    let client = node.client();
    for size in [
        0,
        1,
        4095,
        4096,
        4097,
        16_383,
        16_384,
        16_385,
        MAX_REQUEST_BYTES,
    ] {
        let request: Vec<u8> = (0_u8..=250).cycle().take(size).collect();
        for lane in [Lane::Reading, Lane::Isolated] {
            assert_eq!(client.request(lane, &request, LONG).unwrap(), request);
        }
    }
    let longest = client.request(Lane::Reading, b"all you can", LONG).unwrap();
    assert!(longest == vec![7; MAX_RESPONSE_BYTES]);
}

#[test]
fn a_request_that_is_too_long_is_not_sent() {
    let node = Node::start();
    let request = vec![0; MAX_REQUEST_BYTES + 1];
    let error = node.client().request(Lane::Isolated, &request, LONG);
    let error = error.unwrap_err();
    assert!(matches!(error, TransportError::RequestTooLong { .. }));
    assert!(!error.was_sent());
    assert_eq!(node.counts().accepted, 0);
}

#[test]
fn reading_shares_a_connection_and_isolated_never_does() {
    let node = Node::start();
    let client = node.client();
    let who = |lane| {
        let number = client.request(lane, b"who am I", LONG).unwrap();
        u64::from_le_bytes(number.try_into().unwrap())
    };
    let lanes = [
        Lane::Reading,
        Lane::Isolated,
        Lane::Reading,
        Lane::Isolated,
        Lane::Isolated,
    ];
    assert_eq!(lanes.map(who), [1, 2, 1, 3, 4]);
    node.await_counts("closed after isolated messages", |counts| counts.open == 1);
}

#[test]
fn a_long_poll_does_not_hold_up_reading() {
    const POLLS: usize = 6;
    let node = Node::start();
    let client = node.client();
    thread::scope(|scope| {
        let poll = || client.request(Lane::Reading, b"wait", LONG).unwrap();
        let polls: Vec<_> = (0..POLLS).map(|_| scope.spawn(poll)).collect();
        node.await_counts("all polls there", |counts| counts.requests == POLLS as u64);
        // The gate opens only after this: it would time out if it had to wait for a poll.
        for _ in 0..10 {
            let answer = client.request(Lane::Reading, b"news?", Duration::from_secs(5));
            assert_eq!(answer.unwrap(), b"news?");
        }
        assert!(polls.iter().all(|poll| !poll.is_finished()));
        node.handler.gate.add_permits(POLLS);
        for poll in polls {
            assert_eq!(poll.join().unwrap(), b"wait");
        }
    });
    node.await_counts("only four connections kept", |counts| counts.open == 4);
}

#[test]
fn threads_get_their_own_answers() {
    let node = Node::start();
    let client = node.client();
    thread::scope(|scope| {
        for number in 0_u8..8 {
            let client = &client;
            scope.spawn(move || {
                for round in 0_u8..50 {
                    let request = [number, round];
                    let answer = client.request(Lane::Reading, &request, LONG);
                    assert_eq!(answer.unwrap(), request);
                }
            });
        }
    });
    assert_eq!(node.counts().requests, 400);
}

#[test]
fn a_connection_closed_while_unused_is_replaced() {
    let limits = ServerLimits {
        idle: Duration::from_millis(50),
        ..ServerLimits::default()
    };
    let node = Node::with(limits);
    let client = node.client();
    for round in 1..=3 {
        client.request(Lane::Reading, b"x", LONG).unwrap();
        node.await_counts("idle", |counts| counts.idle == round && counts.open == 0);
    }
    let counts = node.counts();
    assert_eq!(
        (counts.accepted, counts.requests, counts.timed_out),
        (3, 3, 0)
    );
}

/// The node closes when it has the request: nothing tells beforehand.
#[test]
fn a_connection_closed_under_a_reading_request_is_replaced_once() {
    let (address, node) = scripted(|listener| {
        let mut first = accept(&listener);
        let request = receive(&mut first);
        send(&mut first, &request);
        receive(&mut first);
        drop(first);
        let mut second = accept(&listener);
        let request = receive(&mut second);
        send(&mut second, b"again");
        drop(second);
        request
    });
    let client = client(address);
    assert_eq!(client.request(Lane::Reading, b"one", LONG).unwrap(), b"one");
    assert_eq!(
        client.request(Lane::Reading, b"two", LONG).unwrap(),
        b"again"
    );
    assert_eq!(node.join().unwrap(), b"two");
}

#[test]
fn a_new_connection_that_closes_is_not_replaced() {
    for lane in [Lane::Reading, Lane::Isolated] {
        let (address, node) = scripted(|listener| {
            receive(&mut accept(&listener));
            listener.set_nonblocking(true).unwrap();
            thread::sleep(Duration::from_millis(200));
            listener.accept().is_err()
        });
        let error = client(address).request(lane, b"x", LONG).unwrap_err();
        assert!(
            matches!(error, TransportError::ClosedBeforeAnswer { .. }),
            "{error}"
        );
        assert!(error.was_sent());
        assert!(node.join().unwrap(), "connected again");
    }
}

#[test]
fn a_late_answer_is_nobody_elses() {
    let (address, node) = scripted(|listener| {
        let mut first = accept(&listener);
        receive(&mut first);
        let mut second = accept(&listener);
        receive(&mut second);
        // If the client still listened on the first connection it would take this.
        let _ = first.write_all(b"\x04\0\0\0late");
        send(&mut second, b"right");
        await_end(&mut second);
    });
    let client = client(address);
    let error = client.request(Lane::Reading, b"one", Duration::from_secs(1));
    assert!(matches!(error, Err(TransportError::AnswerTimeout { .. })));
    assert_eq!(
        client.request(Lane::Reading, b"two", LONG).unwrap(),
        b"right"
    );
    drop(client);
    node.join().unwrap();
}

#[test]
fn bytes_that_nobody_asked_for_are_no_answer() {
    let (said, heard) = mpsc::channel();
    let (address, node) = scripted(move |listener| {
        let mut first = accept(&listener);
        receive(&mut first);
        first.write_all(b"\x01\0\0\0x\x05\0\0\0extra").unwrap();
        said.send(()).unwrap();
        let mut second = accept(&listener);
        receive(&mut second);
        send(&mut second, b"right");
    });
    let client = client(address);
    assert_eq!(client.request(Lane::Reading, b"one", LONG).unwrap(), b"x");
    heard.recv().unwrap();
    assert_eq!(
        client.request(Lane::Reading, b"two", LONG).unwrap(),
        b"right"
    );
    node.join().unwrap();
}

#[test]
fn a_connection_is_not_trusted_for_long() {
    let node = Node::start();
    let carrier = TcpCarrier::new(&node.address.to_string()).unwrap();
    let options = ClientOptions {
        kept_for: Duration::ZERO,
        ..ClientOptions::default()
    };
    let client = Client::new(Box::new(carrier), options).unwrap();
    client.request(Lane::Reading, b"x", LONG).unwrap();
    client.request(Lane::Reading, b"x", LONG).unwrap();
    assert_eq!(node.counts().accepted, 2);
}

#[test]
fn dropping_a_client_does_not_wait() {
    let mut node = Node::start();
    let client = node.client();
    client.request(Lane::Reading, b"x", LONG).unwrap();
    let started = Instant::now();
    drop(client);
    assert!(started.elapsed() < Duration::from_secs(1));
    node.await_counts("closed", |counts| counts.open == 0);

    // Within a runtime, where most ways to end another one panic.
    let client = node.client();
    node.runtime.block_on(async move { drop(client) });
    node.begin_stop();
    node.stopped().unwrap();
}
