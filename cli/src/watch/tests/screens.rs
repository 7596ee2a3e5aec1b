//! What is drawn.

use super::{app, app_with, buffer, job, press, previewed, shown};
use crate::text::fixtures;
use crate::watch::app::App;
use crate::watch::look::Look;
use crossterm::event::KeyCode;
use ratatui::style::Color;

/// A buy, typed and previewed.
fn confirming() -> App {
    let mut app = app();
    press(&mut app, KeyCode::Char('j'));
    press(&mut app, KeyCode::Char('b'));
    let asked = job(press(&mut app, KeyCode::Enter));
    previewed(&mut app, &asked);
    app
}

#[test]
fn at_80_by_24() {
    assert_eq!(shown(&app(), 80, 24), include_str!("screens/80x24.txt"));
}

#[test]
fn at_120_by_40() {
    assert_eq!(shown(&app(), 120, 40), include_str!("screens/120x40.txt"));
}

#[test]
fn at_the_least_size_that_is_enough() {
    assert_eq!(shown(&app(), 60, 20), include_str!("screens/60x20.txt"));
}

#[test]
fn below_it_a_line_says_so() {
    let line = "59x19 is too small, 60x20 is needed; q quits\n";
    assert_eq!(shown(&app(), 59, 19), format!("{line}{}", "\n".repeat(18)));
    for (width, height) in [(60, 19), (59, 20), (1, 1), (200, 1)] {
        assert!(!shown(&app(), width, height).contains("Book"));
    }
}

#[test]
fn a_form_and_its_preview() {
    let mut app = app();
    press(&mut app, KeyCode::Char('b'));
    assert_eq!(shown(&app, 80, 24), include_str!("screens/form.txt"));
    assert_eq!(
        shown(&confirming(), 80, 24),
        include_str!("screens/confirm.txt")
    );
    assert_eq!(
        shown(&confirming(), 60, 20),
        include_str!("screens/confirm-60x20.txt")
    );
}

#[test]
fn help_fits_the_least_size() {
    let mut app = app();
    press(&mut app, KeyCode::Char('?'));
    assert_eq!(shown(&app, 60, 20), include_str!("screens/help-60x20.txt"));
}

/// A window for Refreshes, and a note that missed the one before.
fn revalidation() -> App {
    let mut screen = fixtures::screen();
    screen.book.phase = "halted".to_owned();
    screen.book.bids.clear();
    screen.book.asks.clear();
    screen.orders.clear();
    screen.position.standing = "behind".to_owned();
    screen.epoch.stage = "window".to_owned();
    screen.epoch.until = Some("2017-01-03T14:35:00.250000Z".to_owned());
    app_with(screen)
}

#[test]
fn a_revalidation_and_a_note_that_missed_one() {
    let text = shown(&revalidation(), 80, 24);
    assert_eq!(text, include_str!("screens/revalidation.txt"));
}

#[test]
fn any_size_is_drawn() {
    for (width, height) in (1..140).zip((1..60).cycle()) {
        for app in [app(), confirming()] {
            shown(&app, width, height);
        }
    }
}

#[test]
fn without_colour_there_are_no_colours() {
    let mut app = confirming();
    app.trouble = Some((tally_client::reply::FailureKind::Network, "gone".to_owned()));
    let is_plain = |app: &App| {
        let buffer = buffer(app, 80, 24);
        let mut cells = buffer.content.iter();
        cells.all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset)
    };
    assert!(is_plain(&app));
    app.look = Look { colour: true };
    assert!(!is_plain(&app));
}

/// Writes the screens anew, on purpose only: look at every one before it is kept.
#[test]
#[ignore = "writes files"]
fn write_screens() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/watch/tests/screens");
    let write = |name: &str, text: String| {
        std::fs::write(format!("{folder}/{name}.txt"), text).unwrap();
    };
    write("80x24", shown(&app(), 80, 24));
    write("120x40", shown(&app(), 120, 40));
    write("60x20", shown(&app(), 60, 20));
    write("confirm", shown(&confirming(), 80, 24));
    write("confirm-60x20", shown(&confirming(), 60, 20));
    write("revalidation", shown(&revalidation(), 80, 24));
    let mut app = app();
    press(&mut app, KeyCode::Char('b'));
    write("form", shown(&app, 80, 24));
    press(&mut app, KeyCode::Esc);
    press(&mut app, KeyCode::Char('?'));
    write("help-60x20", shown(&app, 60, 20));
}
