//! A figure with its caption, its data and the name of its CSV file.

use super::chart::{DrawError, Drawing};
use super::error::ReportError;
use super::table::Table;
use super::text::{escape, plural};

/// A figure.
pub(super) struct Figure {
    /// Its name: that of its CSV file, without the ending.
    pub(super) name: &'static str,
    /// What it shows.
    pub(super) title: String,
    /// What is to be seen in it, in words and numbers.
    pub(super) summary: String,
    /// The drawing; none where there is nothing to draw.
    pub(super) drawing: Option<Drawing>,
    /// Its data; at first one table, which is named after the figure.
    pub(super) tables: Vec<NamedTable>,
}

/// One of the tables of a figure.
pub(super) struct NamedTable {
    /// The name of its CSV file, without the ending.
    pub(super) name: &'static str,
    /// What is in it.
    pub(super) what: &'static str,
    /// The data.
    pub(super) table: Table,
}

impl NamedTable {
    /// The name of its CSV file.
    pub(super) fn csv_name(&self) -> String {
        format!("{}.csv", self.name)
    }

    /// The data on the page, to be unfolded.
    fn to_html(&self) -> String {
        if self.table.len() == 0 {
            return String::new();
        }
        let rows = plural(self.table.len(), "row", "rows");
        let data = self.table.to_html(&self.csv_name());
        format!(
            "<details><summary>{}: {rows}</summary>{data}</details>\n",
            escape(self.what)
        )
    }
}

impl Figure {
    /// A figure, drawn if there is something to draw; `summary` says why if there is not.
    ///
    /// # Errors
    /// [`ReportError::Drawing`] if it can't be drawn.
    pub(super) fn new(
        name: &'static str,
        title: impl Into<String>,
        summary: impl Into<String>,
        table: Table,
        drawing: Option<Result<Drawing, DrawError>>,
    ) -> Result<Self, ReportError> {
        let drawing = drawing.transpose();
        let drawing = drawing.map_err(|source| ReportError::Drawing {
            figure: name,
            source,
        })?;
        Ok(Self {
            name,
            title: title.into(),
            summary: summary.into(),
            drawing,
            tables: vec![NamedTable {
                name,
                what: "Data",
                table,
            }],
        })
    }

    /// The figure with another table.
    pub(super) fn and(mut self, name: &'static str, what: &'static str, table: Table) -> Self {
        self.tables.push(NamedTable { name, what, table });
        self
    }

    /// The figure on the page. `provenance` is HTML: machine, command, date and commit.
    pub(super) fn to_html(&self, provenance: &str) -> String {
        let (name, title, summary) = (self.name, escape(&self.title), escape(&self.summary));
        let body = match &self.drawing {
            Some(drawing) => svg(name, &title, &summary, drawing),
            None => format!("<p class=\"empty\">{summary}</p>"),
        };
        let words = match self.drawing {
            Some(_) => format!("<p>{summary}</p>"),
            None => String::new(),
        };
        let data: String = self.tables.iter().map(NamedTable::to_html).collect();
        let files = self.tables.iter().map(|table| {
            let csv = table.csv_name();
            format!("<a href=\"{csv}\">{csv}</a>")
        });
        let files = files.collect::<Vec<_>>().join(", ");
        format!(
            "<figure id=\"{name}\">\n<h3>{title}</h3>\n{body}\n<figcaption>{words}\n<p class=\"how\">{provenance}</p>\n\
             {data}<p class=\"file\">Data as CSV: {files}</p></figcaption>\n</figure>\n"
        )
    }
}

/// The drawing as an image with a name and a description for those who can't see it.
fn svg(name: &str, title: &str, summary: &str, drawing: &Drawing) -> String {
    let (width, height) = drawing.size;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"{name}-title {name}-desc\">\n<title id=\"{name}-title\">{title}</title>\n\
         <desc id=\"{name}-desc\">{summary}</desc>\n{}</svg>",
        drawing.body
    )
}
