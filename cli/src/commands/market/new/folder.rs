//! The folder of a new market.

use crate::exit::UsageError;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// What `tally keys --make` leaves in a folder: keys that exist are used.
const MAY_BE_THERE: [&str; 2] = ["tally-data", "keys"];

/// Checks that nothing would be mixed with what is there already. Makes nothing.
pub fn check_free(directory: &Path) -> Result<(), UsageError> {
    let file = |source| UsageError::File {
        path: directory.to_owned(),
        source,
    };
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(file)?,
    };
    for entry in entries {
        let name = entry.map_err(file)?.file_name();
        if !MAY_BE_THERE.iter().any(|allowed| name == *allowed) {
            return Err(UsageError::NotEmpty {
                path: directory.to_owned(),
                entry: name.to_string_lossy().into_owned(),
            });
        }
    }
    Ok(())
}

/// Writes the genesis under another name first, so that it is there completely or not at all.
pub fn write_genesis(path: &Path, bytes: &[u8]) -> Result<(), UsageError> {
    let unfinished = path.with_extension("unfinished");
    let write = || {
        let mut file = fs::File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    };
    write().map_err(|source| UsageError::File {
        path: path.to_owned(),
        source,
    })
}
