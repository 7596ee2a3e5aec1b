//! Columns that align.

use super::layout::{WIDTH, clean, joined, wrap};
use super::paint::{Paint, Style};

/// Where a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// What becomes of the last column where a line is too narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// It goes below its row: names are not broken.
    Below,
    /// It is wrapped: words.
    Wraps,
}

/// A cell.
#[derive(Clone, Debug)]
pub struct Cell {
    text: String,
    paint: Paint,
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self {
            text: clean(text.as_ref()),
            paint: Paint::None,
        }
    }
}

impl Cell {
    /// A cell in colour.
    pub fn painted(paint: Paint, text: impl AsRef<str>) -> Self {
        Self {
            paint,
            ..text.into()
        }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }

    fn padded(&self, style: Style, width: usize, align: Align) -> String {
        let space = " ".repeat(width.saturating_sub(self.width()));
        let text = style.paint(self.paint, &self.text);
        match align {
            Align::Left => text + &space,
            Align::Right => space + &text,
        }
    }
}

/// A table. Columns without anything in them are left out.
#[derive(Debug)]
pub struct Table {
    style: Style,
    columns: Vec<(&'static str, Align)>,
    last: Last,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty one with these columns.
    pub fn new(style: Style, columns: &[(&'static str, Align)]) -> Self {
        Self {
            style,
            columns: columns.to_vec(),
            last: Last::Below,
            rows: Vec::new(),
        }
    }

    /// What becomes of the last column.
    pub const fn last(mut self, last: Last) -> Self {
        self.last = last;
        self
    }

    /// One more row.
    pub fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        self.rows.push(cells.into());
    }

    /// Heading and rows as one text.
    pub fn text(&self) -> String {
        joined(&self.lines())
    }

    /// Heading and rows. A row has one line, unless its last column is wrapped or goes below.
    pub fn lines(&self) -> Vec<String> {
        let widths = self.widths();
        let heading: Vec<Cell> = self.columns.iter().map(|(title, _)| title.into()).collect();
        let mut lines = self.row_lines(&heading, &widths);
        // Where the last column goes below, its title would stand alone.
        lines.truncate(1);
        for row in &self.rows {
            lines.extend(self.row_lines(row, &widths));
        }
        lines
    }

    /// Of each column; none for one that is left out.
    fn widths(&self) -> Vec<Option<usize>> {
        let width = |(index, (title, _)): (usize, &(&'static str, Align))| {
            let cells = self.rows.iter().filter_map(|row| row.get(index));
            let widest = cells.map(Cell::width).max().unwrap_or(0);
            (widest > 0).then(|| widest.max(title.len()))
        };
        self.columns.iter().enumerate().map(width).collect()
    }

    /// Spaces between columns: one where two would not even let the columns before the last fit.
    fn gap(widths: &[Option<usize>]) -> usize {
        let before = widths.iter().take(widths.len().saturating_sub(1));
        let total: usize = before.flatten().map(|width| width + 2).sum();
        if total <= WIDTH { 2 } else { 1 }
    }

    fn row_lines(&self, row: &[Cell], widths: &[Option<usize>]) -> Vec<String> {
        let gap = Self::gap(widths);
        let columns = widths.iter().flatten().count();
        let total: usize = widths.iter().flatten().sum();
        let fits = 2 + total + gap * columns.saturating_sub(1) <= WIDTH;
        let shown = if fits { row.len() } else { row.len() - 1 };
        let cells = row.iter().zip(widths).zip(&self.columns).take(shown);
        let parts: Vec<String> = cells
            .filter_map(|((cell, width), (_, align))| {
                Some(cell.padded(self.style, (*width)?, *align))
            })
            .collect();
        let line = format!("  {}", parts.join(&" ".repeat(gap)));
        match row.last() {
            Some(last) if !fits => self.narrow(&line, last, widths),
            _ => vec![line.trim_end().to_owned()],
        }
    }

    /// A row whose last column does not fit beside the others.
    fn narrow(&self, line: &str, last: &Cell, widths: &[Option<usize>]) -> Vec<String> {
        let paint = |part: &str| self.style.paint(last.paint, part);
        match self.last {
            Last::Below if last.text.is_empty() => vec![line.trim_end().to_owned()],
            Last::Below => {
                let title = self.columns.last().map_or("", |(title, _)| title);
                let below = format!("      {title} {}", paint(&last.text));
                vec![line.trim_end().to_owned(), below]
            }
            Last::Wraps => {
                let before = widths[..widths.len() - 1].iter().flatten();
                let margin = before.map(|width| width + Self::gap(widths)).sum::<usize>() + 2;
                let parts = wrap(&last.text, WIDTH.saturating_sub(margin));
                let first = format!(
                    "{line}{:gap$}{}",
                    "",
                    paint(&parts[0]),
                    gap = Self::gap(widths)
                );
                let others = parts[1..].iter();
                let others = others.map(|part| format!("{:margin$}{}", "", paint(part)));
                std::iter::once(first).chain(others).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(last: Last, text: &str) -> String {
        let columns = [
            ("no", Align::Right),
            ("nothing", Align::Left),
            ("text", Align::Left),
        ];
        let mut table = Table::new(Style::Plain, &columns).last(last);
        table.row(["7".into(), "".into(), text.into()]);
        table.row(["1234".into(), "".into(), "x".into()]);
        table.text()
    }

    #[test]
    fn columns_align_and_empty_ones_are_left_out() {
        let expected = "    no  text
     7  short
  1234  x
";
        assert_eq!(table(Last::Below, "short"), expected);
    }

    #[test]
    fn the_last_column_may_go_below_or_wrap() {
        let word = "w".repeat(73);
        let expected = format!("    no\n     7\n      text {word}\n  1234\n      text x\n");
        assert_eq!(table(Last::Below, &word), expected);
        let words = "word ".repeat(16);
        let expected = format!(
            "    no  text\n     7  {}\n        word word\n  1234  x\n",
            "word ".repeat(14).trim_end()
        );
        assert_eq!(table(Last::Wraps, &words), expected);
    }

    #[test]
    fn colour_does_not_count_as_width() {
        let mut table = Table::new(Style::Colour, &[("a", Align::Right), ("b", Align::Left)]);
        table.row([Cell::painted(Paint::Good, "buy"), "x".into()]);
        assert_eq!(table.text(), "    a  b\n  \x1b[32mbuy\x1b[0m  x\n");
    }
}
