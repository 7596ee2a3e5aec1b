//! Keys that somebody else has made: taken up when they are the ones that a market's genesis names.
//!
//! Different markets have different keys for one circuit, so a set that was taken up has the first digits of both keys' hashes
//! in the name of its directory, and can lie beside others and beside our own. It begins with the verifying key; the
//! proving key may come later. A key file is there under its name only after all its points have been checked.

use std::path::{Path, PathBuf};

use super::error::{CacheError, Damage, KeyPart};
use super::expected::{ExpectedFile, ExpectedKeys, KeyFiles};
use super::manifest::{self, KeyFile, Manifest};
use super::set::KeySet;
use super::tables::TableFile;
use super::{KeyCache, UNFINISHED, files};
use crate::keys::{KeyDecodeError, Keys, ProvingKey, VerifyingKey};
use crate::kind::InsecureOneParty;
use crate::r1cs::R1cs;
use crate::statement::Statement;

impl KeyCache {
    /// The files of the one-party keys of `S` that were made in this cache, if they have been made: for a genesis. Lengths and
    /// hashes are compared with the manifest's; nothing is decoded.
    ///
    /// # Errors
    /// If they are there but damaged, foreign, or unreadable.
    pub fn files<S: Statement>(&self) -> Result<Option<KeyFiles>, CacheError> {
        let r1cs = R1cs::of::<S>()?;
        let slot = self.own::<S, InsecureOneParty>(&r1cs.digest(), None);
        if !files::exists(&slot)? {
            return Ok(None);
        }
        KeySet::open::<InsecureOneParty>(&slot, &r1cs, None)?
            .files()
            .map(Some)
    }

    /// The files of the keys that a market asks for, made here or taken up, if both are there: for a node that serves them.
    /// Nothing is decoded.
    ///
    /// # Errors
    /// As [`load_expected`](Self::load_expected).
    pub fn files_expected<S: Statement>(
        &self,
        expected: &ExpectedKeys,
    ) -> Result<Option<KeyFiles>, CacheError> {
        let r1cs = expected.circuit::<S>()?;
        let Some(slot) = self.find::<S>(expected)? else {
            return Ok(None);
        };
        KeySet::open_pair(&slot, &r1cs, expected)?
            .map(|set| set.files())
            .transpose()
    }

    /// The keys that a market asks for, made here or taken up, if both are there.
    ///
    /// # Errors
    /// As [`ExpectedKeys::check`]; if the keys are there but damaged, foreign, or unreadable.
    pub fn load_expected<S: Statement>(
        &self,
        expected: &ExpectedKeys,
    ) -> Result<Option<Keys<InsecureOneParty>>, CacheError> {
        let r1cs = expected.circuit::<S>()?;
        let Some(slot) = self.find::<S>(expected)? else {
            return Ok(None);
        };
        KeySet::open_pair(&slot, &r1cs, expected)?
            .map(|set| set.keys(r1cs))
            .transpose()
    }

    /// The verifying key that a market asks for, if it is there. The proving key is not looked at and need not be there.
    ///
    /// # Errors
    /// As [`load_expected`](Self::load_expected).
    pub fn load_verifying<S: Statement>(
        &self,
        expected: &ExpectedKeys,
    ) -> Result<Option<VerifyingKey<InsecureOneParty>>, CacheError> {
        let r1cs = expected.circuit::<S>()?;
        let Some(slot) = self.find::<S>(expected)? else {
            return Ok(None);
        };
        KeySet::open_expected(&slot, &r1cs, expected)?
            .verifying(&r1cs)
            .map(Some)
    }

    /// The proving key to a verifying key that is already in memory, if it is there: what
    /// [`load_verifying`](Self::load_verifying) has left out.
    ///
    /// # Errors
    /// [`CacheError::OtherVerifyingKey`] if `verifying` is not the one of `expected`; else as
    /// [`load_expected`](Self::load_expected).
    pub fn load_proving<S: Statement>(
        &self,
        expected: &ExpectedKeys,
        verifying: &VerifyingKey<InsecureOneParty>,
    ) -> Result<Option<ProvingKey<InsecureOneParty>>, CacheError> {
        if verifying.sha256() != expected.verifying.sha256 {
            return Err(CacheError::OtherVerifyingKey {
                statement: S::NAME,
                expected: hex::encode(expected.verifying.sha256),
                found: hex::encode(verifying.sha256()),
            });
        }
        let r1cs = expected.circuit::<S>()?;
        let Some(slot) = self.find::<S>(expected)? else {
            return Ok(None);
        };
        let Some(set) = KeySet::open_pair(&slot, &r1cs, expected)? else {
            return Ok(None);
        };
        let fetched = set.fetch_proving(&r1cs)?;
        set.proving(r1cs, verifying, fetched).map(Some)
    }

    /// Takes up keys that somebody else has made. Lengths and hashes are compared with `expected` before anything is
    /// decoded; then every point is checked for curve and subgroup, which takes seconds. If the keys are there already
    /// they are checked all the same.
    ///
    /// Processes that call this at once wait for each other.
    ///
    /// # Errors
    /// As [`ExpectedKeys::check`]; [`CacheError::Refused`] if the bytes are not the expected ones;
    /// [`CacheError::Unusable`] if they are, and no keys of `S`; if the cache can't be written.
    pub fn install<S: Statement>(
        &self,
        expected: &ExpectedKeys,
        proving: &[u8],
        verifying: &[u8],
    ) -> Result<Keys<InsecureOneParty>, CacheError> {
        let r1cs = expected.circuit::<S>()?;
        compare::<S>(KeyPart::Verifying, &expected.verifying, verifying)?;
        compare::<S>(KeyPart::Proving, &expected.proving, proving)?;
        let key = decode_verifying::<S>(verifying, &r1cs)?;
        let manifest = manifest(&r1cs, expected);
        let keys = Keys {
            proving: ProvingKey::from_outside(proving, r1cs, &key)
                .map_err(unusable::<S>(KeyPart::Proving))?,
            verifying: key,
        };
        let slot = self.take_up::<S>(expected, &manifest, verifying, Some(proving))?;
        TableFile::of(&slot, S::NAME, &expected.circuit_digest)
            .write(keys.proving.tables(), expected.proving.sha256);
        Ok(keys)
    }

    /// Takes up a verifying key alone, as [`install`](Self::install): enough to follow a market.
    ///
    /// # Errors
    /// As [`install`](Self::install).
    pub fn install_verifying<S: Statement>(
        &self,
        expected: &ExpectedKeys,
        verifying: &[u8],
    ) -> Result<VerifyingKey<InsecureOneParty>, CacheError> {
        let r1cs = expected.circuit::<S>()?;
        compare::<S>(KeyPart::Verifying, &expected.verifying, verifying)?;
        let key = decode_verifying::<S>(verifying, &r1cs)?;
        self.take_up::<S>(expected, &manifest(&r1cs, expected), verifying, None)?;
        Ok(key)
    }

    /// The directory of these keys, if there is one: of those taken up, or else of our own if they are the same.
    fn find<S: Statement>(&self, expected: &ExpectedKeys) -> Result<Option<PathBuf>, CacheError> {
        let taken_up = self.root.join(manifest::installed_name(S::NAME, expected));
        if files::exists(&taken_up)? {
            return Ok(Some(taken_up));
        }
        let own = self.own::<S, InsecureOneParty>(&expected.circuit_digest, None);
        // Whatever is wrong with our own keys, they are not the market's.
        let is_it = Manifest::read(&own).is_ok_and(|manifest| expected.are_of(&manifest));
        Ok(is_it.then_some(own))
    }

    /// Writes checked keys unless they are there, and says where they are.
    fn take_up<S: Statement>(
        &self,
        expected: &ExpectedKeys,
        manifest: &Manifest,
        verifying: &[u8],
        proving: Option<&[u8]>,
    ) -> Result<PathBuf, CacheError> {
        let _lock = self.lock()?;
        let content: Vec<(&KeyFile, &[u8])> = [
            Some((&manifest.verifying_key, verifying)),
            proving.map(|proving| (&manifest.proving_key, proving)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let Some(slot) = self.find::<S>(expected)? else {
            let slot = self.root.join(manifest::installed_name(S::NAME, expected));
            self.write(&slot, manifest, &content)?;
            return Ok(slot);
        };
        Manifest::read(&slot)?.check_same(&slot, manifest)?;
        for (file, bytes) in content {
            complete(&slot, file, bytes)?;
        }
        files::sync_directory(&slot)?;
        Ok(slot)
    }
}

/// Writes a key file that is missing in its directory. A damaged one is replaced: we have the right content in hand.
fn complete(slot: &Path, file: &KeyFile, bytes: &[u8]) -> Result<(), CacheError> {
    let path = slot.join(&file.file);
    let is_whole = files::read_bounded(&path, bytes.len()).is_ok_and(|found| found == bytes);
    if is_whole {
        return Ok(());
    }
    // We hold the lock: these were left by processes that died, but for tables, which are then made again.
    files::remove_prefixed(slot, UNFINISHED)?;
    files::write_whole(&path, &[bytes])
}

/// Compares bytes from outside with what is expected.
fn compare<S: Statement>(
    part: KeyPart,
    expected: &ExpectedFile,
    bytes: &[u8],
) -> Result<(), CacheError> {
    expected.check(bytes).map_err(|damage| CacheError::Refused {
        statement: S::NAME,
        part,
        damage,
    })
}

/// Decodes a verifying key with the right hash and checks that it is for our circuit.
fn decode_verifying<S: Statement>(
    bytes: &[u8],
    r1cs: &R1cs,
) -> Result<VerifyingKey<InsecureOneParty>, CacheError> {
    VerifyingKey::from_bytes(bytes)
        .and_then(|key| key.check_circuit(r1cs).map(|()| key))
        .map_err(unusable::<S>(KeyPart::Verifying))
}

/// The error about a key that is the expected one and no key of `S`.
fn unusable<S: Statement>(part: KeyPart) -> impl FnOnce(KeyDecodeError) -> CacheError {
    move |error| CacheError::Unusable {
        statement: S::NAME,
        part,
        damage: Damage::Key(error),
    }
}

/// The manifest of keys that are taken up.
fn manifest(r1cs: &R1cs, expected: &ExpectedKeys) -> Manifest {
    Manifest::of::<InsecureOneParty>(
        r1cs,
        None,
        [expected.proving, expected.verifying],
        manifest::INSTALLED_BY,
    )
}
