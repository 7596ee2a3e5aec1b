//! Why a report could not be written.

use super::chart::DrawError;
use std::path::PathBuf;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The report's folder is something else.
    #[error("{} is a file: a report needs a folder; name another one", path.display())]
    NotAFolder {
        /// What was named.
        path: PathBuf,
    },
    /// The report's folder can't be made.
    #[error("the report's folder {} can't be made", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of the report can't be written. What was there under its name is as it was.
    #[error("{} can't be written; is there room, and may this user write there?", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The data can't be written as JSON.
    #[error("report.json can't be encoded")]
    Json(#[from] serde_json::Error),
    /// A figure can't be drawn.
    #[error("the figure {figure} can't be drawn")]
    Drawing {
        /// Its name, which is also that of its CSV file.
        figure: &'static str,
        /// What the drawing crate says.
        source: DrawError,
    },
}
