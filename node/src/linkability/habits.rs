//! Habits that give traders away and that the flow lacks: it deals every event to a trader by weight alone, whatever was
//! dealt to him before.

use super::Micros;
use super::sent::{Kind, Sent, Terms};
use rand::Rng;
use rand::rngs::StdRng;
use serde::Serialize;
use std::collections::BTreeMap;

/// Every trader in so many has the habit of quoting both sides.
pub const QUOTES_BOTH_SIDES: u32 = 3;
/// The two sides are so many ticks apart, at least and at most.
pub const SIDES_APART: (i32, i32) = (2, 6);
/// A trader with a quantity of his own has it in every so manieth order.
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
            wanted: first.wanted + Micros::from(1_u8),
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
