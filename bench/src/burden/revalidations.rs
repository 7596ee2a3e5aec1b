//! How many intraday revalidations a session has: the state machine's own rules over the trades of a flow.
//!
//! Mark, trigger and band are those of the `exchange` crate. What is added is only what happens around them:
//!
//! - a block ends every second of the session;
//! - trades during a halt do not happen: the window for claims and refreshes takes its full time, then comes the short
//!   pre-open;
//! - a price beyond the band prints at its edge, as orders are moved to it;
//! - the lock at the band edge, which needs the book, is left out: prices at the edge print.

use super::sessions::{Print, SessionEvents};
use tally_exchange::epoch::terms::{EpochTerms, Trigger, session_band};
use tally_exchange::epoch::watch::{Signal, TriggerWatch};
use tally_exchange::mark::Mark;
use tally_exchange::specification::Specification;
use tally_exchange::units::{Band, MICROSECONDS_PER_SECOND, Price, Time};

/// How time passes in the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    /// From one block end to the next, seconds, at least one.
    pub(super) block: u64,
    /// From a trigger until trading goes on, seconds.
    pub(super) halt: u64,
}

impl Pace {
    /// A block a second, and halts as long as the contract allows without an extension.
    pub(super) const fn of(specification: &Specification) -> Self {
        Self {
            block: 1,
            halt: specification.refresh_window + specification.reopen_pre_open,
        }
    }
}

/// The market while it trades.
struct Watched<'a> {
    specification: &'a Specification,
    limit: Band,
    centre: Price,
    band: Band,
    mark: Mark,
    watch: TriggerWatch,
}

/// The intraday revalidations of a session, in order.
pub(super) fn intraday(
    session: &SessionEvents,
    specification: &Specification,
    pace: Pace,
) -> Vec<EpochTerms> {
    let mut market = Watched::new(session, specification);
    let mut epochs = Vec::new();
    let mut resumes = session.session.open;
    let mut prints = session.prints.iter().peekable();
    let step = pace.block.max(1).saturating_mul(MICROSECONDS_PER_SECOND);
    let mut time = session.session.open;
    while time < session.session.close {
        time = Time(time.0.saturating_add(step).min(session.session.close.0));
        let mut moved = false;
        while let Some(print) = prints.next_if(|print| print.time <= time) {
            if print.time >= resumes {
                market.trade(print);
                moved = true;
            }
        }
        if time < resumes {
            continue;
        }
        if let Some(terms) = market.end_block(time, moved) {
            resumes = time.plus_seconds(pace.halt);
            epochs.push(terms);
        }
    }
    epochs
}

impl<'a> Watched<'a> {
    fn new(session: &SessionEvents, specification: &'a Specification) -> Self {
        let (prior, limit) = (session.prior_settlement, session.limit);
        Self {
            specification,
            limit,
            centre: prior,
            band: session_band(prior, limit, specification),
            mark: Mark::seeded(prior, specification.mark_window),
            watch: TriggerWatch::new(),
        }
    }

    fn trade(&mut self, print: &Print) {
        self.mark
            .trade(self.band.clamp(print.price), print.quantity);
    }

    /// Ends a block; gives the terms of the epoch that it triggers.
    fn end_block(&mut self, time: Time, moved: bool) -> Option<EpochTerms> {
        // The median of the same contracts stays where it is.
        let mark = if moved {
            self.mark.at_block_end()
        } else {
            self.mark.current()
        };
        let rules = self.specification;
        let signal = self
            .watch
            .observe(time, mark, self.centre, self.band, self.limit, rules);
        if signal != Some(Signal::Trigger) {
            return None;
        }
        let terms = EpochTerms::intraday(
            Trigger::Mark,
            mark,
            self.centre,
            self.band,
            self.limit,
            rules,
            time,
        );
        self.watch.triggered(time);
        self.centre = terms.centre;
        self.band = terms.band;
        self.mark = Mark::seeded(terms.price, rules.mark_window);
        Some(terms)
    }
}
