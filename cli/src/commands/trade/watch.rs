//! `tally watch`.

use crate::arguments::trade::WatchCommand;
use crate::exit::Exit;
use crate::trader::connect::{self, Session, Stay};
use crate::trader::error::TradeError;
use crate::watch::{self, Source};
use std::io::IsTerminal;
use std::time::Duration;
use tally_client::reply::Reply;
use tally_client::request::Request;

/// How long a node that does not answer is left alone.
const PAUSE: Duration = Duration::from_millis(500);

/// A trader's screen.
pub fn run(command: &WatchCommand) -> anyhow::Result<Exit> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(TradeError::NoScreen.into());
    }
    let mut session = Session::of_wallet(&command.access, Stay::Long)?;
    // Without an agent the screen keeps the position alive while it is open.
    session.keep_alive();
    watch::run(Box::new(Screen(Some(session))), command.market)?;
    Ok(Exit::Ok)
}

/// A wallet behind a screen. Closed when the screen lets go of it.
struct Screen(Option<Session>);

impl Source for Screen {
    fn ask(&mut self, request: Request) -> Reply {
        match &mut self.0 {
            Some(session) => session.ask(request),
            None => Reply::Notices {
                notices: Vec::new(),
            },
        }
    }

    fn wait(&mut self, time: Duration) {
        let Some(session) = &mut self.0 else {
            return;
        };
        match session.wait(time) {
            Ok(()) => {}
            // The next answer says what is wrong; the node may come back.
            Err(error) if connect::is_network(&error) => std::thread::sleep(PAUSE),
            Err(_) => std::thread::sleep(time),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            session.close();
        }
    }
}
