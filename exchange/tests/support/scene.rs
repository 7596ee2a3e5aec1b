//! A market with traders and decryptors, ready to trade, and what happens on its stage.

use super::exchange::TestExchange;
use super::seats::TestSeat;
use super::terms::{MIDDLE, buy, sell};
use super::trader::TestTrader;
use tally_exchange::market::Stage;
use tally_exchange::message::Rest;
use tally_exchange::receipt::{Event, Phase};
use tally_exchange::units::Price;

/// Free cash of each trader, cents.
pub const CASH: i64 = 10_000_000;

/// A mark that triggers: beyond 60 ticks from the middle.
pub const TRIGGER: i32 = MIDDLE + 62;

pub struct Scene {
    pub exchange: TestExchange,
    pub traders: Vec<TestTrader>,
    pub seats: Vec<TestSeat>,
}

impl Scene {
    /// `traders` with notes, the first `seats` of them with a seat each, in continuous trading with a joint key.
    pub fn new(traders: usize, seats: usize) -> Self {
        Self::with(TestExchange::new(), traders, seats)
    }

    pub fn with(exchange: TestExchange, traders: usize, seats: usize) -> Self {
        let mut scene = Self::before_pre_open(exchange, traders, seats);
        let session = scene.exchange.market.session().clone();
        scene.exchange.at(session.pre_open);
        if seats > 0 {
            scene.exchange.make_key(&scene.seats);
        }
        scene.exchange.at(session.open);
        scene
    }

    /// Before the pre-open: bonds are posted, there is no key yet.
    pub fn before_pre_open(mut exchange: TestExchange, traders: usize, seats: usize) -> Self {
        let bond = exchange.market.specification().decryptor_bond;
        let mut all: Vec<TestTrader> = (0..traders)
            .map(|place| exchange.trader(CASH + if place < seats { bond } else { 0 }))
            .collect();
        let taken = all[..seats]
            .iter_mut()
            .zip(1..)
            .map(|(trader, seed)| exchange.seat(trader, seed))
            .collect();
        exchange.next_block();
        Self {
            exchange,
            traders: all,
            seats: taken,
        }
    }

    /// One trader buys from another, and both claim at once.
    pub fn trade(&mut self, buyer: usize, seller: usize, price: i32, quantity: u32) {
        let exchange = &mut self.exchange;
        let bought = exchange.post_one(&mut self.traders[buyer], buy(price, quantity));
        let sold = exchange.post_one(&mut self.traders[seller], sell(price, quantity));
        exchange.close(&mut self.traders[buyer], &[bought]);
        exchange.close(&mut self.traders[seller], &[sold]);
    }

    /// Two traders move the mark to `price` by a trade, and the trigger's time passes.
    pub fn trigger(&mut self, buyer: usize, seller: usize, price: i32) {
        self.trade(buyer, seller, price, 20);
        let hold = self.exchange.market.specification().trigger_hold;
        self.exchange.later(hold);
        self.exchange.next_block();
        assert_eq!(self.exchange.market.phase(), Phase::Halted);
        assert!(matches!(self.exchange.market.stage(), Stage::Window { .. }));
        let price = Price(price);
        assert_eq!(
            self.exchange.market.epoch_terms().map(|terms| terms.price),
            Some(price)
        );
    }

    /// These traders refresh.
    pub fn refresh(&mut self, traders: impl IntoIterator<Item = usize>) {
        for trader in traders {
            self.exchange.refresh(&mut self.traders[trader]);
        }
    }

    /// The window ends, all seats share, the sums are posted.
    pub fn decrypt(&mut self) {
        self.exchange.close_window();
        self.exchange.decrypt(&self.seats);
    }

    /// All traders but these refresh, and the epoch goes to its result.
    pub fn revalidate_without(&mut self, absent: &[usize]) {
        let present: Vec<usize> = (0..self.traders.len())
            .filter(|trader| !absent.contains(trader))
            .collect();
        self.refresh(present);
        self.decrypt();
        self.check_books();
    }

    /// The pre-open after a revalidation passes.
    pub fn reopen(&mut self) {
        assert_eq!(self.exchange.market.phase(), Phase::PreOpen);
        let wait = self.exchange.market.specification().reopen_pre_open;
        self.exchange.later(wait);
        assert!(self.exchange.market.phase().is_trading());
    }

    /// To the day's close; the daily window opens.
    pub fn close_day(&mut self) {
        self.exchange.at(self.exchange.market.session().close);
        assert!(matches!(self.exchange.market.stage(), Stage::Window { .. }));
    }

    /// To the open of the session that the market stands before, with a new key.
    pub fn open_day(&mut self) {
        let session = self.exchange.market.session().clone();
        self.exchange.at(session.pre_open);
        self.exchange.make_key(&self.seats);
        self.exchange.at(session.open);
    }

    /// A trader claims everything that stands under his tags in his note's epoch.
    pub fn claim(&mut self, trader: usize, orders: &[tally_exchange::units::OrderId]) {
        let action = self
            .exchange
            .claiming(&self.traders[trader], orders, Rest::Close, &[]);
        self.exchange.act(&mut self.traders[trader], action);
    }

    pub fn check_books(&self) {
        self.exchange
            .check_books(&self.traders.iter().collect::<Vec<_>>());
    }

    pub fn position(&self, trader: usize) -> i32 {
        self.traders[trader].note.position
    }

    pub fn cash(&self, trader: usize) -> i64 {
        self.traders[trader].note.cash
    }

    /// Whether this has happened.
    pub fn saw(&self, is_it: impl Fn(&Event) -> bool) -> bool {
        self.exchange.events.iter().any(is_it)
    }
}
