//! Valid Acts: one fixed, and a strategy over many.

use ark_bls12_381::Fr;
use ark_ff::AdditiveGroup;
use proptest::prelude::*;

use super::system::{System, arbitrary};
use crate::act::circuit::Assignment;
use crate::act::{ActStatement, ActWitness};
use crate::margin::{BandCents, MarginRequirement};
use crate::note::{Deltas, NoteField, NullifierKey, pack_amounts, tag};
use crate::poseidon::{self, Domain};
use crate::r1cs::PathValues;
use crate::tree::{self, DEPTH, Path};

/// Everything that one can choose about an Act; the rest follows. Amounts are wider than a note's,
/// so that forgeries can leave its ranges.
#[derive(Clone, Debug)]
pub struct Parts {
    pub key: Fr,
    pub market: Fr,
    pub rho: Fr,
    pub old: [i128; 6],
    pub new: [i128; 6],
    pub is_open: bool,
    pub index: u32,
    pub siblings: [[Fr; 3]; DEPTH],
    /// The nullifier of the Act that made the old tag, if there is an old tag.
    pub old_tag: Option<Fr>,
    pub has_new_tag: bool,
    pub band: BandCents,
    pub requirement: MarginRequirement,
    pub position_limit: i64,
    pub context: Fr,
}

impl Parts {
    /// A member with both tags, exposures on both sides, and slack in every inequality.
    pub fn member() -> Self {
        Self {
            key: arbitrary(1),
            market: arbitrary(2),
            rho: arbitrary(3),
            old: [5_000_000, 7, 3, 9_000, 2, 5_500],
            new: [5_100_000, 4, 5, 16_000, 7, 22_000],
            is_open: false,
            index: 0b11_10_01_00_11_01_10_00_11_10,
            siblings: std::array::from_fn(|height| {
                std::array::from_fn(|i| arbitrary(100 + 10 * height as u64 + i as u64))
            }),
            old_tag: Some(arbitrary(4)),
            has_new_tag: true,
            band: BandCents {
                lo: 2_500,
                hi: 3_500,
            },
            requirement: MarginRequirement { lo: 700, hi: 100 },
            position_limit: 1_000,
            context: arbitrary(5),
        }
    }

    /// An opening with a first deposit.
    pub fn opening() -> Self {
        Self {
            rho: Fr::ZERO,
            old: [0; 6],
            new: [5_100_000, 0, 5, 16_000, 7, 22_000],
            is_open: true,
            index: 0,
            siblings: [[Fr::ZERO; 3]; DEPTH],
            old_tag: None,
            ..Self::member()
        }
    }

    pub fn key(&self) -> NullifierKey {
        NullifierKey::from_element(self.key)
    }

    fn commitment(&self, amounts: &[i128; 6], rho: Fr) -> Fr {
        let packed = pack_amounts(amounts);
        poseidon::hash4(Domain::Note, [self.market, packed, self.key, rho])
    }

    pub fn nullifier(&self) -> Fr {
        crate::note::nullifier(self.market, &self.key(), self.rho)
    }

    fn path(&self) -> Path {
        Path {
            index: self.index,
            siblings: self.siblings,
        }
    }

    fn deltas(&self) -> Deltas {
        let mut delta = [0_i64; 6];
        for (i, delta) in delta.iter_mut().enumerate() {
            *delta = (self.new[i] - self.old[i]).try_into().unwrap();
        }
        let [
            cash,
            position,
            buy_quantity,
            buy_cost,
            sell_quantity,
            sell_cost,
        ] = delta;
        Deltas {
            cash,
            position,
            buy_quantity,
            buy_cost,
            sell_quantity,
            sell_cost,
        }
    }

    pub fn statement(&self) -> ActStatement {
        let nullifier = self.nullifier();
        let zero_or = |wanted: bool, tag: Fr| if wanted { tag } else { Fr::ZERO };
        let made_by = self.old_tag.unwrap_or_default();
        ActStatement {
            market: self.market,
            root: self.path().root(self.commitment(&self.old, self.rho)),
            nullifier,
            new_commitment: self.commitment(&self.new, nullifier),
            is_open: self.is_open,
            old_tag: zero_or(self.old_tag.is_some(), tag(&self.key(), made_by)),
            new_tag: zero_or(self.has_new_tag, tag(&self.key(), nullifier)),
            deltas: self.deltas(),
            band: self.band,
            requirement: self.requirement,
            position_limit: self.position_limit,
            context: self.context,
        }
    }

    /// The witness, if the old amounts fit the integers of a note.
    pub fn witness(&self) -> Option<ActWitness> {
        let [cash, position, buys, buy_cost, sells, sell_cost] = self.old;
        let mut old_note = crate::note::Note::empty(self.rho);
        old_note.cash = cash.try_into().ok()?;
        old_note.position = position.try_into().ok()?;
        old_note.buy_quantity = buys.try_into().ok()?;
        old_note.buy_cost = buy_cost.try_into().ok()?;
        old_note.sell_quantity = sells.try_into().ok()?;
        old_note.sell_cost = sell_cost.try_into().ok()?;
        Some(ActWitness {
            key: self.key(),
            old_note,
            path: self.path(),
            old_tag_nullifier: self.old_tag.unwrap_or_default(),
        })
    }

    /// The assignment, built without a note so that amounts may be out of range.
    pub fn assignment(&self) -> Assignment {
        let leaf = self.commitment(&self.old, self.rho);
        Assignment {
            key: self.key,
            rho: self.rho,
            old_tag_nullifier: self.old_tag.unwrap_or_default(),
            old: self.old,
            new: self.new,
            path: PathValues::of(&self.path(), leaf),
        }
    }

    pub fn system(&self) -> System {
        System::of(&self.statement(), &self.assignment())
    }
}

/// The smallest cash with which the other five new amounts are solvent.
fn needed_cash(new: &[i128; 6], band: &BandCents, requirement: &MarginRequirement) -> i128 {
    let [_, v, bq, bc, sq, sc] = *new;
    let (long, short) = (v + bq, sq - v);
    let low = bc - long * i128::from(band.lo);
    let high = short * i128::from(band.hi) - sc;
    (low + (long * i128::from(requirement.lo)).max(0))
        .max(high + (short * i128::from(requirement.hi)).max(0))
}

fn in_range(field: NoteField) -> impl Strategy<Value = i128> {
    let (lowest, highest) = (field.lowest(), field.highest());
    prop_oneof![
        6 => -1_000_i128..1_000,
        2 => lowest..=highest,
        1 => Just(lowest),
        1 => Just(highest),
    ]
    .prop_map(move |amount| amount.clamp(lowest, highest))
}

fn amounts() -> impl Strategy<Value = [i128; 6]> {
    NoteField::ALL.map(in_range)
}

fn terms() -> impl Strategy<Value = (BandCents, MarginRequirement)> {
    let largest = crate::margin::MAX_REQUIREMENT;
    let edge = prop_oneof![-5_000_000_i64..5_000_000, -largest..=largest, Just(largest)];
    let asked = || prop_oneof![0_i64..200_000, Just(0), Just(largest)];
    (edge, 0_i64..500_000, asked(), asked()).prop_map(move |(lo, width, mu_lo, mu_hi)| {
        let hi = (lo + width).min(largest);
        let (lo, requirement) = (
            lo.min(hi),
            MarginRequirement {
                lo: mu_lo,
                hi: mu_hi,
            },
        );
        (BandCents { lo, hi }, requirement)
    })
}

/// Valid Acts of all kinds, at the edges of the ranges too.
pub fn valid() -> impl Strategy<Value = Parts> {
    let flags = any::<[bool; 3]>();
    let cash_above = prop_oneof![Just(0_i128), 0..1_000_i128, 0..1_000_000_000_000_i128];
    let seeds = (any::<u64>(), any::<u32>(), 0..3_i64);
    (amounts(), amounts(), terms(), flags, cash_above, seeds).prop_filter_map(
        "cash or exposure out of range",
        |(old, mut new, (band, requirement), [open, has_old, has_new], above, seeds)| {
            let (seed, index, room) = seeds;
            new[0] = needed_cash(&new, &band, &requirement) + above;
            let exposure = (new[1] + new[2]).max(new[4] - new[1]).max(0);
            let limit = i64::try_from(exposure).ok()? + room;
            let cash = NoteField::Cash;
            if !(cash.lowest()..=cash.highest()).contains(&new[0])
                || limit > crate::margin::MAX_POSITION_LIMIT
            {
                return None;
            }
            let base = if open {
                Parts::opening()
            } else {
                Parts::member()
            };
            Some(Parts {
                key: arbitrary(seed),
                market: arbitrary(seed ^ 1),
                old: if open { [0; 6] } else { old },
                new,
                index: if open { 0 } else { index % tree::CAPACITY },
                old_tag: has_old.then(|| arbitrary(seed ^ 2)),
                has_new_tag: has_new,
                band,
                requirement,
                position_limit: limit,
                context: arbitrary(seed ^ 3),
                ..base
            })
        },
    )
}
