//! The data directory: keys that all replays share, and one folder a replay.

use super::arguments::ReplayArguments;
use super::error::{DirectoryProblem, ReplayError};
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// File that marks a folder as ours; its content is the format's version.
const MARKER: &str = "tally-data";
const VERSION: &str = "1\n";
/// More of the marker is not read, bytes.
const LONGEST_VERSION: u64 = 32;
const REPORT: &str = "report.json";
const LOCK: &str = "lock";
/// The file of a ledger, as `tally-ledger-adapter` names it.
const LEDGER_FILE: &str = "ledger.redb";

/// Keeps other processes out of a replay's folder until it is dropped.
#[derive(Debug)]
pub(super) struct ReplayLock(#[expect(dead_code, reason = "held, never read")] fs::File);

/// A folder that holds what tally keeps between runs.
#[derive(Clone, Debug)]
pub struct DataDirectory {
    root: PathBuf,
}

impl DataDirectory {
    /// Takes a folder into use, making it if need be. A folder with other things in it is refused and left alone.
    ///
    /// # Errors
    /// [`ReplayError::Directory`] names the folder and the remedy.
    pub fn open(root: &Path) -> Result<Self, ReplayError> {
        Self::take(root).map_err(|problem| ReplayError::Directory {
            path: root.to_owned(),
            problem,
        })
    }

    /// A folder that is in use already, for a look: none if there is nothing yet. Nothing is made.
    ///
    /// # Errors
    /// [`ReplayError::Directory`] names the folder and the remedy.
    pub fn existing(root: &Path) -> Result<Option<Self>, ReplayError> {
        Self::look(root).map_err(|problem| ReplayError::Directory {
            path: root.to_owned(),
            problem,
        })
    }

    fn take(root: &Path) -> Result<Self, DirectoryProblem> {
        if let Some(data) = Self::look(root)? {
            return Ok(data);
        }
        fs::create_dir_all(root)?;
        fs::write(root.join(MARKER), VERSION)?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    fn look(root: &Path) -> Result<Option<Self>, DirectoryProblem> {
        let mut entries = match fs::read_dir(root) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            entries => entries?,
        };
        let marker = match fs::File::open(root.join(MARKER)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let foreign = entries.next().transpose()?.is_some();
                return if foreign {
                    Err(DirectoryProblem::Foreign)
                } else {
                    Ok(None)
                };
            }
            Err(error) => return Err(error.into()),
        };
        let mut text = Vec::new();
        marker.take(LONGEST_VERSION).read_to_end(&mut text)?;
        match text.as_slice() {
            // Killed after making the file and before writing it.
            [] => Ok(None),
            text if text == VERSION.as_bytes() => Ok(Some(Self {
                root: root.to_owned(),
            })),
            text => Err(DirectoryProblem::Version {
                found: String::from_utf8_lossy(text).trim_end().to_owned(),
                supported: VERSION.trim_end(),
            }),
        }
    }

    /// The folder of the proving keys.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The folder of a replay's ledger.
    pub(super) fn ledger(&self, arguments: &ReplayArguments) -> PathBuf {
        self.replay(arguments).join("ledger")
    }

    fn replay(&self, arguments: &ReplayArguments) -> PathBuf {
        self.root.join("replays").join(arguments.folder())
    }

    /// The name and the ledger of the replay whose ledger was written to last; none if there is no ledger.
    pub(super) fn last_replay(&self) -> Result<Option<(String, PathBuf)>, ReplayError> {
        let root = self.root.join("replays");
        let look = || -> std::io::Result<Option<(String, PathBuf)>> {
            let entries = match fs::read_dir(&root) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                entries => entries?,
            };
            let mut last = None;
            for entry in entries {
                let entry = entry?;
                let ledger = entry.path().join("ledger");
                let Ok(written) = fs::metadata(ledger.join(LEDGER_FILE)).and_then(|m| m.modified())
                else {
                    continue;
                };
                let name = entry.file_name().to_string_lossy().into_owned();
                last = last.max(Some((written, name, ledger)));
            }
            Ok(last.map(|(_, name, ledger)| (name, ledger)))
        };
        look().map_err(|error| ReplayError::Directory {
            path: root.clone(),
            problem: DirectoryProblem::Io(error),
        })
    }

    /// Makes way for a replay: an unfinished one stays to be resumed, a finished one is removed.
    ///
    /// The folder is this process's for as long as the lock lives.
    pub(super) fn prepare(&self, arguments: &ReplayArguments) -> Result<ReplayLock, ReplayError> {
        let folder = self.replay(arguments);
        let problem = |problem| ReplayError::Directory {
            path: folder.clone(),
            problem,
        };
        let io = |error| problem(DirectoryProblem::Io(error));
        fs::create_dir_all(&folder).map_err(io)?;
        let lock = fs::File::create(folder.join(LOCK)).map_err(io)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => return Err(problem(DirectoryProblem::InUse)),
            Err(fs::TryLockError::Error(error)) => return Err(io(error)),
        }
        let report = folder.join(REPORT);
        if report.exists() {
            // The ledger first: if this is interrupted, the report still says that the rest is of no use.
            match fs::remove_dir_all(self.ledger(arguments)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(io(error));
                }
                _ => fs::remove_file(report).map_err(io)?,
            }
        }
        Ok(ReplayLock(lock))
    }

    /// Writes a replay's report, which marks it as finished: killed before that, the replay is resumed to its audit.
    pub(super) fn finish(
        &self,
        arguments: &ReplayArguments,
        report: &[u8],
    ) -> Result<(), ReplayError> {
        let path = self.replay(arguments).join(REPORT);
        // Under another name until it is complete.
        let unfinished = path.with_extension("unfinished");
        let write = || {
            let mut file = fs::File::create(&unfinished)?;
            file.write_all(report)?;
            file.sync_all()?;
            fs::rename(&unfinished, &path)
        };
        write().map_err(|error| ReplayError::Directory {
            path: path.clone(),
            problem: DirectoryProblem::Io(error),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replay_belongs_to_one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDirectory::open(&folder.path().join("data")).unwrap();
        let arguments = ReplayArguments::of_day("2017-01-03", Some(20), 3, 1);
        let lock = data.prepare(&arguments).unwrap();
        let second = data.prepare(&arguments);
        assert!(matches!(
            second,
            Err(ReplayError::Directory {
                problem: DirectoryProblem::InUse,
                ..
            })
        ));
        drop(lock);
        assert!(data.prepare(&arguments).is_ok());
    }
}
