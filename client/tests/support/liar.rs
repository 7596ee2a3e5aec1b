//! A node between a client and an honest node, which lies on demand.

use super::Market;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tally_node::api::{Request, Response};
use tally_transport::carrier::{Lane, TcpCarrier};
use tally_transport::client::{Client, ClientOptions};
use tally_transport::server::{Handler, Origin, Reply, Server, ServerLimits};
use tokio::runtime::Runtime;

/// Passes everything on.
pub const HONEST: u8 = 0;
/// Passes a submission on, and answers rubbish.
pub const LOSES_ANSWERS: u8 = 100;
/// Passes no submission on, and answers rubbish.
pub const SWALLOWS: u8 = 101;
/// Answers rubbish to everything, and passes nothing on.
pub const GONE: u8 = 102;

/// What it does to an answer.
pub type Twist = fn(u8, &Request, &mut Response);

/// A question that went through.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What.
    pub question: Request,
    /// By which connection.
    pub connection: u64,
    /// When it came.
    pub at: Instant,
    /// When it was answered, and with how many blocks.
    pub answered: Option<(Instant, u64)>,
}

/// All questions, in the order in which they came.
pub type Record = Arc<Mutex<Vec<Asked>>>;

struct Liar {
    honest: Arc<Client>,
    lie: Arc<AtomicU8>,
    twist: Twist,
    record: Record,
}

impl Liar {
    /// Notes a question; returns its place in the record.
    fn asked(&self, question: &Request, connection: u64) -> usize {
        let mut record = self.record.lock().unwrap();
        record.push(Asked {
            question: question.clone(),
            connection,
            at: Instant::now(),
            answered: None,
        });
        record.len() - 1
    }

    fn answered(&self, place: usize, response: &Response) {
        let blocks = match response {
            Response::Blocks(range) => range.blocks.len() as u64,
            _ => 0,
        };
        self.record.lock().unwrap()[place].answered = Some((Instant::now(), blocks));
    }
}

impl Handler for Liar {
    async fn handle(&self, origin: Origin, request: Vec<u8>) -> Reply {
        let (honest, twist) = (Arc::clone(&self.honest), self.twist);
        let lie = self.lie.load(Ordering::SeqCst);
        let question = Request::from_bytes(&request).unwrap();
        let is_submission = matches!(question, Request::Submit { .. });
        let place = self.asked(&question, origin.connection);
        if lie == GONE || (lie == SWALLOWS && is_submission) {
            return Reply::Close(vec![0]);
        }
        let answer = tokio::task::spawn_blocking(move || {
            let bytes = honest
                .request(Lane::Reading, &request, Duration::from_secs(60))
                .unwrap();
            let mut response = Response::from_bytes(&bytes).unwrap();
            twist(lie, &question, &mut response);
            response
        });
        let answer = answer.await.unwrap();
        self.answered(place, &answer);
        if lie == LOSES_ANSWERS && is_submission {
            return Reply::Close(vec![0]);
        }
        Reply::Keep(answer.to_bytes())
    }
}

/// A liar in front of a market, its address, and what makes it lie.
pub fn between(market: &Market, twist: Twist) -> (Runtime, String, Arc<AtomicU8>) {
    let (runtime, address, lie, _) = recording(market, twist);
    (runtime, address, lie)
}

/// As [`between`], with all that it is asked.
pub fn recording(market: &Market, twist: Twist) -> (Runtime, String, Arc<AtomicU8>, Record) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let carrier = TcpCarrier::new(&market.address()).unwrap();
    let honest = Client::new(Box::new(carrier), ClientOptions::default()).unwrap();
    let lie = Arc::new(AtomicU8::new(HONEST));
    let handler = Liar {
        honest: Arc::new(honest),
        lie: Arc::clone(&lie),
        twist,
        record: Record::default(),
    };
    let record = Arc::clone(&handler.record);
    let server = Server::new(ServerLimits::default(), Arc::new(handler));
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .unwrap();
    let address = listener.local_addr().unwrap().to_string();
    runtime.spawn(async move {
        let _ = server.serve(listener, std::future::pending::<()>()).await;
    });
    (runtime, address, lie, record)
}
