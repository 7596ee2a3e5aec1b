//! Commands that send something: shown, asked about, sent, waited for.

use crate::arguments::trade::{
    AccessArguments, AmountCommand, CancelCommand, CloseCommand, MonthCommand, OrderCommand,
    Posting, QuoteCommand, ReduceCommand, ReplaceCommand, SeatCommand, SeatWord, SendArguments,
    TransferCommand, Wait,
};
use crate::exit::Exit;
use crate::render;
use crate::trader::connect::{Session, Stay};
use crate::trader::error::TradeError;
use crate::trader::words::{self, WordError, cents, cents_or_all};
use crate::trader::{interrupt, password, warn};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tally_client::reply::{OrderLine, Reply, Sent};
use tally_client::request::{Request, SeatAction};
use tally_exchange::units::{OrderId, Side};

/// How long one look for fills waits.
const LOOK: Duration = Duration::from_millis(500);

/// `tally open`.
pub fn open(command: &AmountCommand) -> anyhow::Result<Exit> {
    let request = Request::Open {
        market: command.market,
        amount: cents(&command.amount).map_err(TradeError::from)?,
        preview: false,
    };
    send(request, command.send, Wait::Accepted, &command.access)
}

/// `tally deposit`.
pub fn deposit(command: &AmountCommand) -> anyhow::Result<Exit> {
    let request = Request::Deposit {
        market: command.market,
        amount: cents(&command.amount).map_err(TradeError::from)?,
        preview: false,
    };
    send(request, command.send, Wait::Accepted, &command.access)
}

/// `tally withdraw`.
pub fn withdraw(command: &AmountCommand) -> anyhow::Result<Exit> {
    let request = Request::Withdraw {
        market: command.market,
        amount: cents_or_all(&command.amount).map_err(TradeError::from)?,
        preview: false,
    };
    send(request, command.send, Wait::Accepted, &command.access)
}

/// `tally transfer`.
pub fn transfer(command: &TransferCommand) -> anyhow::Result<Exit> {
    let request = Request::Transfer {
        market: command.market,
        to: command.to,
        amount: cents(&command.amount).map_err(TradeError::from)?,
        preview: false,
    };
    send(request, command.send, Wait::Accepted, &command.access)
}

/// `tally buy` and `tally sell`.
pub fn order(side: Side, command: &OrderCommand) -> anyhow::Result<Exit> {
    let request = words::order(side, command).map_err(TradeError::from)?;
    post(request, &command.posting)
}

/// `tally quote`.
pub fn quote(command: &QuoteCommand) -> anyhow::Result<Exit> {
    let request = words::quote(command).map_err(TradeError::from)?;
    post(request, &command.posting)
}

/// `tally replace`.
pub fn replace(command: &ReplaceCommand) -> anyhow::Result<Exit> {
    let request = words::replace(command).map_err(TradeError::from)?;
    post(request, &command.posting)
}

/// `tally close`.
pub fn close(command: &CloseCommand) -> anyhow::Result<Exit> {
    let request = Request::Close {
        market: command.market,
        id: command.posting.id.clone(),
        preview: false,
    };
    post(request, &command.posting)
}

/// `tally reduce`.
pub fn reduce(command: &ReduceCommand) -> anyhow::Result<Exit> {
    let request = Request::Reduce {
        order: command.order,
        quantity: words::quantity(&command.quantity).map_err(TradeError::from)?,
    };
    plain(request, &command.access)
}

/// `tally cancel`.
pub fn cancel(command: &CancelCommand) -> anyhow::Result<Exit> {
    let is_narrowed = command.side.is_some() || command.market.is_some();
    if !command.all && (command.orders.is_empty() || is_narrowed) {
        return Err(TradeError::from(WordError::NoOrders).into());
    }
    let request = if command.all {
        Request::CancelAll {
            market: command.market,
            side: command.side,
        }
    } else {
        Request::Cancel {
            orders: command.orders.clone(),
        }
    };
    plain(request, &command.access)
}

/// `tally claim`.
pub fn claim(command: &MonthCommand) -> anyhow::Result<Exit> {
    let request = Request::Claim {
        market: command.market,
    };
    plain(request, &command.access)
}

/// `tally seat`.
pub fn seat(command: &SeatCommand) -> anyhow::Result<Exit> {
    let request = Request::Seat {
        market: command.market,
        action: command.action.map(|action| match action {
            SeatWord::Take => SeatAction::Take,
            SeatWord::Leave => SeatAction::Leave,
            SeatWord::Release => SeatAction::Release,
        }),
    };
    if command.action == Some(SeatWord::Take) && !command.yes {
        password::confirm("post the bond of a decryptor's seat out of the note?")?;
    }
    plain(request, &command.access)
}

/// Asks what needs no confirmation, and shows the answer.
pub fn plain(request: Request, access: &AccessArguments) -> anyhow::Result<Exit> {
    let mut session = Session::of_wallet(access, Stay::Once)?;
    let reply = session.answer(request);
    session.close();
    render::reply(&reply?, access.json)?;
    Ok(Exit::Ok)
}

fn post(request: Request, posting: &Posting) -> anyhow::Result<Exit> {
    send(request, posting.send, posting.wait, &posting.access)
}

/// Shows what a request would do, asks, sends it, and waits.
fn send(
    request: Request,
    how: SendArguments,
    wait: Wait,
    access: &AccessArguments,
) -> anyhow::Result<Exit> {
    password::check_confirmable(how.yes || how.preview)?;
    let mut session = Session::of_wallet(access, Stay::Once)?;
    let result = talk(&mut session, request, how, wait, access.json);
    session.close();
    result.map(|()| Exit::Ok)
}

fn talk(
    session: &mut Session,
    mut request: Request,
    how: SendArguments,
    wait: Wait,
    json: bool,
) -> anyhow::Result<()> {
    if !how.yes {
        set_preview(&mut request, true);
        let reply = session.answer(request.clone())?;
        // A name that was used before posts nothing: what became of it then is the result.
        if how.preview || !matches!(reply, Reply::Preview(_)) {
            return render::reply(&reply, json);
        }
        render::question(&reply);
        password::confirm("send?")?;
        set_preview(&mut request, false);
    }
    match session.answer(request)? {
        Reply::Sent(sent) if wait == Wait::Filled => follow(session, sent, json),
        reply => render::reply(&reply, json),
    }
}

/// Waits until the orders of a message are final, then shows it and their fills.
fn follow(session: &mut Session, mut sent: Sent, json: bool) -> anyhow::Result<()> {
    let waited = wait_for_fills(session, &mut sent.orders, json);
    let orders: Vec<OrderId> = sent.orders.iter().map(|line| line.order).collect();
    render::reply(&Reply::Sent(sent), json)?;
    waited?;
    // One document is the result; its orders say how much was filled at what price.
    if json || orders.is_empty() {
        return Ok(());
    }
    let all = Request::Fills {
        market: None,
        limit: Some(u32::MAX),
    };
    if let Reply::Fills { mut fills } = session.answer(all)? {
        fills.retain(|fill| orders.contains(&fill.order));
        render::reply(&Reply::Fills { fills }, json)?;
    }
    Ok(())
}

fn wait_for_fills(
    session: &mut Session,
    lines: &mut Vec<OrderLine>,
    json: bool,
) -> Result<(), TradeError> {
    let stop = interrupt::flag()?;
    session.keep_alive();
    let is_live = |line: &OrderLine| line.status.is_live();
    for line in lines.iter().filter(|line| is_live(line)) {
        let order = line.order.0;
        let text = format!("order {order} is live; an interrupt ends the wait, the order stays");
        warn::waiting(&text, json);
    }
    while lines.iter().any(is_live) && !stop.load(Ordering::Acquire) {
        session.wait(LOOK)?;
        let orders = lines.iter().map(|line| line.order).collect();
        if let Reply::Orders { orders } = session.answer(Request::OrderStatus { orders })? {
            *lines = orders;
        }
    }
    Ok(())
}

/// Says in a request whether it only says what it would do.
fn set_preview(request: &mut Request, wanted: bool) {
    match request {
        Request::Open { preview, .. }
        | Request::Deposit { preview, .. }
        | Request::Withdraw { preview, .. }
        | Request::Transfer { preview, .. }
        | Request::Quote { preview, .. }
        | Request::Replace { preview, .. }
        | Request::Close { preview, .. } => *preview = wanted,
        Request::Order(order) => order.preview = wanted,
        // Nothing else is sent this way.
        _ => {}
    }
}
