//! The page around the figures.

use super::figure::Figure;
use super::text::{escape, plural, whole};
use crate::results::Provenance;
use std::fmt::Write;

/// The page's style sheet.
const STYLE: &str = include_str!("style.css");

/// A page under way.
pub(super) struct Page {
    title: String,
    body: String,
}

impl Page {
    /// A page with its heading.
    pub(super) fn new(title: &str) -> Self {
        let title = escape(title);
        Self {
            body: format!("<h1>{title}</h1>\n"),
            title,
        }
    }

    /// A heading.
    pub(super) fn heading(&mut self, text: &str) {
        let _ = writeln!(self.body, "<h2>{}</h2>", escape(text));
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p>{}</p>", escape(text));
    }

    /// A paragraph that must not be overlooked. `class` is a class of the style sheet.
    pub(super) fn notice(&mut self, class: &'static str, text: &str) {
        let text = escape(text);
        let _ = writeln!(self.body, "<p class=\"{class}\">{text}</p>");
    }

    /// Figures in words: each a number and what it is.
    pub(super) fn tiles(&mut self, tiles: &[(String, String)]) {
        if tiles.is_empty() {
            return;
        }
        self.body.push_str("<dl class=\"tiles\">\n");
        for (value, what) in tiles {
            let (value, what) = (escape(value), escape(what));
            let _ = writeln!(self.body, "<div><dt>{what}</dt><dd>{value}</dd></div>");
        }
        self.body.push_str("</dl>\n");
    }

    /// A list.
    pub(super) fn list(&mut self, items: &[String]) {
        self.body.push_str("<ul>\n");
        for item in items {
            let _ = writeln!(self.body, "<li>{}</li>", escape(item));
        }
        self.body.push_str("</ul>\n");
    }

    /// A table whose first column names the rows; with a line of headings unless there are none.
    pub(super) fn facts(&mut self, headings: &[String], rows: &[(String, Vec<String>)]) {
        self.body
            .push_str("<div class=\"wide plain\"><table class=\"facts\">");
        if !headings.is_empty() {
            self.body.push_str("<thead><tr><td></td>");
            for heading in headings {
                let heading = escape(heading);
                let _ = write!(self.body, "<th scope=\"col\" class=\"n\">{heading}</th>");
            }
            self.body.push_str("</tr></thead>");
        }
        self.body.push_str("<tbody>\n");
        let class = if headings.is_empty() {
            ""
        } else {
            " class=\"n\""
        };
        for (name, values) in rows {
            let _ = write!(self.body, "<tr><th scope=\"row\">{}</th>", escape(name));
            for value in values {
                let _ = write!(self.body, "<td{class}>{}</td>", escape(value));
            }
            self.body.push_str("</tr>\n");
        }
        self.body.push_str("</tbody></table></div>\n");
    }

    /// The figures, each with machine, command, date and commit.
    pub(super) fn figures(&mut self, figures: &[Figure], provenance: &Provenance) {
        let provenance = caption(provenance);
        self.body.push_str("<div class=\"figures\">\n");
        for figure in figures {
            self.body.push_str(&figure.to_html(&provenance));
        }
        self.body.push_str("</div>\n");
    }

    /// Where, when and how everything was measured.
    pub(super) fn provenance(&mut self, provenance: &Provenance) {
        let machine = &provenance.machine;
        let memory = machine.memory_mib.map_or_else(
            || "not known".to_owned(),
            |mib| format!("{} MiB", whole(mib.into())),
        );
        let row = |name: &str, value: String| (name.to_owned(), vec![value]);
        self.facts(
            &[],
            &[
                row("Processor", machine.processor.clone()),
                row("Cores that the program may use", machine.cores.to_string()),
                row("Memory", memory),
                row("System", machine.system.clone()),
                row("Field arithmetic", machine.arithmetic.clone()),
                row("Command", provenance.command.clone()),
                row("Date (UTC)", provenance.date.clone()),
                row("Commit", provenance.commit.clone()),
                row("Build profile", provenance.profile.clone()),
            ],
        );
    }

    /// What makes figures mean less than they seem to.
    pub(super) fn build_warning(&mut self, provenance: &Provenance) {
        if provenance.profile != "release" {
            self.notice(
                "warning",
                &format!(
                    "The program was built with the profile “{}”, without full optimisation: these times say little of a \
                     release build.",
                    provenance.profile
                ),
            );
        }
        if provenance.commit.ends_with("-dirty") {
            self.notice(
                "warning",
                "The program was built from files that differ from the commit it names.",
            );
        }
    }

    /// The whole document: HTML that is well-formed XML too.
    pub(super) fn finish(self) -> String {
        let Self { title, body } = self;
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\" />\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
             <meta name=\"referrer\" content=\"no-referrer\" />\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
        )
    }
}

/// Machine, command, date and commit in a line, as HTML.
fn caption(provenance: &Provenance) -> String {
    let machine = &provenance.machine;
    format!(
        "{}, {}, {} · <code>{}</code> · {} · commit <code>{}</code> · {} build",
        escape(&machine.processor),
        plural(machine.cores, "core", "cores"),
        escape(&machine.arithmetic),
        escape(&provenance.command),
        escape(&provenance.date),
        escape(&provenance.commit),
        escape(&provenance.profile),
    )
}
