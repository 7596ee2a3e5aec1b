//! What keys do.

use super::app::{App, Focus, Mode};
use super::form::{Form, Kind};
use super::source::{Job, Purpose};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tally_client::request::Request;
use tally_exchange::units::Side;

/// What is to be done beyond the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Leave.
    Quit,
    /// Ask.
    Ask(Job),
}

/// A key is pressed.
pub fn on_key(app: &mut App, key: KeyEvent) -> Option<Action> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (key.code == KeyCode::Char('c')).then_some(Action::Quit);
    }
    match &app.mode {
        Mode::Looking => looking(app, key.code),
        Mode::Typing(_) => typing(app, key.code),
        Mode::Confirming(_) => confirming(app, key.code),
        Mode::Help => {
            app.mode = Mode::Looking;
            None
        }
    }
}

fn looking(app: &mut App, key: KeyCode) -> Option<Action> {
    match key {
        KeyCode::Down | KeyCode::Char('j') => app.select(true),
        KeyCode::Up | KeyCode::Char('k') => app.select(false),
        KeyCode::Left => app.focus = Focus::Book,
        KeyCode::Right => focus_orders(app),
        KeyCode::Tab => match app.focus {
            Focus::Book => focus_orders(app),
            Focus::Orders => app.focus = Focus::Book,
        },
        KeyCode::Esc => app.level = None,
        KeyCode::Char('b') => open(app, Kind::Limit, Side::Buy),
        KeyCode::Char('s') => open(app, Kind::Limit, Side::Sell),
        KeyCode::Char('m') => open(app, Kind::Market, Side::Buy),
        KeyCode::Char('c') => return cancel(app),
        KeyCode::Char('C') => return cancel_all(app),
        KeyCode::Char('x') => return close(app),
        KeyCode::Char('?') => app.mode = Mode::Help,
        KeyCode::Char('q') => return quit(app),
        _ => {}
    }
    None
}

fn focus_orders(app: &mut App) {
    app.focus = Focus::Orders;
    if app.order.is_none() {
        app.select(true);
    }
}

fn open(app: &mut App, kind: Kind, side: Side) {
    if app.screen.is_none() {
        app.tell("wait for the market's first answer".to_owned());
        return;
    }
    app.mode = Mode::Typing(Box::new(app.form(kind, side)));
}

fn cancel(app: &mut App) -> Option<Action> {
    let orders = app.to_cancel();
    if orders.is_empty() {
        app.tell("no order of yours is selected: Tab, then j or k".to_owned());
        return None;
    }
    let named: Vec<String> = orders.iter().map(ToString::to_string).collect();
    let what = format!("cancel order {}", named.join(", "));
    let request = Request::Cancel { orders };
    Some(Action::Ask(app.send(request, what, None)))
}

/// No question first: it must be quick, and can only lower what is at stake.
fn cancel_all(app: &mut App) -> Option<Action> {
    // Without an answer it is not known which month is meant, and others are not to be touched.
    let Some(market) = app.market else {
        app.tell("wait for the market's first answer".to_owned());
        return None;
    };
    let request = Request::CancelAll {
        market: Some(market),
        side: None,
    };
    let what = format!("cancel all orders of {market}");
    Some(Action::Ask(app.send(request, what, None)))
}

fn close(app: &mut App) -> Option<Action> {
    open(app, Kind::Close, Side::Sell);
    preview(app)
}

fn quit(app: &mut App) -> Option<Action> {
    if app.under_way.is_empty() || app.is_leaving {
        return Some(Action::Quit);
    }
    app.is_leaving = true;
    app.tell("something is still under way: q again leaves all the same".to_owned());
    None
}

fn typing(app: &mut App, key: KeyCode) -> Option<Action> {
    let Mode::Typing(form) = &mut app.mode else {
        return None;
    };
    if key == KeyCode::Esc {
        app.mode = Mode::Looking;
        return None;
    }
    // What is being previewed stays as it is.
    if form.awaits {
        return None;
    }
    match key {
        KeyCode::Enter => return preview(app),
        KeyCode::Tab | KeyCode::BackTab | KeyCode::Up | KeyCode::Down => form.switch(),
        KeyCode::Backspace => form.erase(),
        KeyCode::Char('b') if form.kind == Kind::Market => form.side = Side::Buy,
        KeyCode::Char('s') if form.kind == Kind::Market => form.side = Side::Sell,
        KeyCode::Char(c) => form.type_in(c),
        _ => {}
    }
    None
}

/// Asks what the form would do.
fn preview(app: &mut App) -> Option<Action> {
    let Mode::Typing(form) = &mut app.mode else {
        return None;
    };
    match form.request(true) {
        Ok(request) => {
            form.awaits = true;
            form.error = None;
            let purpose = Purpose::Preview(form.serial);
            Some(Action::Ask(Job { purpose, request }))
        }
        Err(error) => {
            form.error = Some(error);
            None
        }
    }
}

fn confirming(app: &mut App, key: KeyCode) -> Option<Action> {
    let Mode::Confirming(confirm) = &app.mode else {
        return None;
    };
    match key {
        KeyCode::Esc => {
            app.mode = Mode::Looking;
            None
        }
        KeyCode::Enter => {
            let confirm = (**confirm).clone();
            app.mode = Mode::Looking;
            send(app, &confirm.form.clone(), confirm)
        }
        _ => None,
    }
}

fn send(app: &mut App, form: &Form, confirm: super::form::Confirm) -> Option<Action> {
    // It was previewed: what was typed is in order.
    let request = form.request(false).ok()?;
    let what = form.words();
    Some(Action::Ask(app.send(request, what, Some(confirm))))
}
