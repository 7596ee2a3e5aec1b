//! What the tests of several modules share.

use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bls12_381::{EdwardsAffine, Fq};
use ark_ff::{Field, UniformRand};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use tally_circuits::jubjub::{CurvePoint, Scalar};

use crate::keygen::{
    CheckedDealing, JointKey, KeyShare, Participants, combine, deal, open_shares, verify_dealing,
};
use crate::schnorr::SeatKey;
use crate::transcript::Context;

pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

pub(crate) fn scalar(seed: u64) -> Scalar {
    Scalar::rand(&mut rng(seed))
}

pub(crate) fn seat_key(seed: u64) -> SeatKey {
    let mut bytes = [0; 64];
    rng(seed).fill_bytes(&mut bytes);
    SeatKey::from_uniform_bytes(&bytes).unwrap()
}

pub(crate) fn context() -> Context {
    Context {
        chain: [1; 32],
        market: [2; 32],
        round: 3,
        epoch: 0,
    }
}

/// The context with one thing changed: chain, market, round, epoch.
pub(crate) fn other_contexts(context: &Context) -> [Context; 4] {
    let mut others = [*context; 4];
    others[0].chain[31] ^= 1;
    others[1].market[0] ^= 1;
    others[2].round += 1;
    others[3].epoch += 1;
    others
}

/// A curve point of any class modulo the subgroup.
pub(crate) fn curve_point(seed: u64) -> CurvePoint {
    let mut rng = rng(seed);
    loop {
        let y = Fq::rand(&mut rng);
        let greatest = rng.next_u32() & 1 == 1;
        if let Some(point) = EdwardsAffine::get_point_from_y_unchecked(y, greatest) {
            return CurvePoint::from_coordinates(point.x, point.y).unwrap();
        }
    }
}

/// A point of order 8: the part of a curve point outside of the subgroup.
pub(crate) fn order_eight() -> CurvePoint {
    (0..)
        .map(|seed| times(curve_point(seed), Scalar::characteristic()))
        .find(|&point| !times(point, &[4]).affine().is_zero())
        .unwrap()
}

pub(crate) fn times(point: CurvePoint, factor: &[u64]) -> CurvePoint {
    let multiple = point.affine().mul_bigint(factor).into_affine();
    CurvePoint::from_coordinates(multiple.x, multiple.y).unwrap()
}

pub(crate) fn add(one: CurvePoint, other: CurvePoint) -> CurvePoint {
    let sum = (one.affine() + other.affine()).into_affine();
    CurvePoint::from_coordinates(sum.x, sum.y).unwrap()
}

/// A key generation of honest participants.
pub(crate) struct Market {
    pub context: Context,
    pub seats: Vec<SeatKey>,
    pub participants: Participants,
}

impl Market {
    pub(crate) fn new(seats: u64, seed: u64) -> Self {
        let seats: Vec<SeatKey> = (0..seats).map(|seat| seat_key(seed ^ seat << 32)).collect();
        let participants = Participants::new(seats.iter().map(SeatKey::public).collect()).unwrap();
        Self {
            context: context(),
            seats,
            participants,
        }
    }

    pub(crate) fn dealing(&self, dealer: u32) -> CheckedDealing {
        let seat = &self.seats[dealer as usize];
        let dealing = deal(&self.context, &self.participants, dealer, seat).unwrap();
        verify_dealing(&self.context, &self.participants, dealer, &dealing).unwrap()
    }

    /// The joint key of all participants, and everybody's share.
    pub(crate) fn key(&self) -> (JointKey, Vec<KeyShare>) {
        let dealings: Vec<CheckedDealing> = (0..)
            .take(self.seats.len())
            .map(|dealer| self.dealing(dealer))
            .collect();
        let joint = combine(&self.participants, &dealings).unwrap();
        let shares = self.key_shares(&joint, &dealings);
        (joint, shares)
    }

    pub(crate) fn key_shares(
        &self,
        joint: &JointKey,
        dealings: &[CheckedDealing],
    ) -> Vec<KeyShare> {
        (0..)
            .zip(&self.seats)
            .map(|(me, seat)| {
                let opened = open_shares(&self.context, seat, me, dealings).unwrap();
                KeyShare::new(joint, me, &opened.shares).unwrap()
            })
            .collect()
    }
}
