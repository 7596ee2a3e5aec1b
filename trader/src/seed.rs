//! The seed: a BIP-39 phrase of 24 words, the one secret that a trader must keep.

use bip39::{Language, Mnemonic};
use rand::{CryptoRng, RngCore};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Entropy of a fresh seed, bytes: 24 words.
pub const ENTROPY_BYTES: usize = 32;

/// Length of the BIP-39 seed that keys are derived from, bytes.
const ROOT_BYTES: usize = 64;

/// A wallet's seed. It is wiped from memory when dropped and never printed by `Debug`.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Seed {
    entropy: [u8; ENTROPY_BYTES],
    /// What all keys derive from. It follows from the entropy, but slowly: BIP-39 asks for 2,048 rounds of HMAC.
    root: [u8; ROOT_BYTES],
}

/// Why a phrase is no seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SeedError {
    /// The wrong number of words.
    #[error("seed phrase has {0} words; write all 24, separated by blanks")]
    Length(usize),
    /// A word that is not in the list.
    #[error("word {0} of the seed phrase is not in the BIP-39 English list; check its spelling")]
    Word(usize),
    /// The words don't fit together.
    #[error("seed phrase fails its checksum; check the words and their order")]
    Checksum,
}

impl Seed {
    /// A fresh seed.
    #[must_use]
    pub fn generate<R: RngCore + CryptoRng>(rng: &mut R) -> Self {
        let mut entropy = Zeroizing::new([0; ENTROPY_BYTES]);
        rng.fill_bytes(entropy.as_mut_slice());
        Self::from_entropy(*entropy)
    }

    /// The seed with this entropy.
    #[must_use]
    pub fn from_entropy(entropy: [u8; ENTROPY_BYTES]) -> Self {
        let root = mnemonic(&entropy).to_seed_normalized("");
        Self { entropy, root }
    }

    /// Reads a phrase of 24 English words; case and spacing don't matter.
    ///
    /// # Errors
    /// [`SeedError`] says which word is wrong.
    pub fn from_phrase(phrase: &str) -> Result<Self, SeedError> {
        let lower = Zeroizing::new(phrase.to_lowercase());
        let words = lower.split_whitespace().count();
        if words != 24 {
            return Err(SeedError::Length(words));
        }
        let normal = Zeroizing::new(lower.split_whitespace().collect::<Vec<_>>().join(" "));
        let mnemonic =
            Mnemonic::parse_in_normalized(Language::English, &normal).map_err(|e| match e {
                bip39::Error::UnknownWord(index) => SeedError::Word(index + 1),
                _ => SeedError::Checksum,
            })?;
        let bytes = Zeroizing::new(mnemonic.to_entropy());
        let entropy = bytes.as_slice().try_into();
        Ok(Self::from_entropy(
            entropy.map_err(|_| SeedError::Length(words))?,
        ))
    }

    /// The seed as 24 words. Show it once, to its owner.
    #[must_use]
    pub fn phrase(&self) -> Zeroizing<String> {
        Zeroizing::new(mnemonic(&self.entropy).to_string())
    }

    /// The entropy, for the encrypted wallet file.
    #[must_use]
    pub(crate) fn entropy(&self) -> Zeroizing<[u8; ENTROPY_BYTES]> {
        Zeroizing::new(self.entropy)
    }

    /// The 64-byte BIP-39 seed that all keys are derived from (no passphrase).
    #[must_use]
    pub(crate) const fn root(&self) -> &[u8; ROOT_BYTES] {
        &self.root
    }
}

fn mnemonic(entropy: &[u8; ENTROPY_BYTES]) -> Mnemonic {
    // 32 bytes are a length that BIP-39 allows.
    Mnemonic::from_entropy_in(Language::English, entropy)
        .expect("32 bytes of entropy make a phrase")
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn phrase_round_trip() {
        let seed = Seed::generate(&mut rand_chacha::ChaCha20Rng::seed_from_u64(1));
        let phrase = seed.phrase();
        assert_eq!(phrase.split(' ').count(), 24);
        assert_eq!(Seed::from_phrase(&phrase).unwrap(), seed);
        assert_eq!(
            Seed::from_phrase(&format!("  {}\n", phrase.to_uppercase())).unwrap(),
            seed
        );
    }

    /// The BIP-39 reference vector of all-zero entropy, passphrase empty.
    #[test]
    fn known_answer() {
        let seed = Seed::from_entropy([0; 32]);
        let expected = format!("{}art", "abandon ".repeat(23));
        assert_eq!(seed.phrase().as_str(), expected);
        assert_eq!(
            hex::encode(seed.root().as_slice()),
            "408b285c123836004f4b8842c89324c1f01382450c0d439af345ba7fc49acf70\
             5489c6fc77dbd4e3dc1dd8cc6bc9f043db8ada1e243c4a0eafb290d399480840"
        );
    }

    #[test]
    fn bad_phrases_are_named() {
        let good = Seed::from_entropy([7; 32]).phrase();
        assert_eq!(Seed::from_phrase("abandon"), Err(SeedError::Length(1)));
        let words: Vec<&str> = good.split(' ').collect();
        let mut wrong = words.clone();
        wrong[2] = "hogg";
        assert_eq!(Seed::from_phrase(&wrong.join(" ")), Err(SeedError::Word(3)));
        let mut swapped = words.clone();
        swapped.swap(0, 23);
        assert_eq!(
            Seed::from_phrase(&swapped.join(" ")),
            Err(SeedError::Checksum)
        );
    }

    #[test]
    fn debug_keeps_the_secret() {
        assert_eq!(format!("{:?}", Seed::from_entropy([9; 32])), "Seed(secret)");
    }
}
