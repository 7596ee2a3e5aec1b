//! Book, trades and events: once, or as they come.

use crate::arguments::trade::{AccessArguments, BookCommand, EventsCommand, TradesCommand};
use crate::exit::Exit;
use crate::render;
use crate::trader::connect::{Session, Stay, is_network};
use crate::trader::error::TradeError;
use crate::trader::{interrupt, warn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use tally_client::reply::{BookReply, Reply};
use tally_client::request::Request;

/// How long one look for something new waits.
const LOOK: Duration = Duration::from_millis(500);
/// How long a node that does not answer is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// `tally book`.
pub fn book(command: &BookCommand) -> anyhow::Result<Exit> {
    let access = &command.access;
    let mut session = Session::of_public(access)?;
    let request = Request::Book {
        market: command.market,
        levels: command.levels,
    };
    let result = if command.follow {
        follow_book(&mut session, &request, access.json)
    } else {
        once(&mut session, request, access.json)
    };
    session.close();
    result.map(|()| Exit::Ok)
}

/// `tally trades`.
pub fn trades(command: &TradesCommand) -> anyhow::Result<Exit> {
    let session = Session::of_public(&command.access)?;
    tape(session, command, &|from| Request::Trades {
        market: command.market,
        from: from.or(command.from),
        limit: command.limit,
    })
}

/// `tally events`.
pub fn events(command: &EventsCommand) -> anyhow::Result<Exit> {
    let EventsCommand { own, trades } = command;
    let access: &AccessArguments = &trades.access;
    let session = if *own {
        Session::of_wallet(access, Stay::Once)?
    } else {
        Session::of_public(access)?
    };
    tape(session, trades, &|from| Request::Events {
        market: trades.market,
        from: from.or(trades.from),
        limit: trades.limit,
        own: *own,
    })
}

fn tape(
    mut session: Session,
    command: &TradesCommand,
    request: &dyn Fn(Option<u64>) -> Request,
) -> anyhow::Result<Exit> {
    let json = command.access.json;
    let result = if command.follow {
        follow_tape(&mut session, request, json)
    } else {
        once(&mut session, request(None), json)
    };
    session.close();
    result.map(|()| Exit::Ok)
}

fn once(session: &mut Session, request: Request, json: bool) -> anyhow::Result<()> {
    let reply = session.answer(request)?;
    render::reply(&reply, json)
}

/// Events, one a line, from the newest ones on.
fn follow_tape(
    session: &mut Session,
    request: &dyn Fn(Option<u64>) -> Request,
    json: bool,
) -> anyhow::Result<()> {
    let stop = interrupt::flag()?;
    let mut from = None;
    while !stop.load(Ordering::Acquire) {
        if let Reply::Events { events, next } = session.answer(request(from))? {
            for event in &events {
                if !render::event(event, json)? {
                    return Ok(());
                }
            }
            from = Some(next);
            // A full answer is followed by the next one at once.
            if !events.is_empty() {
                continue;
            }
        }
        wait(session, &stop, json)?;
    }
    Ok(())
}

/// The book, whenever it has changed.
fn follow_book(session: &mut Session, request: &Request, json: bool) -> anyhow::Result<()> {
    let stop = interrupt::flag()?;
    let mut last: Option<BookReply> = None;
    let mut number = 0;
    while !stop.load(Ordering::Acquire) {
        let reply = session.answer(request.clone())?;
        if let Reply::Book(book) = &reply
            && last.as_ref().is_none_or(|last| !is_same(last, book))
        {
            last = Some(book.clone());
            number += 1;
            if !render::one_of_many(&reply, number, json)? {
                return Ok(());
            }
        }
        wait(session, &stop, json)?;
    }
    Ok(())
}

/// Whether two books differ in nothing but when they were looked at.
fn is_same(before: &BookReply, after: &BookReply) -> bool {
    let before = BookReply {
        height: after.height,
        time: after.time.clone(),
        ..before.clone()
    };
    before == *after
}

/// Waits for something new; a node that is silent is waited for.
fn wait(session: &mut Session, stop: &AtomicBool, json: bool) -> Result<(), TradeError> {
    let mut is_told = false;
    loop {
        match session.wait(LOOK) {
            Err(error) if is_network(&error) && !stop.load(Ordering::Acquire) => {
                if !is_told {
                    warn::warning(&error.to_string(), json);
                    is_told = true;
                }
                thread::sleep(PAUSE);
            }
            result => return result,
        }
    }
}
