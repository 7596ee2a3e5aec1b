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
/// A quote stands until the wanted price is so many ticks away.
const TOLERANCE: u32 = 2;
/// A quote is renewed when less than this part of it is left.
const LEAST_LEFT: u32 = 2;

/// One side of a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct QuoteSide {
    pub(super) side: Side,
    pub(super) price: Price,
    pub(super) quantity: u32,
}

/// What a market maker wants to stand in the book, bid first.
pub(super) fn wanted(band: Band, fair: Price, held: i64, rank: u32) -> Vec<QuoteSide> {
    // Ranks are those of a handful of makers.
    let reach = i32::try_from(rank).unwrap_or(0) + 1;
    let quantity = 6 + 2 * rank;
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
    let mut sides = Vec::with_capacity(2);
    if held < MOST_HELD {
        let price = band.clamp(Price(middle.0 - reach));
        let side = Side::Buy;
        sides.push(QuoteSide {
            side,
            price,
            quantity,
        });
    }
    if held > -MOST_HELD {
        let price = band.clamp(Price(middle.0 + reach));
        let side = Side::Sell;
        sides.push(QuoteSide {
            side,
            price,
            quantity,
        });
    }
    sides
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
pub(super) fn drift(lineage: &Lineage, market: &Market, wanted: &[QuoteSide]) -> Drift {
    let standing: Vec<&Record> = live(lineage, market).map(|(_, _, record)| record).collect();
    let side = |side: &QuoteSide| {
        let own = standing.iter().find(|own| own.terms.side == side.side);
        let Some(own) = own else {
            return Drift::Missing;
        };
        let left = own.total.0.saturating_sub(own.filled.0);
        let is_near = own.terms.limit.0.abs_diff(side.price.0) < TOLERANCE;
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
        let sides = |held, rank| wanted(BAND, Price(2_640), held, rank);
        let prices =
            |sides: &[QuoteSide]| -> Vec<i32> { sides.iter().map(|s| s.price.0).collect() };
        assert_eq!(prices(&sides(0, 0)), [2_639, 2_641]);
        assert_eq!(prices(&sides(0, 2)), [2_637, 2_643]);
        assert_eq!(prices(&sides(24, 0)), [2_637, 2_639]);
        assert_eq!(prices(&sides(-24, 0)), [2_641, 2_643]);
        assert_eq!(sides(MOST_HELD, 0).len(), 1);
        assert_eq!(sides(MOST_HELD, 0)[0].side, Side::Sell);
        assert_eq!(sides(-MOST_HELD, 1)[0].side, Side::Buy);
    }

    #[test]
    fn both_sides_stay_in_the_band() {
        for fair in [0, 2_560, 2_720, 9_000] {
            for rank in 0..3 {
                let sides = wanted(BAND, Price(fair), 0, rank);
                assert_eq!(sides.len(), 2);
                assert!(sides.iter().all(|side| BAND.contains(side.price)));
                assert!(sides[0].price < sides[1].price);
            }
        }
    }
}
