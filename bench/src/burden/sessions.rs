//! The event stream of each session, reduced to what the figures need.

use super::BurdenError;
use super::retail::{self, RetailMessages};
use rayon::prelude::*;
use tally_bench_data::{Flow, FlowRequest, generate};
use tally_exchange::calendar::{Date, Session, daily_band, is_limit_settlement};
use tally_exchange::specification::Specification;
use tally_exchange::units::{Band, Price, Quantity, Time};

/// Traders to whom the flow is dealt: about the reportable traders of the real market (288 to 338 in early 2025; the
/// counts of 2017 are not at hand).
pub const TRADERS: usize = 312;

/// Where all randomness of the flow comes from.
const SEED: u64 = 1;

/// A trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Print {
    /// When.
    pub(super) time: Time,
    /// At what price, ticks.
    pub(super) price: Price,
    /// How many contracts.
    pub(super) quantity: Quantity,
}

/// One session: its place in the calendar, its prices, its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SessionEvents {
    /// The session on the contract's calendar.
    pub(super) session: Session,
    /// The settlement price of the day before, ticks.
    pub(super) prior_settlement: Price,
    /// The daily limit, ticks.
    pub(super) limit: Band,
    /// Messages: posts, replaces, reduces, cancels, market orders.
    pub(super) events: u64,
    /// The trades, in order.
    pub(super) prints: Vec<Print>,
    /// What the retail trader sends.
    pub(super) retail: RetailMessages,
}

/// A session before its flow is generated.
struct Plan {
    session: Session,
    date: tally_bench_data::Date,
    prior_settlement: Price,
    limit: Band,
}

/// The event streams of sessions, generated once for all figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    pub(super) specification: Specification,
    pub(super) sessions: Vec<SessionEvents>,
}

impl Sessions {
    /// The complete flow, with all of its messages, of all 62 sessions of the first quarter of 2017. `progress` is told
    /// sessions done and sessions in all.
    ///
    /// # Errors
    /// Only if the data compiled into the program are damaged.
    pub fn generate(progress: &mut dyn FnMut(usize, usize)) -> Result<Self, BurdenError> {
        Self::thinned(usize::MAX, None, TRADERS, progress)
    }

    /// The first `count` sessions with flows of `messages` messages, all of them if none, dealt to `traders`.
    pub(super) fn thinned(
        count: usize,
        messages: Option<usize>,
        traders: usize,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, BurdenError> {
        let specification = Specification::lean_hogs();
        let mut plans = plans(&specification)?;
        plans.truncate(count);
        let of = plans.len();
        let mut sessions = Vec::with_capacity(of);
        progress(0, of);
        // So many at once that no core waits for long, and so few that memory holds their flows.
        for together in plans.chunks(4 * rayon::current_num_threads().max(1)) {
            let made: Result<Vec<SessionEvents>, BurdenError> = together
                .par_iter()
                .map(|plan| plan.events(messages, traders))
                .collect();
            sessions.extend(made?);
            progress(sessions.len(), of);
        }
        Ok(Self {
            specification,
            sessions,
        })
    }
}

impl Plan {
    fn events(
        &self,
        messages: Option<usize>,
        traders: usize,
    ) -> Result<SessionEvents, BurdenError> {
        let flow = generate(&FlowRequest {
            date: self.date,
            messages,
            traders,
            seed: SEED,
            band: (self.limit.lo.0, self.limit.hi.0),
        })?;
        Ok(SessionEvents {
            session: self.session.clone(),
            prior_settlement: self.prior_settlement,
            limit: self.limit,
            events: flow.events.len() as u64,
            prints: prints(&flow, self.session.open),
            retail: retail::median_messages(&flow),
        })
    }
}

/// The sessions of the table. A settlement at the limit widens the next day's.
fn plans(specification: &Specification) -> Result<Vec<Plan>, BurdenError> {
    let mut widened = false;
    let mut plans = Vec::new();
    for figures in tally_bench_data::sessions()? {
        if figures.prior.is_own_open() {
            widened = false;
        }
        let date: Date = figures.row.date.to_string().parse()?;
        let session = specification.calendar.session(date)?.clone();
        let prior_settlement = Price(figures.prior.price());
        let limit = daily_band(prior_settlement, &session, widened, specification);
        widened = is_limit_settlement(Price(figures.row.close), limit, &session);
        plans.push(Plan {
            session,
            date: figures.row.date,
            prior_settlement,
            limit,
        });
    }
    Ok(plans)
}

/// The flow's trades; the uncrossing is at the open.
pub(super) fn prints(flow: &Flow, open: Time) -> Vec<Print> {
    let at = |event: Option<u32>| {
        let event = event.and_then(|index| flow.events.get(index as usize));
        let after_open = event.map_or(0, |event| u64::try_from(event.at).unwrap_or(0));
        Time(open.0.saturating_add(after_open))
    };
    let prints = flow.fills.iter().map(|fill| Print {
        time: at(fill.event),
        price: Price(fill.price),
        quantity: Quantity(fill.quantity),
    });
    prints.collect()
}
