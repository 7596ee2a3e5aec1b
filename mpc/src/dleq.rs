//! Chaum-Pedersen proofs that two points have the same discrete logarithm, over two bases.

use merlin::Transcript;
use tally_circuits::jubjub::{Point, Scalar};
use zeroize::Zeroize;

use crate::arithmetic::{linear_combination, multiple};
use crate::schnorr::{ProofError, Signature, proof_of, scalars_of};
use crate::transcript::Absorb;

/// The claim: for one secret, `key` = secret * G and `image` = secret * `base`.
#[derive(Clone, Copy)]
pub(crate) struct EqualLogarithms {
    /// The multiple of the generator.
    pub key: Point,
    /// The second base.
    pub base: Point,
    /// The multiple of the second base.
    pub image: Point,
}

impl EqualLogarithms {
    /// Proves the claim to whoever has the same `transcript`, which has absorbed where the proof belongs.
    pub(crate) fn prove(&self, mut transcript: Transcript, secret: &Scalar) -> Signature {
        self.absorb(&mut transcript);
        let mut nonce = transcript.secret_scalar(b"nonce", secret);
        transcript.point(b"commitment to key", Point::of_scalar(&nonce));
        transcript.point(b"commitment to image", multiple(&nonce, self.base));
        let challenge = transcript.challenge(b"challenge");
        let proof = proof_of(&challenge, &(nonce + challenge * secret));
        nonce.zeroize();
        proof
    }

    /// Checks a proof of the claim.
    ///
    /// # Errors
    /// [`ProofError`].
    pub(crate) fn verify(
        &self,
        mut transcript: Transcript,
        proof: &Signature,
    ) -> Result<(), ProofError> {
        let (challenge, response) = scalars_of(proof)?;
        self.absorb(&mut transcript);
        let commitment = |base: Point, image: Point| {
            linear_combination(&[(response, base), (-challenge, image)])
        };
        transcript.point(
            b"commitment to key",
            commitment(Point::generator(), self.key),
        );
        transcript.point(b"commitment to image", commitment(self.base, self.image));
        if transcript.challenge(b"challenge") == challenge {
            Ok(())
        } else {
            Err(ProofError::DoesNotHold)
        }
    }

    fn absorb(&self, transcript: &mut Transcript) {
        transcript.point(b"key", self.key);
        transcript.point(b"base", self.base);
        transcript.point(b"image", self.image);
    }
}
