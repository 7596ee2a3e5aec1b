//! What every proof is bound to, and how it is absorbed.

use borsh::{BorshDeserialize, BorshSerialize};
use merlin::Transcript;
use tally_circuits::jubjub::{CurvePoint, Point, Scalar, scalar_of_uniform_bytes};
use zeroize::{Zeroize, Zeroizing};

use crate::encoding::scalar_to_bytes;

/// Where a message belongs: a proof made for one context convinces in no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Context {
    /// The chain's id.
    pub chain: [u8; 32],
    /// The market's element (chain and symbol), canonical bytes.
    pub market: [u8; 32],
    /// The number of the key generation, from 1.
    pub round: u64,
    /// The epoch that is revalidated; zero outside of decryption.
    pub epoch: u64,
}

/// A transcript that has absorbed the domain of a proof and its context.
///
/// Every domain ends in a version, so that a changed statement gets a new one.
pub(crate) fn begin(domain: &'static str, context: &Context) -> Transcript {
    let mut transcript = Transcript::new(b"tally/mpc/1");
    transcript.append_message(b"domain", domain.as_bytes());
    transcript.append_message(b"chain", &context.chain);
    transcript.append_message(b"market", &context.market);
    transcript.append_u64(b"round", context.round);
    transcript.append_u64(b"epoch", context.epoch);
    transcript
}

/// The messages of the proofs of this crate. merlin frames each with its label and length.
pub(crate) trait Absorb {
    /// Absorbs a point: 64 bytes.
    fn point(&mut self, label: &'static [u8], point: Point);

    /// Absorbs how many points follow, and each of them.
    fn points(&mut self, label: &'static [u8], points: &[Point]);

    /// Squeezes a scalar; its bias is below 2^-256.
    fn challenge(&mut self, label: &'static [u8]) -> Scalar;

    /// A scalar for a use that happens once: hashed from everything absorbed so far and from `secret`.
    ///
    /// The same statement gets the same scalar again, a different statement an unrelated one; without the secret the
    /// scalar is unpredictable.
    fn secret_scalar(&self, label: &'static [u8], secret: &Scalar) -> Scalar;
}

impl Absorb for Transcript {
    fn point(&mut self, label: &'static [u8], point: Point) {
        self.append_message(label, &point.to_bytes());
    }

    fn points(&mut self, label: &'static [u8], points: &[Point]) {
        self.append_u64(b"points", points.len() as u64);
        for &point in points {
            self.append_message(label, &CurvePoint::from(point).to_bytes());
        }
    }

    fn challenge(&mut self, label: &'static [u8]) -> Scalar {
        let mut wide = [0; 64];
        self.challenge_bytes(label, &mut wide);
        scalar_of_uniform_bytes(&wide)
    }

    fn secret_scalar(&self, label: &'static [u8], secret: &Scalar) -> Scalar {
        let mut fork = self.clone();
        let secret = Zeroizing::new(scalar_to_bytes(secret));
        fork.append_message(b"secret", secret.as_slice());
        let mut wide = Zeroizing::new([0; 64]);
        fork.challenge_bytes(label, wide.as_mut_slice());
        fork.zeroize();
        scalar_of_uniform_bytes(&wide)
    }
}
