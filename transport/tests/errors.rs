//! What a client learns when there is no answer, above all whether its request was sent.

#![allow(clippy::unwrap_used)]

mod common;

use std::io::Write;
use std::net::TcpListener;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use common::{LONG, accept, client, receive, scripted, send};
use tally_transport::TransportError;
use tally_transport::carrier::{Carrier, Connecting, Lane, Stream};
use tally_transport::client::{Client, ClientOptions};
use tokio::io::duplex;

const SHORT: Duration = Duration::from_secs(1);
const BOTH: [Lane; 2] = [Lane::Reading, Lane::Isolated];

/// Connects by what `make` says.
struct Scripted<F>(F);

impl<F, T> Carrier for Scripted<F>
where
    F: Fn() -> T + Send + Sync + 'static,
    T: Future<Output = Result<Box<dyn Stream>, TransportError>> + Send + 'static,
{
    fn connect(&self, _: Lane) -> Connecting<'_> {
        Box::pin((self.0)())
    }

    fn describe(&self) -> String {
        "a script".into()
    }
}

fn by<F, T>(make: F) -> Client
where
    F: Fn() -> T + Send + Sync + 'static,
    T: Future<Output = Result<Box<dyn Stream>, TransportError>> + Send + 'static,
{
    Client::new(Box::new(Scripted(make)), ClientOptions::default()).unwrap()
}

#[test]
fn a_refused_connection_sends_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for lane in BOTH {
        let error = client(address).request(lane, b"x", LONG).unwrap_err();
        assert!(matches!(error, TransportError::Refused { .. }), "{error}");
        assert!(!error.was_sent());
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    }
}

#[test]
fn a_delivered_request_may_have_been_acted_upon() {
    for lane in BOTH {
        let (address, node) = scripted(|listener| receive(&mut accept(&listener)));
        let error = client(address).request(lane, b"pay", LONG).unwrap_err();
        assert_eq!(node.join().unwrap(), b"pay");
        assert!(
            matches!(error, TransportError::ClosedBeforeAnswer { .. }),
            "{error}"
        );
        assert!(error.was_sent());
    }
}

#[test]
fn half_an_answer_is_none() {
    let (address, node) = scripted(|listener| {
        let mut stream = accept(&listener);
        receive(&mut stream);
        stream.write_all(b"\x09\0\0\0half").unwrap();
    });
    let error = client(address).request(Lane::Isolated, b"x", LONG);
    let error = error.unwrap_err();
    assert!(
        matches!(error, TransportError::ClosedBeforeAnswer { .. }),
        "{error}"
    );
    assert!(error.was_sent());
    node.join().unwrap();
}

#[test]
fn silence_is_a_time_out_after_sending() {
    for lane in BOTH {
        let (address, node) = scripted(|listener| {
            let mut stream = accept(&listener);
            receive(&mut stream);
            stream
        });
        let started = Instant::now();
        let error = client(address).request(lane, b"x", SHORT).unwrap_err();
        assert!((SHORT..LONG / 4).contains(&started.elapsed()));
        assert!(
            matches!(error, TransportError::AnswerTimeout { .. }),
            "{error}"
        );
        assert!(error.was_sent());
        drop(node.join());
    }
}

#[test]
fn an_answer_that_is_too_long_is_refused_at_its_length() {
    let (address, node) = scripted(|listener| {
        let mut stream = accept(&listener);
        receive(&mut stream);
        let length = 9 * 1024 * 1024 + 1_u32;
        stream.write_all(&length.to_le_bytes()).unwrap();
        stream
    });
    let error = client(address).request(Lane::Reading, b"x", LONG);
    let error = error.unwrap_err();
    assert!(
        matches!(error, TransportError::AnswerTooLong { .. }),
        "{error}"
    );
    assert!(error.was_sent());
    drop(node.join());
}

#[test]
fn connecting_is_within_the_time_of_the_request() {
    let client = by(std::future::pending);
    for lane in BOTH {
        let started = Instant::now();
        let error = client.request(lane, b"x", SHORT).unwrap_err();
        assert!((SHORT..LONG / 4).contains(&started.elapsed()));
        assert!(
            matches!(error, TransportError::ConnectTimeout { .. }),
            "{error}"
        );
        assert!(!error.was_sent());
    }
}

#[test]
fn half_a_request_is_not_sent() {
    // The other end never reads, and keeps ten bytes.
    let (near, far) = duplex(10);
    let near = Mutex::new(Some(near));
    let client = by(move || {
        let near = near.lock().unwrap().take().unwrap();
        async move { Ok(Box::new(near) as Box<dyn Stream>) }
    });
    let error = client.request(Lane::Isolated, &[0; 100], SHORT);
    let error = error.unwrap_err();
    assert!(
        matches!(error, TransportError::SendTimeout { .. }),
        "{error}"
    );
    assert!(!error.was_sent());
    drop(far);
}

#[test]
fn a_connection_that_ends_within_the_request_has_not_sent_it() {
    let client = by(|| async {
        let (near, far) = duplex(10);
        drop(far);
        Ok(Box::new(near) as Box<dyn Stream>)
    });
    let error = client.request(Lane::Isolated, &[0; 100], LONG);
    let error = error.unwrap_err();
    assert!(
        matches!(error, TransportError::ClosedBeforeRequest { .. }),
        "{error}"
    );
    assert!(!error.was_sent());
}

/// The second try finds nobody; the first may have been delivered, and was.
#[test]
fn a_failed_second_try_does_not_deny_the_first() {
    let (address, node) = scripted(|listener| {
        let mut first = accept(&listener);
        let request = receive(&mut first);
        send(&mut first, &request);
        drop(listener);
        receive(&mut first)
    });
    let client = client(address);
    client.request(Lane::Reading, b"one", LONG).unwrap();
    let error = client.request(Lane::Reading, b"two", LONG).unwrap_err();
    assert_eq!(node.join().unwrap(), b"two");
    assert!(error.was_sent(), "{error}");
}

#[test]
fn a_carrier_that_panics_does_not_hang_the_client() {
    let client = by(|| async { panic!("a carrier's mistake") });
    let error = client.request(Lane::Reading, b"x", LONG).unwrap_err();
    assert!(
        matches!(error, TransportError::CarrierFailed { .. }),
        "{error}"
    );
    assert!(error.was_sent(), "nobody knows");
}

#[test]
fn a_time_out_may_be_endless() {
    let node = common::Node::start();
    let answer = node.client().request(Lane::Reading, b"x", Duration::MAX);
    assert_eq!(answer.unwrap(), b"x");
}
