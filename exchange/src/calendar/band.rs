//! The daily band: the prior settlement plus and minus the daily limit.

use super::Session;
use crate::specification::Specification;
use crate::units::{Band, Price};

/// The band of a session around the prior settlement (CME rulebook 152: daily price limits): the daily limit, the
/// expanded limit after a limit settlement, and in the last two days of the expiring month, where the rulebook has no
/// limit, the finite stand-in `expiring_limit`, because margin is proven over a finite band. Edges are moved inside the
/// contract's largest price.
#[must_use]
pub fn daily_band(
    prior_settlement: Price,
    session: &Session,
    after_limit_settlement: bool,
    specification: &Specification,
) -> Band {
    let limit = if session.is_expiring_last_two_days {
        specification.expiring_limit
    } else if after_limit_settlement {
        specification.expanded_limit
    } else {
        specification.daily_limit
    };
    let edge = |price: i32| specification.grid.clamp(Price(price));
    Band {
        lo: edge(prior_settlement.0.saturating_sub(limit)),
        hi: edge(prior_settlement.0.saturating_add(limit)),
    }
}

/// Whether a settlement at the edge of the session's daily band widens the next session's limit: a limit settlement.
/// The stand-in of the last two days is no limit of the rulebook, so that a settlement at its edge is none.
#[must_use]
pub fn is_limit_settlement(settlement: Price, daily_band: Band, session: &Session) -> bool {
    !session.is_expiring_last_two_days
        && (settlement == daily_band.lo || settlement == daily_band.hi)
}
