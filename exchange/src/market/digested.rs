//! A value whose hash is computed once for every change.

use borsh::BorshSerialize;
use sha2::{Digest, Sha256};
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

/// Something long that changes rarely: whoever takes it mutably drops its hash.
#[derive(Clone, Debug, Default)]
pub(super) struct Digested<T> {
    value: T,
    digest: OnceLock<[u8; 32]>,
}

impl<T: BorshSerialize> Digested<T> {
    pub(super) const fn new(value: T) -> Self {
        Self {
            value,
            digest: OnceLock::new(),
        }
    }

    /// The hash of the encoded value.
    pub(super) fn digest(&self) -> [u8; 32] {
        *self.digest.get_or_init(|| {
            let mut hash = Sha256::new();
            hash.update(b"tally/market/part/1");
            // Encoding into memory does not fail; see `Transaction::to_bytes`.
            let bytes = borsh::to_vec(&self.value).expect("encoding into memory does not fail");
            hash.update(bytes);
            hash.finalize().into()
        })
    }
}

impl<T> Deref for Digested<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Digested<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.digest.take();
        &mut self.value
    }
}
