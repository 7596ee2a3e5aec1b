//! Own orders.

use super::super::app::{App, Focus};
use super::{lines, panel};
use crate::output::word;
use crate::text::layout::clean;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tally_client::reply::OrderLine;
use tally_exchange::units::Side;

/// Draws them, oldest first; the selected one is always in sight.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, orders: &[OrderLine]) {
    let has_focus = app.focus == Focus::Orders;
    let title = format!("Orders ({})", orders.len());
    let title = if has_focus {
        Line::styled(title, app.look.strong())
    } else {
        Line::from(title)
    };
    let area = panel(frame, area, title);
    if orders.is_empty() {
        return lines(frame, area, vec![Line::styled("  none", app.look.faint())]);
    }
    let height = usize::from(area.height);
    let selected = orders
        .iter()
        .position(|order| Some(order.order) == app.order);
    let start = selected.map_or(0, |index| (index + 1).saturating_sub(height));
    let shown = orders.iter().enumerate().skip(start).take(height);
    let rows = shown.map(|(index, order)| row(app, order, has_focus && selected == Some(index)));
    lines(frame, area, rows.collect());
}

fn row(app: &App, order: &OrderLine, is_selected: bool) -> Line<'static> {
    let tint = match order.side {
        Side::Buy => app.look.good(),
        Side::Sell => app.look.bad(),
    };
    let marker = if is_selected { ">" } else { " " };
    let filled = format!("{}/{}", order.filled, order.quantity);
    let id = order.id.as_deref().map_or_else(String::new, clean);
    let spans = vec![
        Span::raw(format!("{marker}{:>5} ", order.order.to_string())),
        Span::styled(format!("{:<4}", order.side.to_string()), tint),
        Span::raw(format!(
            " {filled:>5} {:>8} {} {id}",
            order.price,
            word(&order.tif)
        )),
    ];
    let style = if is_selected {
        app.look.selected()
    } else {
        Style::new()
    };
    Line::from(spans).style(style)
}
