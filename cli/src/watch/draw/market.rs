//! What everybody sees: header, epoch, tape.

use super::super::app::App;
use super::pieces::fit;
use super::{lines, panel};
use crate::text::amounts::grouped;
use crate::text::book::spread;
use crate::text::layout::clean;
use crate::text::screen::stage;
use crate::text::times::clock;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tally_client::reply::Screen;
use tally_exchange::calendar::parse_time;

/// Month, part of the day, prices.
pub fn header(frame: &mut Frame<'_>, area: Rect, app: &App, screen: &Screen) {
    let book = &screen.book;
    let is_trading = matches!(
        book.phase.as_str(),
        "continuous" | "after-settlement" | "pre-open"
    );
    let phase = if is_trading {
        Style::new()
    } else {
        app.look.warning()
    };
    let last = book.last.as_deref().unwrap_or("none");
    let pieces = vec![
        Span::styled(book.market.to_string(), app.look.strong()),
        Span::styled(clean(&book.phase), phase),
        Span::styled(format!("mark {}", book.mark), app.look.strong()),
        Span::raw(format!("last {last}")),
        Span::raw(spread(book).map_or_else(String::new, |spread| format!("spread {spread}"))),
        Span::raw(format!("{} UTC", clock(&book.time))),
        Span::raw(format!("traded {}", grouped(book.traded))),
    ];
    frame.render_widget(fit(pieces, area.width), area);
}

/// The revalidation.
pub fn epoch(frame: &mut Frame<'_>, area: Rect, app: &App, screen: &Screen) {
    let epoch = &screen.epoch;
    let area = panel(frame, area, Line::from(format!("Epoch {}", epoch.epoch)));
    let is_open = epoch.stage == "open";
    let style = if is_open {
        Style::new()
    } else {
        app.look.warning()
    };
    let until = epoch.until.as_deref().map_or_else(String::new, |until| {
        let left = seconds_between(&screen.book.time, until);
        let left = left.map_or_else(String::new, |left| format!(" ({left} s)"));
        format!("until {}{left}", clock(until))
    });
    let notes = if is_open {
        format!("{} notes expected", epoch.expected)
    } else {
        format!("{}/{} refreshed", epoch.refreshed, epoch.expected)
    };
    let key = match epoch.seats {
        0 => "no joint key yet".to_owned(),
        seats => format!("joint key of {seats} seats"),
    };
    let rows = vec![
        Line::styled(clean(stage(&epoch.stage)), style),
        fit(vec![notes.into(), until.into()], area.width),
        Line::from(key),
    ];
    lines(frame, area, rows);
}

fn seconds_between(from: &str, until: &str) -> Option<u64> {
    let (from, until) = (parse_time(from).ok()?, parse_time(until).ok()?);
    Some(until.0.saturating_sub(from.0) / tally_exchange::units::MICROSECONDS_PER_SECOND)
}

/// What happened, newest first.
pub fn tape(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let area = panel(frame, area, Line::from("Tape"));
    let newest = app.tape.iter().rev().take(usize::from(area.height));
    let rows = newest.map(|event| {
        let (mark, style) = if event.own {
            ("*", app.look.strong())
        } else {
            (" ", Style::new())
        };
        Line::styled(
            format!("{}{mark}{}", clock(&event.time), clean(&event.text)),
            style,
        )
    });
    lines(frame, area, rows.collect());
}
