//! Position, profit and loss, margin.

use super::super::app::App;
use super::pieces::named;
use super::{lines, panel};
use crate::text::amounts::{contracts, dollars, dollars_of, signed};
use crate::text::position::{holding, standing};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tally_client::reply::Screen;

/// From this width on there are two columns.
const TWO_COLUMNS: u16 = 38;

/// A name, its value, how the value looks.
type Value = (&'static str, String, Style);

/// Draws what the wallet has.
pub fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, screen: &Screen) {
    let position = &screen.position;
    let (words, is_well) = standing(&position.standing);
    let title = if !position.is_open {
        Line::from("Position: no note is open")
    } else if is_well {
        Line::from("Position")
    } else {
        // The first words say it; all of them are in `tally position`.
        let words = words.split(',').next().unwrap_or(words);
        Line::styled(format!("Position: {words}"), app.look.warning())
    };
    let area = panel(frame, area, title);
    let rows = if area.width < TWO_COLUMNS {
        one_column(app, screen, area.width)
    } else {
        two_columns(app, screen, area.width)
    };
    lines(frame, area, rows);
}

fn one_column(app: &App, screen: &Screen, width: u16) -> Vec<Line<'static>> {
    let values = most_wanted(app, screen);
    let row = |(name, value, style): Value| {
        Line::from(named(
            name,
            &value,
            style,
            usize::from(width),
            app.look.faint(),
        ))
    };
    values.into_iter().map(row).collect()
}

fn two_columns(app: &App, screen: &Screen, width: u16) -> Vec<Line<'static>> {
    let position = &screen.position;
    let plain = Style::new();
    let price = |price: &Option<String>| price.clone().unwrap_or_else(|| "none".to_owned());
    let left: [Value; 7] = [
        ("position", contracts(position.position), app.look.strong()),
        (
            "open P&L",
            signed(position.unrealised),
            app.look.amount(position.unrealised),
        ),
        ("equity", dollars(position.equity), plain),
        ("call", price(&position.call_price), plain),
        ("to buy", position.working_buys.to_string(), plain),
        ("fees", dollars(position.fees), plain),
        ("unclaimed", position.unclaimed_fills.to_string(), plain),
    ];
    let right: [Value; 7] = [
        ("average", price(&position.average_price), plain),
        (
            "realised",
            signed(position.realised),
            app.look.amount(position.realised),
        ),
        ("free", dollars(position.free_margin), app.look.strong()),
        ("close-out", price(&position.close_out_price), plain),
        ("to sell", position.working_sells.to_string(), plain),
        ("account", dollars_of(screen.balance), plain),
        ("note", position.standing.clone(), plain),
    ];
    let half = usize::from(width).saturating_sub(3) / 2;
    let row = |(left, right): (Value, Value)| {
        let mut spans = named(left.0, &left.1, left.2, half, app.look.faint());
        spans.push(Span::raw("   "));
        spans.extend(named(right.0, &right.1, right.2, half, app.look.faint()));
        Line::from(spans)
    };
    left.into_iter().zip(right).map(row).collect()
}

/// What is seen first where there is little room.
fn most_wanted(app: &App, screen: &Screen) -> Vec<Value> {
    let position = &screen.position;
    let plain = Style::new();
    let price = |price: &Option<String>| price.clone().unwrap_or_else(|| "none".to_owned());
    vec![
        ("position", holding(position), app.look.strong()),
        (
            "open P&L",
            signed(position.unrealised),
            app.look.amount(position.unrealised),
        ),
        (
            "free margin",
            dollars(position.free_margin),
            app.look.strong(),
        ),
        ("equity", dollars(position.equity), plain),
        ("call", price(&position.call_price), plain),
        ("close-out", price(&position.close_out_price), plain),
        (
            "realised",
            signed(position.realised),
            app.look.amount(position.realised),
        ),
        ("fees", dollars(position.fees), plain),
        ("account", dollars_of(screen.balance), plain),
    ]
}
