//! Proving and verifying keys.
//!
//! Both carry the statement's name, the digest of the circuit they were made for, and their
//! provenance, in memory and in their encodings: a key of one kind, statement or circuit can't be read
//! as one of another.

mod header;
mod proving;
mod verifying;

use std::fmt;

use crate::kind::{KeyKind, Kind};
use crate::r1cs::CircuitDigest;

pub use proving::ProvingKey;
pub(crate) use proving::max_encoded_len;
pub use verifying::VerifyingKey;

/// A proving key and the verifying key that belongs to it.
pub struct Keys<K: KeyKind> {
    /// What makes proofs.
    pub proving: ProvingKey<K>,
    /// What checks them.
    pub verifying: VerifyingKey<K>,
}

impl<K: KeyKind> Clone for Keys<K> {
    /// Copies two pointers; the keys themselves are shared.
    fn clone(&self) -> Self {
        Self {
            proving: self.proving.clone(),
            verifying: self.verifying.clone(),
        }
    }
}

impl<K: KeyKind> fmt::Debug for Keys<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.verifying)
    }
}

/// Why bytes are not the wanted key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyDecodeError {
    /// Cut off, or with bytes left over.
    #[error("the key's encoding must have {expected} bytes, got {got}")]
    Length {
        /// Bytes that its header asks for.
        expected: usize,
        /// Bytes there are.
        got: usize,
    },
    /// A point of even order, or more points than a table can have.
    #[error(
        "a point of the proving key is not of the prime-order group, or the key has too many points"
    )]
    Order,
    /// Not a key of this project, or of another version of the encoding.
    #[error("this is not a {what} of this version")]
    Magic {
        /// What was expected: a proving or a verifying key.
        what: &'static str,
    },
    /// A key of another provenance.
    #[error("expected a key of kind {expected}, found {}", match found { Some(kind) => kind.to_string(), None => format!("unknown kind tag {tag}") })]
    Kind {
        /// The kind that was asked for.
        expected: Kind,
        /// The kind of the bytes, if it is one.
        found: Option<Kind>,
        /// The tag byte.
        tag: u8,
    },
    /// The statement's name is not lower-case letters, digits and hyphens, 1 to 32 of them.
    #[error("the key's statement name is malformed")]
    StatementName,
    /// A key for another statement.
    #[error("expected a key for statement {expected}, found one for {found}")]
    Statement {
        /// The statement asked for.
        expected: String,
        /// The statement of the key.
        found: String,
    },
    /// A key for another version of the circuit.
    #[error("expected a key for circuit {expected}, found one for circuit {found}")]
    Circuit {
        /// The digest asked for.
        expected: CircuitDigest,
        /// The digest in the key.
        found: CircuitDigest,
    },
    /// The key has another number of public inputs than the statement.
    #[error("expected a key with {expected} public inputs, found one with {found}")]
    PublicInputs {
        /// The number asked for.
        expected: usize,
        /// The number in the key.
        found: usize,
    },
    /// A point is malformed, off the curve, out of the subgroup, or the identity.
    #[error("the key's point {field}[{index}] is not a valid element of its group")]
    Point {
        /// The field of the key.
        field: &'static str,
        /// The position in the field; 0 if the field is one point.
        index: usize,
    },
    /// A point of G1 is not the same multiple of the generator as its counterpart in the verifying key.
    #[error("the proving key's {field} and the verifying key's do not belong together")]
    Twin {
        /// The field of the proving key.
        field: &'static str,
    },
    /// The proving key holds another verifying key than the one it was stored with.
    #[error("the proving key and the verifying key do not belong together")]
    Mismatch,
}
