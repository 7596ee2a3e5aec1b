//! A hundred clients at once, fifty who send garbage, halves or nothing, and an honest trader among them.

use crate::support::*;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tally_exchange::market::Market;
use tally_exchange::units::{Quantity, Side};
use tally_node::api::{Request, Response};
use tally_node::stamp::OTHER_BITS;
use tally_trader::request::OrderRequest;

const ORDERS: u32 = 8;

#[test]
fn an_honest_order_takes_less_than_a_second_in_a_crowd() {
    let root = market_folder();
    let node = start(root.path(), &options());
    let mut trader = Trader::opened(&node, 1);
    // What this machine takes for one when nobody is there.
    let quiet = median((0..3).map(|_| timed(&mut trader, 1)).collect());
    let (address, chain) = (node.address().unwrap(), node.engine().chain());
    let is_over = AtomicBool::new(false);
    let times = thread::scope(|scope| {
        for client in 0..100 {
            let is_over = &is_over;
            scope.spawn(move || read_on(address, client, is_over));
        }
        for number in 0..50 {
            let (is_over, chain) = (&is_over, &chain);
            scope.spawn(move || misbehave(address, chain, number, is_over));
        }
        // So that an assertion that fails ends the crowd, too.
        let ending = Ending(&is_over);
        thread::sleep(Duration::from_millis(500));
        let times: Vec<Duration> = (1..=ORDERS).map(|n| timed(&mut trader, n)).collect();
        drop(ending);
        times
    });
    println!("order to receipt, quiet: {quiet:?}; the crowd around: {times:?}");
    println!("{:?}", node.counters().counts());
    // Other tests share the machine: what is too long is told by it too.
    let (most, longest) = (Duration::from_secs(1), Duration::from_secs(5));
    let median = median(times.clone());
    assert!(median < most.max(10 * quiet), "{quiet:?} {times:?}");
    let slowest = times.iter().max();
    assert!(
        slowest < Some(&longest.max(50 * quiet)),
        "{quiet:?} {times:?}"
    );
    let counts = node.counters().counts();
    assert!(counts.accepted > 150, "{counts:?}");
    assert_eq!(counts.displaced, 0, "{counts:?}");
    node.stop().unwrap();
}

struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// From the proved and stamped order to the receipt: how long a stamp takes is chance, and no doing of the node.
fn timed(trader: &mut Trader<'_>, quantity: u32) -> Duration {
    let centre = trader.market(Market::centre);
    let entry = proved(trader.order(OrderRequest::limit(Side::Buy, Quantity(quantity), centre)));
    let request = trader.stamped(&entry);
    let start = Instant::now();
    let submission = trader.asking.submit(&request);
    let took = start.elapsed();
    let receipt = trader.take(submission);
    assert!(!receipt.to_string().contains("refused"), "{receipt}");
    took
}

/// Hello, what there is, and then what comes, as long as it goes on.
fn read_on(address: SocketAddr, client: u64, is_over: &AtomicBool) {
    let mut wire = Wire::to(address).unwrap();
    let mut from = 1;
    let mut ask = |request: &Request| {
        wire.send(&request.to_bytes()).unwrap();
        Response::from_bytes(&wire.receive().unwrap()).unwrap()
    };
    assert!(matches!(ask(&Request::Hello), Response::Hello(_)));
    while !is_over.load(Ordering::Relaxed) {
        let request = Request::Blocks {
            from,
            most_bytes: 1 << 20,
            wait_ms: 200,
        };
        match ask(&request) {
            Response::Blocks(range) => from += range.blocks.len() as u64,
            other => panic!("client {client}: {other:?}"),
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// In turns: garbage frames, halves of frames, silence, entries without and with a stamp that are none.
fn misbehave(address: SocketAddr, chain: &[u8; 32], number: u64, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        // Being refused or hung up on is what they are here for.
        let Ok(mut wire) = Wire::to(address) else {
            continue;
        };
        let _ = wire.0.set_read_timeout(Some(Duration::from_millis(500)));
        match number % 5 {
            0 => {
                let _ = wire.send(&[0xa5; 3_000]);
                let _ = wire.receive();
            }
            1 => {
                let _ = wire.0.write_all(&[0xff, 0xff, 0, 0, 1, 2, 3]);
                thread::sleep(Duration::from_millis(300));
            }
            2 => thread::sleep(Duration::from_millis(700)),
            3 => {
                let request = Request::Submit {
                    entry: vec![0; 100_000],
                    stamp: number,
                    wait_ms: 1_000,
                };
                let _ = wire.send(&request.to_bytes());
                let _ = wire.receive();
            }
            _ => {
                let request = submission(chain, &number.to_le_bytes(), OTHER_BITS, 1_000);
                let _ = wire.send(&request.to_bytes());
                let _ = wire.receive();
            }
        }
        thread::sleep(Duration::from_millis(10));
    }
}
