//! Agents through random days: orders, absences, margin calls and price moves as they come, each day lived once and once
//! more by traders who die with every block.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

mod support;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use support::wallets::watched;
use support::{Floor, buy, genesis, sell};
use tally_exchange::message::Transaction;
use tally_exchange::receipt::{Event, Phase};
use tally_exchange::units::Quantity;
use tally_trader::agent::{AgentOptions, Purpose, TopUp};
use tally_trader::error::WalletError;
use tally_trader::margin::Largest;

const TRADERS: usize = 7;
/// The first three have seats and are always there.
const SEATS: usize = 3;
/// Days with a halt, absences and liquidations follow from this number.
const NUMBER: u64 = 2;

fn floor(kills: bool) -> Floor {
    let good = AgentOptions::default();
    let opener = AgentOptions {
        opens_sums: true,
        ..good
    };
    let called = AgentOptions {
        top_up: Some(TopUp { limit: 300_000 }),
        ..good
    };
    let sleepy = AgentOptions {
        claims: false,
        ..good
    };
    let traders = [
        (20_000_000, 0, opener),
        (20_000_000, 0, good),
        (20_000_000, 0, good),
        (900_000, 1_000_000, called),
        (1_500_000, 0, sleepy),
        (1_000_000, 0, good),
        (900_000, 900_000, called),
    ];
    let mut floor = Floor::new(genesis(), &traders, kills);
    for agent in 0..SEATS {
        floor.act(agent, |floor, lineage| {
            lineage.bond(floor.ledger.market()).unwrap()
        });
    }
    floor
}

/// Some orders of a random trader around the price that the day has come to, if its wallet takes them.
fn trade(floor: &mut Floor, rng: &mut ChaCha20Rng, price: i32) {
    let agent = rng.gen_range(0..TRADERS);
    let quantity = rng.gen_range(3..9);
    let limit = price + rng.gen_range(-4..=4);
    post(floor, agent, rng.gen_bool(0.5), limit, quantity);
}

/// Two of the rich take the mark to this price.
fn print(floor: &mut Floor, rng: &mut ChaCha20Rng, price: i32) {
    let seller = rng.gen_range(0..SEATS);
    post(floor, seller, false, price, 20);
    post(floor, (seller + 1) % SEATS, true, price, 20);
}

/// One order, if the wallet takes it; as much as margin allows if it is less.
fn post(floor: &mut Floor, agent: usize, is_buy: bool, limit: i32, quantity: u32) {
    let band = floor.ledger.market().band();
    let limit = limit.clamp(band.lo.0, band.hi.0);
    let request = |quantity| {
        if is_buy {
            buy(limit, quantity)
        } else {
            sell(limit, quantity)
        }
    };
    let market = floor.ledger.market();
    let post = |quantity| {
        let lineage = floor.lineage(agent);
        lineage.trade(market, None, &[request(quantity)])
    };
    let prepared = match post(quantity) {
        Err(WalletError::Margin {
            largest: Some(Largest::Quantity(Quantity(largest @ 1..))),
            ..
        }) => post(largest),
        other => other,
    };
    if let Ok(prepared) = prepared {
        let transaction: Transaction = support::sent(prepared);
        floor.block(floor.ledger.market().time(), &[transaction]);
    }
}

/// Two sessions; absences and prices follow from the number.
fn days(number: u64, kills: bool) -> Floor {
    let mut rng = ChaCha20Rng::seed_from_u64(number);
    let mut floor = floor(kills);
    let mut trend = 1;
    while floor.ledger.market().session().date.to_string() != "2017-01-05" {
        match floor.phase() {
            Phase::Continuous | Phase::AfterSettlement => {
                let market = floor.ledger.market();
                let (mark, close) = (market.mark().0, market.session().close);
                let price = mark + trend * rng.gen_range(5..50);
                for _ in 0..8 {
                    trade(&mut floor, &mut rng, price);
                }
                print(&mut floor, &mut rng, price);
                let pause = if rng.gen_bool(0.5) { 40 } else { 4_000 };
                let next = floor.ledger.market().time().plus_seconds(pause);
                floor.run_until(next.min(close));
            }
            _ => {
                for agent in SEATS..TRADERS {
                    // Away at the next window or not; back at some later one.
                    if rng.gen_bool(0.2) {
                        floor.absent.insert(agent);
                    } else {
                        floor.absent.remove(&agent);
                    }
                }
                let now = floor.phase();
                trend = if rng.gen_bool(0.5) { 1 } else { -1 };
                floor.run_while(|floor| floor.phase() == now);
            }
        }
    }
    floor.absent.clear();
    floor.run_until(floor.ledger.market().session().open.plus_seconds(1));
    floor
}

#[test]
fn whoever_dies_at_every_step_lives_the_same_days() {
    let (lived, killed) = (days(NUMBER, false), days(NUMBER, true));
    assert!(lived.ledger.bytes() == killed.ledger.bytes());
    for (lived, killed) in lived.agents.iter().zip(&killed.agents) {
        assert!(lived.wallet() == killed.wallet());
    }
    for agent in &lived.agents {
        assert!(watched(agent.wallet(), &lived.ledger) == *agent.wallet());
    }
    let market = lived.ledger.market();
    assert!(!market.is_halted());
    // Once all is claimed, notes and clearing account are zero-sum.
    let claimed = (0..TRADERS).all(|agent| lived.lineage(agent).orders().is_empty());
    assert!(!claimed || lived.open_interest() == 0);
    // The days were not dull.
    let seen = |is_such: fn(&Event) -> bool| lived.ledger.events.iter().any(is_such);
    assert!(seen(|event| matches!(
        event,
        Event::Phase {
            phase: Phase::Halted
        }
    )));
    assert!(seen(
        |event| matches!(event, Event::Opened { liquidated, .. } if *liquidated != 0)
    ));
    assert!(lived.counts().contains_key(&Purpose::Lapse));
}
