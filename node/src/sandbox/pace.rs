//! How fast the sandbox's clock runs, and how far.
//!
//! While the market is open it runs at the asked speed; the night passes in about twenty seconds, and no faster, so that
//! whoever is connected has a fair chance to be revalued. Where deadlines are short it runs at most as fast as a person's
//! machine can follow. It never runs past an instant at which the market acts by itself, nor far ahead of the simulated
//! traders: what they are late for, the clock waits for.

use tally_exchange::epoch::opening::SumOpening;
use tally_exchange::epoch::rounds::RoundPhase;
use tally_exchange::market::{Market, Stage};
use tally_exchange::receipt::Phase;

const SECOND: u64 = 1_000_000;
/// How long a night takes on the wall, seconds.
const NIGHT: u64 = 20;
/// At most so fast within a revalidation, a decryption or the dealing of a key.
const CAREFUL: u32 = 60;
/// At least so fast through the first pre-open, when only the simulated traders are there.
const FIRST_PRE_OPEN: u32 = 240;
/// The end of the first pre-open passes at the asked speed, seconds.
const LAST_CALL: u64 = 90;
/// The end of a daily window passes slowly for whoever is not there yet, seconds.
const WINDOW_END: u64 = 1_800;
/// How fast the end of a daily window passes.
const WINDOW_END_SPEED: u32 = 360;
/// How far the clock may run ahead of the simulated traders, seconds: less than any deadline.
const LEASH: u64 = 240;
/// The same while they have short deadlines.
const SHORT_LEASH: u64 = 60;

/// Speed and limit of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    /// Seconds that pass in one.
    pub(super) speed: u32,
    /// Where it stands still, microseconds.
    pub(super) limit: u64,
}

/// What the pace depends on beside the markets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circumstances {
    /// The clock, microseconds.
    pub(super) now: u64,
    /// The asked speed.
    pub(super) speed: u32,
    /// Whether every simulated trader has note and seat.
    pub(super) is_set_up: bool,
    /// Whether a session has been opened since the start.
    pub(super) has_opened: bool,
}

/// The pace; `traded` is the market of the contract month that trades now or next, `markets` are all of them.
pub(super) fn pace<'a>(
    traded: &Market,
    markets: impl Iterator<Item = &'a Market>,
    with: Circumstances,
) -> Pace {
    let mut pace = Pace {
        speed: by_phase(traded, with),
        limit: u64::MAX,
    };
    if traded.phase() == Phase::PreOpen && !with.has_opened {
        let last_call = traded.session().open.minus_seconds(LAST_CALL).0;
        if with.now < last_call {
            pace.speed = with.speed.max(FIRST_PRE_OPEN);
            pace.limit = last_call;
        }
    }
    let mut leash = LEASH;
    for market in markets {
        if market.stage() != Stage::Open || has_deadline(market) {
            leash = SHORT_LEASH;
        }
        by_stage(market, with.now, &mut pace);
        // Steps of a second are taken as they come.
        let soon = market.time().plus_seconds(2);
        let next = market.next_instant().filter(|next| *next >= soon);
        pace.limit = pace.limit.min(next.map_or(u64::MAX, |next| next.0));
    }
    let leash = with.now.saturating_add(leash * SECOND);
    pace.limit = pace.limit.min(leash);
    pace
}

fn by_phase(market: &Market, with: Circumstances) -> u32 {
    match market.phase() {
        Phase::BeforeSession if !with.is_set_up => 1,
        Phase::BeforeSession | Phase::Closed | Phase::Expired => night(market),
        Phase::PreOpen | Phase::Continuous | Phase::AfterSettlement | Phase::Halted => with.speed,
    }
}

/// The speed at which the time between two sessions passes.
fn night(market: &Market) -> u32 {
    let (session, rules) = (market.session(), market.specification());
    let (from, until) = if market.phase() == Phase::BeforeSession {
        let before = rules.calendar.previous(session.date);
        (before.map(|before| before.close), Some(session.pre_open))
    } else {
        let next = rules.calendar.next(session.date);
        (Some(session.close), next.map(|next| next.pre_open))
    };
    let length = match (from, until) {
        (Some(from), Some(until)) => until.0.saturating_sub(from.0) / SECOND,
        _ => rules.window_without_next_session,
    };
    u32::try_from(length / NIGHT).unwrap_or(u32::MAX).max(1)
}

/// Slows down where somebody may have a short deadline.
fn by_stage(market: &Market, now: u64, pace: &mut Pace) {
    let is_intraday = market.phase() == Phase::Halted;
    match market.stage() {
        Stage::Open => {}
        Stage::AwaitingKey | Stage::Sharing { .. } => pace.speed = pace.speed.min(CAREFUL),
        Stage::Window { .. } if is_intraday => pace.speed = pace.speed.min(CAREFUL),
        Stage::Window { until, .. } => {
            let end = until.minus_seconds(WINDOW_END).0;
            if now < end {
                pace.limit = pace.limit.min(end);
            } else {
                pace.speed = pace.speed.min(WINDOW_END_SPEED);
            }
        }
    }
    if has_deadline(market) {
        pace.speed = pace.speed.min(CAREFUL);
    }
}

/// Whether some seat has something to do before a deadline.
fn has_deadline(market: &Market) -> bool {
    let deals = market.key_round().is_some_and(|round| {
        matches!(round.phase(), RoundPhase::Dealing { .. }) && !round.missing().is_empty()
    });
    let is_taken = |opening: &&SumOpening| !opening.is_closed();
    let shares = market.opening().filter(is_taken);
    deals || shares.is_some_and(|opening| !opening.missing().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tally_exchange::market::{Genesis, SettlementSigners};
    use tally_exchange::message::ChainId;
    use tally_exchange::specification::Specification;
    use tally_exchange::units::{Price, Time};

    fn market() -> Market {
        let specification = Specification::lean_hogs();
        let session = specification.calendar.session_named("2017-01-04").unwrap();
        Market::new(Genesis {
            chain: ChainId([1; 32]),
            session: session.clone(),
            prior_settlement: Price(2_640),
            after_limit_settlement: false,
            settlement: SettlementSigners {
                keys: Vec::new(),
                threshold: 0,
            },
            siblings: Vec::new(),
            specification,
        })
        .unwrap()
    }

    fn at(market: &Market, now: Time, is_set_up: bool, has_opened: bool) -> Pace {
        let with = Circumstances {
            now: now.0,
            speed: 60,
            is_set_up,
            has_opened,
        };
        pace(market, std::iter::once(market), with)
    }

    fn run(market: &mut Market, time: Time) {
        let height = market.height() + 1;
        market.begin_block(height, time, &mut Vec::new()).unwrap();
        market.end_block(&mut Vec::new());
    }

    #[test]
    fn a_night_takes_twenty_seconds_and_ends_at_the_pre_open() {
        let mut market = market();
        let session = market.session().clone();
        let night = session.pre_open.minus_seconds(3_600);
        let pace = at(&market, night, true, true);
        // 18 hours and 55 minutes.
        assert_eq!(pace.speed, 68_100 / 20);
        assert_eq!(pace.limit, night.plus_seconds(LEASH).0);
        let late = at(&market, session.pre_open.minus_seconds(9), true, true);
        assert_eq!(late.limit, session.pre_open.0);
        assert_eq!(at(&market, night, false, true).speed, 1);
        run(&mut market, session.pre_open);
        assert_eq!(at(&market, session.pre_open, true, true).speed, 60);
        let first = at(&market, session.pre_open, true, false);
        assert_eq!(first.speed, FIRST_PRE_OPEN);
        let last_call = session.open.minus_seconds(LAST_CALL);
        assert_eq!(at(&market, last_call, true, false).speed, 60);
    }
}
