//! The uncrossing that ends a pre-open: one price for all who trade.
//!
//! Pre-open orders do not trade as they arrive. At the end they are crossed at once:
//!
//! - **Price**: among all prices of the band, the one at which most contracts trade; among those, the one
//!   that leaves the smallest imbalance between what is bought and what is sold there; among those, the one
//!   nearest to the reference price. Of two equally near, the lower: but there never are two. As the price
//!   rises, demand falls and supply grows, so the volume first grows and then falls, and the signed
//!   imbalance only falls: each criterion leaves a run of adjacent prices, one of which is nearest.
//! - **Allocation**: on each side by price, best limit first; all orders share one time priority, so at
//!   equal limits by rank, a hash given by the caller, and by identifier should two ranks be equal.
//!
//! What is left over can't trade again. Say all sells that accept the price p are filled, V contracts in
//! all, and a leftover buy at b meets a leftover sell at s <= b. Then s > p, for all sells up to p are gone.
//! Buys were filled best limit first, so the V contracts went to buys at b or better, which accept s: at
//! s, buys of more than V contracts meet sells of more than V contracts, but V was the most that can
//! trade. If all buys that accept p are filled, the same holds in the mirror.

use super::order::Fill;
use super::{BookError, MAX_RESTING_ORDERS, check_band};
use crate::units::{Band, OrderId, Price, Quantity, Side};
use std::cmp::Reverse;
use thiserror::Error;

/// An order posted during a pre-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuctionOrder {
    /// Its number in the market.
    pub id: OrderId,
    /// Whether it buys or sells.
    pub side: Side,
    /// The worst price it accepts, ticks, inside the band.
    pub limit: Price,
    /// How many contracts it wants, at least one.
    pub quantity: Quantity,
    /// Its place among orders of the same limit, smallest first: a hash of the order's tag and of the state
    /// at the end of the pre-open.
    pub rank: [u8; 32],
}

/// The outcome of an uncrossing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncrossing {
    /// The one price of all fills, ticks; `None` if no two orders cross.
    pub price: Option<Price>,
    /// Contracts that changed hands.
    pub volume: u64,
    /// The matches, best orders first; each names its buy as resting and its sell as incoming.
    pub fills: Vec<Fill>,
    /// What is left of each order that is not filled completely, contracts, at least one, by rank: put into an empty
    /// book in this order, they rest in the right priority and none trades.
    pub remainders: Vec<(OrderId, Quantity)>,
}

/// Why an uncrossing was refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum UncrossingError {
    /// There are more orders than may rest in a book.
    #[error("{orders} pre-open orders are too many: at most {MAX_RESTING_ORDERS} may rest")]
    TooManyOrders {
        /// How many there are.
        orders: usize,
    },
    /// The band or an order is one that a book would refuse.
    #[error(transparent)]
    Refused(#[from] BookError),
}

/// An order and what is left of it.
struct Party<'a> {
    order: &'a AuctionOrder,
    left: u32,
}

/// Crosses the pre-open orders. The answer does not depend on the sequence in which they are given.
///
/// `reference` breaks ties between prices and may lie anywhere; it is the settlement or revalidation
/// price in ticks.
///
/// # Errors
/// [`UncrossingError`] if a book over `band` would refuse the band or an order: a reversed or too wide
/// band, a limit outside it, a quantity of zero, an identifier given twice, too many orders.
pub fn uncross(
    orders: &[AuctionOrder],
    band: Band,
    reference: Price,
) -> Result<Uncrossing, UncrossingError> {
    check(orders, band)?;
    let (price, volume) = equilibrium(orders, band, reference);
    let mut buys = queue(orders, Side::Buy);
    let mut sells = queue(orders, Side::Sell);
    let fills = price.map_or_else(Vec::new, |price| {
        allocate(&mut buys, &mut sells, price, volume)
    });
    Ok(Uncrossing {
        price,
        volume,
        fills,
        remainders: remainders(buys, sells),
    })
}

fn check(orders: &[AuctionOrder], band: Band) -> Result<(), UncrossingError> {
    check_band(band)?;
    if orders.len() > MAX_RESTING_ORDERS {
        return Err(UncrossingError::TooManyOrders {
            orders: orders.len(),
        });
    }
    for &AuctionOrder {
        id,
        limit,
        quantity,
        ..
    } in orders
    {
        if quantity.0 == 0 {
            return Err(BookError::ZeroQuantity { id }.into());
        }
        if !band.contains(limit) {
            return Err(BookError::OutsideBand { id, limit, band }.into());
        }
    }
    let mut ids: Vec<_> = orders.iter().map(|order| order.id).collect();
    ids.sort_unstable();
    match ids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(BookError::DuplicateId { id: pair[0] }.into()),
        None => Ok(()),
    }
}

/// The price of the uncrossing, if any contract trades, and the number of contracts.
fn equilibrium(orders: &[AuctionOrder], band: Band, reference: Price) -> (Option<Price>, u64) {
    let ticks = band.lo.0.abs_diff(band.hi.0) as usize + 1;
    // Bought and sold contracts by limit, counted from the band's lower edge.
    let mut bought_at = vec![0_u64; ticks];
    let mut sold_at = vec![0_u64; ticks];
    for order in orders {
        let side = match order.side {
            Side::Buy => &mut bought_at,
            Side::Sell => &mut sold_at,
        };
        side[order.limit.0.abs_diff(band.lo.0) as usize] += u64::from(order.quantity.0);
    }
    // Going up: buys limited below the price drop out, sells limited at it come in.
    let mut demand: u64 = bought_at.iter().sum();
    let mut supply = 0;
    let mut best = None;
    for (price, (bought, sold)) in (band.lo.0..=band.hi.0).zip(bought_at.iter().zip(&sold_at)) {
        supply += sold;
        let volume = demand.min(supply);
        let merit = (
            volume,
            Reverse(demand.abs_diff(supply)),
            Reverse(price.abs_diff(reference.0)),
            Reverse(price),
        );
        if volume > 0 {
            best = best.max(Some(merit));
        }
        demand -= bought;
    }
    best.map_or((None, 0), |(volume, _, _, Reverse(price))| {
        (Some(Price(price)), volume)
    })
}

/// The orders of one side in the order in which they are filled.
fn queue(orders: &[AuctionOrder], side: Side) -> Vec<Party<'_>> {
    let mut queue: Vec<_> = orders
        .iter()
        .filter(|order| order.side == side)
        .map(|order| Party {
            order,
            left: order.quantity.0,
        })
        .collect();
    queue.sort_unstable_by_key(|Party { order, .. }| {
        // Both edges of the band fit 32 bits, so the negated limit fits 64.
        let limit = i64::from(order.limit.0);
        (
            if side == Side::Buy { -limit } else { limit },
            order.rank,
            order.id,
        )
    });
    queue
}

/// Fills both queues from the front until `volume` contracts have changed hands.
fn allocate(buys: &mut [Party], sells: &mut [Party], price: Price, volume: u64) -> Vec<Fill> {
    let mut fills = Vec::new();
    let mut wanted = volume;
    let (mut buys, mut sells) = (buys.iter_mut().peekable(), sells.iter_mut().peekable());
    // Each side holds at least `volume` contracts that accept the price, so neither queue ends early.
    while let (Some(buy), Some(sell)) = (buys.peek_mut(), sells.peek_mut()) {
        let most = u32::try_from(wanted).unwrap_or(u32::MAX);
        let traded = buy.left.min(sell.left).min(most);
        if traded == 0 {
            break;
        }
        let (resting, incoming) = (buy.order.id, sell.order.id);
        fills.push(Fill {
            resting,
            incoming,
            price,
            quantity: Quantity(traded),
        });
        buy.left -= traded;
        sell.left -= traded;
        wanted -= u64::from(traded);
        let (bought, sold) = (buy.left == 0, sell.left == 0);
        if bought {
            buys.next();
        }
        if sold {
            sells.next();
        }
    }
    fills
}

/// What is left of the orders, by rank and identifier.
fn remainders(buys: Vec<Party>, sells: Vec<Party>) -> Vec<(OrderId, Quantity)> {
    let mut rest: Vec<_> = buys
        .into_iter()
        .chain(sells)
        .filter(|party| party.left > 0)
        .collect();
    rest.sort_unstable_by_key(|Party { order, .. }| (order.rank, order.id));
    rest.into_iter()
        .map(|Party { order, left }| (order.id, Quantity(left)))
        .collect()
}
