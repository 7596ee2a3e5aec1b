//! When the mark calls for an intraday epoch.

use crate::specification::Specification;
use crate::units::{Band, Price, Time};
use borsh::{BorshDeserialize, BorshSerialize};

/// What a block end's mark calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The mark reached the warning distance on this side for the first time in the epoch.
    Warning,
    /// The mark was beyond the trigger distance at every block end for the time to hold.
    Trigger,
}

/// A side of the centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
enum Direction {
    Below = 0,
    Above = 1,
}

/// Watches the mark, once at every block end while the market trades.
///
/// Beyond means at the distance or farther. An edge on the daily limit neither warns nor triggers: the market is
/// limit-locked there, and no revalidation could widen its band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TriggerWatch {
    /// The side on which the mark is beyond the trigger distance, and since which block end without a break.
    beyond: Option<(Direction, Time)>,
    warned_below: bool,
    warned_above: bool,
    last_trigger: Option<Time>,
}

impl TriggerWatch {
    /// A watch that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes note of the mark at a block end while the market trades.
    ///
    /// The trigger waits until `trigger_spacing` after the last one; the mark has to hold until then. A warning and a
    /// trigger never come together: the hold is at least a second, so the warning came at an earlier block end.
    pub fn observe(
        &mut self,
        time: Time,
        mark: Price,
        centre: Price,
        band: Band,
        limit_band: Band,
        specification: &Specification,
    ) -> Option<Signal> {
        let distance = mark.0.abs_diff(centre.0);
        let direction = if mark > centre {
            Direction::Above
        } else {
            Direction::Below
        };
        let limit_locked = match direction {
            Direction::Below => band.lo <= limit_band.lo,
            Direction::Above => band.hi >= limit_band.hi,
        };
        if limit_locked || distance < specification.trigger_distance.unsigned_abs() {
            self.beyond = None;
        } else if !matches!(self.beyond, Some((held, _)) if held == direction) {
            self.beyond = Some((direction, time));
        }
        if self.is_due(time, specification) {
            return Some(Signal::Trigger);
        }
        let near = !limit_locked && distance >= specification.warning_distance.unsigned_abs();
        (near && self.warn(direction)).then_some(Signal::Warning)
    }

    /// An epoch was triggered, by the mark or by anything else: hold and warnings begin anew, and so does the spacing.
    pub fn triggered(&mut self, time: Time) {
        *self = Self {
            last_trigger: Some(time),
            ..Self::default()
        };
    }

    /// Trading stops without an epoch: what the mark held so far no longer counts.
    pub const fn interrupt(&mut self) {
        self.beyond = None;
    }

    /// When the mark would trigger if it held, while it is beyond the trigger distance.
    #[must_use]
    pub fn due_at(&self, specification: &Specification) -> Option<Time> {
        let (_, since) = self.beyond?;
        let held = since.plus_seconds(specification.trigger_hold);
        let spaced = self.last_trigger.map_or(Time(0), |last| {
            last.plus_seconds(specification.trigger_spacing)
        });
        Some(held.max(spaced))
    }

    fn is_due(&self, time: Time, specification: &Specification) -> bool {
        self.due_at(specification).is_some_and(|due| time >= due)
    }

    /// Notes the warning of a side; false if it was given before in this epoch.
    const fn warn(&mut self, direction: Direction) -> bool {
        let warned = match direction {
            Direction::Below => &mut self.warned_below,
            Direction::Above => &mut self.warned_above,
        };
        !std::mem::replace(warned, true)
    }
}
