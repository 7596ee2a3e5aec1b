//! What a node sees of a client that reads: nothing of what the client sends.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use support::liar::{Asked, GONE, HONEST, Record, between, recording};
use support::{IN_SESSION, Market, Owner, enter, order, sent};
use tally_client::desk::{Desk, DeskError};
use tally_client::reply::{FailureKind, OutcomeWord, Reply, Sent};
use tally_client::request::{OrderRequest, Request};
use tally_client::runner::{Asker, Runner, Told};
use tally_exchange::refusal::Refusal;
use tally_exchange::units::Side;
use tally_node::api::{Decline, Request as ApiRequest, Response, Submission};

/// How long a reader waits at the node, milliseconds.
const POLL_MS: u32 = 10_000;
/// Declines what it has ordered.
const DECLINES: u8 = 1;

/// A desk at work.
struct Working {
    asker: Asker,
    told: Receiver<Told>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<(), DeskError>>,
}

impl Working {
    fn start(desk: Desk) -> Self {
        let runner = Runner::new(desk);
        let (tell, told) = channel();
        let stop = Arc::new(AtomicBool::new(false));
        let (asker, is_over) = (runner.asker(), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            runner.run(&is_over, &mut |what| {
                let _ = tell.send(what);
            })
        });
        Self {
            asker,
            told,
            stop,
            thread,
        }
    }

    fn ask(&self, request: Request) -> Reply {
        match self.asker.ask(request).unwrap() {
            Reply::Failed(failure) => panic!("{failure:?}"),
            reply => reply,
        }
    }

    fn sent(&self, request: Request) -> Sent {
        match self.ask(request) {
            Reply::Sent(sent) => sent,
            other => panic!("{other:?}"),
        }
    }

    fn enter(&self, cents: u64) {
        self.ask(Request::Fund { amount: cents });
        self.sent(Request::Open {
            market: None,
            amount: cents,
            preview: false,
        });
    }

    /// Waits until it tells something.
    fn hears(&self, is_it: impl Fn(&Told) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut heard = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.told.recv_timeout(left) {
                Ok(told) if is_it(&told) => return,
                Ok(told) => heard.push(told),
                Err(error) => panic!("{error}: {heard:?}"),
            }
        }
    }

    fn end(self) {
        self.stop.store(true, Ordering::SeqCst);
        self.asker.end();
        self.thread.join().unwrap().unwrap();
    }
}

fn named(id: &str, price: &str) -> Request {
    Request::Order(OrderRequest {
        id: Some(id.to_owned()),
        ..order(Side::Buy, 1, price)
    })
}

fn questions(record: &Record) -> MutexGuard<'_, Vec<Asked>> {
    record.lock().unwrap()
}

const fn is_message(asked: &Asked) -> bool {
    matches!(
        asked.question,
        ApiRequest::Submit { .. } | ApiRequest::Faucet { .. }
    )
}

/// What is read is one long poll after the other: each from where the one before ended, and none beside another.
fn assert_only_polls(asked: &[Asked]) {
    let mut last: Option<(u64, Instant)> = None;
    for Asked {
        question,
        at,
        answered,
        ..
    } in asked
    {
        let ApiRequest::Blocks { from, wait_ms, .. } = question else {
            panic!("{question:?}");
        };
        assert_eq!(*wait_ms, POLL_MS);
        if let Some((next, before)) = last {
            assert_eq!(*from, next);
            assert!(*at >= before, "two at once");
            // Both processors may have been busy with a proof.
            assert!(*at - before < Duration::from_secs(3), "{:?}", *at - before);
        }
        last = answered.map(|(when, blocks)| (from + blocks, when));
    }
}

/// Cash, a note, orders, a retry, a cancel, a message that is declined: whatever is sent, and however many, what is read
/// are the long polls of a reader that knows of nothing. Keys are fetched before it begins.
#[test]
fn a_desk_at_work_reads_the_same_whatever_it_sends() {
    let market = Market::start(IN_SESSION, 1);
    let (_runtime, address, lie, record) = recording(&market, declines);
    let owner = Owner::new(31);
    // The keys have to be fetched.
    std::fs::create_dir_all(owner.folder.path().join("keys")).unwrap();
    let desk = owner.open(&address);
    let opened = questions(&record).len();
    let working = Working::start(desk);
    working.enter(5_000_000);
    for price in ["65.000", "65.025"] {
        working.sent(named(price, price));
    }
    assert!(working.sent(named("65.000", "65.000")).repeated);
    lie.store(DECLINES, Ordering::SeqCst);
    working.sent(named("declined", "65.050"));
    lie.store(HONEST, Ordering::SeqCst);
    working.ask(Request::CancelAll {
        market: None,
        side: None,
    });
    working.ask(Request::Status {});
    working.end();

    let record = questions(&record);
    let at_work = record[opened..].iter().cloned();
    // The first message may be quicker than the thread that reads.
    let (messages, read): (Vec<Asked>, Vec<Asked>) = at_work.partition(is_message);
    assert!(messages.len() >= 6, "{messages:?}");
    let begin = read
        .iter()
        .position(|asked| matches!(asked.question, ApiRequest::Blocks { .. }));
    let (keys, polls) = read.split_at(begin.unwrap());
    assert!(!keys.is_empty());
    for asked in keys {
        assert!(matches!(asked.question, ApiRequest::Key { .. }));
    }
    assert_only_polls(polls);
}

fn declines(lie: u8, _: &ApiRequest, response: &mut Response) {
    if let (DECLINES, Response::Submitted(submission)) = (lie, response) {
        *submission = Submission::Declined(Decline::Refused(Refusal::Spent));
    }
}

/// Whoever waits on an own desk, as a screen does, reads on as well.
#[test]
fn a_screen_reads_the_same_whatever_is_sent() {
    use tally_client::connection::Connection;
    let market = Market::start(IN_SESSION, 1);
    let (_runtime, address, _, record) = recording(&market, |_, _, _| {});
    let owner = Owner::new(36);
    let mut connection = Connection::Own {
        desk: Box::new(owner.open(&address)),
        keeps_alive: true,
    };
    let opened = questions(&record).len();
    let wait = Duration::from_millis(50);
    connection.wait(wait).unwrap();
    connection.ask(Request::Fund { amount: 5_000_000 });
    for _ in 0..3 {
        connection.wait(wait).unwrap();
    }
    let open = connection.ask(Request::Open {
        market: None,
        amount: 5_000_000,
        preview: false,
    });
    assert!(matches!(open, Reply::Sent(_)), "{open:?}");
    connection.wait(wait).unwrap();
    let record = questions(&record);
    let at_work = record[opened..].iter().cloned();
    let (messages, read): (Vec<Asked>, Vec<Asked>) = at_work.partition(is_message);
    assert_eq!(messages.len(), 2);
    assert_only_polls(&read);
}

/// A node that declines what it has ordered is not believed: the message is in a block.
#[test]
fn a_declined_message_that_is_in_a_block_counts() {
    let market = Market::start(IN_SESSION, 1);
    let (_runtime, address, lie) = between(&market, declines);
    let owners = [Owner::new(32), Owner::new(33)];
    let mut desk = owners[0].open(&address);
    enter(&mut desk, 5_000_000);
    let working = Working::start(owners[1].open(&address));
    working.enter(5_000_000);
    lie.store(DECLINES, Ordering::SeqCst);
    let alone = sent(&mut desk, Request::Order(order(Side::Buy, 1, "65.000")));
    let at_work = working.sent(Request::Order(order(Side::Buy, 1, "65.000")));
    assert_eq!(alone.orders.len(), 1);
    assert_eq!(
        (at_work.outcome, at_work.orders.len()),
        (OutcomeWord::Accepted, 1)
    );
    working.end();
}

/// A node that goes and comes back is told of, and what was sent in between has no outcome.
#[test]
fn a_lost_node_is_told_of_and_waited_for() {
    let market = Market::start(IN_SESSION, 1);
    let (_runtime, address, lie) = between(&market, |_, _, _| {});
    let owners = [Owner::new(34), Owner::new(35)];
    let mut other = owners[0].open(&market.address());
    enter(&mut other, 5_000_000);
    let working = Working::start(owners[1].open(&address));
    working.enter(5_000_000);
    lie.store(GONE, Ordering::SeqCst);
    // Its block ends the long poll that is under way.
    sent(&mut other, Request::Order(order(Side::Buy, 1, "65.000")));
    working.hears(|told| matches!(told, Told::Lost { .. }));
    let Some(Reply::Failed(failure)) = working.asker.ask(named("lost", "65.025")) else {
        panic!()
    };
    assert_eq!(failure.kind, FailureKind::Unknown, "{}", failure.error);
    lie.store(HONEST, Ordering::SeqCst);
    sent(&mut other, Request::Order(order(Side::Buy, 1, "65.025")));
    working.hears(|told| matches!(told, Told::Back { .. }));
    // The retry sends the same message, and finds its outcome.
    let again = working.sent(named("lost", "65.025"));
    assert!(again.repeated);
    assert_eq!(again.outcome, OutcomeWord::Accepted);
    working.end();
}
