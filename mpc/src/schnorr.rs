//! Seat keys: Schnorr signatures and proofs of possession under a seat's Jubjub key.
//!
//! A signature of a message under X = x * G is (c, z) with R = z * G - c * X and c the challenge of a transcript that
//! absorbed the context, X, the message and R. Nonces are hashed from the secret and from everything that is signed: the
//! same message is signed in the same way again, and no two messages ever share a nonce.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use merlin::Transcript;
use tally_circuits::jubjub::{CurvePoint, Point, PointError, Scalar, scalar_of_uniform_bytes};
use zeroize::ZeroizeOnDrop;

use ark_ff::AdditiveGroup;

use crate::arithmetic::linear_combination;
use crate::encoding::{scalar_from_bytes, scalar_to_bytes};
use crate::subgroup::in_subgroup;
use crate::transcript::{Absorb, Context, begin};

/// The domain of signatures.
const SIGNATURE: &str = "tally/mpc/seat/signature/1";

/// The domain of proofs of possession.
const POSSESSION: &str = "tally/mpc/seat/possession/1";

/// A signature: challenge and response, canonical little-endian scalars of 32 bytes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Signature {
    /// Challenge.
    pub challenge: [u8; 32],
    /// Response.
    pub response: [u8; 32],
}

/// Why a signature or proof does not convince.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The key is none.
    #[error("public key is refused: {0}")]
    Key(#[from] PointError),
    /// The challenge is not below the order of the subgroup.
    #[error(
        "challenge is not a canonical scalar; encode the residue below the order of Jubjub's subgroup"
    )]
    ChallengeNotCanonical,
    /// The response is not below the order of the subgroup.
    #[error(
        "response is not a canonical scalar; encode the residue below the order of Jubjub's subgroup"
    )]
    ResponseNotCanonical,
    /// The equation does not hold.
    #[error(
        "proof does not hold for this key, message and context; make it for this chain, market, round and epoch"
    )]
    DoesNotHold,
}

/// The secret of a key is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the 64 bytes of a seat key give the secret zero, which has no public key; draw them at random"
)]
pub struct ZeroSecret;

/// A seat's key pair. The secret is wiped when it is dropped and never printed.
#[derive(ZeroizeOnDrop)]
pub struct SeatKey {
    secret: Scalar,
    #[zeroize(skip)]
    public: Point,
}

impl SeatKey {
    /// The key of 64 uniform bytes.
    ///
    /// # Errors
    /// [`ZeroSecret`]: the bytes were not drawn at random.
    pub fn from_uniform_bytes(bytes: &[u8; 64]) -> Result<Self, ZeroSecret> {
        let secret = scalar_of_uniform_bytes(bytes);
        if secret == Scalar::ZERO {
            return Err(ZeroSecret);
        }
        let public = Point::of_scalar(&secret);
        Ok(Self { secret, public })
    }

    /// The public key.
    #[must_use]
    pub const fn public(&self) -> Point {
        self.public
    }

    /// The secret, for the other proofs of this crate.
    pub(crate) const fn secret(&self) -> &Scalar {
        &self.secret
    }

    /// Signs a message in a context. The same message gets the same signature again.
    #[must_use]
    pub fn sign(&self, context: &Context, message: &[u8]) -> Signature {
        prove(statement(SIGNATURE, context, self.public, message), self)
    }

    /// Proves that this key's secret is known to whoever makes `binding`.
    ///
    /// `binding` is what the key is registered with (the bond): the proof cannot be copied into another registration.
    #[must_use]
    pub fn prove_possession(&self, context: &Context, binding: &[u8]) -> Signature {
        prove(statement(POSSESSION, context, self.public, binding), self)
    }
}

impl fmt::Debug for SeatKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeatKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// Checks the signature of a message in a context.
///
/// # Errors
/// [`ProofError`].
pub fn verify(
    public: Point,
    context: &Context,
    message: &[u8],
    signature: &Signature,
) -> Result<(), ProofError> {
    if public.is_identity() {
        return Err(PointError::Identity.into());
    }
    check(
        statement(SIGNATURE, context, public, message),
        public,
        signature,
    )
}

/// Checks a key that is to be registered, and the proof that its secret is known to whoever made `binding`.
///
/// # Errors
/// [`ProofError`].
pub fn verify_possession(
    public: CurvePoint,
    context: &Context,
    binding: &[u8],
    proof: &Signature,
) -> Result<Point, ProofError> {
    let public = in_subgroup(public).ok_or(PointError::NotInSubgroup)?;
    if public.is_identity() {
        return Err(PointError::Identity.into());
    }
    check(
        statement(POSSESSION, context, public, binding),
        public,
        proof,
    )?;
    Ok(public)
}

/// The challenge and the response of a proof as scalars.
pub(crate) fn scalars_of(proof: &Signature) -> Result<(Scalar, Scalar), ProofError> {
    let challenge = scalar_from_bytes(&proof.challenge).ok_or(ProofError::ChallengeNotCanonical)?;
    let response = scalar_from_bytes(&proof.response).ok_or(ProofError::ResponseNotCanonical)?;
    Ok((challenge, response))
}

/// The proof with this challenge and response.
pub(crate) fn proof_of(challenge: &Scalar, response: &Scalar) -> Signature {
    Signature {
        challenge: scalar_to_bytes(challenge),
        response: scalar_to_bytes(response),
    }
}

/// What is signed: domain, context, key, message.
fn statement(domain: &'static str, context: &Context, public: Point, message: &[u8]) -> Transcript {
    let mut transcript = begin(domain, context);
    transcript.point(b"key", public);
    transcript.append_message(b"message", message);
    transcript
}

fn prove(mut transcript: Transcript, key: &SeatKey) -> Signature {
    let mut nonce = transcript.secret_scalar(b"nonce", &key.secret);
    transcript.point(b"commitment", Point::of_scalar(&nonce));
    let challenge = transcript.challenge(b"challenge");
    let proof = proof_of(&challenge, &(nonce + challenge * key.secret));
    zeroize::Zeroize::zeroize(&mut nonce);
    proof
}

fn check(
    mut transcript: Transcript,
    public: Point,
    signature: &Signature,
) -> Result<(), ProofError> {
    let (challenge, response) = scalars_of(signature)?;
    let commitment = linear_combination(&[(response, Point::generator()), (-challenge, public)]);
    transcript.point(b"commitment", commitment);
    if transcript.challenge(b"challenge") == challenge {
        Ok(())
    } else {
        Err(ProofError::DoesNotHold)
    }
}

#[cfg(test)]
mod tests;
