//! Habits that give traders away and that the flow lacks: it deals every event to a trader by weight alone, whatever was
//! dealt to him before.

use super::sent::{Kind, Sent, Terms};
use rand::Rng;
use rand::rngs::StdRng;
use serde::Serialize;
use std::collections::BTreeMap;

/// Every trader in so many has the habit of quoting both sides.
pub const QUOTES_BOTH_SIDES: u32 = 3;
/// The two sides are so many ticks apart, at least and at most.
pub const SIDES_APART: (i32, i32) = (2, 6);
/// A trader with a quantity of his own has it in one of so many orders.
pub const OWN_QUANTITY_EVERY: u32 = 2;
/// The quantities of which each trader has one.
pub const OWN_QUANTITIES: (u32, u32) = (6, 40);

/// What traders are in the habit of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Habit {
    /// Nothing: the flow as it is.
    None,
    /// A third of the traders send a second order with each that may rest, on the other side, as soon as they can.
    BothSides,
    /// Everybody has a quantity that half of his orders have.
    OwnQuantity,
}

impl Habit {
    /// In a few words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::BothSides => "quotes both sides",
            Self::OwnQuantity => "a quantity of one's own",
        }
    }

    /// The day with this habit. What is added or changed is only looked at: it was not matched.
    #[must_use]
    pub fn lay_over(self, mut day: Vec<Sent>, random: &mut StdRng) -> Vec<Sent> {
        match self {
            Self::None => {}
            Self::BothSides => add_other_sides(&mut day, random),
            Self::OwnQuantity => set_quantities(&mut day, random),
        }
        day
    }
}

fn add_other_sides(day: &mut Vec<Sent>, random: &mut StdRng) {
    let mut added = Vec::new();
    for first in day.iter() {
        let Some(terms) = first.terms else { continue };
        if first.kind != Kind::Limit || first.trader % QUOTES_BOTH_SIDES != 0 {
            continue;
        }
        let apart = random.gen_range(SIDES_APART.0..=SIDES_APART.1);
        let limit = if terms.buys {
            terms.limit + apart
        } else {
            terms.limit - apart
        };
        added.push(Sent {
            // The clock's next tick: the order of the two is settled.
            wanted: first.wanted + 1,
            terms: Some(Terms {
                buys: !terms.buys,
                limit,
                ..terms
            }),
            fills: Vec::new(),
            ..first.clone()
        });
    }
    day.extend(added);
}

fn set_quantities(day: &mut [Sent], random: &mut StdRng) {
    let mut own: BTreeMap<u32, u32> = BTreeMap::new();
    for message in day {
        let Some(terms) = message.terms.as_mut() else {
            continue;
        };
        let own = own
            .entry(message.trader)
            .or_insert_with(|| random.gen_range(OWN_QUANTITIES.0..=OWN_QUANTITIES.1));
        if random.gen_ratio(1, OWN_QUANTITY_EVERY) {
            terms.quantity = *own;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sent::TERMS;
    use super::*;
    use rand::SeedableRng;

    fn order(trader: u32, kind: Kind) -> Sent {
        Sent {
            trader,
            wanted: 10,
            kind,
            terms: Some(TERMS),
            bytes: 400,
            names: None,
            fills: vec![20],
        }
    }

    fn with(habit: Habit, day: Vec<Sent>) -> Vec<Sent> {
        habit.lay_over(day, &mut StdRng::seed_from_u64(1))
    }

    #[test]
    fn without_habits_the_day_is_the_flow_s() {
        let day = vec![order(0, Kind::Limit), order(1, Kind::Market)];
        assert_eq!(with(Habit::None, day.clone()), day);
    }

    #[test]
    fn the_other_side_follows_at_once_and_meets_nothing_of_its_own() {
        let day = vec![
            order(0, Kind::Limit),
            order(1, Kind::Limit),
            order(3, Kind::Replace),
        ];
        let day = with(Habit::BothSides, day);
        assert_eq!(day.len(), 4, "only the first has the habit and posts anew");
        let (first, second) = (day[0].terms.unwrap(), day[3].terms.unwrap());
        assert_eq!((day[3].trader, day[3].wanted, second.buys), (0, 11, false));
        assert!(second.limit > first.limit && second.quantity == first.quantity);
    }

    #[test]
    fn half_the_orders_have_the_trader_s_own_quantity() {
        let day = with(Habit::OwnQuantity, vec![order(5, Kind::Limit); 1_000]);
        let own: Vec<u32> = day
            .iter()
            .filter_map(|sent| Some(sent.terms?.quantity))
            .filter(|q| *q != 1)
            .collect();
        assert!((400..600).contains(&own.len()), "{}", own.len());
        assert!(
            own.iter()
                .all(|quantity| *quantity == own[0] && (6..=40).contains(quantity))
        );
    }
}
