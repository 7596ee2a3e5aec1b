//! How a process uses Tor.

use std::path::PathBuf;
use std::time::Duration;

use super::TorDirectory;

/// How long a start waits for the network, unless told otherwise.
pub const DEFAULT_PATIENCE: Duration = Duration::from_secs(120);

/// How a process uses Tor.
#[derive(Debug)]
pub struct TorOptions {
    /// What Tor keeps, of this process alone.
    pub directory: TorDirectory,
    /// A configuration in the form of `arti.toml`: another network, bridges, guards. Directories that it names are not
    /// used. None for the public network.
    pub configuration: Option<PathBuf>,
    /// How long a start may take. On the public network the first one downloads a directory of the relays: often less
    /// than half a minute, sometimes more than one.
    pub patience: Duration,
}

impl TorOptions {
    /// The public network, with the usual patience.
    #[must_use]
    pub fn in_directory(directory: TorDirectory) -> Self {
        Self {
            directory,
            configuration: None,
            patience: DEFAULT_PATIENCE,
        }
    }
}

/// How far a start is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TorProgress {
    /// Percent of all that is to be done, roughly.
    pub percent: u8,
    /// What is being done, in words.
    pub doing: String,
    /// What stands in its way, where Tor knows of something.
    pub blocked: Option<String>,
}
