//! The encrypted wallet file: the seed behind a password.
//!
//! Layout: magic, version, Argon2id costs, salt, nonce, then the XChaCha20-Poly1305 ciphertext of the content, the
//! header being its associated data. A wallet needs nothing else: all notes come back from seed and ledger. The file is
//! its owner's alone (mode 0600 where there are modes).

use crate::seed::{ENTROPY_BYTES, Seed};
use argon2::{Algorithm, Argon2, Params, Version};
use borsh::{BorshDeserialize, BorshSerialize};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use rand::{CryptoRng, RngCore};
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

const MAGIC: [u8; 8] = *b"TALLYWAL";
const VERSION: u8 = 1;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;
/// Longest wallet file that is read, bytes; a whole one takes about 150.
const MAX_FILE_BYTES: u64 = 4096;
/// Most memory that a file may ask for, 256 MiB: reading a hostile file must not take all memory.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
/// Most passes times memory that a file may ask for, KiB: some seconds at most, five times what is recommended.
const MAX_WORK_KIB: u64 = 1 << 20;

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

    /// The parameters of Argon2; none if they are not valid, or beyond what opening a file may cost.
    fn params(self) -> Option<Params> {
        let work = u64::from(self.memory_kib) * u64::from(self.passes);
        if self.memory_kib > MAX_MEMORY_KIB || work > MAX_WORK_KIB {
            return None;
        }
        Params::new(self.memory_kib, self.passes, 1, Some(KEY_BYTES)).ok()
    }
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
    /// Costs that no file can have.
    #[error(
        "password costs of {} KiB and {} passes can't be used; take 8 KiB to 256 MiB, at least one pass, and at most 1 GiB in all passes", cost.memory_kib, cost.passes
    )]
    Cost {
        /// The costs.
        cost: PasswordCost,
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
    write(path, &seal(seed, password, cost, rng)?, false)
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
    write(path, &seal(&seed, new, cost, rng)?, true)
}

/// Reads the seed from a wallet file. Take its [`crate::lock::WalletLock`] first, and keep it while the seed is used.
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
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(io)?;
    file.take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(io)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(damaged());
    }
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
    let key = stretch(password, &header).ok_or(VaultError::Cost { cost })?;
    let (content, associated) = (seed.entropy(), encode(&header));
    let payload = Payload {
        msg: content.as_slice(),
        aad: &associated,
    };
    let ciphertext = XChaCha20Poly1305::new(key.as_slice().into())
        .encrypt(XNonce::from_slice(&header.nonce), payload)
        // The cipher refuses only messages of more than 2^38 bytes.
        .expect("a seed is short enough to encrypt");
    Ok(encode(&File { header, ciphertext }))
}

/// The key for a password; none if the costs are no valid Argon2 parameters or out of bounds.
fn stretch(password: &str, header: &Header) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
    let params = header.cost.params()?;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.as_bytes(), &header.salt, key.as_mut_slice())
        .ok()?;
    Some(key)
}

fn encode<T: BorshSerialize>(value: &T) -> Vec<u8> {
    borsh::to_vec(value).expect("encoding into memory does not fail")
}

/// Writes beside the target, readable by its owner alone (`tempfile` sees to that), and renames: at every moment there is either the old file, whole, or the new one.
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
    // Elsewhere a folder is no file that could be synced.
    #[cfg(unix)]
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io)?;
    Ok(())
}
