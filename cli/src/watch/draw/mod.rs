//! The screen as a function of the app: panels under rules, and what is typed above them.

mod band;
mod book;
mod footer;
mod market;
mod orders;
mod overlay;
mod pieces;
mod position;

use super::app::App;
use pieces::rule;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Text};
use tally_client::reply::Screen;

/// Least size that has room for everything.
pub const LEAST: (u16, u16) = (60, 20);
/// From this width on the status has one line.
const WIDE: u16 = 80;

/// Heights from top to bottom; what is left goes to orders and tape.
struct Heights {
    upper: u16,
    messages: u16,
    status: u16,
}

impl Heights {
    const fn of(area: Rect) -> Self {
        let extra = area.height - LEAST.1;
        let messages = extra / 4;
        Self {
            upper: 9 + extra / 2,
            messages: 1 + if messages > 3 { 3 } else { messages },
            status: if area.width < WIDE { 2 } else { 1 },
        }
    }
}

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, app: &App) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        return too_small(frame, area);
    }
    let heights = Heights::of(area);
    let [header, upper, band, lower, messages, status, keys] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(heights.upper),
        Constraint::Length(3),
        Constraint::Fill(1),
        Constraint::Length(heights.messages),
        Constraint::Length(heights.status),
        Constraint::Length(1),
    ])
    .areas(area);
    if let Some(screen) = &app.screen {
        market::header(frame, header, app, screen);
        draw_upper(frame, upper, app, screen);
        band::draw(frame, band, app, screen);
        draw_lower(frame, lower, app, screen);
    } else {
        frame.render_widget(Line::from("tally watch: waiting for the market …"), header);
    }
    footer::messages(frame, messages, app);
    footer::status(frame, status, app);
    footer::keys(frame, keys, app);
    let above_status = Rect {
        height: area.height - heights.status - 1,
        ..area
    };
    overlay::draw(frame, above_status, app);
}

fn too_small(frame: &mut Frame<'_>, area: Rect) {
    let (width, height) = LEAST;
    let line = format!(
        "{}x{} is too small, {width}x{height} is needed; q quits",
        area.width, area.height
    );
    frame.render_widget(Text::from(line), area);
}

fn draw_upper(frame: &mut Frame<'_>, area: Rect, app: &App, screen: &Screen) {
    let [left, _, right] = Layout::horizontal([
        Constraint::Percentage(50),
        Constraint::Length(1),
        Constraint::Fill(1),
    ])
    .areas(area);
    book::draw(frame, left, app, &screen.book);
    let epoch = if area.height > 10 { 4 } else { 3 };
    let [position, epoch] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(epoch)]).areas(right);
    position::draw(frame, position, app, screen);
    market::epoch(frame, epoch, app, screen);
}

fn draw_lower(frame: &mut Frame<'_>, area: Rect, app: &App, screen: &Screen) {
    let [left, _, right] = Layout::horizontal([
        Constraint::Percentage(50),
        Constraint::Length(1),
        Constraint::Fill(1),
    ])
    .areas(area);
    orders::draw(frame, left, app, &screen.orders);
    market::tape(frame, right, app);
}

/// A panel's rule with its title; what is below it.
fn panel(frame: &mut Frame<'_>, area: Rect, title: Line<'static>) -> Rect {
    let [top, rest] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    frame.render_widget(rule(title, top.width), top);
    rest
}

/// Lines from the top, as many as there is room for.
fn lines(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'_>>) {
    frame.render_widget(Text::from(lines), area);
}
