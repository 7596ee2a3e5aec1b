//! The data behind a figure: what its CSV file holds and its page shows.

use super::text;
use std::fmt::Write;

/// Rows that a page shows; the CSV file has them all.
const SHOWN_ROWS: usize = 250;

/// A value of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Words.
    Text(String),
    /// A whole number.
    Whole(i128),
    /// A measured number.
    Number(f64),
    /// Nothing there.
    Missing,
}

/// A column: its name in the CSV file and its heading on the page, unit included.
pub(super) type Column = (&'static str, &'static str);

/// Rows under named columns.
#[derive(Clone, Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub(super) fn new(columns: &[Column]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, of as many cells as there are columns.
    pub(super) fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.cells(cells.into());
    }

    /// The same, for a number of columns that is not fixed.
    pub(super) fn cells(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len(), "a row fills all columns");
        self.rows.push(cells);
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Comma-separated values as in RFC 4180, with a line of names first.
    pub(super) fn to_csv(&self) -> String {
        let names = self.columns.iter().map(|(name, _)| quoted(name));
        let mut csv = names.collect::<Vec<_>>().join(",");
        csv.push_str("\r\n");
        for row in &self.rows {
            csv.push_str(&row.iter().map(Cell::to_csv).collect::<Vec<_>>().join(","));
            csv.push_str("\r\n");
        }
        csv
    }

    /// The table on the page. A long one ends early and says where the rest is.
    pub(super) fn to_html(&self, csv_name: &str) -> String {
        let mut html = String::from("<div class=\"wide\"><table><thead><tr>");
        for (_, heading) in &self.columns {
            let _ = write!(html, "<th scope=\"col\">{}</th>", text::escape(heading));
        }
        html.push_str("</tr></thead><tbody>\n");
        for row in self.rows.iter().take(SHOWN_ROWS) {
            html.push_str("<tr>");
            row.iter().for_each(|cell| html.push_str(&cell.to_html()));
            html.push_str("</tr>\n");
        }
        html.push_str("</tbody></table></div>");
        if self.rows.len() > SHOWN_ROWS {
            let _ = write!(
                html,
                "<p>The first {} of {}; all are in <a href=\"{csv_name}\">{csv_name}</a>.</p>",
                SHOWN_ROWS,
                text::plural(self.rows.len(), "row", "rows"),
            );
        }
        html
    }
}

impl Cell {
    fn to_csv(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Whole(value) => value.to_string(),
            Self::Number(value) if value.is_finite() => value.to_string(),
            Self::Number(_) | Self::Missing => String::new(),
        }
    }

    fn to_html(&self) -> String {
        match self {
            Self::Text(text) => format!("<td>{}</td>", text::escape(text)),
            Self::Whole(value) => format!("<td class=\"n\">{}</td>", text::whole(*value)),
            Self::Number(value) => format!("<td class=\"n\">{}</td>", text::significant(*value)),
            Self::Missing => "<td class=\"n\">–</td>".to_owned(),
        }
    }
}

/// A field of a CSV file, in quotes where it must be.
fn quoted(field: &str) -> String {
    if field.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", field.replace('"', "\"\""));
    }
    field.to_owned()
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<u32> for Cell {
    fn from(value: u32) -> Self {
        Self::Whole(value.into())
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Self::Whole(value.into())
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Whole(value.into())
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Self {
        // An address is at most 64 bits wide.
        i128::try_from(value).map_or(Self::Missing, Self::Whole)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table = Table::new(&[("name", "Name"), ("ms", "Time, ms"), ("n", "Count")]);
        table.row(["a,\"b\"\n".into(), 0.1.into(), 10_500_u64.into()]);
        table.row(["<i>".into(), f64::NAN.into(), None::<u64>.into()]);
        table
    }

    #[test]
    fn csv_quotes_what_it_must() {
        assert_eq!(
            sample().to_csv(),
            "name,ms,n\r\n\"a,\"\"b\"\"\n\",0.1,10500\r\n<i>,,\r\n"
        );
        assert_eq!(Cell::from(-1_000_i64).to_csv(), "-1000");
    }

    #[test]
    fn html_escapes_and_groups() {
        let html = sample().to_html("x.csv");
        assert!(html.contains("<td>&lt;i&gt;</td>"));
        assert!(html.contains("<td class=\"n\">10,500</td>"));
        assert!(!html.contains("x.csv"));
    }

    #[test]
    fn long_tables_say_where_the_rest_is() {
        let mut table = Table::new(&[("n", "N")]);
        for n in 0..=SHOWN_ROWS {
            table.row([n.into()]);
        }
        let html = table.to_html("x.csv");
        assert_eq!(html.matches("<td").count(), SHOWN_ROWS);
        assert!(html.contains("of 251 rows"));
        assert_eq!(table.to_csv().lines().count(), SHOWN_ROWS + 2);
    }
}
