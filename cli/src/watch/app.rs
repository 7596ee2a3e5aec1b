//! What the screen knows, and what is chosen on it.

use super::form::{Confirm, Field, Form, Kind};
use super::look::Look;
use super::source::{Answer, Job, Purpose};
use super::told::told;
use std::collections::VecDeque;
use tally_client::reply::{EventLine, FailureKind, Notice, Reply, Screen};
use tally_client::request::Request;
use tally_exchange::message::Symbol;
use tally_exchange::units::{OrderId, Side};

/// Price levels of a side that are asked for.
const LEVELS: u32 = 50;
/// Events that are asked for, and most that one answer has.
const EVENTS: u32 = 50;
/// Events that are kept.
const TAPE: usize = 200;
/// Messages that are kept.
const MESSAGES: usize = 50;
/// Milliseconds between two looks.
const REFRESH_MS: u64 = 250;
/// Milliseconds without an answer after which that is said.
const SILENCE_MS: u64 = 3_000;

/// Which list the arrows move in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Price levels.
    Book,
    /// Own orders.
    Orders,
}

/// What keys do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Looking and choosing.
    Looking,
    /// Typing an order.
    Typing(Box<Form>),
    /// Confirming it.
    Confirming(Box<Confirm>),
    /// Reading what the keys do.
    Help,
}

/// Something that was sent, until its answer is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnderWay {
    /// In words.
    pub what: String,
    /// When it was asked for.
    pub since_ms: u64,
    /// What is asked again if nobody knows what became of it.
    pub confirm: Option<Confirm>,
}

/// The screen's state.
#[derive(Debug)]
pub struct App {
    /// The contract month, once it is known.
    pub market: Option<Symbol>,
    /// How things look.
    pub look: Look,
    /// The last screen.
    pub screen: Option<Screen>,
    /// What happened, oldest first.
    pub tape: VecDeque<EventLine>,
    /// Why the last look failed: its kind and its words.
    pub trouble: Option<(FailureKind, String)>,
    /// What is to be told, oldest first.
    pub messages: VecDeque<String>,
    /// Which list the arrows move in.
    pub focus: Focus,
    /// The selected price level.
    pub level: Option<(Side, String)>,
    /// The selected order.
    pub order: Option<OrderId>,
    /// What keys do now.
    pub mode: Mode,
    /// What was sent, first in first out.
    pub under_way: VecDeque<UnderWay>,
    /// Milliseconds since the start.
    pub now_ms: u64,
    /// Whether `q` was pressed while something was under way.
    pub is_leaving: bool,
    /// The first event that is not on the tape; none before the first answer.
    next: Option<u64>,
    /// When the look that is under way was asked for.
    asked_ms: Option<u64>,
    /// When the next one is due.
    due_ms: u64,
    /// The session's name in order ids.
    session: String,
    /// Forms opened so far.
    forms: u64,
}

impl App {
    /// Nothing is known yet. The session's name keeps order ids of different sessions apart.
    pub fn new(market: Option<Symbol>, look: Look, session: String) -> Self {
        Self {
            market,
            look,
            screen: None,
            tape: VecDeque::new(),
            trouble: None,
            messages: VecDeque::new(),
            focus: Focus::Book,
            level: None,
            order: None,
            mode: Mode::Looking,
            under_way: VecDeque::new(),
            now_ms: 0,
            is_leaving: false,
            next: None,
            asked_ms: None,
            due_ms: 0,
            session,
            forms: 0,
        }
    }

    /// The clock moves; what is to be asked, if it is time to look again.
    pub fn tick(&mut self, now_ms: u64) -> Option<Job> {
        self.now_ms = now_ms;
        if self.asked_ms.is_some() || now_ms < self.due_ms {
            return None;
        }
        self.asked_ms = Some(now_ms);
        let market = self.market;
        Some(match self.next {
            // From the first event on it would take a while to get to the newest.
            None => Job {
                purpose: Purpose::Tape,
                request: Request::Events {
                    market,
                    from: None,
                    limit: Some(EVENTS),
                    own: false,
                },
            },
            Some(from) => Job {
                purpose: Purpose::Refresh,
                request: Request::Screen {
                    market,
                    levels: LEVELS,
                    from,
                },
            },
        })
    }

    /// Milliseconds for which nothing was answered though nothing long was asked, if they are many.
    pub fn silence_ms(&self) -> Option<u64> {
        let silence = self.now_ms.saturating_sub(self.asked_ms?);
        (self.under_way.is_empty() && silence >= SILENCE_MS).then_some(silence)
    }

    /// Takes in an answer.
    pub fn take(&mut self, answer: Answer) {
        match (answer.purpose, answer.reply) {
            (Purpose::Tape | Purpose::Refresh, reply) => {
                self.asked_ms = None;
                self.due_ms = self.now_ms + REFRESH_MS;
                self.take_look(reply);
            }
            (Purpose::Preview(serial), reply) => self.take_preview(serial, reply),
            (Purpose::Send, reply) => self.take_outcome(&reply),
        }
    }

    fn take_look(&mut self, reply: Reply) {
        match reply {
            Reply::Events { events, next } => {
                self.trouble = None;
                // The first look follows at once.
                self.due_ms = self.now_ms;
                self.next = Some(next);
                self.tape.extend(events);
            }
            Reply::Screen(screen) => {
                self.trouble = None;
                self.take_screen(*screen);
            }
            Reply::Failed(failure) => self.trouble = Some((failure.kind, failure.error)),
            _ => {}
        }
        let surplus = self.tape.len().saturating_sub(TAPE);
        self.tape.drain(..surplus);
    }

    fn take_screen(&mut self, mut screen: Screen) {
        self.market = Some(screen.book.market);
        self.next = Some(screen.next);
        if screen.tape.len() >= EVENTS as usize {
            // There is more.
            self.due_ms = self.now_ms;
        }
        self.tape.extend(screen.tape.drain(..));
        // Before the month was known those of all were asked for.
        self.tape.retain(|event| event.market == screen.book.market);
        for Notice { message, text } in screen.notices.drain(..) {
            self.tell(format!("message {message}: {text}"));
        }
        if !screen
            .orders
            .iter()
            .any(|order| Some(order.order) == self.order)
        {
            self.order = None;
        }
        self.screen = Some(screen);
    }

    fn take_preview(&mut self, serial: u64, reply: Reply) {
        // One that was left in the meantime is forgotten.
        let mut form = match &self.mode {
            Mode::Typing(form) if form.serial == serial && form.awaits => form.clone(),
            _ => return,
        };
        form.awaits = false;
        match reply {
            Reply::Preview(preview) => {
                self.mode = Mode::Confirming(Box::new(Confirm {
                    form: *form,
                    preview,
                    trouble: None,
                }));
            }
            reply if form.kind == Kind::Close => {
                self.tell(told(&reply));
                self.mode = Mode::Looking;
            }
            reply => {
                form.error = Some(told(&reply));
                self.mode = Mode::Typing(form);
            }
        }
    }

    fn take_outcome(&mut self, reply: &Reply) {
        let under_way = self.under_way.pop_front();
        self.tell(told(reply));
        let Reply::Failed(failure) = reply else {
            return;
        };
        let is_open = matches!(failure.kind, FailureKind::Unknown | FailureKind::Network);
        let confirm = under_way.and_then(|under_way| under_way.confirm);
        if let (true, Some(mut confirm), Mode::Looking) = (is_open, confirm, &self.mode) {
            confirm.trouble = Some(failure.error.clone());
            self.mode = Mode::Confirming(Box::new(confirm));
        }
    }

    /// Something to be told.
    pub fn tell(&mut self, message: String) {
        self.messages.push_back(message);
        if self.messages.len() > MESSAGES {
            self.messages.pop_front();
        }
    }

    /// Something is sent.
    pub fn send(&mut self, request: Request, what: String, confirm: Option<Confirm>) -> Job {
        self.under_way.push_back(UnderWay {
            what,
            since_ms: self.now_ms,
            confirm,
        });
        Job {
            purpose: Purpose::Send,
            request,
        }
    }

    /// A new form, its price that of the selected level, or else the best of its side.
    pub fn form(&mut self, kind: Kind, side: Side) -> Form {
        self.forms += 1;
        let selected = self.selected_level().map(|(_, level)| level.price.clone());
        Form {
            kind,
            side,
            quantity: "1".to_owned(),
            price: selected.or_else(|| self.best(side)).unwrap_or_default(),
            field: Field::Quantity,
            error: None,
            awaits: false,
            serial: self.forms,
            id: format!("watch-{}-{}", self.session, self.forms),
            market: self.market,
        }
    }

    fn best(&self, side: Side) -> Option<String> {
        let book = &self.screen.as_ref()?.book;
        let levels = match side {
            Side::Buy => &book.bids,
            Side::Sell => &book.asks,
        };
        Some(
            levels
                .first()
                .map_or_else(|| book.mark.clone(), |level| level.price.clone()),
        )
    }
}
