//! What is replayed: days with real figures and synthetic flow, contract months, traders with seeds and cash.

use super::arguments::ReplayArguments;
use super::error::ReplayError;
use super::faults::Conduct;
use crate::replica::Replica;
use ed25519_dalek::SigningKey;
use std::ops::Range;
use tally_bench_data::flow::full_day_messages;
use tally_bench_data::{Flow, FlowRequest, generate};
use tally_exchange::calendar::{Date, Session, daily_band, is_limit_settlement};
use tally_exchange::mark::MarkWindow;
use tally_exchange::market::{Genesis, Market, SettlementSigners};
use tally_exchange::message::{ChainId, Symbol};
use tally_exchange::specification::Specification;
use tally_exchange::units::{Band, Price, Time};
use tally_ledger_adapter::accounts::{AccountBook, Faucet};
use tally_trader::seed::Seed;

/// The mark of a thinned day is the median of at least so many contracts.
pub(crate) const LEAST_MARK_WINDOW: usize = 3;

/// Everything about a replay that is known before it runs.
pub struct ReplayPlan {
    /// The arguments.
    pub arguments: ReplayArguments,
    /// The contract; its mark window is thinned like the flow.
    pub specification: Specification,
    /// The sessions, in order.
    pub days: Vec<ReplayDay>,
    /// The contract months, in order.
    pub months: Vec<ReplayMonth>,
}

/// One session of a replay.
pub struct ReplayDay {
    /// The session on the calendar.
    pub session: Session,
    /// The row of the real daily table, with the prior settlement.
    pub figures: tally_bench_data::Session,
    /// The daily limit around the table's prior settlement, ticks.
    pub limit: Band,
    /// Where the settlement window begins.
    pub settlement_window_start: Time,
    /// Synthetic flow conditioned on real prices and volume.
    pub flow: Flow,
}

/// One contract month of a replay.
pub struct ReplayMonth {
    /// Its symbol.
    pub symbol: Symbol,
    /// Its sessions among the replay's.
    pub days: Range<usize>,
    /// Whether the day before the first of them settled at its limit.
    pub after_limit_settlement: bool,
}

impl ReplayPlan {
    /// Looks the days up and generates their flows.
    ///
    /// # Errors
    /// [`ReplayError`] names the argument that does not fit.
    pub fn new(arguments: &ReplayArguments) -> Result<Self, ReplayError> {
        arguments.check()?;
        let original = Specification::lean_hogs();
        let first: Date = arguments
            .day
            .parse()
            .map_err(tally_exchange::calendar::CalendarError::from)?;
        original.calendar.session(first)?;
        let dates = dates(&original, first, arguments.days)?;
        let mut days = Vec::with_capacity(dates.len());
        for session in dates {
            days.push(day(&original, session, arguments)?);
        }
        let months = months(&original, &days)?;
        let specification = thinned(original, &days, arguments)?;
        Ok(Self {
            arguments: arguments.clone(),
            specification,
            days,
            months,
        })
    }

    /// The state before the first block.
    pub(super) fn replica(&self) -> Result<Replica, ReplayError> {
        let symbols: Vec<Symbol> = self.months.iter().map(|month| month.symbol).collect();
        let mut markets = Vec::with_capacity(symbols.len());
        let mut capital = 0_u64;
        for month in &self.months {
            let first = &self.days[month.days.start];
            let siblings = symbols.iter().copied().filter(|s| *s != month.symbol);
            markets.push(Market::new(Genesis {
                chain: self.chain(),
                specification: self.specification.clone(),
                session: first.session.clone(),
                prior_settlement: Price(first.figures.prior.price()),
                after_limit_settlement: month.after_limit_settlement,
                settlement: SettlementSigners {
                    keys: vec![self.settlement_key().verifying_key().to_bytes()],
                    threshold: 1,
                },
                siblings: siblings.collect(),
            })?);
            // A specification's seed capital is positive and below 2^36.
            capital += u64::try_from(self.specification.fund_seed).unwrap_or(0);
        }
        let accounts = AccountBook::with_capital(self.faucet().cashier(), capital)
            .map_err(|_| ReplayError::Faucet)?;
        Ok(Replica::new(markets, accounts)?)
    }

    /// The chain of this replay.
    #[must_use]
    pub fn chain(&self) -> ChainId {
        ChainId::of_genesis(&self.arguments.genesis())
    }

    /// The faucet that gives the traders their cash: it exists in replays only.
    pub(super) fn faucet(&self) -> Faucet {
        Faucet::from_seed(&self.arguments.derive("faucet", 0))
    }

    /// The key that signs final settlements: it exists in replays only.
    pub(super) fn settlement_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.arguments.derive("settlement", 0))
    }

    /// The seed of a trader's wallet.
    pub(super) fn seed(&self, trader: u32) -> Seed {
        Seed::from_entropy(self.arguments.derive("wallet", trader))
    }

    /// How a trader behaves from the start.
    pub(super) fn conduct(&self, trader: u32) -> Conduct {
        self.arguments
            .faults
            .conduct(trader, self.arguments.traders)
    }

    /// Messages of all days.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.days.iter().map(|day| day.flow.events.len()).sum()
    }
}

/// The first session and those after it.
fn dates(
    specification: &Specification,
    first: Date,
    count: u32,
) -> Result<Vec<Session>, ReplayError> {
    let sessions: Vec<Session> = specification
        .calendar
        .sessions()
        .iter()
        .filter(|session| session.date >= first)
        .take(count as usize)
        .cloned()
        .collect();
    // At most MOST_DAYS.
    let left = u32::try_from(sessions.len()).unwrap_or(u32::MAX);
    if left < count {
        return Err(ReplayError::DaysLeft {
            days: count,
            first: first.to_string(),
            left,
        });
    }
    Ok(sessions)
}

fn day(
    specification: &Specification,
    session: Session,
    arguments: &ReplayArguments,
) -> Result<ReplayDay, ReplayError> {
    let figures = figures(session.date)?;
    let widened = settled_at_limit_before(specification, &figures)?;
    let prior = Price(figures.prior.price());
    let limit = daily_band(prior, &session, widened, specification);
    // The date enters the generator's randomness: every day has a flow of its own.
    let flow = generate(&FlowRequest {
        date: figures.row.date,
        messages: arguments.messages.map(|messages| messages as usize),
        traders: arguments.faults.flow_traders(arguments.traders) as usize,
        seed: arguments.seed,
        band: (limit.lo.0, limit.hi.0),
    })?;
    Ok(ReplayDay {
        settlement_window_start: session.settlement_window_start(specification),
        session,
        figures,
        limit,
        flow,
    })
}

fn months(
    specification: &Specification,
    days: &[ReplayDay],
) -> Result<Vec<ReplayMonth>, ReplayError> {
    let mut months: Vec<ReplayMonth> = Vec::new();
    for (index, day) in days.iter().enumerate() {
        let symbol = Symbol::new(&day.session.contract)
            .map_err(|error| ReplayError::Genesis(error.into()))?;
        match months.last_mut() {
            Some(month) if month.symbol == symbol => month.days.end = index + 1,
            _ => months.push(ReplayMonth {
                symbol,
                days: index..index + 1,
                after_limit_settlement: settled_at_limit_before(specification, &day.figures)?,
            }),
        }
    }
    Ok(months)
}

/// The contract with a mark window that is thinned like the flow: the median of the last 20 contracts of a thinned day
/// would be one of hours.
fn thinned(
    mut specification: Specification,
    days: &[ReplayDay],
    arguments: &ReplayArguments,
) -> Result<Specification, ReplayError> {
    let Some(messages) = arguments.messages else {
        return Ok(specification);
    };
    let mut full = 1;
    for day in days {
        full = full.max(full_day_messages(day.figures.row.date)?);
    }
    let whole = specification.mark_window.contracts() as usize;
    let contracts = (whole * messages as usize / full).clamp(LEAST_MARK_WINDOW.min(whole), whole);
    // Not above a window that was valid.
    if let Ok(window) = MarkWindow::new(u32::try_from(contracts).unwrap_or(u32::MAX)) {
        specification.mark_window = window;
    }
    specification.check()?;
    Ok(specification)
}

pub(crate) fn figures(date: Date) -> Result<tally_bench_data::Session, ReplayError> {
    let date = date.to_string().parse::<tally_bench_data::Date>()?;
    Ok(tally_bench_data::session(date)?)
}

/// Walks the table up to the day: a settlement at the limit widens the next day's.
pub(crate) fn settled_at_limit_before(
    specification: &Specification,
    day: &tally_bench_data::Session,
) -> Result<bool, ReplayError> {
    let mut widened = false;
    for figures in tally_bench_data::sessions()? {
        if figures.prior.is_own_open() {
            widened = false;
        }
        if figures.row.date == day.row.date {
            break;
        }
        let date: Date = figures
            .row
            .date
            .to_string()
            .parse()
            .map_err(tally_exchange::calendar::CalendarError::from)?;
        let session = specification.calendar.session(date)?;
        let prior = Price(figures.prior.price());
        let band = daily_band(prior, session, widened, specification);
        widened = is_limit_settlement(Price(figures.row.close), band, session);
    }
    Ok(widened)
}
