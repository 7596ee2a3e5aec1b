//! Agents keep positions alive through the close, the daily revalidation and into the next day.

#![allow(clippy::unwrap_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use support::pace::pace;
use support::{IN_SESSION, Market, Owner, enter, order, sent};
use tally_client::agent::{AgentClient, AgentSocket};
use tally_client::desk::Desk;
use tally_client::reply::{OutcomeWord, PositionLine, Reply};
use tally_client::request::{OrderRequest, Request, SeatAction};
use tally_client::runner::{Asker, Runner, Told};
use tally_exchange::units::Side;
use tally_trader::agent::TopUp;

/// How fast the clock runs while somebody trades by hand: a session lasts many minutes.
const BY_HAND: u32 = 10;
/// What each brings in, cents.
const CASH: u64 = 20_000_000;

fn position(asker: &Asker) -> PositionLine {
    match asker.ask(Request::Position { market: None }) {
        Some(Reply::Position { positions }) => positions[0].clone(),
        other => panic!("{other:?}"),
    }
}

fn epoch(asker: &Asker) -> (u64, String, String) {
    match asker.ask(Request::Epoch {}) {
        Some(Reply::Epoch { markets, .. }) => (
            markets[0]["epoch"].as_u64().unwrap(),
            markets[0]["session"].as_str().unwrap().to_owned(),
            markets[0]["phase"].as_str().unwrap().to_owned(),
        ),
        other => panic!("{other:?}"),
    }
}

fn send(asker: &Asker, request: Request) {
    match asker.ask(request) {
        Some(Reply::Sent(sent)) => assert_eq!(sent.outcome, OutcomeWord::Accepted, "{sent:?}"),
        other => panic!("{other:?}"),
    }
}

/// Three traders with seats, two long and one short, and nobody does anything by hand after the first minutes. One of them
/// would be cut back to two contracts, or none, if his agent did not answer the margin call.
#[test]
fn positions_live_into_the_next_day() {
    // Before the pre-open of 2017-01-03.
    let start = IN_SESSION - 3_700_000_000;
    let market = Market::start(start, 600);
    let engine = market.node.as_ref().unwrap().engine();
    let address = market.address();
    let owners = [Owner::new(1), Owner::new(2), Owner::new(3)];
    let stop = Arc::new(AtomicBool::new(false));
    let (told, heard) = mpsc::channel();
    let mut askers = Vec::new();
    let mut threads = Vec::new();
    for (number, owner) in owners.iter().enumerate() {
        let mut options = owner.options();
        options.agent.refresh_margin = 30_000;
        options.agent.top_up = Some(TopUp { limit: 2 * CASH });
        let mut desk = owner.open_with(&address, &options).unwrap();
        enter(&mut desk, CASH);
        let seat = Request::Seat {
            market: None,
            action: Some(SeatAction::Take),
        };
        assert!(matches!(support::ask(&mut desk, seat), Reply::Seats { .. }));
        let runner = Runner::new(desk);
        askers.push(runner.asker());
        let (stop, told) = (Arc::clone(&stop), told.clone());
        threads.push(thread::spawn(move || {
            runner.run(&stop, &mut |what| {
                let _ = told.send((number, what));
            })
        }));
    }
    let deadline = Instant::now() + Duration::from_secs(400);
    let wait = |what: &str, holds: &mut dyn FnMut() -> bool| {
        while !holds() {
            assert!(
                Instant::now() < deadline,
                "never: {what}; {:?}",
                heard.try_iter().collect::<Vec<_>>()
            );
            thread::sleep(Duration::from_millis(50));
        }
    };
    wait("the session opens", &mut || {
        pace(engine);
        epoch(&askers[0]).2 == "continuous"
    });
    engine.drive_clock(BY_HAND, u64::MAX);
    let post = |asker: &Asker, side, quantity, price| {
        send(asker, Request::Order(order(side, quantity, price)));
    };
    post(&askers[0], Side::Buy, 3, "66.000");
    post(&askers[1], Side::Sell, 3, "66.000");
    wait("the trade", &mut || position(&askers[0]).position == 3);
    // Somebody without an agent buys, and is away from then on.
    let sleeper = Owner::new(4);
    let mut desk = sleeper.open(&address);
    enter(&mut desk, CASH);
    sent(&mut desk, Request::Order(order(Side::Buy, 1, "66.000")));
    post(&askers[1], Side::Sell, 1, "66.000");
    drop(desk);
    // Through the socket of an agent, as commands do.
    let wallet = owners[0].folder.path().join("a.wallet");
    let socket = AgentSocket::serve(&wallet, askers[0].clone()).unwrap();
    let mut client = AgentClient::connect(&wallet).unwrap().unwrap();
    assert!(matches!(
        client.ask(&Request::Position { market: None }).unwrap(),
        Reply::Position { positions } if positions[0].position == 3
    ));
    drop(socket);
    assert!(AgentClient::connect(&wallet).unwrap().is_none());

    // All cash that initial margin does not need leaves the first note, and the price falls further than that margin bears.
    let unclaimed = || position(&askers[0]).unclaimed_fills;
    wait("the claim", &mut || unclaimed() == 0);
    let withdraw = Request::Withdraw {
        market: None,
        amount: None,
        preview: false,
    };
    send(&askers[0], withdraw);
    post(&askers[1], Side::Sell, 1, "64.000");
    post(&askers[2], Side::Buy, 1, "64.000");
    wait("the fall", &mut || position(&askers[2]).position == 1);

    // The afternoon and the night pass faster.
    wait("the session of the next day", &mut || {
        pace(engine);
        let (_, session, phase) = epoch(&askers[0]);
        session == "2017-01-04" && phase == "continuous"
    });
    engine.drive_clock(BY_HAND, u64::MAX);
    for (asker, contracts) in askers.iter().zip([3, -5, 1]) {
        let line = position(asker);
        assert_eq!(
            (line.position, line.standing.as_str()),
            (contracts, "present")
        );
        assert_eq!(line.unclaimed_fills, 0);
    }
    assert!(epoch(&askers[0]).0 > 1);
    stop.store(true, Ordering::SeqCst);
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
    let duties: Vec<_> = heard
        .try_iter()
        .filter_map(|(_, what)| match what {
            Told::Duty(duty) if duty.done => Some(duty.duty),
            _ => None,
        })
        .collect();
    for duty in [
        "deal",
        "claim",
        "margin-call deposit",
        "refresh",
        "decryption share",
        "open sums",
    ] {
        assert!(
            duties.iter().any(|done| done == duty),
            "no {duty} in {duties:?}"
        );
    }

    // Somebody whose agent was away comes back by hand: the first command brings the note back.
    let mut desk = owners[2].open(&address);
    let sell = sent(&mut desk, Request::Order(order(Side::Sell, 1, "65.000")));
    assert_eq!(sell.orders.len(), 1);
    comes_back(&sleeper, &address);
}

/// The note of one who missed the revalidation is shown as its way back leaves it, a preview says what that costs, and a
/// close does not trade against a position that is gone.
fn comes_back(sleeper: &Owner, address: &str) {
    let mut desk = sleeper.open(address);
    let line = |desk: &mut Desk| match support::ask(desk, Request::Position { market: None }) {
        Reply::Position { positions } => positions[0].clone(),
        other => panic!("{other:?}"),
    };
    let before = line(&mut desk);
    assert_eq!(
        (before.position, before.unrealised, before.standing.as_str()),
        (0, 0, "behind")
    );
    let order = OrderRequest {
        preview: true,
        ..order(Side::Buy, 1, "64.000")
    };
    let Reply::Preview(preview) = support::ask(&mut desk, Request::Order(order)) else {
        panic!()
    };
    for part in ["its long 1 closed there", "then buy 1 @ 64.000"] {
        assert!(preview.action.contains(part), "{preview:?}");
    }
    assert_eq!(preview.free_margin_after, before.free_margin);
    assert!(preview.fees > 2_500, "haircut and opening fee: {preview:?}");
    let close = Request::Close {
        market: None,
        id: None,
        preview: false,
    };
    let closed = sent(&mut desk, close);
    assert!(closed.orders.is_empty(), "{closed:?}");
    let after = line(&mut desk);
    assert_eq!((after.position, after.standing.as_str()), (0, "present"));
    assert_eq!(
        (after.equity, after.free_margin),
        (before.equity, before.free_margin)
    );
}
