//! Who takes part in a key generation.

use std::collections::BTreeMap;
use std::io::{Read, Write};

use borsh::{BorshDeserialize, BorshSerialize};
use sha2::{Digest, Sha256};
use tally_circuits::jubjub::{POINT_BYTES, Point};

use crate::encoding::{DecodeError, read_points, write_points};
use crate::{MAX_SEATS, threshold};

/// Why keys are no list of participants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParticipantsError {
    /// There is none.
    #[error("key generation has no participant; at least one seat is needed")]
    None,
    /// There are too many.
    #[error("key generation has {seats} participants; at most {MAX_SEATS} are possible")]
    TooMany {
        /// How many there are.
        seats: usize,
    },
    /// A key is the neutral element.
    #[error("key of participant {index} is the neutral element; refuse it at registration")]
    IdentityKey {
        /// The participant's index, from 0.
        index: usize,
    },
    /// A key occurs twice.
    #[error(
        "participants {first} and {second} have the same key; refuse the second at registration"
    )]
    SameKey {
        /// Index of the first, from 0.
        first: usize,
        /// Index of the second, from 0.
        second: usize,
    },
}

/// The public keys of all participants, in their order: a participant's index is its place in it, from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participants {
    keys: Vec<Point>,
    /// What proofs absorb for the whole list.
    digest: [u8; 32],
}

impl Participants {
    /// The participants with these keys. Each has proved the possession of its key.
    ///
    /// # Errors
    /// [`ParticipantsError`].
    pub fn new(keys: Vec<Point>) -> Result<Self, ParticipantsError> {
        if keys.is_empty() {
            return Err(ParticipantsError::None);
        }
        if keys.len() > MAX_SEATS {
            return Err(ParticipantsError::TooMany { seats: keys.len() });
        }
        let mut hasher = Sha256::new();
        let mut seen: BTreeMap<[u8; POINT_BYTES], usize> = BTreeMap::new();
        for (index, key) in keys.iter().enumerate() {
            if key.is_identity() {
                return Err(ParticipantsError::IdentityKey { index });
            }
            let bytes = key.to_bytes();
            hasher.update(bytes);
            if let Some(first) = seen.insert(bytes, index) {
                return Err(ParticipantsError::SameKey {
                    first,
                    second: index,
                });
            }
        }
        let digest = hasher.finalize().into();
        Ok(Self { keys, digest })
    }

    /// The keys in order.
    #[must_use]
    pub fn keys(&self) -> &[Point] {
        &self.keys
    }

    /// The key of one participant.
    #[must_use]
    pub fn key(&self, index: u32) -> Option<Point> {
        self.keys.get(index as usize).copied()
    }

    /// The index of the participant with this key.
    #[must_use]
    pub fn index_of(&self, key: Point) -> Option<u32> {
        (0..)
            .zip(&self.keys)
            .find_map(|(index, &other)| (other == key).then_some(index))
    }

    /// How many there are.
    #[must_use]
    pub fn seats(&self) -> usize {
        self.keys.len()
    }

    /// How many shares will open a ciphertext: ceil(2 * seats / 3).
    #[must_use]
    pub fn threshold(&self) -> usize {
        threshold(self.seats())
    }

    /// What proofs absorb for the whole list.
    pub(crate) const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

impl BorshSerialize for Participants {
    fn serialize<W: Write>(&self, writer: &mut W) -> std::io::Result<()> {
        write_points(&self.keys, writer)
    }
}

/// Checks everything that [`Participants::new`] checks.
impl BorshDeserialize for Participants {
    fn deserialize_reader<R: Read>(reader: &mut R) -> std::io::Result<Self> {
        Self::new(read_points(reader)?).map_err(|error| DecodeError::from(error).into())
    }
}
