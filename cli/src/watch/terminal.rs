//! The loop, and the terminal as it was found.

use super::app::App;
use super::draw::draw;
use super::keys::{Action, on_key};
use super::look::Look;
use super::source::{Source, Worker};
use crate::trader::interrupt;
use anyhow::{Context, bail};
use crossterm::event::{self, Event, KeyEventKind};
use ratatui::DefaultTerminal;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tally_exchange::message::Symbol;

/// How long a key is waited for before the clock moves on.
const FRAME: Duration = Duration::from_millis(50);

/// Gives the terminal back, however the loop ends; ratatui's panic hook does the same before a panic is printed.
struct Restore;

impl Drop for Restore {
    fn drop(&mut self) {
        ratatui::restore();
    }
}

/// Runs the screen.
pub fn run(source: Box<dyn Source + Send>, market: Option<Symbol>) -> anyhow::Result<()> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        bail!(
            "tally watch needs a terminal; `tally book` and `tally position` print the same figures"
        );
    }
    let session = format!("{:08x}", rand::random::<u32>());
    let look = Look::of_environment();
    if !look.colour {
        // Not even the codes that reset colours.
        crossterm::style::force_color_output(false);
    }
    let mut app = App::new(market, look, session);
    let asked_to_end = interrupt::flag_of_screen()?;
    let worker = Worker::start(source);
    let result = {
        let restore = Restore;
        let terminal = ratatui::try_init().context("the terminal can't be used for a screen")?;
        let result = turn(terminal, &mut app, &worker, &asked_to_end);
        drop(restore);
        result
    };
    worker.end();
    result
}

fn turn(
    mut terminal: DefaultTerminal,
    app: &mut App,
    worker: &Worker,
    asked_to_end: &AtomicBool,
) -> anyhow::Result<()> {
    let start = Instant::now();
    while !asked_to_end.load(Ordering::Relaxed) {
        while let Some(answer) = worker.answer().context("the wallet's thread has ended")? {
            app.take(answer);
        }
        let now_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Some(job) = app.tick(now_ms) {
            worker.ask(job);
        }
        terminal.draw(|frame| draw(frame, app))?;
        if event::poll(FRAME)? && !read(app, worker)? {
            break;
        }
    }
    Ok(())
}

/// Takes one event; whether the screen stays. A new size is noticed when it is drawn.
fn read(app: &mut App, worker: &Worker) -> anyhow::Result<bool> {
    let Event::Key(key) = event::read()? else {
        return Ok(true);
    };
    if key.kind == KeyEventKind::Release {
        return Ok(true);
    }
    match on_key(app, key) {
        None => {}
        Some(Action::Quit) => return Ok(false),
        Some(Action::Ask(job)) => {
            worker.ask(job);
        }
    }
    Ok(true)
}
