//! What market makers quote: two sides around the fair price, shaded against what they hold.

use tally_exchange::market::Market;
use tally_exchange::message::{MAX_CLAIMS, RecordClaim, Rest};
use tally_exchange::record::Record;
use tally_exchange::units::{Band, OrderId, Price, Quantity, Side};
use tally_trader::claims::ClaimPlan;
use tally_trader::lineage::{Lineage, OwnOrder};
use tally_trader::request::OrderRequest;

/// A market maker holds at most so many contracts, long or short; there he quotes one side.
pub(super) const MOST_HELD: i64 = 120;
/// Contracts held for each tick by which a quote is shaded.
const HELD_A_TICK: i64 = 12;
/// How each maker quotes, by rank. The last stands back with more: it seldom moves and is seldom hit, so that there is
/// somebody to trade with while the quotes of the others are on their way.
const STYLES: [Style; 3] = [
    Style {
        reach: 1,
        quantity: 6,
        tolerance: 2,
    },
    Style {
        reach: 2,
        quantity: 8,
        tolerance: 2,
    },
    Style {
        reach: 6,
        quantity: 32,
        tolerance: 4,
    },
];
/// A quote is renewed when less than this part of it is left.
const LEAST_LEFT: u32 = 2;

/// How a maker quotes.
struct Style {
    /// Ticks from the fair price to either side.
    reach: i32,
    /// Contracts on either side.
    quantity: u32,
    /// A quote stands until the wanted price is so many ticks away.
    tolerance: u32,
}

fn style(rank: u32) -> &'static Style {
    let [.., last] = &STYLES;
    STYLES.get(rank as usize).unwrap_or(last)
}

/// One side of a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct QuoteSide {
    pub(super) side: Side,
    pub(super) price: Price,
    pub(super) quantity: u32,
}

/// The best prices at which the other market makers stand in the book. They don't trade with each other: after a jump of
/// the price the first would else take away what the others quote, and for a moment nobody would be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fellows {
    pub(super) bid: Option<Price>,
    pub(super) ask: Option<Price>,
}

impl Fellows {
    /// Takes in what another maker has in the book.
    pub(super) fn add(&mut self, lineage: &Lineage, market: &Market) {
        for (_, _, record) in live(lineage, market) {
            let price = Some(record.terms.limit);
            match record.terms.side {
                Side::Buy => self.bid = self.bid.max(price),
                Side::Sell => self.ask = self.ask.into_iter().chain(price).min(),
            }
        }
    }

    /// A price at which an order meets none of theirs.
    fn beside(self, side: Side, price: Price) -> Price {
        match side {
            Side::Buy => self.ask.map_or(price, |ask| price.min(Price(ask.0 - 1))),
            Side::Sell => self.bid.map_or(price, |bid| price.max(Price(bid.0 + 1))),
        }
    }
}

/// What a market maker wants to stand in the book, bid first.
pub(super) fn wanted(
    band: Band,
    fair: Price,
    held: i64,
    rank: u32,
    fellows: Fellows,
) -> Vec<QuoteSide> {
    let Style {
        reach, quantity, ..
    } = *style(rank);
    let most_shade = MOST_HELD / HELD_A_TICK;
    let shade = (held / HELD_A_TICK).clamp(-most_shade, most_shade);
    let shade = i32::try_from(shade).unwrap_or(0);
    let room = Band {
        lo: Price(band.lo.0.saturating_add(reach)),
        hi: Price(band.hi.0.saturating_sub(reach)),
    };
    // Both sides stay in the band, so that there is a counterparty even where the price would leave it.
    let middle = if room.lo <= room.hi {
        room.clamp(Price(fair.0.saturating_sub(shade)))
    } else {
        band.clamp(fair)
    };
    let quote = |side, price: i32| QuoteSide {
        side,
        price: band.clamp(fellows.beside(side, Price(price))),
        quantity,
    };
    let bid = (held < MOST_HELD).then(|| quote(Side::Buy, middle.0 - reach));
    let ask = (held > -MOST_HELD).then(|| quote(Side::Sell, middle.0 + reach));
    bid.into_iter().chain(ask).collect()
}

/// How a quote that stands differs from the wanted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Drift {
    /// It is good enough.
    None,
    /// The price has moved, or much of it is traded.
    Moved,
    /// A side is not there.
    Missing,
}

/// Own live orders with their records, oldest first.
fn live<'a>(
    lineage: &'a Lineage,
    market: &'a Market,
) -> impl Iterator<Item = (OrderId, OwnOrder, &'a Record)> {
    let own = lineage.orders().iter();
    own.filter_map(|(id, own)| Some((*id, *own, market.record(*id)?)))
        .filter(|(_, _, record)| record.status.is_live())
}

/// How what stands in the book differs from what is wanted.
pub(super) fn drift(lineage: &Lineage, market: &Market, wanted: &[QuoteSide], rank: u32) -> Drift {
    let standing: Vec<&Record> = live(lineage, market).map(|(_, _, record)| record).collect();
    let side = |side: &QuoteSide| {
        let own = standing.iter().find(|own| own.terms.side == side.side);
        let Some(own) = own else {
            return Drift::Missing;
        };
        let left = own.total.0.saturating_sub(own.filled.0);
        let is_near = own.terms.limit.0.abs_diff(side.price.0) < style(rank).tolerance;
        if is_near && left * LEAST_LEFT >= side.quantity {
            Drift::None
        } else {
            Drift::Moved
        }
    };
    let drift = wanted.iter().map(side).max().unwrap_or(Drift::None);
    if standing.len() > wanted.len() {
        drift.max(Drift::Moved)
    } else {
        drift
    }
}

/// What takes the old quote away, and what comes in its place: one message.
pub(super) fn replacement(
    lineage: &Lineage,
    market: &Market,
    wanted: &[QuoteSide],
) -> (Option<ClaimPlan>, Vec<OrderRequest>) {
    let mut tags: Vec<_> = live(lineage, market)
        .map(|(_, own, _)| own.tag_nullifier)
        .collect();
    tags.dedup();
    let Some(first) = tags.first() else {
        // Nothing stands: the message claims what is finished instead.
        let finished = lineage.finished_claims(market).into_iter().next();
        return (finished, requests(wanted));
    };
    let own = lineage.orders().iter();
    let records = own
        .filter(|(_, own)| own.tag_nullifier == *first)
        .filter_map(|(id, _)| {
            Some(RecordClaim {
                order: *id,
                fills: market.record(*id)?.fill_count(),
                rest: Rest::Close,
            })
        });
    let claim = ClaimPlan {
        tag_nullifier: *first,
        records: records.take(MAX_CLAIMS).collect(),
    };
    // A claim is of one message's orders: with those of two in the book, the older ones go first.
    let requests = if tags.len() > 1 {
        Vec::new()
    } else {
        requests(wanted)
    };
    (Some(claim), requests)
}

fn requests(wanted: &[QuoteSide]) -> Vec<OrderRequest> {
    let request =
        |side: &QuoteSide| OrderRequest::limit(side.side, Quantity(side.quantity), side.price);
    wanted.iter().map(request).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAND: Band = Band {
        lo: Price(2_560),
        hi: Price(2_720),
    };

    #[test]
    fn quotes_stand_around_the_fair_price_and_lean_against_what_is_held() {
        let sides = |held, rank| wanted(BAND, Price(2_640), held, rank, Fellows::default());
        let prices =
            |sides: &[QuoteSide]| -> Vec<i32> { sides.iter().map(|s| s.price.0).collect() };
        assert_eq!(prices(&sides(0, 0)), [2_639, 2_641]);
        assert_eq!(prices(&sides(0, 2)), [2_634, 2_646]);
        assert_eq!(prices(&sides(24, 0)), [2_637, 2_639]);
        assert_eq!(prices(&sides(-24, 0)), [2_641, 2_643]);
        assert_eq!(sides(MOST_HELD, 0).len(), 1);
        assert_eq!(sides(MOST_HELD, 0)[0].side, Side::Sell);
        assert_eq!(sides(-MOST_HELD, 1)[0].side, Side::Buy);
    }

    #[test]
    fn makers_do_not_meet_each_other() {
        let fellows = Fellows {
            bid: Some(Price(2_650)),
            ask: Some(Price(2_652)),
        };
        let prices = |fair| -> Vec<i32> {
            let sides = wanted(BAND, Price(fair), 0, 0, fellows);
            sides.iter().map(|side| side.price.0).collect()
        };
        assert_eq!(prices(2_651), [2_650, 2_652]);
        assert_eq!(prices(2_640), [2_639, 2_651]);
        assert_eq!(prices(2_670), [2_651, 2_671]);
    }

    #[test]
    fn both_sides_stay_in_the_band() {
        for fair in [0, 2_560, 2_720, 9_000] {
            for rank in 0..3 {
                let sides = wanted(BAND, Price(fair), 0, rank, Fellows::default());
                assert_eq!(sides.len(), 2);
                assert!(sides.iter().all(|side| BAND.contains(side.price)));
                assert!(sides[0].price < sides[1].price);
            }
        }
    }
}
