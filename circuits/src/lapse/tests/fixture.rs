//! Valid Lapses: some fixed, and a strategy over many.

use ark_bls12_381::Fr;
use proptest::prelude::*;

use crate::lapse::{LapseStatement, LapseTerms, LapseWitness};
use crate::margin::{MAX_EDGE, MAX_REQUIREMENT};
use crate::note::{Note, NullifierKey, pack_amounts};
use crate::poseidon::{self, Domain};
use crate::refresh::tests::fixture::{bare, element, position};
use crate::tree::{CAPACITY, DEPTH, Path};

/// Everything that one can choose about a Lapse; the rest follows.
#[derive(Clone)]
pub struct Parts {
    pub key: Fr,
    pub market: Fr,
    pub old: Note,
    pub terms: LapseTerms,
    pub index: u32,
    pub siblings: [[Fr; 3]; DEPTH],
    pub context: Fr,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Note { cash, position, .. } = self.old;
        write!(f, "cash {cash} position {position} {:?}", self.terms)
    }
}

impl Parts {
    /// A long position of seven, of which 1,075 are left.
    pub fn solvent() -> Self {
        Self {
            key: element(1),
            market: element(2),
            old: bare(3_000 - 7 * 2_900, 7),
            terms: LapseTerms {
                long_price: 2_850,
                short_price: 3_000,
                haircut: 200,
                opening_fee: 25,
            },
            index: 0b11_10_01_00_11_01_10_00_11_10,
            siblings: std::array::from_fn(|height| {
                std::array::from_fn(|i| element(100 + 10 * height as u64 + i as u64))
            }),
            context: element(5),
        }
        .with(|parts| parts.old.cash += 175)
    }

    /// A short position of which nothing is left.
    pub fn broke() -> Self {
        Self {
            old: bare(6_000, -2),
            ..Self::solvent()
        }
    }

    /// Just the opening fee, and nothing else.
    pub fn idle() -> Self {
        Self {
            old: bare(25, 0),
            ..Self::solvent()
        }
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

    /// The cash that the terms give back.
    pub fn outcome(&self) -> i128 {
        self.terms.cash_back(self.old.cash, self.old.position)
    }

    pub fn statement(&self) -> LapseStatement {
        let nullifier = self.nullifier();
        LapseStatement {
            market: self.market,
            root: self
                .path()
                .root(self.old.commitment(self.market, &self.key())),
            nullifier,
            new_commitment: self.commitment(self.outcome(), 0, nullifier),
            terms: self.terms,
            context: self.context,
        }
    }

    pub fn witness(&self) -> LapseWitness {
        LapseWitness {
            key: self.key(),
            old_note: self.old.clone(),
            path: self.path(),
        }
    }
}

/// Terms within their bounds.
pub fn terms() -> impl Strategy<Value = LapseTerms> {
    let price = || {
        prop_oneof![
            4 => -5_000_000_i64..5_000_000,
            1 => -MAX_EDGE..=MAX_EDGE,
            1 => prop_oneof![Just(-MAX_EDGE), Just(MAX_EDGE)],
        ]
    };
    let charge = || prop_oneof![4 => 0..100_000_i64, 1 => Just(0), 1 => Just(MAX_REQUIREMENT)];
    (price(), price(), charge(), charge()).prop_map(|(one, other, haircut, opening_fee)| {
        LapseTerms {
            long_price: one.min(other),
            short_price: one.max(other),
            haircut,
            opening_fee,
        }
    })
}

/// Valid Lapses of all kinds, about the point where nothing is left in particular.
pub fn valid() -> impl Strategy<Value = Parts> {
    let left = prop_oneof![
        -1_i128..=1,
        -1_000_000_i128..1_000_000,
        -(1_i128 << 47)..1_i128 << 47,
    ];
    (terms(), position(), left, any::<u64>(), 0..CAPACITY).prop_filter_map(
        "cash out of range",
        |(terms, position, left, seed, index)| {
            let limit = 1_i128 << 47;
            let cash = (left - terms.left(0, position)).clamp(-limit, limit - 1);
            let parts = Parts::solvent().with(|parts| {
                parts.key = element(seed);
                parts.market = element(seed ^ 1);
                parts.old = bare(i64::try_from(cash).unwrap(), position);
                parts.terms = terms;
                parts.index = index;
                parts.context = element(seed ^ 6);
            });
            terms.successor(&parts.old, parts.nullifier())?;
            Some(parts)
        },
    )
}
