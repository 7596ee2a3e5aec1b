//! A node to ask, and peers that are no clients.

// Each test file uses a part of it.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tally_transport::TransportError;
use tally_transport::carrier::TcpCarrier;
use tally_transport::client::{Client, ClientOptions};
use tally_transport::server::{Handler, Origin, Reply, Server, ServerCounts, ServerLimits};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, oneshot};

/// More than anything takes that goes well, on a busy machine too.
pub const LONG: Duration = Duration::from_secs(20);

/// Does what the request says; echoes what it does not know.
pub struct Obedient {
    /// What a request `wait` waits for: one permit each.
    pub gate: Semaphore,
}

impl Handler for Obedient {
    async fn handle(&self, origin: Origin, request: Vec<u8>) -> Reply {
        match request.as_slice() {
            b"who am I" => return Reply::Keep(origin.connection.to_le_bytes().to_vec()),
            b"wait" => self.gate.acquire().await.unwrap().forget(),
            b"go away" => return Reply::Close(b"gone".to_vec()),
            b"panic" => panic!("as asked"),
            b"all you can" => {
                return Reply::Keep(vec![7; tally_transport::frame::MAX_RESPONSE_BYTES]);
            }
            b"too much" => {
                return Reply::Keep(vec![7; tally_transport::frame::MAX_RESPONSE_BYTES + 1]);
            }
            _ => {}
        }
        Reply::Keep(request)
    }
}

/// A node in this process.
pub struct Node {
    pub server: Server<Obedient>,
    pub handler: Arc<Obedient>,
    pub address: SocketAddr,
    pub runtime: Runtime,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<tokio::task::JoinHandle<Result<(), TransportError>>>,
}

impl Node {
    pub fn start() -> Self {
        Self::with(ServerLimits::default())
    }

    pub fn with(limits: ServerLimits) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let address = listener.local_addr().unwrap();
        let gate = Semaphore::new(0);
        let handler = Arc::new(Obedient { gate });
        let server = Server::new(limits, Arc::clone(&handler));
        let (stop, stopped) = oneshot::channel();
        let own = server.clone();
        let serving = runtime.spawn(async move { own.serve(listener, stopped).await });
        Self {
            server,
            handler,
            address,
            runtime,
            stop: Some(stop),
            serving: Some(serving),
        }
    }

    pub fn client(&self) -> Client {
        client(self.address)
    }

    pub fn counts(&self) -> ServerCounts {
        self.server.counters().counts()
    }

    /// Waits until the counts are as wished.
    pub fn await_counts(&self, what: &str, wished: impl Fn(&ServerCounts) -> bool) {
        let started = Instant::now();
        while !wished(&self.counts()) {
            assert!(started.elapsed() < LONG, "not {what}: {:?}", self.counts());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asks the node to stop, and does not wait.
    pub fn begin_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until it has stopped.
    pub fn stopped(&mut self) -> Result<(), TransportError> {
        let serving = self.serving.take().unwrap();
        self.runtime.block_on(serving).unwrap()
    }
}

pub fn client(address: SocketAddr) -> Client {
    let carrier = TcpCarrier::new(&address.to_string()).unwrap();
    Client::new(Box::new(carrier), ClientOptions::default()).unwrap()
}

/// A connection without any manners; reading from it fails after [`LONG`].
pub fn raw(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

pub fn send(stream: &mut TcpStream, frame: &[u8]) {
    let length = u32::try_from(frame.len()).unwrap();
    stream.write_all(&length.to_le_bytes()).unwrap();
    stream.write_all(frame).unwrap();
}

pub fn receive(stream: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut frame = vec![0; u32::from_le_bytes(length) as usize];
    stream.read_exact(&mut frame).unwrap();
    frame
}

pub fn ask(stream: &mut TcpStream, request: &[u8]) -> Vec<u8> {
    send(stream, request);
    receive(stream)
}

/// Waits until the other side has hung up; returns how long that took.
pub fn await_end(stream: &mut TcpStream) -> Duration {
    let started = Instant::now();
    loop {
        match stream.read(&mut [0; 4096]) {
            Ok(0) => return started.elapsed(),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {
                return started.elapsed();
            }
            Err(error) => panic!("still open: {error}"),
        }
    }
}

/// A node that does what `script` says, in a thread.
pub fn scripted<T: Send + 'static>(
    script: impl FnOnce(TcpListener) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, thread::spawn(move || script(listener)))
}

pub fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}
