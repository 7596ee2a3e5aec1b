//! The key files that a node serves, so that whoever comes to its market need not look for them elsewhere. Clients check
//! them by the hashes in the genesis.

use crate::api::{KeyPart, KeyStatement};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

/// Key files by statement and part.
#[derive(Debug, Default)]
pub struct KeyFiles(BTreeMap<(KeyStatement, u8), PathBuf>);

impl KeyFiles {
    /// Serves a file.
    pub fn insert(&mut self, statement: KeyStatement, part: KeyPart, path: PathBuf) {
        self.0.insert((statement, part as u8), path);
    }

    /// At most `length` bytes from `offset` on; none beyond the end of the file.
    ///
    /// # Errors
    /// If there is no such file, or it can't be read.
    pub(super) fn piece(
        &self,
        statement: KeyStatement,
        part: KeyPart,
        offset: u64,
        length: u32,
    ) -> std::io::Result<Vec<u8>> {
        let path = self.0.get(&(statement, part as u8));
        let path = path.ok_or(std::io::ErrorKind::NotFound)?;
        let mut file = File::open(path)?;
        // Some systems refuse to seek far beyond the end.
        if offset >= file.metadata()?.len() {
            return Ok(Vec::new());
        }
        file.seek(SeekFrom::Start(offset))?;
        let mut piece = Vec::new();
        file.take(length.into()).read_to_end(&mut piece)?;
        Ok(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn pieces_make_the_file() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"0123456789").unwrap();
        let mut files = KeyFiles::default();
        let (act, part) = (KeyStatement::Act, KeyPart::Verifying);
        files.insert(act, part, file.path().to_owned());
        assert_eq!(files.piece(act, part, 0, 4).unwrap(), b"0123");
        assert_eq!(files.piece(act, part, 8, 4).unwrap(), b"89");
        assert_eq!(files.piece(act, part, 10, 4).unwrap(), b"");
        assert_eq!(files.piece(act, part, u64::MAX >> 1, 4).unwrap(), b"");
        assert!(files.piece(act, KeyPart::Proving, 0, 4).is_err());
    }
}
