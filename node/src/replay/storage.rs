//! The data directory: keys that all replays share, and one folder a replay.

use super::arguments::ReplayArguments;
use super::error::{DirectoryProblem, ReplayError};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// File that marks a folder as ours; its content is the format's version.
const MARKER: &str = "tally-data";
const VERSION: &str = "1\n";
const REPORT: &str = "report.json";

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
        let problem = |problem| ReplayError::Directory {
            path: root.to_owned(),
            problem,
        };
        let io = |error: std::io::Error| problem(DirectoryProblem::Io(error));
        fs::create_dir_all(root).map_err(io)?;
        let marker = root.join(MARKER);
        match fs::read_to_string(&marker) {
            Ok(text) if text == VERSION => {}
            Ok(text) => return Err(problem(DirectoryProblem::Version(text, VERSION))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if fs::read_dir(root).map_err(io)?.next().is_some() {
                    return Err(problem(DirectoryProblem::Foreign));
                }
                fs::write(&marker, VERSION).map_err(io)?;
            }
            Err(error) => return Err(io(error)),
        }
        Ok(Self {
            root: root.to_owned(),
        })
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

    /// Makes way for a replay: an unfinished one stays to be resumed, a finished one is removed.
    ///
    /// Returns whether a finished one was removed.
    pub(super) fn prepare(&self, arguments: &ReplayArguments) -> Result<bool, ReplayError> {
        let folder = self.replay(arguments);
        let io = |error| ReplayError::Directory {
            path: folder.clone(),
            problem: DirectoryProblem::Io(error),
        };
        let report = folder.join(REPORT);
        let finished = report.exists();
        if finished {
            // The ledger first: if this is interrupted, the report still says that the rest is of no use.
            match fs::remove_dir_all(self.ledger(arguments)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(io(error));
                }
                _ => fs::remove_file(report).map_err(io)?,
            }
        }
        fs::create_dir_all(&folder).map_err(io)?;
        Ok(finished)
    }

    /// Writes a replay's report, which marks it as finished.
    pub(super) fn finish(
        &self,
        arguments: &ReplayArguments,
        report: &[u8],
    ) -> Result<(), ReplayError> {
        let path = self.replay(arguments).join(REPORT);
        fs::File::create(&path)
            .and_then(|mut file| file.write_all(report).and_then(|()| file.sync_all()))
            .map_err(|error| ReplayError::Directory {
                path,
                problem: DirectoryProblem::Io(error),
            })
    }
}
