//! Decryptors: their duties, their restarts, leaving and taking back what is left.

// A test may panic: that is how it fails.
#![allow(clippy::unwrap_used)]

mod support;

use support::{Floor, genesis};
use tally_exchange::epoch::seats::SeatStatus;
use tally_exchange::message::{Duty, SeatMessage, SeatTransaction, Transaction};
use tally_exchange::receipt::{Event, Phase, Receipt};
use tally_exchange::refusal::Refusal;
use tally_mpc::keygen::deal_with_wrong_share;
use tally_trader::agent::{AgentOptions, Purpose};
use tally_trader::error::WalletError;
use tally_trader::keys::{nullifier_key, seat_key};

const CENTS: u64 = 4_000_000;
const BOND: i64 = 2_500_000;

/// A floor an hour before the first pre-open with this many seats; the first agent opens the sums.
fn seated(seats: usize, kills: bool) -> Floor {
    let opener = AgentOptions {
        opens_sums: true,
        ..AgentOptions::default()
    };
    let mut traders = vec![(CENTS, 0, opener)];
    traders.resize(seats, (CENTS, 0, AgentOptions::default()));
    let mut floor = Floor::new(genesis(), &traders, kills);
    for agent in 0..seats {
        floor.act(agent, |floor, lineage| {
            lineage.bond(floor.ledger.market()).unwrap()
        });
    }
    floor
}

fn sleep_until_session(floor: &mut Floor, date: &str) {
    floor.run_while(|floor| floor.ledger.market().session().date.to_string() != date);
}

/// Seat numbers are those of the market, and a bond takes the cash from the note.
#[test]
fn a_bond_takes_a_seat() {
    let floor = seated(3, true);
    for (number, agent) in (1..).zip(0..3) {
        let lineage = floor.lineage(agent);
        assert_eq!(
            lineage.bonds().values().copied().collect::<Vec<u32>>(),
            [number]
        );
        assert_eq!(lineage.note().cash, i64::try_from(CENTS).unwrap() - BOND);
        let seat = floor.ledger.market().seats().get(number).unwrap();
        assert_eq!((seat.amount, seat.status), (BOND, SeatStatus::Active));
        assert_eq!(lineage.seats()[0].number(), number);
    }
}

/// A seat that leaves is left out of the next key, released when the old one is out of use, and gets its bond back. All
/// of it also if its owner dies all the time.
#[test]
fn a_leaving_seat_gets_its_bond_back() {
    let mut floor = seated(4, true);
    floor.run_until(floor.ledger.market().session().open);
    floor.agents[3].options_mut().retire = true;
    sleep_until_session(&mut floor, "2017-01-04");
    assert_eq!(floor.counts()[&Purpose::Leave], 1);
    assert_eq!(
        floor.ledger.market().seats().get(4).map(|seat| seat.status),
        Some(SeatStatus::Leaving)
    );
    let open = floor.ledger.market().session().open;
    floor.run_until(open.plus_seconds(1_800));
    assert_eq!(floor.counts()[&Purpose::Unbond], 1);
    assert!(floor.lineage(3).bonds().is_empty());
    assert_eq!(floor.lineage(3).note().cash, i64::try_from(CENTS).unwrap());
    assert!(floor.ledger.market().seats().get(4).is_none());
    assert_eq!(
        floor.ledger.market().joint_key().unwrap().seats(),
        [1, 2, 3]
    );
}

/// Who does not deal is slashed; who takes a seat and dies before its share is not missed as long as enough are there.
#[test]
fn a_silent_seat_pays_and_the_epoch_ends() {
    let mut floor = seated(4, false);
    let close = floor.ledger.market().session().close;
    floor.run_until(close.minus_seconds(60));
    assert!(floor.ledger.market().joint_key().is_some());
    // Seat 4 refreshes with everybody, but its share never comes.
    floor.run_while(|floor| {
        floor.ledger.market().epoch_terms().is_none() || floor.ledger.market().refreshed() < 3
    });
    floor.absent.insert(3);
    floor.run_while(|floor| floor.phase() != Phase::PreOpen);
    let slashed = |event: &&Event| matches!(event, Event::Slashed { seat: 4, .. });
    assert_eq!(floor.ledger.events.iter().filter(slashed).count(), 1);
    assert_eq!(floor.ledger.market().epoch(), 2);
    // The others got a reward each.
    let seat = floor.ledger.market().seats().get(1).unwrap();
    assert!(seat.amount > BOND);
    // The bond is gone, and the wallet says so.
    let bond = *floor.lineage(3).bonds().keys().next().unwrap();
    let unbond = floor.lineage(3).unbond(floor.ledger.market(), bond);
    assert!(matches!(unbond, Err(WalletError::UnknownSeat { seat: 4 })));
    let bond = *floor.lineage(0).bonds().keys().next().unwrap();
    let unbond = floor.lineage(0).unbond(floor.ledger.market(), bond);
    assert!(matches!(
        unbond,
        Err(WalletError::Refused(Refusal::BondHeld(1)))
    ));
    let unknown = floor.lineage(1).unbond(floor.ledger.market(), bond);
    assert!(matches!(unknown, Err(WalletError::UnknownBond)));
}

/// A dealer who cheats one seat: that seat complains, also if it dies all the time, the dealer pays, and the key is made
/// without him. Nobody else says anything.
#[test]
fn a_cheated_seat_complains() {
    for kills in [false, true] {
        let mut floor = seated(5, kills);
        let cheat = 4;
        floor.absent.insert(cheat);
        floor.run_until(floor.ledger.market().session().pre_open);
        let dealing = dealing_with_wrong_share(&floor, cheat, 2);
        let time = floor.ledger.market().time();
        let receipt = floor.block(time, &[dealing]).remove(0).1;
        assert!(matches!(receipt, Receipt::Seat { seat: 5, .. }));
        floor.run_until(floor.ledger.market().session().open);
        let complaints = floor.log.iter();
        let complaints = complaints.filter(|sent| sent.purpose == Purpose::Complain);
        assert_eq!(complaints.map(|sent| sent.agent).collect::<Vec<_>>(), [2]);
        let market = floor.ledger.market();
        assert!(market.seats().get(5).is_none());
        assert_eq!(market.joint_key().unwrap().decryptors(), [1, 2, 3, 4]);
        // The cheat refreshes like everybody, and the others open the sums.
        floor.absent.clear();
        floor.run_while(|floor| floor.ledger.market().epoch() == 1);
        assert_eq!(floor.counts()[&Purpose::Share], 4);
        assert_eq!(floor.counts()[&Purpose::Refresh], 5);
    }
}

/// What a seat deals that cheats the participant `victim`, signed by it.
fn dealing_with_wrong_share(floor: &Floor, cheat: usize, victim: u32) -> Transaction {
    let market = floor.ledger.market();
    let round = market.key_round().unwrap();
    let lineage = floor.lineage(cheat);
    let (bond, seat) = lineage.bonds().iter().next().unwrap();
    let key = seat_key(lineage.key(), *bond);
    let me = round.index_of(*seat).unwrap();
    let dealing = deal_with_wrong_share(round.context(), round.participants(), me, &key, victim);
    let message = SeatMessage {
        chain: market.chain(),
        market: market.symbol(),
        seat: *seat,
        round: round.round(),
        epoch: 0,
        duty: Duty::Deal(Box::new(dealing)),
    };
    let context = market.context(round.round(), 0);
    let signature = key.sign(&context, &message.signed_bytes());
    Transaction::Seat(Box::new(SeatTransaction { message, signature }))
}

/// Every duty, sent again by a trader who does not know that it was sent, is refused, and costs nothing.
#[test]
fn what_is_sent_twice_is_refused_once() {
    let mut floor = seated(3, false);
    let mut refused = 0;
    while floor.ledger.market().epoch() == 1 {
        let market = floor.ledger.market();
        let next = match floor
            .agents
            .iter()
            .filter_map(|agent| agent.wake(market))
            .min()
        {
            Some(wake) => wake,
            None => market.time().plus_seconds(600),
        };
        floor.block(next, &[]);
        loop {
            let wishes = floor.wishes();
            if wishes.is_empty() {
                break;
            }
            let once: Vec<Transaction> = wishes.into_iter().map(|(_, _, sent)| sent).collect();
            let twice: Vec<_> = once.iter().chain(&once).cloned().collect();
            let outcome = floor.block(floor.ledger.market().time(), &twice);
            let (first, second) = outcome.split_at(once.len());
            let is_refused =
                |(_, receipt): &(Transaction, Receipt)| matches!(receipt, Receipt::Refused(_));
            assert!(!first.iter().any(is_refused));
            assert!(second.iter().all(is_refused), "{second:?}");
            refused += second.len();
        }
    }
    // A dealing, a Refresh and a share of each, and the sums once.
    assert_eq!(refused, 10);
    assert_eq!(floor.ledger.market().seats().total(), 3 * BOND);
}

#[test]
fn seats_keep_their_secrets() {
    let floor = seated(3, false);
    let key = nullifier_key(&support::seed(1), 0);
    let lineage = floor.lineage(0);
    let (bond, seat) = lineage.bonds().iter().next().unwrap();
    let public = seat_key(&key, *bond).public();
    assert_eq!(
        floor.ledger.market().seats().get(*seat).unwrap().key,
        public
    );
    // The key of another Act or another trader is another.
    let other = seat_key(&key, lineage.nullifier()).public();
    assert_ne!(public, other);
    assert_eq!(
        format!("{:?}", lineage.seats()[0]),
        "Seat { number: 1, .. }"
    );
}
