//! How many messages a second the book alone matches on one core: no hashing, no proofs.
//!
//! A message is an add, a replace (cancel and add), a reduction, a cancellation or a market order. The mix, sizes
//! and placement follow one measured hour of a liquid futures contract, by message: 34 adds, 30 cancellations,
//! 20 modifications (81 % of them change the price, which makes them replaces), 5 aggressive orders; one lot
//! in three quarters of the adds, 2.2 contracts on average; 57, 8.5 and 2.5 % of the adds one, two and three
//! ticks from the opposite best, 22 % beyond twelve.
//!
//! The stream is made beforehand from a fixed seed, against a book that receives it, so every message names
//! an order that really rests when it arrives; the measured book receives the same messages.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::hint::black_box;
use tally_exchange::book::{Book, Fill, NewOrder, Placement};
use tally_exchange::units::{Band, OrderId, Price, Quantity, Side, Time, TimeInForce};

/// The daily limit of Lean Hogs either side of 65.500 cents a pound: 241 ticks of 0.025.
const BAND: Band = Band {
    lo: Price(2_500),
    hi: Price(2_740),
};
/// Orders in the book when the clock starts.
const RESTING: usize = 5_000;
/// Messages in one measured run.
const MESSAGES: usize = 100_000;

#[derive(Clone, Copy)]
enum Message {
    Add(NewOrder),
    Replace(OrderId, NewOrder),
    Reduce(OrderId, Quantity),
    Cancel(OrderId),
    /// Side, contracts, ticks of protection; the limit is found on arrival.
    Market(NewOrder, u32),
}

/// Applies a message; the answer is returned so that nothing can be left out.
fn apply(book: &mut Book, message: &Message, fills: &mut Vec<Fill>) -> Option<Placement> {
    match *message {
        Message::Add(order) => book.submit(order, fills).ok(),
        Message::Replace(old, order) => {
            black_box(book.cancel(old));
            book.submit(order, fills).ok()
        }
        Message::Reduce(id, remaining) => {
            black_box(book.reduce(id, remaining).ok());
            None
        }
        Message::Cancel(id) => {
            black_box(book.cancel(id));
            None
        }
        Message::Market(order, ticks) => {
            let limit = book.protection_price(order.side, ticks)?;
            book.submit(NewOrder { limit, ..order }, fills).ok()
        }
    }
}

/// Makes messages that fit the book as it stands.
struct Flow {
    random: ChaCha8Rng,
    book: Book,
    /// Orders that rested when they were last looked at, oldest first.
    live: Vec<OrderId>,
    next_id: u64,
    fills: Vec<Fill>,
}

impl Flow {
    fn new(seed: u64) -> Self {
        Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            book: Book::new(BAND).expect("the band has 241 ticks"),
            live: Vec::new(),
            next_id: 1,
            fills: Vec::new(),
        }
    }

    fn percent(&mut self) -> f64 {
        self.random.gen_range(0.0..100.0)
    }

    /// One lot three times in four, 2.19 contracts on average.
    fn size(&mut self) -> Quantity {
        Quantity(if self.percent() < 75.0 {
            1
        } else {
            self.random.gen_range(2..=9)
        })
    }

    /// One lot in 59 %, 3.35 contracts on average.
    fn market_size(&mut self) -> Quantity {
        Quantity(if self.percent() < 59.0 {
            1
        } else {
            self.random.gen_range(2..=11)
        })
    }

    /// Ticks from the opposite best.
    fn distance(&mut self) -> u32 {
        match self.percent() {
            p if p < 57.0 => 1,
            p if p < 65.5 => 2,
            p if p < 68.0 => 3,
            p if p < 78.0 => self.random.gen_range(4..=12),
            _ => self.random.gen_range(13..=100),
        }
    }

    fn order(&mut self, side: Side, limit: Price, quantity: Quantity) -> NewOrder {
        // Numbers have gaps, as if some went to orders that were refused.
        self.next_id += self.random.gen_range(1..=2);
        let (id, time) = (OrderId(self.next_id), Time(self.next_id));
        let time_in_force = TimeInForce::Day;
        NewOrder {
            id,
            side,
            limit,
            quantity,
            time_in_force,
            post_only: false,
            time,
        }
    }

    fn side(&mut self) -> Side {
        if self.random.gen_bool(0.5) {
            Side::Buy
        } else {
            Side::Sell
        }
    }

    /// A limit for a new order, placed by its distance from the opposite best.
    fn limit(&mut self, side: Side) -> Price {
        let distance = self.distance();
        let middle = Price(i32::midpoint(BAND.lo.0, BAND.hi.0));
        let opposite = self.book.best(side.opposite()).unwrap_or(middle);
        BAND.clamp(Price(match side {
            Side::Buy => opposite.0.saturating_sub_unsigned(distance),
            Side::Sell => opposite.0.saturating_add_unsigned(distance),
        }))
    }

    fn add(&mut self) -> NewOrder {
        let (side, quantity) = (self.side(), self.size());
        let limit = self.limit(side);
        self.order(side, limit, quantity)
    }

    /// A market order, more often back towards the middle of the band than away from it.
    fn market(&mut self) -> Message {
        let quantity = self.market_size();
        let middle = i32::midpoint(BAND.lo.0, BAND.hi.0);
        let above = self.book.best(Side::Buy).is_some_and(|bid| bid.0 >= middle);
        let back = if above { Side::Sell } else { Side::Buy };
        let side = if self.percent() < 60.0 {
            back
        } else {
            back.opposite()
        };
        let order = self.order(side, Price(middle), quantity);
        Message::Market(
            NewOrder {
                time_in_force: TimeInForce::Ioc,
                ..order
            },
            20,
        )
    }

    /// An order that rests: four times in five one of the last two hundred, else any.
    fn pick(&mut self) -> Option<OrderId> {
        while !self.live.is_empty() {
            let recent = self.live.len().saturating_sub(200);
            let from = if self.percent() < 80.0 { recent } else { 0 };
            let place = self.random.gen_range(from..self.live.len());
            let id = self.live[place];
            if self.book.resting(id).is_some() {
                return Some(id);
            }
            self.live.remove(place);
        }
        None
    }

    /// A replace at another price, or a reduction of an order of several lots.
    fn modify(&mut self, id: OrderId) -> Message {
        let Some(old) = self.book.resting(id) else {
            return Message::Cancel(id);
        };
        if self.percent() < 81.0 || old.remaining.0 == 1 {
            let limit = self.limit(old.side);
            return Message::Replace(id, self.order(old.side, limit, old.remaining));
        }
        Message::Reduce(id, Quantity(self.random.gen_range(1..old.remaining.0)))
    }

    /// The next message; the flow's own book receives it too.
    fn message(&mut self) -> Message {
        let kind = self.random.gen_range(0..89);
        // While the book is thinner than at the start, some cancellations are adds, or it would run empty.
        let thin = self.book.len() < RESTING && self.percent() < 15.0;
        let message = match (kind, self.pick()) {
            (0..34, _) | (_, None) => Message::Add(self.add()),
            (34..64, _) if thin => Message::Add(self.add()),
            (34..64, Some(id)) => Message::Cancel(id),
            (64..84, Some(id)) => self.modify(id),
            (_, Some(_)) => self.market(),
        };
        self.receive(message);
        message
    }

    fn receive(&mut self, message: Message) {
        let placement = apply(&mut self.book, &message, &mut self.fills);
        if let (Message::Add(order) | Message::Replace(_, order), Some(Placement::Rested(_))) =
            (message, placement)
        {
            self.live.push(order.id);
        }
    }
}

/// A book with some thousand orders, and the messages that it receives next.
fn prepare() -> (Book, Vec<Message>) {
    let mut flow = Flow::new(2017);
    while flow.book.len() < RESTING {
        let order = flow.add();
        flow.receive(Message::Add(order));
    }
    let book = flow.book.clone();
    flow.fills.clear();
    let messages: Vec<_> = (0..MESSAGES).map(|_| flow.message()).collect();
    report(&flow, &messages);
    (book, messages)
}

/// Checks that the stream is what it should be and prints its figures.
#[allow(clippy::print_stdout)] // A benchmark says what it measures.
fn report(flow: &Flow, messages: &[Message]) {
    let share = |kind: fn(&Message) -> bool| messages.iter().filter(|m| kind(m)).count();
    let adds = share(|m| matches!(m, Message::Add(_)));
    let replaces = share(|m| matches!(m, Message::Replace(..)));
    let reductions = share(|m| matches!(m, Message::Reduce(..)));
    let cancels = share(|m| matches!(m, Message::Cancel(_)));
    let markets = share(|m| matches!(m, Message::Market(..)));
    let contracts: u64 = flow
        .fills
        .iter()
        .map(|fill| u64::from(fill.quantity.0))
        .sum();
    let resting = flow.book.len();
    println!(
        "{adds} adds, {replaces} replaces, {reductions} reductions, {cancels} cancels, {markets} \
         market orders; {} matches of {contracts} contracts; {resting} orders rest in the end",
        flow.fills.len()
    );
    assert!(flow.fills.len() > MESSAGES / 20, "hardly any trades");
    assert!(
        (RESTING / 2..2 * RESTING).contains(&resting),
        "the book ran empty or full"
    );
    let prints = flow.fills.iter().map(|fill| fill.price);
    assert!(
        prints.clone().min() != prints.max(),
        "the price never moved"
    );
}

fn matching(criterion: &mut Criterion) {
    let (book, messages) = prepare();
    let mut group = criterion.benchmark_group("book");
    group.throughput(Throughput::Elements(messages.len() as u64));
    group.bench_function("messages", |bencher| {
        bencher.iter_batched(
            || (book.clone(), Vec::with_capacity(messages.len())),
            |(mut book, mut fills)| {
                for message in &messages {
                    black_box(apply(&mut book, black_box(message), &mut fills));
                }
                // Handed back, so that dropping them is not measured.
                (book, fills)
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, matching);
criterion_main!(benches);
