//! Onion services and clients of them, on a private Tor network.

#![cfg(feature = "tor")]
#![allow(clippy::unwrap_used)]

#[path = "support/private_tor.rs"]
mod private_tor;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use private_tor::PrivateTor;
use tally_transport::TransportError;
use tally_transport::carrier::{Carrier, Lane};
use tally_transport::client::{Client, ClientOptions};
use tally_transport::schedule::WarmCircuits;
use tally_transport::server::{Handler, Origin, Reply, Server, ServerLimits};
use tally_transport::tor::{OnionAddress, Tor, TorCarrier, TorDirectory, TorOptions};
use tokio::io::AsyncWriteExt;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

const ANSWER: Duration = Duration::from_secs(30);

/// Answers with what it was asked, and keeps a record of where that came from.
#[derive(Default)]
struct Echo {
    seen: Mutex<Vec<(Origin, Vec<u8>)>>,
}

impl Handler for Echo {
    async fn handle(&self, origin: Origin, request: Vec<u8>) -> Reply {
        self.seen.lock().unwrap().push((origin, request.clone()));
        Reply::Keep(request)
    }
}

/// An onion service of this process.
struct Node {
    runtime: Runtime,
    echo: Arc<Echo>,
    address: OnionAddress,
    stop: Option<oneshot::Sender<()>>,
    serving: tokio::task::JoinHandle<()>,
    _tor: Tor,
}

impl Node {
    fn start(tor: Tor) -> Self {
        let runtime = Runtime::new().unwrap();
        let service = tor.publish().unwrap();
        let address = service.address().clone();
        let reachable = service.reachable();
        let echo = Arc::new(Echo::default());
        let limits = ServerLimits {
            first_request: 3 * ANSWER,
            frame: 3 * ANSWER,
            ..ServerLimits::default()
        };
        let server = Server::new(limits, Arc::clone(&echo));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = runtime.spawn(async move {
            let end = {
                let server = server.clone();
                async move {
                    let _ = stopped.await;
                    server.stop().await;
                }
            };
            service.serve(server, end).await;
        });
        runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(60), reachable).await })
            .expect("published");
        Self {
            runtime,
            echo,
            address,
            stop: Some(stop),
            serving,
            _tor: tor,
        }
    }

    fn stop(mut self) {
        drop(self.stop.take());
        self.runtime.block_on(self.serving).unwrap();
    }

    fn origin(&self, request: &[u8]) -> Origin {
        let seen = self.echo.seen.lock().unwrap();
        let mut found = seen.iter().filter(|(_, bytes)| bytes == request);
        let origin = found.next().unwrap().0;
        assert!(found.next().is_none(), "once");
        origin
    }
}

fn tor(network: &PrivateTor, folder: &std::path::Path) -> Tor {
    let directory = TorDirectory::take(folder).unwrap();
    let options = TorOptions {
        configuration: Some(network.configuration()),
        ..TorOptions::in_directory(directory)
    };
    let is_new = !folder.join("cache").exists();
    let mut percents = Vec::new();
    let tor = Tor::start(options, &mut |progress| percents.push(progress.percent)).unwrap();
    // The second time there may be nothing to wait for.
    assert!(!is_new || !percents.is_empty(), "progress is told");
    tor
}

/// One network for all of it: starting one takes its time.
#[test]
fn a_service_and_its_clients() {
    let Some(network) = PrivateTor::start() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(tor(&network, &folder.path().join("node")));
    let client_tor = tor(&network, &folder.path().join("client"));

    every_message_has_a_circuit_of_its_own(&node, &client_tor);
    circuits_are_kept_ready(&node, &client_tor);
    hostile_peers_hold_nobody_up(&node, &client_tor);
    another_port_is_refused(&node, &client_tor);
    a_service_that_is_not_there_is_refused(&client_tor);

    // Its identity stays: whoever knew the address finds it again.
    let address = node.address.clone();
    node.stop();
    let node = Node::start(tor(&network, &folder.path().join("node")));
    assert_eq!(node.address, address);
    what_is_sent_without_tor_is_not_sent(&network, &node, &client_tor);
    node.stop();
}

fn client(tor: &Tor, address: &OnionAddress, warm: WarmCircuits) -> Client {
    let carrier = tor.carrier(address.clone(), warm).unwrap();
    Client::new(Box::new(carrier), ClientOptions::default()).unwrap()
}

fn every_message_has_a_circuit_of_its_own(node: &Node, tor: &Tor) {
    let client = client(tor, &node.address, WarmCircuits::NONE);
    let big = vec![7; 100_000];
    for text in [b"reading 1".as_slice(), b"reading 2", &big] {
        assert_eq!(client.request(Lane::Reading, text, ANSWER).unwrap(), text);
    }
    let mut took = Vec::new();
    for text in [b"message 1".as_slice(), b"message 2", b"message 3"] {
        let start = Instant::now();
        if text == b"message 3" {
            client.prepare();
        }
        assert_eq!(client.request(Lane::Isolated, text, ANSWER).unwrap(), text);
        took.push(start.elapsed());
    }
    eprintln!("messages on new circuits took {took:?}");
    let circuit = |request: &[u8]| node.origin(request).circuit.unwrap();
    assert_eq!(circuit(b"reading 1"), circuit(b"reading 2"));
    assert_eq!(circuit(b"reading 1"), circuit(&big));
    let circuits: BTreeSet<u64> = [
        b"reading 1".as_slice(),
        b"message 1",
        b"message 2",
        b"message 3",
    ]
    .map(circuit)
    .into();
    assert_eq!(circuits.len(), 4, "all different");
}

fn circuits_are_kept_ready(node: &Node, tor: &Tor) {
    let warm = WarmCircuits {
        every: Duration::from_millis(300),
        ..WarmCircuits::THREE
    };
    let carrier = tor.carrier(node.address.clone(), warm).unwrap();
    let ready = Arc::new(carrier);
    let client = Client::new(Box::new(Arc::clone(&ready)), ClientOptions::default()).unwrap();
    wait_for_three(&ready);
    let mut circuits = BTreeSet::new();
    let mut took = Vec::new();
    for number in 0..3 {
        let text = format!("ready {number}");
        let start = Instant::now();
        client
            .request(Lane::Isolated, text.as_bytes(), ANSWER)
            .unwrap();
        took.push(start.elapsed());
        circuits.insert(node.origin(text.as_bytes()).circuit.unwrap());
    }
    eprintln!("messages on ready circuits took {took:?}");
    assert_eq!(circuits.len(), 3);
    // They are replaced.
    wait_for_three(&ready);
}

fn wait_for_three(carrier: &TorCarrier) {
    let start = Instant::now();
    while carrier.ready() < 3 {
        let ready = carrier.ready();
        assert!(start.elapsed() < Duration::from_secs(60), "{ready} ready");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Half frames, garbage, silence, and more streams than a circuit may have.
fn hostile_peers_hold_nobody_up(node: &Node, tor: &Tor) {
    let hostile = tor
        .carrier(node.address.clone(), WarmCircuits::NONE)
        .unwrap();
    let runtime = Runtime::new().unwrap();
    let streams = runtime.block_on(async {
        let mut streams = Vec::new();
        for number in 0..24_u8 {
            let lane = if number % 2 == 0 {
                Lane::Reading
            } else {
                Lane::Isolated
            };
            // Beyond the limit of a circuit Tor closes it.
            let Ok(mut stream) = hostile.connect(lane).await else {
                continue;
            };
            let bytes: &[u8] = match number % 3 {
                0 => b"\x09\0\0\0half",
                1 => b"GET / HTTP/1.1\r\n\r\n",
                _ => b"",
            };
            let _ = stream.write_all(bytes).await;
            let _ = stream.flush().await;
            streams.push(stream);
        }
        streams
    });
    assert!(streams.len() > 12, "{}", streams.len());
    let honest = client(tor, &node.address, WarmCircuits::NONE);
    // Long before the service would drop any of them.
    honest.request(Lane::Isolated, b"honest", ANSWER).unwrap();
    drop(streams);
}

fn another_port_is_refused(node: &Node, tor: &Tor) {
    let address: OnionAddress = format!("{}:80", node.address.host()).parse().unwrap();
    let client = client(tor, &address, WarmCircuits::NONE);
    let error = client.request(Lane::Isolated, b"x", ANSWER).unwrap_err();
    assert!(!error.was_sent(), "{error}");
}

fn a_service_that_is_not_there_is_refused(tor: &Tor) {
    // A good address, of nobody here.
    let address: OnionAddress = "vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd.onion"
        .parse()
        .unwrap();
    let client = client(tor, &address, WarmCircuits::NONE);
    let error = client.request(Lane::Isolated, b"x", ANSWER).unwrap_err();
    assert!(!error.was_sent(), "{error}");
    let bad: OnionAddress = "aww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd.onion"
        .parse()
        .unwrap();
    assert!(matches!(
        tor.carrier(bad, WarmCircuits::NONE),
        Err(TransportError::BadOnionAddress { .. })
    ));
}

fn what_is_sent_without_tor_is_not_sent(network: &PrivateTor, node: &Node, tor: &Tor) {
    let client = client(tor, &node.address, WarmCircuits::NONE);
    client.request(Lane::Isolated, b"before", ANSWER).unwrap();
    network.stop();
    let error = client
        .request(Lane::Isolated, b"meanwhile", Duration::from_secs(5))
        .unwrap_err();
    assert!(!error.was_sent(), "{error}");
    eprintln!("without relays: {error}");
    network.start_again();
    let start = Instant::now();
    let mut tries = 0;
    while let Err(error) = client.request(Lane::Isolated, b"after", Duration::from_secs(5)) {
        tries += 1;
        assert!(start.elapsed() < Duration::from_secs(240), "{error}");
        assert!(!error.was_sent(), "{error}");
        std::thread::sleep(Duration::from_millis(500));
    }
    eprintln!("back after {:?}, {tries} tries in vain", start.elapsed());
    let seen = node.echo.seen.lock().unwrap();
    assert!(seen.iter().all(|(_, bytes)| bytes != b"meanwhile"));
}
