//! Reads the two reports compiled into the program and sums their figures over the weeks that are used.

use crate::date::Date;
use crate::error::{FieldProblem, TableError};
use crate::field;

const FILE_2017: &str = "cot_noncommercial_2016-12_2017-04.csv";
pub(super) const TEXT_2017: &str =
    include_str!("../../data/lean-hog/cot_noncommercial_2016-12_2017-04.csv");
const HEADER_2017: &str = "report_date,nc_long,nc_short,chg_long,chg_short,open_interest,note";
const FILE_2025: &str = "cot_2025Q1_with_trader_counts.csv";
pub(super) const TEXT_2025: &str =
    include_str!("../../data/lean-hog/cot_2025Q1_with_trader_counts.csv");
const HEADER_2025: &str = "date,open_interest,nc_long,nc_short,nc_spread,comm_long,comm_short,rept_long,rept_short,\
nonrept_long,nonrept_short,traders_total,tr_nc_long,tr_nc_short,tr_nc_spread,tr_comm_long,tr_comm_short,tr_rept_long,\
tr_rept_short,gross4_long,gross4_short,gross8_long,gross8_short,net4_long,net4_short,net8_long,net8_short";

/// First and last report used from the 2017 file, as `YYYYMMDD`: the quarter of the sessions.
const QUARTER: (u32, u32) = (20_170_101, 20_170_331);

/// One data row of a report: its line number and its columns.
struct Line<'a> {
    file: &'static str,
    number: usize,
    columns: Vec<&'a str>,
}

impl Line<'_> {
    fn error(&self, column: &'static str, problem: FieldProblem) -> TableError {
        TableError::Row {
            file: self.file,
            line: self.number,
            column,
            problem,
        }
    }

    fn number(&self, index: usize, column: &'static str) -> Result<u64, TableError> {
        let text = self
            .columns
            .get(index)
            .ok_or_else(|| self.error(column, FieldProblem::Columns))?;
        field::integer(text)
            .map(u64::from)
            .map_err(|problem| self.error(column, problem))
    }

    fn permille(&self, index: usize, column: &'static str) -> Result<u64, TableError> {
        let text = self
            .columns
            .get(index)
            .ok_or_else(|| self.error(column, FieldProblem::Columns))?;
        field::permille(text)
            .map(u64::from)
            .map_err(|problem| self.error(column, problem))
    }

    fn date(&self, column: &'static str) -> Result<Date, TableError> {
        let text = self
            .columns
            .first()
            .ok_or_else(|| self.error(column, FieldProblem::Columns))?;
        text.parse()
            .map_err(|_| self.error(column, FieldProblem::Date))
    }
}

/// The data rows of a report whose header is exactly `header`.
fn rows<'a>(
    text: &'a str,
    file: &'static str,
    header: &'static str,
) -> Result<Vec<Line<'a>>, TableError> {
    let mut lines = text.lines().enumerate();
    if lines.next().map(|(_, first)| first) != Some(header) {
        return Err(TableError::Header { file });
    }
    let width = header.split(',').count();
    lines
        .map(|(index, line)| {
            let line = Line {
                file,
                number: index + 1,
                columns: line.split(',').collect(),
            };
            if line.columns.len() == width {
                Ok(line)
            } else {
                Err(line.error("all", FieldProblem::Columns))
            }
        })
        .collect()
}

/// Sums over the reports of the quarter of 2017.
#[derive(Default)]
pub(super) struct Sums2017 {
    pub(super) long: u64,
    pub(super) short: u64,
    pub(super) open_interest: u64,
}

pub(super) fn sums_2017(text: &str) -> Result<Sums2017, TableError> {
    let mut sums = Sums2017::default();
    for line in rows(text, FILE_2017, HEADER_2017)? {
        if !(QUARTER.0..=QUARTER.1).contains(&line.date("report_date")?.number()) {
            continue;
        }
        let (long, short) = (line.number(1, "nc_long")?, line.number(2, "nc_short")?);
        let open_interest = line.number(5, "open_interest")?;
        if long.max(short) > open_interest {
            return Err(line.error("open_interest", FieldProblem::Positions));
        }
        sums.long += long;
        sums.short += short;
        sums.open_interest += open_interest;
    }
    if sums.open_interest == 0 {
        Err(TableError::Empty { file: FILE_2017 })
    } else {
        Ok(sums)
    }
}

/// Sums over the reports of the quarter of 2025.
#[derive(Default)]
pub(super) struct Sums2025 {
    pub(super) rows: u64,
    pub(super) open_interest: u64,
    pub(super) spread: u64,
    pub(super) non_reportable: u64,
    pub(super) largest_4: u64,
    pub(super) largest_8: u64,
}

pub(super) fn sums_2025(text: &str) -> Result<Sums2025, TableError> {
    let mut sums = Sums2025::default();
    for line in rows(text, FILE_2025, HEADER_2025)? {
        line.date("date")?;
        let open_interest = line.number(1, "open_interest")?;
        let spread = line.number(4, "nc_spread")?;
        let small = line.number(9, "nonrept_long")? + line.number(10, "nonrept_short")?;
        if open_interest == 0 || 2 * spread + small > 2 * open_interest {
            return Err(line.error("open_interest", FieldProblem::Positions));
        }
        let four = line.permille(19, "gross4_long")? + line.permille(20, "gross4_short")?;
        let eight = line.permille(21, "gross8_long")? + line.permille(22, "gross8_short")?;
        if four > eight {
            return Err(line.error("gross8_long", FieldProblem::Positions));
        }
        sums.rows += 1;
        sums.open_interest += open_interest;
        sums.spread += spread;
        sums.non_reportable += small;
        sums.largest_4 += four;
        sums.largest_8 += eight;
    }
    if sums.rows == 0 {
        Err(TableError::Empty { file: FILE_2025 })
    } else {
        Ok(sums)
    }
}
