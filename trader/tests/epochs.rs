//! Agents through several epochs: intraday and daily, with distress, absence, margin calls, halted orders and seats.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

mod support;

use support::{Floor, MIDDLE, buy, genesis, sell};
use tally_exchange::message::Transaction;
use tally_exchange::receipt::{Event, Phase};
use tally_trader::agent::{AgentOptions, Purpose, TopUp};

/// Decryptors; the first opens the sums.
const SEATS: usize = 4;
/// Has day orders when the halt comes, and is absent overnight.
const QUOTER: usize = 4;
/// Is cut back by the daily settlement.
const DISTRESSED: usize = 5;
/// Is absent in the intraday window.
const ABSENT: usize = 6;
/// Would be cut back, and answers the margin call.
const CALLED: usize = 7;

fn traders() -> Vec<(u64, u64, AgentOptions)> {
    let good = AgentOptions::default();
    let opener = AgentOptions {
        opens_sums: true,
        ..good
    };
    let called = AgentOptions {
        top_up: Some(TopUp { limit: 500_000 }),
        ..good
    };
    let rich = 30_000_000;
    vec![
        (rich, 0, opener),
        (rich, 0, good),
        (rich, 0, good),
        (rich, 0, good),
        (rich, 0, good),
        (610_000, 0, good),
        (rich, 0, good),
        (610_000, 600_000, called),
    ]
}

/// A floor at the open of the first session: seats are bonded, and their key is made.
fn at_the_open(kills: bool) -> Floor {
    let mut floor = Floor::new(genesis(), &traders(), kills);
    for agent in 0..SEATS {
        floor.act(agent, |floor, lineage| {
            lineage.bond(floor.ledger.market()).unwrap()
        });
    }
    let open = floor.ledger.market().session().open;
    floor.run_until(open);
    assert_eq!(floor.phase(), Phase::Continuous);
    assert_eq!(floor.counts()[&Purpose::Deal], 4);
    assert!(floor.ledger.market().joint_key().is_some());
    floor
}

/// Positions at the middle, resting orders of the quoter, and a rise that halts the market.
fn halted(kills: bool) -> Floor {
    let mut floor = at_the_open(kills);
    floor.post(0, &[sell(MIDDLE, 34)]);
    for (agent, quantity) in [(1, 10), (2, 10), (3, 10), (ABSENT, 4)] {
        floor.post(agent, &[buy(MIDDLE, quantity)]);
    }
    floor.post(1, &[buy(MIDDLE, 8)]);
    floor.post(DISTRESSED, &[sell(MIDDLE, 4)]);
    floor.post(CALLED, &[sell(MIDDLE, 4)]);
    let quotes = [
        buy(MIDDLE - 10, 3),
        buy(MIDDLE - 50, 2),
        sell(MIDDLE + 75, 2),
    ];
    floor.post(QUOTER, &quotes);
    floor.settle();
    floor.post(2, &[sell(MIDDLE + 62, 25)]);
    floor.post(3, &[buy(MIDDLE + 62, 25)]);
    floor.absent.insert(ABSENT);
    let now = floor.ledger.market().time();
    for seconds in [10, 20, 30, 40] {
        floor.run_until(now.plus_seconds(seconds));
    }
    assert_eq!(floor.phase(), Phase::Halted);
    floor
}

/// From the halt to the pre-open of the third session.
fn three_days(kills: bool) -> Floor {
    let mut floor = halted(kills);
    assert_eq!(floor.lineage(QUOTER).halted().len(), 3);
    floor.run_while(|floor| floor.phase() == Phase::Halted);
    assert_eq!(liquidated(&floor), 4);
    // Two of the quoter's orders are in the new band.
    assert_eq!(floor.lineage(QUOTER).halted().len(), 1);
    assert_eq!(floor.lineage(QUOTER).orders().len(), 2);
    // Whoever was absent comes back after the uncrossing, without his position.
    floor.run_while(|floor| floor.phase() == Phase::PreOpen);
    assert_eq!(floor.position(ABSENT), 4);
    floor.absent.remove(&ABSENT);
    floor.settle();
    assert_eq!(floor.position(ABSENT), 0);
    assert_eq!(floor.counts()[&Purpose::Lapse], 1);

    // The day ends far above, with the quoter asleep.
    let settlement = floor.ledger.market().session().settlement;
    floor.run_until(settlement.minus_seconds(20));
    floor.absent.insert(QUOTER);
    floor.post(2, &[sell(MIDDLE + 118, 40)]);
    floor.post(1, &[buy(MIDDLE + 118, 40)]);
    floor.run_until(floor.ledger.market().session().close);
    assert_eq!(floor.phase(), Phase::Closed);
    assert_eq!(floor.position(DISTRESSED), -4);
    floor.run_while(|floor| floor.phase() == Phase::Closed);
    assert_eq!(floor.position(DISTRESSED), -1);
    assert_eq!(floor.position(CALLED), -4);
    assert_eq!(liquidated(&floor), -refreshed(&floor));
    assert_eq!(floor.lineage(QUOTER).orders().len(), 2);

    // Next morning he is back: what he has left to claim, then the way back.
    floor.run_until(floor.ledger.market().session().pre_open);
    floor.absent.remove(&QUOTER);
    floor.run_until(floor.ledger.market().session().open);
    assert!(floor.lineage(QUOTER).orders().is_empty());
    assert_eq!(floor.counts()[&Purpose::Lapse], 2);
    floor.post(0, &[buy(MIDDLE + 110, 3)]);
    floor.post(QUOTER, &[sell(MIDDLE + 110, 3)]);
    floor.run_while(|floor| floor.phase() != Phase::Closed);
    floor.run_while(|floor| floor.phase() == Phase::Closed);
    assert_eq!(liquidated(&floor), -refreshed(&floor));
    floor
}

/// L of the last revalidation.
fn liquidated(floor: &Floor) -> i64 {
    let events = floor.ledger.events.iter().rev();
    let mut opened = events.filter_map(|event| match event {
        Event::Opened { liquidated, .. } => Some(*liquidated),
        _ => None,
    });
    opened.next().unwrap()
}

/// What the owners know: the sum of the positions that stand in the present epoch.
fn refreshed(floor: &Floor) -> i64 {
    let epoch = floor.ledger.market().epoch();
    let present = |agent: &usize| floor.lineage(*agent).epoch() == Some(epoch);
    let agents = (0..floor.agents.len()).filter(present);
    agents.map(|agent| i64::from(floor.position(agent))).sum()
}

/// Every number of an epoch that everybody sees, against the notes that only their owners see.
#[test]
fn agents_live_through_epochs() {
    let floor = three_days(false);
    let market = floor.ledger.market();
    assert_eq!(market.session().date.to_string(), "2017-01-05");
    assert_eq!(market.epoch(), 4);
    assert!(!market.is_halted());
    let opened: Vec<(u64, i64, bool)> = floor
        .ledger
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Opened {
                epoch,
                liquidated,
                turnstile,
            } => Some((*epoch, *liquidated, turnstile.is_some())),
            _ => None,
        })
        .collect();
    assert_eq!(opened.len(), 3);
    // What the absent trader left. The sums of cash are opened at the daily settlements.
    assert_eq!(opened[0], (1, 4, false));
    assert!(opened[1].2 && opened[2].2);
    assert_eq!(floor.open_interest(), 0);
    assert!(market.last_turnstile().unwrap().is_ok());
    assert!(
        floor
            .agents
            .iter()
            .all(|agent| agent.wallet().main().epoch() == Some(4))
    );
    // Eight notes three times, without the one that was absent and the one that slept.
    assert_eq!(floor.counts()[&Purpose::Refresh], 22);
    assert_eq!(floor.counts()[&Purpose::TopUp], 1);
    assert_eq!(floor.counts()[&Purpose::Repost], 1);
    assert_eq!(floor.counts()[&Purpose::Share], 12);
    assert_eq!(floor.counts()[&Purpose::OpenSums], 3);
    assert_eq!(floor.counts()[&Purpose::Deal], 8);
    assert!(!floor.counts().contains_key(&Purpose::Complain));
}

/// Killed with every block and rebuilt from seed and history, every trader sends the very same bytes and ends up where he
/// would have been.
#[test]
fn a_trader_killed_at_any_step_ends_up_where_it_would_have_been() {
    let (lived, killed) = (three_days(false), three_days(true));
    assert!(lived.ledger.bytes() == killed.ledger.bytes());
    for (lived, killed) in lived.agents.iter().zip(&killed.agents) {
        assert!(lived.wallet() == killed.wallet());
    }
    // The history that was kept block by block is that of the ledger executed anew.
    let (market, history) = lived.ledger.replay();
    for (number, lived) in (1..).zip(&lived.agents) {
        let seed = support::seed(number);
        let recovered = tally_trader::wallet::Wallet::recover(seed, &market, &history).unwrap();
        assert!(recovered == *lived.wallet());
    }
}

/// Refreshes come at instants of their own, spread over the window.
#[test]
fn refreshes_are_spread_over_the_window() {
    let mut floor = halted(false);
    let start = floor.ledger.market().epoch_terms().unwrap().at;
    floor.run_while(|floor| floor.phase() == Phase::Halted);
    let refreshes = floor
        .log
        .iter()
        .filter(|sent| sent.purpose == Purpose::Refresh);
    let times: Vec<u64> = refreshes.map(|sent| sent.time.0 - start.0).collect();
    assert_eq!(times.len(), 7);
    let distinct: std::collections::BTreeSet<u64> = times.iter().copied().collect();
    assert_eq!(distinct.len(), 7);
    // Never in the last minute.
    assert!(times.iter().all(|time| *time <= 540_000_000));
    assert!(times.iter().any(|time| *time < 200_000_000));
    assert!(times.iter().any(|time| *time > 300_000_000));
}

/// A Refresh that was cut back looks like everybody's; the absent trader is named nowhere.
#[test]
fn refreshes_look_alike_and_nobody_is_named() {
    let floor = three_days(false);
    let refreshes: Vec<_> = floor
        .log
        .iter()
        .filter_map(|sent| match &sent.transaction {
            Transaction::Refresh(refresh) => Some((sent.agent, &refresh.message, sent)),
            _ => None,
        })
        .collect();
    for epoch in 1..=3 {
        let of_epoch: Vec<_> = refreshes
            .iter()
            .filter(|(_, message, _)| message.epoch == epoch)
            .collect();
        let lengths: std::collections::BTreeSet<usize> = of_epoch
            .iter()
            .map(|(_, _, sent)| sent.transaction.to_bytes().len())
            .collect();
        assert_eq!(lengths.len(), 1, "epoch {epoch}");
        let missing = match epoch {
            1 => Some(ABSENT),
            2 => Some(QUOTER),
            _ => None,
        };
        assert!(of_epoch.iter().all(|(agent, ..)| Some(*agent) != missing));
        assert_eq!(of_epoch.len(), 8 - usize::from(missing.is_some()));
    }
    // No two Refreshes share a value that is as good as a name.
    let mut seen = std::collections::BTreeSet::new();
    for (_, message, _) in &refreshes {
        let mut names = vec![
            message.nullifier.to_bytes(),
            message.new_commitment.to_bytes(),
        ];
        for ciphertext in std::iter::once(&message.position).chain(message.cash.iter().flatten()) {
            names.push(ciphertext.ephemeral.coordinates()[0].into_bytes());
            names.push(ciphertext.masked.coordinates()[0].into_bytes());
        }
        for name in names {
            assert!(seen.insert(name));
        }
    }
}

/// What the others send while a trader is absent holds nothing that is his.
#[test]
fn nothing_names_an_absent_trader() {
    let mut floor = halted(false);
    let lineage = floor.lineage(ABSENT);
    let account = floor.agents[ABSENT].wallet().account();
    let element = floor.ledger.market().market_element();
    let commitment = lineage.note().commitment(element.0, lineage.key());
    let mut names = vec![
        lineage.nullifier().to_bytes(),
        tally_circuits::field::to_bytes(&commitment),
        tally_trader::build::public(&account).0,
        tally_circuits::field::to_bytes(&tally_circuits::note::tag(
            lineage.key(),
            lineage.nullifier().0,
        )),
    ];
    for own in lineage.orders().values() {
        let tag = tally_circuits::note::tag(lineage.key(), own.tag_nullifier.0);
        names.push(tally_circuits::field::to_bytes(&tag));
    }
    let before = floor.log.len();
    floor.run_while(|floor| floor.phase() == Phase::Halted);
    let since = &floor.log[before..];
    assert!(since.iter().any(|sent| sent.purpose == Purpose::OpenSums));
    for sent in since {
        let bytes = sent.transaction.to_bytes();
        for name in &names {
            assert!(!bytes.windows(32).any(|window| window == name));
        }
    }
}

/// The canonical bytes of a field element.
trait IntoBytes {
    fn into_bytes(self) -> [u8; 32];
}

impl IntoBytes for ark_bls12_381::Fr {
    fn into_bytes(self) -> [u8; 32] {
        tally_circuits::field::to_bytes(&self)
    }
}
