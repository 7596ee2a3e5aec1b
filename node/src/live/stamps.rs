//! The stamps that have been used: each counts once, or a single one would do for any number of tries.

use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

/// How many are remembered, some 20 MiB. Whoever has found more, and none costs less than 16,000 hashes, can use the
/// first of them again.
const REMEMBERED: usize = 1 << 18;

/// Half a hash over entry and stamp: enough to tell apart what each costs thousands of hashes to make.
pub(super) type StampName = [u8; 16];

#[derive(Debug, Default)]
struct Inner {
    names: BTreeSet<StampName>,
    oldest_first: VecDeque<StampName>,
}

/// The stamps of late.
#[derive(Debug)]
pub(super) struct UsedStamps {
    most: usize,
    inner: Mutex<Inner>,
}

impl Default for UsedStamps {
    fn default() -> Self {
        Self::with_room(REMEMBERED)
    }
}

impl UsedStamps {
    fn with_room(most: usize) -> Self {
        Self {
            most,
            inner: Mutex::default(),
        }
    }

    /// Notes that the stamp on an entry is used; says whether it was new.
    pub(super) fn take(&self, name: StampName) -> bool {
        // Nothing that holds it can panic half way.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if !inner.names.insert(name) {
            return false;
        }
        inner.oldest_first.push_back(name);
        if inner.oldest_first.len() > self.most
            && let Some(oldest) = inner.oldest_first.pop_front()
        {
            inner.names.remove(&oldest);
        }
        true
    }

    /// Takes back that a stamp is used: its entry had no room, and may come again.
    pub(super) fn give_back(&self, name: StampName) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if !inner.names.remove(&name) {
            return;
        }
        // It was taken a moment ago: among the newest.
        let place = inner.oldest_first.iter().rposition(|other| *other == name);
        if let Some(place) = place {
            inner.oldest_first.remove(place);
        }
    }
}

/// The name of the stamp on an entry.
pub(super) fn stamp_name(entry: &[u8], stamp: u64) -> StampName {
    let mut hash = Sha256::new();
    hash.update(stamp.to_le_bytes());
    hash.update(entry);
    let hash: [u8; 32] = hash.finalize().into();
    let mut name = [0; 16];
    name.copy_from_slice(&hash[..16]);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_counts_once_while_it_is_remembered() {
        let used = UsedStamps::with_room(2);
        assert!(used.take(stamp_name(b"entry", 1)));
        assert!(!used.take(stamp_name(b"entry", 1)));
        assert!(used.take(stamp_name(b"entry", 2)));
        assert!(!used.take(stamp_name(b"entry", 1)), "both are remembered");
        assert!(used.take(stamp_name(b"other", 1)));
        assert!(
            used.take(stamp_name(b"entry", 1)),
            "the oldest is forgotten"
        );
        let inner = used.inner.lock().unwrap();
        assert_eq!(inner.names.len(), 2);
        assert_eq!(inner.oldest_first.len(), 2);
    }
    #[test]
    fn one_that_is_given_back_counts_again() {
        let used = UsedStamps::with_room(2);
        assert!(used.take(stamp_name(b"entry", 1)));
        assert!(used.take(stamp_name(b"other", 1)));
        used.give_back(stamp_name(b"entry", 1));
        used.give_back(stamp_name(b"unknown", 1));
        assert!(used.take(stamp_name(b"entry", 1)));
        assert!(!used.take(stamp_name(b"entry", 1)));
        assert!(!used.take(stamp_name(b"other", 1)));
        let inner = used.inner.lock().unwrap();
        assert_eq!((inner.names.len(), inner.oldest_first.len()), (2, 2));
    }
}
