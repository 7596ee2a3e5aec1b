//! Totals of a flow, for reports and for comparing a venue's result with what was expected.

use serde::Serialize;

use super::event::{FlowEvent, Intent, Side};
use super::{ExpectedFill, Flow, SETTLEMENT_WINDOW};

/// Totals of a flow. Prices in ticks, quantities in contracts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FlowFigures {
    /// All messages: the sum of the next five.
    pub messages: usize,
    /// Limit orders, those of the pre-open and those that meet the other side included.
    pub adds: usize,
    /// Market orders.
    pub markets: usize,
    /// Replaces.
    pub replaces: usize,
    /// Reduces.
    pub reduces: usize,
    /// Cancels.
    pub cancels: usize,
    /// Order numbers used: adds, markets and replaces.
    pub orders: usize,
    /// Matches between two orders, the uncrossing included.
    pub prints: usize,
    /// Contracts traded, the uncrossing included.
    pub contracts_traded: u64,
    /// Contracts of the uncrossing.
    pub opening_contracts: u64,
    /// First price printed, that of the uncrossing.
    pub open: i32,
    /// Highest price printed.
    pub high: i32,
    /// Lowest price printed.
    pub low: i32,
    /// Last price printed.
    pub close: i32,
    /// Contracts traded in the settlement window.
    pub window_contracts: u64,
    /// Their volume-weighted average price to the nearest tick, ties towards the prior settlement.
    pub settlement: i32,
    /// Largest quantity of any order.
    pub largest_quantity: u32,
}

impl FlowFigures {
    pub(crate) fn new(events: &[FlowEvent], fills: &[ExpectedFill], prior: i32) -> Self {
        let mut figures = Self {
            messages: events.len(),
            prints: fills.len(),
            ..Self::default()
        };
        for event in events {
            figures.count(&event.intent);
        }
        figures.orders = figures.adds + figures.markets + figures.replaces;
        figures.open = fills.first().map_or(0, |fill| fill.price);
        figures.close = fills.last().map_or(0, |fill| fill.price);
        figures.high = fills.iter().map(|fill| fill.price).max().unwrap_or(0);
        figures.low = fills.iter().map(|fill| fill.price).min().unwrap_or(0);
        figures.contracts_traded = fills.iter().map(|fill| u64::from(fill.quantity)).sum();
        let mut value = 0i64;
        for fill in fills {
            let Some(event) = fill.event else {
                figures.opening_contracts += u64::from(fill.quantity);
                continue;
            };
            if events
                .get(event as usize)
                .is_some_and(|event| SETTLEMENT_WINDOW.contains(&event.at))
            {
                figures.window_contracts += u64::from(fill.quantity);
                value += i64::from(fill.price) * i64::from(fill.quantity);
            }
        }
        figures.settlement = average(value, figures.window_contracts, prior);
        figures
    }

    fn count(&mut self, intent: &Intent) {
        match *intent {
            Intent::Add { quantity, .. } => {
                self.adds += 1;
                self.largest_quantity = self.largest_quantity.max(quantity);
            }
            Intent::Market { quantity, .. } => {
                self.markets += 1;
                self.largest_quantity = self.largest_quantity.max(quantity);
            }
            Intent::Replace { quantity, .. } => {
                self.replaces += 1;
                self.largest_quantity = self.largest_quantity.max(quantity);
            }
            Intent::Reduce { .. } => self.reduces += 1,
            Intent::Cancel { .. } => self.cancels += 1,
        }
    }
}

/// A volume-weighted average to the nearest integer, ties towards the prior settlement; that itself without contracts.
fn average(value: i64, contracts: u64, prior: i32) -> i32 {
    let contracts = i64::try_from(contracts).unwrap_or(i64::MAX);
    if contracts == 0 {
        return prior;
    }
    let (below, rest) = (value.div_euclid(contracts), value.rem_euclid(contracts));
    let upwards = match (2 * rest).cmp(&contracts) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => below < i64::from(prior),
        std::cmp::Ordering::Greater => true,
    };
    i32::try_from(below + i64::from(upwards)).unwrap_or(prior)
}

/// What one trader does in a flow. Quantities in contracts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TraderFigures {
    /// Messages sent.
    pub messages: usize,
    /// Contracts bought.
    pub bought: u64,
    /// Contracts sold.
    pub sold: u64,
    /// Contracts of all buy orders ever sent, replaces included.
    pub buys_sent: u64,
    /// Contracts of all sell orders ever sent, replaces included.
    pub sells_sent: u64,
    /// Largest position the trader could have had at any time if all its resting buys and no sell had filled.
    pub peak_long: i64,
    /// Largest short position if all its resting sells and no buy had filled, as a positive number.
    pub peak_short: i64,
    /// Most orders resting at one time.
    pub peak_orders: usize,
}

/// An order while figures are added up.
#[derive(Clone, Copy)]
struct Tracked {
    trader: usize,
    side: Side,
    total: u32,
    filled: u32,
}

/// Running state of one trader.
#[derive(Clone, Copy, Default)]
struct Running {
    position: i64,
    resting: [i64; 2],
    orders: usize,
}

struct Tally {
    orders: Vec<Tracked>,
    running: Vec<Running>,
    figures: Vec<TraderFigures>,
}

pub(crate) fn by_trader(flow: &Flow) -> Vec<TraderFigures> {
    let traders = flow.profiles.len();
    let mut tally = Tally {
        orders: Vec::with_capacity(flow.figures.orders),
        running: vec![Running::default(); traders],
        figures: vec![TraderFigures::default(); traders],
    };
    let mut fills = flow.fills.iter().peekable();
    for (index, event) in flow.events.iter().enumerate() {
        // The uncrossing comes before the first event of the session.
        while event.at >= 0 && fills.peek().is_some_and(|fill| fill.event.is_none()) {
            tally.fill(fills.next());
        }
        let trader = event.trader as usize;
        tally.figures[trader].messages += 1;
        let remainder = tally.apply(trader, &event.intent);
        while fills
            .peek()
            .is_some_and(|fill| fill.event.is_some_and(|caused| caused as usize == index))
        {
            tally.fill(fills.next());
        }
        tally.peak(trader);
        if let Some(order) = remainder {
            tally.remove(order);
        }
    }
    tally.figures
}

impl Tally {
    /// Applies an intent; returns the order whose rest leaves after its fills, if it is a market order.
    fn apply(&mut self, trader: usize, intent: &Intent) -> Option<u32> {
        match *intent {
            Intent::Add { side, quantity, .. } => self.send(trader, side, quantity),
            Intent::Market {
                order,
                side,
                quantity,
            } => {
                self.send(trader, side, quantity);
                return Some(order);
            }
            Intent::Replace {
                order, quantity, ..
            } => {
                let side = self.orders[order as usize].side;
                self.remove(order);
                self.send(trader, side, quantity);
            }
            Intent::Reduce {
                order,
                remaining_total,
            } => {
                let tracked = &mut self.orders[order as usize];
                let lowered = i64::from(tracked.total) - i64::from(remaining_total);
                tracked.total = remaining_total;
                self.running[trader].resting[slot(tracked.side)] -= lowered;
            }
            Intent::Cancel { order } => self.remove(order),
        }
        None
    }

    fn send(&mut self, trader: usize, side: Side, quantity: u32) {
        self.orders.push(Tracked {
            trader,
            side,
            total: quantity,
            filled: 0,
        });
        let figures = &mut self.figures[trader];
        match side {
            Side::Buy => figures.buys_sent += u64::from(quantity),
            Side::Sell => figures.sells_sent += u64::from(quantity),
        }
        self.running[trader].resting[slot(side)] += i64::from(quantity);
        self.running[trader].orders += 1;
    }

    /// Takes the rest of an order out, if there is one.
    fn remove(&mut self, order: u32) {
        let tracked = &mut self.orders[order as usize];
        let open = i64::from(tracked.total) - i64::from(tracked.filled);
        if open > 0 {
            tracked.total = tracked.filled;
            self.running[tracked.trader].resting[slot(tracked.side)] -= open;
            self.running[tracked.trader].orders -= 1;
        }
    }

    fn fill(&mut self, fill: Option<&ExpectedFill>) {
        let Some(fill) = fill else { return };
        for order in [fill.buy, fill.sell] {
            let tracked = &mut self.orders[order as usize];
            tracked.filled += fill.quantity;
            let running = &mut self.running[tracked.trader];
            running.resting[slot(tracked.side)] -= i64::from(fill.quantity);
            running.orders -= usize::from(tracked.filled == tracked.total);
            let figures = &mut self.figures[tracked.trader];
            match tracked.side {
                Side::Buy => {
                    running.position += i64::from(fill.quantity);
                    figures.bought += u64::from(fill.quantity);
                }
                Side::Sell => {
                    running.position -= i64::from(fill.quantity);
                    figures.sold += u64::from(fill.quantity);
                }
            }
            let trader = tracked.trader;
            self.peak(trader);
        }
    }

    fn peak(&mut self, trader: usize) {
        let (running, figures) = (self.running[trader], &mut self.figures[trader]);
        figures.peak_long = figures.peak_long.max(running.position + running.resting[0]);
        figures.peak_short = figures
            .peak_short
            .max(running.resting[1] - running.position);
        figures.peak_orders = figures.peak_orders.max(running.orders);
    }
}

fn slot(side: Side) -> usize {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::average;

    #[test]
    fn ties_go_towards_the_prior_settlement() {
        assert_eq!(average(201, 2, 90), 100);
        assert_eq!(average(201, 2, 110), 101);
        assert_eq!(average(302, 3, 90), 101);
        assert_eq!(average(-201, 2, -90), -100);
        assert_eq!(average(-201, 2, -110), -101);
        assert_eq!(average(0, 0, 7), 7);
    }
}
