//! The same attack against Tally: the same cash, the same position, the same trades.

use super::support::{TestExchange, TestTrader, buy, exchange::genesis, sell};
use tally_circuits::margin::{self, MarginRequirement};
use tally_exchange::market::Genesis;
use tally_exchange::receipt::Receipt;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::Price;

/// The centre of the band: the mid of the story, ticks.
const CENTRE: i32 = 10;
/// Alice's short position, contracts.
const SHORT: u32 = 90;
/// Alice's cash once she is short, notional included: 1,400 in units of one tick's value.
const ALICE_CASH: i64 = 1_400;

/// How the attack went.
pub struct Outcome {
    /// What happened, line by line.
    pub story: Vec<String>,
    /// Whether Alice's note still holds her whole position, solvent at every price of the band.
    pub alice_stands: bool,
    /// The mark before Eve's bid and after it rested, ticks.
    pub marks: [Price; 2],
    /// What the market said to a bid at 15.
    pub bid_at_fifteen: Receipt,
    /// Contracts that Eve had to take because somebody sold to her.
    pub eve_bought: u32,
    /// The size of the position that Alice could keep even if the mark were driven to the band's edge, contracts.
    pub kept_at_the_edge: i64,
}

/// A contract in the story's dimensions: a band of 3 ticks either way, revalidation when the mark is 2 from its centre.
fn story() -> Genesis {
    let mut genesis = genesis();
    let specification = &mut genesis.specification;
    specification.band_half_width = 3;
    specification.trigger_distance = 2;
    specification.warning_distance = 1;
    specification.daily_limit = 60;
    specification.haircut = 200;
    specification.late_haircut_first = 300;
    specification.late_haircut_last = 500;
    specification.maintenance_margin = 500;
    specification.initial_margin = 2_500;
    genesis.prior_settlement = Price(CENTRE);
    genesis
}

/// Plays the attack.
pub fn attack() -> Outcome {
    let mut exchange = TestExchange::with(story());
    exchange.at(exchange.market.session().open);
    let tau = exchange.market.money().tick_value;
    let fee = exchange.market.money().fee;
    let mut told = Vec::new();

    // Alice gets her position from Bob: she sells 90 at 10 and then has cash 1,400, notional included.
    let proceeds = i64::from(SHORT) * (i64::from(CENTRE) * tau - fee);
    let mut alice = exchange.trader(ALICE_CASH * tau - proceeds);
    let [mut bob, mut carol, mut eve, mut dave] =
        std::array::from_fn(|_| exchange.trader(10_000 * tau));
    exchange.post(&mut bob, &[buy(CENTRE, SHORT)]);
    let sold = exchange.post(&mut alice, &[sell(CENTRE, SHORT)]);
    exchange.next_block();
    exchange.close(&mut alice, &sold);
    told.push(format!(
        "Alice is short {} with cash {}: everybody sees a sell of {SHORT}, nobody sees whose it was or what it left",
        -alice.note.position,
        alice.note.cash / tau
    ));

    exchange.post(&mut bob, &[sell(11, 10)]);
    exchange.post(&mut carol, &[buy(11, 10)]);
    exchange.next_block();
    let before = exchange.market.mark();
    told.push(format!("Carol buys the offer at 11: the mark is {before}"));

    let refused = bid(&mut exchange, &mut eve, 15, 1);
    told.push("Eve can't bid 15: no order stands outside the band of 7 to 13".to_owned());

    let orders = exchange.post(&mut eve, &[buy(12, 30)]);
    for _ in 0..10 {
        exchange.later(60);
    }
    let after = exchange.market.mark();
    told.push(format!(
        "Eve bids 12 for 30 contracts and leaves the bid for ten minutes: the mark is {after}, since nothing traded"
    ));

    exchange.post(&mut dave, &[sell(12, 30)]);
    let eve_bought = exchange.record(orders[0]).filled.0;
    told.push(format!(
        "Dave sells to her: Eve owns {eve_bought} contracts at 12 that she never wanted"
    ));

    let alice_stands = stands(&exchange, &alice);
    told.push(
        "Alice's note is solvent at every price of the band, as it was proven to be".to_owned(),
    );
    let kept_at_the_edge = kept_at_the_edge(&exchange, &alice);
    told.push(format!(
        "Even a mark driven to the edge by real trades would leave her {kept_at_the_edge} of {SHORT} contracts"
    ));
    Outcome {
        story: told,
        alice_stands,
        marks: [before, after],
        bid_at_fifteen: refused,
        eve_bought,
        kept_at_the_edge,
    }
}

fn bid(exchange: &mut TestExchange, trader: &mut TestTrader, price: i32, quantity: u32) -> Receipt {
    let action = exchange.posting(trader, &[buy(price, quantity)]);
    let prepared = exchange.prepare(trader, action);
    exchange.include(trader, &prepared)
}

fn stands(exchange: &TestExchange, alice: &TestTrader) -> bool {
    let maintenance = exchange.market.specification().maintenance_margin;
    let requirement = MarginRequirement {
        lo: maintenance,
        hi: maintenance,
    };
    let limit = i64::from(exchange.market.specification().position_limit);
    margin::solvent(
        &alice.note,
        &exchange.market.band_cents(),
        &requirement,
        limit,
    )
    .is_ok()
        && i64::from(alice.note.position) == -i64::from(SHORT)
}

/// What Refresh leaves of Alice's position if the mark were at the band's upper edge: the centre follows by the trigger
/// distance at most.
fn kept_at_the_edge(exchange: &TestExchange, alice: &TestTrader) -> i64 {
    let specification = exchange.market.specification();
    let money = exchange.market.money();
    let mark = exchange.market.band().hi;
    let centre = CENTRE + specification.trigger_distance;
    let terms = tally_circuits::refresh::RefreshTerms {
        mark: money.notional(mark),
        haircut: specification.haircut,
        band: margin::BandCents {
            lo: money.notional(Price(centre - specification.band_half_width)),
            hi: money.notional(Price(centre + specification.band_half_width)),
        },
        maintenance: specification.maintenance_margin,
        forced: false,
    };
    terms
        .apply(alice.note.cash, alice.note.position)
        .map_or(0, |refreshed| refreshed.position.abs())
}

/// Whether the market refused because of the price.
pub fn is_outside_the_band(receipt: &Receipt) -> bool {
    matches!(
        receipt,
        Receipt::Refused(Refusal::Price {
            price: Price(15),
            ..
        })
    )
}
