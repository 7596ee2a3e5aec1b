//! Which addresses a carrier accepts, and that it looks no name up.

#![allow(clippy::unwrap_used)]

mod common;

use std::net::TcpListener;

use common::{LONG, Node};
use tally_transport::TransportError;
use tally_transport::carrier::{Carrier, Lane, TcpCarrier};
use tally_transport::client::{Client, ClientOptions};

#[test]
fn host_names_are_never_looked_up() {
    for name in [
        "node.example",
        "example.com",
        "localhost.",
        "xn--e1afmkfd",
        "a",
    ] {
        assert_name_refused(name);
    }
}

#[test]
fn onion_services_are_not_reached_over_tcp() {
    for address in ["abc.onion:7400", "ABC.ONION", "abc.onion.:1"] {
        for made in [
            TcpCarrier::new(address),
            TcpCarrier::to_any_network(address),
        ] {
            let error = made.unwrap_err();
            assert!(
                matches!(error, TransportError::OnionOverTcp { .. }),
                "{address}: {error}"
            );
            assert!(error.to_string().contains("nothing looked up"), "{error}");
        }
    }
}

/// These would be found, without any network: a carrier that looks names up would accept them.
#[test]
fn names_that_this_machine_knows_are_refused_too() {
    let hosts = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let lines = hosts.lines().filter_map(|line| line.split('#').next());
    for name in lines.flat_map(|line| line.split_whitespace().skip(1)) {
        if name != "localhost" {
            assert_name_refused(name);
        }
    }
}

fn assert_name_refused(name: &str) {
    let address = format!("{name}:7400");
    for made in [
        TcpCarrier::new(&address),
        TcpCarrier::to_any_network(&address),
    ] {
        let error = made.unwrap_err();
        assert!(
            matches!(error, TransportError::HostName { .. }),
            "{address}: {error}"
        );
        assert!(error.to_string().contains("never looked up"), "{error}");
        assert!(!error.was_sent());
    }
}

#[test]
fn what_is_no_address_is_refused() {
    for address in [
        "",
        ":",
        ":80",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:80 ",
        "localhost",
        "localhost:",
        "localhost:0",
        "localhost:http",
        "::1",
        "::1:80x",
        "[::1]",
        "300.0.0.1:80",
        "user@localhost:80",
    ] {
        let error = TcpCarrier::new(address).unwrap_err();
        assert!(
            matches!(error, TransportError::BadAddress { .. }),
            "{address:?}: {error}"
        );
    }
}

#[test]
fn public_addresses_need_consent() {
    for address in ["1.1.1.1:80", "[2606:4700::1111]:80", "[::ffff:1.1.1.1]:80"] {
        let error = TcpCarrier::new(address).unwrap_err();
        assert!(
            matches!(error, TransportError::PublicAddress { .. }),
            "{error}"
        );
        let carrier = TcpCarrier::to_any_network(address).unwrap();
        assert_eq!(carrier.address(), address.parse().unwrap());
    }
}

#[test]
fn localhost_is_this_machine() {
    let node = Node::start();
    let carrier = TcpCarrier::new(&format!("localhost:{}", node.address.port())).unwrap();
    assert_eq!(carrier.address(), node.address);
    assert_eq!(carrier.describe(), format!("{} over TCP", node.address));
    let client = Client::new(Box::new(carrier), ClientOptions::default()).unwrap();
    assert_eq!(client.request(Lane::Reading, b"x", LONG).unwrap(), b"x");
}

#[test]
fn ip_version_6_works_where_it_exists() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return;
    };
    let carrier = TcpCarrier::new(&listener.local_addr().unwrap().to_string()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(carrier.connect(Lane::Isolated)).unwrap();
}
