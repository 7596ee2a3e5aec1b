//! Reports: one self-contained HTML page with its figures as inline SVG, and the same data as JSON and CSV.
//!
//! A page needs no script, no font and nothing from anywhere else. Every figure names machine, command, date and commit,
//! reads in grey, on paper and on a phone, and has its data in a table and in a CSV file named after it. The same data
//! make the same bytes. Files are replaced one by one, each in one step, the page last; other files in the folder are
//! left alone.
//!
//! | module | what is in it |
//! |---|---|
//! | `chart` | drawing: canvas, axes, panels, bars, legends, on `plotters` |
//! | `bench` | the figures of `tally bench` |
//! | `replay` | the figures of `tally replay` and its verdict |
//! | `figure`, `page`, `table`, `text` | captions, the page, data, numbers as one reads them |
//! | `files` | writing |

mod bench;
mod chart;
mod error;
mod figure;
mod files;
mod page;
mod replay;
mod table;
mod text;

pub use error::ReportError;

use crate::results::{BenchReport, Provenance};
use figure::Figure;
use files::File;
use std::path::{Path, PathBuf};
use tally_node::replay::{ReplayRecord, ReplayReport};

/// Writes the report of a benchmark into a folder, which is made if it is not there: a CSV file for each figure,
/// `report.json` (the [`BenchReport`] as `--json` prints it) and `report.html`. Returns the files.
///
/// # Errors
/// [`ReportError`] if the folder is a file, or a folder or file can't be written.
pub fn write_bench(dir: &Path, report: &BenchReport) -> Result<Vec<PathBuf>, ReportError> {
    let figures = bench::figures(report)?;
    let page = bench::page(report, &figures);
    let json = serde_json::to_vec_pretty(report)?;
    files::write_all(dir, &all(&figures, json, page))
}

/// Writes the report of a replayed day into a folder, which is made if it is not there: a CSV file for each figure,
/// `report.json` (provenance, the replay's report and its record) and `report.html`. Returns the files.
///
/// # Errors
/// [`ReportError`] if the folder is a file, or a folder or file can't be written.
pub fn write_replay(
    dir: &Path,
    provenance: &Provenance,
    report: &ReplayReport,
    record: &ReplayRecord,
) -> Result<Vec<PathBuf>, ReportError> {
    let figures = replay::figures(record)?;
    let page = replay::page(provenance, report, record, &figures);
    let json = replay::to_json(provenance, report, record)?;
    files::write_all(dir, &all(&figures, json, page))
}

/// All files of a report. The page is last, so that it never names a file that is older than itself.
fn all(figures: &[Figure], json: Vec<u8>, page: String) -> Vec<File> {
    let tables = figures
        .iter()
        .flat_map(|figure| &figure.tables)
        .map(|table| File::new(table.csv_name(), table.table.to_csv()));
    let documents = [
        File::new("report.json", json),
        File::new("report.html", page),
    ];
    tables.chain(documents).collect()
}
