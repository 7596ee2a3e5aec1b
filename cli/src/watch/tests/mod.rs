//! The screen with a market that stands still.

mod answers;
mod keys;
mod screens;

use super::app::App;
use super::draw::draw;
use super::keys::{Action, on_key};
use super::look::Look;
use super::source::{Answer, Job, Purpose};
use crate::text::fixtures;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use tally_client::reply::{Failure, FailureKind, Reply, Screen};

/// Without colour, as after its first answers.
fn app() -> App {
    app_with(fixtures::screen())
}

fn app_with(screen: Screen) -> App {
    let mut app = App::new(None, Look { colour: false }, "s".to_owned());
    refresh(&mut app, screen);
    app
}

fn refresh(app: &mut App, screen: Screen) {
    app.take(Answer {
        purpose: Purpose::Refresh,
        reply: Reply::Screen(Box::new(screen)),
    });
}

fn failure(kind: FailureKind, error: &str) -> Reply {
    Reply::Failed(Failure {
        kind,
        error: error.to_owned(),
    })
}

fn buffer(app: &App, width: u16, height: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, app)).unwrap();
    terminal.backend().buffer().clone()
}

/// The screen's lines, without the spaces at their ends.
fn shown(app: &App, width: u16, height: u16) -> String {
    let buffer = buffer(app, width, height);
    let line = |y: u16| {
        let cells = (0..width).map(|x| buffer[(x, y)].symbol());
        cells.collect::<String>().trim_end().to_owned() + "\n"
    };
    (0..height).map(line).collect()
}

fn press(app: &mut App, code: KeyCode) -> Option<Action> {
    on_key(app, KeyEvent::new(code, KeyModifiers::NONE))
}

fn type_in(app: &mut App, text: &str) -> Option<Action> {
    let mut last = None;
    for c in text.chars() {
        last = press(app, KeyCode::Char(c));
    }
    last
}

/// What is asked for by an action.
fn job(action: Option<Action>) -> Job {
    match action {
        Some(Action::Ask(job)) => job,
        other => panic!("nothing is asked for: {other:?}"),
    }
}

/// The preview's answer to the form that is being typed.
fn previewed(app: &mut App, job: &Job) {
    app.take(Answer {
        purpose: job.purpose,
        reply: Reply::Preview(fixtures::preview()),
    });
}
