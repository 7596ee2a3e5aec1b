//! One participant's share of a dealing: encrypted, opened, checked.

use std::fmt;

use ark_ec::CurveGroup;
use ark_ed_on_bls12_381::EdwardsAffine;
use tally_circuits::jubjub::{Point, Scalar};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::CheckedDealing;
use crate::arithmetic::{interleaved, multiple_of_generator};
use crate::encoding::{SCALAR_BYTES, scalar_from_bytes, scalar_to_bytes};
use crate::polynomial::{committed_value, place};
use crate::schnorr::SeatKey;
use crate::transcript::{Absorb, Context, begin};

/// The domain of the pads that hide shares.
const PAD: &str = "tally/mpc/dealing/pad/1";

/// Why there is no share to be had from a dealing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// The dealing has no share for this participant.
    #[error(
        "dealing of {dealer} has no share for participant {index}; use the index in the list of participants"
    )]
    NoSuchParticipant {
        /// The dealer's index.
        dealer: u32,
        /// The participant's index.
        index: u32,
    },
    /// The share does not match the commitments: the dealer cheated.
    #[error("share from dealer {dealer} does not match its commitments; complain")]
    DoesNotMatch {
        /// The dealer's index.
        dealer: u32,
    },
}

/// What one dealer dealt to one participant: the value of its polynomial at the participant's place. Wiped when it is
/// dropped, never printed.
#[derive(ZeroizeOnDrop)]
pub struct SecretShare {
    #[zeroize(skip)]
    dealer: u32,
    value: Scalar,
}

impl SecretShare {
    /// The dealer's index, from 0.
    #[must_use]
    pub const fn dealer(&self) -> u32 {
        self.dealer
    }

    /// The value, for the sum over all dealers.
    pub(super) const fn value(&self) -> &Scalar {
        &self.value
    }
}

impl fmt::Debug for SecretShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretShare")
            .field("dealer", &self.dealer)
            .finish_non_exhaustive()
    }
}

/// One participant's shares of many dealings.
#[derive(Debug)]
pub struct OpenedShares {
    /// The shares that match their dealer's commitments.
    pub shares: Vec<SecretShare>,
    /// The dealers whose share for this participant is wrong: complain about each.
    pub at_fault: Vec<u32>,
}

/// Opens the share of the participant with index `me`, whose key is `seat`, and checks it against the commitments.
///
/// # Errors
/// [`ShareError`].
pub fn open_share(
    context: &Context,
    seat: &SeatKey,
    me: u32,
    dealing: &CheckedDealing,
) -> Result<SecretShare, ShareError> {
    let dealer = dealing.dealer();
    let mut shared = interleaved(&[(*seat.secret(), dealing.ephemeral())]).into_affine();
    let value = decrypt(context, dealing, me, seat.public(), shared);
    shared.zeroize();
    let value = value.ok_or(ShareError::NoSuchParticipant { dealer, index: me })?;
    if !matches_commitments(dealing, me, &value) {
        return Err(ShareError::DoesNotMatch { dealer });
    }
    Ok(SecretShare {
        dealer,
        value: *value,
    })
}

/// Opens the shares of the participant with index `me` of many dealings.
///
/// Each is checked for itself. With indices as small as these that is no dearer than one random combination of all: a
/// commitment costs about a dozen doublings and additions either way, and the culprits need no search.
///
/// # Errors
/// [`ShareError::NoSuchParticipant`].
pub fn open_shares<'a>(
    context: &Context,
    seat: &SeatKey,
    me: u32,
    dealings: impl IntoIterator<Item = &'a CheckedDealing>,
) -> Result<OpenedShares, ShareError> {
    let mut opened = OpenedShares {
        shares: Vec::new(),
        at_fault: Vec::new(),
    };
    for dealing in dealings {
        match open_share(context, seat, me, dealing) {
            Ok(share) => opened.shares.push(share),
            Err(ShareError::DoesNotMatch { dealer }) => opened.at_fault.push(dealer),
            Err(error @ ShareError::NoSuchParticipant { .. }) => return Err(error),
        }
    }
    Ok(opened)
}

/// Whether `value` is what the dealer's commitments say for the participant with this index.
pub(super) fn matches_commitments(dealing: &CheckedDealing, index: u32, value: &Scalar) -> bool {
    committed_value(dealing.commitments(), place(index)) == multiple_of_generator(value)
}

/// The share of the participant with this index, decrypted with the Diffie-Hellman key; `None` if there is none.
pub(super) fn decrypt(
    context: &Context,
    dealing: &CheckedDealing,
    recipient: u32,
    key: Point,
    shared: EdwardsAffine,
) -> Option<Zeroizing<Scalar>> {
    let encrypted = dealing.share(recipient).and_then(scalar_from_bytes)?;
    let pad = pad(
        context,
        dealing.dealer(),
        recipient,
        key,
        dealing.ephemeral(),
        shared,
    );
    Some(Zeroizing::new(encrypted - *pad))
}

/// The encrypted share: the sum of share and pad, canonical.
pub(super) fn encrypt(share: &Scalar, pad: &Scalar) -> [u8; SCALAR_BYTES] {
    scalar_to_bytes(&(*share + pad))
}

/// The pad that hides one share: a hash of the Diffie-Hellman key of the dealing's ephemeral key and the recipient's, and
/// of whose share it is.
pub(super) fn pad(
    context: &Context,
    dealer: u32,
    recipient: u32,
    key: Point,
    ephemeral: Point,
    shared: EdwardsAffine,
) -> Zeroizing<Scalar> {
    let mut transcript = begin(PAD, context);
    transcript.append_u64(b"dealer", dealer.into());
    transcript.append_u64(b"recipient", recipient.into());
    transcript.point(b"key", key);
    transcript.point(b"ephemeral", ephemeral);
    transcript.point(b"shared", Point::of_subgroup_arithmetic(shared.into()));
    let pad = Zeroizing::new(transcript.challenge(b"pad"));
    transcript.zeroize();
    pad
}
