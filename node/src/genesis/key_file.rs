//! Files that hold one Ed25519 secret: the cashier's, the faucet's, a settlement signer's.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use tally_ledger_adapter::accounts::SigningKey;
use thiserror::Error;

/// More of a key file is not read, bytes: 64 digits and a line end, and one more to see that there is no more.
const MOST_BYTES: u64 = 67;

/// What is wrong with a key file.
#[derive(Debug, Error)]
pub enum KeyFileError {
    /// A file is there already.
    #[error("{} is there already; name a new file, so that no key is lost", .0.display())]
    Exists(PathBuf),
    /// It is no key.
    #[error("{} is no key file: 64 hexadecimal digits are required; name the right one", .0.display())]
    NotAKey(PathBuf),
    /// It can't be read or written.
    #[error("key file {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Writes a secret key into a new file that only its owner can read: 64 hexadecimal digits and a line feed.
///
/// # Errors
/// [`KeyFileError::Exists`], or [`KeyFileError::Io`].
pub fn write_key(path: &Path, key: &SigningKey) -> Result<(), KeyFileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || {
        let mut file = options.open(path)?;
        writeln!(file, "{}", hex::encode(key.to_bytes()))?;
        file.sync_all()
    };
    write().map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_owned()),
        _ => io(path, source),
    })
}

/// Reads a secret key as [`write_key`] wrote it; a line end behind the digits may be missing.
///
/// # Errors
/// [`KeyFileError::NotAKey`], or [`KeyFileError::Io`].
pub fn read_key(path: &Path) -> Result<SigningKey, KeyFileError> {
    let mut text = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES).read_to_end(&mut text))
        .map_err(|source| io(path, source))?;
    let digits = text.trim_ascii_end();
    let mut secret = [0; 32];
    hex::decode_to_slice(digits, &mut secret)
        .map_err(|_| KeyFileError::NotAKey(path.to_owned()))?;
    Ok(SigningKey::from_bytes(&secret))
}

fn io(path: &Path, source: std::io::Error) -> KeyFileError {
    let path = path.to_owned();
    KeyFileError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_other_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signer.key");
        let key = SigningKey::from_bytes(&[5; 32]);
        write_key(&path, &key).unwrap();
        assert_eq!(read_key(&path).unwrap(), key);
        assert!(matches!(
            write_key(&path, &key),
            Err(KeyFileError::Exists(_))
        ));
        let other = folder.path().join("other");
        let whole = "05".repeat(32);
        for bad in ["", "05", &whole[1..], &format!("{whole}\n\n\n\n"), "x"] {
            std::fs::write(&other, bad).unwrap();
            let read = read_key(&other);
            // White space behind a key is no part of it, as long as it is little.
            assert_eq!(read.is_ok(), bad.len() > 64, "{bad:?}");
        }
        std::fs::write(&other, format!("{whole}05")).unwrap();
        assert!(matches!(read_key(&other), Err(KeyFileError::NotAKey(_))));
        assert!(matches!(
            read_key(&folder.path().join("none")),
            Err(KeyFileError::Io { .. })
        ));
    }

    #[cfg(unix)]
    #[test]
    fn for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cashier.key");
        write_key(&path, &SigningKey::from_bytes(&[5; 32])).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
