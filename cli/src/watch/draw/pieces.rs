//! Pieces of lines that fit.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// The pieces that fit beside each other, two spaces between; one that does not fit is left out whole, so that no
/// figure is ever cut.
pub fn fit(pieces: Vec<Span<'_>>, width: u16) -> Line<'_> {
    let mut spans: Vec<Span<'_>> = Vec::new();
    let mut used = 0;
    for piece in pieces {
        let space = if spans.is_empty() { 0 } else { 2 };
        if piece.content.is_empty() || used + space + piece.width() > usize::from(width) {
            continue;
        }
        used += space + piece.width();
        if space > 0 {
            spans.push(Span::raw("  "));
        }
        spans.push(piece);
    }
    Line::from(spans)
}

/// The pieces in lines, one after the other; no piece is broken.
pub fn flow(pieces: Vec<Span<'_>>, width: u16) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for piece in pieces {
        let room = usize::from(width);
        match lines.last_mut() {
            Some(line) if line.width() + 2 + piece.width() <= room => {
                line.push_span("  ");
                line.push_span(piece);
            }
            _ => lines.push(Line::from(piece)),
        }
    }
    lines
}

/// A rule with a title in it.
pub fn rule(title: Line<'static>, width: u16) -> Line<'static> {
    let rest = usize::from(width).saturating_sub(title.width() + 4);
    let mut line = Line::from("─ ");
    line.spans.extend(title.spans);
    line.push_span(format!(" {}", "─".repeat(rest + 1)));
    line
}

/// A name at the left and its value at the right; if there is no room for both, the name is cut, never the value.
pub fn named(
    name: &str,
    value: &str,
    style: Style,
    width: usize,
    faint: Style,
) -> Vec<Span<'static>> {
    let length = value.chars().count();
    let room = width.saturating_sub(length + 1);
    let name: String = name.chars().take(room).collect();
    vec![
        Span::styled(format!("{name:<room$} "), faint),
        Span::styled(value.to_owned(), style),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Vec<Span<'static>> {
        vec!["12345".into(), "1234567890".into(), "123".into()]
    }

    #[test]
    fn what_does_not_fit_is_left_out_whole() {
        assert_eq!(fit(pieces(), 12).to_string(), "12345  123");
        assert_eq!(fit(pieces(), 22).to_string(), "12345  1234567890  123");
        let flowed: Vec<String> = flow(pieces(), 15).iter().map(Line::to_string).collect();
        assert_eq!(flowed, ["12345", "1234567890  123"]);
    }

    #[test]
    fn values_are_never_cut() {
        let text = |width| {
            let spans = named("equity", "$1,234.50", Style::new(), width, Style::new());
            Line::from(spans).to_string()
        };
        assert_eq!(text(18), "equity   $1,234.50");
        assert_eq!(text(12), "eq $1,234.50");
    }
}
