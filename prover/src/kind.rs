//! Where a key comes from, carried in its type.
//!
//! Whoever knows the randomness behind a Groth16 key can prove false statements with it: mint cash, in
//! our case. A key made by one party is therefore good for trying things out and for nothing else, and
//! that must not be forgotten on the way from the disk to a running market. So every key has a
//! [`KeyKind`] as type parameter; its encodings and files carry the same as a byte; and whatever prints
//! a key prints its kind.

use std::fmt;

mod sealed {
    /// Closes the set of kinds: no other crate can add one.
    pub trait Sealed {}
}

/// The provenance of a key as a value: what files and reports show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Made by one party, who could have kept the trapdoor.
    InsecureOneParty,
    /// Made by a multi-party ceremony: sound if one participant was honest.
    Ceremony,
    /// Made from a public seed: anybody knows the trapdoor.
    SeededTest,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 3] = [Self::InsecureOneParty, Self::Ceremony, Self::SeededTest];

    /// The name in file names and manifests: lower case, digits and hyphens.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::InsecureOneParty => "insecure-one-party",
            Self::Ceremony => "ceremony",
            Self::SeededTest => "insecure-seeded-test",
        }
    }

    /// The byte that stands for this kind in encodings. Never reused, never renumbered.
    #[must_use]
    pub const fn tag(self) -> u8 {
        match self {
            Self::InsecureOneParty => 1,
            Self::Ceremony => 2,
            Self::SeededTest => 3,
        }
    }

    /// The kind behind a tag byte; `None` if there is none.
    #[must_use]
    pub fn from_tag(tag: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.tag() == tag)
    }

    /// The kind behind a [`name`](Self::name); `None` if there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether money may depend on a key of this kind.
    #[must_use]
    pub const fn is_secure(self) -> bool {
        matches!(self, Self::Ceremony)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InsecureOneParty => "INSECURE one-party set-up",
            Self::Ceremony => "multi-party ceremony",
            Self::SeededTest => "INSECURE set-up from a public test seed",
        })
    }
}

/// The provenance of a key as a type. Closed: the three kinds below are all there are.
pub trait KeyKind: sealed::Sealed + Copy + fmt::Debug + Send + Sync + 'static {
    /// The same provenance as a value.
    const KIND: Kind;
    /// The name in file names and manifests.
    const NAME: &'static str = Self::KIND.name();
}

/// A kind whose keys this crate can make and read.
///
/// [`Ceremony`] is not one: until there is a ceremony whose transcript is checked when the keys are
/// read, no value of type `ProvingKey<Ceremony>` or `VerifyingKey<Ceremony>` can exist.
pub trait LocalKind: KeyKind {}

/// One party made the key and could have kept the trapdoor: INSECURE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsecureOneParty {}

/// A multi-party ceremony made the key. Nothing constructs such keys yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {}

/// A public seed made the key, for reproducible tests: INSECURE, more so than one party's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeededTest {}

impl sealed::Sealed for InsecureOneParty {}
impl sealed::Sealed for Ceremony {}
impl sealed::Sealed for SeededTest {}

impl KeyKind for InsecureOneParty {
    const KIND: Kind = Kind::InsecureOneParty;
}
impl KeyKind for Ceremony {
    const KIND: Kind = Kind::Ceremony;
}
impl KeyKind for SeededTest {
    const KIND: Kind = Kind::SeededTest;
}

impl LocalKind for InsecureOneParty {}
impl LocalKind for SeededTest {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_names_are_distinct_and_invert() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_tag(kind.tag()), Some(kind));
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(Kind::from_tag(0), None);
        assert_eq!(Kind::from_tag(4), None);
        assert_eq!(Kind::from_name("Ceremony"), None);
    }

    #[test]
    fn whatever_is_not_a_ceremony_says_insecure() {
        for kind in Kind::ALL {
            assert_eq!(kind.to_string().contains("INSECURE"), !kind.is_secure());
            assert_eq!(kind.name().contains("insecure"), !kind.is_secure());
        }
        assert!(!InsecureOneParty::KIND.is_secure());
        assert!(!SeededTest::KIND.is_secure());
        assert!(Ceremony::KIND.is_secure());
    }
}
