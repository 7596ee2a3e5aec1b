//! What the traders of a replay are given, and what distressed ones do with it.

use super::faults::Conduct;
use super::plan::{ReplayMonth, ReplayPlan};
use crate::flow::is;
use tally_bench_data::Intent;
use tally_exchange::epoch::terms::session_band;
use tally_exchange::specification::Specification;
use tally_exchange::units::{Band, Price, Side};

/// Contracts of a distressed trader's position: enough to be seen among a thinned day's, far from moving its price.
pub(super) const DISTRESSED_CONTRACTS: u32 = 5;
impl ReplayPlan {
    /// First deposit of each trader, cents, opening fee and the decryptor's bond included.
    ///
    /// It covers all of a trader's orders reserved at once at the worst limit, at initial margin, whatever fills: the
    /// replay asks what proofs cost, and nobody's margin thins the flow. A distressed trader has just what its one
    /// position takes.
    pub(super) fn first_deposits(&self) -> Vec<u64> {
        let specification = &self.specification;
        let mut cash = vec![0_i64; self.arguments.traders as usize];
        for month in &self.months {
            let per_contract = self.worst_case(month);
            for event in self.days[month.days.clone()]
                .iter()
                .flat_map(|day| &day.flow.events)
            {
                cash[event.trader as usize] += i64::from(posted(&event.intent)) * per_contract;
            }
        }
        if let Some(distress) = self.distress() {
            let faults = i64::from(self.arguments.faults.distress);
            let contracts = faults * i64::from(DISTRESSED_CONTRACTS);
            cash[distress.counterparty as usize] += contracts * self.worst_case(&self.months[0]);
            for (trader, cash) in (0..).zip(&mut cash) {
                if self.conduct(trader) == Conduct::Distressed {
                    *cash = distress.margin(specification);
                }
            }
        }
        let fixed = specification.opening_fee + specification.decryptor_bond;
        // All are positive: a specification's margins and fees are.
        let deposit = |cash: &i64| cash + fixed + self.rollover_fees();
        cash.iter()
            .map(|cash| {
                u64::try_from(deposit(cash).max(specification.minimum_deposit)).unwrap_or(0)
            })
            .collect()
    }

    /// Opening fees of the later contract months, cents.
    fn rollover_fees(&self) -> i64 {
        let later = i64::try_from(self.months.len()).unwrap_or(1) - 1;
        later * self.specification.opening_fee
    }

    /// What one contract can take at most while a contract month is replayed, cents: from the highest daily limit to the
    /// lowest, with initial margin and the fees of getting in and out.
    fn worst_case(&self, month: &ReplayMonth) -> i64 {
        let specification = &self.specification;
        let days = &self.days[month.days.clone()];
        let hi = days.iter().map(|day| day.limit.hi.0).max().unwrap_or(0);
        let lo = days.iter().map(|day| day.limit.lo.0).min().unwrap_or(0);
        (i64::from(hi) - i64::from(lo)) * specification.tick_value
            + specification.initial_margin
            + 2 * specification.fee
    }

    /// The positions of the distressed traders; none without any.
    pub(super) fn distress(&self) -> Option<Distress> {
        if self.arguments.faults.distress == 0 {
            return None;
        }
        let day = self.days.first()?;
        let row = &day.figures.row;
        let falls = row.open - row.low >= row.high - row.open;
        let side = if falls { Side::Buy } else { Side::Sell };
        let centre = Price(day.figures.prior.price());
        let band = session_band(centre, day.limit, &self.specification);
        // Whoever opens the day on the other side takes these too, at the same price.
        let opener = day.flow.events.iter().find_map(|event| match event.intent {
            Intent::Add {
                side: other, price, ..
            } if event.at < 0 && price == row.open && is(other) == side.opposite() => {
                Some(event.trader)
            }
            _ => None,
        });
        Some(Distress {
            side,
            price: band.clamp(Price(row.open)),
            band,
            counterparty: opener.unwrap_or(0),
        })
    }
}

/// What distressed traders do: each takes [`DISTRESSED_CONTRACTS`] contracts at the open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Distress {
    /// The side that the day's move breaks.
    pub(super) side: Side,
    /// The real open inside the first band, ticks.
    pub(super) price: Price,
    /// The first band, ticks.
    pub(super) band: Band,
    /// The trader who takes the other side.
    pub(super) counterparty: u32,
}

impl Distress {
    /// The cash with which the position is at exactly initial margin, cents.
    fn margin(&self, specification: &Specification) -> i64 {
        let worst = match self.side {
            Side::Buy => self.band.lo,
            Side::Sell => self.band.hi,
        };
        let to_edge = i64::from(self.price.0.abs_diff(worst.0)) * specification.tick_value;
        i64::from(DISTRESSED_CONTRACTS)
            * (to_edge + specification.fee + specification.initial_margin)
    }
}

/// Contracts that an event posts.
fn posted(intent: &Intent) -> u32 {
    match *intent {
        Intent::Add { quantity, .. }
        | Intent::Market { quantity, .. }
        | Intent::Replace { quantity, .. } => quantity,
        Intent::Reduce { .. } | Intent::Cancel { .. } => 0,
    }
}
