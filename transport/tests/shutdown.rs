//! How a server ends.

#![allow(clippy::unwrap_used)]

mod common;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use common::{LONG, Node, Obedient, ask, await_end, client, raw, receive, send};
use tally_transport::TransportError;
use tally_transport::carrier::Lane;
use tally_transport::frame::write_frame;
use tally_transport::server::{STOP_TIMEOUT, ServerLimits, serve};
use tokio::sync::{Semaphore, oneshot};

#[test]
fn a_running_answer_finishes_and_everything_else_ends() {
    let mut node = Node::start();
    let client = node.client();
    let mut idle = raw(node.address);
    ask(&mut idle, b"x");
    let mut half = raw(node.address);
    common::send(&mut half, b"x");
    receive(&mut half);
    std::io::Write::write_all(&mut half, b"\x09\0\0\0half").unwrap();
    let mut silent = raw(node.address);
    thread::scope(|scope| {
        let poll = scope.spawn(|| client.request(Lane::Isolated, b"wait", LONG));
        node.await_counts("all there", |counts| {
            counts.requests == 3 && counts.open == 4
        });
        let started = Instant::now();
        node.begin_stop();
        for stream in [&mut idle, &mut half, &mut silent] {
            await_end(stream);
        }
        assert!(
            started.elapsed() < STOP_TIMEOUT,
            "waited for those who do not ask"
        );
        assert!(!poll.is_finished());
        let newcomer = std::net::TcpStream::connect(node.address);
        assert!(newcomer.is_err(), "still accepts");
        node.handler.gate.add_permits(1);
        assert_eq!(poll.join().unwrap().unwrap(), b"wait");
        node.stopped().unwrap();
        assert!(
            started.elapsed() < STOP_TIMEOUT,
            "took longer than the last answer"
        );
    });
    assert_eq!(node.counts().open, 0);
    let refused = client.request(Lane::Isolated, b"x", LONG);
    assert!(matches!(refused, Err(TransportError::Refused { .. })));
}

#[test]
fn an_answer_that_does_not_come_is_abandoned() {
    let mut node = Node::start();
    let mut stuck = raw(node.address);
    send(&mut stuck, b"wait");
    node.await_counts("asked", |counts| counts.requests == 1);
    let started = Instant::now();
    node.begin_stop();
    node.stopped().unwrap();
    let took = started.elapsed();
    let expected = STOP_TIMEOUT..STOP_TIMEOUT + Duration::from_secs(3);
    assert!(expected.contains(&took), "{took:?}");
    await_end(&mut stuck);
    node.await_counts("gone", |counts| counts.open == 0);
}

#[test]
fn streams_from_elsewhere_end_with_the_server() {
    let node = Node::start();
    node.runtime.block_on(async {
        let until = tokio::time::Instant::now() + LONG;
        let (mut near, far) = tokio::io::duplex(64);
        let server = node.server.clone();
        let serving = tokio::spawn(async move { server.serve_stream(None, Box::new(far)).await });
        // Its handler never ends by itself.
        write_frame(&mut near, b"wait", 9, until).await.unwrap();
        while node.counts().requests == 0 {
            tokio::task::yield_now().await;
        }
        node.server.stop().await;
        let ended = tokio::time::timeout(STOP_TIMEOUT, serving).await;
        ended.expect("the stream outlives the server").unwrap();
        let (_near, far) = tokio::io::duplex(64);
        node.server.serve_stream(None, Box::new(far)).await;
    });
    assert_eq!(node.counts().open, 0);
}

#[test]
fn the_short_form_serves_until_it_is_told() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let address = listener.local_addr().unwrap();
    let gate = Semaphore::new(0);
    let (stop, stopped) = oneshot::channel::<()>();
    let handler = Arc::new(Obedient { gate });
    let serving = runtime.spawn(serve(listener, ServerLimits::default(), handler, stopped));
    let client = client(address);
    assert_eq!(client.request(Lane::Reading, b"x", LONG).unwrap(), b"x");
    drop(stop);
    runtime.block_on(serving).unwrap().unwrap();
    let refused = client.request(Lane::Isolated, b"x", LONG);
    assert!(matches!(refused, Err(TransportError::Refused { .. })));
}
