//! Valid Refreshes: some fixed, and a strategy over many.

use ark_bls12_381::Fr;
use ark_ff::{AdditiveGroup, Field};
use proptest::prelude::*;

use crate::elgamal::Ciphertext;
use crate::jubjub::{Point, Scalar};
use crate::margin::{BandCents, MAX_EDGE, MAX_REQUIREMENT};
use crate::note::{Note, NullifierKey, pack_amounts};
use crate::poseidon::{self, Domain};
use crate::refresh::{Randomness, RefreshStatement, RefreshTerms, RefreshWitness};
use crate::tree::{CAPACITY, DEPTH, Path};

/// The largest size of a position.
pub const LARGEST: i32 = (1 << 23) - 1;

/// Everything that one can choose about a Refresh; the rest follows.
#[derive(Clone)]
pub struct Parts {
    pub key: Fr,
    pub market: Fr,
    pub old: Note,
    pub terms: RefreshTerms,
    pub index: u32,
    pub siblings: [[Fr; 3]; DEPTH],
    pub joint_key: Point,
    pub randomness: [Scalar; 3],
    pub with_cash: bool,
    pub context: Fr,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Note { cash, position, .. } = self.old;
        let (terms, with_cash) = (&self.terms, self.with_cash);
        write!(
            f,
            "cash {cash} position {position} {terms:?} with cash {with_cash}"
        )
    }
}

/// A field element that depends on `seed`.
pub fn element(seed: u64) -> Fr {
    let start = Fr::from(seed) + Fr::from(0x9e37_79b9_7f4a_7c15_u64);
    (0..8).fold(start, |value, _| value.square() + Fr::from(seed))
}

/// An exponent that depends on `seed`.
pub fn exponent(seed: u64) -> Scalar {
    let start = Scalar::from(seed) + Scalar::from(0x9e37_79b9_7f4a_7c15_u64);
    (0..8).fold(start, |value, _| value.square() + Scalar::from(seed))
}

/// A note without reservations.
pub fn bare(cash: i64, position: i32) -> Note {
    let mut note = Note::empty(element(3));
    (note.cash, note.position) = (cash, position);
    note
}

impl Parts {
    /// A long position of seven, of which four can be kept: X = 3,000, D = 700. Daily settlement.
    pub fn cut() -> Self {
        Self {
            key: element(1),
            market: element(2),
            old: bare(3_000 - 7 * 2_900, 7),
            terms: RefreshTerms {
                mark: 3_000,
                haircut: 100,
                band: BandCents {
                    lo: 2_500,
                    hi: 3_400,
                },
                maintenance: 300,
                forced: false,
            },
            index: 0b11_10_01_00_11_01_10_00_11_10,
            siblings: std::array::from_fn(|height| {
                std::array::from_fn(|i| element(100 + 10 * height as u64 + i as u64))
            }),
            joint_key: Point::of_scalar(&exponent(9)),
            randomness: [10, 11, 12].map(exponent),
            with_cash: true,
            context: element(5),
        }
    }

    /// A short position of five that is kept whole. Intraday.
    pub fn whole() -> Self {
        Self {
            old: bare(20_000, -5),
            ..Self::cut().without_cash()
        }
    }

    /// A long position of seven that is closed at expiry.
    pub fn forced() -> Self {
        let mut parts = Self::cut();
        parts.terms.haircut = 0;
        parts.terms.forced = true;
        parts
    }

    /// Nothing but cash, at expiry: the side and whether all is kept are then free.
    pub fn idle() -> Self {
        Self {
            old: bare(123_456, 0),
            ..Self::forced()
        }
    }

    /// The same with no ciphertexts of the cash.
    pub fn without_cash(mut self) -> Self {
        self.with_cash = false;
        self.randomness[1..].fill(Scalar::ZERO);
        self
    }

    pub fn with(&self, edit: impl FnOnce(&mut Self)) -> Self {
        let mut parts = self.clone();
        edit(&mut parts);
        parts
    }

    pub fn key(&self) -> NullifierKey {
        NullifierKey::from_element(self.key)
    }

    pub fn path(&self) -> Path {
        Path {
            index: self.index,
            siblings: self.siblings,
        }
    }

    pub fn nullifier(&self) -> Fr {
        self.old.nullifier(self.market, &self.key())
    }

    /// The commitment of a note of the same owner, in range or not.
    pub fn commitment(&self, cash: i128, position: i128, rho: Fr) -> Fr {
        let packed = pack_amounts(&[cash, position, 0, 0, 0, 0]);
        poseidon::hash4(Domain::Note, [self.market, packed, self.key, rho])
    }

    /// Cash and position that the terms make of the old note; with a note under water, those after
    /// closing everything.
    pub fn outcome(&self) -> (i128, i128) {
        let Note { cash, position, .. } = self.old;
        match self.terms.apply(cash, position) {
            Some(after) => (after.cash, after.position.into()),
            None => (self.terms.equity_when_closed(cash, position), 0),
        }
    }

    /// The statement with the outcome that the terms prescribe.
    pub fn statement(&self) -> RefreshStatement {
        let (cash, position) = self.outcome();
        self.statement_of(cash, position)
    }

    /// The statement with another outcome, ciphertexts to match.
    pub fn statement_of(&self, cash: i128, position: i128) -> RefreshStatement {
        let nullifier = self.nullifier();
        let raised = cash + (1 << 47);
        let values = [position, raised & 0xff_ffff, raised >> 24];
        let [first, low, high] = std::array::from_fn(|i| {
            let value = i64::try_from(values[i]).unwrap();
            Ciphertext::encrypt(value, &self.randomness[i], self.joint_key)
        });
        RefreshStatement {
            market: self.market,
            root: self
                .path()
                .root(self.old.commitment(self.market, &self.key())),
            nullifier,
            new_commitment: self.commitment(cash, position, nullifier),
            terms: self.terms,
            joint_key: self.joint_key,
            position: first,
            cash: self.with_cash.then_some([low, high]),
            context: self.context,
        }
    }

    pub fn witness(&self) -> RefreshWitness {
        RefreshWitness {
            key: self.key(),
            old_note: self.old.clone(),
            path: self.path(),
            randomness: Randomness(self.randomness),
        }
    }
}

fn price() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => -5_000_000_i64..5_000_000,
        1 => -MAX_EDGE..=MAX_EDGE,
        1 => prop_oneof![Just(0), Just(-MAX_EDGE), Just(MAX_EDGE)],
    ]
}

/// Terms within their bounds; forced in one case of ten.
pub fn terms() -> impl Strategy<Value = RefreshTerms> {
    let distance = || prop_oneof![4 => 0..200_000_i64, 1 => Just(0), 1 => Just(2 * MAX_EDGE)];
    let margin = prop_oneof![4 => 0..100_000_i64, 1 => Just(0), 1 => Just(MAX_REQUIREMENT)];
    let haircut = prop_oneof![Just(0), Just(8), 0..=8_i64];
    let distances = (distance(), distance());
    (price(), distances, margin, haircut, 0..10).prop_map(
        |(mark, (below, above), maintenance, eighths, forced)| RefreshTerms {
            mark,
            haircut: if forced == 0 {
                0
            } else {
                maintenance / 8 * eighths + if eighths == 8 { maintenance % 8 } else { 0 }
            },
            band: BandCents {
                lo: (mark - below).max(-MAX_EDGE),
                hi: (mark + above).min(MAX_EDGE),
            },
            maintenance,
            forced: forced == 0,
        },
    )
}

pub fn position() -> impl Strategy<Value = i32> {
    prop_oneof![
        5 => -500..=500_i32,
        2 => -LARGEST..=LARGEST,
        1 => prop_oneof![Just(0), Just(1), Just(-1), Just(LARGEST), Just(-LARGEST)],
    ]
}

/// Valid Refreshes of all kinds, about the boundaries of the division in particular.
pub fn valid() -> impl Strategy<Value = Parts> {
    // Contracts that can be kept, of the size in 1024ths, and what is left of one more: none, all
    // but a cent, or something between.
    let kept = (
        0..=1_300_i128,
        prop_oneof![Just(0), Just(1_024), 0..1_024_i128],
    );
    let seeds = (any::<u64>(), 0..CAPACITY, any::<bool>());
    (terms(), position(), kept, seeds).prop_filter_map(
        "cash out of range",
        |(terms, position, (share, rest), (seed, index, with_cash))| {
            let is_long = position > 0;
            let size = i128::from(position.unsigned_abs());
            let cost = i128::from(terms.keeping_cost(is_long));
            let rest = if rest == 1_024 {
                (cost - 1).max(0)
            } else {
                cost * rest / 1_024
            };
            let equity = size * share / 1_024 * cost + rest;
            let closed = terms.equity_when_closed(0, position);
            let limit = 1_i128 << 47;
            let cash = (equity - closed).clamp(-limit, limit - 1);
            let mut parts = Parts::cut().with(|parts| {
                parts.key = element(seed);
                parts.market = element(seed ^ 1);
                parts.old = bare(i64::try_from(cash).unwrap(), position);
                parts.terms = terms;
                parts.index = index;
                parts.joint_key = Point::of_scalar(&exponent(seed ^ 2));
                parts.randomness = [3, 4, 5].map(|i| exponent(seed ^ i));
                parts.context = element(seed ^ 6);
            });
            if !with_cash {
                parts = parts.without_cash();
            }
            terms.successor(&parts.old, parts.nullifier())?;
            Some(parts)
        },
    )
}
