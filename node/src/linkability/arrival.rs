//! When messages reach the node and what it sees of them.
//!
//! A trader has one note, one machine and one line to the node. A message that spends the note waits for the one before to
//! be in a block; one that names an order waits for that order. Then come the random delay if one is asked for, the proof, a
//! circuit (begun with the proof if none is ready), and the network. The figures are assumptions, not measurements of
//! anybody's traders.

use super::circuits::{Circuits, Making, Taken};
use super::sent::{Kind, Sent, Terms};
use super::{Micros, SECOND, micros};
use rand::Rng;
use rand::rngs::StdRng;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use tally_transport::schedule::{SendDelay, WarmCircuits};

/// A live node looks for messages so often and makes a block of those that wait: the default of `tally node`.
pub const BLOCK_INTERVAL: Micros = 50_000;
/// A proof on a trader's machine takes between these times; each trader has a time of his own.
pub const PROOF: (Micros, Micros) = (100_000, 400_000);
/// One proof takes up to so many thousandths more or less than the trader's others.
pub const PROOF_SPREAD: Micros = 100;
/// A block is known to a trader between these times after it was made; each trader has a time of his own.
pub const NEWS: (Micros, Micros) = (100_000, 500_000);
/// Every message is under way for at least so long.
pub const NETWORK_LEAST: Micros = 100_000;
/// And longer by this on average, exponentially and for each message anew: each has other relays.
pub const NETWORK_MORE: Micros = 250_000;
/// A circuit takes so long to be made, at least.
pub const CIRCUIT_LEAST: Micros = 500_000;
/// And longer by this on average, exponentially.
pub const CIRCUIT_MORE: Micros = SECOND;
/// Traders are there so long before their first message, with circuits made and given up.
pub const THERE_BEFORE: Micros = 900 * SECOND;

/// Where the random delay comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelayPlace {
    /// Before the message is built, as the client does it: root and expiry are those of the time after the delay.
    BeforeBuilding,
    /// After the proof: root and expiry tell when the message was built. Considered and not taken.
    AfterProof,
}

/// How messages are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sending {
    /// The random delay of each message.
    pub delay: SendDelay,
    /// Where it comes.
    pub place: DelayPlace,
    /// When circuits are made.
    pub making: Making,
}

/// A message as the node sees it. Nothing here depends on the sender but through what the sender did.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When it arrived.
    pub arrival: Micros,
    /// What it is.
    pub kind: Kind,
    /// The terms of the order that it posts.
    pub terms: Option<Terms>,
    /// Bytes.
    pub bytes: usize,
    /// Whether it names an earlier message.
    pub is_linked: bool,
    /// From when to when the block was the latest on which it was built: root and expiry tell.
    pub built_on: Option<(Micros, Micros)>,
    /// The time of the block that has it.
    pub included: Micros,
    /// When the node saw its circuit made.
    pub circuit: Micros,
    /// When its orders traded.
    pub fills: Vec<Micros>,
}

/// A day as the node sees it, in the order of arrival, and the truth beside it.
#[derive(Clone, Debug, Default)]
pub struct SeenDay {
    /// The messages.
    pub messages: Vec<Seen>,
    /// The sender of each.
    pub senders: Vec<u32>,
    /// How long after it was wanted each was included.
    pub late: Vec<Micros>,
}

/// Sends a day's messages.
pub fn arrivals(sent: &[Sent], sending: &Sending, random: &mut StdRng) -> SeenDay {
    let mut by_trader: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (place, message) in sent.iter().enumerate() {
        by_trader.entry(message.trader).or_default().push(place);
    }
    let mut arrived = Vec::with_capacity(sent.len());
    for places in by_trader.into_values() {
        Machine::new(sent, sending, &places, random).run(places, &mut arrived);
    }
    arrived.sort_by_key(|(place, arrived)| (arrived.at, *place));
    see(sent, &arrived)
}

/// How one message got to the node.
struct Arrived {
    at: Micros,
    /// The latest block time that its sender knew of.
    known: Micros,
    circuit: Micros,
}

impl Arrived {
    const fn included(&self) -> Micros {
        (self.at / BLOCK_INTERVAL + 1) * BLOCK_INTERVAL
    }
}

/// A message that will leave at a time that is settled; the earliest is the greatest, as a heap wants it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Leaving {
    at: Reverse<Micros>,
    place: Reverse<usize>,
    built: Micros,
    /// When its circuit is begun if none is ready: the proof and it are made side by side.
    prepared: Micros,
}

/// One trader's machine and line, on its way through a day.
struct Machine<'a> {
    sent: &'a [Sent],
    sending: &'a Sending,
    random: &'a mut StdRng,
    circuits: Circuits,
    proof: Micros,
    news: Micros,
    leaving: BinaryHeap<Leaving>,
    /// Messages that spend the note, in their order: each waits for the one before.
    spending: VecDeque<usize>,
    /// Instructions that wait for the message with their order.
    instructing: BTreeMap<usize, Vec<usize>>,
    /// When the orders of each message were known to be in a block.
    known: BTreeMap<usize, Micros>,
}

impl<'a> Machine<'a> {
    fn new(
        sent: &'a [Sent],
        sending: &'a Sending,
        places: &[usize],
        random: &'a mut StdRng,
    ) -> Self {
        let first = places.iter().map(|place| sent[*place].wanted).min();
        let start = first.unwrap_or(0) - THERE_BEFORE;
        Self {
            sent,
            sending,
            circuits: Circuits::new(sending.making, start, random),
            proof: random.gen_range(PROOF.0..=PROOF.1),
            news: random.gen_range(NEWS.0..=NEWS.1),
            random,
            leaving: BinaryHeap::new(),
            spending: VecDeque::new(),
            instructing: BTreeMap::new(),
            known: BTreeMap::new(),
        }
    }

    /// Sends all of the trader's messages.
    fn run(mut self, mut places: Vec<usize>, arrived: &mut Vec<(usize, Arrived)>) {
        places.sort_by_key(|place| (self.sent[*place].wanted, *place));
        for place in places {
            let message = &self.sent[place];
            match message.names {
                _ if message.kind.spends() => self.spending.push_back(place),
                Some(names) => self.instructing.entry(names).or_default().push(place),
                None => self.plan(place, 0),
            }
        }
        self.plan_spending(0);
        while let Some(leaving) = self.leaving.pop() {
            let place = leaving.place.0;
            let message = self.leave(&leaving);
            let known = message.included() + self.news;
            arrived.push((place, message));
            self.known.insert(place, known);
            for instruction in self.instructing.remove(&place).unwrap_or_default() {
                self.plan(instruction, known);
            }
            if self.sent[place].kind.spends() {
                self.plan_spending(known);
            }
        }
    }

    fn plan_spending(&mut self, note_free: Micros) {
        if let Some(place) = self.spending.pop_front() {
            self.plan(place, note_free);
        }
    }

    /// Settles when a message leaves that can't be built before `free`.
    fn plan(&mut self, place: usize, free: Micros) {
        let message = &self.sent[place];
        let delay = micros(self.sending.delay.draw(self.random));
        let (before, after) = match self.sending.place {
            DelayPlace::BeforeBuilding => (delay, 0),
            DelayPlace::AfterProof => (0, delay),
        };
        let built = message.wanted.max(free) + before;
        let proof = self.proof_time(message.kind);
        self.leaving.push(Leaving {
            at: Reverse(built + proof + after),
            place: Reverse(place),
            built,
            prepared: built + after,
        });
    }

    fn leave(&mut self, leaving: &Leaving) -> Arrived {
        let Reverse(now) = leaving.at;
        let (circuit, leaves) = match self.circuits.take(now, self.random) {
            Taken::Ready(made) => (made + network(self.random), now),
            Taken::OnTheSpot => {
                let made = leaving.prepared + longer(CIRCUIT_LEAST, CIRCUIT_MORE, self.random);
                (made, made.max(now))
            }
        };
        Arrived {
            at: leaves + network(self.random),
            known: leaving.built - self.news,
            circuit,
        }
    }

    fn proof_time(&mut self, kind: Kind) -> Micros {
        if !kind.spends() {
            return 0;
        }
        self.proof * (1_000 + self.random.gen_range(-PROOF_SPREAD..=PROOF_SPREAD)) / 1_000
    }
}

fn network(random: &mut StdRng) -> Micros {
    longer(NETWORK_LEAST, NETWORK_MORE, random)
}

/// At least so long, and longer by an exponential time with this mean.
fn longer(least: Micros, more: Micros, random: &mut StdRng) -> Micros {
    // The clock that makes circuits has such times, only with another mean.
    let clock = WarmCircuits {
        every: std::time::Duration::from_micros(more.unsigned_abs()),
        ..WarmCircuits::NONE
    };
    least + micros(clock.draw_wait(random))
}

/// What the node sees once all have arrived: blocks are made where something waited.
fn see(sent: &[Sent], arrived: &[(usize, Arrived)]) -> SeenDay {
    let mut blocks: Vec<Micros> = arrived
        .iter()
        .map(|(_, arrived)| arrived.included())
        .collect();
    blocks.sort_unstable();
    blocks.dedup();
    let mut day = SeenDay::default();
    for (place, arrived) in arrived {
        let message = &sent[*place];
        let included = arrived.included();
        day.messages.push(Seen {
            arrival: arrived.at,
            kind: message.kind,
            terms: message.terms,
            bytes: message.bytes,
            is_linked: message.names.is_some(),
            built_on: message
                .kind
                .spends()
                .then(|| latest(&blocks, arrived.known)),
            included,
            circuit: arrived.circuit,
            fills: message.fills.clone(),
        });
        day.senders.push(message.trader);
        day.late.push(included - message.wanted);
    }
    day
}

/// The block that is the latest at this time, and the one after it.
fn latest(blocks: &[Micros], time: Micros) -> (Micros, Micros) {
    let after = blocks.partition_point(|block| *block <= time);
    let at = |place: usize| blocks.get(place).copied();
    let from = after.checked_sub(1).and_then(at).unwrap_or(time);
    (from, at(after).unwrap_or(Micros::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use std::time::Duration;

    fn message(wanted: Micros, kind: Kind, names: Option<usize>) -> Sent {
        Sent {
            trader: 0,
            wanted,
            kind,
            terms: None,
            bytes: 400,
            names,
            fills: Vec::new(),
        }
    }

    fn send(sent: &[Sent], delay: u64, place: DelayPlace) -> SeenDay {
        let sending = Sending {
            delay: SendDelay::at_most(Duration::from_secs(delay)),
            place,
            making: Making::ByItsOwnClock,
        };
        arrivals(sent, &sending, &mut StdRng::seed_from_u64(1))
    }

    #[test]
    fn one_note_is_spent_once_a_block_and_on_a_block_that_has_it() {
        let sent: Vec<Sent> = (0..20).map(|_| message(0, Kind::Limit, None)).collect();
        for place in [DelayPlace::BeforeBuilding, DelayPlace::AfterProof] {
            let day = send(&sent, 2, place);
            for pair in day.messages.windows(2) {
                let (built, _) = pair[1].built_on.unwrap();
                assert!(built >= pair[0].included && pair[1].arrival > built);
            }
        }
    }

    #[test]
    fn an_instruction_waits_for_its_order_and_names_no_block() {
        let sent = [
            message(0, Kind::Limit, None),
            message(0, Kind::Cancel, Some(0)),
        ];
        let day = send(&sent, 0, DelayPlace::BeforeBuilding);
        assert_eq!(day.messages[1].kind, Kind::Cancel);
        assert!(day.messages[1].arrival > day.messages[0].included);
        assert_eq!(day.messages[1].built_on, None);
    }

    #[test]
    fn a_delay_after_the_proof_shows_in_the_block_that_it_was_built_on() {
        let sent: Vec<Sent> = (0..200)
            .map(|place| Sent {
                trader: place,
                ..message(Micros::from(place) * SECOND, Kind::Limit, None)
            })
            .collect();
        let age = |place| {
            let day = send(&sent, 60, place);
            let ages = day
                .messages
                .iter()
                .map(|seen| seen.arrival - seen.built_on.unwrap().0);
            ages.sum::<Micros>() / 200
        };
        let (before, after) = (age(DelayPlace::BeforeBuilding), age(DelayPlace::AfterProof));
        assert!(before < 4 * SECOND, "{before}");
        assert!((25 * SECOND..36 * SECOND).contains(&after), "{after}");
    }

    #[test]
    fn circuits_are_made_before_what_comes_over_them_but_for_the_network() {
        let sent: Vec<Sent> = (0..50)
            .map(|place| message(place * 60 * SECOND, Kind::Cancel, None))
            .collect();
        let day = send(&sent, 0, DelayPlace::BeforeBuilding);
        let early = day
            .messages
            .iter()
            .filter(|seen| seen.circuit < seen.arrival);
        assert!(early.count() >= 40);
        assert_eq!(day.messages.len(), 50);
    }
}
