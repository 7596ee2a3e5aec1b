//! Which chain was met at which node: one that suddenly shows another is either new, or a trap.

use crate::desk::DeskError;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tally_exchange::message::ChainId;

const FILE: &str = "nodes.json";
/// Longest file that is read, bytes.
const MOST_BYTES: u64 = 1024 * 1024;

/// Chains by the address of their node.
pub struct KnownChains {
    path: PathBuf,
    chains: BTreeMap<String, ChainId>,
}

impl KnownChains {
    /// What is known in a folder.
    ///
    /// # Errors
    /// [`DeskError::Sealed`] if the folder can't be made.
    pub fn open(folder: &Path) -> Result<Self, DeskError> {
        let io = |source| crate::desk::io(folder, source);
        fs::create_dir_all(folder).map_err(io)?;
        let path = folder.join(FILE);
        let is_short = fs::metadata(&path).is_ok_and(|file| file.len() <= MOST_BYTES);
        let bytes = is_short.then(|| fs::read(&path).ok()).flatten();
        let chains = bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Ok(Self { path, chains })
    }

    /// Compares what a node shows with what it showed before; a node that is new is remembered.
    ///
    /// # Errors
    /// [`DeskError::OtherChain`].
    pub fn check(&mut self, node: &str, chain: ChainId) -> Result<(), DeskError> {
        match self.chains.get(node) {
            Some(known) if *known == chain => Ok(()),
            Some(known) => Err(DeskError::OtherChain {
                node: node.to_owned(),
                known: *known,
                found: chain,
            }),
            None => {
                self.chains.insert(node.to_owned(), chain);
                self.write()
            }
        }
    }

    /// Forgets what was met at a node; says whether anything was.
    ///
    /// # Errors
    /// [`DeskError::Sealed`] if it can't be written down.
    pub fn forget(&mut self, node: &str) -> Result<bool, DeskError> {
        let was_known = self.chains.remove(node).is_some();
        self.write()?;
        Ok(was_known)
    }

    fn write(&self) -> Result<(), DeskError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let write = || -> std::io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec_pretty(&self.chains)?)?;
            file.persist(&self.path).map_err(|error| error.error)?;
            Ok(())
        };
        write().map_err(|source| crate::desk::io(&self.path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_changes_its_chain_is_noticed_until_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (ChainId([1; 32]), ChainId([2; 32]));
        let open = || KnownChains::open(folder.path()).unwrap();
        open().check("one", a).unwrap();
        open().check("one", a).unwrap();
        open().check("two", b).unwrap();
        let other = open().check("one", b);
        assert!(matches!(other, Err(DeskError::OtherChain { found, .. }) if found == b));
        assert!(open().forget("one").unwrap());
        assert!(!open().forget("one").unwrap());
        open().check("one", b).unwrap();
    }
}
