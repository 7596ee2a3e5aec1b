//! The encrypted wallet file: the seed behind a password.
//!
//! Layout: magic, version, Argon2id costs, salt, nonce, then the XChaCha20-Poly1305 ciphertext of the content, the
//! header being its associated data. A wallet needs nothing else: all notes come back from seed and ledger.

use crate::seed::{ENTROPY_BYTES, Seed};
use argon2::{Algorithm, Argon2, Params, Version};
use borsh::{BorshDeserialize, BorshSerialize};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use rand::{CryptoRng, RngCore};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

const MAGIC: [u8; 8] = *b"TALLYWAL";
const VERSION: u8 = 1;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
/// Longest wallet file that is read, bytes; a whole one takes about 150.
const MAX_FILE_BYTES: u64 = 4096;
/// Costs that a file may ask for: reading a hostile file must not take all memory or time.
const MAX_MEMORY_KIB: u32 = 1 << 20;
const MAX_PASSES: u32 = 16;

/// The costs of turning the password into a key, Argon2id on one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PasswordCost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl PasswordCost {
    /// 64 MiB and three passes: the second recommended choice of RFC 9106, section 4.
    pub const RECOMMENDED: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
    };
}

/// What goes wrong with a wallet file.
#[derive(Debug, Error)]
pub enum VaultError {
    /// A file is there already.
    #[error("wallet file {path} exists; choose another path or move it away")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file can't be read or written.
    #[error("wallet file {path}: {source}; check that the path exists and is writable")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Not a wallet file, or cut short.
    #[error(
        "{path} is no wallet file, or it is truncated; restore it from a copy or recover from the seed phrase"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// A later format.
    #[error(
        "wallet file {path} has format version {found}, this software reads version {VERSION}; use a newer tally"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u8,
    },
    /// The password does not open it.
    #[error(
        "wrong password for {path}, or the file is corrupted; try again or recover from the seed phrase"
    )]
    Password {
        /// The file.
        path: PathBuf,
    },
    /// An empty password.
    #[error("the password is empty; choose one of at least one character")]
    EmptyPassword,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct Header {
    magic: [u8; 8],
    version: u8,
    cost: PasswordCost,
    salt: [u8; SALT_BYTES],
    nonce: [u8; NONCE_BYTES],
}

#[derive(BorshSerialize, BorshDeserialize)]
struct File {
    header: Header,
    ciphertext: Vec<u8>,
}

/// Writes a new wallet file. An existing file is never replaced.
///
/// # Errors
/// [`VaultError`]; no file is left behind then.
pub fn create<R: RngCore + CryptoRng>(
    path: &Path,
    seed: &Seed,
    password: &str,
    cost: PasswordCost,
    rng: &mut R,
) -> Result<(), VaultError> {
    if path.exists() {
        return Err(VaultError::Exists {
            path: path.to_owned(),
        });
    }
    write(path, &seal(path, seed, password, cost, rng)?, false)
}

/// Encrypts the wallet file anew under another password; the old one stays until the new one is complete.
///
/// # Errors
/// [`VaultError`]; the old file is unchanged then.
pub fn change_password<R: RngCore + CryptoRng>(
    path: &Path,
    old: &str,
    new: &str,
    cost: PasswordCost,
    rng: &mut R,
) -> Result<(), VaultError> {
    let seed = open(path, old)?;
    write(path, &seal(path, &seed, new, cost, rng)?, true)
}

/// Reads the seed from a wallet file.
///
/// # Errors
/// [`VaultError`] names the file and the remedy.
pub fn open(path: &Path, password: &str) -> Result<Seed, VaultError> {
    let io = |source| VaultError::Io {
        path: path.to_owned(),
        source,
    };
    let damaged = || VaultError::Damaged {
        path: path.to_owned(),
    };
    if fs::metadata(path).map_err(io)?.len() > MAX_FILE_BYTES {
        return Err(damaged());
    }
    let bytes = fs::read(path).map_err(io)?;
    match bytes.split_first_chunk::<8>() {
        Some((magic, rest)) if *magic == MAGIC => match rest.first() {
            Some(&VERSION) => {}
            Some(&found) => {
                return Err(VaultError::Version {
                    path: path.to_owned(),
                    found,
                });
            }
            None => return Err(damaged()),
        },
        _ => return Err(damaged()),
    }
    let file = File::try_from_slice(&bytes).map_err(|_| damaged())?;
    let cost = file.header.cost;
    if cost.memory_kib > MAX_MEMORY_KIB || cost.passes > MAX_PASSES {
        return Err(damaged());
    }
    let key = stretch(password, &file.header).ok_or_else(damaged)?;
    let header = encode(&file.header);
    let payload = Payload {
        msg: &file.ciphertext,
        aad: &header,
    };
    let plain = XChaCha20Poly1305::new(key.as_slice().into())
        .decrypt(XNonce::from_slice(&file.header.nonce), payload)
        .map_err(|_| VaultError::Password {
            path: path.to_owned(),
        })?;
    let plain = Zeroizing::new(plain);
    let mut entropy: [u8; ENTROPY_BYTES] = plain.as_slice().try_into().map_err(|_| damaged())?;
    let seed = Seed::from_entropy(entropy);
    entropy.zeroize();
    Ok(seed)
}

fn seal<R: RngCore + CryptoRng>(
    path: &Path,
    seed: &Seed,
    password: &str,
    cost: PasswordCost,
    rng: &mut R,
) -> Result<Vec<u8>, VaultError> {
    if password.is_empty() {
        return Err(VaultError::EmptyPassword);
    }
    let mut header = Header {
        magic: MAGIC,
        version: VERSION,
        cost,
        salt: [0; SALT_BYTES],
        nonce: [0; NONCE_BYTES],
    };
    rng.fill_bytes(&mut header.salt);
    rng.fill_bytes(&mut header.nonce);
    let damaged = || VaultError::Damaged {
        path: path.to_owned(),
    };
    let key = stretch(password, &header).ok_or_else(damaged)?;
    let (content, associated) = (seed.entropy(), encode(&header));
    let payload = Payload {
        msg: content.as_slice(),
        aad: &associated,
    };
    let ciphertext = XChaCha20Poly1305::new(key.as_slice().into())
        .encrypt(XNonce::from_slice(&header.nonce), payload)
        .map_err(|_| damaged())?;
    Ok(encode(&File { header, ciphertext }))
}

/// The key for a password; none if the costs are no valid Argon2 parameters.
fn stretch(password: &str, header: &Header) -> Option<Zeroizing<[u8; 32]>> {
    let params = Params::new(header.cost.memory_kib, header.cost.passes, 1, Some(32)).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), &header.salt, key.as_mut_slice())
        .ok()?;
    Some(key)
}

fn encode<T: BorshSerialize>(value: &T) -> Vec<u8> {
    borsh::to_vec(value).expect("encoding into memory does not fail")
}

/// Writes beside the target and renames: at every moment there is either the old file, whole, or the new one.
fn write(path: &Path, bytes: &[u8], replace: bool) -> Result<(), VaultError> {
    let io = |source| VaultError::Io {
        path: path.to_owned(),
        source,
    };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    file.write_all(bytes).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    if replace {
        file.persist(path).map_err(|error| io(error.error))?;
    } else {
        file.persist_noclobber(path)
            .map_err(|error| match error.error.kind() {
                std::io::ErrorKind::AlreadyExists => VaultError::Exists {
                    path: path.to_owned(),
                },
                _ => io(error.error),
            })?;
    }
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    /// Small costs: these tests are about the file, not about guessing.
    const CHEAP: PasswordCost = PasswordCost {
        memory_kib: 64,
        passes: 1,
    };

    fn made() -> (tempfile::TempDir, PathBuf, Seed, ChaCha20Rng) {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet");
        let seed = Seed::generate(&mut rng);
        create(&path, &seed, "hogs", CHEAP, &mut rng).unwrap();
        (folder, path, seed, rng)
    }

    #[test]
    fn opens_with_the_password_only() {
        let (_folder, path, seed, _) = made();
        assert_eq!(open(&path, "hogs").unwrap(), seed);
        assert!(matches!(
            open(&path, "Hogs"),
            Err(VaultError::Password { .. })
        ));
        assert!(matches!(open(&path, ""), Err(VaultError::Password { .. })));
    }

    #[test]
    fn never_replaces_a_file() {
        let (_folder, path, seed, mut rng) = made();
        let before = fs::read(&path).unwrap();
        let again = create(&path, &seed, "other", CHEAP, &mut rng);
        assert!(matches!(again, Err(VaultError::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn every_truncation_and_every_flipped_byte_is_refused() {
        let (_folder, path, _, _) = made();
        let good = fs::read(&path).unwrap();
        for length in 0..good.len() {
            fs::write(&path, &good[..length]).unwrap();
            assert!(open(&path, "hogs").is_err(), "length {length}");
        }
        for index in 0..good.len() {
            let mut bad = good.clone();
            // The lowest bit: a flipped high bit of the memory cost would be refused before anything is computed.
            bad[index] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert!(open(&path, "hogs").is_err(), "byte {index}");
        }
    }

    #[test]
    fn absurd_costs_are_not_paid() {
        let (_folder, path, _, _) = made();
        let mut bytes = fs::read(&path).unwrap();
        bytes[9..13].copy_from_slice(&u32::MAX.to_le_bytes());
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(
            open(&path, "hogs"),
            Err(VaultError::Damaged { .. })
        ));
    }

    #[test]
    fn changes_its_password() {
        let (_folder, path, seed, mut rng) = made();
        assert!(change_password(&path, "wrong", "new", CHEAP, &mut rng).is_err());
        change_password(&path, "hogs", "new", CHEAP, &mut rng).unwrap();
        assert!(open(&path, "hogs").is_err());
        assert_eq!(open(&path, "new").unwrap(), seed);
    }

    #[test]
    fn empty_password_and_missing_folder() {
        let mut rng = ChaCha20Rng::seed_from_u64(4);
        let folder = tempfile::tempdir().unwrap();
        let seed = Seed::generate(&mut rng);
        let missing = folder.path().join("none").join("wallet");
        assert!(matches!(
            create(&missing, &seed, "x", CHEAP, &mut rng),
            Err(VaultError::Io { .. })
        ));
        let path = folder.path().join("wallet");
        assert!(matches!(
            create(&path, &seed, "", CHEAP, &mut rng),
            Err(VaultError::EmptyPassword)
        ));
        assert!(!path.exists());
    }
}
