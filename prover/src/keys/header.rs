//! What both keys' encodings begin with, and a reader that can't run past the end.

use crate::keys::KeyDecodeError;
use crate::kind::{KeyKind, Kind};
use crate::r1cs::{CircuitDigest, R1cs};

/// Longest statement name, in bytes.
pub(super) const MAX_NAME: usize = 32;

/// Magic, kind, statement, circuit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) statement: String,
    pub(super) circuit: CircuitDigest,
}

impl Header {
    /// The header of a key for this constraint system.
    pub(super) fn of(r1cs: &R1cs) -> Result<Self, KeyDecodeError> {
        if !is_statement_name(r1cs.statement) {
            return Err(KeyDecodeError::StatementName);
        }
        Ok(Self {
            statement: r1cs.statement.to_owned(),
            circuit: r1cs.digest(),
        })
    }

    /// Refuses a header for another statement or circuit.
    pub(super) fn check(&self, r1cs: &R1cs) -> Result<(), KeyDecodeError> {
        if self.statement != r1cs.statement {
            return Err(KeyDecodeError::Statement {
                expected: r1cs.statement.to_owned(),
                found: self.statement.clone(),
            });
        }
        let (expected, found) = (r1cs.digest(), self.circuit);
        if expected != found {
            return Err(KeyDecodeError::Circuit { expected, found });
        }
        Ok(())
    }

    /// Encoded length: 8 magic, 1 kind, 1 length of the name, the name, 32 digest.
    pub(super) fn encoded_len(statement: &str) -> usize {
        8 + 1 + 1 + statement.len() + 32
    }

    /// Writes the header of a key of kind `K`.
    pub(super) fn encode<K: KeyKind>(&self, magic: [u8; 8], out: &mut Vec<u8>) {
        out.extend_from_slice(&magic);
        out.push(K::KIND.tag());
        // Names are at most MAX_NAME bytes: checked when the key is made.
        out.push(u8::try_from(self.statement.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(self.statement.as_bytes());
        out.extend_from_slice(&self.circuit.0);
    }

    /// Reads a header and refuses every kind but `K`.
    pub(super) fn decode<K: KeyKind>(
        magic: [u8; 8],
        what: &'static str,
        reader: &mut Reader<'_>,
    ) -> Result<Self, KeyDecodeError> {
        if reader.take(8)? != magic {
            return Err(KeyDecodeError::Magic { what });
        }
        let tag = reader.byte()?;
        if tag != K::KIND.tag() {
            let (expected, found) = (K::KIND, Kind::from_tag(tag));
            return Err(KeyDecodeError::Kind {
                expected,
                found,
                tag,
            });
        }
        let length = reader.byte()?;
        let name = reader.take(usize::from(length))?;
        let statement = String::from_utf8(name.to_vec())
            .ok()
            .filter(|name| is_statement_name(name))
            .ok_or(KeyDecodeError::StatementName)?;
        let circuit = CircuitDigest(reader.array()?);
        Ok(Self { statement, circuit })
    }
}

/// Whether `name` may stand in file names and headers: 1 to 32 of a-z, 0-9 and hyphen.
fn is_statement_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Reads a slice from the front.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    total: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the beginning.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        let total = bytes.len();
        Self { rest: bytes, total }
    }

    /// The next `n` bytes.
    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8], KeyDecodeError> {
        let Some((head, tail)) = self.rest.split_at_checked(n) else {
            let expected = (self.total - self.rest.len()).saturating_add(n);
            let got = self.total;
            return Err(KeyDecodeError::Length { expected, got });
        };
        self.rest = tail;
        Ok(head)
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Result<u8, KeyDecodeError> {
        Ok(self.array::<1>()?[0])
    }

    /// The next `N` bytes, by value.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], KeyDecodeError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// Refuses another number of bytes to come than `n`.
    pub(super) const fn expect(&self, n: usize) -> Result<(), KeyDecodeError> {
        if self.rest.len() == n {
            return Ok(());
        }
        Err(KeyDecodeError::Length {
            expected: (self.total - self.rest.len()).saturating_add(n),
            got: self.total,
        })
    }

    /// Refuses trailing bytes.
    pub(super) const fn finish(self) -> Result<(), KeyDecodeError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(KeyDecodeError::Length {
            expected: self.total - self.rest.len(),
            got: self.total,
        })
    }
}
