//! What commands that write reports have in common.

use crate::exit::UsageError;
use std::path::Path;

/// Makes a report's folder before the work begins: what would fail at the end fails first.
///
/// # Errors
/// [`UsageError::ReportFolder`] if it is a file or can't be made.
pub fn prepare(folder: Option<&Path>) -> Result<(), UsageError> {
    let Some(folder) = folder else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|source| UsageError::ReportFolder {
        path: folder.to_owned(),
        source,
    })
}

/// The words of this call, as a reader can repeat them: the program goes by its name, not by where it is.
pub fn command_line() -> String {
    let words = std::env::args_os().skip(1);
    words.fold("tally".to_owned(), |line, word| {
        format!("{line} {}", word.to_string_lossy())
    })
}
