//! The joint key, and a participant's share of its secret.

use std::fmt;
use std::io::{Read, Write};

use ark_ec::AdditiveGroup;
use ark_ed_on_bls12_381::EdwardsProjective;
use borsh::{BorshDeserialize, BorshSerialize};
use tally_circuits::jubjub::{Point, Scalar};
use zeroize::ZeroizeOnDrop;

use super::{CheckedDealing, Participants, SecretShare};
use crate::arithmetic::normalise;
use crate::encoding::{DecodeError, read_key, read_length, read_points, write_points};
use crate::polynomial::{committed_value, place};
use crate::threshold;

/// Why dealings make no joint key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CombineError {
    /// Too few dealers are left.
    #[error(
        "{qualified} dealings are left, at least {needed} are needed; begin a new round of key generation"
    )]
    TooFewDealers {
        /// How many are left.
        qualified: usize,
        /// The threshold.
        needed: usize,
    },
    /// The dealings are not in the order of their dealers, or one occurs twice.
    #[error(
        "dealing of dealer {dealer} is out of order; give each dealing once, in the order of the dealers"
    )]
    OutOfOrder {
        /// The dealer's index.
        dealer: u32,
    },
    /// A dealing was made for other participants.
    #[error(
        "dealing of dealer {dealer} is for {seats} participants and not for these; take this round's dealings"
    )]
    OtherParticipants {
        /// The dealer's index.
        dealer: u32,
        /// For how many participants it was made.
        seats: usize,
    },
    /// The constant terms add up to zero, for which no dealer can have known its term.
    #[error(
        "constant terms add up to the neutral element, which is no key; begin a new round of key generation"
    )]
    IdentityKey,
}

/// The key under which all encrypt, with what is needed to check everybody's part in decrypting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JointKey {
    /// The encryption key, never neutral.
    pub key: Point,
    /// The verification key of every participant: its share of the secret times the generator.
    pub share_keys: Vec<Point>,
    /// The indices of the dealers whose dealings make up the key, increasing.
    pub dealers: Vec<u32>,
}

impl JointKey {
    /// How many participants have a share.
    #[must_use]
    pub fn seats(&self) -> usize {
        self.share_keys.len()
    }

    /// How many shares decrypt: ceil(2 * seats / 3).
    #[must_use]
    pub fn threshold(&self) -> usize {
        threshold(self.seats())
    }

    /// The verification key of one participant.
    #[must_use]
    pub fn share_key(&self, index: u32) -> Option<Point> {
        self.share_keys.get(index as usize).copied()
    }
}

/// The joint key of the dealings that are left, in the order of their dealers.
///
/// # Errors
/// [`CombineError`].
pub fn combine<'a>(
    participants: &Participants,
    dealings: impl IntoIterator<Item = &'a CheckedDealing>,
) -> Result<JointKey, CombineError> {
    let needed = participants.threshold();
    let mut columns = vec![EdwardsProjective::ZERO; needed];
    let mut dealers: Vec<u32> = Vec::with_capacity(participants.seats());
    for dealing in dealings {
        let dealer = dealing.dealer();
        if dealing.seats() != participants.seats() || participants.key(dealer).is_none() {
            let seats = dealing.seats();
            return Err(CombineError::OtherParticipants { dealer, seats });
        }
        if dealers.last().is_some_and(|&last| last >= dealer) {
            return Err(CombineError::OutOfOrder { dealer });
        }
        dealers.push(dealer);
        // As many commitments as columns: the number follows from the seats.
        for (column, commitment) in columns.iter_mut().zip(dealing.commitments()) {
            *column += commitment.affine();
        }
    }
    if dealers.len() < needed {
        let qualified = dealers.len();
        return Err(CombineError::TooFewDealers { qualified, needed });
    }
    let columns = normalise(&columns);
    let key = columns.first().copied().filter(|key| !key.is_identity());
    let key = key.ok_or(CombineError::IdentityKey)?;
    let share_keys: Vec<_> = (0..)
        .take(participants.seats())
        .map(|index| committed_value(&columns, place(index)))
        .collect();
    Ok(JointKey {
        key,
        share_keys: normalise(&share_keys),
        dealers,
    })
}

/// Why shares make no share of the joint key's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyShareError {
    /// The joint key has no share for this participant.
    #[error(
        "joint key has no share for participant {index}; use the index in the list of participants"
    )]
    NoSuchParticipant {
        /// The index, from 0.
        index: u32,
    },
    /// There is no share from a dealer whose dealing is in the key.
    #[error(
        "share from dealer {dealer} is missing, whose dealing is in the joint key; open its dealing"
    )]
    MissingShare {
        /// The dealer's index.
        dealer: u32,
    },
    /// The shares do not add up to what the joint key says.
    #[error(
        "shares of participant {index} do not match the joint key; open the dealings of this round with this seat's key"
    )]
    DoesNotMatch {
        /// The participant's index.
        index: u32,
    },
}

/// A participant's share of the joint key's secret. Wiped when it is dropped, never printed.
#[derive(ZeroizeOnDrop)]
pub struct KeyShare {
    #[zeroize(skip)]
    index: u32,
    secret: Scalar,
}

impl KeyShare {
    /// The share of the participant with index `me`: the sum of what the dealers in the joint key dealt to it. Shares from
    /// dealers that were excluded are left out.
    ///
    /// # Errors
    /// [`KeyShareError`].
    pub fn new(joint: &JointKey, me: u32, shares: &[SecretShare]) -> Result<Self, KeyShareError> {
        let share_key = joint.share_key(me);
        let share_key = share_key.ok_or(KeyShareError::NoSuchParticipant { index: me })?;
        let mut sum = Self {
            index: me,
            secret: Scalar::ZERO,
        };
        for &dealer in &joint.dealers {
            let share = shares.iter().find(|share| share.dealer() == dealer);
            let share = share.ok_or(KeyShareError::MissingShare { dealer })?;
            sum.secret += share.value();
        }
        if Point::of_scalar(&sum.secret) != share_key {
            return Err(KeyShareError::DoesNotMatch { index: me });
        }
        Ok(sum)
    }

    /// The participant's index, from 0.
    #[must_use]
    pub const fn index(&self) -> u32 {
        self.index
    }

    /// The secret, for decryption.
    pub(crate) const fn secret(&self) -> &Scalar {
        &self.secret
    }
}

impl fmt::Debug for KeyShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyShare")
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

impl BorshSerialize for JointKey {
    fn serialize<W: Write>(&self, writer: &mut W) -> std::io::Result<()> {
        self.key.serialize(writer)?;
        write_points(&self.share_keys, writer)?;
        self.dealers.serialize(writer)
    }
}

/// Checks the points. That the verification keys belong to the key, [`combine`] alone knows: decode trusted snapshots only.
impl BorshDeserialize for JointKey {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        let key = read_key(reader)?;
        let share_keys = read_points(reader)?;
        let length = read_length(reader)?;
        let dealers = (0..length)
            .map(|_| u32::deserialize_reader(reader))
            .collect::<std::io::Result<Vec<_>>>()?;
        let expected = threshold(share_keys.len());
        let increasing = dealers.is_sorted_by(|one, next| one < next);
        let last = dealers
            .last()
            .is_none_or(|&last| last as usize >= share_keys.len());
        if length < expected || last || !increasing {
            return Err(DecodeError::WrongLength { length, expected }.into());
        }
        Ok(Self {
            key,
            share_keys,
            dealers,
        })
    }
}
