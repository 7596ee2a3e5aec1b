//! What stands above the panels: an order being typed or confirmed, and help.

use super::super::app::{App, Mode};
use super::super::form::{Confirm, Field, Form, Kind};
use crate::text::layout::wrap;
use crate::text::message::preview_lines;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Clear, Paragraph};

/// Widest text in it.
const WIDEST: u16 = 78;

/// What the keys do.
const HELP: [&str; 14] = [
    "j k, arrows  select a price level or an order",
    "Tab, ← →     book or orders",
    "Esc          select no level",
    "b s          buy or sell at the selected price, else at",
    "             the best of one's own side",
    "m            buy or sell at the market",
    "             Enter: what all would see; again: send",
    "c            cancel the order, or own ones at the level",
    "C            cancel all own orders of this month at once",
    "x            close the position: cancel all, then trade",
    "q, Ctrl-C    quit; orders stay",
    "",
    "*2 are own contracts. In the bar: M mark, T trigger,",
    "C call price, X close-out price, [ ] the band",
];

/// Draws what the mode wants, if anything.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let inner = usize::from(width(area)).saturating_sub(2);
    match &app.mode {
        Mode::Looking => {}
        // Nothing is typed there; the last line says that its preview is awaited.
        Mode::Typing(form) if form.kind == Kind::Close => {}
        Mode::Typing(form) => {
            let lines = form_lines(app, form, inner);
            show(frame, area, &form_title(form), lines, form_keys(form));
        }
        Mode::Confirming(confirm) => {
            let lines = confirm_lines(app, confirm, inner);
            show(frame, area, " Confirm ", lines, confirm_keys(confirm));
        }
        Mode::Help => {
            let lines = HELP.iter().map(|line| Line::from(*line)).collect();
            show(frame, area, " Keys ", lines, " any key: back ");
        }
    }
}

/// A box with its keys in the lower edge, where they stay in sight however much is said.
fn show(frame: &mut Frame<'_>, area: Rect, title: &str, lines: Vec<Line<'_>>, keys: &str) {
    let width = width(area);
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let height = height.min(area.height);
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        // Low, so that the book stays in sight while an order is typed.
        y: area.bottom().saturating_sub(height),
        width,
        height,
    };
    let block = Block::bordered().title(title).title_bottom(keys);
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(Text::from(lines)).block(block), place);
}

fn form_title(form: &Form) -> String {
    let month = form
        .market
        .map_or_else(String::new, |market| format!(" {market}"));
    match form.kind {
        Kind::Market => format!(" {}{month} at the market ", capital(form)),
        _ => format!(" {}{month} ", capital(form)),
    }
}

fn capital(form: &Form) -> &'static str {
    match form.side {
        tally_exchange::units::Side::Buy => "Buy",
        tally_exchange::units::Side::Sell => "Sell",
    }
}

fn form_lines<'a>(app: &App, form: &Form, width: usize) -> Vec<Line<'a>> {
    let field = |name: &'static str, text: &str, which: Field| {
        let style = if form.field == which {
            app.look.selected()
        } else {
            Style::new()
        };
        Line::from(vec![
            Span::raw(format!("{name:<10}")),
            Span::styled(format!("{text:<12}"), style),
        ])
    };
    let mut lines = vec![field("quantity", &form.quantity, Field::Quantity)];
    if form.kind == Kind::Limit {
        lines.push(field("price", &form.price, Field::Price));
    }
    if let Some(error) = &form.error {
        let wrapped = wrap(error, width).into_iter();
        lines.extend(wrapped.map(|line| Line::styled(line, app.look.bad())));
    }
    lines
}

const fn form_keys(form: &Form) -> &'static str {
    match form.kind {
        Kind::Market => " Enter: what it would do   b s: buy or sell   Esc: leave ",
        _ => " Enter: what it would do   Tab: other field   Esc: leave ",
    }
}

fn confirm_lines<'a>(app: &App, confirm: &Confirm, width: usize) -> Vec<Line<'a>> {
    let trouble = confirm.trouble.as_ref();
    let trouble = trouble.map_or_else(Vec::new, |trouble| wrap(trouble, width));
    let trouble = trouble
        .into_iter()
        .map(|line| Line::styled(line, app.look.bad()));
    let said = preview_lines(&confirm.preview, width).into_iter();
    trouble.chain(said.map(Line::from)).collect()
}

const fn confirm_keys(confirm: &Confirm) -> &'static str {
    if confirm.trouble.is_some() {
        " Enter: send again, it counts only once   Esc: leave "
    } else {
        " Enter: send   Esc: leave "
    }
}

/// Of the box.
fn width(area: Rect) -> u16 {
    area.width.saturating_sub(2).min(WIDEST)
}
