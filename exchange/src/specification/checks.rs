//! The relations between parameters on which the margin theorem and the 64-bit arithmetic rest.

use super::{MAX_CENTS, MAX_POSITION_LIMIT, Specification, SpecificationError};
use crate::units::Band;

/// A parameter and its value, in the unit of the comparison.
type Named = (&'static str, i64);

fn at_most((field, value): Named, (bound_name, bound): Named) -> Result<(), SpecificationError> {
    if value <= bound {
        return Ok(());
    }
    Err(SpecificationError::Above {
        field,
        value,
        bound_name,
        bound,
    })
}

fn below((field, value): Named, (bound_name, bound): Named) -> Result<(), SpecificationError> {
    if value < bound {
        return Ok(());
    }
    Err(SpecificationError::NotBelow {
        field,
        value,
        bound_name,
        bound,
    })
}

impl Specification {
    /// Checks every relation between the parameters.
    ///
    /// # Errors
    /// The first relation that does not hold, with field, value and remedy.
    pub fn check(&self) -> Result<(), SpecificationError> {
        self.check_tick_value()?;
        self.check_margins()?;
        self.check_distances()?;
        self.check_limits()?;
        self.check_epochs()?;
        self.check_overnight()
    }

    /// tick * contract size = tick value, in the smallest unit of each.
    fn check_tick_value(&self) -> Result<(), SpecificationError> {
        let product = i128::from(self.grid.tick) * i128::from(self.contract_size);
        let expected = i128::from(self.tick_value) * 10_i128.pow(self.grid.decimals);
        if product == expected {
            return Ok(());
        }
        Err(SpecificationError::TickValue {
            tick_value: self.tick_value,
            tick: self.grid.format(crate::units::Price(1)),
            contract_size: self.contract_size,
        })
    }

    /// fee <= maintenance makes the theorem's bound on the fees of sells hold; haircut <= maintenance keeps what is
    /// left after closing at the mark from falling below zero; a late note never fares better than a punctual one.
    fn check_margins(&self) -> Result<(), SpecificationError> {
        let maintenance = ("maintenance_margin", self.maintenance_margin);
        at_most(
            ("initial_margin", self.initial_margin),
            ("the largest margin", MAX_CENTS),
        )?;
        at_most(maintenance, ("initial_margin", self.initial_margin))?;
        at_most(("fee", self.fee), maintenance)?;
        at_most(("haircut", self.haircut), maintenance)?;
        below(
            ("haircut", self.haircut),
            ("late_haircut_first", self.late_haircut_first),
        )?;
        let last = ("late_haircut_last", self.late_haircut_last);
        at_most(("late_haircut_first", self.late_haircut_first), last)?;
        at_most(last, maintenance)?;
        let trigger = i64::from(self.trigger_distance).saturating_mul(self.tick_value);
        let needed = self.maintenance_margin.saturating_add(trigger);
        if self.initial_margin < needed {
            return Err(SpecificationError::InitialMargin {
                initial: self.initial_margin,
                needed,
            });
        }
        Ok(())
    }

    /// The centre moves by at most the trigger distance, so that a mark inside the old band lies in the new one too.
    fn check_distances(&self) -> Result<(), SpecificationError> {
        let trigger = ("trigger_distance", i64::from(self.trigger_distance));
        let daily = ("daily_limit", i64::from(self.daily_limit));
        let expanded = ("expanded_limit", i64::from(self.expanded_limit));
        below(
            trigger,
            ("band_half_width", i64::from(self.band_half_width)),
        )?;
        below(trigger, daily)?;
        below(
            ("warning_distance", i64::from(self.warning_distance)),
            trigger,
        )?;
        at_most(daily, expanded)?;
        at_most(expanded, ("expiring_limit", i64::from(self.expiring_limit)))
    }

    /// Whether 2 * v_max * (edge + fee) < 2^47 for both edges of `band`: claims then never take a solvent note below the
    /// range of its cash (docs, margin, hypothesis H6).
    #[must_use]
    pub fn fits_note_range(&self, band: Band) -> bool {
        let edge = i128::from(band.lo.0.unsigned_abs().max(band.hi.0.unsigned_abs()));
        let each = edge * i128::from(self.tick_value) + i128::from(self.fee);
        2 * i128::from(self.position_limit) * each < 1 << 47
    }

    fn check_limits(&self) -> Result<(), SpecificationError> {
        let position_limit = ("position_limit", i64::from(self.position_limit));
        at_most(position_limit, ("the largest position", MAX_POSITION_LIMIT))?;
        at_most(
            ("order_limit", i64::from(self.order_limit.0)),
            position_limit,
        )?;
        at_most(
            ("opening_fee", self.opening_fee),
            ("minimum_deposit", self.minimum_deposit),
        )?;
        at_most(
            ("reward_cap", self.reward_cap),
            ("decryptor_bond", self.decryptor_bond),
        )?;
        at_most(
            ("trigger_hold", seconds(self.trigger_hold)),
            ("trigger_spacing", seconds(self.trigger_spacing)),
        )
    }

    /// The times of a revalidation fit into each other.
    ///
    /// - A halt's window is over before the next trigger may come, so that there is trading in between.
    /// - Both extensions of a daily window end by the pre-open; the shares of a window that needed them make it late.
    /// - A key generation that begins with the pre-open ends with it, so that the day's key is there at the open.
    /// - The final settlement is waited for as long as notes may come back at most.
    fn check_epochs(&self) -> Result<(), SpecificationError> {
        below(
            ("refresh_window", seconds(self.refresh_window)),
            ("trigger_spacing", seconds(self.trigger_spacing)),
        )?;
        at_most(
            (
                "window_extension_daily twice",
                seconds(self.window_extension_daily.saturating_mul(2)),
            ),
            ("daily_window_end", seconds(self.daily_window_end)),
        )?;
        let generation = self.dealing_time.saturating_add(self.complaint_time);
        at_most(
            ("dealing_time and complaint_time", seconds(generation)),
            ("pre_open", seconds(self.pre_open)),
        )?;
        at_most(
            ("final_settlement_wait", seconds(self.final_settlement_wait)),
            ("lapse_year", seconds(self.lapse_year)),
        )
    }

    /// Between two sessions of a contract month there is at least the window of an intraday epoch before the daily one
    /// has to end.
    fn check_overnight(&self) -> Result<(), SpecificationError> {
        let sessions = self.calendar.sessions();
        let needed = self.daily_window_end.saturating_add(self.refresh_window);
        for contract in self.calendar.contracts() {
            let of_month = || sessions.iter().filter(|s| s.contract == contract.symbol);
            for (session, next) in of_month().zip(of_month().skip(1)) {
                if session.close.plus_seconds(needed) > next.pre_open {
                    return Err(SpecificationError::Overnight {
                        date: session.date,
                        needed,
                    });
                }
            }
        }
        Ok(())
    }
}

/// A number of seconds for a comparison.
fn seconds(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
