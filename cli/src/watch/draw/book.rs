//! The ladder.

use super::super::app::{App, Focus};
use super::{lines, panel};
use crate::text::amounts::grouped;
use crate::text::book::spread;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tally_client::reply::{BookReply, LevelLine};
use tally_exchange::units::Side;

/// Draws asks above bids, the spread in the middle; the selected level is always in sight.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, book: &BookReply) {
    let title = match app.focus {
        Focus::Book => Line::styled("Book", app.look.strong()),
        Focus::Orders => Line::from("Book"),
    };
    let area = panel(frame, area, title);
    let selected = app.selected_index();
    let levels = app.levels();
    let mut rows: Vec<Line<'_>> = Vec::new();
    for (index, (side, level)) in levels.iter().enumerate() {
        rows.push(row(app, *side, level, selected == Some(index)));
    }
    let middle = book.asks.len();
    rows.insert(middle, Line::styled(between(book), app.look.faint()));
    // The line of the spread stands between asks and bids.
    let selected = selected.map(|index| index + usize::from(index >= middle));
    lines(
        frame,
        area,
        window(rows, middle, selected, usize::from(area.height)),
    );
}

fn between(book: &BookReply) -> String {
    let last = book.last.as_deref().unwrap_or("none");
    let spread = spread(book).unwrap_or_else(|| "none".to_owned());
    format!("  last {last}  spread {spread}")
}

/// So many rows around the middle one, moved as far as the selection needs.
fn window<'a>(
    rows: Vec<Line<'a>>,
    middle: usize,
    selected: Option<usize>,
    height: usize,
) -> Vec<Line<'a>> {
    let half = height / 2;
    // Rows above the first are blank, so that the middle stays where it is while the book moves.
    let mut shown: Vec<Line<'a>> = vec![Line::default(); half];
    shown.extend(rows);
    let mut start = middle;
    if let Some(selected) = selected.map(|selected| selected + half) {
        start = start
            .min(selected)
            .max((selected + 1).saturating_sub(height));
    }
    shown.into_iter().skip(start).take(height).collect()
}

/// In 30 columns: own bids, bids, price, asks, own asks.
fn row<'a>(app: &App, side: Side, level: &LevelLine, is_selected: bool) -> Line<'a> {
    let own = match level.own {
        0 => String::new(),
        own => format!("*{}", grouped(own)),
    };
    let quantity = grouped(level.quantity);
    let marker = if is_selected { ">" } else { " " };
    let spans = match side {
        Side::Buy => vec![
            Span::raw(marker),
            Span::styled(format!("{own:>4}"), app.look.strong()),
            Span::raw(format!(" {quantity:>5}")),
            Span::styled(format!(" {:>7}", level.price), app.look.good()),
        ],
        Side::Sell => vec![
            Span::raw(format!("{marker:<11}")),
            Span::styled(format!(" {:>7}", level.price), app.look.bad()),
            Span::raw(format!(" {quantity:>5}")),
            Span::styled(format!(" {own}"), app.look.strong()),
        ],
    };
    let style = if is_selected {
        app.look.selected()
    } else {
        Style::new()
    };
    Line::from(spans).style(style)
}
